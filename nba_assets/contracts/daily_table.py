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
"""(**frames, days) -> the rows, as a frame or as Rows; documents if the table publishes. `run`: see `DailyTable`."""
Ahead = Callable[..., Sequence[Callable[[], object]]]
"""(**frames, models, days) -> independent pieces of work that fill the model store: see `DailyTable.ahead`."""
Reader = Callable[[str, date, date, Sequence[str]], pd.DataFrame]
"""(table, first day, last day, columns) -> its rows."""
Plots = Callable[[Reader, date], Mapping[str, bytes]]
"""Pictures (PNG) for the table's page by title, as of a day of it."""


@dataclass(frozen=True)
class DailyTable:
    """A table: its contract, its inputs, its pure function, its checks, the plots on its page.

    A function whose table declares `uses_models`, `publishes` or `keeps` has one more argument, `run`
    (`contracts.run.Run`).

    Args:
        contract: key and columns.
        function: makes the rows of the days that it is passed.
        inputs: tables and source families, by argument name of the function.
        expected: the rows that a day must have.
        checks: comparisons with other tables.
        plots: draws the pictures on the table's page.
        uses_models: the function loads trained models from `run.models`; the rows that it reads or writes name each
            of them with its sha256.
        ahead: the expensive part of the function, whose results the model store keeps by content: the function finds
            there what the pieces of work have trained, and trains what it does not find. They run in threads.
        publishes: the function returns documents; they are published as files, and the rows list the files.
        keeps: column -> value; rows with these values are never rewritten, the function gets them as `run.live`.
    """

    contract: TableContract
    function: Transform
    inputs: Mapping[str, Input]
    expected: Expected
    checks: Sequence[CrossCheck] = ()
    plots: Plots | None = None
    uses_models: bool = False
    ahead: Ahead | None = None
    publishes: Product | None = None
    keeps: Mapping[str, str] | None = None

    @property
    def is_given_run(self) -> bool:
        """Whether the function has the argument `run`."""
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
    ahead: Ahead | None = None,
    publishes: Product | None = None,
    keeps: Mapping[str, str] | None = None,
) -> Callable[[Transform], DailyTable]:
    """Declares a table; the decorated function becomes its `DailyTable`, which explains the arguments."""

    def declare(function: Transform) -> DailyTable:
        return DailyTable(contract, function, inputs, expected, checks, plots, uses_models, ahead, publishes, keeps)

    return declare
