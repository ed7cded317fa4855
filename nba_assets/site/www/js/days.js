// The day picker: previous day, next day, calendar. The day is part of the URL (?date=2025-06-22).
import { byId, h } from "./dom.js";
import { isDay } from "./format.js";

/** The day in the URL; null if there is none or it is not valid. */
export function askedDay() {
  const asked = new URLSearchParams(window.location.search).get("date");
  return isDay(asked) ? asked : null;
}

/** The URL of this page for a day. */
export const dayLink = (day, page = window.location.pathname) => `${page}?date=${day}`;

/** The nearest published days around a day: {before, after}, null if there is none. */
export function around(days, day) {
  let before = null;
  let after = null;
  for (const each of days) {
    if (each < day) before = each;
    if (each > day) {
      after = each;
      break;
    }
  }
  return { before, after };
}

/**
 * Fills the space that every page with days reserves for the picker in its header.
 * @param {string} day the displayed day
 * @param {string[]|null} days published days, oldest first; null if unknown
 */
export function dayPicker(day, days) {
  const place = byId("day-picker");
  const { before, after } = around(days ?? [], day);
  const go = (target) => window.location.assign(dayLink(target));
  const step = (target, sign, label) =>
    h("button", { type: "button", disabled: target === null, "aria-label": target ? `${label}, ${target}` : label, title: target ?? `no ${label.toLowerCase()}`, on: { click: () => go(target) } }, sign);
  // Browsers fire a change event for every typed digit, so typed input is applied on Enter or when the focus leaves.
  let isTyped = false;
  const settle = () => {
    if (isDay(input.value) && input.value !== day) go(input.value);
  };
  const input = h("input", {
    type: "date",
    "aria-label": "Day",
    min: days?.[0],
    max: days?.at(-1),
    on: {
      keydown: (event) => {
        isTyped = true;
        if (event.key === "Enter") settle();
      },
      pointerdown: () => {
        isTyped = false;
      },
      change: () => {
        if (!isTyped) settle();
      },
      blur: settle,
    },
  });
  input.value = day;
  place.replaceChildren(step(before, "‹", "Earlier day"), input, step(after, "›", "Later day"));
}
