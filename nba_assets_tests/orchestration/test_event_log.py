"""The batching event log compared with Dagster's own: same rows, no duplicates, nothing lost."""

import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as db
from dagster import AssetCheckEvaluation, DagsterEventType, DagsterInstance, EventLogEntry
from dagster._core.events import (
    AssetMaterializationPlannedData,
    AssetObservationData,
)
from dagster._core.execution.plan.objects import StepFailureData
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionResolvedStatus
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import serialize_value

from nba_assets.orchestration import event_log, event_texts
from nba_assets.orchestration.event_log import batched_events
from nba_assets.orchestration.event_log_sqlite import BatchingSqliteEventLogStorage
from nba_assets.orchestration.partitioned_checks import record
from nba_assets_tests.orchestration.event_examples import (
    CHECK,
    DAYS,
    KEY,
    OTHER_RUN,
    PARTITIONS,
    RUN,
    Rows,
    entry,
    evaluation,
    events_in,
    executions_in,
    log_message,
    materialization,
    materialization_target,
    planned_check,
    rows_of,
)

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    """An instance from a dagster.yaml, as in production."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("NBA_EVENT_LOG_DIR", str(tmp_path / "ours"))
    monkeypatch.delenv("DAGSTER_EVENT_BATCH_SIZE", raising=False)
    (home / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\n"
        "event_log_storage:\n"
        "  module: nba_assets.orchestration.event_log_sqlite\n"
        "  class: BatchingSqliteEventLogStorage\n"
        "  config: {base_dir: {env: NBA_EVENT_LOG_DIR}}\n"
    )
    with DagsterInstance.from_config(str(home)) as loaded:
        yield loaded


@pytest.fixture
def no_fallback(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Without this, a batch that always fails would still yield the right rows."""

    def fail(self: object, events: object) -> None:
        raise AssertionError("fell back")

    monkeypatch.setattr(BatchingSqliteEventLogStorage, "_store_one_by_one", fail)
    yield
    assert "Falling back" not in capfd.readouterr().err


def expected_rows(batches: list[list[EventLogEntry]], directory: Path) -> Rows:
    """The rows of Dagster's storage after these batches, without what the project's omits.

    It omits, of a batch, all materializations but the last of each table from the files of runs, and from their texts
    in the index the fields that repeat columns; also versions of inputs and the texts of planned checks.
    """
    logged: list[EventLogEntry] = []
    brief: set[str] = set()
    for batch in batches:
        for place, event in enumerate(batch):
            same = [later for later in batch[place + 1 :] if kind_of(later) == kind_of(event) is not None]
            if same:
                brief.add(str(serialize_value(event)))
            else:
                logged.append(event)
    everything = replay([event for batch in batches for event in batch], directory / "all")
    found = {name: rows for name, rows in everything.items() if name.startswith("index.")}
    of_runs = replay(logged, directory / "logged")
    found |= {name: rows for name, rows in of_runs.items() if not name.startswith("index.")}
    for name, rows in found.items():
        if name.endswith(".event_logs"):
            found[name] = [(*row[:2], _text(row[2], brief), *row[3:]) for row in rows]
        elif name.endswith(".asset_check_executions"):
            found[name] = [
                tuple(None if "AssetCheckEvaluationPlanned" in str(value) and row[3] else value for value in row)
                for row in rows
            ]
    return dict(sorted(found.items()))


def kind_of(event: EventLogEntry) -> tuple[object, ...] | None:
    """Run, type and table of an event of which a run over many days has one a day; None for other events."""
    if event.dagster_event_type not in (
        DagsterEventType.ASSET_MATERIALIZATION,
        DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    ):
        return None
    return event.run_id, event.dagster_event_type, event.get_dagster_event().asset_key


def _text(text: str, brief: set[str]) -> str:
    found = json.loads(text)
    if '"StepMaterializationData"' in text:
        tags = found["dagster_event"]["event_specific_data"]["materialization"]["tags"]
        for name in [name for name in tags if name.startswith(event_texts.INPUT_TAGS)]:
            del tags[name]
    if text not in brief:
        return json.dumps(found)
    for name in event_texts.BRIEFLY_WITHOUT:
        found["dagster_event"].pop(name, None)
    del found["message"]
    return json.dumps({**found, "user_message": ""}, separators=(",", ":"))


def replay(events: list[EventLogEntry], directory: Path) -> Rows:
    """The rows of Dagster's storage after these events."""
    storage = SqliteEventLogStorage(str(directory))
    for event in events:
        storage.store_event(event)
    return rows_of(directory)


def run_job(
    instance: DagsterInstance,
    yield_evaluations: Callable[[dg.AssetCheckExecutionContext], Iterator[Any]],
    days: list[str],
    run_id: str = RUN,
) -> dg.ExecuteInProcessResult:
    """Runs two assets with a single_run policy and a check of the first one, in process."""
    policy = dg.BackfillPolicy.single_run()

    @dg.asset(partitions_def=PARTITIONS, backfill_policy=policy)
    def games() -> dg.MaterializeResult[Any]:
        return dg.MaterializeResult(metadata={"row_count": 3}, data_version=dg.DataVersion("7"))

    @dg.asset(partitions_def=PARTITIONS, backfill_policy=policy, deps=[games])
    def season(context: dg.AssetExecutionContext) -> None:
        context.log.info("a log message")

    @dg.asset_check(asset=games, name=CHECK.name, partitions_def=PARTITIONS)  # type: ignore[arg-type]
    def is_complete(context: dg.AssetCheckExecutionContext) -> Iterator[Any]:
        with batched_events(context.op_execution_context.instance):
            yield from yield_evaluations(context)
        yield dg.Output(None)

    definitions = dg.Definitions([games, season], asset_checks=[is_complete])
    first, last = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
    tags = {"dagster/partition": days[0]} if len(days) == 1 else {first: days[0], last: days[-1]}
    return definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance, tags=tags, run_id=run_id, raise_on_error=False
    )


def evaluate_all(context: dg.AssetCheckExecutionContext) -> Iterator[AssetCheckEvaluation]:
    op_context = context.op_execution_context
    storage_ids = op_context.instance.event_log_storage.get_latest_storage_id_by_partition(
        KEY, DagsterEventType.ASSET_MATERIALIZATION
    )
    for day in op_context.partition_keys:
        target = materialization_target(storage_ids[day], op_context.run_id)
        yield AssetCheckEvaluation(
            asset_key=KEY,
            check_name=CHECK.name,
            passed=day != DAYS[2],
            metadata={"missing": 1},
            target_materialization_data=target,
            severity=dg.AssetCheckSeverity.WARN,
            partition=day,
        )


@pytest.mark.usefixtures("no_fallback")
def test_a_range_run_writes_the_rows_of_dagster_s_storage(
    instance: DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emitted: list[EventLogEntry] = []
    handle_new_event = DagsterInstance.handle_new_event

    def record(self: DagsterInstance, event: EventLogEntry, **kwargs: Any) -> None:
        emitted.append(event)
        handle_new_event(self, event, **kwargs)

    monkeypatch.setattr(DagsterInstance, "handle_new_event", record)
    stored: list[int] = []
    write = BatchingSqliteEventLogStorage._write

    def count(self: BatchingSqliteEventLogStorage, rows: list[event_log.EventRow]) -> None:
        stored.append(len(rows))
        write(self, rows)

    monkeypatch.setattr(BatchingSqliteEventLogStorage, "_write", count)

    assert run_job(instance, evaluate_all, DAYS).success
    assert stored == [11, 5, 5, 5]  # planned: 2 assets x 5 days + the check; then games, is_complete, season
    assert run_job(instance, evaluate_all, DAYS[1:2], OTHER_RUN).success

    batches = [list(of_kind) for _, of_kind in itertools.groupby(emitted, key=kind_of)]
    rows = rows_of(tmp_path / "ours")
    stock = replay(emitted, tmp_path / "stock")
    assert rows == expected_rows(batches, tmp_path / "expected") != stock
    assert len(rows["index.asset_check_executions"]) == 6
    assert len(rows["index.asset_event_tags"]) >= 6
    made = [row for row in rows[f"{RUN}.event_logs"] if row[3] == "ASSET_MATERIALIZATION"]
    assert len(made) == 2
    of_all_days = instance.fetch_materializations(KEY, limit=100).records
    assert sorted(str(record.partition_key) for record in of_all_days) == sorted([*DAYS, DAYS[1]])
    assert {record.asset_materialization.metadata["row_count"].value for record in of_all_days} == {3}  # type: ignore[union-attr]
    assert {record.event_log_entry.step_key for record in of_all_days} == {"games"}


def recorded(context: dg.AssetCheckExecutionContext) -> Iterator[Any]:
    """The evaluations of `evaluate_all`, recorded instead of yielded."""
    record(context.op_execution_context, evaluate_all(context))
    yield from ()


@pytest.mark.usefixtures("no_fallback")
def test_recorded_evaluations_equal_yielded_ones_but_are_written_once(
    ours: BatchingSqliteEventLogStorage, instance: DagsterInstance, tmp_path: Path
) -> None:
    """The same executions, except for times and run ids."""

    def without_run(value: object, run_id: str) -> str:
        text = str(serialize_value(value)).replace(run_id, "run")  # type: ignore[call-overload]
        return re.sub(r'"(storage_id|timestamp)": [\d.]+', "", text)

    def executions(run_id: str) -> list[tuple[object, ...]]:
        found = []
        for execution in ours.get_asset_check_execution_history(CHECK, limit=100):
            if execution.run_id == run_id:
                assert execution.event is not None and execution.event.step_key == "games_is_complete"
                told = without_run(execution.evaluation, run_id)
                found.append(
                    (execution.partition, execution.status, told, execution.event.job_name, execution.event.level)
                )
        return sorted(found, key=str)

    def of_run(run_id: str) -> list[str]:
        events = ours.get_logs_for_run(run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION)
        return [without_run(event.asset_check_evaluation, run_id) for event in events]

    assert run_job(instance, evaluate_all, DAYS).success
    assert run_job(instance, recorded, DAYS, OTHER_RUN).success
    yielded = executions(RUN)
    assert len(yielded) == len(DAYS)
    assert executions(OTHER_RUN) == yielded
    assert len(of_run(RUN)) == len(DAYS)
    assert of_run(OTHER_RUN) == of_run(RUN)[-1:]
    rows = rows_of(tmp_path / "ours")
    evaluated = [row for row in rows["index.event_logs"] if row[3] == "ASSET_CHECK_EVALUATION"]
    of_columns = [[(row[3], *row[5:]) for row in evaluated if row[1] == run_id] for run_id in (RUN, OTHER_RUN)]
    assert of_columns[0][-1:] == of_columns[1] and len(of_columns[0]) == len(DAYS)
    ids = [row[8] for row in rows["index.asset_check_executions"] if row[4] == OTHER_RUN]
    assert len(set(ids)) == len(DAYS) and max(ids) == evaluated[-1][0]  # the ids of those without a row stay unused
    states = ours.get_asset_check_state([(CHECK, PARTITIONS)])[CHECK].subsets
    assert states[AssetCheckExecutionResolvedStatus.FAILED].size == 1
    assert states[AssetCheckExecutionResolvedStatus.SUCCEEDED].size == len(DAYS) - 1


def test_recorded_evaluations_are_stored_one_by_one_if_the_batch_fails(
    ours: BatchingSqliteEventLogStorage, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: BatchingSqliteEventLogStorage, event: object, text: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(BatchingSqliteEventLogStorage, "_columns", fail)
    monkeypatch.setattr(BatchingSqliteEventLogStorage, "_event_to_row", SqliteEventLogStorage._event_to_row)
    assert run_job(instance, recorded, DAYS).success
    assert len(ours.get_asset_check_execution_history(CHECK, limit=100)) == len(DAYS)
    assert len(ours.get_logs_for_run(RUN, of_type=DagsterEventType.ASSET_CHECK_EVALUATION)) == len(DAYS)


@pytest.mark.usefixtures("no_fallback")
def test_a_batch_of_every_kind_gives_the_rows_of_dagster_s_storage(
    ours: BatchingSqliteEventLogStorage, tmp_path: Path
) -> None:
    observation = AssetObservationData(dg.AssetObservation("games", tags={"dagster/data_version": "8"}))
    planned = AssetMaterializationPlannedData(dg.AssetKey("season"), DAYS[0], None)
    events = [
        entry(DagsterEventType.PIPELINE_START, None, 0.5),
        planned_check(DAYS[:3]),
        planned_check(None, 1.5),
        materialization(DAYS[0], 2.0, run_id=OTHER_RUN),
        materialization(DAYS[1], 3.0),
        log_message(3.5),
        entry(DagsterEventType.ASSET_OBSERVATION, observation, 4.0),
        materialization(DAYS[1], 5.0, name="season"),
        materialization(DAYS[2], 5.5, name="season"),
        entry(DagsterEventType.ASSET_MATERIALIZATION_PLANNED, planned, 6.0, OTHER_RUN),
        materialization(DAYS[2], 6.2, name="season"),
        evaluation(DAYS[0], 7.0, target=1),
        evaluation(DAYS[0], 8.0, passed=False),  # a second time
        evaluation(DAYS[4], 9.0),  # never planned
        evaluation(DAYS[4], 10.0, passed=False, target=2),
        evaluation(None, 11.0),
        evaluation(DAYS[0], 12.0, run_id=""),
        evaluation(None, 12.1, run_id=""),
        evaluation(None, 12.2, run_id=""),  # outside of runs each one has its own row
        evaluation(DAYS[0], 13.0, run_id=OTHER_RUN),
    ]
    half = [*events[:8], evaluation(DAYS[3], 6.5)]
    ours.store_event_batch(half)
    ours.store_event_batch(events[8:])

    assert rows_of(tmp_path / "ours") == expected_rows([half, events[8:]], tmp_path)


def fail_at_insert(storage: BatchingSqliteEventLogStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise db.exc.OperationalError("insert", {}, Exception("disk full"))

    monkeypatch.setattr(storage, "_write_check_executions", fail)


def fail_at_index_commit(storage: BatchingSqliteEventLogStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run's file is committed already; only the first commit fails, so that the fallback can succeed."""
    engine = storage._engine("index")

    @db.event.listens_for(engine, "commit")
    def fail(conn: object) -> None:
        db.event.remove(engine, "commit", fail)
        raise db.exc.OperationalError("commit", {}, Exception("disk full"))


@pytest.mark.parametrize("fail", [fail_at_insert, fail_at_index_commit])
def test_a_batch_that_fails_leaves_nothing(
    fail: Callable[..., None],
    ours: BatchingSqliteEventLogStorage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours.store_event_batch([planned_check(DAYS), log_message()])
    before = rows_of(tmp_path / "ours")
    fail(ours, monkeypatch)
    with pytest.raises(db.exc.OperationalError, match="disk full"):
        ours.store_event_batch([materialization(DAYS[0], 2.0), log_message(), evaluation(DAYS[0])])
    assert rows_of(tmp_path / "ours") == before


@pytest.mark.parametrize("fail", [fail_at_insert, fail_at_index_commit])
def test_a_batch_that_fails_falls_back_to_one_by_one(
    fail: Callable[..., None],
    instance: DagsterInstance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    storage = instance.event_log_storage
    assert isinstance(storage, BatchingSqliteEventLogStorage)
    planned, evaluations = planned_check(DAYS), [evaluation(day) for day in DAYS]
    instance.handle_new_event(planned)
    fail(storage, monkeypatch)
    with batched_events(instance):
        for event in evaluations:
            instance.handle_new_event(event)

    assert "Could not store 5 events at once" in caplog.text
    assert rows_of(tmp_path / "ours") == replay([planned, *evaluations], tmp_path / "stock")


def test_the_fallback_stores_what_it_can_and_raises(ours: BatchingSqliteEventLogStorage, tmp_path: Path) -> None:
    days = [planned_check(None), planned_check(None, 2.0)]  # twice: an evaluation cannot refer to one of them
    ours.store_event_batch(days)
    message = "duplicate AssetCheckPlanned events"
    with pytest.raises(dg.DagsterInvariantViolationError, match=message), ours.buffered():
        for day in (DAYS[0], None, DAYS[1]):
            ours.store_event(evaluation(day))
    assert executions_in(tmp_path / "ours") == {None: "SUCCEEDED", DAYS[0]: "SUCCEEDED", DAYS[1]: "SUCCEEDED"}
    ours.store_event(evaluation(DAYS[2]))  # after the block: written immediately
    assert DAYS[2] in executions_in(tmp_path / "ours")


def test_two_writers_at_once(tmp_path: Path) -> None:
    """Two storages on the same files, as in two processes."""
    runs, batches, errors = (RUN, OTHER_RUN), 15, []
    storages = [BatchingSqliteEventLogStorage(str(tmp_path / "ours")) for _ in runs]
    barrier = threading.Barrier(len(runs))

    def write(storage: BatchingSqliteEventLogStorage, run_id: str) -> None:
        barrier.wait()
        try:
            for batch in range(batches):
                events = [materialization(day, batch + 1.0, run_id=run_id) for day in DAYS]
                storage.store_event_batch([*events, *(evaluation(day, batch + 2.0, run_id=run_id) for day in DAYS)])
        except db.exc.DBAPIError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=pair) for pair in zip(storages, runs, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for storage in storages:
        storage.dispose()

    assert errors == []
    rows = rows_of(tmp_path / "ours")
    for run_id in runs:
        assert len(rows[f"{run_id}.event_logs"]) == batches * (1 + len(DAYS))  # of the materializations the newest
    assert len(rows["index.event_logs"]) == len(runs) * batches * 10
    assert len(rows["index.asset_check_executions"]) == len(runs) * len(DAYS)
    # each tag belongs to a materialization, so ids were not mixed up
    kinds = {row[0]: row[3] for row in rows["index.event_logs"]}
    assert {kinds[row[1]] for row in rows["index.asset_event_tags"]} == {"ASSET_MATERIALIZATION"}


@pytest.mark.usefixtures("no_fallback")
def test_a_thread_reads_its_own_events_and_others_are_not_blocked(
    ours: BatchingSqliteEventLogStorage, tmp_path: Path
) -> None:
    ours.store_event(planned_check(DAYS))
    with ours.buffered():
        ours.store_event(evaluation(DAYS[0]))
        assert executions_in(tmp_path / "ours")[DAYS[0]] == "PLANNED"  # still in memory

        other = SqliteEventLogStorage(str(tmp_path / "ours"))
        start = time.monotonic()
        other.store_event(materialization(DAYS[0], 2.0, run_id=OTHER_RUN))
        assert time.monotonic() - start < 5  # SQLite would wait 30 s for a lock

        history = ours.get_asset_check_execution_history(CHECK, limit=10)
        assert [record.partition for record in history if record.status.value == "SUCCEEDED"] == [DAYS[0]]
        assert executions_in(tmp_path / "ours")[DAYS[0]] == "SUCCEEDED"
        ours.store_event(evaluation(DAYS[1]))
    assert executions_in(tmp_path / "ours")[DAYS[1]] == "SUCCEEDED"


@pytest.mark.usefixtures("no_fallback")
def test_the_buffer_is_bounded_and_keeps_the_order(
    ours: BatchingSqliteEventLogStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "BATCH_SIZE", 2)
    with ours.buffered():
        for index, day in enumerate(DAYS[:3]):
            ours.store_event(evaluation(day))
            assert len(events_in(tmp_path / "ours")) == [0, 2, 2][index]
        ours.store_event(log_message())
        assert events_in(tmp_path / "ours") == [*["ASSET_CHECK_EVALUATION"] * 3, None]
        ours.store_event(evaluation(DAYS[3]))
        ours.store_event_batch([materialization(day, 2.0) for day in DAYS[:2]])
        assert events_in(tmp_path / "ours")[4:] == ["ASSET_CHECK_EVALUATION", "ASSET_MATERIALIZATION"]
    ours.store_event(evaluation(DAYS[4]))  # after the block: written immediately
    assert len(events_in(tmp_path / "ours")) == 7


def test_an_interrupt_loses_no_event(
    ours: BatchingSqliteEventLogStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(BatchingSqliteEventLogStorage, "_write_index", interrupt)
    with pytest.raises(KeyboardInterrupt), ours.buffered():
        ours.store_event(evaluation(DAYS[0]))
    assert events_in(tmp_path / "ours") == []
    ours.store_event(entry(DagsterEventType.STEP_FAILURE, StepFailureData(error=None, user_failure_data=None), 200.0))  # type: ignore[no-untyped-call]
    ours.store_event(evaluation(DAYS[1]))  # after the block: written immediately
    kinds = ["ASSET_CHECK_EVALUATION", "STEP_FAILURE", "ASSET_CHECK_EVALUATION"]
    assert events_in(tmp_path / "ours") == kinds


def raise_midway(context: dg.AssetCheckExecutionContext) -> Iterator[AssetCheckEvaluation]:
    for day, result in zip(DAYS[:2], evaluate_all(context), strict=False):
        assert result.partition == day
        yield result
    raise ValueError("the third day cannot be read")


def be_refused_midway(context: dg.AssetCheckExecutionContext) -> Iterator[Any]:
    """Dagster raises while the generator is suspended in the block, and never resumes it."""
    for _, result in zip(DAYS[:2], evaluate_all(context), strict=False):
        yield result
    yield dg.Output(None, "no_such_output")


@pytest.mark.usefixtures("no_fallback")
@pytest.mark.parametrize("body", [raise_midway, be_refused_midway])
def test_a_check_that_raises_midway_keeps_what_it_yielded_and_fails_the_run(
    body: Callable[..., Iterator[Any]], instance: DagsterInstance, tmp_path: Path
) -> None:
    result = run_job(instance, body, DAYS)

    assert not result.success
    run = instance.get_run_by_id(RUN)
    assert run is not None and run.status is dg.DagsterRunStatus.FAILURE
    executions = executions_in(tmp_path / "ours")
    assert executions == {day: "SUCCEEDED" if day in DAYS[:2] else "PLANNED" for day in DAYS}
    kinds = events_in(tmp_path / "ours")
    assert kinds.count("ASSET_CHECK_EVALUATION") == 2
    assert kinds.index("STEP_FAILURE") > kinds.index("ASSET_CHECK_EVALUATION") + 1
    assert kinds[-1] == "PIPELINE_FAILURE"


def test_an_instance_from_dagster_yaml_uses_it_and_batches(instance: DagsterInstance, tmp_path: Path) -> None:
    storage = instance.event_log_storage
    assert type(storage) is BatchingSqliteEventLogStorage
    assert storage._base_dir == str(tmp_path / "ours")
    assert instance._get_event_batch_size() == event_log.BATCH_SIZE


def test_other_storages_are_unchanged() -> None:
    with DagsterInstance.ephemeral() as ephemeral, batched_events(ephemeral):
        ephemeral.handle_new_event(evaluation(DAYS[0]))
        assert len(ephemeral.all_logs(RUN)) == 1


@pytest.mark.parametrize("is_batch", [True, False])
def test_a_day_that_is_reconciled_again_has_the_newer_evaluation(
    ours: BatchingSqliteEventLogStorage, tmp_path: Path, is_batch: bool
) -> None:
    """Dagster's storage rejects a second evaluation without a run of the same check and day."""
    for passed, timestamp in ((True, 1.0), (False, 2.0)):
        events = [evaluation(day, timestamp, passed, run_id="") for day in DAYS]
        if is_batch:
            ours.store_event_batch(events)
        else:
            for event in events:
                ours.store_event(event)
    assert executions_in(tmp_path / "ours") == dict.fromkeys(DAYS, "FAILED")
    assert len(rows_of(tmp_path / "ours")["index.asset_check_executions"]) == len(DAYS)
