"""@daily_table: a contract and a pure function become a daily-partitioned asset with its checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from nba_assets.contracts.contract import TableContract
from nba_assets.inputs import CrossCheck, Expected, Input, Rows

Transform = Callable[..., "pd.DataFrame | Rows"]


@dataclass(frozen=True)
class DailyTable:
    """A table: its contract, what it reads, its pure function and what its checks expect."""

    contract: TableContract
    function: Transform
    inputs: Mapping[str, Input]
    expected: Expected
    checks: Sequence[CrossCheck] = ()

    @property
    def name(self) -> str:
        return self.contract.name


def daily_table(
    contract: TableContract, *, inputs: Mapping[str, Input], expected: Expected, checks: Sequence[CrossCheck] = ()
) -> Callable[[Transform], DailyTable]:
    """Declares a table; see `DailyTable`."""

    def declare(function: Transform) -> DailyTable:
        return DailyTable(contract, function, inputs, expected, checks)

    return declare
