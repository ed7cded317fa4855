"""Bands in which predictions are weighted, calibrated and evaluated. A band includes its lower bound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nba_assets.contracts.columns.predictions import MINUTES_BANDS, MINUTES_EDGES, SCORING_TIERS, TIER_EDGES


def banded(values: pd.Series, edges: Sequence[float], names: Sequence[str]) -> pd.Series:
    """Name of the band of each value; NULL where the value is NULL."""
    known = values.astype("float64")
    places = np.digitize(known.fillna(0.0), edges)
    return pd.Series(np.array(names, dtype=object)[places], index=values.index, dtype="string[pyarrow]").mask(
        known.isna()
    )


def minutes_band(projected_minutes: pd.Series) -> pd.Series:
    """Band of projected minutes."""
    return banded(projected_minutes, MINUTES_EDGES, MINUTES_BANDS)


def scoring_tier(points_avg_season: pd.Series, points_avg_last_10: pd.Series) -> pd.Series:
    """star | starter | rotation | bench by points per game this season; before the season's first game by the last
    10."""
    return banded(points_avg_season.fillna(points_avg_last_10), TIER_EDGES, SCORING_TIERS)
