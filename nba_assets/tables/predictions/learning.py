"""What all systems trained on the feature store have in common."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from nba_assets.tables.precompute.features import FEATURE_NAMES

Floats = npt.NDArray[np.float64]
UNTIMED = ("spread", "total", "implied_team_total", "points_from_team_total")
"""Features of the game's line, which may be an untimed closing line, and features derived from them."""
TIMED_NAMES = tuple(name for name in FEATURE_NAMES if name not in UNTIMED)
"""Features that a bet may depend on."""
FEWEST_GAMES = 3
"""Minimum of earlier games for a player-game to be used in training and to be predicted."""


class Trained(NamedTuple):
    """A trained head: its text form, and its mean absolute error on the training rows."""

    text: str
    training_mae: float


class Learner(Protocol):
    """A module that learns points from features. Equal rows give equal texts, byte for byte, on any number of cores.

    Its heads are median, mean and timed (a median trained without lines of the game). One learner also has scale, the
    expected absolute error of the median, which all systems use.
    """

    @property
    def SYSTEM_ID(self) -> str: ...

    @property
    def TRAINING_DAYS(self) -> int:
        """Length of the training window before the cut-off, in days."""
        ...

    @property
    def HEADS(self) -> Mapping[str, Mapping[str, Any]]:
        """Parameters by head."""
        ...

    @property
    def SHARES(self) -> Mapping[str, float]:
        """Share of each head in the predicted median; they add up to 1."""
        ...

    def made_of(self) -> list[object]:
        """Everything besides the rows that the texts depend on, JSON-serialisable."""
        ...

    def trained(self, features: Floats, points: Floats) -> dict[str, Trained]:
        """Each head, trained on the rows (features x points)."""
        ...

    def predicted(self, text: str, features: Floats) -> Floats:
        """Predictions of a head; a row's prediction does not depend, to the last bit, on the other rows."""
        ...

    def largest_effects(self, text: str) -> dict[str, float] | None:
        """Points added by one standard deviation of each feature, largest first; None for a model without
        coefficients."""
        ...


def matrix(rows: pd.DataFrame) -> Floats:
    """The features in the order of FEATURE_NAMES, rows x features, NaN where unknown."""
    return rows[list(FEATURE_NAMES)].astype("float64", copy=False).to_numpy()


def fingerprint(learner: Learner, features: Floats, points: Floats) -> str:
    """sha256 of everything the texts depend on: what they are made of, the rows and the target."""
    digest = hashlib.sha256(json.dumps(learner.made_of(), sort_keys=True).encode())
    digest.update(np.ascontiguousarray(np.where(np.isnan(features), np.nan, features)).data)
    digest.update(np.ascontiguousarray(points).data)
    return digest.hexdigest()
