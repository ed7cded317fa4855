"""Odds: converts printed odds to decimal odds and probabilities."""

from __future__ import annotations

import pandas as pd

_EVEN = ("EVEN", "EVENS", "EV", "PK")
_SMALLEST_AMERICAN = 100.0


def american_to_decimal(odds: pd.Series) -> pd.Series:
    """Decimal odds (stake included, float64) of American odds: +150 is 2.5, -200 is 1.5, EVEN is 2.

    Args:
        odds: numbers or text such as `-110`, `+120`, `EVEN`; a typographic minus sign counts as a minus.

    Returns:
        Aligned with `odds`; NaN if the value is missing, is not a number, or is between -100 and +100 (not valid odds).
    """
    if pd.api.types.is_numeric_dtype(odds.dtype):
        numbers = odds.astype("Float64").to_numpy(dtype="float64", na_value=float("nan"))
        american = pd.Series(numbers, index=odds.index)
    else:
        unique = pd.Series(odds.dropna().unique(), dtype="object")
        text = unique.astype(str).str.strip().str.upper().str.replace("\u2212", "-", regex=False)
        read = pd.to_numeric(text.mask(text.isin(_EVEN), "100"), errors="coerce").astype("float64")
        american = odds.map(dict(zip(unique, read, strict=True))).astype("float64")
    decimal = (1 + 100 / -american.where(american <= -_SMALLEST_AMERICAN)).fillna(
        1 + american.where(american >= _SMALLEST_AMERICAN) / 100
    )
    return decimal.rename(odds.name)


def implied_probability(decimal_odds: pd.Series) -> pd.Series:
    """Break-even probability of the odds, including the bookmaker's margin (float64; NaN stays NaN)."""
    return 1 / decimal_odds.astype("float64")


def distance_from_even(over_price: pd.Series, under_price: pd.Series) -> pd.Series:
    """Distance of a quote from even money: |P(Over) - 1/2|, without the bookmaker's margin if both sides are quoted.

    With only one side it is |1/odds - 1/2|; NaN if neither is quoted.
    """
    over, under = implied_probability(over_price), implied_probability(under_price)
    both = (over / (over + under) - 0.5).abs()
    return both.fillna((over.fillna(under) - 0.5).abs())
