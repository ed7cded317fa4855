// Shared by every page: the theme button, the banner for simulated data, the message for a missing document.
import { byId, h, notice, put, svg } from "./dom.js";
import { NotPublished, Unreadable } from "./data.js";

const SUN = "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM12 1.5v3M12 19.5v3M1.5 12h3M19.5 12h3M4.6 4.6l2.1 2.1M17.3 17.3l2.1 2.1M4.6 19.4l2.1-2.1M17.3 6.7l2.1-2.1";
const MOON = "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z";

function themeButton() {
  const button = document.querySelector("button.theme");
  if (button === null) throw new Error("The page has no button.theme.");
  const draw = () => {
    const isDark = document.documentElement.dataset.theme === "dark";
    const path = svg("path", { d: isDark ? SUN : MOON, fill: "none", stroke: "currentColor", "stroke-width": "1.8", "stroke-linecap": "round", "stroke-linejoin": "round" });
    put(button, svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, path));
    button.setAttribute("aria-label", isDark ? "Switch to light colours" : "Switch to dark colours");
  };
  button.addEventListener("click", () => window.toggleTheme());
  document.documentElement.addEventListener("themechange", draw);
  draw();
}

/** Scrolls the navigation to the current page. Not by scrollIntoView: in Chromium the Tab key would start there. */
function showCurrentPage() {
  const link = document.querySelector(".site-nav [aria-current]");
  const row = link?.closest(".site-nav");
  if (!link || !row) return;
  const shift = link.getBoundingClientRect().left - row.getBoundingClientRect().left;
  row.scrollLeft += shift - (row.clientWidth - link.clientWidth) / 2;
}

/**
 * Draws a page: puts the result of `build` into #content, or a message if it fails.
 * @param {function(): Promise<import("./dom.js").Child>} build returns the nodes of the page
 */
export async function page(build) {
  themeButton();
  showCurrentPage();
  await show(build);
}

/**
 * Puts the result of `build` into #content, or a message if a document is missing.
 * @param {function(): Promise<import("./dom.js").Child>} build
 */
export async function show(build) {
  const content = byId("content");
  content.setAttribute("aria-busy", "true");
  try {
    put(content, await build());
  } catch (error) {
    if (!(error instanceof NotPublished || error instanceof Unreadable)) {
      put(content, notice("failure", "This page could not be drawn: a document does not have the shape that the page reads."));
      throw error;
    }
    put(content, notice("failure", error.message, error instanceof NotPublished && " Publishing makes it: make backfill, then make site."));
  } finally {
    content.removeAttribute("aria-busy");
  }
}

/** The red banner for documents of the simulated league; null for real games. */
export function banner(...documents) {
  if (!documents.some((document) => document?.source === "simulated")) return null;
  return h(
    "div",
    { class: "simulated", role: "alert" },
    h("p", {}, "Simulated data. These games and players are invented to try out the platform; nothing on this page happened."),
  );
}
