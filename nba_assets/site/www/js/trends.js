// Trends: streaks, who is hot, who bounces back, what moves points, how teams play.
import { load, NotPublished, publishedDays } from "./data.js";
import { h, notice, put, segmented } from "./dom.js";
import { UNKNOWN, count, fixed, percent, plural, shortDay, signed, words } from "./format.js";
import { against, effect, line, playerLink } from "./parts.js";
import { banner, page } from "./shell.js";
import { dataTable } from "./table.js";

const SECTIONS = [
  ["whos-hot", "Who is hot"],
  ["streaks", "Streaks"],
  ["bounce-back", "Bounce back"],
  ["what-matters", "What matters"],
  ["team-tendencies", "Team tendencies"],
];

page(async () => {
  const [hot, bounce, matters, teams, streaks] = await Promise.all([
    optional("trends/whos-hot.json"),
    optional("trends/bounce-back.json"),
    optional("trends/what-matters.json"),
    optional("trends/team-tendencies.json"),
    newestStreaks(),
  ]);
  const parts = {
    "whos-hot": [hot, whosHot],
    streaks: [streaks, streakTables],
    "bounce-back": [bounce, bounceBack],
    "what-matters": [matters, whatMatters],
    "team-tendencies": [teams, teamTendencies],
  };
  return [
    banner(hot, bounce, matters, teams, streaks),
    h("nav", { "aria-label": "On this page" }, h("p", {}, SECTIONS.map(([id, name], index) => [index > 0 && " · ", h("a", { href: `#${id}` }, name)]))),
    SECTIONS.map(([id, name]) => {
      const [document, draw] = parts[id];
      return h("section", { "aria-labelledby": id }, h("h2", { id }, name), document === null ? notice("", `${name}: not published yet.`) : draw(document));
    }),
  ];
});

async function optional(path) {
  try {
    return await load(path);
  } catch (error) {
    if (error instanceof NotPublished) return null;
    throw error;
  }
}

async function newestStreaks() {
  const day = (await publishedDays("streaks")).at(-1);
  return day === undefined ? null : load(`streaks/${day}.json`);
}

// ---- who is hot ----

const MOST_SHOWN = 15;

function whosHot(document) {
  const { players, window: size, population } = document;
  const known = players.filter((player) => player.z !== null);
  const hot = known.filter((player) => player.z > 0).slice(0, MOST_SHOWN);
  const cold = known.filter((player) => player.z < 0).slice(-MOST_SHOWN).reverse();
  const isNoise = document.variance_true === 0;
  const share = document.variance_observed > 0 && document.variance_true !== null ? document.variance_true / document.variance_observed : null;
  return [
    h(
      "p",
      { class: "fine" },
      `${document.season}, as of ${shortDay(document.as_of)}. Last ${size} games compared with the earlier games of the season; ${plural(population, "player")} with at least ${document.least_games} of those. `,
      isNoise
        ? "The differences between players are no larger than chance: recent form does not predict the next game."
        : share !== null && `${percent(share, 0)} of the variance between players is more than chance; “lasting” is the difference times that share.`,
    ),
    h("div", { class: "two" }, hotTable("Hottest", hot, size), hotTable("Coldest", cold, size)),
  ];
}

function hotTable(title, rows, size) {
  return h(
    "div",
    {},
    h("h3", {}, title),
    dataTable({
      caption: `${title}: points a game, n ${size} and n as named; z: difference in standard errors.`,
      rows,
      columns: [
        { label: "Player", value: (row) => row.player_name, show: (row) => [playerLink(row), h("span", { class: "fine" }, ` ${row.team}`)] },
        { label: `Last ${size}`, value: (row) => row.points_avg_last, show: (row) => [h("span", { class: "strong" }, fixed(row.points_avg_last)), row.games_last === size ? null : h("span", { class: "fine" }, ` n ${row.games_last}`)], isNumber: true },
        { label: "Before", value: (row) => row.points_avg_before, show: (row) => [fixed(row.points_avg_before), h("span", { class: "fine" }, ` n ${row.games_before}`)], isNumber: true },
        { label: "Diff.", title: "Last less before", value: (row) => row.difference, show: (row) => signed(row.difference), isNumber: true },
        { label: "z", value: (row) => row.z, show: (row) => signed(row.z, 2), isNumber: true },
        { label: "Lasting", title: "Difference times the share of the variance that is true", value: (row) => row.shrunk_difference, show: (row) => signed(row.shrunk_difference, 2), isNumber: true },
        { label: "Min", title: "Minutes per game: last games, earlier games", value: (row) => row.minutes_avg_last, show: (row) => `${fixed(row.minutes_avg_last, 0)} (${fixed(row.minutes_avg_before, 0)})`, isNumber: true },
      ],
    }),
  );
}

// ---- streaks ----

function streakTables(document) {
  const games = (row) => row.games.map((game) => (game.points_line === null ? String(game.points) : `${game.points}/${fixed(game.points_line)}`)).join(", ");
  return [
    h(
      "p",
      { class: "fine" },
      `${shortDay(document.game_date)}, before the first tip-off; looked for in ${plural(document.players, "player")} of the teams that play, ${document.least_length} games or longer. Among so many players some long streaks come by chance alone.`,
    ),
    h(
      "div",
      {},
      h(
        "div",
        {},
        h("h3", {}, "Against the line"),
        dataTable({
          caption: "Consecutive games on the same side of the line; n: number of games.",
          rows: document.line_streaks,
          isTall: document.line_streaks.length > 15,
          empty: `No streak of ${document.least_length} games with a line.`,
          columns: [
            { label: "Player", value: (row) => row.player_name, show: playerLink },
            { label: "Game", value: (row) => `${row.team} ${against(row)}` },
            { label: "Side", value: (row) => row.side, show: (row) => row.side.toLowerCase() },
            { label: "n", value: (row) => row.length, isNumber: true },
            { label: "Margin", title: "Mean of points minus the line", value: (row) => row.margin_avg, show: (row) => signed(row.margin_avg), isNumber: true },
            { label: "Line today", value: (row) => row.points_line, show: (row) => line(row.points_line), isNumber: true },
            { label: "Points / line, newest first", value: () => null, isSortable: false, show: (row) => h("span", { class: "fine" }, games(row)), isWrapped: true },
          ],
        }),
      ),
      h(
        "div",
        {},
        h("h3", {}, "Scoring"),
        dataTable({
          caption: "Consecutive games with at least so many points; n: number of games.",
          rows: document.scoring_streaks,
          isTall: document.scoring_streaks.length > 15,
          empty: `No streak of ${document.least_length} games.`,
          columns: [
            { label: "Player", value: (row) => row.player_name, show: playerLink },
            { label: "Game", value: (row) => `${row.team} ${against(row)}` },
            { label: "At least", value: (row) => row.threshold, show: (row) => `${row.threshold} points`, isNumber: true },
            { label: "n", value: (row) => row.length, isNumber: true },
            { label: "Average", value: (row) => row.points_avg, show: (row) => fixed(row.points_avg), isNumber: true },
            { label: "Points, newest first", value: () => null, isSortable: false, show: (row) => h("span", { class: "fine" }, row.games.map((game) => game.points).join(", ")), isWrapped: true },
          ],
        }),
      ),
    ),
  ];
}

// ---- bounce back ----

function bounceBack(document) {
  const share = { label: "Back at his average", value: (row) => row.share, show: (row) => [percent(row.share), h("span", { class: "fine" }, row.share_low === null ? "" : ` ${percent(row.share_low, 0)} to ${percent(row.share_high, 0)}`)], isNumber: true };
  const base = { label: "In any game", title: "Share of all games at or above the average before them", value: (row) => row.baseline_share, show: (row) => [percent(row.baseline_share), h("span", { class: "fine" }, ` n ${count(row.baseline_n)}`)], isNumber: true };
  const periods = [...new Set(document.groups.map((row) => row.period))];
  const newest = periods.includes("all") ? "all" : periods.at(-1);
  const place = h("div");
  const fill = (period) =>
    put(
      place,
      dataTable({
        caption: `Next games after a bad one (n): points at least ${fixed(document.deviations)} standard deviations below his average of the season so far, over at least ${document.least_games} games. 95% Wilson intervals.`,
        rows: document.groups.filter((row) => row.period === period),
        columns: [
          { label: "Tier", value: (row) => words(row.scoring_tier) },
          { label: "n", value: (row) => row.n, show: (row) => count(row.n), isNumber: true },
          { label: "Back", value: (row) => row.returned, show: (row) => count(row.returned), isNumber: true },
          share,
          base,
          { label: "Difference", value: (row) => difference(row), show: (row) => points(difference(row)), isNumber: true },
        ],
      }),
    );
  fill(newest);
  return [
    h("p", { class: "fine" }, `As of ${shortDay(document.as_of)}. How often a player is at or above his average in the game after a bad one, compared with any game.`),
    h("div", { class: "controls" }, segmented("Period of bounce back", periods.map((period) => [period, period === "all" ? "All seasons" : period]), newest, fill)),
    place,
    h("h3", {}, "Whose last game was bad"),
    dataTable({
      caption: `${plural(document.players.length, "player")}, worst game first; n: his games after a bad game in the data.`,
      rows: document.players,
      isTall: document.players.length > 15,
      empty: "No player had a bad last game.",
      columns: [
        { label: "Player", value: (row) => row.player_name, show: (row) => [playerLink(row), h("span", { class: "fine" }, ` ${row.team}`)] },
        { label: "Bad game", value: (row) => row.last_game_date, show: (row) => shortDay(row.last_game_date) },
        { label: "Points", value: (row) => row.last_points, isNumber: true },
        { label: "His average", value: (row) => row.points_avg, show: (row) => [fixed(row.points_avg), h("span", { class: "fine" }, ` n ${row.games_before}`)], isNumber: true },
        { label: "Deviations", value: (row) => row.deviations, show: (row) => fixed(row.deviations), isNumber: true },
        { label: "n", value: (row) => row.n, show: (row) => count(row.n), isNumber: true },
        share,
        base,
      ],
    }),
  ];
}

const difference = (row) => (row.share === null || row.baseline_share === null ? null : row.share - row.baseline_share);
const points = (share) => (share === null ? UNKNOWN : `${signed(100 * share)} pp`);

// ---- what matters ----

const FACTORS = {
  home_away: "Home or away",
  days_rest: "Days of rest",
  opponent_defense: "Opponent's defence",
  pace: "Pace",
  opponent_back_to_back: "Opponent played yesterday",
  teammates_out: "Teammates out",
  favourite: "Favourite",
  implied_team_total: "Implied team total",
  season_phase: "Phase of the season",
};

function whatMatters(document) {
  const newest = document.periods.includes("all") ? "all" : document.periods.at(-1);
  if (newest === undefined) return h("p", { class: "quiet" }, "n = 0: nothing is graded yet.");
  const place = h("div");
  const fill = (period) => {
    const effects = document.effects.filter((row) => row.period === period);
    const top = Math.max(0.5, ...effects.flatMap((row) => [row.points_vs_last_10_low, row.points_vs_last_10_high, row.points_vs_ensemble_low, row.points_vs_ensemble_high].filter(Number.isFinite).map(Math.abs)));
    const order = document.ranges.filter((row) => row.period === period).map((row) => row.factor);
    const rank = (row) => (order.includes(row.factor) ? order.indexOf(row.factor) : order.length);
    const text = (value, low, high) => (low === null || high === null ? signed(value, 2) : [signed(value, 2), h("span", { class: "fine" }, ` ${signed(low, 2)} to ${signed(high, 2)}`)]);
    put(
      place,
      dataTable({
        caption: `Actual minus projected points, mean and 95% interval; bars from −${fixed(top)} to +${fixed(top)}. n: graded predictions of players who played. The factor with the widest range first.`,
        rows: effects.slice().sort((a, b) => rank(a) - rank(b)),
        isTall: true,
        columns: [
          { label: "What", value: (row) => FACTORS[row.factor] ?? words(row.factor) },
          { label: "Value", value: (row) => row.value, show: (row) => words(row.value) },
          { label: "n", value: (row) => row.n, show: (row) => count(row.n), isNumber: true },
          { label: "Versus his last 10", title: "Mean of actual points minus the mean of his last 10 games: the raw effect", value: (row) => row.points_vs_last_10, show: (row) => text(row.points_vs_last_10, row.points_vs_last_10_low, row.points_vs_last_10_high), isNumber: true },
          { label: "Mean, interval", value: () => null, isSortable: false, show: (row) => effect(row.points_vs_last_10, row.points_vs_last_10_low, row.points_vs_last_10_high, top) },
          { label: "Versus the ensemble", title: "Mean of actual minus expected points: what the model has not learnt", value: (row) => row.points_vs_ensemble, show: (row) => text(row.points_vs_ensemble, row.points_vs_ensemble_low, row.points_vs_ensemble_high), isNumber: true },
          { label: "Mean, interval", value: () => null, isSortable: false, show: (row) => effect(row.points_vs_ensemble, row.points_vs_ensemble_low, row.points_vs_ensemble_high, top) },
        ],
      }),
    );
  };
  fill(newest);
  return [
    h("p", { class: "fine" }, `As of ${shortDay(document.as_of)}. Effect of circumstances known before the tip-off. Versus his last ten games: the raw effect. Versus the ensemble: what the model has not learnt; near 0 if it has learnt the effect.`),
    h("div", { class: "controls" }, segmented("Period of what matters", document.periods.map((period) => [period, period === "all" ? "All seasons" : period]), newest, fill)),
    place,
  ];
}

// ---- team tendencies ----

const ZONES = [["paint", "Paint"], ["mid_range", "Mid-range"], ["three", "Threes"]];
const POSITIONS = [["guard", "Guards"], ["forward", "Forwards"], ["center", "Centers"]];

function teamTendencies(document) {
  const ranked = (value, rank, digits = 1) => [fixed(value, digits), rank === null ? null : h("span", { class: "fine" }, ` ${rank}.`)];
  return [
    h("p", { class: "fine" }, `${document.season}, as of ${shortDay(document.as_of)}; ${plural(document.teams.length, "team")}. Ranks: 1 is fastest or best, in defence the strongest.`),
    dataTable({
      caption: "The season; n: games.",
      rows: document.teams,
      sortBy: 7,
      isDescending: false,
      isTall: true,
      columns: [
        { label: "Team", value: (row) => row.team },
        { label: "n", value: (row) => row.games, isNumber: true },
        { label: "Won", value: (row) => row.wins, isNumber: true },
        { label: "Pace", title: "Possessions per side and 48 minutes", value: (row) => row.pace, show: (row) => ranked(row.pace, row.pace_rank), isNumber: true },
        { label: "Points", value: (row) => row.points_avg, show: (row) => fixed(row.points_avg), isNumber: true },
        { label: "Allowed", value: (row) => row.points_allowed_avg, show: (row) => fixed(row.points_allowed_avg), isNumber: true },
        { label: "Offensive rating", title: "Points per 100 possessions", value: (row) => row.offensive_rating, show: (row) => ranked(row.offensive_rating, row.offensive_rating_rank), isNumber: true },
        { label: "Defensive rating", title: "Points allowed per 100 possessions", value: (row) => row.defensive_rating, show: (row) => ranked(row.defensive_rating, row.defensive_rating_rank), isNumber: true },
        { label: "Shots that are threes", value: (row) => row.threes_attempted_share, show: (row) => percent(row.threes_attempted_share), isNumber: true },
      ],
    }),
    dataTable({
      caption: `What a defence allows, last ${document.window} games (n). Zones: share of shots made minus that of all teams, percentage points. Positions: points per 36 minutes minus the mean over all teams. Positive: weaker defence.`,
      rows: document.teams,
      isTall: true,
      columns: [
        { label: "Team", value: (row) => row.team },
        { label: "n", value: (row) => row.games_in_sample, isNumber: true },
        { label: "Pace", value: (row) => row.pace_last_15, show: (row) => fixed(row.pace_last_15), isNumber: true },
        { label: "Defensive rating", value: (row) => row.defensive_rating_last_15, show: (row) => fixed(row.defensive_rating_last_15), isNumber: true },
        ...ZONES.map(([id, label]) => ({ label, value: (row) => row.zones[id].vs_league, show: (row) => sampled(row.zones[id], "pp"), isNumber: true })),
        ...POSITIONS.map(([id, label]) => ({ label, value: (row) => row.positions[id].vs_league, show: (row) => sampled(row.positions[id], ""), isNumber: true })),
        { label: "Weakest", value: (row) => row.weakest_zone, show: (row) => (row.weakest_zone ? words(row.weakest_zone) : UNKNOWN) },
      ],
    }),
  ];
}

/** A value relative to the league's with its rank and n; unknown if there are no games. */
function sampled(part, unit) {
  if (part.vs_league === null) return h("span", { class: "quiet", title: `n ${part.n}` }, UNKNOWN);
  return [`${signed(part.vs_league)}${unit && ` ${unit}`}`, h("span", { class: "fine" }, `${part.rank === null ? "" : ` ${part.rank}.`} n ${part.n}`)];
}
