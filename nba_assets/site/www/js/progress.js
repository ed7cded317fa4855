// Progress: what is done and how good it is, from the records of the backfill.
import { address, load } from "./data.js";
import { h, tag } from "./dom.js";
import { UNKNOWN, count, fixed, moment, plural, shortDay, signed, systemName, words } from "./format.js";
import { bySystem, name, stateCounts, stateLegend } from "./parts.js";
import { banner, page } from "./shell.js";
import { dataTable } from "./table.js";

page(async () => {
  const document = await load("progress.json");
  return [
    banner(document),
    h("p", { class: "fine" }, `As of ${shortDay(document.as_of)}; the newest record is of ${moment(document.state_at)}. Generated, not edited by hand. `, h("a", { href: address("progress.md") }, "The same as text"), "."),
    h("h2", {}, "Status"),
    statusTables(document),
    h("h2", {}, "What is open"),
    open(document.open),
    h("h2", {}, "Predictions and grading"),
    predictions(document.predictions),
    h("h2", {}, "Tables"),
    tables(document),
    h("h2", {}, "Validation"),
    validation(document.validation),
    h("h2", {}, "Run times"),
    times(document),
  ];
});

/** A truncated (not rounded) share, so that 100% is shown only if everything is done. */
const cut = (share) => (share === null ? UNKNOWN : `${(Math.floor(share * 1000) / 10).toFixed(1)}%`);

function statusTables({ status, seasons, states }) {
  const layers = [...new Set(status.map((row) => row.layer))];
  return [
    h("p", { class: "fine" }, "Game days in each state / of the season. ", stateLegend(states), ". A day on which no rows are due has no state."),
    layers.map((layer) => {
      const rows = status.filter((row) => row.layer === layer);
      const names = [...new Set(rows.map((row) => row.table_name))];
      const of = (table, season) => rows.find((row) => row.table_name === table && row.season === season);
      return dataTable({
        caption: `${words(layer)}, ${plural(names.length, "table")}.`,
        rows: names.map((table) => ({ table })),
        columns: [
          { label: "Table", value: (row) => row.table, show: (row) => name(row.table), isSortable: false, width: 19 },
          ...seasons.map((season) => ({
            label: season,
            width: 11,
            isNumber: true,
            isSortable: false,
            value: () => null,
            show: ({ table }) => {
              const found = of(table, season);
              if (!found) return UNKNOWN;
              return [
                stateCounts(states, (state) => found[`days_${state}`]),
                ` / ${count(found.days_expected)}`,
                found.failed_days > 0 && h("span", { class: "bad" }, `, ${count(found.failed_days)} failed`),
              ];
            },
          })),
        ],
      });
    }),
  ];
}

function open(rows) {
  if (!rows.length) return h("p", {}, "Nothing: no day is missing, failed, partial or stale.");
  return dataTable({
    caption: `${plural(rows.length, "item")}, each with the command that repairs it.`,
    rows,
    isTall: rows.length > 12,
    columns: [
      { label: "Table", value: (row) => row.table_name, show: (row) => name(row.table_name) },
      { label: "Kind", value: (row) => row.kind, show: (row) => tag(row.kind, row.kind === "failed" ? "fail" : "warning") },
      { label: "Days", value: (row) => row.first_day, show: (row) => span(row) },
      { label: "n", value: (row) => row.days, show: (row) => count(row.days), isNumber: true },
      { label: "Why", value: (row) => row.reason, isWrapped: true },
      { label: "Command", value: (row) => row.command, show: (row) => h("code", {}, row.command), isSortable: false, isWrapped: true },
    ],
  });
}

const span = (row) => (row.first_day === row.last_day ? shortDay(row.first_day) : `${shortDay(row.first_day)} – ${shortDay(row.last_day)}`);

function predictions(rows) {
  return [
    dataTable({
      caption: "Game days from the first one with predictions; player-games of players with three earlier games.",
      rows,
      columns: [
        { label: "Season", value: (row) => row.season, show: (row) => (row.season === "all" ? "All" : row.season), isSortable: false },
        { label: "Game days", value: (row) => row.game_days, show: (row) => count(row.game_days), isNumber: true, isSortable: false },
        { label: "Successful", value: (row) => row.successful, show: (row) => count(row.successful), isNumber: true, isSortable: false },
        { label: "Failed", value: (row) => row.failed, show: (row) => count(row.failed), isNumber: true, isSortable: false },
        { label: "Player-games", value: (row) => row.player_games, show: (row) => count(row.player_games), isNumber: true, isSortable: false },
        { label: "Graded", value: (row) => row.graded, show: (row) => count(row.graded), isNumber: true, isSortable: false },
        { label: "Void", value: (row) => row.voids, show: (row) => count(row.voids), isNumber: true, isSortable: false },
        { label: "No box score", value: (row) => row.not_ingested, show: (row) => count(row.not_ingested), isNumber: true, isSortable: false },
        { label: "Skipped", value: () => null, isSortable: false, isWrapped: true, show: (row) => (row.skipped.length ? row.skipped.map((item) => `${count(item.days)}: ${item.reason}`).join("; ") : "none") },
      ],
    }),
    rows.map((row) =>
      h(
        "details",
        { open: row.season === "all" },
        h("summary", {}, `Errors of the systems, ${row.season === "all" ? "all seasons" : row.season}`),
        dataTable({
          caption: "Points, over all who played (n) and over those with a line; naive and line on the same rows.",
          rows: bySystem(row.systems),
          columns: [
            { label: "System", value: (item) => systemName(item.system_id) },
            { label: "n", value: (item) => item.n, show: (item) => count(item.n), isNumber: true },
            { label: "MAE", value: (item) => item.mae, show: (item) => fixed(item.mae, 3), isNumber: true },
            { label: "Naive MAE", value: (item) => item.naive_mae, show: (item) => fixed(item.naive_mae, 3), isNumber: true },
            { label: "Bias", value: (item) => item.bias, show: (item) => signed(item.bias, 2), isNumber: true },
            { label: "n lined", value: (item) => item.lined, show: (item) => count(item.lined), isNumber: true },
            { label: "MAE on lined", value: (item) => item.lined_mae, show: (item) => fixed(item.lined_mae, 3), isNumber: true },
            { label: "Line's MAE", value: (item) => item.line_mae, show: (item) => fixed(item.line_mae, 3), isNumber: true },
          ],
        }),
      ),
    ),
  ];
}

function tables({ tables: rows, grade_formula: formula }) {
  const all = rows.filter((row) => row.season === "all");
  return [
    h("p", { class: "fine" }, "Grade: ", formula),
    dataTable({
      caption: `All seasons, ${plural(all.length, "table")}; progress.json has them by season.`,
      rows: all,
      isTall: true,
      columns: [
        { label: "Table", value: (row) => row.table_name, show: (row) => name(row.table_name) },
        { label: "Layer", value: (row) => row.layer },
        { label: "Grade", value: (row) => row.grade, show: (row) => row.grade ?? UNKNOWN },
        { label: "Days", value: (row) => row.days, show: (row) => count(row.days), isNumber: true },
        { label: "Rows", value: (row) => row.rows, show: (row) => count(row.rows), isNumber: true },
        { label: "Complete", title: "Game days complete, of those on which rows are due", value: (row) => row.done_share, show: (row) => cut(row.done_share), isNumber: true },
        { label: "Checks passed", value: (row) => row.passed_share, show: (row) => [cut(row.passed_share), h("span", { class: "fine" }, ` of ${count(row.checks)}`)], isNumber: true },
        { label: "Days failed", value: (row) => row.failed_days, show: (row) => count(row.failed_days), isNumber: true },
        { label: "Days warned", value: (row) => row.warned_days, show: (row) => count(row.warned_days), isNumber: true },
        { label: "Not compared", title: "Days on which a check had nothing to compare", value: (row) => row.uncompared_days, show: (row) => count(row.uncompared_days), isNumber: true },
        { label: "Empty", value: (row) => row.empty, show: (row) => count(row.empty), isNumber: true },
        { label: "Set aside", title: "Input rows set aside", value: (row) => row.set_aside, show: (row) => count(row.set_aside), isNumber: true },
        { label: "Days skipped", value: (row) => row.skipped.reduce((sum, item) => sum + item.days, 0), isWrapped: true, show: skipped },
      ],
    }),
  ];
}

function skipped(row) {
  if (!row.skipped.length) return h("span", { class: "quiet" }, "none");
  const days = row.skipped.reduce((sum, item) => sum + item.days, 0);
  return h("details", {}, h("summary", {}, plural(days, "day")), row.skipped.map((item) => h("p", { class: "fine" }, `${count(item.days)}: ${item.reason ?? item.status}`)));
}

function validation(rows) {
  return dataTable({
    caption: `${plural(rows.length, "check")}; days passed of days evaluated, and what failed by name.`,
    rows,
    isTall: true,
    columns: [
      { label: "Table", value: (row) => row.table_name, show: (row) => name(row.table_name) },
      { label: "Check", value: (row) => row.check_name, show: (row) => name(row.check_name) },
      { label: "Passed", value: (row) => row.days_passed, show: (row) => `${count(row.days_passed)} / ${count(row.days_evaluated)}`, isNumber: true },
      { label: "Share", value: (row) => row.passed_share, show: (row) => cut(row.passed_share), isNumber: true },
      {
        label: "What failed",
        value: (row) => row.days_evaluated - row.days_passed,
        isWrapped: true,
        show: (row) =>
          row.failed_by_reason.length
            ? h("details", {}, h("summary", {}, plural(row.failed_by_reason.length, "reason")), row.failed_by_reason.map(failure))
            : h("span", { class: "quiet" }, "nothing"),
      },
    ],
  });
}

function failure(row) {
  return h(
    "p",
    { class: "fine" },
    tag(row.severity, row.severity === "ERROR" ? "fail" : "warning"),
    ` ${row.reason}: ${plural(row.days, "day")}, ${plural(row.failing, "row")}, ${span(row)}. `,
    row.keys.map((key) => [h("code", {}, key), " "]),
  );
}

function times({ runs, table_times: tables_ }) {
  const seconds = (value) => `${fixed(value)} s`;
  return h(
    "div",
    { class: "two" },
    h(
      "div",
      {},
      dataTable({
        caption: "Runs whose days are still current, newest first.",
        rows: runs,
        isTall: runs.length > 12,
        columns: [
          { label: "Run", value: (row) => row.run_id, show: (row) => h("code", {}, row.run_id.slice(0, 8)) },
          { label: "Days made", value: (row) => row.first_day, show: (row) => span(row) },
          { label: "Tables", value: (row) => row.tables, show: (row) => count(row.tables), isNumber: true },
          { label: "Rows", value: (row) => row.rows, show: (row) => count(row.rows), isNumber: true },
          { label: "Began", value: (row) => row.started_at, show: (row) => moment(row.started_at) },
          { label: "Took", value: (row) => row.seconds, show: (row) => seconds(row.seconds), isNumber: true },
        ],
      }),
    ),
    h(
      "div",
      {},
      dataTable({
        caption: "Tables, from reading the inputs to writing the rows, slowest first.",
        rows: tables_,
        isTall: tables_.length > 12,
        columns: [
          { label: "Table", value: (row) => row.table_name, show: (row) => name(row.table_name) },
          { label: "Days", value: (row) => row.days, show: (row) => count(row.days), isNumber: true },
          { label: "Rows", value: (row) => row.rows, show: (row) => count(row.rows), isNumber: true },
          { label: "Took", value: (row) => row.seconds, show: (row) => seconds(row.seconds), isNumber: true },
        ],
      }),
    ),
  );
}
