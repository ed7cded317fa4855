"""95 % confidence intervals of errors, bootstrapped by day, and constants shared by all accuracy reports."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

FIRST_PREDICTED = date(2021, 12, 18)
"""First training cut-off: from this day on every game day must have predictions."""
ALL_SEASONS = "all"
DRAWS, SEED = 1_000, 20_211_218
INTERVAL = (2.5, 97.5)


def interval(day_sums: npt.NDArray[np.int64], day_rows: npt.NDArray[np.int64]) -> tuple[float, float]:
    """95 % bootstrap interval of a mean over rows, resampling days; NaN without rows.

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


@lru_cache(maxsize=256)
def _draws(days: int) -> npt.NDArray[np.uint8]:
    """How often each day occurs in each bootstrap draw (draws x days).

    Systems with the same days share the draws, so that their differences are computed on the same days. A day occurs
    once on average and never 256 times, so a byte is enough, and a process keeps the draws of all documents.
    """
    return np.random.default_rng(SEED).multinomial(days, np.full(days, 1 / days), size=DRAWS).astype(np.uint8)
