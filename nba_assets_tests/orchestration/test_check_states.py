"""Cached check states, compared with Dagster's own answers for the same rows: possibly recomputed, never wrong."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import dagster as dg
import pytest
import sqlalchemy as db
from dagster import AssetCheckEvaluation, DagsterEventType, DagsterInstance, EventLogEntry
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.events import DagsterEvent, EventSpecificData, StepMaterializationData
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionResolvedStatus as Status
from dagster._core.storage.asset_check_state import AssetCheckState, bulk_update_asset_check_state
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.event_log.base import EventLogStorage
from dagster._core.test_utils import create_run_for_test, freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_assets.orchestration import check_states
from nba_assets.orchestration.check_states import VERSIONS, KeptCheckStates, names_of_check_states
from nba_assets.orchestration.event_log import BatchedEvents
from nba_assets.orchestration.event_log_sqlite import BatchingSqliteEventLogStorage
from nba_assets_tests.orchestration.postgres_server import new_database

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")

PARTITIONS = dg.DailyPartitionsDefinition("2024-03-08", end_date="2024-03-14", timezone="America/New_York")
DAYS = [f"2024-03-{day:02d}" for day in range(8, 14)]  # the clocks change on the 10th
CHECKS = ("is_complete", "is_unique")
KEY = dg.AssetKey("games")
NUMBERS = itertools.count()


class History:
    """One asset with two checks; its events are stored by a given storage."""

    def __init__(self, instance: DagsterInstance, key: dg.AssetKey) -> None:
        self.instance, self.key = instance, key
        self.clock = time.time()
        self.runs: list[str] = []

    def start_run(self) -> str:
        run = create_run_for_test(self.instance, status=dg.DagsterRunStatus.STARTED)
        self.runs.append(run.run_id)
        return run.run_id

    def _store(
        self, storage: EventLogStorage, kind: DagsterEventType, data: EventSpecificData, run_id: str
    ) -> EventLogEntry:
        self.clock += 1
        event = DagsterEvent(kind.value, "job", event_specific_data=data, step_key="step")
        entry = EventLogEntry(None, 10, "", run_id, self.clock, "step", "job", event)  # type: ignore[no-untyped-call]
        storage.store_event(entry)
        return entry

    def plan(self, storage: EventLogStorage, check: str, days: Sequence[str], run_id: str) -> None:
        subset = PARTITIONS.subset_with_partition_keys(days).to_serializable_subset()
        data = AssetCheckEvaluationPlanned(asset_key=self.key, check_name=check, partitions_subset=subset)
        self._store(storage, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, data, run_id)

    def evaluate(
        self, storage: EventLogStorage, check: str, day: str | None, run_id: str, passed: bool, is_of_newest: bool
    ) -> None:
        target = None
        newest = storage.get_latest_storage_id_by_partition(self.key, DagsterEventType.ASSET_MATERIALIZATION)
        if is_of_newest and day in newest:
            target = AssetCheckEvaluationTargetMaterializationData(
                storage_id=newest[day], run_id=run_id, timestamp=self.clock
            )
        data = AssetCheckEvaluation(
            asset_key=self.key, check_name=check, passed=passed, target_materialization_data=target, partition=day
        )
        self._store(storage, DagsterEventType.ASSET_CHECK_EVALUATION, data, run_id)

    def evaluation(self, check: str, day: str, run_id: str, passed: bool) -> EventLogEntry:
        """An evaluation that is not stored yet."""
        self.clock += 1
        data = AssetCheckEvaluation(asset_key=self.key, check_name=check, passed=passed, metadata={}, partition=day)
        kind = DagsterEventType.ASSET_CHECK_EVALUATION.value
        event = DagsterEvent(kind, "job", event_specific_data=data, step_key="step")
        return EventLogEntry(None, 10, "", run_id, self.clock, "step", "job", event)  # type: ignore[no-untyped-call]

    def materialize(self, storage: EventLogStorage, day: str | None, run_id: str) -> None:
        data = StepMaterializationData(dg.AssetMaterialization(self.key, partition=day))
        self._store(storage, DagsterEventType.ASSET_MATERIALIZATION, data, run_id)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def instance(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterInstance]:
    """An instance with the project's storage, from a dagster.yaml."""
    home = tmp_path_factory.mktemp("states")
    if request.param == "sqlite":
        module, name, config = "event_log_sqlite", "BatchingSqliteEventLogStorage", f"base_dir: {home / 'events'}"
    else:
        address = new_database(request.getfixturevalue("postgres_server"))
        module, name, config = "event_log_postgres", "BatchingPostgresEventLogStorage", f"postgres_url: {address}"
    (home / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\n"
        "event_log_storage:\n"
        f"  module: nba_assets.orchestration.{module}\n"
        f"  class: {name}\n"
        f"  config: {{{config}}}\n"
    )
    with DagsterInstance.from_config(str(home)) as loaded:
        yield loaded


@pytest.fixture
def history(instance: DagsterInstance) -> History:
    return History(instance, dg.AssetKey(f"games_{next(NUMBERS)}"))


@pytest.fixture(scope="module")
def storage(instance: DagsterInstance) -> BatchedEvents:
    found = instance.event_log_storage
    assert isinstance(found, BatchedEvents)
    return found


@pytest.fixture(scope="module")
def other(instance: DagsterInstance, storage: BatchedEvents) -> Iterator[BatchedEvents]:
    """The storage of another process, such as a second web server or the daemon."""
    found = type(storage)(_place(storage))
    found.register_instance(instance)
    yield found
    found.dispose()


@pytest.fixture(scope="module")
def stock(instance: DagsterInstance, storage: BatchedEvents) -> Iterator[SqlEventLogStorage]:
    """Dagster's own storage for the same records, which an older version of the project may also write with."""
    if isinstance(storage, BatchingSqliteEventLogStorage):
        found: SqlEventLogStorage = SqliteEventLogStorage(_place(storage))
    else:
        from dagster_postgres import PostgresEventLogStorage

        found = PostgresEventLogStorage(_place(storage))
    found.register_instance(instance)
    yield found
    found.dispose()


def _place(storage: BatchedEvents) -> str:
    return storage._base_dir if isinstance(storage, BatchingSqliteEventLogStorage) else storage.postgres_url


def states(storage: EventLogStorage, key: dg.AssetKey) -> Mapping[dg.AssetCheckKey, AssetCheckState]:
    return storage.get_asset_check_state([(dg.AssetCheckKey(key, name), PARTITIONS) for name in CHECKS])


def stock_states(
    storage: EventLogStorage,
    instance: DagsterInstance,
    key: dg.AssetKey,
    partitions_def: dg.PartitionsDefinition[str] = PARTITIONS,
) -> Mapping[dg.AssetCheckKey, AssetCheckState]:
    """States computed by Dagster from the rows; the storage's own method would read those of the instance's storage."""
    wanted = [(dg.AssetCheckKey(key, name), partitions_def) for name in CHECKS]
    over = cast("DagsterInstance", SimpleNamespace(event_log_storage=storage, get_runs=instance.get_runs))
    return bulk_update_asset_check_state(over, wanted, {key: AssetCheckState.empty() for key, _ in wanted})


def days_by_status(state: AssetCheckState) -> dict[str, list[str]]:
    """The days of each status that occurs."""
    found = {status.value: list(subset.subset_value.get_partition_keys()) for status, subset in state.subsets.items()}
    return {status: days for status, days in found.items() if days}


days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True)
checks, run_number, writers = st.sampled_from(CHECKS), st.integers(0, 2), st.sampled_from(["storage", "other", "stock"])
steps = st.one_of(
    st.tuples(st.just("plan"), writers, checks, days, run_number),
    st.tuples(st.just("evaluate"), writers, checks, st.sampled_from([*DAYS, None]), run_number, *[st.booleans()] * 3),
    st.tuples(st.just("materialize"), writers, st.sampled_from([*DAYS, *DAYS, None]), run_number, st.booleans()),
    st.tuples(st.just("finish"), run_number, st.sampled_from(["SUCCESS", "FAILURE", "CANCELED"])),
    st.tuples(st.just("delete run"), run_number),
    st.tuples(st.just("wipe"), writers),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(steps, min_size=1, max_size=12))
def test_random_histories_give_dagster_s_answers(
    instance: DagsterInstance,
    storage: BatchedEvents,
    other: BatchedEvents,
    stock: SqlEventLogStorage,
    steps: list[tuple[object, ...]],
) -> None:
    history = History(instance, dg.AssetKey(f"games_{next(NUMBERS)}"))
    runs = [history.start_run() for _ in range(3)]
    by_name: dict[object, EventLogStorage] = {"storage": storage, "other": other, "stock": stock}
    planned: set[tuple[object, object, object]] = set()
    runless: set[tuple[object, object]] = set()
    for step in steps:
        match step:
            case ("plan", name, str() as check, list() as chosen, int() as run):
                # a check is planned once per run and day
                new = [day for day in chosen if (check, day, run) not in planned]
                planned |= {(check, day, run) for day in new}
                if new:
                    history.plan(by_name[name], check, new, runs[run])
            case ("evaluate", name, str() as check, day, int() as run, passed, is_of_newest, is_runless):
                run_id = "" if is_runless else runs[run]
                planned.add((check, day, run))
                if is_runless and (check, day) in runless and name == "stock":
                    name = (
                        "storage"  # Dagster's storage allows one evaluation without a run per check and day, and raises
                    )
                runless |= {(check, day)} if is_runless else set()
                history.evaluate(by_name[name], check, day, run_id, bool(passed), bool(is_of_newest))  # type: ignore[arg-type]
            case ("materialize", name, day, int() as run, is_runless):
                history.materialize(by_name[name], day, "" if is_runless else runs[run])  # type: ignore[arg-type]
            case ("finish", int() as run, str() as status):
                if instance.get_run_by_id(runs[run]):
                    instance.handle_run_event(runs[run], _run_event(status))
            case ("delete run", int() as run):
                instance.delete_run(runs[run])
            case ("wipe", name):
                by_name[name].wipe_asset(history.key)
                planned.clear()
        expected = stock_states(storage, instance, history.key)
        assert states(storage, history.key) == expected, step
        assert states(other, history.key) == expected, step


def _run_event(status: str) -> DagsterEvent:
    kind = {"SUCCESS": "PIPELINE_SUCCESS", "FAILURE": "PIPELINE_FAILURE", "CANCELED": "PIPELINE_CANCELED"}[status]
    return DagsterEvent(kind, "job")


def test_statuses_of_a_hand_made_history(instance: DagsterInstance, storage: BatchedEvents, history: History) -> None:
    first, second = history.start_run(), history.start_run()
    for day in DAYS[:4]:
        history.materialize(storage, day, first)
    history.plan(storage, CHECKS[0], DAYS, first)
    for day in DAYS[:4]:
        history.evaluate(storage, CHECKS[0], day, first, passed=day != DAYS[1], is_of_newest=True)
    history.materialize(storage, DAYS[3], second)
    found = states(storage, history.key)
    assert days_by_status(found[dg.AssetCheckKey(history.key, CHECKS[1])]) == {}
    state = found[dg.AssetCheckKey(history.key, CHECKS[0])]
    assert days_by_status(state) == {"SUCCEEDED": [DAYS[0], DAYS[2]], "FAILED": [DAYS[1]], "IN_PROGRESS": DAYS[4:]}
    assert set(state.subsets) == set(Status)
    instance.handle_run_event(first, _run_event("FAILURE"))
    state = states(storage, history.key)[dg.AssetCheckKey(history.key, CHECKS[0])]
    assert days_by_status(state) == {
        "SUCCEEDED": [DAYS[0], DAYS[2]],
        "FAILED": [DAYS[1]],
        "EXECUTION_FAILED": DAYS[4:],
    }


def test_only_changed_assets_are_read_again(
    storage: BatchedEvents, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = history.start_run()
    unchanged = History(history.instance, dg.AssetKey([*history.key.path, "unchanged"]))
    for of_asset in (history, unchanged):
        of_asset.materialize(storage, DAYS[0], run)
        of_asset.evaluate(storage, CHECKS[0], DAYS[0], run, passed=True, is_of_newest=True)
    wanted = [
        (dg.AssetCheckKey(of_asset.key, name), PARTITIONS) for of_asset in (history, unchanged) for name in CHECKS
    ]
    read: list[dg.AssetKey] = []
    newest_rows = KeptCheckStates._newest_rows
    monkeypatch.setattr(
        KeptCheckStates,
        "_newest_rows",
        lambda self, key, names: read.append(key) or newest_rows(self, key, names),
    )
    first = storage.get_asset_check_state(wanted)
    assert read == [history.key, unchanged.key]
    again = storage.get_asset_check_state(wanted)
    assert all(again[key] is first[key] for key, _ in wanted)
    assert read == [history.key, unchanged.key]
    history.evaluate(storage, CHECKS[0], DAYS[0], "", passed=False, is_of_newest=True)
    later = storage.get_asset_check_state(wanted)
    assert read[2:] == [history.key]
    assert days_by_status(later[wanted[0][0]]) == {"FAILED": [DAYS[0]]}


def test_many_rows_raise_the_version_once_and_leave_the_triggers(
    instance: DagsterInstance,
    storage: BatchedEvents,
    other: BatchedEvents,
    stock: SqlEventLogStorage,
    history: History,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(check_states, "_FEWEST_ROWS_AT_ONCE", len(DAYS))
    run, key = history.start_run(), dg.AssetCheckKey(history.key, CHECKS[0])
    history.plan(stock, CHECKS[0], DAYS, run)
    assert days_by_status(states(other, history.key)[key]) == {"IN_PROGRESS": DAYS}

    def version() -> int:
        with storage.index_connection() as connection:
            wanted = db.select(VERSIONS.c.version).where(VERSIONS.c.asset_key == history.key.to_string())
            return int(connection.scalar(wanted))

    def store(passed: bool, run_id: str) -> None:
        storage.store_evaluations([history.evaluation(CHECKS[0], day, run_id, passed) for day in DAYS])

    is_sqlite = isinstance(storage, BatchingSqliteEventLogStorage)
    before = version()
    store(True, run)  # updates of the planned rows
    assert version() == before + 1 if is_sqlite else version() > before
    assert days_by_status(states(other, history.key)[key]) == {"SUCCEEDED": DAYS}
    store(False, history.start_run())  # inserts
    assert version() == before + 2 if is_sqlite else version() > before + 1
    assert days_by_status(states(other, history.key)[key]) == {"FAILED": DAYS}

    raised = version()
    history.evaluate(stock, CHECKS[0], DAYS[0], history.start_run(), passed=True, is_of_newest=False)
    assert version() > raised, "another writer needs the triggers"
    found = states(other, history.key)
    assert days_by_status(found[key]) == {"SUCCEEDED": DAYS[:1], "FAILED": DAYS[1:]}

    if not is_sqlite:
        return  # the storage for Postgres updates single rows by the same statement, and its triggers are never absent
    broken = db.text("UPDATE no_such_table SET x = 1")
    planned = history.start_run()
    history.plan(stock, CHECKS[0], DAYS, planned)
    with monkeypatch.context() as patch:
        patch.setattr("nba_assets.orchestration.event_log._update_of_day", broken)
        store(True, planned)  # the batch is rolled back, and its evaluations are stored one by one
    assert states(other, history.key) == stock_states(stock, instance, history.key)
    assert days_by_status(states(other, history.key)[key]) == {"SUCCEEDED": DAYS}
    history.evaluate(stock, CHECKS[0], DAYS[1], history.start_run(), passed=False, is_of_newest=False)
    assert states(other, history.key) == stock_states(stock, instance, history.key)


def test_rows_that_change_while_they_are_read(
    instance: DagsterInstance,
    storage: BatchedEvents,
    other: BatchedEvents,
    history: History,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run commits after every read: the answer is consistent, it is not cached, and the next one is correct."""
    run = history.start_run()
    passed = itertools.cycle([True, False])
    newest_rows = KeptCheckStates._newest_rows
    reads = 0

    def and_then_one_more(self: BatchedEvents, key: dg.AssetKey, names: Sequence[str]) -> object:
        nonlocal reads
        reads += 1
        found = newest_rows(self, key, names)
        history.evaluate(other, CHECKS[0], DAYS[0], run, passed=next(passed), is_of_newest=True)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(KeptCheckStates, "_newest_rows", and_then_one_more)
        states(storage, history.key)
    assert reads == storage._ATTEMPTS
    assert states(storage, history.key) == stock_states(storage, instance, history.key)


def test_tomorrow_is_not_a_partition_today(instance: DagsterInstance, storage: BatchedEvents, history: History) -> None:
    growing = dg.DailyPartitionsDefinition("2024-03-08", timezone="America/New_York", end_offset=1)
    wanted = [(dg.AssetCheckKey(history.key, CHECKS[0]), growing)]
    history.evaluate(storage, CHECKS[0], DAYS[-1], history.start_run(), passed=True, is_of_newest=True)
    for noon, expected in (
        (datetime(2024, 3, 12, 16, tzinfo=UTC), {}),
        (datetime(2024, 3, 13, 16, tzinfo=UTC), {"SUCCEEDED": [DAYS[-1]]}),
    ):
        with freeze_time(noon):
            found = storage.get_asset_check_state(wanted)
            assert days_by_status(found[wanted[0][0]]) == expected
            assert found[wanted[0][0]] == stock_states(storage, instance, history.key, growing)[wanted[0][0]]


def test_checks_with_other_partitions_are_left_to_dagster(storage: BatchedEvents, history: History) -> None:
    static = dg.StaticPartitionsDefinition(["east", "west"])
    wanted: list[tuple[dg.AssetCheckKey, dg.PartitionsDefinition[str] | None]]
    wanted = [(dg.AssetCheckKey(history.key, CHECKS[0]), static), (dg.AssetCheckKey(history.key, CHECKS[1]), None)]
    run = history.start_run()
    history.evaluate(storage, CHECKS[0], "west", run, passed=False, is_of_newest=True)
    history.evaluate(storage, CHECKS[1], None, run, passed=True, is_of_newest=True)
    found = storage.get_asset_check_state(wanted)
    assert found == EventLogStorage.get_asset_check_state(storage, wanted)
    assert list(found[wanted[0][0]].subsets[Status.FAILED].subset_value.get_partition_keys()) == ["west"]


def test_an_index_of_an_older_version(instance: DagsterInstance, tmp_path: Path) -> None:
    """It has no versions. The older version may still be writing, as in an upgrade while the daemon runs."""
    history = History(instance, KEY)
    older = SqliteEventLogStorage(str(tmp_path))
    older.register_instance(instance)
    run = history.start_run()
    for day in DAYS:
        history.materialize(older, day, run)
        history.evaluate(older, CHECKS[0], day, run, passed=day != DAYS[2], is_of_newest=True)
    newer = BatchingSqliteEventLogStorage(str(tmp_path))
    newer.register_instance(instance)
    first = states(newer, KEY)
    assert first == stock_states(older, instance, KEY)
    assert days_by_status(first[dg.AssetCheckKey(KEY, CHECKS[0])])["FAILED"] == [DAYS[2]]
    assert states(newer, KEY)[dg.AssetCheckKey(KEY, CHECKS[0])] is first[dg.AssetCheckKey(KEY, CHECKS[0])]
    history.evaluate(older, CHECKS[0], DAYS[2], "", passed=True, is_of_newest=True)
    assert states(newer, KEY) == stock_states(older, instance, KEY)
    assert "FAILED" not in days_by_status(states(newer, KEY)[dg.AssetCheckKey(KEY, CHECKS[0])])
    newer.dispose()


_WRITER = """
import os
import sys
from dagster import AssetKey, DagsterInstance
from nba_assets.orchestration.event_log_sqlite import BatchingSqliteEventLogStorage
from nba_assets_tests.orchestration.test_check_states import CHECKS, DAYS, KEY, History

storage = BatchingSqliteEventLogStorage(sys.argv[1])
history = History(DagsterInstance.ephemeral(), KEY)
turn = 0
while True:
    turn += 1
    run_id = f"run {turn} of {os.getpid()}"
    for check in CHECKS:
        history.plan(storage, check, DAYS, run_id)
    with storage.buffered():
        for day in DAYS:
            history.materialize(storage, day, run_id)
            for check in CHECKS:
                history.evaluate(storage, check, day, run_id, passed=(turn + int(day[-1])) % 3 > 0, is_of_newest=True)
    if turn == 1:
        print("writing", flush=True)
"""


def test_a_killed_writer_leaves_no_wrong_state(instance: DagsterInstance, tmp_path: Path) -> None:
    reader = BatchingSqliteEventLogStorage(str(tmp_path))
    reader.register_instance(instance)
    stock = SqliteEventLogStorage(str(tmp_path))
    stock.register_instance(instance)
    seen = []
    for patience in (0.01, 0.12, 0.3):
        command = [sys.executable, "-c", _WRITER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None and writer.stdout.readline() == "writing\n"
            until = time.monotonic() + patience
            while time.monotonic() < until:
                states(reader, KEY)
            writer.send_signal(signal.SIGKILL)
        found = states(reader, KEY)
        assert found == stock_states(stock, instance, KEY)
        seen.append(found[dg.AssetCheckKey(KEY, CHECKS[0])].latest_storage_id)
    assert seen == sorted(seen) and seen[0] > 0
    reader.dispose()


def test_an_interrupted_preparation_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SqliteEventLogStorage(str(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr("nba_assets.orchestration.check_states._FIRST_VERSION", {"sqlite": "no such function"})
        with pytest.raises(Exception, match="syntax error"):
            BatchingSqliteEventLogStorage(str(tmp_path)).get_asset_records()
    storage = BatchingSqliteEventLogStorage(str(tmp_path))
    with storage.index_connection() as connection:
        names = set(connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
    assert VERSIONS.name in names_of_check_states("sqlite") <= names
    storage.dispose()
