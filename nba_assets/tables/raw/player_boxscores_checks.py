"""Checks of player_boxscores against the box scores of the teams."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from nba_assets.basketball import overtime_periods, playing_minutes
from nba_assets.contracts.columns.box import BOX
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.inputs import CrossCheck, Findings, on_day

SIDE = ["game_date", "game_id", "team"]
COUNTS = tuple(name for name in BOX if name not in ("points", "plus_minus"))
"""Player sums are the team's for each of these in every team-game of the archive: NBA.com's team rows are sums of
players."""
HALF_A_SECOND = 0.5


def _sides(rows: pd.DataFrame, teams: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Sums over the players who played, and the team's row (`*_team`), for sides of competitive games that have both.

    A sum is NULL where one player's value is. A side without players is found by the completeness check.
    """
    played = rows[(rows["status"] == "played") & rows["season_type"].isin(COMPETITIVE)]
    grouped = played.groupby(SIDE)[list(names)]
    sums = grouped.sum().astype("Int64").where(grouped.count().eq(grouped.size(), axis=0))
    sums["players"] = grouped.size()
    return sums.reset_index().merge(teams, on=SIDE, suffixes=("", "_team"))


def _due(teams: pd.DataFrame) -> pd.Series:
    """Days of the sides of competitive games, all of which must have players."""
    return teams.loc[teams["season_type"].isin(COMPETITIVE), "game_date"]


def _compared(sides: pd.DataFrame, found: pd.Series, expected: pd.Series) -> pd.Series:
    """Days of the sides for which both values are known."""
    return sides.loc[found.notna() & expected.notna(), "game_date"]


def _failing(
    sides: pd.DataFrame, found: pd.Series, expected: pd.Series, differs: pd.Series, label: str = ""
) -> pd.DataFrame:
    bad = sides[differs.fillna(False).astype(bool)]
    words = f" {label}" if label else ""
    return pd.DataFrame(
        {
            "game_date": bad["game_date"],
            "key": bad["game_id"] + " " + bad["team"] + words,
            "found": found[bad.index].astype("string"),
            "expected": expected[bad.index].astype("string"),
        }
    )


def points_match_team(rows: pd.DataFrame, teams: pd.DataFrame) -> Findings:
    """Sides whose players' points do not add up to the team's."""
    sides = _sides(rows, teams, ["points"])
    found, expected = sides["points"], sides["points_team"]
    return Findings(
        _failing(sides, found, expected, found != expected), _compared(sides, found, expected), due=_due(teams)
    )


def counts_match_team(rows: pd.DataFrame, teams: pd.DataFrame) -> Findings:
    """Sides whose players' sum of another box-score count differs from the team's count."""
    sides = _sides(rows, teams, COUNTS)
    parts = [
        _failing(sides, sides[name], sides[f"{name}_team"], sides[name] != sides[f"{name}_team"], name)
        for name in COUNTS
    ]
    # A family has all of these columns or none, so the first one represents them.
    compared = _compared(sides, sides[COUNTS[0]], sides[f"{COUNTS[0]}_team"])
    return Findings(pd.concat(parts, ignore_index=True), compared, due=_due(teams))


def seconds_match_team(rows: pd.DataFrame, teams: pd.DataFrame) -> Findings:
    """Sides whose playing time is not 240 minutes plus 25 per overtime, within half a second per player."""
    sides = _sides(rows.drop(columns="minutes"), teams, ["seconds_played"])
    found = sides["seconds_played"]
    expected = (60 * playing_minutes(overtime_periods(sides["minutes"]))).astype("Int64")
    differs = (found - expected).abs() > HALF_A_SECOND * sides["players"]
    compared = _compared(sides, found, expected)
    return Findings(_failing(sides, found, expected, differs), compared, due=_due(teams))


CHECKS = (
    CrossCheck(
        "points_match_team",
        {"teams": on_day("team_boxscores")},
        points_match_team,
        "The points of the players add up to the team's. ERROR: true of every team-game of the archive.",
        needs="the points of every player and of the team",
    ),
    CrossCheck(
        "seconds_match_team",
        {"teams": on_day("team_boxscores")},
        seconds_match_team,
        "Playing time adds up to 240 minutes and 25 for each overtime, within half a second a player. ERROR: the "
        "archive's largest difference is 5 seconds.",
        needs="the playing time of every player and the minutes of the team",
    ),
    CrossCheck(
        "counts_match_team",
        {"teams": on_day("team_boxscores")},
        counts_match_team,
        "Every other count adds up to the team's, so the family taken is of the same version of the game. WARN: a "
        "later correction by the league may reach one file before the other.",
        is_error=False,
        needs="the counts of every player and of the team",
    ),
)
