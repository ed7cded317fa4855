"""What all systems that learn from the feature store have in common."""

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
"""Features of the game's line, which may be an untimed closing line, and what is made of them."""
TIMED_NAMES = tuple(name for name in FEATURE_NAMES if name not in UNTIMED)
"""Features that a bet may rest on."""
FEWEST_GAMES = 3
"""Earlier games from which on a player-game is learned from and predicted."""


class Trained(NamedTuple):
    """A head: its text, and how far off it is on the rows that it learned from (mean absolute error of its target)."""

    text: str
    training_mae: float


class Learner(Protocol):
    """A module that learns points from rows of features. Same rows, same texts, byte for byte, on any number of cores.

    Its heads are median, mean and timed (a median that never saw a line of the game), and scale, the expected absolute
    error of the median, for the one learner whose scale all systems use.
    """

    @property
    def SYSTEM_ID(self) -> str: ...

    @property
    def TRAINING_DAYS(self) -> int:
        """Days before the cut-off from which games are learned."""
        ...

    @property
    def HEADS(self) -> Mapping[str, Mapping[str, Any]]:
        """Parameters by head."""
        ...

    def fingerprint(self, features: Floats, points: Floats) -> str:
        """sha256 of all that the texts depend on."""
        ...

    def trained(self, features: Floats, points: Floats) -> dict[str, Trained]:
        """Each head, trained on the rows (features x points)."""
        ...

    def predicted(self, text: str, features: Floats) -> Floats:
        """What a head says of the rows, the same to the last bit whichever rows are asked together."""
        ...

    def largest_effects(self, text: str) -> dict[str, float] | None:
        """Points that one standard deviation more of a feature adds, the largest first; None without such numbers."""
        ...


def matrix(rows: pd.DataFrame) -> Floats:
    """The features in their order, rows x features, NaN where unknown."""
    return rows[list(FEATURE_NAMES)].astype("float64").to_numpy()


def sha256_of(made_of: object, features: Floats, points: Floats) -> str:
    """sha256 of a description that can be written as JSON, of the rows and of the target."""
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode())
    digest.update(np.ascontiguousarray(np.where(np.isnan(features), np.nan, features)).data)
    digest.update(np.ascontiguousarray(points).data)
    return digest.hexdigest()
