"""Gradient boosting of points on the feature store: four heads, each a LightGBM model in its text form.

median minimises the absolute error, mean the squared one, timed is a median trained without lines of the game, and
scale predicts the absolute error of the median, also without lines. The probabilities of a bet must not depend on an
untimed closing line, and a model that was trained with lines predicts several points too low without them, because it
treats a missing line like a low one. Equal rows give the same text, byte for byte: seeds, number of threads and the
order of histogram sums are fixed in the parameters, and the rows are sorted by key. Each model has one thread: two
models in parallel use two cores better than two threads of one model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nba_assets.tables.precompute.features import FEATURE_NAMES
from nba_assets.tables.predictions.learning import TIMED_NAMES, Trained

if TYPE_CHECKING:
    import lightgbm  # where it is used, it is imported: that takes half a second, and most commands do not need it

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
SHARES: Mapping[str, float] = {"median": 1 / 3, "timed": 1 / 3, "mean": 1 / 3}
"""Shares of the heads in the prediction. Their errors differ: the average is .011 points better than median alone."""
SMALLEST_SCALE = 0.5
"""Points; a head that fits a mean can approach 0 where there are few rows."""


def made_of() -> list[object]:
    """Everything besides the rows that a model depends on: names, parameters and the library's version."""
    return [HEADS, READS, version("lightgbm")]


def largest_effects(text: str) -> None:
    """None: trees have no coefficients."""
    return None


def trained(features: Floats, points: Floats) -> dict[str, Trained]:
    """Each head, trained on the rows (features x points).

    Heads with the same features share one binned dataset. scale is trained on the absolute errors of median.
    """
    seeing, blind = _binned(READS["median"], features, points), _binned(READS["timed"], features, points)
    found: dict[str, Trained] = {}
    found["median"], said = _fit("median", seeing, points)
    found["mean"], _ = _fit("mean", seeing, points)
    found["timed"], _ = _fit("timed", blind, points)
    found["scale"], _ = _fit("scale", blind, np.abs(points - said))
    return found


def predicted(text: str, features: Floats) -> Floats:
    """Predictions of a head for the rows (all features; the head selects those it was trained on)."""
    model = _parsed(text)
    found: Floats = np.asarray(model.predict(_columns(features, model.feature_name()), num_threads=1), dtype="float64")
    return found


@lru_cache(maxsize=len(HEADS))
def _parsed(text: str) -> lightgbm.Booster:
    """The model of a text. A day asks for each head twice, and reading a text takes longer than predicting."""
    import lightgbm

    return lightgbm.Booster(model_str=text)


def _columns(features: Floats, names: Sequence[str]) -> Floats:
    """The named columns; the features themselves, not a copy, if all are named."""
    if tuple(names) == tuple(FEATURE_NAMES):
        return features
    places = {name: place for place, name in enumerate(FEATURE_NAMES)}
    return features[:, [places[name] for name in names]]


def _binned(names: Sequence[str], features: Floats, points: Floats) -> lightgbm.Dataset:
    """The named columns, binned by LightGBM with the parameters common to all heads."""
    import lightgbm

    own = _columns(features, names)
    data = lightgbm.Dataset(own, points, feature_name=list(names), params=dict(_COMMON), free_raw_data=True)
    return data.construct()


def _fit(head: str, data: lightgbm.Dataset, target: Floats) -> tuple[Trained, Floats]:
    """The trained head and its predictions for the training rows."""
    import lightgbm

    said: list[Floats] = []

    def hear(predictions: Floats, _: lightgbm.Dataset) -> tuple[str, float, bool]:
        said.append(predictions.copy())
        return "heard", 0.0, False

    data.set_label(target)
    # The booster has the predictions of its training rows; predicting from the text would evaluate all trees again.
    booster = lightgbm.train(dict(HEADS[head]), data, keep_training_booster=True)
    booster.eval_train(hear)
    return Trained(booster.model_to_string(), float(np.abs(said[0] - target).mean())), said[0]
