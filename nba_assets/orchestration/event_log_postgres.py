"""The batching event log in Postgres, for records that several machines share.

Needs dagster-postgres, an extra of the project (`.[postgres]`). What is shared with SQLite is in event_log.py. Here

* the ids of a batch are allocated before its rows are written, under an advisory lock until the commit: a reader that
  continues from the newest id never misses a row that is committed later with a smaller id;
* `event_logs` contains only the evaluations of run logs, the last one of each check. The others are allocated an id,
  which orders them among materializations, and their text is in `asset_check_executions`;
* each process keeps one idle connection, because connecting takes longer than most statements;
* synchronous_commit is off for the connections of the event log: a server that crashes may lose the last half second
  of records, which `nba-assets reconcile` restores from the ledger; it corrupts nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as db
from dagster import EventLogEntry
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData
from dagster_postgres import PostgresEventLogStorage
from dagster_postgres.utils import create_pg_engine, get_token_provider_from_config
from sqlalchemy.engine import Connection, Engine

from nba_assets.orchestration.check_states import names_of_check_states, prepare_check_states
from nba_assets.orchestration.event_log import INDEXED_EVENTS, BatchedEvents, EventRow
from nba_assets.orchestration.postgres_url import url_from_config

_WRITERS = 0x6E6261
"""Key of the writers' advisory lock."""
_POOL: Mapping[str, Any] = {"pool_size": 1, "max_overflow": 20, "pool_recycle": 3600, "pool_pre_ping": True}
_DRAW = db.text("SELECT nextval(pg_get_serial_sequence('event_logs', 'id')) FROM generate_series(1, :count) ORDER BY 1")


class BatchingPostgresEventLogStorage(BatchedEvents, PostgresEventLogStorage):
    """PostgresEventLogStorage with fewer transactions and cached check states."""

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: ConfigurableClassData | None = None,
        token_provider: Any = None,
    ) -> None:
        super().__init__(postgres_url, should_autocreate_tables, inst_data, token_provider)
        self._use(self._pooled())
        _prepare(self._engine)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> BatchingPostgresEventLogStorage:
        return cls(
            postgres_url=url_from_config(config_value),
            should_autocreate_tables=config_value.get("should_autocreate_tables", True),
            inst_data=inst_data,
            token_provider=get_token_provider_from_config(config_value),
        )

    # Connections

    def _pooled(self, **options: Any) -> Engine:
        engine: Engine = create_pg_engine(
            self.postgres_url,
            self._token_provider,
            isolation_level="AUTOCOMMIT",
            executemany_mode="values_plus_batch",
            **{**_POOL, **options},
        )
        db.event.listen(engine, "connect", _commit_without_waiting)
        return engine

    def _use(self, engine: Engine) -> None:
        self._engine.dispose()
        self._engine = engine

    def optimize_for_webserver(self, statement_timeout: int, pool_recycle: int, max_overflow: int) -> None:
        engine = self._pooled(pool_recycle=pool_recycle, max_overflow=max_overflow)
        db.event.listen(engine, "connect", lambda connection, _: _limit(connection, statement_timeout))
        self._use(engine)

    def dispose(self) -> None:
        self._engine.dispose()
        super().dispose()

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        self._flush(threading.get_ident())  # a thread reads what it has stored
        with super()._connect() as connection:
            yield connection

    @contextmanager
    def index_transaction(self) -> Iterator[Connection]:
        """A connection in a transaction, reset before it returns to the pool."""
        with self._connect() as connection:
            transactional = connection.execution_options(isolation_level="READ COMMITTED")
            with transactional.begin():
                yield transactional

    # Events

    def _store_alone(self, event: EventLogEntry) -> None:
        if event.dagster_event_type in INDEXED_EVENTS:
            self._write(self._rows([event]))  # in the order of the ids, like a batch
        else:
            super()._store_alone(event)

    def _write(self, rows: Sequence[EventRow]) -> None:
        with self.index_transaction() as connection:
            connection.execute(db.select(db.func.pg_advisory_xact_lock(_WRITERS)))
            numbered = list(zip(connection.scalars(_DRAW, {"count": len(rows)}), rows, strict=True))
            connection.execute(
                SqlEventLogStorageTable.insert(), [{"id": id, **row.columns} for id, row in numbered if row.has_row]
            )
            self._write_index(
                connection, [(id, row) for id, row in numbered if row.event.dagster_event_type in INDEXED_EVENTS]
            )


def _prepare(engine: Engine) -> None:
    """Creates what check states need if it is missing, as in a database written by Dagster or an older version."""
    present = "SELECT relname::text FROM pg_class UNION SELECT tgname::text FROM pg_trigger"
    with engine.connect().execution_options(isolation_level="READ COMMITTED") as connection:
        tables = set(connection.exec_driver_sql("SELECT relname::text FROM pg_class WHERE relkind = 'r'").scalars())
        if "event_logs" not in tables:  # Dagster creates the tables later
            return
        if not names_of_check_states(engine.dialect.name) <= set(connection.exec_driver_sql(present).scalars()):
            connection.execute(db.select(db.func.pg_advisory_xact_lock(_WRITERS)))
            prepare_check_states(connection)
        connection.commit()


def _commit_without_waiting(connection: Any, _: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO OFF")
    connection.commit()


def _limit(connection: Any, milliseconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {int(milliseconds)}")
    connection.commit()
