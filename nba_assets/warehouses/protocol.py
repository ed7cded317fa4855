"""The interface of a warehouse, and the quality tables that every warehouse contains.

A warehouse stores days of tables and replaces them atomically together with their ledger rows. Reads use a snapshot,
one read transaction, so that rows are consistent with the hashes in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

import pandas as pd
import pyarrow as pa

from nba_assets.contracts.contract import TableContract

Status = Literal["ok", "empty", "not_final", "partial_history", "absent_source", "superseded"]
"""Statuses of a table's day; the last four have a reason.

ok: has rows, from complete inputs. empty: no rows (the completeness check tests whether there should be any).
not_final: its games are not over. partial_history: days that it reads were never built. absent_source: no source covers
the day. superseded: its published files, which are as of a day, were replaced by those of a later day.
"""

QUALITY_TABLES: Mapping[str, Mapping[str, pa.DataType]] = {
    "partition_log": {
        "table_name": pa.string(),
        "game_date": pa.date32(),
        "status": pa.string(),
        "reason": pa.string(),
        "rows": pa.int64(),
        "set_aside": pa.int64(),
        "duplicates": pa.int64(),
        "missing_days": pa.int64(),
        "content_hash": pa.string(),
        "content_changed_at": pa.timestamp("us", tz="UTC"),
        "inputs_hash": pa.string(),
        "code_version": pa.string(),
        "run_id": pa.string(),
        "read_at": pa.timestamp("us", tz="UTC"),
        "written_at": pa.timestamp("us", tz="UTC"),
        "sequence": pa.int64(),
    },
    "quarantine": {
        "table_name": pa.string(),
        "game_date": pa.date32(),
        "action": pa.string(),
        "reason": pa.string(),
        "key": pa.string(),
        "source_file": pa.string(),
        "source_row": pa.int64(),
        "column_name": pa.string(),
        "value": pa.string(),
        "rows": pa.int64(),
    },
    "check_results": {
        "table_name": pa.string(),
        "check_name": pa.string(),
        "game_date": pa.date32(),
        "passed": pa.bool_(),
        "severity": pa.string(),
        "cause": pa.string(),
        "failing": pa.int64(),
        "reasons": pa.string(),
        "failing_keys": pa.string(),
        "observed": pa.string(),
        "run_id": pa.string(),
        "evaluated_at": pa.timestamp("us", tz="UTC"),
    },
}
"""Schema `quality`. partition_log is append-only: the current row of a (table, day) is the one with the highest
sequence, which the warehouse assigns in the order of appends (written_at is no order: with NBA_NOW it is in the past).
The other tables contain the current state of a day and are replaced with it."""


class ColumnTypeChanged(RuntimeError):
    """A column in the warehouse has a different type than in the contract; the message says what to do."""


class WarehouseRefused(RuntimeError):
    """A remote warehouse refused or did not answer; the message says why and what to do."""


RUN_LEASE = "run"
"""Name of the lease of the process that may write."""


@dataclass(frozen=True)
class Lease:
    """A lease as stored in the warehouse; times are by the warehouse's clock."""

    holder: str | None
    description: str
    seconds_left: float

    @property
    def is_current(self) -> bool:
        return self.holder is not None and self.seconds_left > 0


class Leases(Protocol):
    """Locks with an expiry: a holder that dies or is unreachable loses them when they expire.

    All times are by the warehouse's clock, so the clocks of the machines that share it may differ.
    """

    @property
    def address(self) -> str:
        """The address of the warehouse."""
        ...

    def take(self, name: str, holder: str, description: str, seconds: float) -> Lease:
        """Takes the lease if it is free, expired or already the holder's.

        From then on until `give_back`, writes through any `Warehouse` of this process and address fail if the process
        no longer holds RUN_LEASE. Without taking it, writes fail while another process holds it.

        Returns:
            The current lease, whoever holds it.
        """
        ...

    def renew(self, holder: str, seconds: float) -> None:
        """Extends all leases of the holder."""
        ...

    def give_back(self, name: str, holder: str) -> None:
        """Ends a lease of the holder; does nothing if another one holds it.

        Raises:
            WarehouseRefused: the warehouse did not answer within seconds, not the waiting time of a write: the lease
                expires by itself.
        """
        ...

    def look(self, name: str) -> Lease | None:
        """The current lease; None if it was never taken."""
        ...


class Snapshot(Protocol):
    """One consistent view of the warehouse."""

    def read(
        self,
        contract: TableContract,
        first: date,
        last: date,
        columns: Sequence[str] | None = None,
        holding: Mapping[str, str] | None = None,
    ) -> pd.DataFrame:
        """Rows of the days in contract dtypes, sorted by the full key; empty if the table was never written.

        Args:
            contract: contract of the table.
            first: first day.
            last: last day.
            columns: columns to read; None for all.
            holding: only rows with these values in these text columns.
        """
        ...

    def ledger(
        self,
        tables: Sequence[str] | None = None,
        first: date | None = None,
        last: date | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Newest partition_log row of each (table, day), sorted by both.

        Args:
            tables: None for all.
            first: first day; None for all.
            last: last day; None for all.
            columns: the columns to read, game_date among them; None for all.
        """
        ...

    def source(self) -> str | None:
        """The kind of rows in the warehouse: `archive` (real games) or `simulated`; None while it is empty.

        A warehouse that was filled before this was recorded contains real games.
        """
        ...

    def quality(
        self,
        name: str,
        table: str | None = None,
        first: date | None = None,
        last: date | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Rows of a quality table, sorted by the columns that are read.

        Args:
            name: of the quality table.
            table: only rows of this table; None for all.
            first: first day; None for all.
            last: last day; None for all.
            columns: the columns to read, game_date among them; None for all.
        """
        ...

    def failed_checks(self, table: str) -> pd.DataFrame:
        """Rows of quality.check_results that did not pass, of all days of a table."""
        ...


class Warehouse(Protocol):
    """Stores days of tables and replaces them atomically."""

    @property
    def leases(self) -> Leases | None:
        """None for a warehouse of one machine, where the operating system's file locks suffice."""
        ...

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Opens one read transaction."""
        ...

    def kept_open(self) -> AbstractContextManager[None]:
        """Within the block, what opening the warehouse costs may be paid once; for the process with the run lock."""
        ...

    def record_source(self, source: str, at: datetime) -> None:
        """Records the kind of rows an empty warehouse will contain; see `Snapshot.source`."""
        ...

    def replace_days(
        self,
        contract: TableContract,
        rows: pa.Table,
        days: Sequence[date],
        ledger: pd.DataFrame,
        records: pd.DataFrame,
    ) -> None:
        """Replaces days with their quarantine and check results, and appends their ledger rows: all or nothing."""
        ...

    def replace_check_results(
        self, results: pd.DataFrame, table: str, checks: Sequence[str], days: Sequence[date]
    ) -> None:
        """Replaces the results of these checks on these days: all or nothing."""
        ...
