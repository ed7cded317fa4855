"""Formulas of basketball statistics: pure and elementwise, so a row has the same result alone and within a season.

Every function takes aligned Series and returns a float64 Series with their index, NaN where an argument is NULL or a
denominator is 0. Playing time is in minutes. The free-throw weight .44 is the share of free throws that end a
possession, as used by basketball-reference.com and NBA.com.
"""

from __future__ import annotations

import pandas as pd

FREE_THROW_WEIGHT = 0.44
REGULATION_MINUTES = 240
"""Five players for 48 minutes."""
OVERTIME_MINUTES = 25
"""Five players for 5 minutes."""


def as_float(values: pd.Series) -> pd.Series:
    """The values as float64 with NaN for NULL, from any numeric or nullable dtype."""
    return values.astype("float64")


def divide(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """Quotient as float64; NaN where the denominator is 0 or NULL."""
    under = as_float(denominator)
    return as_float(numerator) / under.where(under != 0)


def overtime_periods(team_minutes: pd.Series) -> pd.Series:
    """Number of overtimes from a team's published minutes, as Int64.

    Published team minutes are off by a few minutes in half of the rows; an overtime adds 25, so rounding is safe.
    """
    return ((as_float(team_minutes) - REGULATION_MINUTES) / OVERTIME_MINUTES).round().astype("Int64")


def playing_minutes(overtimes: pd.Series) -> pd.Series:
    """Playing time of the five players of a team together in minutes: 240 plus 25 per overtime."""
    return REGULATION_MINUTES + OVERTIME_MINUTES * as_float(overtimes)


def plays_used(attempts: pd.Series, free_throw_attempts: pd.Series, turnovers: pd.Series) -> pd.Series:
    """FGA + .44 FTA + TOV: the possessions that a player or a team ended."""
    return as_float(attempts) + FREE_THROW_WEIGHT * as_float(free_throw_attempts) + as_float(turnovers)


def possessions(box: pd.DataFrame) -> pd.Series:
    """FGA + .44 FTA - ORB + TOV of a team's box score (NBA.com's simple form).

    Columns: field_goals_attempted, free_throws_attempted, offensive_rebounds, turnovers.
    """
    return (
        as_float(box["field_goals_attempted"])
        + FREE_THROW_WEIGHT * as_float(box["free_throws_attempted"])
        - as_float(box["offensive_rebounds"])
        + as_float(box["turnovers"])
    )


def pace(own_possessions: pd.Series, opponent_possessions: pd.Series, game_minutes: pd.Series) -> pd.Series:
    """Possessions per 48 minutes: 48 * mean of both sides / (TmMIN / 5), basketball-reference.com's pace factor.

    Args:
        game_minutes: `playing_minutes`, 240 for a game without overtime.
    """
    return divide(48 * (as_float(own_possessions) + as_float(opponent_possessions)) / 2, as_float(game_minutes) / 5)


def rating(points: pd.Series, own_possessions: pd.Series) -> pd.Series:
    """Points per 100 possessions (Dean Oliver, Basketball on Paper)."""
    return divide(100 * as_float(points), own_possessions)


def usage_rate(used: pd.Series, minutes: pd.Series, team_used: pd.Series, game_minutes: pd.Series) -> pd.Series:
    """Percent (0-100) of the team's plays that a player ended while on court.

    100 * used * (TmMIN / 5) / (MIN * team used), basketball-reference.com's USG%; `used` and `team_used` are
    `plays_used` of the player and of his team.
    """
    return divide(100 * as_float(used) * (as_float(game_minutes) / 5), as_float(minutes) * as_float(team_used))


def true_shooting(points: pd.Series, attempts: pd.Series, free_throw_attempts: pd.Series) -> pd.Series:
    """PTS / (2 (FGA + .44 FTA)), basketball-reference.com's TS%; from 0 to 1.5."""
    return divide(points, 2 * (as_float(attempts) + FREE_THROW_WEIGHT * as_float(free_throw_attempts)))


def effective_field_goal(made: pd.Series, threes_made: pd.Series, attempts: pd.Series) -> pd.Series:
    """(FGM + .5 3PM) / FGA, basketball-reference.com's eFG%; from 0 to 1.5."""
    return divide(as_float(made) + 0.5 * as_float(threes_made), attempts)


def game_score(box: pd.DataFrame) -> pd.Series:
    """John Hollinger's game score, to one decimal as it is printed.

    PTS + .4 FGM - .7 FGA - .4 (FTA - FTM) + .7 ORB + .3 DRB + STL + .7 AST + .7 BLK - .4 PF - TOV, from
    basketball-reference.com's glossary. Computed in whole tenths, so that it is exact.
    """
    tenths = (
        10 * (as_float(box["points"]) + as_float(box["steals"]) - as_float(box["turnovers"]))
        + 4 * (as_float(box["field_goals_made"]) - as_float(box["personal_fouls"]))
        - 7 * as_float(box["field_goals_attempted"])
        - 4 * (as_float(box["free_throws_attempted"]) - as_float(box["free_throws_made"]))
        + 7 * (as_float(box["offensive_rebounds"]) + as_float(box["assists"]) + as_float(box["blocks"]))
        + 3 * as_float(box["defensive_rebounds"])
    )
    return tenths / 10
