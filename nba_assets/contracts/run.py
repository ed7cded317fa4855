"""What a table's function is given of the run that makes its days, besides its frames."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from nba_assets.contracts.publication import Publication


@dataclass(frozen=True)
class Making:
    """When and of what rows are made.

    Args:
        at: now by the machine's clock, UTC.
        is_replay: the clock is pinned (NBA_NOW): whatever it says, nothing is published at that time.
        partial: the days made from an incomplete history, of which nothing is published.
        fingerprints: of the inputs, by day.
    """

    at: datetime
    is_replay: bool
    partial: pd.DatetimeIndex
    fingerprints: pd.Series


@dataclass(frozen=True)
class Run:
    """The one argument `run` of the functions of tables that use models, keep rows or publish files.

    Args:
        models: the store of trained models (`stores.models.ModelStore`, which contracts do not know).
        publication: the clock and source of documents, and what is known about the tables.
        live: the rows that the table keeps, of the days served; without rows where it keeps none.
        making: when and of what the rows are made.
    """

    models: Any
    publication: Publication
    live: pd.DataFrame
    making: Making
