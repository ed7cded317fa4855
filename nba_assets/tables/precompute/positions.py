"""Positions as groups and as numbers."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.columns.zone_windows import POSITION_GROUPS

_GROUP = dict(zip("GFC", POSITION_GROUPS, strict=True))
_NUMBER = {"G": 1.0, "G-F": 2.0, "F-G": 2.0, "F": 3.0, "F-C": 4.0, "C-F": 4.0, "C": 5.0}


def position_group(position: pd.Series) -> pd.Series:
    """guard | forward | center by the primary position (the first of two); NULL where it is unknown."""
    return position.str[0].map(_GROUP).astype("string[pyarrow]")


def position_number(position: pd.Series) -> pd.Series:
    """1 (guard) to 5 (center) as float64; NaN where it is unknown."""
    return position.map(_NUMBER).astype("float64")
