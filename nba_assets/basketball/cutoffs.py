"""When models are retrained: on a first day, then on the first of each month."""

from __future__ import annotations

import pandas as pd

FIRST_CUTOFF = pd.Timestamp("2021-12-18")
"""Two months of games: enough for a first model."""


def cutoff_of_day(days: pd.Series) -> pd.Series:
    """The cut-off of the model in force on each day: the first of its month, not before FIRST_CUTOFF."""
    first_of_month = days - pd.to_timedelta(days.dt.day - 1, unit="D")
    return first_of_month.clip(lower=FIRST_CUTOFF)
