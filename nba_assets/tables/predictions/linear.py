"""Linear regression of points on the feature store: three heads, each a JSON text of coefficients.

median minimises the absolute error, mean the squared one, timed is a median trained without lines of the game. The
solver is liblinear through scikit-learn's LinearSVR with epsilon 0, which is an absolute (or squared) error with an L2
penalty. It has one thread, and the rows are sorted by key, so equal rows give the same text, byte for byte, on any
number of cores. liblinear shuffles rows with one random generator per process, so fits are serialised.

Features are standardised by the training rows and clipped to HIGHEST_DEVIATION standard deviations; an unknown feature
is set to the mean and has an indicator. Products of two standardised features are added, because a better rate is worth
more to a player with more minutes, and hinges, max(0, feature - edge).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from nba_assets.tables.precompute.features import FEATURE_NAMES
from nba_assets.tables.predictions.learning import TIMED_NAMES, Trained

SYSTEM_ID = "linear"
TRAINING_DAYS = 550
"""This season and the previous one: enough for a hundred coefficients, and four years take twice the time."""
Floats = npt.NDArray[np.float64]
_COMMON: Mapping[str, Any] = {"C": 0.002, "epsilon": 0.0, "intercept_scaling": 10.0, "max_iter": 200, "random_state": 7}
_ABSOLUTE: Mapping[str, Any] = {**_COMMON, "loss": "epsilon_insensitive", "dual": True, "tol": 0.0003}
HEADS: Mapping[str, Mapping[str, Any]] = {
    "median": _ABSOLUTE,
    "mean": {**_COMMON, "loss": "squared_epsilon_insensitive", "dual": False, "tol": 0.001},
    "timed": _ABSOLUTE,
}
"""Parameters of LinearSVR by head; chosen on 2021-22 to 2023-24 (docs/experiments.md)."""
READS: Mapping[str, tuple[str, ...]] = {"median": FEATURE_NAMES, "mean": FEATURE_NAMES, "timed": TIMED_NAMES}
"""Features by head."""
SHARES: Mapping[str, float] = {"median": 0.5, "mean": 0.5}
"""Shares of the heads in the prediction; timed differs too little from median to add anything."""
HIGHEST_DEVIATION = 5.0
LEAST_UNKNOWN = 0.001
"""A feature has an indicator if it is unknown in more than this share of the training rows."""
MINUTES, POINTS = "projected_minutes", "projected_points_by_rate"
PRODUCTS: tuple[tuple[str, str], ...] = (
    (MINUTES, "points_per_minute_shrunk"),
    (MINUTES, "points_per_minute_season"),
    (MINUTES, "points_per_minute_last_10"),
    (MINUTES, "points_per_minute_decayed"),
    ("minutes_similar_lineup", "points_per_minute_similar_lineup"),
    (MINUTES, "usage_rate_season"),
    (MINUTES, "projected_usage_rate"),
    (MINUTES, "ts_pct_season"),
    (POINTS, "opponent_def_rating"),
    (POINTS, "opponent_pace"),
    (POINTS, "opponent_allowed_to_position"),
    (POINTS, "home_away"),
    (POINTS, "total"),
    (POINTS, "spread"),
    (POINTS, "teammates_out_usage"),
    (POINTS, "teammates_newly_out_minutes"),
)
HINGES: tuple[tuple[str, float], ...] = (
    *((MINUTES, edge) for edge in (12.0, 20.0, 28.0, 34.0)),
    *((POINTS, edge) for edge in (5.0, 10.0, 15.0, 20.0)),
    ("games_missed_in_a_row", 5.0),
    ("injury_risk", 2.0),
)
LARGEST = 12
"""Number of effects reported per head."""
_ONE_FIT = Lock()


@dataclass(frozen=True)
class Terms:
    """Transformation of features into the columns of the regression, fitted on the training rows.

    Args:
        names: names of the features.
        mean, deviation: mean and standard deviation of each feature over its known values; a deviation of 0 is stored
        as 1.
        unknown: features with an indicator.
        products, hinges: elements of PRODUCTS and HINGES whose features are among the names.
    """

    names: Sequence[str]
    mean: Sequence[float]
    deviation: Sequence[float]
    unknown: Sequence[str]
    products: Sequence[tuple[str, str]]
    hinges: Sequence[tuple[str, float]]

    @classmethod
    def fitted(cls, names: Sequence[str], features: Floats) -> Terms:
        """Fits the terms of the named features on the training rows (all features)."""
        own = np.ascontiguousarray(_columns(features, names).T)
        is_known = ~np.isnan(own)
        count = np.maximum(is_known.sum(axis=1), 1)
        own[~is_known] = 0.0
        mean = own.sum(axis=1) / count
        own -= mean[:, None]
        own[~is_known] = 0.0
        deviation = np.sqrt((own * own).sum(axis=1) / count)
        unknown = (~is_known).mean(axis=1) > LEAST_UNKNOWN
        return cls(
            list(names),
            mean.tolist(),
            np.where(deviation > 0, deviation, 1.0).tolist(),
            [name for name, holds in zip(names, unknown, strict=True) if holds],
            [pair for pair in PRODUCTS if set(pair) <= set(names)],
            [hinge for hinge in HINGES if hinge[0] in names],
        )

    def only(self, names: Sequence[str]) -> Terms:
        """The terms restricted to the named features."""
        kept = [place for place, name in enumerate(self.names) if name in names]
        return Terms(
            [self.names[place] for place in kept],
            [self.mean[place] for place in kept],
            [self.deviation[place] for place in kept],
            [name for name in self.unknown if name in names],
            [pair for pair in self.products if set(pair) <= set(names)],
            [hinge for hinge in self.hinges if hinge[0] in names],
        )

    def labels(self) -> list[str]:
        """Names of the columns."""
        products = [f"{first} x {second}" for first, second in self.products]
        hinges = [f"{name} above {edge:g}" for name, edge in self.hinges]
        return [*self.names, *(f"{name} unknown" for name in self.unknown), *products, *hinges]

    def columns(self, features: Floats) -> Floats:
        """The columns of the regression, rows x terms."""
        own = _columns(features, self.names)
        places = {name: place for place, name in enumerate(self.names)}
        is_unknown = np.isnan(own)
        scaled = np.clip((own - np.array(self.mean)) / np.array(self.deviation), -HIGHEST_DEVIATION, HIGHEST_DEVIATION)
        scaled[is_unknown] = 0.0
        made = np.empty((len(own), len(self.labels())))
        width = len(self.names)
        made[:, :width] = scaled
        for place, name in enumerate(self.unknown, width):
            made[:, place] = is_unknown[:, places[name]]
        width += len(self.unknown)
        for place, (first, second) in enumerate(self.products, width):
            made[:, place] = scaled[:, places[first]] * scaled[:, places[second]]
        width += len(self.products)
        for place, (name, edge) in enumerate(self.hinges, width):
            at = places[name]
            made[:, place] = np.maximum(scaled[:, at] - (edge - self.mean[at]) / self.deviation[at], 0.0)
        return made


def made_of() -> list[object]:
    """Everything besides the rows that a model depends on: terms, parameters and the library's version."""
    terms = [READS, PRODUCTS, HINGES, HIGHEST_DEVIATION, LEAST_UNKNOWN]
    return [SYSTEM_ID, HEADS, terms, version("scikit-learn")]


def trained(features: Floats, points: Floats) -> dict[str, Trained]:
    """Each head, trained on the rows (features x points)."""
    terms = Terms.fitted(FEATURE_NAMES, features)
    columns = terms.columns(features)
    labels = terms.labels()
    found: dict[str, Trained] = {}
    for head, names in READS.items():
        own = terms.only(names)
        is_own = np.isin(labels, own.labels())
        found[head] = _fit(head, own, columns if is_own.all() else columns[:, is_own], points)
    return found


def predicted(text: str, features: Floats) -> Floats:
    """Predictions of a head for the rows (all features; the head selects those it was trained on)."""
    model = json.loads(text)
    coefficients = np.array(list(model["coefficients"].values()))
    return _said(Terms(**model["terms"]).columns(features), coefficients, model["intercept"])


def largest_effects(text: str) -> dict[str, float]:
    """Points that one standard deviation of each feature adds to the average player-game, largest first.

    Products are 0 for the average player-game, hinges and indicators mostly, so only features are listed.
    """
    model = json.loads(text)
    effects = {name: model["coefficients"][name] for name in model["terms"]["names"]}
    largest = sorted(effects, key=lambda name: (-abs(effects[name]), name))[:LARGEST]
    return {name: round(effects[name], 3) for name in largest}


def _columns(features: Floats, names: Sequence[str]) -> Floats:
    places = {name: place for place, name in enumerate(FEATURE_NAMES)}
    return features[:, [places[name] for name in names]]


def _fit(head: str, terms: Terms, columns: Floats, points: Floats) -> Trained:
    from sklearn.svm import LinearSVR  # the import takes a second, and only training needs it

    with _ONE_FIT:
        solver = LinearSVR(**HEADS[head]).fit(columns, points)
    coefficients, intercept = solver.coef_.ravel(), float(np.ravel(solver.intercept_)[0])
    text = json.dumps(
        {
            "intercept": intercept,
            "coefficients": dict(zip(terms.labels(), coefficients.tolist(), strict=True)),
            "terms": asdict(terms),
        },
        indent=1,
    )
    return Trained(text, float(np.abs(_said(columns, coefficients, intercept) - points).mean()))


def _said(columns: Floats, coefficients: Floats, intercept: float) -> Floats:
    """Intercept plus terms, added in a fixed order: rounding in a matrix product depends on the number of rows."""
    found: Floats = np.full(len(columns), intercept)
    for place, coefficient in enumerate(coefficients):
        found += coefficient * columns[:, place]
    return found
