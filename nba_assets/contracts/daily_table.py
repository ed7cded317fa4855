"""@daily_table: turns a contract and a pure function into a daily-partitioned table with its checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.inputs import CrossCheck, Expected, Input, Product

Transform = Callable[..., Any]
"""(**frames, days) -> the rows, as a frame or as Rows; of a product its documents, see `DailyTable.publishes`."""
Reader = Callable[[str, date, date, Sequence[str]], pd.DataFrame]
"""(table, first day, last day, columns) -> its rows."""
Plots = Callable[[Reader, date], Mapping[str, bytes]]
"""Pictures (PNG) for the table's page by title, as of a day of it."""


@dataclass(frozen=True)
class DailyTable:
    """A table: its contract, what it reads, its pure function, what its checks expect, the pictures on its page.

    uses_models: the function is given the store of trained models as `store`; what it takes out of it is named, with
    its sha256, in the rows that it reads or writes.
    keeps: for a record, whose rows are never rewritten: the column values that mark such rows. Its function receives
    them as `live`, and as `making` when and from what new rows are made.
    """

    contract: TableContract
    function: Transform
    inputs: Mapping[str, Input]
    expected: Expected
    checks: Sequence[CrossCheck] = ()
    plots: Plots | None = None
    uses_models: bool = False
    publishes: Product | None = None
    keeps: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        return self.contract.name


def daily_table(
    contract: TableContract,
    *,
    inputs: Mapping[str, Input],
    expected: Expected,
    checks: Sequence[CrossCheck] = (),
    plots: Plots | None = None,
    uses_models: bool = False,
    publishes: Product | None = None,
    keeps: Mapping[str, str] | None = None,
) -> Callable[[Transform], DailyTable]:
    """Declares a table; see `DailyTable`."""

    def declare(function: Transform) -> DailyTable:
        return DailyTable(contract, function, inputs, expected, checks, plots, uses_models, publishes, keeps)

    return declare
