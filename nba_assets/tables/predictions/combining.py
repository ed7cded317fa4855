"""Combination of systems: weights that add up to one, from the errors of earlier days.

The weights of a day minimise the variance of the error over the past year: the optimal convex combination, computed
exactly by trying every subset of systems with positive weight (Bates and Granger 1969, with non-negative weights).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
RIDGE = 1e-9
"""Share of the mean variance added to the diagonal, so that identical systems also have a solution."""


def convex_weights(covariance: Floats) -> Floats:
    """Non-negative weights of minimum variance, adding up to 1.

    Args:
        covariance: covariance of the systems' errors, n x k x k; NaN gives NaN.

    Returns:
        n x k.
    """
    n, k, _ = covariance.shape
    is_known = np.isfinite(covariance).all(axis=(1, 2)) & (np.trace(covariance, axis1=1, axis2=2) > 0)
    ridge = RIDGE * np.trace(covariance, axis1=1, axis2=2)[:, None, None] * np.eye(k)
    usable = np.where(is_known[:, None, None], covariance + ridge, np.eye(k))
    best, least = np.zeros((n, k)), np.full(n, np.inf)
    for size in range(1, k + 1):
        for chosen in combinations(range(k), size):
            part = usable[:, chosen][:, :, chosen]
            shares = np.linalg.solve(part, np.ones((n, size, 1)))[:, :, 0]
            total = shares.sum(axis=1)
            weights = shares / total[:, None]
            variance = 1.0 / total
            is_better = (weights >= 0).all(axis=1) & (variance > 0) & (variance < least)
            found = np.zeros((n, k))
            found[:, chosen] = weights
            best[is_better], least[is_better] = found[is_better], variance[is_better]
    return np.where(is_known[:, None], best, np.nan)


def combined(values: pd.DataFrame, weights: pd.DataFrame, systems: Sequence[str]) -> pd.Series:
    """Weighted mean of the systems' predictions, over those present; NULL if none with a weight is.

    Args:
        values: one column per system.
        weights: one column per system, the same index; NULL counts as 0.
        systems: fixes the order of addition, so that equal rows have the same sum to the last bit.
    """
    top = pd.Series(0.0, index=values.index)
    bottom = pd.Series(0.0, index=values.index)
    for system in systems:
        weight = weights[system].astype("float64").fillna(0.0).where(values[system].notna(), 0.0)
        top = top + weight * values[system].fillna(0.0)
        bottom = bottom + weight
    return top / bottom.where(bottom > 0)


def shrunk(weights: Floats, rows: pd.Series, prior: Mapping[str, float], prior_rows: float) -> Floats:
    """The weights shrunk towards the prior, which weighs as much as `prior_rows` player-games; the prior if NaN."""
    count = rows.to_numpy(dtype="float64")[:, None]
    share = np.where(np.isnan(weights), 0.0, count / (count + prior_rows))
    return share * np.nan_to_num(weights) + (1 - share) * np.array(list(prior.values()))
