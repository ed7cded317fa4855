"""The families of player box scores in one shape, so that they can be merged and compared.

Each function takes a family's frame and returns BOX_FAMILY_COLUMNS: game_id (ten digits), player_id, player_name, team,
status and is_starter (NULL where the family lacks them), reason, seconds_played, clock (playing time as printed), the
box score, source, `_file`, `_row`. team is the tricode; all-star teams keep the publisher's code.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from nba_assets.basketball.teams import to_tricode
from nba_assets.contracts.columns.box import BOX
from nba_assets.sources.adapt.matching import by_distinct, pad_game_id
from nba_assets.sources.adapt.player_games import TEXT
from nba_assets.sources.adapt.repeats import settled

BOX_FAMILY_COLUMNS = (
    *("game_id", "player_id", "player_name", "team", "status", "reason", "is_starter", "seconds_played", "clock"),
    *(*BOX, "source", "_file", "_row"),
)
STATUS_OF_PREFIX = {"DNP": "dnp", "DND": "dnd", "NWT": "nwt"}
CLOCK = r"^(?:PT)?(\d{1,3})[:M]([0-5]\d|60)(?:\.0+)?S?$"
"""Playing time as NBA.com prints it, minutes and rounded seconds (29.995 minutes are `29:60`), or PT29M59.00S."""
LONGEST_SECONDS = 70 * 60
"""Of a player in a game; the all-star mini-games of 2024 print 93:22 and -79:0-6."""

_V3: Mapping[str, str] = {
    "threes_made": "three_pointers_made",
    "threes_attempted": "three_pointers_attempted",
    "offensive_rebounds": "rebounds_offensive",
    "defensive_rebounds": "rebounds_defensive",
    "rebounds": "rebounds_total",
    "personal_fouls": "fouls_personal",
    "plus_minus": "plus_minus_points",
}
_LOGS: Mapping[str, str] = {
    "points": "pts",
    "field_goals_made": "fgm",
    "field_goals_attempted": "fga",
    "threes_made": "fg3m",
    "threes_attempted": "fg3a",
    "free_throws_made": "ftm",
    "free_throws_attempted": "fta",
    "offensive_rebounds": "oreb",
    "defensive_rebounds": "dreb",
    "rebounds": "reb",
    "assists": "ast",
    "steals": "stl",
    "blocks": "blk",
    "turnovers": "tov",
    "personal_fouls": "pf",
}
_PLAYOFFS: Mapping[str, str] = {
    "field_goals_made": "fieldGoalsMade",
    "field_goals_attempted": "fieldGoalsAttempted",
    "threes_made": "threePointersMade",
    "threes_attempted": "threePointersAttempted",
    "free_throws_made": "freeThrowsMade",
    "free_throws_attempted": "freeThrowsAttempted",
    "offensive_rebounds": "reboundsOffensive",
    "defensive_rebounds": "reboundsDefensive",
    "personal_fouls": "foulsPersonal",
    "plus_minus": "plusMinusPoints",
}
_LITE: Mapping[str, str] = {
    "points": "PTS",
    "rebounds": "REB",
    "assists": "AST",
    "steals": "STL",
    "blocks": "BLK",
    "turnovers": "TOV",
    "plus_minus": "PLUS_MINUS",
}


def of_v3(rows: pd.DataFrame) -> pd.DataFrame:
    """player_box_v3: a player played if he has a count, or a playing time (0:00 included) and no comment against it.

    A comment is against it if it begins with DNP, DND or NWT, whatever playing time is printed, or if it is any comment
    beside a time of zero: a publisher that prints 0:00 for everyone may word the comments in another way. A listing
    without playing time and comment, or with a comment in other words, has status dnp.
    """
    found = _shaped(rows, "player_box_v3", {name: _V3.get(name, name) for name in BOX}, player_id="person_id")
    found["game_id"] = pad_game_id(rows["game_id"])
    found["player_name"] = _v3_names(rows)
    found["team"] = _team(rows["team_tricode"])
    found["clock"] = rows["minutes"].where(_is_given(rows["minutes"]))
    found["seconds_played"] = seconds_of_clock(found["clock"])
    comment = rows["comment"].str.strip().where(_is_given(rows["comment"])).astype(TEXT)
    listed = comment.str[:3].str.upper().map(STATUS_OF_PREFIX).astype(TEXT)
    is_refuted = listed.notna() | (comment.notna() & (found["seconds_played"] == 0).fillna(False))
    played = _has_counts(found) | (found["clock"].notna() & ~is_refuted.astype(bool))
    found["clock"] = found["clock"].where(played)
    found["status"] = listed.fillna("dnp").mask(played, "played")
    found["reason"] = comment.mask(played)
    found["is_starter"] = _is_given(rows["position"]).astype("boolean")
    return found


def of_logs(rows: pd.DataFrame) -> pd.DataFrame:
    """player_game_logs: every listed player played; starters are unknown."""
    found = _shaped(rows, "player_game_logs", {name: _LOGS.get(name, name) for name in BOX})
    found["game_id"] = pad_game_id(rows["game_id"])
    found["player_name"] = rows["player_name"]
    found["team"] = _team(rows["team"])
    found["clock"] = rows["min_sec"].where(_is_given(rows["min_sec"]))
    found["seconds_played"] = seconds_of_clock(found["clock"])
    found["status"] = pd.Series("played", index=rows.index, dtype=TEXT)
    return found


def of_playoffs(rows: pd.DataFrame) -> pd.DataFrame:
    """player_box_playoffs: starters are known; status is `played` only where a count is not 0."""
    names = {name: _PLAYOFFS.get(name, name) for name in BOX if name != "rebounds"}
    found = _shaped(rows, "player_box_playoffs", names, player_id="personId")
    found["rebounds"] = found["offensive_rebounds"] + found["defensive_rebounds"]
    found["game_id"] = pad_game_id(rows["gameId"])
    found["player_name"] = rows["personName"]
    found["team"] = _team(rows["teamId"])
    found["status"] = pd.Series(pd.NA, index=rows.index, dtype=TEXT).mask(_has_counts(found), "played")
    found["is_starter"] = _is_given(rows["position"]).astype("boolean")
    return found


def of_lite(rows: pd.DataFrame, games: pd.DataFrame, wanted: pd.Series | None = None) -> pd.DataFrame:
    """player_game_logs_lite: game_id from day and team (NULL without a match); no field goals, whole minutes.

    Args:
        rows: of the family.
        games: among which each row's game is looked up.
        wanted: game ids; only rows of these games and rows without a match are returned. None = all.
    """
    team = _team(rows["TEAM_ABBREVIATION"])
    sides = pd.concat([games.assign(team=games["home_team"]), games.assign(team=games["away_team"])])
    sides = sides.drop_duplicates(["game_date", "team"], keep=False)[["game_date", "team", "game_id"]]
    day = by_distinct(rows["GAME_DATE"], lambda texts: pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce"))
    asked = pd.DataFrame({"game_date": day.astype("datetime64[ns]"), "team": team})
    number = asked.groupby(["game_date", "team"], dropna=False, sort=False).ngroup().to_numpy()
    distinct = asked.drop_duplicates()
    matched = distinct.merge(sides, on=["game_date", "team"], how="left")["game_id"].astype(TEXT).array
    game_id = pd.Series(matched.take(number), index=rows.index)
    if wanted is not None:
        is_wanted = game_id.isna() | game_id.isin(wanted)
        rows, team, game_id = rows[is_wanted], team[is_wanted], game_id[is_wanted]
    found = _shaped(rows, "player_game_logs_lite", _LITE, player_id="PLAYER_ID")
    found["player_name"] = rows["PLAYER_NAME"]
    found["team"] = team
    found["seconds_played"] = rows["MIN"] * 60
    found["status"] = pd.Series("played", index=rows.index, dtype=TEXT)
    found["game_id"] = game_id
    return found


def of_games(rows: pd.DataFrame, games: pd.DataFrame, wanted: pd.Series, game_id: str, player_id: str) -> pd.DataFrame:
    """The rows of a family that are of the wanted games, or of no game, or of no player; shaping all of them is slow.

    Args:
        rows: of a family.
        games: all games.
        wanted: game ids of those for which rows are wanted.
        game_id, player_id: the names of these columns in the family.
    """
    ids = pad_game_id(rows[game_id])
    unneeded = games.loc[~games["game_id"].isin(wanted), "game_id"]
    return rows[~ids.isin(unneeded) | rows[player_id].isna()]


def names_in(v3: pd.DataFrame, logs: pd.DataFrame, playoffs: pd.DataFrame) -> pd.DataFrame:
    """The names that the rows of the families have: game_id, player_id, player_name."""
    families = (
        (v3["game_id"], v3["person_id"], _v3_names(v3)),
        (logs["game_id"], logs["player_id"], logs["player_name"]),
        (playoffs["gameId"], playoffs["personId"], playoffs["personName"]),
    )
    named = [
        pd.DataFrame({"game_id": pad_game_id(games), "player_id": players.astype("Int64"), "player_name": names})
        for games, players, names in families
    ]
    return pd.concat(named, ignore_index=True)


def one_a_player(
    every: pd.DataFrame, compared: pd.DataFrame, team_logs: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per player, game and family, and the duplicates (see `repeats.settled`).

    Corrected rows are appended to a file or inserted anywhere in it. Where one player of a side has duplicate rows, the
    row with which the side's points add up to the team's points is used, then the one that agrees with more counts of
    another family.

    Args:
        every: rows of the families (BOX_FAMILY_COLUMNS).
        compared: rows of families that are used only for comparison.
        team_logs: the result of `team_logs.one_a_side`.
    """
    key = ["game_id", "player_id", "source"]
    again = every[every.duplicated(key, keep=False)]
    compare = [*BOX, "seconds_played", "clock", "status", "reason", "is_starter", "team", "player_name"]
    if again.empty:
        return settled(every, key, compare)
    side = ["game_id", "team", "source"]
    points = every.assign(points=every["points"].fillna(0))
    others = points.drop(index=again.index).groupby(side)["points"].sum().rename("others")
    players = again.drop_duplicates([*side, "player_id"]).groupby(side).size().rename("players")
    team = to_tricode(team_logs["TEAM_ID"]).astype(TEXT).fillna(team_logs["TEAM_ABBREVIATION"])
    totals = pd.DataFrame({"game_id": team_logs["game_id"], "team": team, "total": team_logs["PTS"]})
    totals = totals.drop_duplicates(["game_id", "team"])
    sums = again[side].reset_index().merge(others.reset_index(), on=side, how="left")
    sums = sums.merge(players.reset_index(), on=side, how="left").merge(totals, on=["game_id", "team"], how="left")
    sums = sums.set_index("index")
    adds_up = (sums["others"].fillna(0) + again["points"].fillna(0) == sums["total"]) & (sums["players"] == 1)

    elsewhere = pd.concat([every, compared], ignore_index=True)[["game_id", "player_id", "source", *BOX]]
    pairs = again[key].reset_index().merge(elsewhere, on=["game_id", "player_id"], suffixes=("", "_other"))
    pairs = pairs[pairs["source"] != pairs["source_other"]].set_index("index")
    own = again.loc[pairs.index]
    agreeing = sum((pairs[name] == own[name]).fillna(False).astype("int64") for name in BOX)
    agreement = pd.Series(agreeing, index=pairs.index).groupby(level=0).max().reindex(again.index)
    evidence = pd.DataFrame({"team total": adds_up.fillna(False).astype(bool), "other family": agreement.fillna(0)})
    return settled(every, key, compare, evidence)


def seconds_of_clock(clock: pd.Series) -> pd.Series:
    """Whole seconds of a playing time (Int64), NULL where it does not match CLOCK or is impossibly long."""
    parts = clock.astype(object).str.extract(CLOCK)
    seconds = (pd.to_numeric(parts[0]) * 60 + pd.to_numeric(parts[1])).astype("Int64")
    return seconds.mask((seconds > LONGEST_SECONDS).fillna(False).astype(bool))


def _shaped(rows: pd.DataFrame, family: str, names: Mapping[str, str], player_id: str = "player_id") -> pd.DataFrame:
    """The family's rows under the common column names; columns that the family lacks are NULL."""
    found = pd.DataFrame({ours: rows[theirs].astype("Int64") for ours, theirs in names.items()}, index=rows.index)
    found = found.reindex(columns=list(BOX_FAMILY_COLUMNS))
    kinds = dict.fromkeys(("game_id", "player_name", "team", "status", "reason", "clock", "source", "_file"), TEXT)
    kinds |= dict.fromkeys(("player_id", "seconds_played", *BOX), pd.Int64Dtype()) | {"is_starter": "boolean"}
    found = found.astype(kinds)
    found["player_id"] = rows[player_id].astype("Int64")
    found["source"] = pd.Series(family, index=rows.index, dtype=TEXT)
    found["_file"] = rows["_file"]
    found["_row"] = rows["_row"]
    return found


def _v3_names(rows: pd.DataFrame) -> pd.Series:
    return (rows["first_name"].fillna("") + " " + rows["family_name"].fillna("")).str.strip().astype(TEXT)


def _team(codes: pd.Series) -> pd.Series:
    return to_tricode(codes).astype(TEXT).fillna(codes.astype(TEXT))


def _is_given(texts: pd.Series) -> pd.Series:
    """Whether a text is neither NULL nor blank."""
    return (texts.fillna("").str.strip() != "").astype(bool)


def _has_counts(rows: pd.DataFrame) -> pd.Series:
    """Whether any count of the box score is not 0."""
    return (rows[list(BOX)].fillna(0) != 0).any(axis=1).astype(bool)
