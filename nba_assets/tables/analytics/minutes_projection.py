"""Projected minutes of a player if he plays: a fixed rule over his earlier games.

The weights are rounded least-absolute-deviation fits on the player-games of 2021-22 to 2023-24 with three or more
earlier games. Mean absolute error in minutes (in parentheses: that of the mean of the last 10 games):

    2021-22 4.94 (5.24), 2022-23 5.00 (5.34), 2023-24 4.87 (5.19); out of sample, 2024-25: 4.90 (5.23).
"""

from __future__ import annotations

import pandas as pd

from nba_assets.windows.asof import Grouped

LAST_GAME, LAST_3, LAST_10, SEASON = 0.18, 0.25, 0.34, 0.23
"""Weights of the minutes of the last game and of the means of the last 3, the last 10 games and the season."""
SEASON_GAMES = 3
"""Games played this season from which on its mean is used, else that of the last 10."""
NEW_STARTER = 2.1
"""Minutes more of a man who started the last game and none of the last 10; fewer of one who lost his place."""
PLAYOFF_SHIFT = 0.15
"""Rotations are shorter in the playoffs: this share of the distance from PLAYOFF_MINUTES is added to the usual."""
PLAYOFF_MINUTES = 20.0
RETURN_CUT = 0.022
"""Share of the usual minutes that each game missed in a row, up to LONGEST_ABSENCE, costs on the return."""
LONGEST_ABSENCE = 10
FREED_SHARE = 0.054
"""Share of teammates_newly_out_minutes that falls to a man of FREED_MINUTES a game; less to those who play longer or
shorter, none to those FREED_MINUTES away."""
FREED_MINUTES = 20.0
LONGEST = 48.0


def projected_minutes(rows: pd.DataFrame, by_player: Grouped) -> pd.Series:
    """Expected minutes if he plays, from 0 to 48; NULL without a game in 400 days.

    Args:
        rows: game_date, player_id, season_type, games_missed_in_a_row, minutes_avg_last_10, minutes_avg_season,
            games_played_season, starts_last_10, games_used_last_10, teammates_newly_out_minutes.
        by_player: history of player_game_summary by player_id.
    """
    usual = rows["minutes_avg_last_10"]
    season = rows["minutes_avg_season"].where(rows["games_played_season"] >= SEASON_GAMES, usual)
    last, last_3 = by_player.last_games(rows, 1), by_player.last_games(rows, 3)
    projected = (
        LAST_GAME * last.mean("seconds_played") / 60
        + LAST_3 * last_3.mean("seconds_played") / 60
        + LAST_10 * usual
        + SEASON * season
    )
    # A change of role cannot be seen where no source has the starters.
    starts = rows["starts_last_10"].astype("float64") / rows["games_used_last_10"].astype("float64")
    projected += (NEW_STARTER * (last.mean("is_starter") - starts)).fillna(0.0)
    is_playoffs = (rows["season_type"] == "playoffs").fillna(False).astype(bool)
    projected += (PLAYOFF_SHIFT * (usual - PLAYOFF_MINUTES)).where(is_playoffs, 0.0)
    missed = rows["games_missed_in_a_row"].astype("float64").clip(upper=LONGEST_ABSENCE).fillna(0.0)
    projected -= RETURN_CUT * missed * usual
    nearness = (1 - (usual - FREED_MINUTES).abs() / FREED_MINUTES).clip(lower=0.0)
    projected += FREED_SHARE * rows["teammates_newly_out_minutes"] * nearness
    return projected.clip(0.0, LONGEST)
