// A heat map of buttons: a single tab stop, with arrow keys inside.
import { h } from "./dom.js";

/**
 * @param {object} options
 * @param {string} options.label what the map shows
 * @param {Array<{name: string, group: string}>} options.rows names of the rows, with the group that each belongs to
 * @param {Array<{label: string, title: string, group?: string}>} options.columns
 * @param {function(number, number): {className: string, mark: string, meaning: string}} options.cell of row and column
 * @param {function(number, number): void} options.choose called when a cell is pressed
 * @param {[number, number]|null} [options.pressed] the initially pressed cell
 */
export function heatMap({ label, rows, columns, cell, choose, pressed = null }) {
  const buttons = rows.map((row, r) =>
    columns.map((column, c) => {
      const { className, mark, meaning } = cell(r, c);
      return h(
        "button",
        { type: "button", class: className, tabindex: "-1", "aria-label": `${row.name}, ${column.title}: ${meaning}`, title: `${row.name}, ${column.title}: ${meaning}`, "aria-pressed": "false", data: { row: r, column: c } },
        mark,
      );
    }),
  );
  /** @type {HTMLButtonElement|null} */
  let current = null;
  const enter = (r, c) => {
    current?.setAttribute("tabindex", "-1");
    current = buttons[r][c];
    current.setAttribute("tabindex", "0");
  };
  const press = (r, c) => {
    for (const each of table.querySelectorAll('button[aria-pressed="true"]')) each.setAttribute("aria-pressed", "false");
    buttons[r][c].setAttribute("aria-pressed", "true");
    enter(r, c);
  };

  const body = [];
  rows.forEach((row, r) => {
    if (r === 0 || rows[r - 1].group !== row.group) {
      body.push(h("tr", { class: "group" }, h("th", { scope: "rowgroup", colspan: columns.length + 1 }, h("span", {}, row.group))));
    }
    body.push(h("tr", {}, h("th", { scope: "row", title: row.name }, row.name), buttons[r].map((button) => h("td", {}, button))));
  });
  const above = [];
  if (columns.some((column) => column.group)) {
    const groups = [];
    for (const column of columns) {
      const last = groups.at(-1);
      if (last && last.name === column.group) last.size += 1;
      else groups.push({ name: column.group, size: 1 });
    }
    above.push(h("tr", {}, h("td"), groups.map(({ name, size }) => h("th", { scope: "colgroup", colspan: size, class: "column-group" }, name))));
  }
  above.push(h("tr", {}, h("td"), columns.map((column) => h("th", { scope: "col", title: column.title }, column.label))));
  const table = h(
    "table",
    {
      on: {
        click: (event) => {
          const button = event.target.closest("button");
          if (!button) return;
          const [r, c] = [Number(button.dataset.row), Number(button.dataset.column)];
          press(r, c);
          choose(r, c);
        },
        keydown: (event) => {
          const button = event.target.closest("button");
          const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -Infinity], End: [0, Infinity] }[event.key];
          if (!button || !step) return;
          event.preventDefault();
          const clamp = (value, top) => Math.min(top, Math.max(0, value));
          enter(clamp(Number(button.dataset.row) + step[0], rows.length - 1), clamp(Number(button.dataset.column) + step[1], columns.length - 1));
          current?.focus();
        },
      },
    },
    h("caption", { class: "hidden-visually" }, label),
    h("thead", {}, above),
    h("tbody", {}, body),
  );
  if (pressed) press(...pressed);
  else if (buttons.length && columns.length) enter(0, columns.length - 1);
  return h("div", { class: "heat heat-wrap", role: "region", "aria-label": label }, table);
}
