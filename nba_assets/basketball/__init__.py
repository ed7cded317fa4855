"""The domain: season calendar, cut-offs, formulas, teams, arenas, player names, odds and consensus lines.

What belongs here: facts and pure functions of basketball and betting, independent of tables, files and databases.
Statistical formulas are imported from here as `basketball.true_shooting(...)`.
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
