"""A player's share of his team's minutes and points in the upcoming game, distributed among the available players.

A mean of his last games ignores which teammates played in them. His share depends on who is expected now: every member
of the roster is weighted by how often players with his injury status play.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.windows.asof import Grouped

PLAYS = {"available": 0.95, "missed_last": 0.67, "missed_games": 0.40, "injured_list": 0.18} | {
    "probable": 0.75,
    "questionable": 0.50,
    "doubtful": 0.25,
    "ruled_out": 0.0,
}
"""Share of the archive's regulars of each injury_status who play (analytics/absences.py); of the statuses of the injury
report, which the archive does not have, the chance that the NBA defines them by."""
RATE_GAMES = 20
PRIOR_MINUTES, PRIOR_RATE = 60.0, 0.42
"""Points per minute are pulled towards the league's .42 as if he had played another 60 minutes at it."""
SECONDS = 60.0
THOUSANDTHS = 1000
"""Minutes and points are added in whole thousandths, so that a sum over a team is exact."""


def team_shares(upcoming: pd.DataFrame, by_player: Grouped, team_points: pd.Series) -> pd.DataFrame:
    """Shares of each row of upcoming_player_game_context, with its index.

    Args:
        upcoming: game_date, game_id, team, player_id, projected_minutes, injury_status, implied_team_total; complete
            teams.
        by_player: history of player_game_summary by player_id.
        team_points: points per game of the team's last games, used where the implied total is unknown.

    Returns:
        points_per_minute_shrunk, minutes_share and points_share (fraction of the team's, given that he plays and his
        teammates play with their probabilities), points_from_team_total (points), teammates_minutes_available,
        teammates_points_available, minutes_rank (1 = most expected minutes); NULL without projected minutes.
    """
    last = by_player.last_games(upcoming, RATE_GAMES)
    points = last.sum("points").astype("float64").fillna(0.0)
    minutes = last.sum("seconds_played").astype("float64").fillna(0.0) / SECONDS
    rate = (points + PRIOR_RATE * PRIOR_MINUTES) / (minutes + PRIOR_MINUTES)
    projected = upcoming["projected_minutes"]
    chance = upcoming["injury_status"].map(PLAYS).astype("float64")
    others_minutes = _of_the_others(upcoming, chance * projected)
    others_points = _of_the_others(upcoming, chance * projected * rate)
    share = projected * rate / (others_points + projected * rate).where(lambda total: total > 0)
    total = upcoming["implied_team_total"].fillna(team_points)
    return pd.DataFrame(
        {
            "points_per_minute_shrunk": rate.where(projected.notna()),
            "minutes_share": projected / (others_minutes + projected).where(lambda whole: whole > 0),
            "points_share": share,
            "points_from_team_total": share * total,
            "teammates_minutes_available": others_minutes.where(projected.notna()),
            "teammates_points_available": others_points.where(projected.notna()),
            "minutes_rank": _rank(upcoming, chance * projected),
        }
    )


def _of_the_others(upcoming: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Sum of the team's known values minus his own."""
    whole = (THOUSANDTHS * values.fillna(0.0)).round().astype("int64")
    of_team = whole.groupby([upcoming["game_id"], upcoming["team"]]).transform("sum")
    return (of_team - whole).astype("float64") / THOUSANDTHS


def _rank(upcoming: pd.DataFrame, expected: pd.Series) -> pd.Series:
    """Rank by expected minutes within the team, from 1; ties go to the lower player_id."""
    order = upcoming.assign(expected=-expected).sort_values(["game_id", "team", "expected", "player_id"], kind="stable")
    places = order.groupby(["game_id", "team"]).cumcount() + 1
    rank = places.reindex(upcoming.index).astype("Int64")
    return rank.where(pd.Series(np.isfinite(expected), index=upcoming.index))
