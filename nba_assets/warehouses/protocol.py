"""What the project asks of a warehouse, and the tables about tables that every warehouse keeps.

A warehouse stores days of tables and replaces them atomically together with their ledger rows. Reading happens in a
snapshot, one read transaction, so that rows and the ledger hashes that vouch for them belong together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Literal, Protocol

import pandas as pd
import pyarrow as pa

from nba_assets.contracts.contract import TableContract

Status = Literal["ok", "empty", "not_final", "partial_history", "absent_source", "superseded"]
"""Of a day of a table; the last four carry a reason.

ok: rows, from complete inputs. empty: no rows; whether there should be any is what completeness says. not_final: its
games are not over. partial_history: days that it reads were never made. absent_source: no source covers the day.
superseded: published files that are as of a day were written for a later one.
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
"""Schema `quality`. partition_log is append-only; of the rows of a (table, day) the one with the
highest sequence counts, which the warehouse numbers in the order of the appends (not written_at: a replayed morning,
NBA_NOW, writes times of the past); the others hold what is true
of a day now and are replaced with it."""


class ColumnTypeChanged(RuntimeError):
    """A column of the warehouse has another type than in the contract; the message says what to do."""


class WarehouseRefused(RuntimeError):
    """A warehouse on another machine refused or did not answer; the message says why and what to do."""


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
        """Rows of the days in contract dtypes, sorted by the full key; none when the table was never written.

        Args:
            contract: of the table.
            first: first day.
            last: last day.
            columns: None for all.
            holding: only rows with these texts in these columns.
        """
        ...

    def ledger(
        self, tables: Sequence[str] | None = None, first: date | None = None, last: date | None = None
    ) -> pd.DataFrame:
        """Newest partition_log row of each (table, day)."""
        ...

    def source(self) -> str | None:
        """Which rows the warehouse holds: `archive` (real games) or `simulated`; None while it holds none.

        A warehouse that was filled before this was recorded holds real games.
        """
        ...

    def quality(
        self, name: str, table: str | None = None, first: date | None = None, last: date | None = None
    ) -> pd.DataFrame:
        """Rows of a quality table, of one table and range of days where given."""
        ...

    def failed_checks(self, table: str) -> pd.DataFrame:
        """Rows of quality.check_results that did not pass, of all days of a table."""
        ...


class Warehouse(Protocol):
    """Days of tables, replaced atomically."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Opens one read transaction."""
        ...

    def record_source(self, source: str, at: datetime) -> None:
        """Records which rows an empty warehouse is going to hold; see `Snapshot.source`."""
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
