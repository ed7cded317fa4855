"""The domain, pure: season calendar and cut-offs, formulas, teams, arenas, names, odds and what quotes say together.

What belongs here: facts and functions of basketball and betting that know no table, file or database. The formulas of
statistics are imported from here as `basketball.true_shooting(...)`.
"""

from nba_assets.basketball.formulas import (
    FREE_THROW_WEIGHT,
    OVERTIME_MINUTES,
    REGULATION_MINUTES,
    as_float,
    divide,
    effective_field_goal,
    game_score,
    overtime_periods,
    pace,
    playing_minutes,
    plays_used,
    possessions,
    rating,
    true_shooting,
    usage_rate,
)

__all__ = [
    "FREE_THROW_WEIGHT",
    "OVERTIME_MINUTES",
    "REGULATION_MINUTES",
    "as_float",
    "divide",
    "effective_field_goal",
    "game_score",
    "overtime_periods",
    "pace",
    "playing_minutes",
    "plays_used",
    "possessions",
    "rating",
    "true_shooting",
    "usage_rate",
]
