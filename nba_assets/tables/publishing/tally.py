"""Results of a set of best bets: the counts of each bet, and the figures computed from the counts.

Money is counted in integer millionths of a unit, so that sums are exact in any order of addition.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.documents.canonical import Records, records
from nba_assets.tables.grading.performance import SCALE

COUNTS = ("bets", "wins", "losses", "pushes", "voids", "profit", "price", "break_even")
FIGURES = ("bets", "wins", "losses", "pushes", "voids", "accuracy", "profit", "roi", "mean_price", "break_even")


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """The contribution of each row of best_bet_results to the counts (int64); a void bet is not counted as a bet."""
    result = rows["bet_result"]
    is_bet = result.isin(["WIN", "LOSS", "PUSH"]).to_numpy(dtype=bool)

    def flags(*names: str) -> np.ndarray:
        return result.isin(names).to_numpy(dtype=bool).astype(np.int64)

    def millionths(values: pd.Series) -> np.ndarray:
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        return np.rint(np.where(is_bet, numbers, 0.0) * SCALE).astype(np.int64)

    return pd.DataFrame(
        {
            "bets": flags("WIN", "LOSS", "PUSH"),
            "wins": flags("WIN"),
            "losses": flags("LOSS"),
            "pushes": flags("PUSH"),
            "voids": flags("VOID"),
            "profit": millionths(rows["bet_profit"]),
            "price": millionths(rows["bet_price"]),
            "break_even": millionths(1 / rows["bet_price"]),
        },
        index=rows.index,
    )


def tallies(sums: pd.DataFrame) -> Records:
    """FIGURES for each row of sums of COUNTS; a mean over no bets is null."""
    bets = sums["bets"].astype("float64").where(sums["bets"] > 0)
    decided = (sums["wins"] + sums["losses"]).astype("float64")
    found = sums[["bets", "wins", "losses", "pushes", "voids"]].assign(
        accuracy=sums["wins"] / decided.where(decided > 0),
        profit=sums["profit"] / SCALE * (bets / bets),
        roi=sums["profit"] / SCALE / bets,
        mean_price=sums["price"] / SCALE / bets,
        break_even=sums["break_even"] / SCALE / bets,
    )
    return records(found, FIGURES)
