// Formatting of values. Unknown values are a dash or a word, never a zero.

/** Text for an unknown value. */
export const UNKNOWN = "–";

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** 12.3; a dash when unknown. */
export const fixed = (value, digits = 1) => (isNumber(value) ? value.toFixed(digits).replace(/^-(0(?:\.0+)?)$/, "$1").replace("-", "−") : UNKNOWN);

/** +1.2 or −1.2; a zero has no sign. */
export function signed(value, digits = 1) {
  const text = fixed(value, digits);
  return isNumber(value) && value > 0 && Number(value.toFixed(digits)) !== 0 ? `+${text}` : text;
}

/** A count with thousands. */
export const count = (value) => (isNumber(value) ? value.toLocaleString("en-US") : UNKNOWN);

/** A fraction from 0 to 1 as a percentage; only exact values are shown as 0 or 100. */
export function percent(value, digits = 1) {
  if (!isNumber(value)) return UNKNOWN;
  const step = 10 ** digits;
  let shown = Math.round(value * 100 * step) / step;
  if (shown === 100 && value < 1) shown = 100 - 1 / step;
  if (shown === 0 && value > 0) shown = 1 / step;
  return `${shown.toFixed(digits).replace("-", "−")}%`;
}

/** +3.1% or −3.1%. */
export const signedPercent = (value, digits = 1) =>
  isNumber(value) && value > 0 ? `+${percent(value, digits)}` : percent(value, digits);

/** Decimal odds. */
export const odds = (value) => fixed(value, 2);

const EASTERN = "America/New_York";
const dayFormat = new Intl.DateTimeFormat("en-US", { weekday: "long", year: "numeric", month: "long", day: "numeric", timeZone: "UTC" });
const shortFormat = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", year: "numeric", timeZone: "UTC" });
const timeFormat = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit", timeZone: EASTERN });
const stampFormat = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZone: EASTERN });
const partsFormat = new Intl.DateTimeFormat("en-US", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: EASTERN });

/** "2025-06-22" -> "Sunday, June 22, 2025". */
export const longDay = (day) => dayFormat.format(new Date(`${day}T00:00:00Z`));

/** "2025-06-22" -> "Jun 22, 2025"; a dash if unknown. */
export const shortDay = (day) => (day ? shortFormat.format(new Date(`${day}T00:00:00Z`)) : UNKNOWN);

/** A timestamp as "8:00 PM ET". */
export const tipTime = (stamp) => (stamp ? `${timeFormat.format(new Date(stamp))} ET` : "time unknown");

/** A timestamp as "Jun 22, 7:58 AM ET". */
export const moment = (stamp) => (stamp ? `${stampFormat.format(new Date(stamp))} ET` : UNKNOWN);

/** Today in US Eastern time, as "2025-06-22". */
export function easternToday() {
  const parts = Object.fromEntries(partsFormat.formatToParts(new Date()).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}`;
}

/**
 * The systems in display order; the list is embedded in the pages.
 * @type {{system_id: string, label: string, role: "base" | "combined" | "reference", needs_line: boolean}[]}
 */
const SYSTEMS = JSON.parse(document.getElementById("systems")?.textContent ?? "[]");

/** Ids of the systems in display order. */
export const SYSTEM_ORDER = SYSTEMS.map((system) => system.system_id);

/** The display name of a system. */
export const systemName = (id) => SYSTEMS.find((system) => system.system_id === id)?.label ?? words(id);

/** Whether a system is a reference, which is shown for comparison and never recommended. */
export const isReference = (id) => SYSTEMS.some((system) => system.system_id === id && system.role === "reference");

/** Whether a system predicts only player-games with a line; it is compared with others on those rows only. */
export const needsLine = (id) => SYSTEMS.some((system) => system.system_id === id && system.needs_line);

/** "usual_days_rest" -> "Usual days rest". */
export function words(name) {
  const text = String(name).replaceAll("_", " ").replaceAll("-", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "1 game", "2 games". */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

const SORTABLE = /^\d{4}-\d{2}-\d{2}$/;

/** Whether the text is a valid day such as "2025-06-22". */
export function isDay(text) {
  if (!SORTABLE.test(text ?? "")) return false;
  const found = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(found.getTime()) && found.toISOString().startsWith(text);
}
