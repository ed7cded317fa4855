"""The run context that some table functions receive in addition to their frames."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from nba_assets.contracts.publication import Publication


@dataclass(frozen=True)
class Making:
    """When, and from which inputs, rows are built.

    Args:
        at: now by the machine's clock, UTC.
        is_replay: the clock is pinned (NBA_NOW), so nothing counts as published at the pinned time.
        partial: days built from an incomplete history; nothing is published for them.
        fingerprints: of the inputs, by day.
    """

    at: datetime
    is_replay: bool
    partial: pd.DatetimeIndex
    fingerprints: pd.Series


@dataclass(frozen=True)
class Run:
    """The argument `run` of the functions of tables that use models, keep rows or publish files.

    Args:
        models: the store of trained models, a `stores.models.ModelStore` (untyped: contracts must not import stores).
        publication: the clock and source of documents, and the state of the tables.
        live: the rows of the days built that the table keeps unchanged; empty if it keeps none.
        making: when, and from which inputs, the rows are built.
    """

    models: Any
    publication: Publication
    live: pd.DataFrame
    making: Making
