// A table defined by its columns; headers of sortable columns are buttons.
import { h } from "./dom.js";

/**
 * @typedef {object} Column
 * @property {string} label
 * @property {string} [title]
 * @property {function(any): any} value sort key; null is always last
 * @property {function(any): import("./dom.js").Child} [show] displayed content; default: the value
 * @property {boolean} [isNumber] right-aligned, sorted from the largest value first
 * @property {boolean} [isWrapped] text may wrap
 * @property {boolean} [isSortable] default: true
 * @property {number} [width] rem; columns with widths are aligned across the tables of a page, a column without one takes the rest
 * @property {function(any): string} [cellClass] CSS class of a cell
 */

/**
 * @param {object} options
 * @param {string} options.caption what the rows are, with their population
 * @param {Column[]} options.columns the first one is the row header
 * @param {object[]} options.rows
 * @param {number|null} [options.sortBy] index of the column by which the rows are initially sorted
 * @param {boolean} [options.isDescending]
 * @param {{index: number|null, isDescending: boolean}|null} [options.order] the order that the reader chose before
 * @param {function({index: number|null, isDescending: boolean}): void} [options.ordered] called when he chooses one
 * @param {function(any): string} [options.rowClass] class of a row
 * @param {boolean} [options.isTall] scrolls inside while the header stays visible
 * @param {string} [options.empty] text if there are no rows
 */
export function dataTable({ caption, columns, rows, sortBy = null, isDescending = true, order = null, ordered, rowClass, isTall = false, empty = "No rows." }) {
  const body = h("tbody");
  const headers = columns.map((column, index) => header(column, index));
  const isButtoned = rows.length > 1 && columns.some((column) => column.isSortable !== false);
  let sorted = order ?? { index: sortBy, isDescending };

  function header(column, index) {
    const label = column.isSortable === false || rows.length < 2
      ? h("span", { class: "label" }, column.label)
      : h("button", { type: "button", class: "sort", on: { click: () => choose(index) } }, column.label);
    return h("th", { scope: "col", class: column.isNumber ? "num" : null, title: column.title }, label);
  }

  function choose(index) {
    const isSame = sorted.index === index;
    sorted = { index, isDescending: isSame ? !sorted.isDescending : Boolean(columns[index].isNumber) };
    ordered?.(sorted);
    draw();
  }

  function draw() {
    let shown = rows;
    if (sorted.index !== null) {
      const { value } = columns[sorted.index];
      shown = rows.slice().sort((a, b) => compare(value(a), value(b), sorted.isDescending));
    }
    headers.forEach((cell, index) => {
      if (index === sorted.index) cell.setAttribute("aria-sort", sorted.isDescending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    body.replaceChildren(...shown.map(row));
    if (!shown.length) body.append(h("tr", {}, h("td", { colspan: columns.length, class: "quiet" }, empty)));
  }

  function row(item) {
    const cells = columns.map((column, index) => {
      const content = (column.show ?? column.value)(item);
      const classes = [column.isNumber && "num", column.isWrapped && "wrap", column.cellClass?.(item)].filter(Boolean).join(" ");
      return index === 0
        ? h("th", { scope: "row", class: classes || null }, content)
        : h("td", { class: classes || null }, content);
    });
    return h("tr", { class: rowClass?.(item) || null }, cells);
  }

  draw();
  const isFixed = columns.some((column) => column.width);
  const least = columns.reduce((sum, column) => sum + (column.width ?? 10), 0);
  return h(
    "div",
    { class: `table-wrap${isTall ? " tall" : ""}`, role: "region", "aria-label": caption, tabindex: isButtoned && !isTall ? null : "0" },
    h(
      "table",
      isFixed ? { class: "fixed", style: { "min-width": `${least}rem` } } : {},
      h("caption", {}, h("span", {}, caption)),
      isFixed && h("colgroup", {}, columns.map(({ width }) => h("col", width ? { style: { width: `min(${width}rem, 46vw)` } } : {}))),
      h("thead", {}, h("tr", {}, headers)),
      body,
    ),
  );
}

function compare(a, b, isDescending) {
  const isUnknownA = a === null || a === undefined;
  const isUnknownB = b === null || b === undefined;
  if (isUnknownA || isUnknownB) return Number(isUnknownA) - Number(isUnknownB);
  const order = typeof a === "string" ? a.localeCompare(b) : a - b;
  return isDescending ? -order : order;
}
