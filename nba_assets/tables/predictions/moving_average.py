"""The moving average: the mean of his last games, with one stated number of points for each thing that differs today.

The constants are least-absolute-deviation fits on the player-games of 2021-22 to 2023-24 (three earlier games or more),
rounded, unless they say that they were set by hand; the errors of those seasons are of the rows fitted. Mean absolute
error in points, against that of the mean of the last 10 games:

    2021-22 4.565 (4.694), 2022-23 4.591 (4.764), 2023-24 4.462 (4.651); on 2024-25, which the fit has not seen, 4.564
    (4.735).
"""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball import as_float, divide

LAST_5, LAST_10, SEASON = 0.5, 0.3, 0.2
"""Weights of the means of the last 5, the last 10 games and the season: not fitted, they are what the system is."""
MINUTES = 0.78
"""Share that counts of the points that the change of minutes is worth at his points per minute."""
FORM = 0.30
"""Share of the way from the base to points_ewma: five games are too few to go by."""
SEASON_RATE = 0.40
"""Share of the way from the base's points per minute to those of the season, over the projected minutes."""
PRIOR_SEASON, PRIOR_GAMES = 0.30, 15.0
"""Share of the way to the mean of last season before the first game of this one; half of it after PRIOR_GAMES
(set by hand: 8 would be .0005 points better, 30 .0025 worse)."""
SCALE = 10.0
"""Points of a base for which the next five and the total hold; they grow in proportion to the base."""
FATIGUE = 0.002
"""Points for each point of fatigue_score below 100, set by hand: the fits disagree on the sign (least squares .004,
least absolute deviation -.005, perhaps as the score counts how much he plays). Tired must not raise; this is
near none."""
MISMATCH = 0.04
"""Points for each percentage point of shot_zone_mismatch_score."""
POSITION = 0.08
"""Points for each point per 36 minutes of opponent_allowed_to_position."""
PACE = 0.09
"""Points for each possession of pace_score."""
USAGE = 0.07
"""Points for each unit of usage_spike_score; most of what it says is in the season's rate and the minutes."""
VENUE = 0.045
"""Points more at home, fewer away."""
TOTAL = 0.018
"""Points for each point that implied_team_total lies above what his team usually scores."""
MOST_RISE = 15.0
"""Bound of that difference, set by hand; beyond, the team's pace or rating is that of a handful of games."""
MEDIAN = -0.68
"""Median of what a player scores less its mean. It is about the same for all."""


def moving_average(rows: pd.DataFrame) -> pd.DataFrame:
    """Points of each player if he plays, as the median, and where they come from.

    Args:
        rows: ml_feature_store_v2: points_avg_last_5, points_avg_last_10, points_avg_season, minutes_avg_last_5,
            minutes_avg_last_10, minutes_avg_season, projected_minutes, points_per_minute_ewma,
            points_per_minute_season, points_ewma, points_avg_prior_season, games_played_season, fatigue_score,
            shot_zone_mismatch_score, opponent_allowed_to_position, pace_score, usage_spike_score, home_away,
            implied_team_total, team_off_rating, team_pace.

    Returns:
        With the index of the rows, float64, in points: `points` (0 or more; NULL, as all the rest, without a mean of
        the last 5 and 10 games) and what adds up to it: base, minutes, long_run (what longer means add), fatigue,
        matchup, pace, usage, venue, total, median, clip (what lifts a negative sum to 0). A part that is unknown is 0.
    """
    base = _blend(rows, "points")
    minutes = _blend(rows, "minutes")
    projected = as_float(rows["projected_minutes"])
    scale = base / SCALE
    games = as_float(rows["games_played_season"])
    long_run = (
        known(FORM * (as_float(rows["points_ewma"]) - base))
        + known(SEASON_RATE * (as_float(rows["points_per_minute_season"]) - divide(base, minutes)) * projected)
        + known(PRIOR_SEASON * (as_float(rows["points_avg_prior_season"]) - base) / (1 + games / PRIOR_GAMES))
    )
    parts = {
        "base": base,
        "minutes": known(MINUTES * (projected - minutes) * as_float(rows["points_per_minute_ewma"])),
        "long_run": long_run,
        "fatigue": scale * FATIGUE * known(as_float(rows["fatigue_score"]) - 100),
        "matchup": scale
        * (MISMATCH * known(rows["shot_zone_mismatch_score"]) + POSITION * known(rows["opponent_allowed_to_position"])),
        "pace": scale * PACE * known(rows["pace_score"]),
        "usage": scale * USAGE * known(rows["usage_spike_score"]),
        "venue": scale * VENUE * known(2 * as_float(rows["home_away"]) - 1),
        "total": scale * TOTAL * team_total_rise(rows),
        "median": pd.Series(MEDIAN, index=rows.index),
    }
    return added_up(parts, base.notna())


def team_total_rise(rows: pd.DataFrame) -> pd.Series:
    """Points that the market gives his team above what it usually scores, -15 to 15; 0 where either is unknown.

    The level itself says nothing: it rose by more than three points from 2021-22 to 2022-23, and all means with it.

    Args:
        rows: implied_team_total, team_off_rating, team_pace.
    """
    usual = as_float(rows["team_off_rating"]) * as_float(rows["team_pace"]) / 100
    return known((as_float(rows["implied_team_total"]) - usual).clip(-MOST_RISE, MOST_RISE))


def known(values: pd.Series) -> pd.Series:
    """The values as float64, 0 where unknown: a part that nobody knows adds nothing."""
    return as_float(values).fillna(0.0)


def added_up(parts: dict[str, pd.Series], is_known: pd.Series) -> pd.DataFrame:
    """`points` = the sum of the parts, not below 0, then the parts and `clip`; all NULL where not `is_known`.

    Added column by column, so that a row's sum has the same bits alone and among others. A NULL part counts 0.
    """
    total = sum((known(part) for part in parts.values()), start=pd.Series(0.0, index=is_known.index))
    made = pd.DataFrame({"points": total.clip(lower=0.0), **parts, "clip": (-total).clip(lower=0.0)})
    return made.where(is_known)


def _blend(rows: pd.DataFrame, what: str) -> pd.Series:
    """Weighted mean of the last 5, the last 10 games and the season (the last 10 before its first game)."""
    last_10 = as_float(rows[f"{what}_avg_last_10"])
    season = as_float(rows[f"{what}_avg_season"]).fillna(last_10)
    return LAST_5 * as_float(rows[f"{what}_avg_last_5"]) + LAST_10 * last_10 + SEASON * season
