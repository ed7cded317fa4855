// Choosing a day: the one before, the one after, any from a calendar. The day is part of the address (?date=2025-06-22).
import { byId, h } from "./dom.js";
import { isDay } from "./format.js";

/** The day that the address asks for; null without one that exists. */
export function askedDay() {
  const asked = new URLSearchParams(window.location.search).get("date");
  return isDay(asked) ? asked : null;
}

/** The address of this page for a day. */
export const dayLink = (day, page = window.location.pathname) => `${page}?date=${day}`;

/** The nearest published days around one: {before, after}, null where there is none. */
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
 * Fills the place for the picker, which every page keeps free in its head.
 * @param {string} day the day that is shown
 * @param {string[]|null} days published days, oldest first; null when they are not known
 */
export function dayPicker(day, days) {
  const place = byId("day-picker");
  const { before, after } = around(days ?? [], day);
  const go = (target) => window.location.assign(dayLink(target));
  const step = (target, sign, label) =>
    h("button", { type: "button", disabled: target === null, "aria-label": target ? `${label}, ${target}` : label, title: target ?? `no ${label.toLowerCase()}`, on: { click: () => go(target) } }, sign);
  // A browser reports a change for every digit that is typed: what is typed waits for Enter or for the next control.
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
