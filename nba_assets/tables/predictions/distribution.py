"""The distribution of a prediction: a piecewise-linear quantile function through its five published quantiles.

Everything that needs more than a point forecast (probability of a line, value of a bet, CRPS, PIT) uses this module, so
that the published and the graded distribution are the same. Points are integers: the probability of going over 16.5 is
that above 16.5, of going over 17 that above 17.5 (`probability_over`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nba_assets.contracts.columns.predictions import QUANTILES

Floats = npt.NDArray[np.float64]
KNOT_LEVELS: Floats = np.array([0.0, *QUANTILES.values(), 1.0])
LOWER_TAIL, UPPER_TAIL = 1.0, 2.0
"""Width of the lowest and highest tenth, in widths of the adjacent segment; the upper tail is longer."""
HALF_POINT = 0.5
SAME_POINT = 1e-9
"""Quantiles closer than this coincide."""


def knots(frame: pd.DataFrame) -> Floats:
    """Quantiles (points) at KNOT_LEVELS, rows x 7, non-decreasing.

    Args:
        frame: p10, p25, predicted_points, p75, p90 (points); NaN without a prediction.
    """
    inner = np.maximum.accumulate(frame[list(QUANTILES)].to_numpy(dtype="float64"), axis=1)
    lowest = np.maximum(0.0, inner[:, 0] - LOWER_TAIL * (inner[:, 1] - inner[:, 0]))
    highest = inner[:, -1] + UPPER_TAIL * (inner[:, -1] - inner[:, -2])
    return np.column_stack([np.minimum(lowest, inner[:, 0]), inner, highest])


def quantiles_at(frame: pd.DataFrame, levels: npt.ArrayLike) -> Floats:
    """Quantiles (points) of each row's distribution at `levels`, rows x levels."""
    wanted = np.asarray(levels, dtype="float64")
    points = knots(frame)
    right = np.clip(np.searchsorted(KNOT_LEVELS, wanted, side="left"), 1, len(KNOT_LEVELS) - 1)
    share = (wanted - KNOT_LEVELS[right - 1]) / (KNOT_LEVELS[right] - KNOT_LEVELS[right - 1])
    return points[:, right - 1] + share * (points[:, right] - points[:, right - 1])


def probability_below(frame: pd.DataFrame, values: npt.ArrayLike) -> Floats:
    """Probability below each row's value; if quantiles coincide, their probability is a point mass.

    Args:
        frame: as for `knots`.
        values: points, one per row.
    """
    points = knots(frame)
    value = np.asarray(values, dtype="float64")[:, None]
    width = np.diff(points, axis=1)
    is_wide = width > SAME_POINT
    inside = np.clip(np.divide(value - points[:, :-1], width, out=np.zeros_like(width), where=is_wide), 0.0, 1.0)
    share = np.where(is_wide, inside, (value > points[:, :-1]).astype("float64"))
    below: Floats = (share * np.diff(KNOT_LEVELS)).sum(axis=1)
    return np.where(np.isnan(points[:, 0]) | np.isnan(value[:, 0]), np.nan, below)


def probability_over(frame: pd.DataFrame, lines: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Probability of more points than the line, and of exactly the line (0 for a line with a half)."""
    line = np.asarray(lines, dtype="float64")
    is_whole = line == np.floor(line)
    over = 1.0 - probability_below(frame, np.where(is_whole, line + HALF_POINT, line))
    under = probability_below(frame, np.where(is_whole, line - HALF_POINT, line))
    return over, np.where(is_whole, 1.0 - over - under, np.where(np.isnan(over), np.nan, 0.0))
