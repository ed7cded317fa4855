"""player_boxscores: every player listed in a game's box score, with the counts of those who played."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.box_rules import BOX_RULES
from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.columns.box import BOX
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import PLACE, TableContract
from nba_assets.contracts.covers import of_types
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Rows, on_day, source
from nba_assets.sources.adapt.box_families import (
    STATUS_OF_PREFIX,
    names_in,
    of_games,
    of_lite,
    of_logs,
    of_playoffs,
    of_v3,
    one_a_player,
)
from nba_assets.sources.adapt.games import season_games
from nba_assets.sources.adapt.player_games import (
    GAME_KEY,
    TEXT,
    all_records,
    not_printed,
    of_another_name,
    record,
    with_games,
    without_result,
)
from nba_assets.sources.adapt.team_logs import one_a_side
from nba_assets.tables.raw.player_boxscores_checks import CHECKS
from nba_assets.tables.raw.player_scoring_shares import is_covered

FEWEST_WHO_PLAYED = 8
FIVE_MEN_SECONDS = 240 * 60
ROUNDING_SECONDS = 8
"""Playing times are whole seconds: half a second for each of up to fifteen players."""
STARTERS = 5
COMPARED = (*BOX, "seconds_played", "status", "team")
SECONDS_TOLERANCE = {"player_game_logs": 1, "player_game_logs_lite": 31}
"""Difference of playing time that rounding explains, by the family compared; lite has whole minutes."""

CONTRACT = TableContract(
    name="player_boxscores",
    layer="raw",
    key=("game_id", "player_id"),
    known="postgame",
    columns=columns(
        *("game_date", "game_id", "player_id"),
        *(col(name).required() for name in ("player_name", "team", "season", "season_type")),
        *("opponent", "is_home", col("status").required(), "reason", "is_starter", "minutes", "seconds_played"),
        *(col(name).varying("day") if name == "points" else name for name in BOX),
        *(col("source").required(), col("known_at").required()),
    ),
    rules=dict(BOX_RULES)
    | {
        "the box stands for those who played and for nobody else": lambda f: (
            f["points"].notna() == (f["status"] == "played").fillna(False)
        ),
        "playing time only for those who played": lambda f: f["seconds_played"].isna() | (f["status"] == "played"),
        "a starter played": lambda f: ~f["is_starter"].fillna(False) | (f["status"] == "played"),
        "side and opponent are known": lambda f: (
            (f["is_home"].notna() & f["opponent"].notna()) | (f["season_type"] == "all_star")
        ),
    },
    unusual={
        "who played has a playing time": lambda f: f["seconds_played"].notna() | (f["status"] != "played"),
        "who did not play has a reason": lambda f: (
            f["reason"].notna() | (f["status"] == "played") | (f["source"] != "player_box_v3")
        ),
    },
    doc="All players listed in a box score, of competitive and all-star games. Priority of the families: "
    "player_box_v3 (from 2022-23), player_game_logs, player_box_playoffs (2022). A row comes completely from the "
    "first family that has it (`source`); only is_starter and a missing playing time are filled from the next. If "
    "another family has a different value, a disagreement is recorded; values are never averaged. If one family "
    "has several rows of a player, the row with which the players add up to the team's points is used, then the "
    "one that another family confirms. player_game_logs_lite is only compared: it has no field goals. A player "
    "with a published playing time has played, even at 0:00: NBA.com counts the game (he checked in, the clock "
    "ran for less than half a second; one such row has a rebound). Status dnp without a reason: listed without "
    "playing time, and the source gives no reason (player_box_playoffs never does). 2021-22 lists only players "
    "who played, except in the playoffs, has starters only there, and has no players for its six play-in games.",
)


def _sides(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Both sides of every competitive game."""
    games = schedule[schedule["season_type"].isin(COMPETITIVE)]
    keys = ["game_date", "game_id"]
    home = games[[*keys, "home_team"]].rename(columns={"home_team": "team"})
    away = games[[*keys, "away_team"]].rename(columns={"away_team": "team"})
    return pd.concat([home, away], ignore_index=True)


def present_sides(rows: pd.DataFrame) -> pd.DataFrame:
    """Sides with complete players: eight who played, and five starters where every player's is_starter is known.

    Fewer than eight are accepted if their playing time adds up to that of five players: 16 sides of the archive used
    six or seven. Returns game_date, game_id, team; competitive games only.
    """
    played = rows[(rows["status"] == "played") & rows["season_type"].isin(COMPETITIVE)]
    sides = played.assign(
        is_unknown=played["is_starter"].isna(), is_starter=played["is_starter"].fillna(False)
    ).groupby(["game_date", "game_id", "team"], as_index=False)
    found = sides.agg(
        players=("player_id", "size"),
        seconds=("seconds_played", "sum"),
        starters=("is_starter", "sum"),
        is_unknown=("is_unknown", "any"),
    )
    is_full = (found["players"] >= FEWEST_WHO_PLAYED) | (found["seconds"] >= FIVE_MEN_SECONDS - ROUNDING_SECONDS)
    has_starters = found["is_unknown"] | (found["starters"] == STARTERS)
    return found.loc[(is_full & has_starters).fillna(False).astype(bool), ["game_date", "game_id", "team"]]


@daily_table(
    CONTRACT,
    inputs={
        "schedule": source("schedule", brings_rows=False),
        "team_game_logs": source("team_game_logs", brings_rows=False),
        "v3": source("player_box_v3"),
        "logs": source("player_game_logs", covers=is_covered),
        "playoffs": source("player_box_playoffs", covers=of_types("playoffs")),
        "lite": source("player_game_logs_lite", brings_rows=False),
    },
    # player_game_logs has the same games as player_scoring_shares, which comes from the same web pages.
    expected=Expected({"schedule": on_day("schedule")}, _sides, present_sides),
    checks=CHECKS,
)
def player_boxscores(
    schedule: pd.DataFrame,
    team_game_logs: pd.DataFrame,
    v3: pd.DataFrame,
    logs: pd.DataFrame,
    playoffs: pd.DataFrame,
    lite: pd.DataFrame,
    days: pd.DatetimeIndex,
) -> Rows:
    """Merges the families of player box scores; `days` are the days to build, the frames contain their seasons."""
    games = season_games(schedule, team_game_logs)
    wanted = games[games["game_date"].isin(days)]
    families = [
        shaped(of_games(rows, games, wanted["game_id"], game_id, player_id))
        for shaped, rows, game_id, player_id in (
            (of_v3, v3, "game_id", "person_id"),
            (of_logs, logs, "game_id", "player_id"),
            (of_playoffs, playoffs, "gameId", "personId"),
        )
    ]
    every = pd.concat(families, ignore_index=True).dropna(subset=["player_id"]).reset_index(drop=True)
    no_player = pd.concat([family[family["player_id"].isna()] for family in families], ignore_index=True)
    no_game = every[~every["game_id"].isin(games["game_id"])]
    every, running = without_result(every[every["game_id"].isin(wanted["game_id"])], wanted)
    compared = of_lite(lite, games, wanted["game_id"])
    unmatched = compared[compared["game_id"].isna()]
    compared, _ = without_result(compared[compared["game_id"].isin(wanted["game_id"])], wanted)
    sides, _ = one_a_side(team_game_logs, schedule)
    every, again = one_a_player(every, compared, sides)

    taken = _filled(every)
    box = with_games(taken, wanted)
    others = every[~every.index.isin(taken.index)]
    only_lite = _missing_from(compared, taken)
    day_of = wanted.set_index("game_id")["game_date"]
    is_unknown = (
        box["reason"].notna() & ~box["reason"].str[:3].str.upper().isin(list(STATUS_OF_PREFIX)).fillna(False)
    ).astype(bool)
    worded = box[is_unknown].assign(column_name="reason", value=box.loc[is_unknown, "reason"])
    named = pd.concat(
        [names_in(v3, logs, playoffs), compared[["game_id", "player_id", "player_name"]]], ignore_index=True
    )
    unlike = of_another_name(
        _scoped(box), _scoped(named), ("scope", "player_id"), "player_name", "most rows of the player in the season"
    )
    is_stranger = (box["is_home"].isna() & (box["season_type"] == "all_star")).astype(bool)
    stranger = box[is_stranger].assign(column_name="team", value=box.loc[is_stranger, "team"])
    no_time = box[box["clock"].notna() & box["seconds_played"].isna()]
    records = all_records(
        record(no_player, "set_aside", "no NBA player id"),
        record(no_game, "set_aside", "a game that is not in the schedule"),
        running,
        record(unmatched, "set_aside", "no game of this team on this day"),
        record(_dated(again, day_of), "set_aside", "the player stands again in this game, with other values"),
        record(_dated(only_lite, day_of), "set_aside", "only in player_game_logs_lite, which has no field goals"),
        not_printed(box[box["status"] == "played"], BOX),
        record(unlike, "disagreement", "the player has another name"),
        record(stranger, "disagreement", "a team that is not in the schedule of the game"),
        record(worded, "disagreement", "a comment that is none of DNP, DND and NWT"),
        record(no_time.assign(column_name="seconds_played", value=no_time["clock"]), "nulled", "not a playing time"),
        _disagreements(taken, pd.concat([others, compared], ignore_index=True), day_of),
    )
    box["minutes"] = box["seconds_played"].astype("float64") / 60
    return Rows(box[[*CONTRACT.column_names, *PLACE]], records)


def _filled(every: pd.DataFrame) -> pd.DataFrame:
    """The first family's row of each player-game (index kept); missing is_starter and playing time from the next."""
    taken = every.drop_duplicates(GAME_KEY).copy()
    keys = pd.MultiIndex.from_frame(taken[GAME_KEY])
    for column in ("is_starter", "seconds_played"):
        known = every.dropna(subset=[column]).drop_duplicates(GAME_KEY).set_index(GAME_KEY)[column]
        taken[column] = taken[column].fillna(known.reindex(keys).set_axis(taken.index))
    taken["status"] = taken["status"].fillna("dnp")
    played = (taken["status"] == "played").astype(bool)
    counts = [*BOX, "seconds_played"]
    taken[counts] = taken[counts].where(played, axis=0)
    return taken


def _missing_from(compared: pd.DataFrame, taken: pd.DataFrame) -> pd.DataFrame:
    """Rows of `compared` whose player-game is not in `taken`."""
    held = pd.MultiIndex.from_frame(taken[GAME_KEY])
    return compared[~pd.MultiIndex.from_frame(compared[GAME_KEY]).isin(held)]


def _scoped(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with `scope`, the digits of a game id that name its season."""
    return rows.assign(scope=rows["game_id"].str[3:5])


def _dated(rows: pd.DataFrame, day_of: pd.Series) -> pd.DataFrame:
    return rows.assign(game_date=rows["game_id"].map(day_of).astype("datetime64[ns]"))


def _disagreements(taken: pd.DataFrame, others: pd.DataFrame, day_of: pd.Series) -> pd.DataFrame:
    """One record per value in which another family differs from the row that was used."""
    pairs = _dated(others, day_of).merge(taken, on=GAME_KEY, suffixes=("", "_taken"))
    tolerance = pairs["source"].map(SECONDS_TOLERANCE).fillna(0)
    found = []
    for column in COMPARED:
        value, other = pairs[f"{column}_taken"], pairs[column]
        differs = (value - other).abs() > tolerance if column == "seconds_played" else value != other
        differs = differs.fillna(False).astype(bool)
        if not differs.any():
            continue
        rows = pairs[differs]
        text = "taken " + rows[f"{column}_taken"].astype(TEXT) + " (" + rows["source_taken"] + "), other "
        text += rows[column].astype(TEXT) + " (" + rows["source"] + ")"
        found.append(record(rows.assign(column_name=column, value=text), "disagreement", "box-score families differ"))
    return all_records(*found)
