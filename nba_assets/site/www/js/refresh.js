// Draws a page again when its documents are published anew, and leaves the reader where he is.
import { NotPublished, Unreadable } from "./data.js";
import { byId, put } from "./dom.js";

const EVERY = 60_000;

/**
 * Reads the documents of the page once a minute while it is visible. The browser sends the validators of its copy, so
 * a document that is the same costs a reply without a body.
 * @template T
 * @param {object} options
 * @param {function(): Promise<T>} options.read the documents
 * @param {T} options.shown what the page shows now
 * @param {function(T): boolean} options.isOver nothing newer is expected of these documents
 * @param {function(T): import("./dom.js").Child} options.draw nodes of the page
 */
export function follow({ read, shown, isOver, draw }) {
  let current = shown;
  let isReading = false;
  let lookedAt = Date.now();
  const timer = setInterval(look, EVERY);
  document.addEventListener("visibilitychange", seen);

  function stop() {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", seen);
  }

  /** A page that was hidden for longer than the interval is brought up to date as soon as it is seen. */
  function seen() {
    if (Date.now() - lookedAt >= EVERY) look();
  }

  async function look() {
    if (isOver(current)) return stop();
    if (document.hidden || isReading) return;
    isReading = true;
    lookedAt = Date.now();
    try {
      const found = await read();
      if (JSON.stringify(found) === JSON.stringify(current) || isTextSelected()) return;
      inPlace(() => put(byId("content"), draw(found)));
      current = found;
    } catch (error) {
      // A host that does not answer now may do so in a minute; until then the page shows what it has.
      if (!(error instanceof NotPublished || error instanceof Unreadable)) throw error;
    } finally {
      isReading = false;
    }
  }
}

/** Whether the reader has selected text of the page, which drawing would take from him. */
function isTextSelected() {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && byId("content").contains(selection.anchorNode);
}

/**
 * Keeps what is at the top of the window, how far tables are scrolled, and the focus, while `change` replaces the
 * content.
 * @param {function(): void} change
 */
function inPlace(change) {
  const content = byId("content");
  const scrolled = new Map(wraps(content).filter(([, wrap]) => wrap.scrollLeft > 0).map(([key, wrap]) => [key, wrap.scrollLeft]));
  const focused = document.activeElement instanceof HTMLElement && content.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  const anchor = [...content.querySelectorAll("[id]")].filter((each) => each.getBoundingClientRect().top <= 1).at(-1);
  const above = anchor?.getBoundingClientRect().top;
  change();
  for (const [key, wrap] of wraps(content)) wrap.scrollLeft = scrolled.get(key) ?? 0;
  if (focused !== null) candidates(content).find((each) => nameOf(each) === focused)?.focus({ preventScroll: true });
  const again = anchor && document.getElementById(anchor.id);
  if (again && above !== undefined) window.scrollBy({ top: again.getBoundingClientRect().top - above, behavior: "instant" });
}

/**
 * The scrolling tables, by the game that they belong to and their place in it.
 * @param {Element} content
 * @returns {Array<[string, Element]>}
 */
function wraps(content) {
  return [...content.querySelectorAll(".table-wrap")].map((wrap) => {
    const part = wrap.closest("section[id]") ?? content;
    return [`${part.id} ${[...part.querySelectorAll(".table-wrap")].indexOf(wrap)}`, wrap];
  });
}

/** @param {Element} content */
function candidates(content) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (content.querySelectorAll("a, button, select, summary, [tabindex]"))];
}

/**
 * What tells an element that can have the focus from the others, before and after.
 * @param {HTMLElement} element
 */
function nameOf(element) {
  const text = element instanceof HTMLSelectElement || element.hasAttribute("tabindex") ? "" : element.textContent;
  const part = element.closest("section[id]")?.id ?? "";
  return [part, element.closest("table")?.caption?.textContent ?? "", element.tagName, element.getAttribute("href") ?? "", text].join("|");
}
