// Data quality: current problems, a heat map of tables by months and by days, and the checks of a table on a day.
import { load } from "./data.js";
import { askedDay, dayPicker } from "./days.js";
import { figures, h, legend, notice, put, tag } from "./dom.js";
import { UNKNOWN, count, longDay, moment, plural, shortDay, words } from "./format.js";
import { heatMap } from "./heat.js";
import { name, stateCounts, stateLegend, stateMark } from "./parts.js";
import { banner, page } from "./shell.js";
import { dataTable } from "./table.js";

/** CSS class of each code of the calendar; any other code is drawn as "other". */
const CODE_CLASS = { M: "s-missing", E: "s-fail", P: "s-partial", A: "s-other", W: "s-warn", N: "s-bare", O: "s-ok", S: "s-done", ".": "s-none", " ": "s-none" };
/** Codes that are shown by colour only, without a mark. */
const SILENT = new Set(["O", "S", ".", " "]);
const classOf = (code) => CODE_CLASS[code] ?? "s-other";
const markOf = (code) => (SILENT.has(code) ? "" : code);

page(async () => {
  const calendar = byLayer(await load("quality/calendar.json"));
  const { days, tables } = calendar;
  if (!days.length) return [banner(calendar), notice("", "Nothing has been built yet: make backfill.")];
  const asked = askedDay();
  const isKnown = asked !== null && days.includes(asked);
  const day = isKnown ? asked : lastGameDay(calendar);
  const withGames = days.filter((_, index) => calendar.games[index] > 0);
  dayPicker(asked ?? day, withGames);

  const panel = h("aside", { class: "detail", "aria-live": "polite", "aria-label": "A day" });
  const month = h("div");
  const showMonth = (shown, pressed = null) => put(month, monthMap(calendar, shown, pressed, (table, chosen) => detail(panel, calendar, table, chosen)));
  showMonth(day.slice(0, 7));
  await detail(panel, calendar, null, day);
  // If a month is wider than the screen, scroll to the displayed day.
  requestAnimationFrame(() => {
    const wrap = month.querySelector(".heat-wrap");
    const button = wrap?.querySelector(`button[data-column="${Number(day.slice(8)) - Number(firstOfMonth(days, day).slice(8))}"]`);
    if (!wrap || !button) return;
    wrap.scrollLeft += Math.max(0, button.getBoundingClientRect().right + 48 - wrap.getBoundingClientRect().right);
  });

  return [
    banner(calendar),
    asked !== null && !isKnown && notice("", `No data for ${longDay(asked)}: the data range from ${longDay(days[0])} to ${longDay(days.at(-1))}. This is ${longDay(day)}.`),
    figures([
      { label: "Tables", value: count(tables.length) },
      { label: "Days", value: count(days.length), note: `${count(withGames.length)} with games, to ${shortDay(days.at(-1))}` },
      { label: "Broken now", value: count(calendar.broken_total), note: "failed ERROR checks by key, missing or incomplete days" },
      { label: "Kinds of warnings", value: count(calendar.warnings.length), note: "listed below with their reasons" },
    ]),
    h("h2", { id: "broken" }, "Broken now"),
    brokenTable(calendar),
    h("h2", { id: "days" }, "Tables by days"),
    legend(calendar.codes.filter(({ code }) => code !== " ").map(({ code, meaning }) => [classOf(code), markOf(code) ? `${code}: ${meaning}` : meaning])),
    h("p", { class: "fine" }, "Months: the worst of their days. A month shows its days, a day its checks. Arrow keys move."),
    overview(calendar, (shown) => {
      showMonth(shown);
      month.scrollIntoView({ block: "nearest" });
    }),
    h("div", { class: "with-detail" }, month, panel),
    h("h2", { id: "states" }, "Game days by state"),
    h("p", { class: "fine" }, stateLegend(calendar.states), ". A day on which no rows are due has no state."),
    stateTable(calendar),
    h("h2", { id: "warnings" }, "Warnings"),
    warningTable(calendar),
  ];
});

/** The calendar with the tables grouped by layer, layers in the order of their first tables. */
function byLayer(calendar) {
  const layers = [...new Set(calendar.tables.map((table) => table.layer))];
  return { ...calendar, tables: layers.flatMap((layer) => calendar.tables.filter((table) => table.layer === layer)) };
}

function lastGameDay({ days, games }) {
  for (let index = days.length - 1; index >= 0; index -= 1) {
    if (games[index] > 0) return days[index];
  }
  return days.at(-1);
}

const firstOfMonth = (days, day) => days.find((each) => each.startsWith(day.slice(0, 7)));

const monthName = (month) => new Intl.DateTimeFormat("en-US", { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${month}-01T00:00:00Z`));

/** Position of each month's days in the calendar: [[month, first, last]]. */
function monthsOf(days) {
  const months = [];
  days.forEach((day, index) => {
    const month = day.slice(0, 7);
    if (months.at(-1)?.[0] === month) months.at(-1)[2] = index;
    else months.push([month, index, index]);
  });
  return months;
}

/** The NBA season of a month; August and later belong to the next season. */
function seasonOf(month) {
  const [year, number] = month.split("-").map(Number);
  const start = number >= 8 ? year : year - 1;
  return `${start}-${String(start + 1).slice(2)}`;
}

const rowsOf = (tables) => tables.map((table) => ({ name: table.table_name, group: table.layer }));

function overview({ days, games, tables, codes }, choose) {
  const order = codes.map(({ code }) => code);
  const meaning = new Map(codes.map((each) => [each.code, each.meaning]));
  const months = monthsOf(days).filter(([, first, last]) => games.slice(first, last + 1).some((n) => n > 0));
  const worst = tables.map((table) =>
    months.map(([, first, last]) => {
      const seen = new Set(table.codes.slice(first, last + 1));
      return order.find((code) => seen.has(code)) ?? " ";
    }),
  );
  return heatMap({
    label: "Tables by months with games: the worst of their days",
    rows: rowsOf(tables),
    columns: months.map(([month]) => ({ label: String(Number(month.slice(5))), title: monthName(month), group: seasonOf(month) })),
    cell: (r, c) => ({ className: classOf(worst[r][c]), mark: markOf(worst[r][c]), meaning: meaning.get(worst[r][c]) ?? worst[r][c] }),
    choose: (_, c) => choose(months[c][0]),
  });
}

function monthMap({ days, games, tables, codes }, shownMonth, pressed, choose) {
  const meaning = new Map(codes.map((each) => [each.code, each.meaning]));
  const [, first, last] = monthsOf(days).find(([month]) => month === shownMonth);
  const shown = days.slice(first, last + 1);
  return [
    h("h3", {}, monthName(shownMonth)),
    heatMap({
      label: `Tables by days of ${monthName(shownMonth)}`,
      rows: rowsOf(tables),
      columns: shown.map((day, index) => ({ label: String(Number(day.slice(8))), title: `${shortDay(day)}, ${plural(games[first + index], "game")}` })),
      cell: (r, c) => {
        const code = tables[r].codes[first + c] ?? " ";
        return { className: classOf(code), mark: markOf(code), meaning: meaning.get(code) ?? code };
      },
      pressed,
      choose: (r, c) => choose(tables[r].table_name, shown[c]),
    }),
  ];
}

// ---- one table on one day ----

const loaded = new Map();

function dayDocument(day) {
  if (!loaded.has(day)) loaded.set(day, load(`quality/${day}.json`));
  return loaded.get(day);
}

/** Fills the panel with the checks of a table on a day, or without a table with the failed checks of the day. */
async function detail(panel, calendar, table, day) {
  panel.setAttribute("aria-busy", "true");
  const index = calendar.days.indexOf(day);
  const head = [h("h3", {}, table === null ? longDay(day) : table), table === null ? null : h("p", { class: "fine" }, longDay(day))];
  try {
    if (table !== null && calendar.tables.every((row) => (row.codes[index] ?? " ") === " ")) {
      put(panel, head, h("p", {}, "No games on this day, and no table was made."));
      return;
    }
    const document = await dayDocument(day);
    const found = document.tables.find((row) => row.table_name === table);
    put(
      panel,
      head,
      table === null ? wholeDay(document) : found ? oneTable(found, calendar, day) : h("p", {}, "The day's document does not list this table."),
    );
  } catch (error) {
    put(panel, head, notice("failure", error instanceof Error ? error.message : String(error)));
  } finally {
    panel.removeAttribute("aria-busy");
  }
  if (table !== null && window.matchMedia("(max-width: 70rem)").matches) panel.scrollIntoView({ block: "start" });
}

function wholeDay(document) {
  const { counts } = document;
  const failed = document.tables.filter((table) => table.status === null || table.checks.some((check) => !check.passed));
  return [
    h("p", {}, `${document.is_game_day ? "Games were played. " : "No games that count. "}${count(counts.passed)} of ${plural(counts.checks, "check")} passed; ${plural(counts.errors, "error")}, ${plural(counts.warnings, "warning")}, ${count(counts.not_compared)} with nothing to compare.`),
    failed.length
      ? failed.map((table) => [h("h4", {}, name(table.table_name)), table.status === null ? h("p", {}, "Never made.") : table.checks.filter((check) => !check.passed).map(checkPart)])
      : h("p", { class: "quiet" }, "Choose a cell to see the checks of a table."),
  ];
}

const STATUS = {
  ok: "made", empty: "made, no rows", not_final: "made before its games were final", partial_history: "made from an incomplete history",
  absent_source: "no source covers the day", superseded: "its product was replaced by that of a newer day",
};

function oneTable(table, calendar, day) {
  const facts = [
    ["State", table.state === null ? null : [stateMark(calendar.states, table.state), ` ${words(table.state).toLowerCase()}`]],
    ["Status", table.status === null ? "never made" : (STATUS[table.status] ?? table.status)],
    ["Reason", table.reason],
    ["Rows", table.rows === null ? null : count(table.rows)],
    ["Set aside", table.set_aside ? count(table.set_aside) : null],
    ["Duplicates in the input", table.duplicates ? count(table.duplicates) : null],
    ["Input days never made", table.missing_days ? count(table.missing_days) : null],
    ["Content changed", table.content_changed_at ? moment(table.content_changed_at) : null],
  ].filter(([, value]) => value !== null && value !== undefined);
  const broken = calendar.broken.filter((row) => row.table_name === table.table_name && row.game_date <= day && day <= row.last_date);
  const commands = [...new Set(broken.map((row) => row.command))];
  return [
    h("dl", { class: "facts" }, facts.map(([label, value]) => [h("dt", {}, label), h("dd", {}, value)])),
    table.checks.length ? table.checks.slice().sort((a, b) => Number(a.passed) - Number(b.passed)).map(checkPart) : h("p", { class: "quiet" }, "No check has a result."),
    commands.length > 0 && [h("h4", {}, "Repair"), commands.map((command) => h("pre", { tabindex: "0" }, command))],
  ];
}

function checkPart(check) {
  const observed = Object.entries(check.observed).filter(([, value]) => value !== null);
  const isBare = check.reasons.some((reason) => reason.reason.startsWith("nothing to compare"));
  const mark = check.passed ? tag("passed") : isBare ? tag("not compared") : tag(check.severity === "ERROR" ? "failed" : "warning", check.severity === "ERROR" ? "fail" : "warning");
  const numbers = observed.length > 0 && h("p", { class: "fine" }, observed.map(([label, value]) => `${words(label).toLowerCase()} ${written(value)}`).join(" · "));
  return h(
    "div",
    { class: "check" },
    h("p", {}, mark, " ", name(check.check_name)),
    check.reasons.map((reason) => h("p", {}, reason.reason, reason.n > 0 && h("span", { class: "fine" }, ` (${count(reason.n)})`))),
    numbers,
    check.failing_keys.length > 0 &&
      dataTable({
        caption: `Failing keys: ${count(check.failing_keys.length)} of ${count(Math.max(check.failing, check.failing_keys.length))}.`,
        rows: check.failing_keys,
        columns: [
          { label: "Key", value: (row) => row.key, show: (row) => h("code", {}, row.key), isSortable: false },
          { label: "Found", value: (row) => row.found, show: (row) => row.found ?? UNKNOWN, isSortable: false },
          { label: "Expected", value: (row) => row.expected, show: (row) => row.expected ?? UNKNOWN, isSortable: false },
        ],
      }),
  );
}

function written(value) {
  if (typeof value === "number") return count(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

// ---- lists ----

function stateTable({ tables, states }) {
  return dataTable({
    caption: `Game days of ${plural(tables.length, "table")}, over all seasons.`,
    rows: tables,
    isTall: tables.length > 14,
    columns: [
      { label: "Table", value: (row) => row.table_name, show: (row) => name(row.table_name) },
      { label: "Layer", value: (row) => row.layer },
      ...states.map(({ state, mark }) => ({
        label: `${mark} ${words(state)}`,
        value: (row) => row.game_days[state],
        show: (row) => (row.game_days[state] ? stateCounts([{ state, mark }], () => row.game_days[state]) : "0"),
        isNumber: true,
      })),
      { label: "Nothing due", value: (row) => row.game_days.nothing_due, show: (row) => count(row.game_days.nothing_due), isNumber: true },
    ],
  });
}

const days_ = (row, last) => (last === row || !last ? shortDay(row) : `${shortDay(row)} – ${shortDay(last)}`);

function brokenTable({ broken, broken_total: total }) {
  if (!broken.length) return h("p", {}, "Nothing: no check with severity ERROR fails, no day is missing or incomplete.");
  const isFoundKnown = broken.some((row) => row.found !== null || row.expected !== null);
  return dataTable({
    caption: `${total > broken.length ? `The newest ${count(broken.length)} of ${count(total)}` : plural(total, "item")}, newest first. Source hole: the rows are missing from the sources, so a rebuild does not restore them.`,
    rows: broken,
    isTall: broken.length > 10,
    columns: [
      { label: "Table", value: (row) => row.table_name, show: (row) => name(row.table_name) },
      { label: "Day", value: (row) => row.game_date, show: (row) => h("a", { href: `quality.html?date=${row.game_date}` }, days_(row.game_date, row.last_date)) },
      { label: "Check", value: (row) => row.check_name, show: (row) => [name(row.check_name), " ", row.is_source_hole ? tag("source hole") : row.severity === "ERROR" ? null : tag("warning", "warning")] },
      { label: "Key", value: (row) => row.key, show: (row) => (row.key === null ? h("span", { class: "quiet" }, "the day") : h("code", {}, row.key)) },
      ...(isFoundKnown
        ? [
            { label: "Found", value: (row) => row.found, show: (row) => row.found ?? UNKNOWN },
            { label: "Expected", value: (row) => row.expected, show: (row) => row.expected ?? UNKNOWN },
          ]
        : []),
      { label: "Why, and the command that repairs it", value: (row) => row.reason, show: (row) => [row.reason, h("br"), h("code", {}, row.command)], isWrapped: true },
    ],
  });
}

function warningTable({ warnings }) {
  if (!warnings.length) return h("p", {}, "None.");
  return dataTable({
    caption: `${plural(warnings.length, "kind")} of warnings, most days first.`,
    rows: warnings,
    isTall: warnings.length > 14,
    columns: [
      { label: "Table", value: (row) => row.table_name, show: (row) => name(row.table_name) },
      { label: "Check", value: (row) => row.check_name, show: (row) => name(row.check_name) },
      { label: "Why", value: (row) => row.reason, isWrapped: true },
      { label: "Days", value: (row) => row.days, show: (row) => count(row.days), isNumber: true },
      { label: "Rows", value: (row) => row.failing, show: (row) => count(row.failing), isNumber: true },
      { label: "From – to", value: (row) => row.first_day, show: (row) => days_(row.first_day, row.last_day) },
      { label: "Repair", value: (row) => row.is_source_hole, isSortable: false, isWrapped: true, show: (row) => [row.is_source_hole && tag("source hole"), h("details", {}, h("summary", {}, "command"), h("code", {}, row.command))] },
    ],
  });
}
