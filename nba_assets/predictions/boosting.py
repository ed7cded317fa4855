"""Gradient boosting of points on the feature store: three heads, each a LightGBM model in its text form.

median minimises the absolute error, mean the squared one, scale says how far off the median usually is. The same rows
give the same text, byte for byte: seeds, the number of threads and the order of the histograms' sums are fixed in the
parameters, and the rows come sorted by key. One thread a model: two models beside each other use two cores better than
two threads that wait for one another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd

from nba_assets.precompute.features import FEATURE_NAMES

Floats = npt.NDArray[np.float64]
FEWEST_GAMES = 3
"""Earlier games from which on a player-game is learned from and predicted."""
_COMMON: Mapping[str, Any] = {
    "num_leaves": 31,
    "learning_rate": 0.08,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "seed": 7,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
HEADS: Mapping[str, Mapping[str, Any]] = {
    "median": {**_COMMON, "objective": "l1", "num_iterations": 150},
    "mean": {**_COMMON, "objective": "l2", "num_iterations": 100},
    "scale": {**_COMMON, "objective": "l2", "num_iterations": 60, "num_leaves": 15},
}
"""Parameters by head; tuned on 2021-22 to 2023-24 (docs/experiments.md)."""
SMALLEST_SCALE = 0.5
"""Points; a head that fits a mean may fall to nothing where there are few rows."""


def matrix(rows: pd.DataFrame) -> Floats:
    """The features in their order, rows x features, NaN where unknown."""
    return rows[list(FEATURE_NAMES)].astype("float64").to_numpy()


def fingerprint(features: Floats, points: Floats) -> str:
    """sha256 of what a model is made of: rows, target, names, parameters and the library's version."""
    digest = hashlib.sha256(json.dumps([HEADS, FEATURE_NAMES, lightgbm.__version__], sort_keys=True).encode())
    digest.update(np.ascontiguousarray(np.where(np.isnan(features), np.nan, features)).data)
    digest.update(np.ascontiguousarray(points).data)
    return digest.hexdigest()


def trained(features: Floats, points: Floats) -> dict[str, str]:
    """The text of each head, trained on the rows (features x points)."""
    median = _fit("median", features, points)
    texts = {"median": median.model_to_string(), "mean": _fit("mean", features, points).model_to_string()}
    distance = np.abs(points - np.asarray(median.predict(features, num_threads=1)))
    return texts | {"scale": _fit("scale", features, distance).model_to_string()}


def predicted(text: str, features: Floats) -> Floats:
    """What a head says of the rows."""
    found: Floats = np.asarray(lightgbm.Booster(model_str=text).predict(features, num_threads=1), dtype="float64")
    return found


def _fit(head: str, features: Floats, target: Floats) -> lightgbm.Booster:
    names = list(FEATURE_NAMES)
    data = lightgbm.Dataset(features, target, feature_name=names, params={"verbosity": -1}, free_raw_data=True)
    return lightgbm.train(dict(HEADS[head]), data)
