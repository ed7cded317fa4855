// Parts shared by several pages: player links, matchups, the range of a prediction, picks, provenance.
import { h, tag } from "./dom.js";
import { SYSTEM_ORDER, UNKNOWN, count, fixed, moment, systemName, words } from "./format.js";

/** A link to the page of a player. The URL contains his id; his name is text. */
export function playerLink(player) {
  return h("a", { href: `player.html?id=${encodeURIComponent(player.player_id)}` }, player.player_name ?? `Player ${player.player_id}`);
}

/** Links to the games further down on the page. */
export function gameLinks(games) {
  if (!games.length) return null;
  const links = games.map((game) => h("a", { href: `#game-${game.game_id}` }, matchup(game)));
  return h("nav", { "aria-label": "Games on this page", class: "jump" }, links);
}

/** The name of a table or check, which may wrap after underscores. */
export const name = (text) => h("code", {}, text.split("_").map((part, index) => (index ? ["_", h("wbr"), part] : part)));

const STATE_CLASS = { complete: "good", not_covered: "quiet", missing: "bad" };

/** The mark of a state of a game day, in its colour, with a text for screen readers. */
export function stateMark(states, state) {
  const found = states.find((each) => each.state === state);
  if (!found) return null;
  return h("span", { class: STATE_CLASS[state], title: found.meaning ?? words(state) }, found.mark, h("span", { class: "hidden-visually" }, ` ${words(state)}`));
}

/** "107 ✓ 106 ∅": the days in each state that has any, with its mark. */
export function stateCounts(states, daysOf) {
  const shown = states.filter(({ state }) => daysOf(state) > 0);
  if (!shown.length) return h("span", { class: "quiet" }, UNKNOWN);
  return shown.map(({ state }, index) => [index ? " " : "", count(daysOf(state)), "\u00a0", stateMark(states, state)]);
}

/** What the marks mean. */
export function stateLegend(states) {
  return states.map(({ state, meaning }, index) => [index ? " · " : "", stateMark(states, state), ` ${meaning}`]);
}

/** "BOS at NYK". */
export const matchup = (game) => `${game.away_team} ${game.is_neutral_site ? "vs" : "at"} ${game.home_team}`;

/** "vs NYK" at home, "at NYK" away, "/ NYK" if the row does not say. */
export function against(row) {
  if (!row.opponent) return UNKNOWN;
  const where = row.is_home === true ? "vs" : row.is_home === false ? "at" : "/";
  return `${where} ${row.opponent}`;
}

/** The entry of the first of the given systems that has one. */
export function entryOf(entries, systemIds) {
  for (const id of systemIds) {
    const found = entries.find((entry) => entry.system_id === id);
    if (found) return found;
  }
  return null;
}

/** A text that explains live or reconstructed. */
export function provenanceText(provenance, madeAt = null) {
  if (provenance === "live") return `published before tip-off${madeAt ? `, ${moment(madeAt)}` : ""}`;
  return "built by a backfill, from what was known before tip-off";
}

export const provenanceTag = (provenance) => (provenance ? tag(provenance, provenance) : null);

/** OVER 24.5 at 1.91, PASS, or "no line"; never a zero. */
export function pick(entry) {
  if (!entry) return h("span", { class: "quiet" }, UNKNOWN);
  if (entry.recommendation === "OVER" || entry.recommendation === "UNDER") {
    const at = entry.bet_line === null || entry.bet_line === undefined ? "" : ` ${fixed(entry.bet_line)}`;
    return tag(`${entry.recommendation}${at}`, entry.recommendation.toLowerCase());
  }
  if (entry.recommendation === "PASS") return h("span", { class: "quiet" }, "pass");
  if (entry.recommendation === "NO_LINE") return h("span", { class: "quiet" }, "no line");
  return h("span", { class: "quiet" }, UNKNOWN);
}

/** "12–24": from the 10th to the 90th percentile. */
export const percentiles = (entry) => (isKnown(entry?.p10) && isKnown(entry?.p90) ? `${fixed(entry.p10, 0)}–${fixed(entry.p90, 0)}` : UNKNOWN);

/** A line, or a text if there is none. */
export const line = (value) => (value === null || value === undefined ? h("span", { class: "quiet" }, "no line") : fixed(value));

const RESULTS = { WIN: ["win", "win"], LOSS: ["loss", "loss"], PUSH: ["push", ""], VOID: ["void", ""], PASS: ["pass", ""] };

/** The result of a bet. */
export function result(value) {
  if (!value) return h("span", { class: "quiet" }, UNKNOWN);
  const [text, kind] = RESULTS[value] ?? [String(value).toLowerCase(), ""];
  return value === "PASS" ? h("span", { class: "quiet" }, text) : tag(text, kind);
}

/** Wins, losses and pushes as "12–9–1". */
export function record(row) {
  return row.bets ? `${row.wins}–${row.losses}${row.pushes ? `–${row.pushes}` : ""}` : UNKNOWN;
}

/** The scale of the bars of a list: from 0 to the largest value that they show, at least 20 points. */
export function rangeScale(values) {
  const top = Math.max(20, ...values.filter((value) => Number.isFinite(value)));
  return Math.ceil(top / 5) * 5;
}

/** @typedef {number|null|undefined} Points */

/**
 * @param {Points} value
 * @returns {value is number}
 */
const isKnown = (value) => Number.isFinite(value);

/**
 * p10 to p90 as a bar, the prediction as a dot, the line as a stroke and the actual points as a ring.
 * @param {{p10: Points, p90: Points, point: Points, line: Points, actual?: Points}} values in points, null where unknown
 * @param {number} top right end of the scale, points
 */
export function range({ p10, p90, point, line: mark, actual }, top) {
  const at = (value) => `${Math.min(100, Math.max(0, (100 * value) / top)).toFixed(2)}%`;
  const parts = [h("span", { class: "track" })];
  const said = [];
  if (isKnown(p10) && isKnown(p90)) {
    parts.push(h("span", { class: "span", style: { left: at(p10), width: `${((100 * (Math.min(p90, top) - p10)) / top).toFixed(2)}%` } }));
    said.push(`10th to 90th percentile ${fixed(p10)} to ${fixed(p90)}`);
  }
  if (isKnown(mark)) {
    parts.push(h("span", { class: "line", style: { left: at(mark) } }));
    said.push(`line ${fixed(mark)}`);
  }
  if (isKnown(point)) {
    parts.push(h("span", { class: "point", style: { left: at(point) } }));
    said.push(`predicted ${fixed(point)}`);
  }
  if (isKnown(actual)) {
    parts.push(h("span", { class: "actual", style: { left: at(actual) } }));
    said.push(`scored ${fixed(actual, 0)}`);
  }
  const text = said.join(", ") || "nothing known";
  return h("span", { class: "range", role: "img", "aria-label": text, title: text }, parts);
}

/** A legend for the bars of `range` on a scale from 0 to `top` points. */
export function rangeKey(top, { hasActual = false } = {}) {
  return h(
    "p",
    { class: "fine" },
    `Bar: 10th to 90th percentile, from 0 to ${fixed(top, 0)} points. Dot: predicted points (the median). Upright stroke: the line.`,
    hasActual && " Ring: points that he scored.",
  );
}

/** A choice of system; `systemIds` that occur, calls `choose` with the id. */
export function systemSelect(systemIds, current, choose, label = "System") {
  const select = h(
    "select",
    { on: { change: (event) => choose(event.currentTarget.value) } },
    systemIds.map((id) => h("option", { value: id, selected: id === current }, systemName(id))),
  );
  return h("label", {}, label, select);
}

/** The system that a page shows first: the ensemble, or the next best one if it has no predictions yet. */
export const FIRST_CHOICE = ["ensemble", "gradient_boosting", "moving_average"];

/** The systems with a prediction in the games, in the usual order, and the one that is shown first: `chosen` if it occurs. */
export function systemChoices(games, chosen = "") {
  const occurring = new Set(games.flatMap((game) => game.players.flatMap((player) => player.systems.map((entry) => entry.system_id))));
  const choices = SYSTEM_ORDER.filter((id) => occurring.has(id));
  return { choices, first: [chosen, ...FIRST_CHOICE].find((id) => occurring.has(id)) ?? choices[0] };
}

/** Sorts rows with a system_id by SYSTEM_ORDER. */
export function bySystem(rows) {
  return rows.slice().sort((a, b) => SYSTEM_ORDER.indexOf(a.system_id) - SYSTEM_ORDER.indexOf(b.system_id));
}

/**
 * A value with its interval on a scale around zero, as a bar.
 * @param {number} top right end of the scale; its left end is -top
 */
export function effect(value, low, high, top) {
  const at = (x) => `${Math.min(100, Math.max(0, 50 + (50 * x) / top)).toFixed(2)}%`;
  if (!Number.isFinite(value)) return h("span", { class: "quiet" }, UNKNOWN);
  const parts = [h("span", { class: "track" }), h("span", { class: "line zero", style: { left: "50%" } })];
  let text = `${fixed(value, 2)}`;
  if (Number.isFinite(low) && Number.isFinite(high)) {
    const left = Math.max(-top, low);
    const right = Math.min(top, high);
    parts.push(h("span", { class: "span", style: { left: at(left), width: `${Math.max(0, (50 * (right - left)) / top).toFixed(2)}%` } }));
    text += `, 95% interval ${fixed(low, 2)} to ${fixed(high, 2)}`;
  }
  parts.push(h("span", { class: "point", style: { left: at(value) } }));
  return h("span", { class: "range", role: "img", "aria-label": text, title: text }, parts);
}
