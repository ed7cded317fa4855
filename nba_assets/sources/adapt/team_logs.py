"""The team rows of games, one per team and game."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.teams import to_tricode
from nba_assets.sources.adapt.matching import TEXT, pad_game_id
from nba_assets.sources.adapt.repeats import settled

COMPARED = (
    *("PTS", "WL", "MIN", "FGM", "FGA", "FG3M", "FG3A", "FTM", "FTA", "OREB", "DREB", "REB", "AST", "STL", "BLK"),
    *("TOV", "PF", "PLUS_MINUS", "GAME_DATE", "MATCHUP"),
)


def one_a_side(team_game_logs: pd.DataFrame, schedule: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The team logs with `game_id` (ten digits), one row per game and team; the duplicates as in `repeats.settled`.

    Of duplicate rows, one with a result is preferred, then one whose points equal the score in the schedule.
    """
    logs = team_game_logs.assign(game_id=pad_game_id(team_game_logs["GAME_ID"]))
    key = ["game_id", "TEAM_ID"]
    again = logs[logs.duplicated(key, keep=False)]
    if again.empty:
        return settled(logs, key, COMPARED)
    scores = pd.concat(
        [
            pd.DataFrame(
                {
                    "game_id": pad_game_id(schedule["gid"]),
                    "team": to_tricode(schedule[side]).astype(TEXT),
                    "score": schedule[f"{side}_score"],
                }
            )
            for side in ("home", "away")
        ]
    ).dropna()
    team = to_tricode(again["TEAM_ID"]).astype(TEXT).fillna(again["TEAM_ABBREVIATION"])
    asked = pd.DataFrame({"game_id": again["game_id"], "team": team, "score": again["PTS"]})
    known = pd.MultiIndex.from_frame(scores.astype({"score": "int64"}))
    evidence = pd.DataFrame(
        {
            "result": again["WL"].isin(["W", "L"]),
            "score": pd.MultiIndex.from_frame(asked.fillna({"score": -1}).astype({"score": "int64"})).isin(known),
        },
        index=again.index,
    )
    return settled(logs, key, COMPARED, evidence)
