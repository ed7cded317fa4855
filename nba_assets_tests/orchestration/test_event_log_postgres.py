"""The batching event log in Postgres compared with Dagster's own: same rows, no duplicates, nothing lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as db
from dagster import DagsterEventType, DagsterInstance, EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionResolvedStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable as Executions
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable as Events

from nba_assets.orchestration.check_states import VERSIONS
from nba_assets.orchestration.event_log import BATCH_SIZE, BatchedEvents
from nba_assets.orchestration.event_texts import BRIEFLY_WITHOUT, INPUT_TAGS
from nba_assets_tests.orchestration.postgres_server import new_database
from nba_assets_tests.orchestration.test_event_log import (
    CHECK,
    DAYS,
    OTHER_RUN,
    PARTITIONS,
    RUN,
    entry,
    evaluate_all,
    evaluation,
    log_message,
    materialization,
    planned_check,
    recorded,
    run_job,
)

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")
NOT_COMPARED = {"create_timestamp", "migration_completed", "cached_status_data"}
TABLES = ("event_logs", "asset_keys", "asset_check_executions", "asset_event_tags")
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def instance(postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    """An instance from a dagster.yaml, as in production."""
    monkeypatch.setenv("NBA_TEST_POSTGRES", new_database(postgres_server))
    monkeypatch.delenv("DAGSTER_EVENT_BATCH_SIZE", raising=False)
    (tmp_path / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\n"
        "storage:\n"
        "  custom:\n"
        "    module: nba_assets.orchestration.storage_postgres\n"
        "    class: NbaPostgresStorage\n"
        "    config: {postgres_url: {env: NBA_TEST_POSTGRES}}\n"
    )
    with DagsterInstance.from_config(str(tmp_path)) as loaded:
        yield loaded


@pytest.fixture
def ours(instance: DagsterInstance) -> BatchedEvents:
    found = instance.event_log_storage
    assert isinstance(found, BatchedEvents)
    return found


def rows_of(storage: Any) -> Rows:
    """All rows of the event tables; ids are replaced by their rank, because a rolled back batch leaves a gap."""
    found: Rows = {}
    with storage.index_connection() as connection:
        ids = sorted(connection.scalars(db.select(Events.c.id)))
        rank = {number: place for place, number in enumerate(ids, 1)}
        metadata = db.MetaData()
        metadata.reflect(connection, only=TABLES)
        for name in TABLES:
            table = metadata.tables[name]
            columns = [column for column in table.c if column.name not in NOT_COMPARED]
            values = []
            for row in connection.execute(db.select(*columns).order_by(*table.primary_key, *columns)):
                held = dict(zip((column.name for column in columns), row, strict=True))
                # Dagster's own upserts leave gaps in the ids of the other tables.
                held["id"] = rank[held["id"]] if name == "event_logs" else None
                for of_event in ("evaluation_event_storage_id", "event_id", "last_materialization_storage_id"):
                    if of_event in held:
                        held[of_event] = rank.get(held[of_event], held[of_event])
                values.append(tuple(_comparable(value, rank) for value in held.values()))
            found[name] = values
    return found


def _comparable(value: object, rank: dict[int, int]) -> object:
    """Texts of events with ranks for ids, without the omitted tags and fields."""
    if not isinstance(value, str) or not value.startswith('{"__class__"'):
        return value

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(each) for each in node]
        if not isinstance(node, dict):
            return node
        kept = {name: walk(each) for name, each in node.items() if not name.startswith(INPUT_TAGS)}
        left_out = {"DagsterEvent": BRIEFLY_WITHOUT, "EventLogEntry": ("message", "user_message")}
        for name in left_out.get(node.get("__class__"), ()):
            kept.pop(name, None)
        if "storage_id" in kept:
            kept["storage_id"] = rank.get(kept["storage_id"], kept["storage_id"])
        return kept

    return json.dumps(walk(json.loads(value)))


def in_run(instance: DagsterInstance, run_id: str = RUN) -> list[str | None]:
    """Types of the events in the log of a run, in order."""
    return [
        None if event.dagster_event_type is None else event.dagster_event_type.value
        for event in instance.all_logs(run_id)
    ]


@pytest.fixture
def no_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object, events: object) -> None:
        raise AssertionError("fell back")

    monkeypatch.setattr(BatchedEvents, "_store_one_by_one", fail)


@pytest.mark.usefixtures("no_fallback")
def test_a_range_run_writes_the_rows_of_dagster_s_storage(
    instance: DagsterInstance, ours: BatchedEvents, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dagster_postgres import PostgresEventLogStorage

    emitted: list[EventLogEntry] = []
    handle_new_event = DagsterInstance.handle_new_event

    def keep(self: DagsterInstance, event: EventLogEntry, **kwargs: Any) -> None:
        emitted.append(event)
        handle_new_event(self, event, **kwargs)

    monkeypatch.setattr(DagsterInstance, "handle_new_event", keep)
    assert run_job(instance, evaluate_all, DAYS).success
    assert run_job(instance, evaluate_all, DAYS[1:2], OTHER_RUN).success
    stock = PostgresEventLogStorage(new_database(postgres_server).replace("postgresql:", "postgresql+psycopg2:"))
    for event in emitted:
        stock.store_event(event)
    expected, rows = rows_of(stock), rows_of(ours)
    stock.dispose()
    plans = [row for row in expected["asset_check_executions"] if "Planned" in str(row[6])]
    assert plans == []
    assert rows == expected
    assert len(rows["asset_check_executions"]) == 6
    assert len(rows["asset_event_tags"]) >= 6


@pytest.mark.usefixtures("no_fallback")
def test_recorded_evaluations_are_written_once(instance: DagsterInstance, ours: BatchedEvents) -> None:
    assert run_job(instance, evaluate_all, DAYS).success
    assert run_job(instance, recorded, DAYS, OTHER_RUN).success
    history = ours.get_asset_check_execution_history(CHECK, limit=100)
    by_run = {
        run: sorted(
            (found.partition, found.status, found.evaluation.passed, found.evaluation.severity)  # type: ignore[union-attr]
            for found in history
            if found.run_id == run
        )
        for run in (RUN, OTHER_RUN)
    }
    assert by_run[RUN] == by_run[OTHER_RUN]
    assert [found[0] for found in by_run[RUN]] == DAYS
    kind = DagsterEventType.ASSET_CHECK_EVALUATION.value
    assert in_run(instance).count(kind) == len(DAYS)
    assert in_run(instance, OTHER_RUN).count(kind) == 1
    states = ours.get_asset_check_state([(CHECK, PARTITIONS)])[CHECK].subsets
    assert states[AssetCheckExecutionResolvedStatus.FAILED].size == 1
    assert states[AssetCheckExecutionResolvedStatus.SUCCEEDED].size == len(DAYS) - 1


def test_a_batch_that_fails_leaves_nothing_and_dagster_stores_its_events_one_by_one(
    instance: DagsterInstance, ours: BatchedEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_keys, failed = BatchedEvents._write_asset_keys, []

    def fail_of_many(self: BatchedEvents, connection: Any, last: Any) -> None:
        write_keys(self, connection, last)
        if not failed:
            failed.append(True)
            raise OSError("no room")

    monkeypatch.setattr(BatchedEvents, "_write_asset_keys", fail_of_many)
    events = [materialization(day, float(number)) for number, day in enumerate(DAYS)]
    with pytest.raises(OSError, match="no room"):
        ours.store_event_batch(events)
    assert rows_of(ours) == {name: [] for name in TABLES}
    with ours.buffered():
        ours.store_event(evaluation(DAYS[0]))
        failed.clear()
        ours.store_event(log_message())
    ours.store_event_batch(events)
    assert (
        len(ours.get_latest_storage_id_by_partition(dg.AssetKey("games"), DagsterEventType.ASSET_MATERIALIZATION)) == 5
    )


def test_a_thread_reads_its_own_events_and_others_after_the_block(ours: BatchedEvents) -> None:
    with ours.buffered():
        ours.store_event(evaluation(DAYS[0]))
        ours.store_event(evaluation(DAYS[1]))
        assert len(ours.get_asset_check_execution_history(CHECK, limit=9)) == 2
    with ours.index_connection() as connection:
        assert connection.scalar(db.select(db.func.count()).select_from(Executions)) == 2


@pytest.mark.usefixtures("no_fallback")
def test_evaluations_replace_planned_checks_with_and_without_a_day(ours: BatchedEvents) -> None:
    ours.store_event_batch([planned_check(DAYS[:3]), planned_check(None)])
    ours.store_event_batch([evaluation(DAYS[0]), evaluation(DAYS[1], passed=False), evaluation(None)])
    found = {row.partition: row.execution_status for row in _executions(ours)}
    assert found == {DAYS[0]: "SUCCEEDED", DAYS[1]: "FAILED", DAYS[2]: "PLANNED", None: "SUCCEEDED"}
    assert len(_executions(ours)) == 4


def _executions(storage: BatchedEvents) -> list[Any]:
    with storage.index_connection() as connection:
        return list(connection.execute(db.select(Executions)))


def test_a_reader_that_continues_from_the_newest_id_misses_nothing(
    ours: BatchedEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow batch is committed before any event with a larger id is visible."""
    began, may_end = threading.Event(), threading.Event()
    write_index = BatchedEvents._write_index

    def wait(self: BatchedEvents, connection: Any, indexed: Any) -> None:
        if len(indexed) > 1:
            began.set()
            assert may_end.wait(30)
        write_index(self, connection, indexed)

    monkeypatch.setattr(BatchedEvents, "_write_index", wait)
    slow = threading.Thread(target=ours.store_event_batch, args=([materialization(day, 1.0) for day in DAYS],))
    slow.start()
    assert began.wait(30)
    fast = threading.Thread(target=ours.store_event, args=(materialization(DAYS[0], 2.0, name="season"),))
    fast.start()
    fast.join(timeout=1)
    with ours.index_connection() as connection:
        assert list(connection.scalars(db.select(Events.c.id))) == []
    may_end.set()
    slow.join()
    fast.join()
    with ours.index_connection() as connection:
        found = list(connection.execute(db.select(Events.c.id, Events.c.asset_key).order_by(Events.c.id)))
    assert [json.loads(row.asset_key) for row in found] == [["games"]] * len(DAYS) + [["season"]]


def test_a_large_batch_needs_few_statements(ours: BatchedEvents) -> None:
    statements: list[str] = []
    db.event.listen(ours._engine, "before_cursor_execute", lambda *what: statements.append(what[2]))  # type: ignore[attr-defined]
    days = [
        f"{1900 + number // 300}-{1 + number % 12:02d}-{1 + number % 28:02d}-{number}" for number in range(BATCH_SIZE)
    ]
    ours.store_evaluations([evaluation(day) for day in days])
    assert len(_executions(ours)) == BATCH_SIZE
    assert len(statements) < 12, statements


def test_versions_are_those_of_the_dialect(ours: BatchedEvents) -> None:
    ours.store_event(entry(DagsterEventType.PIPELINE_START, None, 0.5))
    ours.store_event(materialization(DAYS[0], 1.0))
    with ours.index_connection() as connection:
        before = dict(connection.execute(db.select(VERSIONS.c.asset_key, VERSIONS.c.version)).all())  # type: ignore[arg-type]
    ours.store_event_batch([materialization(day, 1.0) for day in DAYS])
    with ours.index_connection() as connection:
        after = dict(connection.execute(db.select(VERSIONS.c.asset_key, VERSIONS.c.version)).all())  # type: ignore[arg-type]
    assert set(before) == set(after) == {dg.AssetKey("games").to_string()}
    assert all(after[key] > before[key] > 0 for key in before)
