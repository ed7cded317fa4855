"""Events of the event log's tests, and the rows that a folder of SQLite files holds."""

from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as db
from dagster import AssetCheckEvaluation, DagsterEventType, EventLogEntry
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.events import (
    DagsterEvent,
    EventSpecificData,
    StepMaterializationData,
)

from nba_assets.orchestration.check_states import VERSIONS

DAYS = [f"2024-01-0{day}" for day in range(1, 6)]
RUN, OTHER_RUN = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
KEY = dg.AssetKey("games")
CHECK = dg.AssetCheckKey(KEY, "is_complete")
PARTITIONS = dg.DailyPartitionsDefinition(DAYS[0], end_date="2024-01-06")

Rows = dict[str, list[tuple[Any, ...]]]


def rows_of(directory: Path) -> Rows:
    """All rows of all files, all columns except the time of insertion."""
    rows: Rows = {}
    for file in sorted(directory.glob("*.db")):
        engine = db.create_engine(f"sqlite:///{file}", poolclass=db.NullPool)
        metadata = db.MetaData()
        metadata.reflect(engine)
        with engine.connect() as conn:
            for table in metadata.sorted_tables:
                if table.name == VERSIONS.name:  # the project's, see test_check_states
                    continue
                columns = [
                    column for column in table.c if column.name not in ("create_timestamp", "migration_completed")
                ]
                rows[f"{file.stem}.{table.name}"] = [tuple(row) for row in conn.execute(db.select(*columns))]
        engine.dispose()
    return rows


def events_in(directory: Path, run_id: str = RUN) -> list[str | None]:
    """The types of the events in the run's file, in order."""
    return [row[3] for row in rows_of(directory).get(f"{run_id}.event_logs", [])]


def executions_in(directory: Path) -> dict[str | None, str]:
    """The status of each day's execution of the check."""
    return {row[3]: row[5] for row in rows_of(directory)["index.asset_check_executions"]}


def entry(kind: DagsterEventType, data: EventSpecificData | None, timestamp: float, run_id: str = RUN) -> EventLogEntry:
    event = DagsterEvent(kind.value, "job", event_specific_data=data, step_key="step")
    return EventLogEntry(None, 10, "", run_id, timestamp, "step", "job", event)  # type: ignore[no-untyped-call]


def materialization_target(storage_id: int, run_id: str) -> AssetCheckEvaluationTargetMaterializationData:
    return AssetCheckEvaluationTargetMaterializationData(storage_id=storage_id, run_id=run_id, timestamp=1.0)


def evaluation(
    day: str | None, timestamp: float = 100.0, passed: bool = True, run_id: str = RUN, target: int | None = None
) -> EventLogEntry:
    of = None if target is None else materialization_target(target, run_id)
    data = AssetCheckEvaluation(
        asset_key=KEY, check_name=CHECK.name, passed=passed, target_materialization_data=of, partition=day
    )
    return entry(DagsterEventType.ASSET_CHECK_EVALUATION, data, timestamp, run_id)


def planned_check(days: list[str] | None, timestamp: float = 1.0) -> EventLogEntry:
    subset = None if days is None else PARTITIONS.subset_with_partition_keys(days).to_serializable_subset()
    data = AssetCheckEvaluationPlanned(asset_key=KEY, check_name=CHECK.name, partitions_subset=subset)
    return entry(DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, data, timestamp)


def materialization(day: str | None, timestamp: float, name: str = "games", run_id: str = RUN) -> EventLogEntry:
    result = dg.AssetMaterialization(name, partition=day, tags={"dagster/data_version": "7", "not_indexed": "x"})
    return entry(DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(result), timestamp, run_id)


def log_message(timestamp: float = 200.0) -> EventLogEntry:
    return EventLogEntry(None, 20, "hello", RUN, timestamp, "step", "job", None)  # type: ignore[no-untyped-call]
