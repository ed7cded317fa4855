"""trends/*.json: hot players, games after a bad game, factors of prediction errors, team tendencies.

Every number comes with its number of games and with what chance alone would give: a hot streak is compared with the
usual spread of five-game means, a return to the average with how often any game reaches it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
import pandas as pd

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.columns.predictions import SCORING_TIERS, TIER_EDGES
from nba_assets.documents.canonical import records
from nba_assets.documents.parts import Documents, head, wilson
from nba_assets.tables.grading.intervals import ALL_SEASONS, interval
from nba_assets.tables.grading.performance import SCALE

GAME_COLUMNS = (*("game_date", "game_id", "player_id", "player_name", "season", "team", "minutes", "points"),)
OFFENSE_COLUMNS = (
    *("game_date", "game_id", "team", "season", "won", "points", "pace", "possessions", "threes_attempted"),
    "field_goals_attempted",
)
ALLOWED_COLUMNS = ("game_date", "game_id", "team", "season", "opponent_points", "opponent_possessions")
HOT_PATH, BOUNCE_PATH = "trends/whos-hot.json", "trends/bounce-back.json"
MATTERS_PATH, TEAMS_PATH = "trends/what-matters.json", "trends/team-tendencies.json"
PATHS = (HOT_PATH, BOUNCE_PATH, MATTERS_PATH, TEAMS_PATH)
LAST_GAMES = 5
LEAST_MINUTES = 12.0
"""Minutes a game before the last five: below it a difference is a matter of garbage time."""
LEAST_GAMES = 10
"""Earlier games of the season that an average and a deviation need."""
RECENT_DAYS = 14
"""Players who have not played for longer are left out: they have no current form."""
BAD_DEVIATIONS = 1.0
OUR_SYSTEM, NAIVE_SYSTEM = "ensemble", "naive_last_10"
ERROR_COLUMNS = ("game_date", "game_id", "player_id", "system_id", "season", "is_home", "days_rest", "signed_error")
CIRCUMSTANCE_COLUMNS = (
    *("game_date", "game_id", "player_id", "opponent", "opponent_back_to_back", "teammates_out", "spread"),
    *("implied_team_total", "season_phase"),
)
DEFENSE_COLUMNS = ("game_date", "team", "defensive_rating_last_15", "pace_last_15", "league_pace_last_15")
_KEY = ["game_date", "game_id", "player_id"]
_TIERS = ("all", *SCORING_TIERS)
_PHASES = ("early", "mid", "late", "play_in", "playoffs", "cup_final")
_FACTORS: Mapping[str, tuple[str, ...]] = {
    "home_away": ("home", "away"),
    "days_rest": ("0", "1", "2", "3+"),
    "opponent_defense": ("strong", "middle", "weak"),
    "pace": ("slow", "middle", "fast"),
    "opponent_back_to_back": ("yes", "no"),
    "teammates_out": ("0", "1", "2", "3+"),
    "favourite": ("by 7 or more", "by less than 7", "underdog by less than 7", "underdog by 7 or more"),
    "implied_team_total": ("low", "middle", "high"),
    "season_phase": _PHASES,
}
CLEAR_FAVOURITE = 7
"""Points of the spread from which on a game is clearly expected to be one-sided."""


def whos_hot(games: pd.DataFrame, newest: date, source: str) -> Documents:
    """trends/whos-hot.json.

    A player's last five games compared with his earlier games of the season. Part of the variance of these differences
    between players is chance; the rest is variance_true (a method-of-moments estimate, DerSimonian and Laird's without
    weights). Differences are shrunk accordingly: shrunk_difference = difference * variance_true / (variance_true + the
    player's own chance variance).

    Args:
        games: player_game_summary up to the newest day, GAME_COLUMNS.
        newest: the as-of day of the document.
        source: archive, simulated or live.
    """
    season = _newest_season(games, newest)
    rows = games[games["season"] == season].sort_values(["player_id", "game_date", "game_id"])
    rows = rows.assign(points=rows["points"].astype("float64"))
    is_last = rows.groupby("player_id").cumcount(ascending=False) < LAST_GAMES
    last = (
        rows[is_last]
        .groupby("player_id")
        .agg(
            player_name=("player_name", "last"),
            team=("team", "last"),
            games_last=("game_id", "nunique"),
            points_avg_last=("points", "mean"),
            minutes_avg_last=("minutes", "mean"),
            last_game_date=("game_date", "max"),
        )
    )
    before = (
        rows[~is_last]
        .groupby("player_id")
        .agg(
            games_before=("game_id", "nunique"),
            points_avg_before=("points", "mean"),
            points_std_before=("points", "std"),
            minutes_avg_before=("minutes", "mean"),
        )
    )
    found = last.join(before, how="inner").reset_index()
    is_recent = found["last_game_date"] > pd.Timestamp(newest) - pd.Timedelta(days=RECENT_DAYS)
    has_role = (found["games_before"] >= LEAST_GAMES) & (found["minutes_avg_before"] >= LEAST_MINUTES)
    found = found[is_recent & has_role].reset_index(drop=True)
    found["difference"] = found["points_avg_last"] - found["points_avg_before"]
    chance = found["points_std_before"] ** 2 * (1 / found["games_last"] + 1 / found["games_before"])
    observed, expected = found["difference"].var(), chance.mean()
    true = max(observed - expected, 0.0) if len(found) > 1 else np.nan
    found["z"] = found["difference"] / np.sqrt(chance.where(chance > 0))
    # A difference without own variance (the same points in every game) is shrunk like the others.
    found["shrunk_difference"] = found["difference"] * (true / (true + chance).where(true + chance > 0)).fillna(0.0)
    found = found.sort_values(["z", "player_id"], ascending=[False, True], na_position="last", ignore_index=True)
    names = (
        *("player_id", "player_name", "team", "games_last", "points_avg_last", "games_before", "points_avg_before"),
        *("points_std_before", "minutes_avg_last", "minutes_avg_before", "difference", "z", "shrunk_difference"),
        "last_game_date",
    )
    document = {
        **head("trends-whos-hot", source, as_of=newest.isoformat()),
        "season": season,
        "window": LAST_GAMES,
        "least_games": LEAST_GAMES,
        "least_minutes": LEAST_MINUTES,
        "population": len(found),
        "variance_observed": _number(observed),
        "variance_expected": _number(expected),
        "variance_true": _number(true),
        "players": records(found, names),
    }
    yield HOT_PATH, document, len(found)


def bounce_back(games: pd.DataFrame, newest: date, source: str) -> Documents:
    """trends/bounce-back.json: the game after a bad game compared with any game; arguments as in `whos_hot`."""
    rows = _with_season_so_far(games)
    known = rows[rows["games_before"] >= LEAST_GAMES]
    after = known[known["follows_bad"]]
    groups = []
    for tier in _TIERS:
        base, bad = (part if tier == "all" else part[part["scoring_tier"] == tier] for part in (known, after))
        for period in (*sorted(known["season"].dropna().unique()), ALL_SEASONS):
            of_base, of_bad = (
                part if period == ALL_SEASONS else part[part["season"] == period] for part in (base, bad)
            )
            groups.append(
                {
                    "period": period,
                    "scoring_tier": tier,
                    "n": len(of_bad),
                    "returned": int(of_bad["is_back"].sum()),
                    "baseline_n": len(of_base),
                    "baseline_back": int(of_base["is_at_average"].sum()),
                }
            )
    listed = _after_bad_games(rows, known, after, newest)
    names = (
        *("player_id", "player_name", "team", "last_game_date", "last_points", "points_avg", "games_before"),
        *("deviations", "n", "returned", "share", "share_low", "share_high", "baseline_n", "baseline_share"),
    )
    shares = ("n", "returned", "share", "share_low", "share_high", "baseline_n", "baseline_share")
    document = {
        **head("trends-bounce-back", source, as_of=newest.isoformat()),
        "deviations": BAD_DEVIATIONS,
        "least_games": LEAST_GAMES,
        "groups": records(_with_shares(pd.DataFrame(groups)), ("period", "scoring_tier", *shares)),
        "players": records(_with_shares(listed), names),
    }
    yield BOUNCE_PATH, document, len(listed)


def _with_season_so_far(games: pd.DataFrame) -> pd.DataFrame:
    """Each game with the player's season before it, and whether the previous game was bad.

    A game is bad compared with the average and deviation before it. The next game is a return if it reaches that same
    average: an average that includes the bad game would be easier to reach.
    """
    rows = games.sort_values(["player_id", "season", "game_date", "game_id"], ignore_index=True)
    points = rows["points"].astype("float64")
    grouped = points.groupby([rows["player_id"], rows["season"]])
    n, total = grouped.cumcount().astype("float64"), grouped.cumsum() - points
    squares = (points**2).groupby([rows["player_id"], rows["season"]]).cumsum() - points**2
    mean = total / n.where(n > 0)
    # Integers until the division, so that constant scoring has a deviation of exactly 0 and no bad game.
    std = np.sqrt((n * squares - total**2) / (n * (n - 1)).where(n > 1))
    is_bad = (points <= mean - BAD_DEVIATIONS * std) & (std > 0) & (n >= LEAST_GAMES)
    keys = [rows["player_id"], rows["season"]]
    return rows.assign(
        points=points,
        games_before=n.astype("int64"),
        points_avg=mean,
        points_std=std,
        is_bad=is_bad,
        is_at_average=points >= mean,
        follows_bad=is_bad.astype("boolean").groupby(keys).shift(1).fillna(False).astype(bool),
        is_back=points >= mean.groupby(keys).shift(1),
        scoring_tier=pd.cut(mean, [-np.inf, *TIER_EDGES, np.inf], right=False, labels=list(SCORING_TIERS)).astype(
            object
        ),
    )


def _after_bad_games(rows: pd.DataFrame, known: pd.DataFrame, after: pd.DataFrame, newest: date) -> pd.DataFrame:
    """Players whose last game was bad and recent, with their results after earlier bad games."""
    last = rows[rows["game_date"] > pd.Timestamp(newest) - pd.Timedelta(days=RECENT_DAYS)]
    last = last.drop_duplicates("player_id", keep="last")
    last = last[last["is_bad"]].rename(columns={"game_date": "last_game_date", "points": "last_points"})
    last = last.assign(
        deviations=(last["points_avg"] - last["last_points"]) / last["points_std"].where(last["points_std"] > 0)
    )
    last = last[last["deviations"].notna()]
    by_player = {
        "n": after.groupby("player_id").size(),
        "returned": after.groupby("player_id")["is_back"].sum(),
        "baseline_n": known.groupby("player_id").size(),
        "baseline_back": known.groupby("player_id")["is_at_average"].sum(),
    }
    found = last.assign(**{name: last["player_id"].map(of).fillna(0).astype("int64") for name, of in by_player.items()})
    found["last_points"] = found["last_points"].astype("int64")
    return found.sort_values(["deviations", "player_id"], ascending=[False, True], ignore_index=True)


def _with_shares(found: pd.DataFrame) -> pd.DataFrame:
    ends = wilson(found["returned"], found["n"])
    return found.assign(
        share=found["returned"] / found["n"].where(found["n"] > 0),
        share_low=ends["low"],
        share_high=ends["high"],
        baseline_share=found["baseline_back"] / found["baseline_n"].where(found["baseline_n"] > 0),
    )


def what_matters(
    errors: Iterable[pd.DataFrame], circumstances: pd.DataFrame, defense: pd.DataFrame, newest: date, source: str
) -> Documents:
    """trends/what-matters.json.

    Args:
        errors: `errors_by_game` of prediction_accuracy up to the newest day, one frame per season.
        circumstances: upcoming_player_game_context of the same days, CIRCUMSTANCE_COLUMNS.
        defense: team_defense_zone_analysis, DEFENSE_COLUMNS.
        newest: the day as of which the document speaks.
        source: archive, simulated or live.
    """
    rows = _factors(pd.concat(errors, ignore_index=True), circumstances, defense)
    found = []
    for period in (*sorted(rows["season"].dropna().unique()), ALL_SEASONS):
        of_period = rows if period == ALL_SEASONS else rows[rows["season"] == period]
        for factor in _FACTORS:
            found += _effects(of_period, factor, str(period))
    effects = pd.DataFrame(found, columns=["period", "factor", "value", "n", *_EFFECTS])
    document = {
        **head("trends-what-matters", source, as_of=newest.isoformat()),
        "periods": list(dict.fromkeys(effects["period"])),
        "effects": records(effects),
        "ranges": records(_ranges(effects)),
    }
    yield MATTERS_PATH, document, len(effects)


_EFFECTS = [f"points_vs_{against}{end}" for against in ("last_10", "ensemble") for end in ("", "_low", "_high")]


def errors_by_game(errors: pd.DataFrame) -> pd.DataFrame:
    """From graded rows (ERROR_COLUMNS) one row per player-game that both systems were graded on, with their errors."""
    rows = errors[errors["system_id"].isin([NAIVE_SYSTEM, OUR_SYSTEM])].dropna(subset="signed_error")
    rows = rows.pivot_table(index=[*_KEY, "season"], columns="system_id", values="signed_error", observed=True)
    rows = rows.reindex(columns=[NAIVE_SYSTEM, OUR_SYSTEM]).dropna().reset_index()
    of_row = errors.loc[errors["system_id"] == OUR_SYSTEM, [*_KEY, "is_home", "days_rest"]]
    return rows.merge(of_row, on=_KEY, how="left", validate="one_to_one")


def _factors(rows: pd.DataFrame, circumstances: pd.DataFrame, defense: pd.DataFrame) -> pd.DataFrame:
    """`errors_by_game` with actual minus projected points in millionths, and the value of every factor."""
    rows = rows.merge(circumstances, on=_KEY, how="left", validate="one_to_one")
    ranked = defense.assign(
        rank=defense.groupby("game_date")["defensive_rating_last_15"].rank(method="min"),
        pace_above=defense["pace_last_15"] - defense["league_pace_last_15"],
    )[["game_date", "team", "rank", "pace_above"]].rename(columns={"team": "opponent"})
    rows = rows.merge(ranked, on=["game_date", "opponent"], how="left", validate="many_to_one")
    out, rest, spread = (rows[name].astype("float64") for name in ("teammates_out", "days_rest", "spread"))
    tired = rows["opponent_back_to_back"].astype("boolean")
    return rows[["game_date", "season"]].assign(
        last_10=np.rint(-rows[NAIVE_SYSTEM] * SCALE).astype("int64"),
        ensemble=np.rint(-rows[OUR_SYSTEM] * SCALE).astype("int64"),
        home_away=_chosen({"home": rows["is_home"].eq(True), "away": rows["is_home"].eq(False)}, rows.index),
        days_rest=_chosen({"3+": rest >= 3, "2": rest == 2, "1": rest == 1, "0": rest == 0}, rows.index),
        opponent_defense=_chosen(
            {"strong": rows["rank"] <= 10, "middle": rows["rank"] <= 20, "weak": rows["rank"] > 20}, rows.index
        ),
        pace=_thirds(rows["pace_above"], _FACTORS["pace"]),
        opponent_back_to_back=_chosen({"yes": tired.eq(True), "no": tired.eq(False)}, rows.index),
        teammates_out=_chosen({"3+": out >= 3, "2": out == 2, "1": out == 1, "0": out == 0}, rows.index),
        favourite=_chosen(
            {
                "by 7 or more": spread <= -CLEAR_FAVOURITE,
                "by less than 7": spread < 0,
                "underdog by 7 or more": spread >= CLEAR_FAVOURITE,
                "underdog by less than 7": spread >= 0,
            },
            rows.index,
        ),
        implied_team_total=_thirds(rows["implied_team_total"], _FACTORS["implied_team_total"]),
        season_phase=rows["season_phase"].astype(object),
    )


def _chosen(conditions: Mapping[str, pd.Series], index: pd.Index) -> pd.Series:
    """The first name whose condition is true; None where no condition is."""
    flags = [condition.fillna(False).to_numpy(dtype=bool) for condition in conditions.values()]
    names = np.array([*conditions, None], dtype=object)
    place = np.select(flags, range(len(flags)), default=len(flags))
    return pd.Series(names[place], index=index, dtype="object")


def _thirds(values: pd.Series, names: tuple[str, ...]) -> pd.Series:
    """The third of all rows that each value is in; equal values are in the same third."""
    rank = values.astype("float64").rank(pct=True)
    return _chosen({names[0]: rank <= 1 / 3, names[1]: rank <= 2 / 3, names[2]: rank > 2 / 3}, values.index)


def _effects(rows: pd.DataFrame, factor: str, period: str) -> list[dict[str, object]]:
    found = []
    days = rows.groupby([factor, "game_date"], sort=True)[["last_10", "ensemble"]].agg(["sum", "size"])
    for value in _FACTORS[factor]:
        if value not in days.index.get_level_values(0):
            continue
        of_value = days.loc[value]
        n = of_value[("last_10", "size")].to_numpy()
        row: dict[str, object] = {"period": period, "factor": factor, "value": value, "n": int(n.sum())}
        for against in ("last_10", "ensemble"):
            sums = of_value[(against, "sum")].to_numpy()
            low, high = interval(sums, n)
            row[f"points_vs_{against}"] = float(sums.sum()) / n.sum() / SCALE
            row |= {f"points_vs_{against}_low": low / SCALE, f"points_vs_{against}_high": high / SCALE}
        found.append(row)
    return found


def _ranges(effects: pd.DataFrame) -> pd.DataFrame:
    """The range of the effects of each factor, widest first."""
    grouped = effects.groupby(["period", "factor"], sort=False)
    found = pd.DataFrame(
        {
            "n": grouped["n"].sum(),
            "range_vs_last_10": grouped["points_vs_last_10"].max() - grouped["points_vs_last_10"].min(),
            "range_vs_ensemble": grouped["points_vs_ensemble"].max() - grouped["points_vs_ensemble"].min(),
        }
    ).reset_index()
    # A rare value (a few Cup final games) has a wide range by chance: the order is only for reading.
    return found.sort_values(["period", "range_vs_last_10"], ascending=[True, False], ignore_index=True)


def team_tendencies(
    offense: pd.DataFrame, defense: pd.DataFrame, zones: pd.DataFrame, newest: date, source: str
) -> Documents:
    """trends/team-tendencies.json: the season's pace and ratings, and defence by zone over the last 15 games.

    Args:
        offense: team_offense_game_summary up to the newest day, OFFENSE_COLUMNS.
        defense: team_defense_game_summary up to the newest day, ALLOWED_COLUMNS.
        zones: team_defense_zone_analysis, its newest day.
        newest: the day as of which the document speaks.
        source: archive, simulated or live.
    """
    season = _newest_season(offense, newest)
    offense, defense = (frame[frame["season"] == season] for frame in (offense, defense))
    own = offense.groupby("team").agg(
        games=("game_id", "nunique"),
        wins=("won", "sum"),
        pace=("pace", "mean"),
        points=("points", "sum"),
        possessions=("possessions", "sum"),
        threes=("threes_attempted", "sum"),
        attempts=("field_goals_attempted", "sum"),
    )
    other = defense.groupby("team").agg(
        allowed=("opponent_points", "sum"), opponent_possessions=("opponent_possessions", "sum")
    )
    found = own.join(other, how="left").join(zones.set_index("team"), how="left")
    found = found.assign(
        offensive_rating=100 * found["points"] / found["possessions"],
        defensive_rating=100 * found["allowed"] / found["opponent_possessions"],
        points_avg=found["points"] / found["games"],
        points_allowed_avg=found["allowed"] / found["games"],
        threes_attempted_share=found["threes"] / found["attempts"],
    )
    best_first = {"pace": False, "offensive_rating": False, "defensive_rating": True}
    for name, is_ascending in best_first.items():
        found[f"{name}_rank"] = found[name].rank(method="min", ascending=is_ascending).astype("Int64")
    sample = found["games_in_sample"].fillna(0).astype("int64")
    zone_n = {"paint": "zone_games_in_sample", "mid_range": "zone_games_in_sample", "three": "games_in_sample"}
    zone_rows = {zone: _zone(found, zone, found[n].fillna(0).astype("int64")) for zone, n in zone_n.items()}
    position_rows = {
        name: _ranked(found[f"{name}_points_allowed_vs_league"], sample) for name in ("guard", "forward", "center")
    }
    found = found.assign(games_in_sample=sample).reset_index()
    names = (
        *("team", "games", "wins", "pace", "pace_rank", "offensive_rating", "offensive_rating_rank"),
        *("defensive_rating", "defensive_rating_rank", "points_avg", "points_allowed_avg", "threes_attempted_share"),
        *("games_in_sample", "pace_last_15", "defensive_rating_last_15", "points_allowed_avg_last_15"),
        *("strongest_zone", "weakest_zone"),
    )
    teams = records(found, names)
    for place, team in enumerate(teams):
        team["zones"] = {zone: rows[place] for zone, rows in zone_rows.items()}
        team["positions"] = {name: rows[place] for name, rows in position_rows.items()}
    document = {
        **head("trends-team-tendencies", source, as_of=newest.isoformat()),
        "season": season,
        "window": 15,
        "teams": teams,
    }
    yield TEAMS_PATH, document, len(teams)


def _zone(found: pd.DataFrame, zone: str, n: pd.Series) -> list[dict[str, object]]:
    against = found[f"{zone}_defense_vs_league_avg"]
    rows = pd.DataFrame(
        {
            "points_allowed_avg_last_15": found[f"{zone}_points_allowed_last_15"],
            "pct_allowed_last_15": found[f"{zone}_pct_allowed_last_15"],
            "vs_league": against,
            "rank": against.rank(method="min").astype("Int64"),
            "n": n,
        }
    )
    return records(rows)


def _ranked(against: pd.Series, n: pd.Series) -> list[dict[str, object]]:
    return records(pd.DataFrame({"vs_league": against, "rank": against.rank(method="min").astype("Int64"), "n": n}))


def _newest_season(rows: pd.DataFrame, newest: date) -> str:
    """Season of the newest game; the season of `newest` where there is none."""
    return str(rows.loc[rows["game_date"].idxmax(), "season"]) if len(rows) else Season.of_day(newest).label


def _number(value: float) -> float | None:
    return None if value != value else float(value)
