"""The points line of a player before the game, and the results of his earlier lines."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.quotes import line_movement
from nba_assets.windows.asof import History

RECENT_GAMES = 10


def lines_of(quotes: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """The consensus line of each player-game before its tip-off, its first value, and its movement.

    Args:
        quotes: rows of prop_lines.
        games: game_id, tipoff_at. Only quotes known before tip-off are used (05:00 US Eastern where it is unknown).

    Returns:
        game_id, player_id and the columns of `line_movement`.
    """
    return line_movement(quotes, games[["game_id", "tipoff_at"]]).drop(columns="game_date")


def line_streaks(target: pd.DataFrame, played: History) -> pd.DataFrame:
    """over_streak, under_streak: number of newest consecutive games over or under the line; a push ends both.

    Only games with a line count; without one in 400 days both are NULL. lined_games_last_10 is the number of the last
    10 games with a line.
    """
    with_flag = played.assign(has_line=lambda f: f["over_under_result"].notna())
    recent = with_flag.by("player_id").last_games(target, RECENT_GAMES)
    lined = with_flag.where(lambda f: f["over_under_result"].notna()).by("player_id").earlier(target)
    streak, newest = lined.streak("over_under_result"), lined.newest("over_under_result")
    return pd.DataFrame(
        {
            "lined_games_last_10": recent.sum("has_line").fillna(0),
            "over_streak": streak.mask((newest != "OVER").fillna(False).astype(bool), 0),
            "under_streak": streak.mask((newest != "UNDER").fillna(False).astype(bool), 0),
        },
        index=target.index,
    )
