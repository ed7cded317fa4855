// Players: search, and the page of one player by the id in the address.
import { asDate, chart } from "./charts.js";
import { load, NotPublished } from "./data.js";
import { figures, h, notice, put, segmented } from "./dom.js";
import { UNKNOWN, count, fixed, isReference, odds, percent, plural, shortDay, signed, signedPercent, systemName, tipTime, words } from "./format.js";
import { against, bySystem, line, pick, playerLink, provenanceTag, range, rangeScale, record, result } from "./parts.js";
import { banner, page } from "./shell.js";
import { dataTable } from "./table.js";

const asked = new URLSearchParams(window.location.search).get("id");

page(async () => {
  const [index, player] = await Promise.all([load("players/index.json"), asked === null ? null : one(asked)]);
  const parts = [banner(index, player), search(index.players)];
  if (asked === null) return [...parts, directory(index)];
  if (player === null) return [...parts, notice("", "No player with this id is published. Search by name above.")];
  document.title = `${player.player_name} · nba-assets`;
  return [...parts, draw(player)];
});

/** The document of a player; null if there is none. Only ids of digits are requested. */
async function one(id) {
  if (!/^\d{1,12}$/.test(id)) return null;
  try {
    return await load(`players/${id}.json`);
  } catch (error) {
    if (error instanceof NotPublished) return null;
    throw error;
  }
}

// ---- search ----

const MOST_SHOWN = 12;

/** Lower case without accents and punctuation, like `search_key` in the index. */
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N} ]/gu, "").trim();

/** Players whose name contains every typed word; names that start with the text first, then by last game. */
function matching(players, typed) {
  const key = folded(typed);
  if (!key) return [];
  const wanted = key.split(/\s+/);
  const starts = (player) => player.search_key.split(" ").some((part) => part.startsWith(wanted[0]));
  return players
    .filter((player) => wanted.every((word) => player.search_key.includes(word)))
    .sort((a, b) => starts(b) - starts(a) || b.last_game_date.localeCompare(a.last_game_date) || b.points_avg - a.points_avg)
    .slice(0, MOST_SHOWN);
}

/** A combobox that follows the ARIA authoring practices: arrow keys select, Enter opens, Escape closes. */
function search(players) {
  let found = [];
  let chosen = -1;
  const list = h("ul", { id: "found", role: "listbox", "aria-label": "Players found", hidden: true });
  const said = h("p", { class: "hidden-visually", role: "status" });
  const input = h("input", {
    id: "player-search", type: "search", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: "Search a player",
    "aria-label": "Search a player", "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list",
    on: {
      input: () => {
        found = matching(players, input.value);
        chosen = found.length ? 0 : -1;
        said.textContent = input.value.trim() ? `${plural(found.length, "player")} found` : "";
        show();
      },
      keydown: (event) => {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
          if (!found.length) return;
          event.preventDefault();
          chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
          show();
        } else if (event.key === "Enter" && chosen >= 0) {
          event.preventDefault();
          open(found[chosen]);
        } else if (event.key === "Escape") {
          close();
        }
      },
      blur: () => close(),
      focus: () => found.length && show(),
    },
  });
  const open = (player) => window.location.assign(`player.html?id=${encodeURIComponent(player.player_id)}`);
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const show = () => {
    const isOpen = input.value.trim() !== "";
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (chosen >= 0) input.setAttribute("aria-activedescendant", `found-${chosen}`);
    else input.removeAttribute("aria-activedescendant");
    put(
      list,
      found.length || !isOpen
        ? found.map((player, index) =>
            h(
              "li",
              // mousedown comes before the blur that closes the list
              { id: `found-${index}`, role: "option", "aria-selected": String(index === chosen), on: { mousedown: (event) => { event.preventDefault(); open(player); } } },
              h("span", {}, player.player_name),
              h("span", { class: "fine" }, [player.team, player.position].filter(Boolean).join(" · ")),
            ),
          )
        : h("li", { role: "option", "aria-disabled": "true", "aria-selected": "false", class: "quiet" }, "No player with this name"),
    );
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  };
  return h("div", { class: "search" }, input, list, said);
}

function directory({ players, as_of: day }) {
  const season = players.flatMap((player) => player.seasons).sort().at(-1);
  const current = players.filter((player) => player.seasons.at(-1) === season).sort((a, b) => b.points_avg - a.points_avg);
  return [
    h("h2", {}, "Scorers"),
    dataTable({
      caption: `The 60 with the most points a game in ${season ?? "the last season"}, of ${plural(current.length, "player")} who played in it; ${plural(players.length, "player")} in all can be searched. As of ${shortDay(day)}.`,
      rows: current.slice(0, 60),
      columns: [
        { label: "Player", value: (row) => row.player_name, show: playerLink },
        { label: "Team", value: (row) => row.team, show: (row) => row.team ?? UNKNOWN },
        { label: "Position", value: (row) => row.position, show: (row) => row.position ?? UNKNOWN },
        { label: "Points a game", value: (row) => row.points_avg, show: (row) => fixed(row.points_avg), isNumber: true },
        { label: "Games, all seasons", value: (row) => row.games, show: (row) => count(row.games), isNumber: true },
        { label: "Seasons", value: (row) => row.seasons.length, isNumber: true },
        { label: "Last game", value: (row) => row.last_game_date, show: (row) => shortDay(row.last_game_date) },
      ],
    }),
  ];
}

// ---- one player ----

function draw(player) {
  const height = player.height_inches === null ? null : `${Math.floor(player.height_inches / 12)}′${player.height_inches % 12}″`;
  const about = [player.team, player.position, height, player.birth_date && `born ${shortDay(player.birth_date)}`, player.first_season && `first season ${player.first_season}-${String(player.first_season + 1).slice(2)}`];
  const last = player.seasons.filter((row) => row.season_type === "regular").at(-1) ?? player.seasons.at(-1);
  return [
    h("h2", { class: "player-name" }, player.player_name),
    h("p", { class: "lede" }, about.filter(Boolean).join(" · ")),
    last && figures([
      { label: "Points a game", value: fixed(last.points_avg), note: `${last.season} ${words(last.season_type).toLowerCase()}, n ${plural(last.games, "game")}` },
      { label: "Minutes a game", value: fixed(last.minutes_avg), note: `n ${count(last.games)}` },
      { label: "Usage", value: percent(last.usage_rate), note: "of the team's plays while on court" },
      { label: "True shooting", value: percent(last.ts_pct), note: `${count(last.field_goals_attempted)} shots, ${count(last.free_throws_attempted)} free throws` },
      { label: "Over the line", value: last.lined ? `${count(last.overs)}–${count(last.unders)}` : UNKNOWN, note: last.lined ? `over–under, n ${plural(last.lined, "lined game")}` : "no line in this season" },
    ]),
    next(player),
    recent(player),
    record_(player),
    splits(player),
    seasons(player),
    log(player),
  ];
}

const INJURY = { available: "available", missed_last: "missed the last game", missed_games: "missed the last games", injured_list: "on the injured list", probable: "probable", questionable: "questionable", doubtful: "doubtful", ruled_out: "ruled out" };

function next({ next_game: game }) {
  if (game === null) return [h("h2", {}, "Next game"), h("p", { class: "quiet" }, "He has no game on the newest day of the data.")];
  return [
    h("h2", {}, "Next game"),
    h("p", {}, `${shortDay(game.game_date)}, ${game.team} ${against(game)}, ${tipTime(game.tipoff_at)}. `, h("span", { class: "fine" }, INJURY[game.injury_status] ?? "status unknown")),
    figures([
      { label: "Predicted points", value: fixed(game.predicted_points), note: "ensemble, if he plays" },
      { label: "10th–90th percentile", value: game.p10 === null ? UNKNOWN : `${fixed(game.p10, 0)}–${fixed(game.p90, 0)}` },
      { label: "Line", value: game.points_line === null ? "no line" : fixed(game.points_line), note: game.recommendation === "NO_LINE" || game.recommendation === null ? null : words(game.recommendation.toLowerCase()) },
      { label: "Projected minutes", value: fixed(game.projected_minutes, 0), note: "if he plays" },
    ]),
  ];
}

function recent({ player_name: name, games }) {
  const shown = games.slice(0, 41).reverse();
  if (shown.length < 2) return null;
  const rows = shown.map((game, index) => ({ ...game, index, day: asDate(game.game_date) }));
  const predicted = rows.filter((row) => row.p10 !== null && row.p90 !== null);
  const lined = rows.filter((row) => row.points_line !== null);
  return [
    h("h2", {}, "Last games"),
    chart({
      label: `${name}: points in his last ${rows.length} games with the predicted range and the line`,
      caption: `His last ${plural(rows.length, "game")}, oldest left. Dots: points. Bars: 10th to 90th percentile before the game, ensemble (n ${count(predicted.length)}). Strokes: the line (n ${count(lined.length)}).`,
      height: 300,
      build: ({ width, palette }) => ({
        marginLeft: 34,
        marginBottom: 34,
        x: { type: "linear", domain: [-0.6, rows.length - 0.4], label: null, ticks: rows.filter((_, index) => index % Math.ceil(rows.length / (width < 600 ? 4 : 9)) === 0).map((row) => row.index), tickFormat: (index) => shortDay(rows[index]?.game_date).replace(/, \d{4}$/, "") },
        y: { label: "points", grid: true, nice: true, zero: true },
        marks: [
          Plot.ruleX(predicted, { x: "index", y1: "p10", y2: "p90", stroke: palette.band, strokeWidth: Math.max(3, Math.min(9, width / rows.length - 5)), strokeLinecap: "round" }),
          Plot.ruleY(lined, { y: "points_line", x1: (row) => row.index - 0.38, x2: (row) => row.index + 0.38, stroke: palette.ink, strokeWidth: 1.6 }),
          Plot.dot(rows, {
            x: "index", y: "points", r: width < 600 ? 3 : 4, fill: palette.ensemble, stroke: "none",
            title: (row) => `${shortDay(row.game_date)} ${against(row)}\n${plural(row.points, "point")} in ${fixed(row.minutes, 0)} minutes\nline ${row.points_line === null ? "none" : fixed(row.points_line)}, predicted ${fixed(row.predicted_points)}`,
            tip: { fill: palette.rule },
          }),
        ],
      }),
    }),
  ];
}

function record_(player) {
  const title = h("h2", {}, "Our record on him");
  if (!player.record.length) return [title, h("p", { class: "quiet" }, "No predictions of this player: n = 0.")];
  const periods = [...new Set(player.record.map((row) => row.period))];
  const place = h("div");
  const fill = (period) =>
    put(
      place,
      dataTable({
        caption: "n: predictions of games that he played. Errors in points; naive and line on the same rows. Live and reconstructed separately.",
        rows: bySystem(player.record.filter((row) => row.period === period)),
        rowClass: (row) => (isReference(row.system_id) ? "is-reference" : row.system_id === "ensemble" ? "is-ours" : ""),
        columns: [
          { label: "System", value: (row) => systemName(row.system_id) },
          { label: "Made", value: (row) => row.provenance, show: (row) => provenanceTag(row.provenance) },
          { label: "n", value: (row) => row.n, show: (row) => count(row.n), isNumber: true },
          { label: "MAE", value: (row) => row.mae, show: (row) => fixed(row.mae, 2), isNumber: true },
          { label: "Naive MAE", value: (row) => row.naive_mae, show: (row) => fixed(row.naive_mae, 2), isNumber: true },
          { label: "Bias", value: (row) => row.bias, show: (row) => signed(row.bias, 2), isNumber: true },
          { label: "p10–p90 holds", value: (row) => row.coverage_p10_p90, show: (row) => percent(row.coverage_p10_p90, 0), isNumber: true },
          { label: "n lined", value: (row) => row.lined, show: (row) => count(row.lined), isNumber: true },
          { label: "MAE on lined", value: (row) => row.lined_mae, show: (row) => fixed(row.lined_mae, 2), isNumber: true },
          { label: "Line's MAE", value: (row) => row.line_mae, show: (row) => fixed(row.line_mae, 2), isNumber: true },
          { label: "Bets", value: (row) => row.bets, show: (row) => count(row.bets), isNumber: true },
          { label: "Won–lost–pushed", value: (row) => row.wins, show: record, isNumber: true },
          { label: "Return per unit", value: (row) => row.roi, show: (row) => signedPercent(row.roi), isNumber: true },
        ],
      }),
    );
  fill(periods[0]);
  return [title, periods.length > 1 && h("div", { class: "controls" }, segmented("Period of the record", periods.map((period) => [period, period === "all" ? "All seasons" : period]), periods[0], fill)), place];
}

const DIMENSIONS = { home_away: "Home or away", rest: "Days of rest", opponent_defense: "Opponent's defence" };

function splits({ splits: rows }) {
  if (!rows.length) return null;
  return [
    h("h2", {}, "Splits"),
    dataTable({
      caption: "All his games in the data. Difference: points minus his average of the same season, with its 95% interval. Defence: rank by points allowed per 100 possessions before the game.",
      rows,
      columns: [
        { label: "Split", value: (row) => `${DIMENSIONS[row.dimension] ?? words(row.dimension)}: ${row.value}`, isSortable: false },
        { label: "Games (n)", value: (row) => row.games, show: (row) => count(row.games), isNumber: true, isSortable: false },
        { label: "Minutes", value: (row) => row.minutes_avg, show: (row) => fixed(row.minutes_avg), isNumber: true, isSortable: false },
        { label: "Points", value: (row) => row.points_avg, show: (row) => fixed(row.points_avg), isNumber: true, isSortable: false },
        { label: "Difference", value: (row) => row.points_above_season_avg, show: (row) => signed(row.points_above_season_avg, 2), isNumber: true, isSortable: false },
        { label: "95% interval", value: (row) => row.points_above_season_avg_low, show: (row) => (row.points_above_season_avg_low === null ? UNKNOWN : `${signed(row.points_above_season_avg_low, 2)} to ${signed(row.points_above_season_avg_high, 2)}`), isNumber: true, isSortable: false },
      ],
    }),
  ];
}

function seasons({ seasons: rows }) {
  const made = (share, attempted) => [percent(share), h("span", { class: "fine" }, ` of ${count(attempted)}`)];
  return [
    h("h2", {}, "Seasons"),
    dataTable({
      caption: "Per game. Shares with their attempts. Regular season, play-in, playoffs and the Cup final separately.",
      rows: rows.slice().reverse(),
      columns: [
        { label: "Season", value: (row) => `${row.season} ${row.season_type}`, show: (row) => [row.season, row.season_type === "regular" ? null : h("span", { class: "fine" }, ` ${words(row.season_type).toLowerCase()}`)] },
        { label: "Teams", value: (row) => row.teams.join(" "), show: (row) => row.teams.join(", ") },
        { label: "Games", value: (row) => row.games, isNumber: true },
        { label: "Starts", value: (row) => row.starts, show: (row) => count(row.starts), isNumber: true },
        { label: "Min", value: (row) => row.minutes_avg, show: (row) => fixed(row.minutes_avg), isNumber: true },
        { label: "Points", value: (row) => row.points_avg, show: (row) => h("span", { class: "strong" }, fixed(row.points_avg)), isNumber: true },
        { label: "± std", title: "Standard deviation between games", value: (row) => row.points_std, show: (row) => fixed(row.points_std), isNumber: true },
        { label: "Reb", value: (row) => row.rebounds_avg, show: (row) => fixed(row.rebounds_avg), isNumber: true },
        { label: "Ast", value: (row) => row.assists_avg, show: (row) => fixed(row.assists_avg), isNumber: true },
        { label: "3PM", value: (row) => row.threes_made_avg, show: (row) => fixed(row.threes_made_avg), isNumber: true },
        { label: "FG%", value: (row) => row.field_goal_pct, show: (row) => made(row.field_goal_pct, row.field_goals_attempted), isNumber: true },
        { label: "3P%", value: (row) => row.three_pct, show: (row) => made(row.three_pct, row.threes_attempted), isNumber: true },
        { label: "FT%", value: (row) => row.free_throw_pct, show: (row) => made(row.free_throw_pct, row.free_throws_attempted), isNumber: true },
        { label: "TS%", title: "True shooting", value: (row) => row.ts_pct, show: (row) => percent(row.ts_pct), isNumber: true },
        { label: "Usage", value: (row) => row.usage_rate, show: (row) => percent(row.usage_rate), isNumber: true },
        { label: "Over–under–push", title: "Against the line", value: (row) => row.lined, show: (row) => (row.lined ? `${row.overs}–${row.unders}–${row.pushes}` : h("span", { class: "quiet" }, "no line")), isNumber: true },
        { label: "Above line", title: "Mean of points minus the line over the lined games", value: (row) => row.line_margin_avg, show: (row) => signed(row.line_margin_avg), isNumber: true },
      ],
    }),
  ];
}

function log({ games, games_total: total }) {
  const top = rangeScale(games.flatMap((game) => [game.points, game.p90]));
  const of = (made, attempted) => (made === null || attempted === null ? UNKNOWN : `${made}–${attempted}`);
  return [
    h("h2", {}, "Game log"),
    dataTable({
      caption: `The newest ${count(games.length)} of ${plural(total, "game")} in the data. Predictions of the ensemble, based on what was known before the game.`,
      rows: games,
      isTall: true,
      columns: [
        { label: "Day", value: (row) => row.game_date, show: (row) => h("a", { href: `results.html?date=${row.game_date}` }, shortDay(row.game_date)) },
        { label: "Game", value: (row) => row.opponent, show: (row) => [against(row), row.season_type === "regular" ? null : h("span", { class: "fine" }, ` ${words(row.season_type).toLowerCase()}`)] },
        { label: "Won", value: (row) => row.won, show: (row) => (row.won === null ? UNKNOWN : row.won ? "W" : "L"), isSortable: false },
        { label: "Min", value: (row) => row.minutes, show: (row) => fixed(row.minutes, 0), isNumber: true },
        { label: "Points", value: (row) => row.points, show: (row) => h("span", { class: "strong" }, row.points), isNumber: true },
        { label: "Line", value: (row) => row.points_line, show: (row) => line(row.points_line), isNumber: true },
        { label: "Predicted", value: (row) => row.predicted_points, show: (row) => fixed(row.predicted_points), isNumber: true },
        { label: "Range", value: () => null, isSortable: false, show: (row) => range({ p10: row.p10, p90: row.p90, point: row.predicted_points, line: row.points_line, actual: row.points }, top) },
        { label: "Against line", value: (row) => row.over_under_result, show: (row) => (row.over_under_result ? row.over_under_result.toLowerCase() : UNKNOWN) },
        { label: "Pick", value: (row) => row.recommendation, show: (row) => pick(row) },
        { label: "Price", value: (row) => row.bet_price, show: (row) => odds(row.bet_price), isNumber: true },
        { label: "Bet", value: (row) => row.bet_result, show: (row) => result(row.bet_result) },
        { label: "Reb", value: (row) => row.rebounds, show: (row) => row.rebounds ?? UNKNOWN, isNumber: true },
        { label: "Ast", value: (row) => row.assists, show: (row) => row.assists ?? UNKNOWN, isNumber: true },
        { label: "FG", value: (row) => row.field_goals_attempted, show: (row) => of(row.field_goals_made, row.field_goals_attempted), isNumber: true },
        { label: "3P", value: (row) => row.threes_attempted, show: (row) => of(row.threes_made, row.threes_attempted), isNumber: true },
        { label: "FT", value: (row) => row.free_throws_attempted, show: (row) => of(row.free_throws_made, row.free_throws_attempted), isNumber: true },
        { label: "Usage", value: (row) => row.usage_rate, show: (row) => percent(row.usage_rate, 0), isNumber: true },
        { label: "Made", value: (row) => row.provenance, show: (row) => provenanceTag(row.provenance) ?? UNKNOWN },
      ],
    }),
  ];
}
