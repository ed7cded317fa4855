// Runs before the first paint: sets the chosen theme, or else the one that the system prefers.
(() => {
  const KEY = "nba-assets-theme";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      const kept = window.localStorage.getItem(KEY);
      return kept === "light" || kept === "dark" ? kept : null;
    } catch {
      return null; // storage is blocked in this browser: use the system's preference
    }
  }

  function show() {
    root.dataset.theme = chosen() ?? (system.matches ? "dark" : "light");
    root.dispatchEvent(new CustomEvent("themechange", { bubbles: true }));
  }

  show();
  system.addEventListener("change", show);

  window.toggleTheme = () => {
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    try {
      window.localStorage.setItem(KEY, next);
    } catch {
      // If storage is blocked, the choice is not saved, but the page still changes.
    }
    root.dataset.theme = next;
    root.dispatchEvent(new CustomEvent("themechange", { bubbles: true }));
  };
})();
