"""The embedded warehouse: one DuckDB file.

The file is locked briefly: frames are computed before a transaction and written in it. DuckDB allows one writing
process or several reading ones; another process waits with back-off, and its message names the process that has the
lock. A run keeps the file open for reading between its writes: it is the only writer, and readers share the file.

A process remembers the columns and the ledger of a file, and forgets them if anything else has written to it.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import tenacity

from nba_assets.contracts.contract import TableContract, typed_from_arrow
from nba_assets.runtime.first_use import first_use
from nba_assets.runtime.interrupts import uninterrupted
from nba_assets.warehouses.kept_ledger import KeptLedger
from nba_assets.warehouses.protocol import QUALITY_TABLES, ColumnTypeChanged
from nba_assets.warehouses.quality import quality_arrow, quality_frame

log = logging.getLogger(__name__)

_SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
}

_SOURCE_TABLE = "quality.warehouse_source"


class WarehouseBusy(RuntimeError):
    """Another process kept the DuckDB file locked for longer than the timeout; the message names it."""


def _is_lock(error: BaseException) -> bool:
    return isinstance(error, duckdb.IOException) and "lock" in str(error).lower()


_State = tuple[int, int, int, int]


def _state_of(path: Path) -> _State | None:
    """What identifies the content of a file; None while a log of writes that are not in the file lies next to it.

    Opening the file would be wrong: closing it again takes away DuckDB's lock, which is one of the whole process.
    """
    found = path.stat()
    has_log = path.with_name(f"{path.name}.wal").exists()
    return None if has_log else (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@dataclass
class _Known:
    """What this process knows about a file while the file is in a state.

    columns: of each table that was described: name -> type. ledger: see `KeptLedger`.
    """

    state: _State | None
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    ledger: KeptLedger | None = None


@dataclass
class _Attached:
    """An attached file: its name in DuckDB, mode, number of users and what is known about it."""

    name: str
    read_only: bool
    users: int
    known: _Known


@dataclass
class _Opened:
    """A connection to a file. known: None if the surrounding program has opened the file and may write to it."""

    connection: duckdb.DuckDBPyConnection
    known: _Known | None

    def columns(self, table: str) -> dict[str, str]:
        """As `_columns_of`; what is known is not described again."""
        known = {} if self.known is None else self.known.columns
        if table not in known and (found := _columns_of(self.connection, table)):
            known[table] = found
        return known.get(table, {})

    def forget_columns(self) -> None:
        """For a transaction that creates or alters a table."""
        if self.known is not None:
            self.known.columns.clear()


class _Instance:
    """The DuckDB instance of this process; files are attached to it while they are used.

    A run opens its file hundreds of times; starting an instance takes 16 ms, attaching a file 2 ms.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._files: dict[Path, _Attached] = {}
        self._attached = 0
        self._kept: Counter[Path] = Counter()
        self._known: dict[Path, _Known] = {}

    @contextmanager
    def kept_open(self, path: Path) -> Iterator[None]:
        """Within the block, in which no other process writes, the file stays attached from a read to the next write."""
        with self._lock:
            self._kept[path] += 1
        try:
            yield
        finally:
            with uninterrupted(), self._lock:
                self._kept[path] -= 1
                file = self._files.get(path)
                if file is not None and file.users == 0 and not self._kept[path]:
                    self._detach(path, file)

    def open(self, path: Path, stack: ExitStack, *, read_only: bool) -> _Opened:
        """Opens a connection to the file; the stack closes it.

        Raises:
            duckdb.IOException: the file is locked, by another process or by another use in this process.
            duckdb.ConnectionException: the surrounding program has opened the file itself, in the other mode.
        """
        with uninterrupted(), self._lock:
            if self._connection is None:
                self._connection = duckdb.connect(":memory:")
                self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
                # Most statements take less time than handing parts of them to another thread, and reading four seasons
                # is bound by the conversion to pandas, which is not DuckDB's.
                self._connection.execute("SET threads = 1")
            file = self._files.get(path)
            if file is not None and file.users == 0 and not read_only:
                self._detach(path, file)
                file = None
            if file is not None and not (file.read_only and read_only):
                raise duckdb.IOException(f"{path.name} is locked by another use in this process ({os.getpid()})")
            if file is None:
                self._attached += 1
                name = f"file_{self._attached}"
                quoted = str(path).replace("'", "''")
                try:
                    self._connection.execute(f"ATTACH '{quoted}' AS {name}{' (READ_ONLY)' if read_only else ''}")
                except duckdb.ResourceInUseException:
                    # The surrounding program, such as a notebook, has opened the file; connections in a process share
                    # it.
                    found = duckdb.connect(str(path), read_only=read_only)
                    stack.callback(found.close)
                    found.execute("SET TimeZone = 'UTC'")
                    return _Opened(found, None)
                file = self._files[path] = _Attached(name, read_only, 0, self._known_of(path))
            file.users += 1
            cursor = self._connection.cursor()
            stack.callback(self._release, path, cursor)
            cursor.execute(f"USE {file.name}")
            return _Opened(cursor, file.known)

    def _known_of(self, path: Path) -> _Known:
        """What is known about an attached file, which no other process can change."""
        state, known = _state_of(path), self._known.get(path)
        if known is None or state is None or known.state != state:
            known = self._known[path] = _Known(state)
        return known

    def _release(self, path: Path, cursor: duckdb.DuckDBPyConnection) -> None:
        """Closes the connection; the last one detaches the file unless it is kept open for reading."""
        with uninterrupted(), self._lock:
            cursor.close()
            file = self._files[path]
            file.users -= 1
            if file.users == 0 and not (file.read_only and self._kept[path]):
                self._detach(path, file)

    def _detach(self, path: Path, file: _Attached) -> None:
        assert self._connection is not None
        del self._files[path]
        if not file.read_only:
            file.known.state = None
        self._connection.execute(f"DETACH {file.name}")
        if not file.read_only and self._kept[path]:
            # This process is the only writer. Otherwise another one might have written since the file was detached.
            file.known.state = _state_of(path)


_INSTANCE = _Instance()


class DuckDBWarehouse:
    """Warehouse in one DuckDB file; its folder is created if missing."""

    def __init__(self, path: Path, lock_timeout_seconds: float = 120.0) -> None:
        self.path = path
        self.lock_timeout_seconds = lock_timeout_seconds

    @property
    def leases(self) -> None:
        """None: on one machine file locks of the operating system suffice."""
        return None

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Within the block the file stays open for reading between two uses."""
        with _INSTANCE.kept_open(self.path.resolve()):
            yield

    @contextmanager
    def _connect(self, *, read_only: bool) -> Iterator[_Opened]:
        if not self.path.exists():
            self._make()
        waiting = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_lock),
            wait=tenacity.wait_random_exponential(multiplier=0.05, max=2.0),
            stop=tenacity.stop_after_delay(self.lock_timeout_seconds),
            before_sleep=self._tell,
            reraise=True,
        )
        path = self.path.resolve()
        with ExitStack() as stack:
            try:
                opened = waiting(_INSTANCE.open, path, stack, read_only=read_only)
            except duckdb.IOException as error:
                if not _is_lock(error):
                    raise
                raise WarehouseBusy(
                    f"{self.path.name} stayed locked for {self.lock_timeout_seconds:.0f} s: {error}. "
                    "Close the program that has it open (a DuckDB shell, a notebook) and run the command again."
                ) from error
            yield opened

    def _make(self) -> None:
        """Creates an empty database file, so that an empty warehouse can be read, too.

        It is created under another name and renamed: DuckDB first creates a file of 0 bytes, which a reader must not
        see.
        """
        with first_use(self.path.parent, self.lock_timeout_seconds):
            if not self.path.exists():
                partial = self.path.with_name(f"{self.path.name}.partial")
                partial.unlink(missing_ok=True)
                duckdb.connect(str(partial)).close()
                partial.replace(self.path)

    def _tell(self, state: tenacity.RetryCallState) -> None:
        if state.attempt_number == 5 and state.outcome is not None:
            log.warning("waiting for %s: %s", self.path.name, state.outcome.exception())

    @contextmanager
    def snapshot(self) -> Iterator[DuckDBSnapshot]:
        """One read transaction over tables and ledger."""
        with self._connect(read_only=True) as opened:
            opened.connection.execute("BEGIN TRANSACTION READ ONLY")
            try:
                yield DuckDBSnapshot(opened.connection, opened.known)
            finally:
                with uninterrupted():
                    opened.connection.execute("ROLLBACK")

    @contextmanager
    def _transaction(self) -> Iterator[_Opened]:
        with self._connect(read_only=False) as opened:
            opened.connection.execute("BEGIN TRANSACTION")
            try:
                yield opened
            except BaseException:
                opened.forget_columns()  # they may be those of a table that this transaction created
                with uninterrupted():
                    opened.connection.execute("ROLLBACK")
                raise
            with uninterrupted():
                opened.connection.execute("COMMIT")

    def record_source(self, source: str, at: datetime) -> None:
        """Records the kind of rows the warehouse will contain, in a table of one row."""
        with self._transaction() as opened:
            opened.forget_columns()
            opened.connection.execute("CREATE SCHEMA IF NOT EXISTS quality")
            opened.connection.execute(
                f"CREATE OR REPLACE TABLE {_SOURCE_TABLE} AS SELECT ? AS source, CAST(? AS TIMESTAMPTZ) AS recorded_at",
                [source, at],
            )

    def replace_days(
        self,
        contract: TableContract,
        rows: pa.Table,
        days: Sequence[date],
        ledger: pd.DataFrame,
        records: pd.DataFrame,
    ) -> None:
        """Replaces the days of a table with their quarantine and ledger rows in one transaction."""
        with self._transaction() as opened:
            connection = opened.connection
            connection.execute("CREATE SCHEMA IF NOT EXISTS quality")
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {contract.layer}")
            columns = {field.name: _SQL_TYPES[field.type] for field in contract.arrow_schema}
            held = _moved_from_other_layer(opened, contract)
            _ensure(opened, f"{contract.layer}.{contract.name}", columns, held)
            _replace(connection, f"{contract.layer}.{contract.name}", rows, days)
            _ensure_quality(opened)
            for name, frame in (("quarantine", records), ("check_results", None)):
                incoming = quality_arrow(name, frame) if frame is not None else None
                _replace(connection, f"quality.{name}", incoming, days, "table_name = ?", [contract.name])
            (newest,) = connection.execute("SELECT coalesce(max(sequence), 0) FROM quality.partition_log").fetchall()[0]
            numbered = ledger.assign(sequence=range(newest + 1, newest + 1 + len(ledger)))
            incoming = quality_arrow("partition_log", numbered)
            connection.register("incoming_ledger", incoming)
            connection.execute("INSERT INTO quality.partition_log BY NAME SELECT * FROM incoming_ledger")

    def replace_check_results(
        self, results: pd.DataFrame, table: str, checks: Sequence[str], days: Sequence[date]
    ) -> None:
        """Replaces the results of these checks on these days in one transaction."""
        with self._transaction() as opened:
            connection = opened.connection
            connection.execute("CREATE SCHEMA IF NOT EXISTS quality")
            _ensure_quality(opened)
            marks = ", ".join("?" for _ in checks)
            _replace(
                connection,
                "quality.check_results",
                quality_arrow("check_results", results),
                days,
                f"table_name = ? AND check_name IN ({marks})",
                [table, *checks],
            )


class DuckDBSnapshot:
    """Reads of one transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, known: _Known | None = None) -> None:
        self._connection = connection
        self._known = _Known(None) if known is None else known
        self._absent: set[str] = set()
        self._is_ledger_current = False

    def _columns(self, table: str) -> dict[str, str]:
        """Cached `_columns_of`: columns do not change during the transaction."""
        found = self._known.columns.get(table, {})
        if not found and table not in self._absent:
            found = _columns_of(self._connection, table)
            if found:
                self._known.columns[table] = found
            else:
                self._absent.add(table)
        return found

    def read(
        self,
        contract: TableContract,
        first: date,
        last: date,
        columns: Sequence[str] | None = None,
        holding: Mapping[str, str] | None = None,
    ) -> pd.DataFrame:
        """Rows of the days in contract dtypes, sorted by the full key; see the protocol."""
        names = list(columns) if columns is not None else contract.column_names
        table = f"{contract.layer}.{contract.name}"
        present = self._columns(table)
        if not present:
            table = f"{_schema_of(self._connection, contract)}.{contract.name}"
            present = self._columns(table)
        if not present:
            schema = pa.schema([contract.arrow_schema.field(name) for name in names])
            return typed_from_arrow(contract, schema.empty_table())
        of_key = [name for name in contract.full_key if name not in names]
        chosen = ", ".join(name if name in present else f"NULL AS {name}" for name in [*names, *of_key])
        wanted = " AND ".join(["game_date BETWEEN ? AND ?", *(f"{name} = ?" for name in holding or {})])
        found = self._connection.sql(
            f"SELECT {chosen} FROM {table} WHERE {wanted}", params=[first, last, *(holding or {}).values()]
        ).to_arrow_table()
        return typed_from_arrow(contract, _sorted(found, contract.full_key).select(names))

    def ledger(
        self,
        tables: Sequence[str] | None = None,
        first: date | None = None,
        last: date | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Newest partition_log row of each (table, day); see the protocol."""
        if self._known.state is not None and (kept := self._kept_ledger()) is not None:
            wanted = list(QUALITY_TABLES["partition_log"] if columns is None else columns)
            return quality_frame(kept.rows(tables, first, last, wanted))
        conditions, values = _range_conditions(first, last)
        if tables is not None:
            conditions.append("list_contains(?, table_name)")
            values.append(list(tables))
        return self._select(
            "partition_log",
            conditions,
            values,
            f"QUALIFY row_number() OVER (PARTITION BY table_name, game_date ORDER BY {self._order_of_appends} DESC) = 1"
            " ORDER BY table_name, game_date",
            columns,
        )

    def _kept_ledger(self) -> KeptLedger | None:
        """The ledger as of this snapshot, from memory and the rows that were appended since; None for a file whose
        ledger is not in the current form."""
        if not self._is_ledger_current:
            if set(self._columns("quality.partition_log")) != set(QUALITY_TABLES["partition_log"]):
                return None
            self._known.ledger = KeptLedger.up_to_date(self._known.ledger, self._connection)
            self._is_ledger_current = True
        return self._known.ledger

    @cached_property
    def _order_of_appends(self) -> str:
        """Sort key of the ledger: its sequence, or rowid in a file of an older version without one."""
        return "sequence" if "sequence" in self._columns("quality.partition_log") else "rowid"

    def source(self) -> str | None:
        """The kind of rows in the warehouse; see the protocol."""
        if self._columns(_SOURCE_TABLE):
            (found,) = self._connection.sql(f"SELECT source FROM {_SOURCE_TABLE}").fetchall()
            return str(found[0])
        is_filled = bool(self._columns("quality.partition_log")) and bool(
            self._connection.sql("SELECT 1 FROM quality.partition_log LIMIT 1").fetchall()
        )
        return "archive" if is_filled else None

    def quality(
        self,
        name: str,
        table: str | None = None,
        first: date | None = None,
        last: date | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Rows of a quality table; see the protocol."""
        conditions, values = _range_conditions(first, last)
        if table is not None:
            conditions.append("table_name = ?")
            values.append(table)
        return self._select(name, conditions, values, "ORDER BY ALL", columns)

    def failed_checks(self, table: str) -> pd.DataFrame:
        """Rows of quality.check_results that did not pass, for all days of a table."""
        return self._select("check_results", ["table_name = ?", "NOT passed"], [table], "ORDER BY ALL")

    def _select(
        self, name: str, conditions: list[str], values: list[object], tail: str, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        wanted = list(QUALITY_TABLES[name] if columns is None else columns)
        present = self._columns(f"quality.{name}")
        if not present:
            return quality_frame(quality_arrow(name, None).select(wanted))
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        names = ", ".join(
            f'"{column}"'
            if column in present
            else f'CAST(NULL AS {_SQL_TYPES[QUALITY_TABLES[name][column]]}) AS "{column}"'
            for column in wanted
        )
        found = self._connection.sql(
            f"SELECT {names} FROM quality.{name} {where} {tail}", params=values
        ).to_arrow_table()
        return quality_frame(found)


def _sorted(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """The rows sorted by the key.

    A run writes its days sorted and DuckDB returns rows as they were written, so most reads are sorted already; to sort
    in the query takes twice as long as to read.
    """
    if rows.num_rows < 2:
        return rows
    columns = [rows.column(name).combine_chunks() for name in key]
    is_ascending = np.zeros(rows.num_rows - 1, dtype=bool)
    is_equal = np.ones(rows.num_rows - 1, dtype=bool)
    for column in columns:
        former, later = column.slice(0, rows.num_rows - 1), column.slice(1)
        is_ascending |= is_equal & _flags(pc.less(former, later))
        is_equal &= _flags(pc.equal(former, later))
    if bool((is_ascending | is_equal).all()):
        return rows
    return rows.sort_by([(name, "ascending") for name in key])


def _flags(values: pa.Array) -> np.ndarray:
    """A comparison as an array of bools; false where a value is NULL."""
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False))


def _range_conditions(first: date | None, last: date | None) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    if first is not None:
        conditions.append("game_date >= ?")
        values.append(first)
    if last is not None:
        conditions.append("game_date <= ?")
        values.append(last)
    return conditions, values


def _columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """The columns of a table with their types as of the last commit; empty if there is no such table.

    Describes the table by name: a query over the catalog reads all of it, 15 ms per connection. It runs on a cursor of
    its own, because an error would abort the transaction.
    """
    (file,) = connection.execute("SELECT current_database()").fetchall()[0]
    try:
        return {name: kind for name, kind, *_ in connection.cursor().execute(f"DESCRIBE {file}.{table}").fetchall()}
    except duckdb.CatalogException:
        return {}


def _schema_of(connection: duckdb.DuckDBPyConnection, contract: TableContract) -> str:
    """The schema that contains a table that is not in that of its layer: an earlier version stored it elsewhere."""
    (file,) = connection.execute("SELECT current_database()").fetchall()[0]
    held = connection.execute(
        "SELECT schema_name FROM duckdb_tables() WHERE database_name = ? AND table_name = ?",
        [file, contract.name],
    ).fetchall()
    return str(held[0][0]) if held else contract.layer


def _moved_from_other_layer(opened: _Opened, contract: TableContract) -> dict[str, str]:
    """Moves a table that an earlier version stored in the schema of another layer.

    Its rows are kept, because rows that were published live cannot be built again.

    Returns:
        The columns of the table, moved or not. `_columns_of` does not see moved ones before the commit.
    """
    own = f"{contract.layer}.{contract.name}"
    if columns := opened.columns(own):
        return columns
    held = _schema_of(opened.connection, contract)
    columns = opened.columns(f"{held}.{contract.name}")
    if held != contract.layer:
        opened.forget_columns()
        opened.connection.execute(f"CREATE TABLE {own} AS SELECT * FROM {held}.{contract.name}")
        opened.connection.execute(f"DROP TABLE {held}.{contract.name}")
    return columns


def _ensure(opened: _Opened, table: str, columns: Mapping[str, str], held: Mapping[str, str]) -> None:
    """Creates the table, or adapts its columns to the contract.

    Raises:
        ColumnTypeChanged: a column has another type; types are never converted silently.
    """
    connection = opened.connection
    if set(held) != set(columns):
        opened.forget_columns()
    if not held:
        spec = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        connection.execute(f"CREATE TABLE {table} ({spec})")
        return
    full = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
    for column, kind in columns.items():
        if column not in held:
            connection.execute(f'ALTER TABLE {table} ADD COLUMN "{column}" {kind}')
        elif held[column] != full.get(kind, kind):
            raise ColumnTypeChanged(
                f"{table}.{column} is {held[column]} in the warehouse and {kind} in the contract. "
                f"Drop the table ({table}) and build its days again."
            )
    for column in held:
        if column not in columns:
            connection.execute(f'ALTER TABLE {table} DROP COLUMN "{column}"')


def _ensure_quality(opened: _Opened) -> None:
    for name, columns in QUALITY_TABLES.items():
        held = opened.columns(f"quality.{name}")
        _ensure(opened, f"quality.{name}", {column: _SQL_TYPES[kind] for column, kind in columns.items()}, held)
        # A version without the column ordered the rows by rowid, which starts at 0.
        if name == "partition_log" and held and "sequence" not in held:
            opened.connection.execute("UPDATE quality.partition_log SET sequence = rowid + 1")


def _replace(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: pa.Table | None,
    days: Sequence[date],
    condition: str = "true",
    values: Sequence[object] = (),
) -> None:
    """Deletes the rows of the days that satisfy the condition, and inserts the new ones."""
    first, last = min(days), max(days)
    # Most days are a range, and to delete them without a subquery takes half the time.
    wanted = "game_date BETWEEN ? AND ?"
    has_gaps = len(set(days)) <= (last - first).days
    if has_gaps:
        connection.register("incoming_days", pa.table({"game_date": pa.array(days, pa.date32())}))
        wanted += " AND game_date IN (SELECT game_date FROM incoming_days)"
    connection.execute(f"DELETE FROM {table} WHERE {condition} AND {wanted}", [*values, first, last])
    if has_gaps:
        connection.unregister("incoming_days")
    if rows is not None and rows.num_rows:
        connection.register("incoming_rows", rows)
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming_rows")
        connection.unregister("incoming_rows")
