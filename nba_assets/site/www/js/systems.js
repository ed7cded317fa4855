// Systems: accuracy compared with the naive prediction and the market, calibration, and error over time.
import { asDate, chart, dash, systemLegend } from "./charts.js";
import { load } from "./data.js";
import { figures, h, put, segmented } from "./dom.js";
import { SYSTEM_ORDER, UNKNOWN, count, fixed, isReference, needsLine, odds, percent, plural, shortDay, signed, signedPercent, systemName, words } from "./format.js";
import { bySystem, record, systemSelect } from "./parts.js";
import { banner, page } from "./shell.js";
import { dataTable } from "./table.js";

const POPULATIONS = {
  all_played: "All who played",
  lined: "With a line",
  minutes_band: "By minutes band",
  scoring_tier: "By scoring tier",
};
const PERIODS = { all: "All seasons", "7_days": "Last 7 days", "30_days": "Last 30 days" };
const periodName = (period) => PERIODS[period] ?? period;

page(async () => {
  const document = await load("systems/performance.json");
  const provenances = document.provenance;
  const filled = provenances.filter((row) => row.predictions > 0);
  const chosen = {
    provenance: filled.find((row) => row.provenance === "live")?.provenance ?? filled[0]?.provenance ?? "reconstructed",
    period: newestSeason(document.periods),
    population: "all_played",
  };
  const tables = h("div");
  const calibration = h("div");
  const redraw = () => {
    put(tables, performance(document, chosen));
    put(calibration, calibrationPart(document, chosen));
  };
  redraw();
  const choose = (name) => (value) => {
    chosen[name] = value;
    redraw();
  };
  return [
    banner(document),
    h("p", { class: "fine" }, `As of ${shortDay(document.as_of)}. A system may say something about each player with three earlier games or more; errors are over those who then played.`),
    figures(
      provenances.map((row) => ({
        label: words(row.provenance),
        value: count(row.predictions),
        note: row.predictions ? `predictions, ${count(row.graded)} graded, ${count(row.voids)} void` : row.provenance === "live" ? "no prediction was published before its tip-off yet" : "none",
      })),
    ),
    h(
      "div",
      { class: "controls" },
      segmented("Live or reconstructed", provenances.map((row) => [row.provenance, words(row.provenance)]), chosen.provenance, choose("provenance")),
      segmented("Period", document.periods.map((row) => [row.period, periodName(row.period)]), chosen.period, choose("period")),
      segmented("Population", Object.entries(POPULATIONS), chosen.population, choose("population")),
    ),
    tables,
    h("h2", { id: "rolling" }, "Error over time"),
    rolling(document),
    h("h2", { id: "calibration" }, "Calibration"),
    calibration,
    effects(document.effects),
  ];
});

function newestSeason(periods) {
  const seasons = periods.map((row) => row.period).filter((period) => /^\d{4}-\d{2}$/.test(period));
  return seasons.at(-1) ?? "all";
}

// ---- tables ----

function performance(document, { provenance, period, population }) {
  const about = document.periods.find((row) => row.period === period);
  const rows = document.figures.filter((row) => row.provenance === provenance && row.period === period && row.population === population);
  const span = about ? `${shortDay(about.first_day)} to ${shortDay(about.last_day)}, ${plural(about.game_days, "game day")}` : "";
  const values = [...new Set(rows.map((row) => row.value))];
  const title = `${POPULATIONS[population]}, ${periodName(period)}, ${provenance}`;
  if (!rows.some((row) => row.n > 0)) {
    return [h("h2", {}, title), h("p", { class: "quiet" }, `n = 0: no ${provenance} prediction is graded in this part.`)];
  }
  return [
    h("h2", {}, title),
    h("p", { class: "fine" }, span),
    values.map((value) => [
      values.length > 1 && h("h3", {}, population === "minutes_band" ? `${value} projected minutes` : words(value)),
      errors(bySystem(rows.filter((row) => row.value === value))),
    ]),
    h("h2", {}, `Bets, ${periodName(period)}, ${provenance}`),
    values.map((value) => [
      values.length > 1 && h("h3", {}, population === "minutes_band" ? `${value} projected minutes` : words(value)),
      bets(bySystem(rows.filter((row) => row.value === value && !isReference(row.system_id)))),
    ]),
  ];
}

const rowClass = (row) => (isReference(row.system_id) ? "is-reference" : row.system_id === "ensemble" ? "is-ours" : "");
const interval = (low, high, show) => (low === null || high === null ? null : h("span", { class: "fine" }, ` ${show(low)} to ${show(high)}`));

function errors(rows) {
  return dataTable({
    caption: "Points. n: graded player-games; “lined”: those with a line. Naive MAE and the line’s MAE are over the same rows as the system’s. The market and the market-informed system predict only players with a line. Intervals: 95%, bootstrap over game days.",
    rows,
    rowClass,
    columns: [
      { label: "System", value: (row) => systemName(row.system_id) },
      { label: "n", value: (row) => row.n, show: (row) => count(row.n), isNumber: true },
      { label: "MAE", title: "Mean absolute error of the predicted points", value: (row) => row.mae, show: (row) => [h("span", { class: "strong" }, fixed(row.mae, 3)), interval(row.mae_low, row.mae_high, (x) => fixed(x, 2))], isNumber: true },
      { label: "Naive MAE", title: "Mean of the last 10 games, same rows", value: (row) => row.naive_mae, show: (row) => fixed(row.naive_mae, 3), isNumber: true },
      { label: "Bias", title: "Mean of expected minus actual points", value: (row) => row.bias, show: (row) => signed(row.bias, 2), isNumber: true },
      { label: "RMSE", value: (row) => row.rmse, show: (row) => fixed(row.rmse, 2), isNumber: true },
      { label: "CRPS", title: "Mean continuous ranked probability score: the whole distribution, lower is better", value: (row) => row.mean_crps, show: (row) => fixed(row.mean_crps, 3), isNumber: true },
      { label: "p10–p90 holds", title: "Share of actual points from p10 to p90; 80% is right", value: (row) => row.coverage_p10_p90, show: (row) => percent(row.coverage_p10_p90), isNumber: true },
      { label: "Within 3", value: (row) => row.share_within_3, show: (row) => percent(row.share_within_3), isNumber: true },
      { label: "Within 5", value: (row) => row.share_within_5, show: (row) => percent(row.share_within_5), isNumber: true },
      { label: "n lined", value: (row) => row.lined, show: (row) => count(row.lined), isNumber: true },
      { label: "MAE on lined", value: (row) => row.lined_mae, show: (row) => fixed(row.lined_mae, 3), isNumber: true },
      { label: "Line's MAE", value: (row) => row.line_mae, show: (row) => fixed(row.line_mae, 3), isNumber: true },
      { label: "Naive on lined", value: (row) => row.lined_naive_mae, show: (row) => fixed(row.lined_naive_mae, 3), isNumber: true },
      { label: "Above the line", title: "MAE on lined rows minus that of the line; below 0 is better than the line", value: (row) => row.above_line, show: (row) => [signed(row.above_line, 3), interval(row.above_line_low, row.above_line_high, (x) => signed(x, 3))], isNumber: true },
    ],
  });
}

function bets(rows) {
  return dataTable({
    caption: "Each bet is one unit at a posted price, chosen before the tip-off. n: bets on games that he played in. Void: he did not play.",
    rows,
    rowClass,
    columns: [
      { label: "System", value: (row) => systemName(row.system_id) },
      { label: "Bets (n)", value: (row) => row.bets, show: (row) => count(row.bets), isNumber: true },
      { label: "Won–lost–pushed", value: (row) => row.wins, show: record, isNumber: true },
      { label: "Void", value: (row) => row.bet_voids, show: (row) => count(row.bet_voids), isNumber: true },
      { label: "Won", title: "Share of bets won, not counting pushes", value: (row) => row.accuracy, show: (row) => percent(row.accuracy), isNumber: true },
      { label: "Mean price", title: "Decimal odds", value: (row) => row.mean_price, show: (row) => odds(row.mean_price), isNumber: true },
      { label: "Profit", title: "Units", value: (row) => row.profit, show: (row) => signed(row.profit, 1), isNumber: true },
      { label: "Return per unit", value: (row) => row.roi, show: (row) => signedPercent(row.roi, 2), isNumber: true },
    ],
  });
}

// ---- error over time ----

const LONG_BREAK = 45 * 86_400_000;
/** Windows with fewer predictions are mostly noise. */
const LEAST_N = 100;

function rolling(document) {
  const { days, series, window_days: window } = document.rolling;
  if (!days.length) return h("p", { class: "quiet" }, "n = 0: nothing is graded yet.");
  const dates = days.map(asDate);
  const seasons = document.periods.filter((row) => /^\d{4}-\d{2}$/.test(row.period));
  const shown = { population: "all_played", from: seasons.at(-1)?.first_day ?? days[0], to: days.at(-1), period: seasons.at(-1)?.period ?? "all" };
  const place = h("div");

  const draw = () => {
    const isAll = shown.population === "all_played";
    const entries = bySystem(series.filter((row) => row.population === shown.population && !(isAll && needsLine(row.system_id))));
    const points = entries.flatMap((row) => {
      const found = [];
      let last = null;
      row.mae.forEach((mae, index) => {
        if (days[index] < shown.from || days[index] > shown.to) return;
        const day = dates[index];
        // The line is interrupted in summer, when there are no games.
        if (last !== null && day - last > LONG_BREAK) found.push({ system: row.system_id, day: new Date(+last + 86_400_000), mae: NaN, n: 0 });
        found.push({ system: row.system_id, day, mae: row.n[index] < LEAST_N ? NaN : (mae ?? NaN), n: row.n[index] });
        last = day;
      });
      return found;
    });
    const counts = points.filter((point) => point.system === entries[0]?.system_id && Number.isFinite(point.mae)).map((point) => point.n);
    if (!counts.length && !points.some((point) => Number.isFinite(point.mae))) {
      put(place, h("p", { class: "quiet" }, `n = 0: no ${POPULATIONS[shown.population].toLowerCase()} prediction in this period.`));
      return;
    }
    const ids = entries.map((row) => row.system_id).filter((id) => points.some((point) => point.system === id && Number.isFinite(point.mae)));
    const size = counts.length ? ` n of a window: ${count(Math.min(...counts))} to ${count(Math.max(...counts))} predictions of ${systemName(entries[0].system_id).toLowerCase()}.` : "";
    put(
      place,
      systemLegend(ids),
      chart({
        label: `Mean absolute error over the ${window} days up to each game day, by system`,
        caption: `Mean absolute error in points over the ${window} days up to each game day; ${POPULATIONS[shown.population].toLowerCase()}; live and reconstructed together.${size} Windows with fewer than ${LEAST_N} are left out.${isAll ? " The market and the market-informed system predict only players with a line: see “With a line”, where all systems have the same rows." : ""} The scale does not start at 0.`,
        height: 380,
        build: ({ width, palette }) => ({
          marginLeft: 46,
          marginRight: 16,
          x: { type: "utc", label: null, ticks: width < 600 ? 4 : 8 },
          y: { label: "points", grid: true, nice: true, tickFormat: ".1f", ticks: 6 },
          marks: [
            // The ensemble is drawn last, above the others.
            ids.slice().reverse().map((id) =>
              systemLine(points.filter((point) => point.system === id), palette[id], id),
            ),
            Plot.tip(points.filter((point) => Number.isFinite(point.mae)), Plot.pointer({ x: "day", y: "mae", fill: palette.rule, title: (point) => `${systemName(point.system)}\n${shortDay(point.day.toISOString().slice(0, 10))}\nMAE ${fixed(point.mae, 3)} points\nn ${count(point.n)}` })),
          ],
        }),
      }),
    );
  };

  function systemLine(data, stroke, id) {
    return Plot.lineY(data, { x: "day", y: "mae", stroke, strokeWidth: id === "ensemble" ? 2.4 : 1.5, strokeDasharray: dash(id) });
  }

  const periods = [...seasons.map((row) => [row.period, row.period]), ["all", "All seasons"]];
  draw();
  return [
    h(
      "div",
      { class: "controls" },
      segmented("Population of the chart", [["all_played", POPULATIONS.all_played], ["lined", POPULATIONS.lined]], shown.population, (value) => {
        shown.population = value;
        draw();
      }),
      segmented("Period of the chart", periods, shown.period, (value) => {
        const season = seasons.find((row) => row.period === value);
        shown.from = season?.first_day ?? days[0];
        shown.to = season?.last_day ?? days.at(-1);
        draw();
      }),
    ),
    place,
  ];
}

// ---- calibration ----

function calibrationPart(document, { provenance, period }) {
  const rows = document.calibration.filter((row) => row.provenance === provenance && row.period === period);
  const where = `${periodName(period)}, ${provenance}`;
  if (!rows.length) return h("p", { class: "quiet" }, `n = 0: no ${provenance} prediction against a line is graded in this part (${where}).`);
  const ids = SYSTEM_ORDER.filter((id) => rows.some((row) => row.system_id === id));
  const first = ids.includes("ensemble") ? "ensemble" : ids[0];
  const place = h("div");
  const draw = (id) => {
    const tenths = rows.filter((row) => row.system_id === id);
    const n = tenths.reduce((sum, row) => sum + row.n, 0);
    put(
      place,
      h(
        "div",
        { class: "two" },
        chart({
          label: `${systemName(id)}: share that ended over the line by the probability that was said`,
          caption: `${systemName(id)}, ${where}; n = ${count(n)} graded predictions with a line, without pushes. A dot is a tenth of P(over), its vertical stroke the 95% Wilson interval; on the diagonal predicted and observed shares are equal.`,
          height: 400,
          build: ({ palette }) => ({
            marginLeft: 46,
            marginBottom: 42,
            x: { domain: [0, 1], label: "said: P(over)", tickFormat: ".0%", ticks: 5, labelAnchor: "center", labelArrow: false },
            y: { domain: [0, 1], label: "observed share over the line", grid: true, tickFormat: ".0%", ticks: 5, labelArrow: false },
            marks: [
              Plot.line([{ x: 0, y: 0 }, { x: 1, y: 1 }], { x: "x", y: "y", stroke: palette.faint, strokeDasharray: "3 4" }),
              Plot.ruleX(tenths, { x: "mean_prob_over", y1: "observed_low", y2: "observed_high", stroke: palette[id], strokeWidth: 1.6 }),
              Plot.dot(tenths, { x: "mean_prob_over", y: "observed_over", r: 4.5, fill: palette[id], stroke: "none", title: (row) => `P(over) ${row.value}\nsaid ${percent(row.mean_prob_over)}, seen ${percent(row.observed_over)}\nn ${count(row.n)}`, tip: { fill: palette.rule } }),
            ],
          }),
        }),
        dataTable({
          caption: `${systemName(id)}: predicted and observed shares.`,
          rows: tenths,
          columns: [
            { label: "P(over)", value: (row) => row.low, show: (row) => `${percent(row.low, 0)}–${percent(row.high, 0)}`, isSortable: false },
            { label: "n", value: (row) => row.n, show: (row) => count(row.n), isNumber: true, isSortable: false },
            { label: "Said", value: (row) => row.mean_prob_over, show: (row) => percent(row.mean_prob_over), isNumber: true, isSortable: false },
            { label: "Seen", value: (row) => row.observed_over, show: (row) => percent(row.observed_over), isNumber: true, isSortable: false },
            { label: "95% interval", value: (row) => row.observed_low, show: (row) => `${percent(row.observed_low)}–${percent(row.observed_high)}`, isNumber: true, isSortable: false },
            { label: "Observed minus predicted", value: (row) => row.observed_over - row.mean_prob_over, show: (row) => (row.n ? `${signed(100 * (row.observed_over - row.mean_prob_over))} pp` : UNKNOWN), isNumber: true, isSortable: false },
          ],
        }),
      ),
    );
  };
  draw(first);
  return [h("div", { class: "controls" }, systemSelect(ids, first, draw)), place];
}

// ---- largest effects of the linear system ----

function effects(rows) {
  return [...new Set(rows.map((row) => row.system_id))].map((id) => {
    const own = rows.filter((row) => row.system_id === id);
    return [
      h("h2", { id: `effects-${id}` }, `${systemName(id)}: what counts most`),
      dataTable({
        caption: `The median of the model trained on games before ${shortDay(own[0].trained_before)}. Points: what one standard deviation more of a feature adds when all others stay as they are; several features say nearly the same and share what it is worth.`,
        rows: own,
        columns: [
          { label: "Feature", value: (row) => words(row.feature) },
          { label: "Description", value: (row) => row.description, isSortable: false },
          { label: "Points", value: (row) => row.points, show: (row) => signed(row.points, 2), isNumber: true },
        ],
      }),
    ];
  });
}
