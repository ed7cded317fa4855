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
"""(**frames, days) -> the rows, as a frame or as Rows; of a product its documents. See `DailyTable` for `run`."""
Reader = Callable[[str, date, date, Sequence[str]], pd.DataFrame]
"""(table, first day, last day, columns) -> its rows."""
Plots = Callable[[Reader, date], Mapping[str, bytes]]
"""Pictures (PNG) for the table's page by title, as of a day of it."""


@dataclass(frozen=True)
class DailyTable:
    """A table: its contract, what it reads, its pure function, what its checks expect, the pictures on its page.

    The function of a table that declares one of the following is given the run, too, as `run` (`contracts.run.Run`).
    uses_models: it takes trained models out of `run.models`; each is named, with its sha256, in the rows that the
    function reads or writes.
    publishes: its documents become files, and its rows list them.
    keeps: rows with these values by column are never rewritten: they are in `run.live`.
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
    def is_given_run(self) -> bool:
        """Whether its function has the argument `run`."""
        return self.uses_models or self.publishes is not None or self.keeps is not None

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
