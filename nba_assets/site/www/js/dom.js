// Elements are made here and nowhere else. Text becomes text nodes: nothing that comes from data is parsed as HTML.

/**
 * An element.
 * @param {string} tag
 * @param {object} options attributes; `class`, `on` (listeners by event), `style` (properties, set one by one) and `data` are
 *   special; an attribute that is null, undefined or false is left out, true gives an empty one.
 * @param {...(Node|string|number|null|undefined|false|Array)} children
 */
export function h(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, options, children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** The same for a drawing. */
export function svg(tag, options = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  fill(element, options, children);
  return element;
}

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
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Puts the children in place of what an element holds. */
export function put(element, ...children) {
  const box = document.createDocumentFragment();
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    box.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  element.replaceChildren(box);
}

/** A sentence in a box; `kind` is "" or "failure". */
export function notice(kind, ...children) {
  return h("div", { class: `notice ${kind}`.trim(), role: "status" }, h("p", {}, ...children));
}

/** A short label. */
export function tag(text, kind = "") {
  return h("span", { class: `tag ${kind}`.trim() }, text);
}

/** Figures side by side: [{ label, value, note }]. */
export function figures(entries) {
  return h(
    "dl",
    { class: "figures" },
    entries.map(({ label, value, note }) =>
      h("div", {}, h("dt", {}, label), h("dd", { class: "value" }, value), note && h("dd", { class: "note" }, note)),
    ),
  );
}

/** Buttons of which one is pressed: options [[value, label]], calls `choose` with the value. */
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

/** How a thing is drawn: swatches with names, [[class or colour, text]]. */
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
