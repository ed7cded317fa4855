"""Gradient boosting of points on the feature store: four heads, each a LightGBM model in its text form.

median minimises the absolute error, mean the squared one, timed is a median that never saw a line of the game, scale
says how far off the median usually is, without such a line either. What a bet rests on may not know an untimed closing
line; a model that learned with lines and is asked without them is several points too low, for it takes a missing line
for a small one. The same rows give the same text, byte for byte: seeds, the number of threads and the order of the
histograms' sums are fixed in the parameters, and the rows come sorted by key. One thread a model: two models beside
each other use two cores better than two threads that wait for one another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd

from nba_assets.precompute.features import FEATURE_NAMES

Floats = npt.NDArray[np.float64]
UNTIMED = ("spread", "total", "implied_team_total", "points_from_team_total")
"""Features of the game's line, which may be an untimed closing line, and what is made of them."""
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
    "timed": {**_COMMON, "objective": "l1", "num_iterations": 150},
    "scale": {**_COMMON, "objective": "l2", "num_iterations": 60, "num_leaves": 15},
}
"""Parameters by head; tuned on 2021-22 to 2023-24 (docs/experiments.md)."""
_BLIND = tuple(name for name in FEATURE_NAMES if name not in UNTIMED)
READS: Mapping[str, tuple[str, ...]] = {
    "median": tuple(FEATURE_NAMES),
    "mean": tuple(FEATURE_NAMES),
    "timed": _BLIND,
    "scale": _BLIND,
}
"""Features by head."""
SMALLEST_SCALE = 0.5
"""Points; a head that fits a mean may fall to nothing where there are few rows."""


def matrix(rows: pd.DataFrame) -> Floats:
    """The features in their order, rows x features, NaN where unknown."""
    return rows[list(FEATURE_NAMES)].astype("float64").to_numpy()


def fingerprint(features: Floats, points: Floats) -> str:
    """sha256 of what a model is made of: rows, target, names, parameters and the library's version."""
    digest = hashlib.sha256(json.dumps([HEADS, READS, lightgbm.__version__], sort_keys=True).encode())
    digest.update(np.ascontiguousarray(np.where(np.isnan(features), np.nan, features)).data)
    digest.update(np.ascontiguousarray(points).data)
    return digest.hexdigest()


def trained(features: Floats, points: Floats) -> dict[str, str]:
    """The text of each head, trained on the rows (features x points)."""
    texts = {head: _fit(head, features, points).model_to_string() for head in ("median", "mean", "timed")}
    distance = np.abs(points - predicted(texts["median"], features))
    return texts | {"scale": _fit("scale", features, distance).model_to_string()}


def predicted(text: str, features: Floats) -> Floats:
    """What a head says of the rows (all features, of which it takes those that it learned from)."""
    model = lightgbm.Booster(model_str=text)
    found: Floats = np.asarray(model.predict(_columns(features, model.feature_name()), num_threads=1), dtype="float64")
    return found


def _columns(features: Floats, names: Sequence[str]) -> Floats:
    places = {name: place for place, name in enumerate(FEATURE_NAMES)}
    return features[:, [places[name] for name in names]]


def _fit(head: str, features: Floats, target: Floats) -> lightgbm.Booster:
    names = list(READS[head])
    own = _columns(features, names)
    data = lightgbm.Dataset(own, target, feature_name=names, params={"verbosity": -1}, free_raw_data=True)
    return lightgbm.train(dict(HEADS[head]), data)
