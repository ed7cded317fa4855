"""An event log that writes many events in one transaction.

What belongs here: how Dagster's events are stored, in any database; event_log_sqlite.py is for one machine,
event_log_postgres.py for several, and event_texts.py has the texts of events. What does not: which events there are.

The stock storage opens a new engine, compiles, commits and closes for every statement of every event. A range run over
four seasons writes some 60,000 events, so that bookkeeping would take longer than the data. This one writes the same
rows (same ids, same order) but

* implements `store_event_batch` with bulk inserts in one transaction;
* offers `batched_events` for the one kind of event that Dagster does not batch: check evaluations;
* offers `store_evaluations` for the evaluations of many days;
* writes only the newest materialization of each table and the newest evaluation of each check of a batch to the log of
  the run; the others are read from the index alone, which holds each text once, without the fields that repeat columns.

It is part of the storage that dagster.yaml names (nba_assets/orchestration/storage.py).

Dagster batches only if DAGSTER_EVENT_BATCH_SIZE is set. It reads the variable at every event, so the order of imports
does not matter: the constructor sets a default unless the variable is set already.

Private methods of Dagster's storages are used: the Dagster version is pinned, and the tests compare the rows with
those of the stock storage.
"""

import logging
import os
import threading
from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as db
from dagster import (
    AssetCheckEvaluation,
    DagsterEventType,
    DagsterInstance,
    EventLogEntry,
)
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.errors import DagsterInvariantViolationError
from dagster._core.events import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    BATCH_WRITABLE_EVENTS,
    EVENT_TYPE_TO_PIPELINE_RUN_STATUS,
)
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetKeyTable
from sqlalchemy.engine import Connection

from nba_assets.orchestration.check_states import KeptCheckStates, versions_raised_once
from nba_assets.orchestration.event_texts import OF_DAYS, EventTexts, Row, brief, without_input_tags

BATCH_SIZE = 500
"""Events per transaction. It bounds how long other writers wait for the index (a few hundredths of a second)."""

INDEXED_EVENTS = ASSET_EVENTS | ASSET_CHECK_EVENTS | set(EVENT_TYPE_TO_PIPELINE_RUN_STATUS)
_BUFFERED_EVENTS = BATCH_WRITABLE_EVENTS | {DagsterEventType.ASSET_CHECK_EVALUATION}

_asset_keys, _executions = AssetKeyTable, AssetCheckExecutionsTable
_update_execution = _executions.update().where(
    _executions.c.asset_key == db.bindparam("of_asset_key"),
    _executions.c.check_name == db.bindparam("of_check_name"),
    _executions.c.run_id == db.bindparam("of_run_id"),
)
# Two statements: with IS NOT DISTINCT FROM in a single one, Postgres would not use the index for the partition.
_update_of_day = _update_execution.where(_executions.c.partition == db.bindparam("of_partition"))
_update_without_day = _update_execution.where(_executions.c.partition.is_(None))

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EventRow:
    """An event to write.

    columns: of `event_logs`. text: of the event in `asset_check_executions`. is_logged: the log of the run has it.
    has_row: `event_logs` of the index has it; without a row the event still has an id.
    """

    event: EventLogEntry
    columns: Row
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
        self._full_texts, self._brief_texts = EventTexts(), EventTexts(is_brief=True)
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
        self._write(self._rows(events, _newest(events, OF_DAYS)))

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

    def _event_to_row(self, event: EventLogEntry) -> Row:
        text = self._full_texts.of(event)
        event = without_input_tags(event)
        return super()._event_to_row(event) if text is None else self._columns(event, text)

    def _columns(self, event: EventLogEntry, text: str) -> Row:
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
        executions: list[tuple[EventLogEntry, Row, str, int]] = []
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
        values: dict[str, Row] = {}
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
        self, conn: Connection, executions: Sequence[tuple[EventLogEntry, Row, str, int]]
    ) -> None:
        """A planned check has one row per partition; its evaluation replaces the row, or adds one if there is none."""
        status = AssetCheckExecutionRecordStatus
        stored: dict[tuple[str, str, str], Counter[str | None]] = {}
        inserts: list[Row] = []
        updates: list[Row] = []
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


def _partitions_of(conn: Connection, check_key: tuple[str, str, str]) -> Counter[str | None]:
    asset_key, check_name, run_id = check_key
    query = db.select(_executions.c.partition).where(
        _executions.c.asset_key == asset_key,
        _executions.c.check_name == check_name,
        _executions.c.run_id == run_id,
    )
    return Counter(conn.scalars(query))
