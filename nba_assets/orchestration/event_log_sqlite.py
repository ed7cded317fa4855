"""The batching event log in SQLite, for one machine. What is shared with Postgres is in event_log.py. Here

* a batch is one transaction for the file of the run and one for the index, which is committed last;
* there is one engine per file, and with it SQLAlchemy's compiled statements;
* one connection to the index and one to the file of the running run stay open and serve every read and write: to open a
  file and set its pragmas takes longer than most statements, and when the last connection to a file closes, SQLite
  checkpoints its -wal file, which would be at every event. The UI follows a running run by watching its .db file, so
  that file's modification time is set after each write;
* synchronous=NORMAL: a killed process loses nothing, a power cut may lose the last commits but corrupts nothing
  (sqlite.org/wal.html).

While a process runs, the latest rows of index.db may be in index.db-wal: copy both files together.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import sqlalchemy as db
from dagster import DagsterEventType, EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from nba_assets.orchestration.check_states import names_of_check_states, prepare_check_states
from nba_assets.orchestration.event_log import INDEXED_EVENTS, BatchedEvents, EventRow
from nba_assets.orchestration.event_texts import Row

_MAX_ENGINES = 16
_ENDS = frozenset({DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE, DagsterEventType.RUN_CANCELED})
_events = SqlEventLogStorageTable


class BatchingSqliteEventLogStorage(BatchedEvents, SqliteEventLogStorage):
    """SqliteEventLogStorage with equal rows and fewer transactions."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._idle: dict[str, Connection] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> BatchingSqliteEventLogStorage:
        return cls(inst_data=inst_data, **config_value)

    def _engine(self, shard: str) -> Engine:
        """The engine of a file; the caller must hold `_db_lock`."""
        if shard not in self._engines:
            # NullPool: files of runs that are not running are opened for each read, so they may be deleted at any time
            self._engines[shard] = db.create_engine(
                self.conn_string_for_shard(shard),
                poolclass=NullPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
            _listen(self._engines[shard])
            if len(self._engines) > _MAX_ENGINES:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        engine = self._engines[shard]
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            if shard == INDEX_SHARD_NAME:
                _prepare_index(engine)
            self._initialized_dbs.add(shard)
        if shard == INDEX_SHARD_NAME:
            self._keep_open(shard, engine)
        return engine

    def _initdb(self, engine: Engine, for_index_shard: bool = False) -> None:
        _listen(engine)  # the stock storage creates a new index by an engine of its own
        super()._initdb(engine, for_index_shard)

    def _keep_open(self, shard: str, engine: Engine) -> None:
        """Keeps one idle connection to the index, and one to the file of the run that was written last."""
        if shard in self._idle:
            return
        for other in [other for other in self._idle if INDEX_SHARD_NAME not in (shard, other)]:
            if not self._idle[other].in_transaction():  # a batch may write to the files of several runs
                self._idle.pop(other).close()
        self._idle[shard] = engine.connect()
        # SQLite opens the file at the first read; an open result would block checkpoints indefinitely
        self._idle[shard].exec_driver_sql("PRAGMA schema_version").close()
        self._idle[shard].rollback()

    def _store_alone(self, event: EventLogEntry) -> None:
        with self._db_lock:
            self._keep_open(event.run_id, self._engine(event.run_id))
        super()._store_alone(event)
        self._written([event])

    def _written(self, events: Sequence[EventLogEntry]) -> None:
        """Notifies watchers of the runs' files, and closes the file of a run that has ended."""
        with self._db_lock:
            for event in events:
                if event.dagster_event_type in _ENDS and event.run_id in self._idle:
                    self._idle.pop(event.run_id).close()
        for run_id in {event.run_id for event in events}:
            os.utime(self.path_for_shard(run_id))

    def dispose(self) -> None:
        with self._db_lock:
            while self._idle:
                self._idle.popitem()[1].close()
            while self._engines:
                self._engines.popitem()[1].dispose()
        super().dispose()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        self._flush(threading.get_ident())  # a thread must read its own writes
        with self._db_lock:
            engine = self._engine(shard)
            with self._connection(shard, engine) as conn, conn.begin():
                yield conn

    @contextmanager
    def _connection(self, shard: str, engine: Engine) -> Iterator[Connection]:
        """A connection outside of a transaction: the idle one of the file unless a surrounding block uses it."""
        idle = self._idle.get(shard)
        if idle is None or idle.in_transaction():
            with engine.connect() as conn:
                yield conn
            return
        try:
            yield idle
        except BaseException:
            self._idle.pop(shard, None)
            idle.close()  # rolls back
            raise

    def _write(self, rows: Sequence[EventRow]) -> None:
        shards: dict[str, list[Row]] = {}
        for row in rows:
            if row.is_logged:
                shards.setdefault(row.event.run_id, []).append(row.columns)
        indexed = [row for row in rows if row.event.dagster_event_type in INDEXED_EVENTS]
        # Closing an uncommitted connection rolls it back. Sorted, the index last: writers lock files in the same order.
        with self._db_lock, ExitStack() as stack:
            written: list[tuple[Connection, int, int]] = []
            for shard, logged in sorted(shards.items()):
                conn = stack.enter_context(self._begin(shard))
                written.append((conn, _append(conn, logged), len(logged)))
            index = stack.enter_context(self._begin(INDEX_SHARD_NAME)) if indexed else None
            if index:
                first_id = _append(index, [row.columns if row.has_row else None for row in indexed])
                self._write_index(index, list(enumerate(indexed, first_id)))
            committed: list[tuple[Connection, int, int]] = []
            try:
                for conn, first_id, count in written:
                    conn.commit()
                    committed.append((conn, first_id, count))
                if index:
                    index.commit()
            except BaseException:
                for conn, first_id, count in committed:
                    conn.execute(_events.delete().where(_events.c.id.between(first_id, first_id + count - 1)))
                    conn.commit()
                raise
        self._written([row.event for row in rows if row.is_logged])

    @contextmanager
    def _begin(self, shard: str) -> Iterator[Connection]:
        engine = self._engine(shard)
        self._keep_open(shard, engine)
        with self._connection(shard, engine) as conn:
            # pysqlite would begin at the first insert, but ids are read before
            conn.exec_driver_sql("BEGIN IMMEDIATE")
            yield conn


def _prepare_index(engine: Engine) -> None:
    """Creates what check states need in an index that Dagster or an older version has written."""
    with engine.connect() as conn:
        names = set(conn.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
        if not names_of_check_states(engine.dialect.name) <= names:
            conn.exec_driver_sql("BEGIN IMMEDIATE")
            prepare_check_states(conn)
            conn.commit()


def _listen(engine: Engine) -> None:
    if not db.event.contains(engine, "connect", _set_pragmas):
        db.event.listen(engine, "connect", _set_pragmas)


def _set_pragmas(connection: sqlite3.Connection, _: object) -> None:
    # For a new file only: rows of evaluations are 1.2 kB, and pages of 4 kB stay empty by a seventh.
    connection.execute("PRAGMA page_size=8192").close()
    connection.execute("PRAGMA synchronous=NORMAL").close()
    # planning 64 checks of 1,343 days is a transaction of 140 MB, and the -wal file would keep that size
    connection.execute("PRAGMA journal_size_limit=16777216").close()


def _append(conn: Connection, rows: Sequence[Row | None]) -> int:
    """Inserts event rows with the ids that SQLite would give them; None takes an id and has no row.

    Returns:
        The first id. The caller holds the write lock; the last row is not None, or its id would be given again.
    """
    first_id = (conn.scalar(db.select(db.func.max(_events.c.id))) or 0) + 1
    conn.execute(_events.insert(), [{"id": id, **row} for id, row in enumerate(rows, first_id) if row is not None])
    return cast("int", first_id)
