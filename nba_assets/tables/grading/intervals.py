"""95 % intervals of errors by resampling days, and what all reports of accuracy have in common."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

FIRST_PREDICTED = date(2021, 12, 18)
"""The first cut-off of a model: from here on every game day must have predictions."""
ALL_SEASONS = "all"
DRAWS, SEED = 1_000, 20_211_218
INTERVAL = (2.5, 97.5)


def interval(day_sums: npt.NDArray[np.int64], day_rows: npt.NDArray[np.int64]) -> tuple[float, float]:
    """95 % interval of a mean over rows, resampling whole days; NaN without rows.

    Args:
        day_sums: sum of the values of each day.
        day_rows: rows of each day.
    """
    days = len(day_rows)
    if not days or not day_rows.sum():
        return float("nan"), float("nan")
    weights = _draws(days)
    rows = weights @ day_rows
    means = (weights @ day_sums)[rows > 0] / rows[rows > 0]
    low, high = np.percentile(means, INTERVAL)
    return float(low), float(high)


@lru_cache(maxsize=32)
def _draws(days: int) -> npt.NDArray[np.int64]:
    """How often each of the days is in each bootstrap draw (draws x days).

    The same draws for every system of the same days, so that differences between systems are of the same days.
    """
    return np.random.default_rng(SEED).multinomial(days, np.full(days, 1 / days), size=DRAWS)
