"""Estimated cost of the tables in BigQuery, from the rows of a warehouse and the declared inputs.

Bytes are BigQuery's logical bytes. A run reads the columns and days that the inputs of its tables declare, with one
query each, and a query is billed at least 10 MB per table. Reads that a run caches are not subtracted, so the actual
cost is somewhat lower.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nba_assets.basketball.calendar import Season, by_season, day_range
from nba_assets.contracts.contract import TableContract, to_arrow
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.inputs import Input
from nba_assets.engine.checks.evaluate import checks_of
from nba_assets.warehouses.factory import billed_by_a_write
from nba_assets.warehouses.protocol import Snapshot

MINIMUM_BYTES = 10 * 2**20
LEDGER_QUERIES = 6
"""Queries of the ledger and of check results for each table of a run."""
LOADS = 4
"""Load jobs per write: rows, ledger, quarantine and check results. They are free."""
GIB, TIB = 2**30, 2**40


@dataclass(frozen=True)
class Prices:
    """Prices in US dollars, as of 2026 in the US; the free monthly amounts are not subtracted."""

    scanned_tib: float = 6.25
    read_tib: float = 1.10
    stored_gib_month: float = 0.02


@dataclass(frozen=True)
class Cost:
    """Cost of building a range of days once (dollars), and of storing them (dollars_a_month); sizes in bytes."""

    what: str
    days: int
    rows: int
    written: int
    scanned: int
    read: int
    jobs: int
    dollars: float
    dollars_a_month: float


@dataclass(frozen=True)
class TableSize:
    """Size of a table in bytes, by day and column."""

    days: pd.DatetimeIndex
    bytes: pd.DataFrame
    rows: int

    def between(self, first: date, last: date, columns: Sequence[str] | None = None) -> int:
        """Bytes of some columns (None: all) on a range of days."""
        chosen = self.bytes if columns is None else self.bytes[[name for name in columns if name in self.bytes]]
        return int(chosen.loc[pd.Timestamp(first) : pd.Timestamp(last)].to_numpy().sum())


def logical_bytes(column: pa.ChunkedArray) -> np.ndarray:
    """Bytes of each value: 1 for a boolean, UTF-8 length + 2 for a text, 0 for NULL, 8 for other types."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        sizes = pc.fill_null(pc.add(pc.binary_length(column), 2), 0)
        return sizes.to_numpy().astype(np.int64)
    width = 1 if pa.types.is_boolean(kind) else 8
    return pc.is_valid(column).to_numpy().astype(np.int64) * width


def held_of(contract: TableContract, snapshot: Snapshot, first: date, last: date) -> TableSize:
    """Measures the size of a table, season by season."""
    parts, rows = [], 0
    for _, season_first, season_last in by_season(first, last):
        frame = snapshot.read(contract, season_first, season_last)
        if frame.empty:
            continue
        table = to_arrow(contract, frame)
        sizes = pd.DataFrame({name: logical_bytes(table.column(name)) for name in table.column_names})
        parts.append(sizes.groupby(frame["game_date"].to_numpy()).sum())
        rows += len(frame)
    by_day = pd.concat(parts) if parts else pd.DataFrame(columns=contract.column_names, index=pd.DatetimeIndex([]))
    return TableSize(pd.DatetimeIndex(by_day.index), by_day, rows)


def costs(tables: Mapping[str, DailyTable], snapshot: Snapshot, prices: Prices) -> list[Cost]:
    """The cost of the newest day, of its season, and of all seasons, with one run per season.

    Raises:
        ValueError: the warehouse is empty.
    """
    ledger = snapshot.ledger(list(tables))
    made = ledger.loc[ledger["rows"] > 0, "game_date"]
    if made.empty:
        raise ValueError("The warehouse has no rows to count; build them with: nba-assets backfill")
    first, last = made.min().date(), made.max().date()
    held = {name: held_of(table.contract, snapshot, first, last) for name, table in tables.items()}
    seasons = by_season(first, last)
    newest = seasons[-1]
    found = [_cost(f"the day {last}", [(last, last)], tables, held, first, prices)]
    found.append(_cost(f"the season {Season.of_day(last).label}", [newest[1:]], tables, held, first, prices))
    if len(seasons) > 1:
        runs = [season[1:] for season in seasons]
        found.append(_cost(f"all {len(seasons)} seasons", runs, tables, held, first, prices))
    return found


def _cost(
    what: str,
    runs: Sequence[tuple[date, date]],
    tables: Mapping[str, DailyTable],
    sizes: Mapping[str, TableSize],
    begin: date,
    prices: Prices,
) -> Cost:
    rows = written = scanned = read = jobs = 0
    for first, last in runs:
        days = day_range(first, last)
        for name, table in tables.items():
            own = sizes[name].between(first, last)
            written += own
            inputs = list(_queries(table, first, last, begin, sizes))
            # The transaction reads the staged rows; their size beyond the minimum charge of the statement is added.
            checks = list(checks_of(table))
            scanned += billed_by_a_write(table.contract, days, checks) + max(0, own - MINIMUM_BYTES)
            scanned += sum(max(MINIMUM_BYTES, size) for size in inputs) + LEDGER_QUERIES * MINIMUM_BYTES
            read += sum(inputs)
            jobs += LOADS + 2 + len(inputs) + LEDGER_QUERIES
            rows += int(_rows_between(sizes[name], first, last))
    dollars = scanned / TIB * prices.scanned_tib + read / TIB * prices.read_tib
    return Cost(
        what,
        sum((last - first).days + 1 for first, last in runs),
        rows,
        written,
        scanned,
        read,
        jobs,
        dollars,
        written / GIB * prices.stored_gib_month,
    )


def _rows_between(size: TableSize, first: date, last: date) -> int:
    """Number of rows, because every row has a game_date of 8 bytes."""
    return size.between(first, last, ["game_date"]) // 8


def _queries(table: DailyTable, first: date, last: date, begin: date, sizes: Mapping[str, TableSize]) -> Iterator[int]:
    """Bytes read by each query for building and checking the days."""
    of_checks = [item for check in table.checks for item in check.inputs.values()]
    for item in [*table.inputs.values(), *table.expected.inputs.values(), *of_checks]:
        if item.reach != "source":
            yield sizes[item.name].between(_first_of(item, first, begin), last, item.columns)
    yield sizes[table.name].between(first, last)  # the checks read the rows back


def _first_of(item: Input, first: date, begin: date) -> date:
    if item.reach == "on_day":
        return first
    return begin if item.days is None else first - timedelta(days=item.days)
