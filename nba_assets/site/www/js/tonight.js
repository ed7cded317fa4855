// Tonight: the games of the day, the prediction for each player, and the day's best bets.
import { load, NotPublished, publishedDays } from "./data.js";
import { around, askedDay, dayLink, dayPicker } from "./days.js";
import { figures, h, notice, put, tag } from "./dom.js";
import { SYSTEM_ORDER, count, easternToday, fixed, longDay, moment, odds, percent, plural, signed, signedPercent, systemName, tipTime, words } from "./format.js";
import {
  against, entryOf, gameLinks, line, matchup, percentiles, pick, playerLink, provenanceTag, provenanceText, range, rangeKey, rangeScale, record, systemChoices, systemSelect,
} from "./parts.js";
import { follow } from "./refresh.js";
import { banner, page } from "./shell.js";
import { dataTable } from "./table.js";

page(async () => {
  const asked = askedDay();
  if (asked === null) {
    const read = () => Promise.all([newest("predictions/today.json"), newest("best-bets/latest.json")]);
    const [document, bets] = await read();
    if (document === null) return [notice("", "No predictions are published yet. Publishing makes them: make backfill, then make site.")];
    publishedDays("predictions").then((days) => dayPicker(document.game_date, days), () => dayPicker(document.game_date, null));
    return drawAndFollow(read, document, bets, null);
  }
  const days = await publishedDays("predictions");
  dayPicker(asked, days);
  if (!days.includes(asked)) return [noGames(asked, days)];
  const hasBets = (await publishedDays("best-bets")).includes(asked);
  const read = () => Promise.all([load(`predictions/${asked}.json`), hasBets ? load(`best-bets/${asked}.json`) : null]);
  const [document, bets] = await read();
  return drawAndFollow(read, document, bets, asked);
});

/** Minutes after the last tip-off in which an update that began before it may still publish. */
const LATE = 60;

/** Whether no newer predictions of a day are to be expected. */
function isOver({ game_date: day, games: ofDay }) {
  const today = easternToday();
  if (day !== today) return day < today;
  const tipoffs = ofDay.map((game) => game.tipoff_at && Date.parse(game.tipoff_at));
  return tipoffs.length > 0 && tipoffs.every((at) => at && at + LATE * 60_000 < Date.now());
}

function drawAndFollow(read, document, bets, asked) {
  if (!isOver(document)) {
    follow({ read, shown: [document, bets], isOver: ([each]) => isOver(each), draw: ([each, ofDay]) => draw(each, ofDay, asked, new Date()) });
  }
  return draw(document, bets, asked, null);
}

/** The newest document of a product; null if none is published. */
async function newest(path) {
  try {
    return await load(path);
  } catch (error) {
    if (error instanceof NotPublished) return null;
    throw error;
  }
}

function noGames(day, days) {
  const { before, after } = around(days, day);
  return notice(
    "",
    `No predictions on ${longDay(day)}. `,
    before && ["The previous day with predictions is ", h("a", { href: dayLink(before) }, longDay(before)), ". "],
    after && ["The next day with predictions is ", h("a", { href: dayLink(after) }, longDay(after)), "."],
  );
}

function draw(document, bets, asked, changedAt) {
  const day = document.game_date;
  const today = easternToday();
  /** @type {import("./dom.js").Child[]} */
  const nodes = [banner(document, bets)];
  if (asked === null && day !== today) {
    nodes.push(
      notice(
        "",
        `No games today, ${longDay(today)}. The most recent day with predictions is `,
        h("a", { href: dayLink(day) }, longDay(day)),
        day > today ? ", which is still to come." : "; this is what was predicted then. ",
        day <= today && h("a", { href: dayLink(day, "results.html") }, "How it came out"),
      ),
    );
  }
  const { summary } = document;
  nodes.push(h("h2", {}, longDay(day)));
  if (!isOver(document)) {
    nodes.push(h("p", { class: "fine follows" }, "Follows what is published until the last tip-off.", changedAt && ` Changed at ${tipTime(changedAt)}.`));
  }
  nodes.push(
    figures([
      { label: "Games", value: count(summary.games) },
      { label: "Players predicted", value: count(summary.players), note: "with three earlier games or more" },
      { label: "With a line", value: count(summary.lined_players), note: `of ${plural(summary.players, "player")}` },
      { label: "Predictions", value: count(summary.predictions), note: `all systems; ${count(summary.live_predictions)} live, ${count(summary.predictions - summary.live_predictions)} reconstructed` },
    ]),
  );
  nodes.push(gameLinks(document.games));
  nodes.push(bestBets(bets, day));
  nodes.push(games(document));
  return nodes;
}

// ---- best bets ----

function bestBets(document, day) {
  const title = h("h2", { id: "best-bets" }, "Best bets");
  if (document === null || document.game_date !== day) {
    return [title, h("p", { class: "quiet" }, "No best bets are published for this day.")];
  }
  const { summary } = document;
  const population = `${plural(summary.bets, "bet")} of ${plural(summary.candidates, "candidate")}, at most 15, by expected value. `;
  const chosen = document.decided_before ? `Chosen from quotes seen before ${moment(document.decided_before)}. ` : "";
  return [
    title,
    h("p", { class: "lede" }, population, chosen, provenanceTag(document.provenance), " ", h("span", { class: "fine" }, provenanceText(document.provenance, document.made_at))),
    document.bets.length
      ? h("ol", { class: "bets" }, document.bets.map(bet))
      : h("p", { class: "quiet" }, "No bet: no quote seen before then was worth its price, or there was none."),
    history(document.record),
  ];
}

function bet(row) {
  return h(
    "li",
    { class: "bet" },
    h("span", { class: "rank" }, row.rank),
    h(
      "div",
      {},
      h("p", { class: "who" }, playerLink(row), " ", h("span", { class: "fine" }, `${row.team} ${against(row)}`)),
      h("p", {}, h("span", { class: "pick" }, `${row.bet_side} ${fixed(row.bet_line)}`), ` at ${odds(row.bet_price)} `, h("span", { class: "fine" }, `${row.bet_book}, ${moment(row.bet_snapshot_at)}`)),
    ),
    h("ul", { class: "why" }, row.reasons.map((reason) => h("li", {}, reason))),
  );
}

const WINDOWS = { "30_days": "30 days before", season: "season before" };

function history(rows) {
  return dataTable({
    caption: `Results of the best bets of earlier days, not including this day; live and reconstructed separately.${rows.some((row) => row.provenance === "live" && row.bets > 0) ? "" : " None of them was live."}`,
    rows,
    columns: [
      { label: "Window", value: (row) => WINDOWS[row.time_window] ?? words(row.time_window), isSortable: false },
      { label: "Made", value: (row) => row.provenance, isSortable: false },
      { label: "Bets (n)", value: (row) => row.bets, show: (row) => count(row.bets), isNumber: true, isSortable: false },
      { label: "Won–lost–pushed", value: record, isNumber: true, isSortable: false },
      { label: "Void", value: (row) => row.voids, isNumber: true, isSortable: false, title: "The player did not play: stake returned" },
      { label: "Won", value: (row) => row.accuracy, show: (row) => percent(row.accuracy), isNumber: true, isSortable: false, title: "Share of bets won, not counting pushes" },
      { label: "Break-even", value: (row) => row.break_even, show: (row) => percent(row.break_even), isNumber: true, isSortable: false },
      { label: "Mean price", value: (row) => row.mean_price, show: (row) => odds(row.mean_price), isNumber: true, isSortable: false },
      { label: "Return per unit", value: (row) => row.roi, show: (row) => signedPercent(row.roi), isNumber: true, isSortable: false },
    ],
    empty: "No best bets before this day.",
  });
}

// ---- games ----

/** What the reader has chosen, which a newer document does not undo: system, open games, order of each game's table. */
const kept = { system: "", open: new Set(), orders: new Map() };

function games(document) {
  const { choices, first } = systemChoices(document.games, kept.system);
  const place = h("div");
  const all = document.games.flatMap((game) => game.players);
  const top = rangeScale(all.flatMap((player) => [player.points_line, ...player.systems.flatMap((entry) => [entry.p90, entry.predicted_points])]));
  const fill = (systemId) => put(place, document.games.map((game) => gameSection(game, systemId, top)));
  const choose = (systemId) => {
    kept.system = systemId;
    fill(systemId);
  };
  fill(first);
  return [
    h("h2", { id: "games" }, "Games"),
    h("div", { class: "controls" }, systemSelect(choices, first, choose)),
    rangeKey(top),
    document.games.length ? place : h("p", { class: "quiet" }, "No game of this day has predictions."),
  ];
}

function gameSection(game, systemId, top) {
  const about = [
    tipTime(game.tipoff_at),
    game.arena,
    game.season_type && game.season_type !== "regular" ? words(game.season_type) : null,
    game.total === null ? "no total" : `total ${fixed(game.total)}`,
    game.spread === null ? "no spread" : `${game.home_team} ${signed(game.spread)}`,
    game.line_is_time_known === false ? "closing lines without a quote time" : null,
  ].filter(Boolean);
  return h(
    "section",
    { class: "game", id: `game-${game.game_id}`, "aria-label": matchup(game) },
    h("div", { class: "game-head" }, h("h3", {}, matchup(game)), h("p", { class: "fine" }, about.join(" · ")), h("p", { class: "fine" }, provenanceTag(game.provenance), " ", game.made_at && moment(game.made_at))),
    reported(game),
    playersTable(game, systemId, top),
    everySystem(game),
  );
}

function playersTable(game, systemId, top) {
  const rows = game.players.map((player) => ({
    ...player,
    shown: player.systems.find((entry) => entry.system_id === systemId) ?? null,
    naive: entryOf(player.systems, ["naive_last_10"]),
  }));
  return dataTable({
    caption: `${systemName(systemId)}, ${plural(rows.length, "player")}, if he plays; compared with the naive mean of his last 10 games and the line. Paler: players who may not play.`,
    rows,
    order: kept.orders.get(game.game_id) ?? null,
    ordered: (order) => kept.orders.set(game.game_id, order),
    rowClass: (row) => (mayMiss(row) ? "is-reference" : ""),
    columns: [
      { label: "Player", width: 13.5, value: (row) => row.player_name ?? "", show: (row) => [playerLink(row), h("span", { class: "fine" }, ` ${row.team}`)] },
      { label: "Min", width: 3.4, title: "Projected minutes if he plays", value: (row) => row.context.projected_minutes, show: (row) => fixed(row.context.projected_minutes, 0), isNumber: true },
      { label: "Range", width: 10, value: (row) => row.shown?.p90, isSortable: false, show: (row) => range({ p10: row.shown?.p10, p90: row.shown?.p90, point: row.shown?.predicted_points, line: row.points_line }, top) },
      { label: "Points", width: 4.2, title: "Predicted points: the median", value: (row) => row.shown?.predicted_points, show: (row) => h("span", { class: "strong" }, fixed(row.shown?.predicted_points)), isNumber: true },
      { label: "p10–p90", width: 5.4, value: (row) => row.shown?.p90, show: (row) => percentiles(row.shown), isNumber: true },
      { label: "Naive", width: 4, title: "Mean of his last 10 games", value: (row) => row.naive?.predicted_points, show: (row) => fixed(row.naive?.predicted_points), isNumber: true },
      { label: "Season", width: 5.8, title: "Points per game this season, with the number of games", value: (row) => row.context.points_avg_season, show: (row) => [fixed(row.context.points_avg_season), h("span", { class: "fine" }, ` n ${count(row.context.games_played_season)}`)], isNumber: true },
      { label: "Line", width: 4.6, value: (row) => row.points_line, show: (row) => line(row.points_line), isNumber: true },
      { label: "Edge", width: 4.2, title: "Predicted points minus the line", value: (row) => row.shown?.edge, show: (row) => signed(row.shown?.edge), isNumber: true },
      { label: "P(over)", width: 4.8, title: "Probability of more points than the line, given no push", value: (row) => row.shown?.prob_over, show: (row) => percent(row.shown?.prob_over, 0), isNumber: true },
      { label: "Pick", width: 6.6, value: (row) => row.shown?.recommendation, show: (row) => (isOut(row) ? tag("out", "under") : pick(row.shown)) },
      { label: "What is known", value: (row) => notes(row).length, isSortable: false, show: (row) => h("span", { class: "fine" }, notes(row).join("; ")), isWrapped: true },
    ],
  });
}

const STATUS = { missed_last: "missed the last game", missed_games: "missed the last games", injured_list: "on the injured list", probable: "probable", questionable: "questionable", doubtful: "doubtful", ruled_out: "out" };
/** Warnings that repeat the status or the header of the game. */
const SAID = new Set(["ruled out by the injury report", "doubtful in the injury report", "on the injured list", "missed his team's last games", "the game's line has no time"]);
const MAY_MISS = new Set(["injured_list", "missed_games", "doubtful", "ruled_out"]);
const mayMiss = ({ context }) => MAY_MISS.has(context.injury_status);
const isOut = ({ context }) => context.injury_status === "ruled_out";
const REPORTED = ["ruled_out", "doubtful", "questionable", "probable"];

/** Who is named by the injury report, by status, before the table: it moves everyone else's numbers. */
function reported(game) {
  const named = REPORTED.map((status) => [status, game.players.filter((player) => player.context.injury_status === status)]).filter(([, players]) => players.length);
  if (!named.length) return null;
  return h(
    "p",
    { class: "reported" },
    named.map(([status, players], index) => [
      index ? " · " : "Injury report: ",
      h("span", { class: "strong" }, STATUS[status]),
      " ",
      players.map((player, place) => [place ? ", " : "", playerLink(player), ` (${player.team})`]),
    ]),
  );
}

/** A change of the predicted points that is worth a word. */
const NOTABLE = 0.5;

/** What was published earlier, where the points or the line that one sees are others now. */
function changed({ shown, points_line }) {
  if (!shown?.before) return [];
  const { made_at, predicted_points, points_line: former } = shown.before;
  const was = [
    Math.abs(predicted_points - shown.predicted_points) >= NOTABLE && fixed(predicted_points),
    former !== null && fixed(former) !== fixed(points_line) && `line ${fixed(former)}`,
  ].filter(Boolean);
  return was.length ? [`was ${was.join(", ")} (${tipTime(made_at)})`] : [];
}

/** Notes about a player before the game. */
function notes(row) {
  const { context, warnings } = row;
  return [
    STATUS[context.injury_status],
    ...changed(row),
    context.back_to_back && "played yesterday",
    context.opponent_back_to_back && "opponent played yesterday",
    context.teammates_out > 0 && `${plural(context.teammates_out, "teammate")} out`,
    ...warnings.filter((warning) => !SAID.has(warning)),
  ].filter(Boolean);
}

/** Predictions of every system for a game; drawn when opened. */
function everySystem(game) {
  const place = h("div");
  let isDrawn = false;
  const fill = () => {
    isDrawn = true;
    const occurring = SYSTEM_ORDER.filter((id) => game.players.some((player) => player.systems.some((entry) => entry.system_id === id)));
    put(
      place,
      dataTable({
        caption: "Predicted points of every system, and the resulting bets.",
        rows: game.players,
        columns: [
          { label: "Player", value: (row) => row.player_name ?? "", show: playerLink },
          ...occurring.map((id) => ({
            label: systemName(id),
            isNumber: true,
            value: (row) => entryOf(row.systems, [id])?.predicted_points,
            show: (row) => {
              const entry = entryOf(row.systems, [id]);
              const isBet = entry?.bet_side;
              return [fixed(entry?.predicted_points), isBet && [" ", tag(entry.bet_side.toLowerCase(), entry.bet_side.toLowerCase())]];
            },
          })),
          { label: "Agreement", title: "1 minus (standard deviation of the base systems / 5 points)", value: (row) => row.system_agreement, show: (row) => fixed(row.system_agreement, 2), isNumber: true },
        ],
      }),
    );
  };
  const isOpen = kept.open.has(game.game_id);
  if (isOpen) fill();
  const toggled = (event) => {
    if (!event.currentTarget.open) {
      kept.open.delete(game.game_id);
      return;
    }
    kept.open.add(game.game_id);
    if (!isDrawn) fill();
  };
  return h("details", { open: isOpen, on: { toggle: toggled } }, h("summary", {}, `All systems, ${matchup(game)}`), place);
}
