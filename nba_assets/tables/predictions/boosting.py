"""Gradient boosting of points on the feature store: four heads, each a LightGBM model in its text form.

median minimises the absolute error, mean the squared one, timed is a median that never saw a line of the game, scale
says how far off the median usually is, without such a line either. What a bet rests on may not know an untimed closing
line; a model that learned with lines and is asked without them is several points too low, for it takes a missing line
for a small one. The same rows give the same text, byte for byte: seeds, the number of threads and the order of the
histograms' sums are fixed in the parameters, and the rows come sorted by key. One thread a model: two models beside
each other use two cores better than two threads that wait for one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from nba_assets.tables.precompute.features import FEATURE_NAMES
from nba_assets.tables.predictions.learning import TIMED_NAMES, Trained, sha256_of

Floats = npt.NDArray[np.float64]
SYSTEM_ID = "gradient_boosting"
TRAINING_DAYS = 1460
"""Four years."""
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
READS: Mapping[str, tuple[str, ...]] = {
    "median": tuple(FEATURE_NAMES),
    "mean": tuple(FEATURE_NAMES),
    "timed": TIMED_NAMES,
    "scale": TIMED_NAMES,
}
"""Features by head."""
SMALLEST_SCALE = 0.5
"""Points; a head that fits a mean may fall to nothing where there are few rows."""


def fingerprint(features: Floats, points: Floats) -> str:
    """sha256 of what a model is made of: rows, target, names, parameters and the library's version."""
    return sha256_of([HEADS, READS, lightgbm.__version__], features, points)


def largest_effects(text: str) -> None:
    """A tree has no coefficients."""
    return None


def trained(features: Floats, points: Floats) -> dict[str, Trained]:
    """Each head, trained on the rows (features x points).

    Heads that read the same features share one set of bins. scale learns how far off the median is.
    """
    seeing, blind = _binned(READS["median"], features, points), _binned(READS["timed"], features, points)
    found: dict[str, Trained] = {}
    found["median"], said = _fit("median", seeing, points)
    found["mean"], _ = _fit("mean", seeing, points)
    found["timed"], _ = _fit("timed", blind, points)
    found["scale"], _ = _fit("scale", blind, np.abs(points - said))
    return found


def predicted(text: str, features: Floats) -> Floats:
    """What a head says of the rows (all features, of which it takes those that it learned from)."""
    model = lightgbm.Booster(model_str=text)
    found: Floats = np.asarray(model.predict(_columns(features, model.feature_name()), num_threads=1), dtype="float64")
    return found


def _columns(features: Floats, names: Sequence[str]) -> Floats:
    places = {name: place for place, name in enumerate(FEATURE_NAMES)}
    return features[:, [places[name] for name in names]]


def _binned(names: Sequence[str], features: Floats, points: Floats) -> lightgbm.Dataset:
    """The columns of these names in LightGBM's bins, which depend on the parameters that all heads have."""
    own = _columns(features, names)
    data = lightgbm.Dataset(own, points, feature_name=list(names), params=dict(_COMMON), free_raw_data=True)
    return data.construct()


def _fit(head: str, data: lightgbm.Dataset, target: Floats) -> tuple[Trained, Floats]:
    """The head trained on the rows, and what it says of them."""
    said: list[Floats] = []

    def hear(predictions: Floats, _: lightgbm.Dataset) -> tuple[str, float, bool]:
        said.append(predictions.copy())
        return "heard", 0.0, False

    data.set_label(target)
    # The booster that trained holds what it says of its rows; to ask its text would walk through all trees again.
    booster = lightgbm.train(dict(HEADS[head]), data, keep_training_booster=True)
    booster.eval_train(hear)
    return Trained(booster.model_to_string(), float(np.abs(said[0] - target).mean())), said[0]
