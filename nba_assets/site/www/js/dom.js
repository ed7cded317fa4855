// The only module that creates elements. Text becomes text nodes: data are never parsed as HTML.

/**
 * A child of an element; null, undefined and false add nothing, arrays are flattened.
 * @typedef {Node|string|number|boolean|null|undefined|any[]} Child
 */

/**
 * Creates an element.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, any>} options attributes; `class`, `on` (listeners by event), `style` (properties, set one by one) and `data` are
 *   special; an attribute that is null, undefined or false is omitted, true gives an empty attribute.
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function h(name, options = {}, ...children) {
  const element = document.createElement(name);
  fill(element, options, children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * Creates an SVG element.
 * @param {string} name
 * @param {Record<string, any>} options
 * @param {...Child} children
 */
export function svg(name, options = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  fill(element, options, children);
  return element;
}

/**
 * @param {HTMLElement|SVGElement} element
 * @param {Record<string, any>} options
 * @param {Child[]} children
 */
function fill(element, options, children) {
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "style") {
      for (const [property, set] of Object.entries(value)) element.style.setProperty(property, set);
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...nodes(children));
}

/**
 * @param {Child[]} children
 * @returns {Node[]}
 */
function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

/**
 * The element with an id that every page has.
 * @param {string} id
 * @throws {Error} if the page has no such element
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no element with the id ${id}.`);
  return element;
}

/**
 * Replaces the children of an element.
 * @param {Element} element
 * @param {...Child} children
 */
export function put(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/**
 * A sentence in a box.
 * @param {""|"failure"} kind
 * @param {...Child} children
 */
export function notice(kind, ...children) {
  return h("div", { class: `notice ${kind}`.trim(), role: "status" }, h("p", {}, ...children));
}

/** A short label. */
export function tag(text, kind = "") {
  return h("span", { class: `tag ${kind}`.trim() }, text);
}

/**
 * Figures side by side.
 * @param {Array<{label: string, value: Child, note?: Child}>} entries
 */
export function figures(entries) {
  return h(
    "dl",
    { class: "figures" },
    entries.map(({ label, value, note }) =>
      h("div", {}, h("dt", {}, label), h("dd", { class: "value" }, value), note && h("dd", { class: "note" }, note)),
    ),
  );
}

/**
 * A group of buttons, one of which is pressed.
 * @param {string} label
 * @param {string[][]} options [value, text] of each button
 * @param {string} current the value of the initially pressed button
 * @param {function(string): void} choose called with the value of a button when it is pressed
 */
export function segmented(label, options, current, choose) {
  const buttons = options.map(([value, text]) =>
    h(
      "button",
      {
        type: "button",
        "aria-pressed": String(value === current),
        on: {
          click: (event) => {
            for (const button of buttons) button.setAttribute("aria-pressed", String(button === event.currentTarget));
            choose(value);
          },
        },
      },
      text,
    ),
  );
  return h("div", { class: "segmented", role: "group", "aria-label": label }, buttons);
}

/**
 * A legend: swatches with names.
 * @param {string[][]} entries [CSS class or colour, text] of each swatch
 */
export function legend(entries, { isStroke = false } = {}) {
  return h(
    "ul",
    { class: "legend" },
    entries.map(([mark, text]) => {
      const isColour = mark.startsWith("#") || mark.startsWith("var(") || mark.startsWith("rgb");
      const swatch = h("span", {
        class: `swatch ${isStroke ? "stroke" : ""} ${isColour ? "" : mark}`.trim(),
        style: isColour ? { background: mark } : {},
        "aria-hidden": "true",
      });
      return h("li", {}, swatch, text);
    }),
  );
}
