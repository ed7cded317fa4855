"""Reads tables as data frames."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def load_table(
    name: str,
    first: str | date | None = None,
    last: str | date | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Rows of a table from the configured warehouse, in the contract's dtypes, sorted by key.

    Args:
        name: table, such as `player_game_summary`; the tables of `quality` (`partition_log`, `quarantine`,
            `check_results`) can be read too.
        first: first day (2024-01-01); default: the first partition.
        last: last day, inclusive; default: `first` if only that is given, else the newest day.
        columns: the columns to read; default: all of them.

    Raises:
        KeyError: there is no such table or column; the message lists the existing ones.

    Example:
        >>> load_table("player_game_summary", "2024-01-01", "2024-01-31")
    """
    import pandas as pd

    from nba_assets.basketball.calendar import FIRST_DAY
    from nba_assets.engine import registry
    from nba_assets.engine.platform import Platform
    from nba_assets.settings import Settings
    from nba_assets.warehouses.protocol import QUALITY_TABLES

    start = pd.Timestamp(first).date() if first is not None else FIRST_DAY
    end = pd.Timestamp(last).date() if last is not None else (start if first is not None else date.max)
    with Platform(Settings()).warehouse.snapshot() as snapshot:
        if name in QUALITY_TABLES:
            frame = snapshot.quality(name, None, start, end)
            return frame[list(columns)] if columns is not None else frame
        contract = registry.contract(name)
        for column in columns or ():
            contract.column(column)
        return snapshot.read(contract, start, end, columns)
