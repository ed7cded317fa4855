// Charts with Observable Plot. A chart is redrawn when its width or the theme changes; its height is reserved.
import { h } from "./dom.js";
import { SYSTEM_ORDER, systemName } from "./format.js";

/** Class used in Plot's styles. It is part of the text whose hash the Content-Security-Policy of the pages allows. */
const CLASS = "chart-drawing";

const COLOURS = {
  light: {
    ink: "#1d1c1a", soft: "#57534d", faint: "#a39d93", rule: "#dedad3", band: "#f0c9b2",
  },
  dark: {
    ink: "#ebe8e2", soft: "#b4aea5", faint: "#6c675f", rule: "#383632", band: "#5a3520",
  },
};

/** In the display order of the systems; further systems use the colour `soft`. */
const OF_SYSTEMS = {
  light: ["#ad4310", "#2f6ea5", "#b5487f", "#7a8b3c", "#7d5aa6", "#b0812a", "#13807a", "#8a857c", "#1d1c1a"],
  dark: ["#f0905c", "#7fb4e6", "#eb94be", "#b4c46e", "#bb9be0", "#dcb467", "#5fc7bf", "#979187", "#ebe8e2"],
};

/** The colours of the current theme: of each system, and ink, soft, faint, rule, band. */
export const colours = () => {
  const theme = document.documentElement.dataset.theme === "dark" ? "dark" : "light";
  return { ...Object.fromEntries(SYSTEM_ORDER.map((id, place) => [id, OF_SYSTEMS[theme][place] ?? COLOURS[theme].soft])), ...COLOURS[theme] };
};

/** Stroke of a system: dashed for references, solid (null) for others. */
export const dash = (systemId) => (systemId === "naive_last_10" ? "2 3" : systemId === "market_line" ? "6 3" : null);

/**
 * A figure with a chart.
 * @param {object} options
 * @param {string} options.label what the chart shows, for screen readers
 * @param {import("./dom.js").Child} options.caption population, n and unit
 * @param {number} options.height pixels
 * @param {function({width: number, height: number, palette: Record<string, string>}): object} options.build returns the options of Plot.plot
 */
export function chart({ label, caption, height, build }) {
  const place = h("div", { class: "plot", style: { height: `${height}px`, "min-height": `${height}px` } });
  let drawn = 0;
  const draw = () => {
    const width = Math.floor(place.clientWidth);
    if (width === 0) return;
    drawn = width;
    const drawing = Plot.plot({ className: CLASS, width, height, marginTop: 26, ariaLabel: label, style: { background: "transparent", fontSize: "12px" }, ...build({ width, height, palette: colours() }) });
    drawing.setAttribute("role", "img");
    // Plot names its groups with aria-label, which is not allowed on a group without a role.
    for (const group of drawing.querySelectorAll("g[aria-label]")) {
      group.dataset.mark = group.getAttribute("aria-label");
      group.removeAttribute("aria-label");
    }
    place.replaceChildren(drawing);
  };
  const follow = new ResizeObserver(() => {
    if (Math.abs(place.clientWidth - drawn) > 1) draw();
  });
  follow.observe(place);
  const onTheme = () => {
    if (place.isConnected) draw();
    else document.documentElement.removeEventListener("themechange", onTheme);
  };
  document.documentElement.addEventListener("themechange", onTheme);
  return h("figure", { class: "chart" }, place, h("figcaption", {}, caption));
}

/** The legend of systems as strokes in their colours; follows the theme. */
export function systemLegend(systemIds) {
  const list = h("ul", { class: "legend" });
  const draw = () => {
    list.replaceChildren(
      ...systemIds.map((id) =>
        h("li", {}, h("span", { class: "swatch stroke", style: { background: colours()[id] ?? colours().soft }, "aria-hidden": "true" }), systemName(id)),
      ),
    );
  };
  draw();
  const onTheme = () => {
    if (list.isConnected) draw();
    else document.documentElement.removeEventListener("themechange", onTheme);
  };
  document.documentElement.addEventListener("themechange", onTheme);
  return list;
}

/** "2025-06-22" as a Date in UTC, for Plot's time scale. */
export const asDate = (day) => new Date(`${day}T00:00:00Z`);
