"""Checks of rosters: every team has a roster, and it contains the players who then played."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.contracts.columns.identity import COMPETITIVE, TEAMS
from nba_assets.contracts.inputs import CrossCheck, Findings, on_day

FIRST_FULL_DAY = pd.Timestamp(FIRST_DAY) + pd.Timedelta(days=31)
"""From here on every team has played and been listed; before, a roster contains only the players seen so far."""
RECALL_FROM = pd.Timestamp("2021-12-01")
RECALL_SECONDS = 600
LEAST_RECALL = 0.98
MOST_MISSED = 2
"""A day of few games may miss two players: one trade moves as many, and no source of the archive tells of it before."""


def game_days(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The days on which competitive games are scheduled."""
    games = schedule[schedule["season_type"].isin(COMPETITIVE)]
    return days[days.isin(games["game_date"])]


def every_team(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """All 30 teams on the days with competitive games, from the second month of the archive on: game_date, team."""
    full = pd.DataFrame({"game_date": game_days(schedule, days[days >= FIRST_FULL_DAY])})
    return full.merge(pd.DataFrame({"team": TEAMS}), how="cross")


def recall(rows: pd.DataFrame, player_boxscores: pd.DataFrame) -> Findings:
    """Players who played ten minutes or more and were not on their team's roster, without first games of a season.

    From 2021-12-01 on, a day fails when more than two players who played that long are missing and rosters contain less
    than 98 % of them. A team without a roster row counts as playing its first game.
    """
    counted = player_boxscores[player_boxscores["season_type"].isin(COMPETITIVE)]
    is_long = (counted["seconds_played"] >= RECALL_SECONDS).fillna(False)
    played = counted.loc[is_long, ["game_date", "player_id", "team"]]
    openers = rows.groupby(["game_date", "team"], as_index=False)["team_games_played_season"].max()
    played = played.merge(openers, on=["game_date", "team"], how="left")
    members = rows[["game_date", "player_id", "team", "evidence"]]
    played = played.merge(members, on=["game_date", "player_id", "team"], how="left")
    played["is_member"] = played.pop("evidence").notna()
    is_first = played["team_games_played_season"].fillna(0) == 0

    def counts(part: pd.DataFrame, name: str) -> pd.DataFrame:
        return part.groupby("game_date")["is_member"].agg(**{f"{name}_players": "size", f"{name}_found": "sum"})

    judged = played[~is_first]
    by_day = counts(judged, "later_games").join(counts(played[is_first], "first_games"), how="outer")
    by_day = by_day.fillna(0).astype("int64")
    found, players = by_day["later_games_found"], by_day["later_games_players"]
    fails = (found < LEAST_RECALL * players) & (players - found > MOST_MISSED) & (by_day.index >= RECALL_FROM)
    missing = judged[~judged["is_member"] & judged["game_date"].isin(by_day.index[fails])]
    failing = pd.DataFrame(
        {
            "game_date": missing["game_date"],
            "key": missing["player_id"].astype("string"),
            "found": "on no roster of " + missing["team"].astype("string"),
            "expected": "member",
        }
    )
    by_day["later_games_recall"] = (found / players.where(players > 0)).round(4)
    return Findings(failing, judged["game_date"], by_day.reset_index())


ROSTER_RECALL = CrossCheck(
    "roster_recall",
    inputs={"player_boxscores": on_day("player_boxscores")},
    rule=recall,
    doc="98 % of players with ten minutes or more were on their team's roster (first games of a season excluded).",
    is_error=False,
    needs="ten minutes played in a game that is not the team's first of the season, and a roster of the team",
)
