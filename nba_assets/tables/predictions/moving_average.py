"""The moving average: the mean of the player's last games, plus a fixed adjustment for each condition of today's game.

The constants are least-absolute-deviation fits on the player-games of 2021-22 to 2023-24 (three earlier games or more),
rounded, unless marked as set by hand; the errors of those seasons are in-sample. Mean absolute error in points (in
brackets that of the mean of the last 10 games):

    2021-22 4.565 (4.694), 2022-23 4.591 (4.764), 2023-24 4.462 (4.651); on 2024-25, out of sample, 4.564 (4.735).
"""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball import as_float, divide

LAST_5, LAST_10, SEASON = 0.5, 0.3, 0.2
"""Weights of the means of the last 5 games, the last 10 games and the season. Not fitted: they define the system."""
MINUTES = 0.78
"""Share applied of the points that the change of minutes is worth at the player's points per minute."""
FORM = 0.30
"""Share of the difference from the base to points_ewma: five games are too small a sample."""
SEASON_RATE = 0.40
"""Share of the difference from the base's points per minute to those of the season, times projected minutes."""
PRIOR_SEASON, PRIOR_GAMES = 0.30, 15.0
"""Share of the difference to last season's mean before the first game of this season; half of it after PRIOR_GAMES (set
by hand: 8 would be .0005 points better, 30 .0025 worse)."""
SCALE = 10.0
"""Base (points) to which the next five constants and TOTAL apply; they are scaled in proportion to the base."""
FATIGUE = 0.002
"""Points per point of fatigue_score below 100, set by hand: the fits disagree on the sign (least squares .004, least
absolute deviation -.005, perhaps because the score includes playing time). Fatigue must not raise a prediction; this is
almost zero."""
MISMATCH = 0.04
"""Points per percentage point of shot_zone_mismatch_score."""
POSITION = 0.08
"""Points per point per 36 minutes of opponent_allowed_to_position."""
PACE = 0.09
"""Points per possession of pace_score."""
USAGE = 0.07
"""Points per unit of usage_spike_score; most of its information is in the season's rate and the minutes."""
VENUE = 0.045
"""Points added at home and subtracted away."""
TOTAL = 0.018
"""Points per point of implied_team_total above the team's usual score."""
MOST_RISE = 15.0
"""Bound of that difference, set by hand; larger ones come from a team's pace or rating over a handful of games."""
MEDIAN = -0.68
"""Median minus mean of a player's points; about the same for all players."""


def moving_average(rows: pd.DataFrame) -> pd.DataFrame:
    """Median points of each player if he plays, with components.

    Args:
        rows: ml_feature_store_v2: points_avg_last_5, points_avg_last_10, points_avg_season, minutes_avg_last_5,
            minutes_avg_last_10, minutes_avg_season, projected_minutes, points_per_minute_ewma,
            points_per_minute_season, points_ewma, points_avg_prior_season, games_played_season, fatigue_score,
            shot_zone_mismatch_score, opponent_allowed_to_position, pace_score, usage_spike_score, home_away,
            implied_team_total, team_off_rating, team_pace.

    Returns:
        Indexed like the rows, float64, in points: `points` (0 or more; NULL, like all components, without a mean of the
        last 5 and 10 games) and the components that add up to it: base, minutes, long_run (effect of longer means),
        fatigue, matchup, pace, usage, venue, total, median, clip (raises a negative sum to 0). An unknown component is
        0.
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
    """Points of the team's implied total above its usual score, -15 to 15; 0 where either is unknown.

    The level itself is no signal: it rose by more than three points from 2021-22 to 2022-23, like all averages.

    Args:
        rows: implied_team_total, team_off_rating, team_pace.
    """
    usual = as_float(rows["team_off_rating"]) * as_float(rows["team_pace"]) / 100
    return known((as_float(rows["implied_team_total"]) - usual).clip(-MOST_RISE, MOST_RISE))


def known(values: pd.Series) -> pd.Series:
    """The values as float64, 0 where unknown."""
    return as_float(values).fillna(0.0)


def added_up(parts: dict[str, pd.Series], is_known: pd.Series) -> pd.DataFrame:
    """`points` = sum of the parts, at least 0, followed by the parts and `clip`; all NULL where not `is_known`.

    Added column by column, so that a row's sum does not depend, to the last bit, on other rows. NULL counts as 0.
    """
    total = sum((known(part) for part in parts.values()), start=pd.Series(0.0, index=is_known.index))
    made = pd.DataFrame({"points": total.clip(lower=0.0), **parts, "clip": (-total).clip(lower=0.0)})
    return made.where(is_known)


def _blend(rows: pd.DataFrame, what: str) -> pd.Series:
    """Weighted mean of the last 5, the last 10 games and the season (the last 10 before its first game)."""
    last_10 = as_float(rows[f"{what}_avg_last_10"])
    season = as_float(rows[f"{what}_avg_season"]).fillna(last_10)
    return LAST_5 * as_float(rows[f"{what}_avg_last_5"]) + LAST_10 * last_10 + SEASON * season
