"""players/index.json and players/{player_id}.json: seasons, game log, splits, our record on him, his next game.

All frames are computed for all players at once; only the documents are written one by one. A file is named by the
player's id, never by his name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from nba_assets.basketball import effective_field_goal, true_shooting
from nba_assets.basketball.names import search_key
from nba_assets.contracts.systems import SYSTEMS
from nba_assets.documents.canonical import records
from nba_assets.documents.parts import Documents, by_key, head
from nba_assets.tables.grading.intervals import ALL_SEASONS
from nba_assets.tables.publishing.systems import BET_FIGURES, GRADED_COLUMNS, figures_of, sums_of

GAME_LOG = 82
"""Games that a file shows: a season's worth. games_total says how many there are."""
OUR_SYSTEM = "ensemble"
LONGEST_REST = 3
DEFENSE_THIRD = 10
"""Teams in a third of the league."""
SPLIT_VALUES = ("home", "away", "0", "1", "2", "3+", "strong", "middle", "weak")
_Z_95 = 1.959963984540054

GAME_COLUMNS = (
    *("game_date", "game_id", "player_id", "player_name", "season", "season_type", "team", "opponent", "is_home"),
    *("won", "is_starter", "minutes", "seconds_played", "points", "rebounds", "assists", "steals", "blocks"),
    *("turnovers", "field_goals_made", "field_goals_attempted", "threes_made", "threes_attempted"),
    *("free_throws_made", "free_throws_attempted", "usage_rate", "points_line", "over_under_result", "line_margin"),
)
PREDICTION_COLUMNS = (*GRADED_COLUMNS, "game_id", "predicted_points", "p10", "p90", "bet_line")
DEFENSE_COLUMNS = ("game_date", "team", "defensive_rating_last_15")
SAID_COLUMNS = ("game_date", "game_id", "player_id", "system_id", "predicted_points", "p10", "p90", "recommendation")
INDEX_PATH = "players/index.json"
CONTEXT_COLUMNS = (
    *("game_date", "game_id", "player_id", "team", "opponent", "is_home", "tipoff_at", "injury_status", "days_rest"),
    *("projected_minutes", "points_line"),
)
_KEY = ["game_date", "game_id", "player_id"]
_OF_SEASON = ["player_id", "provenance", "season", "system_id"]
_SAID = [
    *_KEY,
    *("predicted_points", "p10", "p90", "recommendation", "bet_side", "bet_line", "bet_price", "bet_result"),
    "provenance",
]
_SEASON = ("season", "season_type", "teams", "games", "starts")
_AVERAGES = ("points", "rebounds", "assists", "steals", "blocks", "turnovers", "threes_made")
_SHOOTING = (
    *("field_goals_attempted", "field_goal_pct", "threes_attempted", "three_pct", "free_throws_attempted"),
    *("free_throw_pct", "ts_pct", "efg_pct", "usage_rate", "lined", "overs", "unders", "pushes", "line_margin_avg"),
)
_SEASON_NAMES = (
    *_SEASON,
    "minutes_avg",
    "points_avg",
    "points_std",
    *(f"{name}_avg" for name in _AVERAGES[1:]),
    *_SHOOTING,
)
_LOG_NAMES = (
    *("game_date", "game_id", "season", "season_type", "team", "opponent", "is_home", "won", "is_starter", "minutes"),
    *("points", "rebounds", "assists", "field_goals_made", "field_goals_attempted", "threes_made", "threes_attempted"),
    *("free_throws_made", "free_throws_attempted", "usage_rate", "points_line", "over_under_result"),
    *("predicted_points", "p10", "p90", "recommendation", "bet_side", "bet_line", "bet_price", "bet_result"),
    "provenance",
)
_SPLIT_NAMES = (
    *("dimension", "value", "games", "minutes_avg", "points_avg", "points_above_season_avg"),
    *("points_above_season_avg_low", "points_above_season_avg_high"),
)
_RECORD_NAMES = (
    *("provenance", "period", "system_id", "predictions", "n", "voids", "mae", "naive_mae", "bias"),
    *("coverage_p10_p90", "lined", "lined_mae", "line_mae"),
    *BET_FIGURES,
)
_NEXT_NAMES = (
    *("game_date", "game_id", "team", "opponent", "is_home", "tipoff_at", "injury_status", "projected_minutes"),
    *("points_line", "predicted_points", "p10", "p90", "recommendation"),
)
_WHO_NAMES = ("player_name", "team", "position", "height_inches", "birth_date", "first_season")


@dataclass(frozen=True)
class PlayerFrames:
    """The input of the files; everything up to the newest day, in the types of the tables.

    games: player_game_summary, GAME_COLUMNS. graded: prediction_accuracy, PREDICTION_COLUMNS, one frame per season,
    iterated once. players: players.
    rosters: rosters of the newest day. context: upcoming_player_game_context, CONTEXT_COLUMNS.
    defense: team_defense_zone_analysis, DEFENSE_COLUMNS. predictions: player_prop_predictions of the newest day,
    SAID_COLUMNS.
    """

    games: pd.DataFrame
    graded: Iterable[pd.DataFrame]
    players: pd.DataFrame
    rosters: pd.DataFrame
    context: pd.DataFrame
    defense: pd.DataFrame
    predictions: pd.DataFrame


def documents(frames: PlayerFrames, newest: date, source: str) -> Documents:
    """One file per player with a game, and the index of players.

    Args:
        frames: see `PlayerFrames`.
        newest: the as-of day of the documents.
        source: archive, simulated or live.
    """
    # A player with 0:00 minutes has played according to the box score, but has no usage and nothing to average.
    games = frames.games.sort_values(["player_id", "game_date", "game_id"], ignore_index=True)
    who = _who(games, frames)
    seasons = by_key(_seasons(games), "player_id", _SEASON_NAMES)
    ours, sums = (pd.concat(part, ignore_index=True) for part in zip(*map(_summed, frames.graded), strict=True))
    log = by_key(_log(games, ours), "player_id", _LOG_NAMES)
    splits = by_key(_splits(games, frames), "player_id", _SPLIT_NAMES)
    record = by_key(_record(sums, who), "player_id", _RECORD_NAMES)
    next_games = {rows["player_id"]: rows for rows in records(_next_games(frames, newest))}
    as_of = newest.isoformat()
    for row in records(who):
        player_id = row["player_id"]
        upcoming = next_games.get(player_id)
        document = {
            **head("player", source, as_of=as_of),
            "player_id": player_id,
            **{name: row[name] for name in _WHO_NAMES},
            "seasons": seasons[player_id],
            "games": log[player_id],
            "games_total": row["games"],
            "splits": splits[player_id],
            "record": record.get(player_id, []),
            "next_game": None if upcoming is None else {name: upcoming[name] for name in _NEXT_NAMES},
        }
        yield f"players/{player_id}.json", document, len(document["games"])
    listed = ("player_id", "player_name", "search_key", "team", "position", "seasons", "games", "points_avg")
    players = records(who.sort_values(["search_key", "player_id"]), (*listed, "last_game_date"))
    yield INDEX_PATH, {**head("players-index", source, as_of=as_of), "players": players}, len(players)


def _who(games: pd.DataFrame, frames: PlayerFrames) -> pd.DataFrame:
    """One row per player: identity, team, position and number of games, by player_id."""
    found = games.groupby("player_id", as_index=False).agg(
        listed_name=("player_name", "last"),
        last_team=("team", "last"),
        games=("game_id", "nunique"),
        last_game_date=("game_date", "max"),
        last_season=("season", "last"),
    )
    found["seasons"] = found["player_id"].map(_distinct(games, ["player_id"], "season"))
    bio = frames.players.drop_duplicates("player_id", keep="last")
    bio = bio[["player_id", "player_name", "position", "height_inches", "birth_date", "first_season"]]
    teams = frames.rosters.drop_duplicates("player_id")[["player_id", "team"]]
    found = found.merge(bio, on="player_id", how="left").merge(teams, on="player_id", how="left")
    found["player_name"] = found["player_name"].fillna(found["listed_name"])
    found["team"] = found["team"].fillna(found["last_team"])
    found["search_key"] = search_key(found["player_name"])
    of_last = games.merge(found[["player_id", "last_season"]], on="player_id")
    of_last = of_last[of_last["season"] == of_last["last_season"]]
    found["points_avg"] = found["player_id"].map(of_last.groupby("player_id")["points"].mean()).astype("float64")
    return found


def _seasons(games: pd.DataFrame) -> pd.DataFrame:
    """One row per player, season and season type, in order of play."""
    keys = ["player_id", "season", "season_type"]
    is_used = games["usage_rate"].notna()
    rows = games.assign(
        # Documents use fractions, the table percent. Usage over several games is weighted by playing time.
        used_seconds=games["usage_rate"].fillna(0.0) / 100 * games["seconds_played"].where(is_used, 0),
        usage_seconds=games["seconds_played"].where(is_used, 0),
        is_started=games["is_starter"].astype("Int64"),
        overs=(games["over_under_result"] == "OVER").fillna(False).astype("int64"),
        unders=(games["over_under_result"] == "UNDER").fillna(False).astype("int64"),
        pushes=(games["over_under_result"] == "PUSH").fillna(False).astype("int64"),
        is_lined=games["points_line"].notna().astype("int64"),
    )
    grouped = rows.groupby(keys, sort=False)
    counted = ("field_goals_made", "field_goals_attempted", "threes_made", "threes_attempted", "free_throws_made")
    sums = grouped[
        [*counted, "free_throws_attempted", "points", "used_seconds", "usage_seconds", "overs", "unders", "pushes"]
    ].sum()
    sums = sums.assign(lined=grouped["is_lined"].sum()).astype("float64")
    whole = ["field_goals_attempted", "threes_attempted", "free_throws_attempted", "overs", "unders", "pushes", "lined"]
    known_starts = grouped["is_started"].count() == grouped.size()
    found = pd.DataFrame(
        {
            "first_day": grouped["game_date"].min(),
            "teams": _distinct(games, keys, "team"),
            "games": grouped["game_id"].nunique(),
            "starts": grouped["is_started"].sum().where(known_starts),
            "minutes_avg": grouped["minutes"].mean(),
            **{f"{name}_avg": grouped[name].mean().astype("float64") for name in _AVERAGES},
            "points_std": grouped["points"].std().astype("float64"),
            **{name: sums[name].astype("int64") for name in whole},
            "field_goal_pct": _share(sums["field_goals_made"], sums["field_goals_attempted"]),
            "three_pct": _share(sums["threes_made"], sums["threes_attempted"]),
            "free_throw_pct": _share(sums["free_throws_made"], sums["free_throws_attempted"]),
            "ts_pct": true_shooting(sums["points"], sums["field_goals_attempted"], sums["free_throws_attempted"]),
            "efg_pct": effective_field_goal(
                sums["field_goals_made"], sums["threes_made"], sums["field_goals_attempted"]
            ),
            "usage_rate": _share(sums["used_seconds"], sums["usage_seconds"]),
            "line_margin_avg": grouped["line_margin"].mean().astype("float64"),
        }
    )
    return found.reset_index().sort_values(["player_id", "season", "first_day"], ignore_index=True)


def _distinct(games: pd.DataFrame, keys: list[str], name: str) -> pd.Series:
    """The distinct values of a column by group, each group's in the order of play."""
    once = games[[*keys, name]].drop_duplicates().astype({name: object})
    return once.groupby(keys, sort=False)[name].agg(list)


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part / whole.where(whole > 0)


def _summed(graded: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ensemble's predictions (_SAID), and the sums of the rows by _OF_SEASON."""
    sums = sums_of(graded).groupby([graded[name] for name in _OF_SEASON], observed=True).sum().reset_index()
    return graded.loc[graded["system_id"] == OUR_SYSTEM, _SAID], sums


def _log(games: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    """The newest games of every player, newest first, each with the ensemble's prediction if there was one."""
    back = games.groupby("player_id").cumcount(ascending=False)
    rows = games[back < GAME_LOG]
    found = rows.merge(ours, on=_KEY, how="left", validate="one_to_one")
    found["usage_rate"] = found["usage_rate"] / 100
    return found.sort_values(["player_id", "game_date", "game_id"], ascending=[True, False, False], ignore_index=True)


def _splits(games: pd.DataFrame, frames: PlayerFrames) -> pd.DataFrame:
    """Each player's games by circumstance, compared with his scoring in the same season."""
    rest = frames.context[[*_KEY, "days_rest"]]
    rank = frames.defense.assign(
        rank=frames.defense.groupby("game_date")["defensive_rating_last_15"].rank(method="min")
    )
    rank = rank[["game_date", "team", "rank"]].rename(columns={"team": "opponent"})
    rows = games.merge(rest, on=_KEY, how="left", validate="one_to_one")
    rows = rows.merge(rank, on=["game_date", "opponent"], how="left", validate="many_to_one")
    points = rows["points"].astype("float64")
    season_avg = points.groupby([rows["player_id"], rows["season"]]).transform("mean")
    rows["points"], rows["above"] = points, points - season_avg
    days = rows["days_rest"].astype("float64")
    parts = {
        "home_away": np.where(rows["is_home"].astype(bool), "home", "away"),
        "rest": np.select(
            [days >= LONGEST_REST, days == 2, days == 1, days == 0], [f"{LONGEST_REST}+", "2", "1", "0"], default=""
        ),
        "opponent_defense": np.select(
            [rows["rank"] <= DEFENSE_THIRD, rows["rank"] <= 2 * DEFENSE_THIRD, rows["rank"].notna()],
            ["strong", "middle", "weak"],
            default="",
        ),
    }
    found = []
    for dimension, value in parts.items():
        of_value = rows.assign(dimension=dimension, value=value)
        grouped = of_value[value != ""].groupby(["player_id", "dimension", "value"])
        part = grouped.agg(
            games=("game_id", "nunique"),
            minutes_avg=("minutes", "mean"),
            points_avg=("points", "mean"),
            points_above_season_avg=("above", "mean"),
            spread=("above", "std"),
        ).reset_index()
        found.append(part)
    splits = pd.concat(found, ignore_index=True)
    half = _Z_95 * splits["spread"] / np.sqrt(splits["games"])
    splits["points_above_season_avg_low"] = splits["points_above_season_avg"] - half
    splits["points_above_season_avg_high"] = splits["points_above_season_avg"] + half
    place = splits["dimension"].map({name: n for n, name in enumerate(parts)}) * len(SPLIT_VALUES)
    place += splits["value"].map({name: n for n, name in enumerate(SPLIT_VALUES)})
    return splits.assign(place=place).sort_values(["player_id", "place"], ignore_index=True)


def _record(sums: pd.DataFrame, who: pd.DataFrame) -> pd.DataFrame:
    """Accuracy of every system per player: over all seasons, and over the last season in which he played."""
    by_season = sums.groupby(_OF_SEASON, observed=True).sum().reset_index()
    total = by_season.drop(columns="season").groupby(["player_id", "provenance", "system_id"]).sum().reset_index()
    last = by_season.merge(who[["player_id", "last_season"]], on="player_id")
    last = last[last["season"] == last["last_season"]].assign(period=lambda f: f["season"])
    sums = pd.concat([total.assign(period=ALL_SEASONS), last], ignore_index=True)
    keys = ["player_id", "provenance", "period", "system_id"]
    found = pd.concat([sums[keys], figures_of(sums)], axis=1)
    places = {name: place for place, name in enumerate(SYSTEMS)}
    return found.sort_values(
        ["player_id", "provenance", "period", "system_id"],
        key=lambda column: column.map(places) if column.name == "system_id" else column.astype(object),
        ascending=[True, True, False, True],
        ignore_index=True,
    )


def _next_games(frames: PlayerFrames, newest: date) -> pd.DataFrame:
    """The newest day's game of every player, if it has no box score yet, with the ensemble's prediction."""
    day = pd.Timestamp(newest)
    rows = frames.context[frames.context["game_date"] == day]
    rows = rows[~rows["game_id"].isin(frames.games.loc[frames.games["game_date"] == day, "game_id"])]
    ours = frames.predictions[frames.predictions["system_id"] == OUR_SYSTEM]
    ours = ours[[*_KEY, "predicted_points", "p10", "p90", "recommendation"]]
    return rows.merge(ours, on=_KEY, how="left", validate="one_to_one").drop_duplicates("player_id")
