// Names that the pages' classic scripts define for the modules.

/** Observable Plot, from vendor/plot.umd.min.js on pages with charts. */
declare const Plot: any;

interface Window {
  /** Switches between light and dark; defined by theme.js. */
  toggleTheme: () => void;
}
