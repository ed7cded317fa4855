"""Dates on which models are retrained: FIRST_CUTOFF, then the first of each month."""

from __future__ import annotations

import pandas as pd

FIRST_CUTOFF = pd.Timestamp("2021-12-18")
"""After two months of games, enough to train a first model."""


def cutoff_of_day(days: pd.Series) -> pd.Series:
    """The cut-off of the model used on each day: the first of its month, not before FIRST_CUTOFF."""
    first_of_month = days - pd.to_timedelta(days.dt.day - 1, unit="D")
    return first_of_month.clip(lower=FIRST_CUTOFF)
