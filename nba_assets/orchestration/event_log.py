"""An event log that writes many events in one transaction.

What belongs here: how Dagster's events are stored. What does not: which events there are. `BatchedEvents` is shared by
all databases; `BatchingSqliteEventLogStorage` below is for one machine, event_log_postgres.py for several.

The stock storage opens a new engine, compiles, commits and closes for every statement of every event. A range run over
four seasons writes some 60,000 events, so that bookkeeping would take longer than the data. This one writes the same
rows (same ids, same order) but

* implements `store_event_batch` with bulk inserts in one transaction, on SQLite one for the run's file and one for the
  index;
* offers `batched_events` for the one kind of event that Dagster does not batch: check evaluations;
* offers `store_evaluations` for the evaluations of many days;
* writes only the newest materialization of each table and the newest evaluation of each check of a batch to the log of
  the run; the others are read from the index alone, which holds each text once, without the fields that repeat columns;
* serialises evaluations and materializations itself: four seasons have 350,000, and the parts common to a step are
  serialised only once.

On SQLite it also

* keeps one engine per file, and with it SQLAlchemy's compiled statements;
* keeps one connection to the index and one to the file of the running run, and uses them for every read and write: to
  open a file and set its pragmas takes longer than most statements, and when the last connection to a file closes,
  SQLite checkpoints its -wal file, which would be at every event. The UI follows a running run by watching its .db
  file, so that file's modification time is set after each write;
* asks SQLite for synchronous=NORMAL: a killed process loses nothing, a power cut may lose the last commits but corrupts
  nothing (sqlite.org/wal.html).

It is part of the storage that dagster.yaml names (nba_assets/orchestration/storage.py).

Dagster batches only if DAGSTER_EVENT_BATCH_SIZE is set. It reads the variable at every event, so the order of imports
does not matter: the constructor sets a default unless the variable is set already.

While a process runs, the latest rows of index.db may be in index.db-wal: copy both files together.

Private methods of Dagster's storages are used: the Dagster version is pinned, and the tests compare the rows with
those of the stock storage.
"""

import json
import logging
import os
import sqlite3
import threading
from abc import abstractmethod
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as db
from dagster import (
    AssetCheckEvaluation,
    AssetKey,
    AssetMaterialization,
    DagsterEventType,
    DagsterInstance,
    EventLogEntry,
    IntMetadataValue,
    TextMetadataValue,
)
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.errors import DagsterInvariantViolationError
from dagster._core.events import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    BATCH_WRITABLE_EVENTS,
    EVENT_TYPE_TO_PIPELINE_RUN_STATUS,
    AssetMaterializationPlannedData,
    StepMaterializationData,
)
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetKeyTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData, pack_value, serialize_value
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from nba_assets.orchestration.check_states import (
    KeptCheckStates,
    names_of_check_states,
    prepare_check_states,
    versions_raised_once,
)

BATCH_SIZE = 500
"""Events per transaction. It bounds how long other writers wait for the index (a few hundredths of a second)."""

INPUT_TAGS = ("dagster/input_data_version/", "dagster/input_event_pointer/")
_MAX_ENGINES = 16
INDEXED_EVENTS = ASSET_EVENTS | ASSET_CHECK_EVENTS | set(EVENT_TYPE_TO_PIPELINE_RUN_STATUS)
_BUFFERED_EVENTS = BATCH_WRITABLE_EVENTS | {DagsterEventType.ASSET_CHECK_EVALUATION}

_events, _asset_keys, _executions = SqlEventLogStorageTable, AssetKeyTable, AssetCheckExecutionsTable
_update_execution = _executions.update().where(
    _executions.c.asset_key == db.bindparam("of_asset_key"),
    _executions.c.check_name == db.bindparam("of_check_name"),
    _executions.c.run_id == db.bindparam("of_run_id"),
)
# Two statements: with IS NOT DISTINCT FROM in a single one, Postgres would not use the index for the partition.
_update_of_day = _update_execution.where(_executions.c.partition == db.bindparam("of_partition"))
_update_without_day = _update_execution.where(_executions.c.partition.is_(None))

_Row = dict[str, Any]
_OF_DAYS = frozenset({DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_MATERIALIZATION_PLANNED})
"""Kinds of events of which a run over many days has one a table and day."""
_ENDS = frozenset({DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE, DagsterEventType.RUN_CANCELED})
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EventRow:
    """An event to write.

    columns: of `event_logs`. text: of the event in `asset_check_executions`. is_logged: the log of the run has it.
    has_row: `event_logs` of the index has it; without a row the event still has an id.
    """

    event: EventLogEntry
    columns: _Row
    text: str
    is_logged: bool
    has_row: bool


def _newest(events: Sequence[EventLogEntry], kinds: Collection[DagsterEventType]) -> set[int]:
    """Python's ids of the events, without those of these kinds that are not the last of their table or check.

    The last event is always among them, so the largest storage id of a batch is that of a row.
    """
    last: dict[object, int] = {}
    for event in events:
        if event.dagster_event_type in kinds:
            found = event.get_dagster_event()
            name = getattr(found.event_specific_data, "check_name", None)
            last[event.run_id, found.event_type, found.asset_key, name] = id(event)
        else:
            last[id(event)] = id(event)
    return set(last.values())


@contextmanager
def batched_events(instance: DagsterInstance) -> Iterator[None]:
    """Collects the events of this thread and writes them BATCH_SIZE at a time; for the `yield`s of a check op.

    Compute first, then open, yield, close: ::

        evaluations = compute(...)
        with batched_events(context.op_execution_context.instance):
            yield from evaluations
        yield Output(None)

    Yielded events are stored as they would be without the block, even if the body raises, or the generator is closed
    (GeneratorExit) or never resumed because Dagster rejects an evaluation: dropping one would make the log differ from
    what Dagster has already processed. No transaction is open across a `yield`: events wait in memory, so no lock is
    kept while the op computes. They are written when any other event of the thread arrives (a log message, the step's
    end or failure), when the thread reads, and at the end of the block. Other threads and processes see them only then.
    A hard kill loses the waiting events, together with the run.

    If the instance stores its events elsewhere (DagsterInstance.ephemeral()) this does nothing.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, BatchedEvents):
        yield
        return
    with storage.buffered():
        yield


class BatchedEvents(KeptCheckStates):
    """Any SqlEventLogStorage with equal rows, fewer transactions and cached check states.

    See the docstrings of this module and of check_states. `_write` depends on the database.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # before super().__init__, which already reads and writes
        self._full_texts, self._brief_texts = _EventTexts(), _EventTexts(is_brief=True)
        self._known_tables: set[str] = set()
        self._known_asset_key_columns: set[str] = set()
        # By thread id and not threading.local: the garbage collector may close a generator in another thread.
        self._buffering_threads: set[int] = set()
        self._buffers: dict[int, list[EventLogEntry]] = {}
        # Reentrant: the collector may close a generator while this very thread holds it.
        self._buffers_lock = threading.RLock()
        super().__init__(*args, **kwargs)
        os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(BATCH_SIZE))

    @abstractmethod
    def _write(self, rows: Sequence[EventRow]) -> None:
        """Writes all events or none: into the logs of runs and into the index."""

    def has_table(self, table_name: str) -> bool:
        # only True is cached: a migration may add a table
        if table_name not in self._known_tables and super().has_table(table_name):  # type: ignore[safe-super]
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        known = self._known_asset_key_columns
        if column_name not in known and super()._has_asset_key_col_on_connection(conn, column_name):
            known.add(column_name)
        return column_name in known

    # Buffer

    @contextmanager
    def buffered(self) -> Iterator[None]:
        """See `batched_events`."""
        thread = threading.get_ident()
        with self._buffers_lock:
            self._buffering_threads.add(thread)
        try:
            yield
        finally:
            with self._buffers_lock:
                self._buffering_threads.discard(thread)
            self._flush(thread)

    def store_event(self, event: EventLogEntry) -> None:
        thread = threading.get_ident()
        with self._buffers_lock:
            is_buffered = thread in self._buffering_threads and event.dagster_event_type in _BUFFERED_EVENTS
            if is_buffered:
                self._buffers.setdefault(thread, []).append(event)
                if len(self._buffers[thread]) < BATCH_SIZE:
                    return
        try:
            self._flush(thread)  # first, to keep the order
        finally:
            if not is_buffered:
                self._store_alone(event)

    def _store_alone(self, event: EventLogEntry) -> None:
        """Stores one event as Dagster does."""
        super().store_event(event)

    def _flush(self, thread: int) -> None:
        with self._buffers_lock:
            events = self._buffers.pop(thread, None)
        if not events:
            return
        try:
            self._write(self._rows(events))
        except Exception:
            _logger.warning("Could not store %d events at once, storing them one by one", len(events), exc_info=True)
            self._store_one_by_one(events)
        except BaseException:
            # An interrupt: nothing was committed. The event that reports the interrupt stores these first.
            with self._buffers_lock:
                self._buffers[thread] = [*events, *self._buffers.get(thread, [])]
            raise

    def _store_one_by_one(self, events: Sequence[EventLogEntry]) -> None:
        """Stores the events one by one, so that one that fails does not affect the others; its error is raised last."""
        with ExitStack() as stack:  # calls all of them, in reverse order, even if some raise
            for event in reversed(events):
                stack.callback(self._store_alone, event)

    # Batch

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Stores all events, or none if it raises: Dagster then calls `store_event` for each of them.

        (In DagsterInstance.handle_new_event. A fallback here would store some events twice.)
        """
        self._flush(threading.get_ident())
        self._write(self._rows(events, _newest(events, _OF_DAYS)))

    def store_evaluations(self, events: Sequence[EventLogEntry]) -> None:
        """Stores check evaluations of a run over many days, each text once.

        Dagster writes an evaluation three times: to the run's file, to `event_logs` of the index and to
        `asset_check_executions`, from which the web UI reads. Here the first two get only the last evaluation of each
        check in a batch, because a re-execution reads it. The others have an id, which orders evaluations and
        materializations, but no row in `event_logs`.
        """
        self._flush(threading.get_ident())
        for start in range(0, len(events), BATCH_SIZE):
            batch = events[start : start + BATCH_SIZE]
            try:
                self._write(self._rows(batch, _newest(batch, {DagsterEventType.ASSET_CHECK_EVALUATION})))
            except Exception:
                _logger.warning("Could not store %d evaluations at once, one by one now", len(batch), exc_info=True)
                self._store_one_by_one(batch)

    def _rows(self, events: Sequence[EventLogEntry], logged: set[int] | None = None) -> list[EventRow]:
        """What to write of the events; `logged` are the ids of those that go into the logs of runs, None for all."""
        found = []
        for event in events:
            if logged is None or id(event) in logged:
                columns = self._event_to_row(event)
                found.append(EventRow(event, columns, columns["event"], is_logged=True, has_row=True))
            else:
                is_evaluation = event.dagster_event_type == DagsterEventType.ASSET_CHECK_EVALUATION
                text = self._brief_texts.of(event) or brief(without_input_tags(event))
                columns = self._columns(event, text)
                found.append(EventRow(event, columns, text, is_logged=False, has_row=not is_evaluation))
        return found

    def _event_to_row(self, event: EventLogEntry) -> _Row:
        text = self._full_texts.of(event)
        event = without_input_tags(event)
        return super()._event_to_row(event) if text is None else self._columns(event, text)

    def _columns(self, event: EventLogEntry, text: str) -> _Row:
        """The columns of an asset event in `event_logs`."""
        found = event.get_dagster_event()
        return {
            "run_id": event.run_id,
            "event": text,
            "dagster_event_type": found.event_type_value,
            "timestamp": self._event_insert_timestamp(event),  # type: ignore[no-untyped-call]
            "step_key": found.step_key,
            "asset_key": found.asset_key.to_string() if found.asset_key else None,
            "partition": found.partition or None,
        }

    def _write_index(self, conn: Connection, indexed: Sequence[tuple[int, EventRow]]) -> None:
        """Writes the rows that the index keeps in addition to the events themselves.

        Args:
            conn: connection in a transaction.
            indexed: id and row of each event, in the order of the ids.
        """
        asset_events: dict[int, EventLogEntry] = {}
        last_of_type: dict[tuple[str, str], tuple[EventLogEntry, int]] = {}
        executions: list[tuple[EventLogEntry, _Row, str, int]] = []
        for event_id, written in indexed:
            event, row, text = written.event, written.columns, written.text
            if event.dagster_event_type in ASSET_EVENTS:
                asset_events[event_id] = event
                if row["asset_key"] is not None:
                    key = (row["asset_key"], row["dagster_event_type"])
                    last_of_type.pop(key, None)  # so that the order is that of the last occurrence
                    last_of_type[key] = (event, event_id)
            elif event.dagster_event_type in ASSET_CHECK_EVENTS:
                executions.append((event, row, text, event_id))
        self._store_asset_event_tags(conn, list(asset_events.values()), list(asset_events))
        self._write_asset_keys(conn, last_of_type)
        self._write_check_executions(conn, executions)

    def _write_asset_keys(
        self, conn: Connection, last_of_type: Mapping[tuple[str, str], tuple[EventLogEntry, int]]
    ) -> None:
        """One write per asset. Events of a type set the same columns, so only the last of each type counts."""
        values: dict[str, _Row] = {}
        has_index_cols = self._has_asset_key_index_cols_on_connection(conn)
        for (asset_key, _), (event, event_id) in last_of_type.items():
            values.setdefault(asset_key, {}).update(self._get_asset_entry_values(event, event_id, has_index_cols))
        for asset_key, columns in values.items():
            if columns:
                updated = conn.execute(_asset_keys.update().where(_asset_keys.c.asset_key == asset_key), columns)
                if updated.rowcount == 0:
                    conn.execute(_asset_keys.insert(), {"asset_key": asset_key, **columns})

    def _store_runless_asset_check_evaluation(self, event: EventLogEntry, event_id: int | None) -> None:
        """Replaces the earlier evaluation without a run of the check and day: the table allows only one."""
        evaluation = cast("AssetCheckEvaluation", event.get_dagster_event().event_specific_data)
        if evaluation.partition is not None:
            with self.index_connection() as conn:
                conn.execute(
                    _executions.delete().where(
                        _executions.c.asset_key == evaluation.asset_key.to_string(),
                        _executions.c.check_name == evaluation.check_name,
                        _executions.c.run_id == "",
                        _executions.c.partition == evaluation.partition,
                    )
                )
        super()._store_runless_asset_check_evaluation(event, event_id)

    def _write_check_executions(
        self, conn: Connection, executions: Sequence[tuple[EventLogEntry, _Row, str, int]]
    ) -> None:
        """A planned check has one row per partition; its evaluation replaces the row, or adds one if there is none."""
        status = AssetCheckExecutionRecordStatus
        stored: dict[tuple[str, str, str], Counter[str | None]] = {}
        inserts: list[_Row] = []
        updates: list[_Row] = []
        for event, event_row, text, event_id in executions:
            data = cast(
                "AssetCheckEvaluation | AssetCheckEvaluationPlanned", event.get_dagster_event().event_specific_data
            )
            check_key = (data.asset_key.to_string(), data.check_name, event.run_id)
            if check_key not in stored:
                stored[check_key] = _partitions_of(conn, check_key)
            row = {
                "evaluation_event": text,
                "evaluation_event_timestamp": event_row["timestamp"],
                "evaluation_event_storage_id": event_id,
                "materialization_event_storage_id": None,
            }
            of_check = dict(zip(("asset_key", "check_name", "run_id"), check_key, strict=True))
            if isinstance(data, AssetCheckEvaluationPlanned):
                row["execution_status"] = status.PLANNED.value
                partitions = list(data.partitions_subset.get_partition_keys()) if data.partitions_subset else [None]
                if data.partitions_subset:
                    # The same 1.4 kB for every day, which nothing reads: only the status of a plan is shown.
                    row["evaluation_event"] = None
                stored[check_key].update(partitions)
                inserts.extend({**of_check, **row, "partition": partition} for partition in partitions)
                continue
            row["execution_status"] = (status.SUCCEEDED if data.passed else status.FAILED).value
            row["partition"] = data.partition
            if data.target_materialization_data:
                row["materialization_event_storage_id"] = data.target_materialization_data.storage_id
            count = stored[check_key][data.partition]
            is_runless_without_day = not event.run_id and data.partition is None
            if count == 0 or is_runless_without_day:
                stored[check_key][data.partition] += 1
                inserts.append({**of_check, **row})
            elif count == 1:
                where = {f"of_{column}": value for column, value in of_check.items()}
                updates.append({**where, "of_partition": data.partition, **row})
            else:
                raise DagsterInvariantViolationError(
                    f"{data.asset_check_key} was planned {count} times for {data.partition} in run {event.run_id}"
                )
        of_assets = [asset_key for asset_key, _, _ in stored]
        with versions_raised_once(conn, of_assets, len(inserts) + len(updates)):
            # inserts first: an update may apply to one of them
            if inserts:
                conn.execute(_executions.insert(), inserts)
            if updates:
                of_day = [row for row in updates if row["of_partition"] is not None]
                without_day = [row for row in updates if row["of_partition"] is None]
                for statement, rows in ((_update_of_day, of_day), (_update_without_day, without_day)):
                    if rows:
                        conn.execute(statement, rows)


class BatchingSqliteEventLogStorage(BatchedEvents, SqliteEventLogStorage):
    """SqliteEventLogStorage with equal rows and fewer transactions."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._idle: dict[str, Connection] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "BatchingSqliteEventLogStorage":
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
        shards: dict[str, list[_Row]] = {}
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


def without_input_tags(event: EventLogEntry) -> EventLogEntry:
    """A materialization without the tags that name the versions of its inputs.

    Dagster takes them from the newest materialization of each input, whatever its day, so in a run over many days they
    are wrong for most days (the ledger's inputs_hash is correct), and they are more than half of the text.
    """
    if event.dagster_event_type != DagsterEventType.ASSET_MATERIALIZATION:
        return event
    found = event.get_dagster_event()
    data = cast("StepMaterializationData", found.event_specific_data)
    held = data.materialization
    kept = {name: value for name, value in (held.tags or {}).items() if not name.startswith(INPUT_TAGS)}
    if len(kept) == len(held.tags or {}):
        return event
    made = AssetMaterialization(held.asset_key, held.description, held.metadata, held.partition, kept)
    return event._replace(dagster_event=found._replace(event_specific_data=data._replace(materialization=made)))


class _EventTexts:
    """Texts of events, full (`serialize_value`) or brief; only the parts that differ are serialised again.

    Full texts are those of check evaluations, brief ones also those of materializations. A shell is the text of a
    step's event around the parts that differ by day. The last one is cached, because a step writes its events one after
    another.
    """

    _MESSAGE, _TIMESTAMP = "~ the message of an event ~", -7.25

    def __init__(self, *, is_brief: bool = False) -> None:
        self._pack: Callable[[EventLogEntry], str] = brief if is_brief else serialize_value
        self._kinds = {DagsterEventType.ASSET_CHECK_EVALUATION, *(_OF_DAYS if is_brief else ())}
        self._separators = (",", ":") if is_brief else (", ", ": ")
        self._text = json.JSONEncoder(separators=self._separators).encode
        data, timestamp = ("event_specific_data", None), ("timestamp", self._TIMESTAMP)
        message = ("message", self._MESSAGE)
        own = [data, timestamp] if is_brief else [data, message, timestamp, ("user_message", self._MESSAGE)]
        self._own = [self._text({name: value})[1:-1] for name, value in own]
        self._shell: tuple[EventLogEntry, list[str]] | None = None

    def of(self, event: EventLogEntry) -> str | None:
        """The text of the event; None if it is of another kind, or has metadata other than text and whole numbers."""
        if event.dagster_event_type not in self._kinds:
            return None
        found = event.get_dagster_event()
        packed = _packed(found.event_specific_data)
        if packed is None:
            return None
        empty = event._replace(
            timestamp=self._TIMESTAMP,
            user_message=self._MESSAGE,
            dagster_event=found._replace(event_specific_data=None, message=self._MESSAGE),
        )
        shell = self._shell  # another thread may replace it at any time
        if shell is None or shell[0] != empty:
            shell = self._shell = (empty, self._cut(self._pack(empty)))
        parts = shell[1]
        own: tuple[Any, ...] = (packed, found.message, event.timestamp, event.user_message)
        if len(self._own) == 2:
            own = (own[0], own[2])
        return parts[0] + "".join(self._text(value) + part for value, part in zip(own, parts[1:], strict=True))

    def _cut(self, text: str) -> list[str]:
        """The text before, between and after the parts."""
        found = []
        for own in self._own:
            before, mark, text = text.partition(own)
            if not mark:
                raise ValueError(f"Dagster's text of an event has no {own}")
            found.append(before + own.partition(":")[0] + self._separators[1])
        return [*found, text]


BRIEFLY_WITHOUT = ("logging_tags", "message", "pid", "solid_handle", "step_handle", "step_key", "step_kind_value")
"""Parts of `dagster_event` that a brief event omits: its columns, run and evaluation contain the same data."""


def brief(event: EventLogEntry) -> str:
    """A text of half the length that Dagster deserialises to the same asset event."""
    found = event.get_dagster_event()._replace(
        logging_tags={}, message=None, pid=None, node_handle=None, step_handle=None, step_key=None, step_kind_value=None
    )
    packed = cast("_Row", pack_value(event._replace(user_message="", dagster_event=found)))
    for name in BRIEFLY_WITHOUT:
        packed["dagster_event"].pop(name, None)
    packed.pop("message", None)
    return json.dumps(packed, separators=(",", ":"), sort_keys=True)


def _packed(data: object) -> _Row | None:
    """The data of an event of a day in Dagster's form for JSON (dagster_shared.serdes); None if it has another form."""
    match data:
        case AssetCheckEvaluation():
            return _packed_evaluation(data)
        case StepMaterializationData() if not data.asset_lineage:
            made = _packed_materialization(data.materialization)
            return made and {"__class__": "StepMaterializationData", "asset_lineage": [], "materialization": made}
        case AssetMaterializationPlannedData() if data.partitions_subset is None:
            return {
                "__class__": "AssetMaterializationPlannedData",
                "asset_key": _packed_key(data.asset_key),
                "partition": data.partition,
                "partitions_subset": None,
            }
    return None


def _packed_key(key: AssetKey) -> _Row:
    return {"__class__": "AssetKey", "path": list(key.path)}


def _packed_evaluation(evaluation: AssetCheckEvaluation) -> _Row | None:
    if not all(isinstance(value, TextMetadataValue) for value in evaluation.metadata.values()):
        return None
    target = evaluation.target_materialization_data
    return {
        "__class__": "AssetCheckEvaluation",
        "asset_key": _packed_key(evaluation.asset_key),
        "blocking": evaluation.blocking,
        "check_name": evaluation.check_name,
        "description": evaluation.description,
        "metadata": {
            name: {"__class__": "TextMetadataEntryData", "text": cast("TextMetadataValue", value).text}
            for name, value in evaluation.metadata.items()
        },
        "partition": evaluation.partition,
        "severity": {"__enum__": f"AssetCheckSeverity.{evaluation.severity.name}"},
        "success": evaluation.passed,
        "target_materialization_data": None
        if target is None
        else {
            "__class__": "AssetCheckEvaluationTargetMaterializationData",
            "run_id": target.run_id,
            "storage_id": target.storage_id,
            "timestamp": target.timestamp,
        },
    }


def _packed_materialization(made: AssetMaterialization) -> _Row | None:
    """Without the tags that `without_input_tags` removes."""
    entries = []
    for name, value in made.metadata.items():
        data: _Row
        if isinstance(value, TextMetadataValue):
            data = {"__class__": "TextMetadataEntryData", "text": value.text}
        elif isinstance(value, IntMetadataValue):
            data = {"__class__": "IntMetadataEntryData", "value": value.value}
        else:
            return None
        entries.append({"__class__": "EventMetadataEntry", "description": None, "entry_data": data, "label": name})
    tags = {name: value for name, value in sorted((made.tags or {}).items()) if not name.startswith(INPUT_TAGS)}
    return {
        "__class__": "AssetMaterialization",
        "asset_key": _packed_key(made.asset_key),
        "description": made.description,
        "metadata_entries": entries,
        "partition": made.partition,
        "tags": tags,
    }


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


def _append(conn: Connection, rows: Sequence[_Row | None]) -> int:
    """Inserts event rows with the ids that SQLite would give them; None takes an id and has no row.

    Returns:
        The first id. The caller holds the write lock; the last row is not None, or its id would be given again.
    """
    first_id = (conn.scalar(db.select(db.func.max(_events.c.id))) or 0) + 1
    conn.execute(_events.insert(), [{"id": id, **row} for id, row in enumerate(rows, first_id) if row is not None])
    return cast("int", first_id)


def _partitions_of(conn: Connection, check_key: tuple[str, str, str]) -> Counter[str | None]:
    asset_key, check_name, run_id = check_key
    query = db.select(_executions.c.partition).where(
        _executions.c.asset_key == asset_key,
        _executions.c.check_name == check_name,
        _executions.c.run_id == run_id,
    )
    return Counter(conn.scalars(query))
