// Results: every prediction of a day compared with the actual points.
import { load, NotPublished, publishedDays } from "./data.js";
import { around, askedDay, dayLink, dayPicker } from "./days.js";
import { figures, h, notice, put } from "./dom.js";
import { count, fixed, isReference, longDay, odds, percent, plural, signed, signedPercent, systemName, tipTime, UNKNOWN, words } from "./format.js";
import { against, bySystem, gameLinks, line, matchup, pick, playerLink, provenanceTag, range, rangeKey, rangeScale, record, result, systemChoices, systemSelect } from "./parts.js";
import { banner, page } from "./shell.js";
import { dataTable } from "./table.js";

page(async () => {
  const asked = askedDay();
  if (asked === null) {
    let document;
    try {
      document = await load("results/latest.json");
    } catch (error) {
      if (!(error instanceof NotPublished)) throw error;
      return [notice("", "No results are published yet. A day is graded when its games are final: make backfill.")];
    }
    publishedDays("results").then((days) => dayPicker(document.game_date, days), () => dayPicker(document.game_date, null));
    return draw(document);
  }
  const days = await publishedDays("results");
  dayPicker(asked, days);
  if (days.includes(asked)) return draw(await load(`results/${asked}.json`));
  const { before, after } = around(days, asked);
  return [
    notice(
      "",
      `No results of ${longDay(asked)}. `,
      before && ["The previous day with results is ", h("a", { href: dayLink(before) }, longDay(before)), ". "],
      after && ["The next day with results is ", h("a", { href: dayLink(after) }, longDay(after)), "."],
    ),
  ];
});

function draw(document) {
  const { summary } = document;
  return [
    banner(document),
    h("h2", {}, longDay(document.game_date)),
    figures([
      { label: "Games", value: count(summary.games), note: "final, with predictions" },
      { label: "Players predicted", value: count(summary.players) },
      { label: "Played", value: count(summary.played), note: "graded" },
      { label: "Did not play", value: count(summary.voids), note: "void: not included in errors" },
      ...(summary.not_ingested ? [{ label: "No box score", value: count(summary.not_ingested), note: "says nothing about the player" }] : []),
    ]),
    gameLinks(document.games),
    systemsTable(summary.systems),
    bestBets(document.best_bets),
    highlights(document.highlights),
    games(document),
  ];
}

function systemsTable(rows) {
  const provenances = [...new Set(rows.map((row) => row.provenance))];
  return [
    h("h2", {}, "The day by system"),
    provenances.length < 2 && provenances.length > 0 && h("p", { class: "fine" }, `All of them ${provenances[0]}; none ${provenances[0] === "live" ? "reconstructed" : "live"}.`),
    dataTable({
      caption: "Errors in points over all who played (n); “on lined” over those of them with a line. Naive and market on the same rows.",
      rows: bySystem(rows),
      rowClass: (row) => (isReference(row.system_id) ? "is-reference" : row.system_id === "ensemble" ? "is-ours" : ""),
      columns: [
        { label: "System", value: (row) => systemName(row.system_id) },
        { label: "Made", value: (row) => row.provenance },
        { label: "n", value: (row) => row.graded, show: (row) => count(row.graded), isNumber: true },
        { label: "MAE", title: "Mean absolute error of predicted points", value: (row) => row.mae, show: (row) => fixed(row.mae, 2), isNumber: true },
        { label: "Naive MAE", value: (row) => row.naive_mae, show: (row) => fixed(row.naive_mae, 2), isNumber: true },
        { label: "Bias", title: "Mean of expected minus actual points", value: (row) => row.bias, show: (row) => signed(row.bias, 2), isNumber: true },
        { label: "p10–p90 holds", title: "Share of actual points from p10 to p90; 80% is right", value: (row) => row.coverage_p10_p90, show: (row) => percent(row.coverage_p10_p90, 0), isNumber: true },
        { label: "Within 3", value: (row) => row.share_within_3, show: (row) => percent(row.share_within_3, 0), isNumber: true },
        { label: "n lined", value: (row) => row.lined, show: (row) => count(row.lined), isNumber: true },
        { label: "MAE on lined", value: (row) => row.lined_mae, show: (row) => fixed(row.lined_mae, 2), isNumber: true },
        { label: "Line's MAE", value: (row) => row.line_mae, show: (row) => fixed(row.line_mae, 2), isNumber: true },
        { label: "Naive on lined", value: (row) => row.lined_naive_mae, show: (row) => fixed(row.lined_naive_mae, 2), isNumber: true },
        { label: "Bets", value: (row) => row.bets, show: (row) => count(row.bets), isNumber: true },
        { label: "Won–lost–pushed", value: (row) => row.wins, show: record, isNumber: true },
        { label: "Return per unit", value: (row) => row.roi, show: (row) => signedPercent(row.roi), isNumber: true },
      ],
    }),
  ];
}

function bestBets(found) {
  const title = h("h2", {}, "Best bets");
  if (found === null) return [title, h("p", { class: "quiet" }, "No best bets were listed for this day.")];
  const { day, bets } = found;
  return [
    title,
    h(
      "p",
      { class: "lede" },
      day.bets
        ? `${plural(day.bets, "bet")} played: ${record(day)}${day.voids ? `, ${count(day.voids)} void` : ""}. Won ${percent(day.accuracy, 0)}, break-even ${percent(day.break_even, 0)}; ${signed(day.profit, 2)} units.`
        : "No bet of the list was played.",
    ),
    dataTable({
      caption: `The list as it was made before the tip-off, ${plural(bets.length, "bet")}.`,
      rows: bets,
      columns: [
        { label: "#", value: (row) => row.rank, isNumber: true },
        { label: "Player", value: (row) => row.player_name ?? "", show: playerLink },
        { label: "Game", value: (row) => `${row.team ?? UNKNOWN} ${against(row)}`, isSortable: false },
        { label: "Bet", value: (row) => row.bet_line, show: (row) => `${row.bet_side ?? UNKNOWN} ${fixed(row.bet_line)}` },
        { label: "Price", value: (row) => row.bet_price, show: (row) => odds(row.bet_price), isNumber: true },
        { label: "Expected", value: (row) => row.expected_value, show: (row) => signed(row.expected_value, 3), isNumber: true },
        { label: "Chance", value: (row) => row.confidence, show: (row) => percent(row.confidence), isNumber: true },
        { label: "Points", value: (row) => row.actual_points, show: (row) => (row.result === "VOID" ? "did not play" : fixed(row.actual_points, 0)), isNumber: true },
        { label: "Result", value: (row) => row.result, show: (row) => result(row.result) },
        { label: "Profit", value: (row) => row.bet_profit, show: (row) => signed(row.bet_profit, 2), isNumber: true },
        { label: "Made", value: (row) => row.provenance },
      ],
    }),
  ];
}

function highlights(found) {
  if (!found.closest.length && !found.furthest.length) return null;
  const list = (title, rows, note) =>
    h(
      "div",
      {},
      h("h3", {}, title),
      dataTable({
        caption: note,
        rows,
        columns: [
          { label: "Player", value: (row) => row.player_name ?? "", show: playerLink, isSortable: false },
          { label: "Predicted", value: (row) => row.predicted_points, show: (row) => fixed(row.predicted_points), isNumber: true, isSortable: false },
          { label: "Line", value: (row) => row.points_line, show: (row) => line(row.points_line), isNumber: true, isSortable: false },
          { label: "Scored", value: (row) => row.actual_points, show: (row) => fixed(row.actual_points, 0), isNumber: true, isSortable: false },
          { label: "Off by", value: (row) => row.absolute_error, show: (row) => fixed(row.absolute_error), isNumber: true, isSortable: false },
        ],
      }),
    );
  const name = found.system_id ? systemName(found.system_id) : "no system";
  return [
    h("h2", {}, "What stands out"),
    h(
      "div",
      { class: "two" },
      list("Closest", found.closest, `${name}, predictions of 10 points or more.`),
      list("Furthest off", found.furthest, `${name}, all who played.`),
    ),
  ];
}

function games(document) {
  const { choices, first } = systemChoices(document.games);
  const place = h("div");
  const players = document.games.flatMap((game) => game.players);
  const top = rangeScale(players.flatMap((player) => [player.actual_points, ...player.systems.map((entry) => entry.p90)]));
  const fill = (systemId) => put(place, document.games.map((game) => gameSection(game, systemId, top)));
  fill(first);
  return [h("h2", { id: "games" }, "Every prediction"), h("div", { class: "controls" }, systemSelect(choices, first, fill)), rangeKey(top, { hasActual: true }), place];
}

function gameSection(game, systemId, top) {
  const score = game.home_points === null || game.away_points === null ? "score unknown" : `${game.away_points}–${game.home_points}`;
  const about = [score, tipTime(game.tipoff_at), game.arena, game.season_type && game.season_type !== "regular" ? words(game.season_type) : null].filter(Boolean);
  const rows = game.players.map((player) => ({ ...player, shown: player.systems.find((entry) => entry.system_id === systemId) ?? null }));
  return h(
    "section",
    { class: "game", id: `game-${game.game_id}`, "aria-label": matchup(game) },
    h("div", { class: "game-head" }, h("h3", {}, matchup(game)), h("p", { class: "fine" }, about.join(" · "))),
    dataTable({
      caption: `${systemName(systemId)}, ${plural(rows.length, "player")}, ${count(rows.filter((row) => row.outcome === "graded").length)} of them played; DNP: did not play.`,
      rows,
      columns: [
        { label: "Player", width: 10.2, value: (row) => row.player_name ?? "", show: playerLink },
        { label: "Team", width: 3.4, value: (row) => row.team },
        { label: "Min", width: 4.4, title: "Minutes that he played", value: (row) => row.actual_minutes, show: (row) => (row.outcome === "void" ? h("span", { class: "quiet" }, "DNP") : row.outcome === "not_ingested" ? h("span", { class: "quiet" }, "no box score") : fixed(row.actual_minutes, 0)), isNumber: true },
        { label: "Range", width: 9.8, value: () => null, isSortable: false, show: (row) => range({ p10: row.shown?.p10, p90: row.shown?.p90, point: row.shown?.predicted_points, line: row.points_line, actual: row.actual_points }, top) },
        { label: "Scored", width: 4.2, value: (row) => row.actual_points, show: (row) => h("span", { class: "strong" }, fixed(row.actual_points, 0)), isNumber: true },
        { label: "Predicted", width: 5.2, value: (row) => row.shown?.predicted_points, show: (row) => fixed(row.shown?.predicted_points), isNumber: true },
        { label: "Line", width: 4.4, value: (row) => row.points_line, show: (row) => line(row.points_line), isNumber: true },
        { label: "Off by", width: 4, title: "Absolute difference between predicted and actual points", value: (row) => row.shown?.absolute_error, show: (row) => fixed(row.shown?.absolute_error), isNumber: true },
        { label: "Naive off", width: 5, title: "Absolute error of the mean of his last 10 games", value: (row) => row.naive_absolute_error, show: (row) => fixed(row.naive_absolute_error), isNumber: true },
        { label: "Line off", width: 4.6, title: "Absolute error of the line", value: (row) => row.line_absolute_error, show: (row) => fixed(row.line_absolute_error), isNumber: true },
        { label: "Pick", width: 6.8, value: (row) => row.shown?.recommendation, show: (row) => pick(row.shown) },
        { label: "Result", width: 4.2, value: (row) => row.shown?.result, show: (row) => result(row.shown?.result) },
        { label: "Profit", width: 4, value: (row) => row.shown?.bet_profit, show: (row) => signed(row.shown?.bet_profit, 2), isNumber: true },
        { label: "Made", value: (row) => row.shown?.provenance, show: (row) => provenanceTag(row.shown?.provenance) ?? UNKNOWN, width: 7 },
      ],
    }),
  );
}
