"""Corrects Dagster's records from the ledger.

Data are committed before Dagster's events, so after a crash the ledger is authoritative: runs without a process are
reported as failed, so that they do not block the queue, and days that Dagster has no record of, or records with another
content hash, are reported to it and checked again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pandas as pd
from dagster._core.execution.backfill import BulkActionStatus

from nba_assets.engine import registry
from nba_assets.engine.checks.evaluate import evaluate
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.event_log import batched_events
from nba_assets.orchestration.partitioned_checks import evaluations, latest_materializations, newest_runs
from nba_assets.runtime.known_errors import explained
from nba_assets.settings import Settings

log = logging.getLogger(__name__)

PROCESS_TAG = ".dagster/nba_process"
"""Run tag that names the lock file of the run's process; the prefix hides it in the list of runs."""
_STARTS_WITHIN = timedelta(minutes=5)
"""A run is tagged in its first seconds; an untagged run without progress for longer than this is dead."""
_UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
"""QUEUED is not included: such a run has no process yet and waits for the daemon."""
_MOST_RECORDS = 1000  # Dagster returns at most 10,000 records, and each is deserialised


def reconcile(instance: dg.DagsterInstance, platform: Platform) -> list[str]:
    """Reports dead runs as failed and unrecorded days as materialised; does nothing while a run has the run lock.

    Returns:
        One sentence per action; empty if there was nothing to do.
    """
    with platform.try_run_lock() as is_free:
        if not is_free:
            return []
        return [*_dead_runs(instance, platform), *_unrecorded_days(instance, platform)]


def _dead_runs(instance: dg.DagsterInstance, platform: Platform) -> Iterator[str]:
    """Reports unfinished runs whose process is gone, on any machine, as failed."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=_UNFINISHED)):
        run = record.dagster_run
        sign = run.tags.get(PROCESS_TAG)
        if sign is not None:
            is_alive = platform.is_alive(sign)
        else:
            idle = datetime.now(UTC) - record.update_timestamp.replace(tzinfo=UTC)
            is_alive = idle < _STARTS_WITHIN or _is_to_be_submitted(instance, run)
        if not is_alive:
            instance.report_run_failed(run, "The process of this run is gone; what it committed is kept.")
            yield f"run {run.run_id} was reported failed: it was {run.status.value} and its process is gone"


def _is_to_be_submitted(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether the run belongs to an active backfill of the web UI, so that the daemon will submit it."""
    name = run.tags.get("dagster/backfill")
    backfill = instance.get_backfill(name) if name and run.status is dg.DagsterRunStatus.NOT_STARTED else None
    return backfill is not None and backfill.status is BulkActionStatus.REQUESTED


def _unrecorded_days(instance: dg.DagsterInstance, platform: Platform) -> Iterator[str]:
    with platform.warehouse.snapshot() as snapshot:
        columns = ["table_name", "game_date", "status", "rows", "content_hash", "run_id"]
        ledger = snapshot.ledger(list(registry.tables()), columns=columns)
    # A superseded day has no run of its own: its files were written by the run of a later day.
    ledger = ledger[ledger["status"] != "superseded"].astype({"table_name": "object", "run_id": "object"})
    recorded = newest_runs(instance).rename(columns={"asset": "table_name", "run_id": "recorded_run"})
    days = ledger.assign(day=ledger["game_date"].dt.strftime("%Y-%m-%d").astype("object"))
    days = days.merge(recorded, on=["table_name", "day"], how="left")
    for name, of_table in days[days["run_id"] != days["recorded_run"].fillna("")].groupby("table_name"):
        table = registry.tables()[str(name)]
        key = dg.AssetKey(table.name)
        suspects = of_table.set_index("day")
        hashes = _recorded_hashes(instance, key, suspects.index.tolist())
        wrong = suspects[suspects["content_hash"].astype("object") != hashes.reindex(suspects.index).fillna("")]
        if wrong.empty:
            continue
        with batched_events(instance):
            for day, row in wrong.iterrows():
                metadata: dict[str, int | str] = {
                    "dagster/partition_row_count": int(row["rows"]),
                    "status": str(row["status"]),
                    "content_hash": str(row["content_hash"]),
                    "reconciled_from_run": str(row["run_id"]),
                }
                instance.report_runless_asset_event(dg.AssetMaterialization(key, metadata=metadata, partition=str(day)))
        results = evaluate(table, [day.date() for day in wrong["game_date"]], platform, "reconcile")
        targets = latest_materializations(instance, key, wrong.index.tolist())
        with batched_events(instance):
            for evaluation in evaluations(key, results, targets, layer=table.contract.layer):
                instance.report_runless_asset_event(evaluation)
        yield f"{table.name}: {len(wrong)} days of the ledger were not in Dagster's records; reported and checked again"


def _recorded_hashes(instance: dg.DagsterInstance, key: dg.AssetKey, days: list[str]) -> pd.Series:
    """Content hash of the latest materialisation of each day that has one."""
    found: dict[str, str] = {}
    for start in range(0, len(days), _MOST_RECORDS):
        chosen = dg.AssetRecordsFilter(asset_key=key, asset_partitions=days[start : start + _MOST_RECORDS])
        newest_first = instance.fetch_materializations(chosen, limit=10 * _MOST_RECORDS).records
        for record in newest_first:
            materialization = record.asset_materialization
            if materialization is not None and materialization.partition is not None:
                value = materialization.metadata.get("content_hash")
                found.setdefault(materialization.partition, str(value.value) if value is not None else "")
    return pd.Series(found, dtype="object")


@dg.sensor(
    name="reconcile",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reports dead runs as failed and brings Dagster's record in line with the ledger.",
)
def reconcile_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Does the same as `nba-assets reconcile`, for users of the web UI."""
    with explained():
        done = reconcile(context.instance, Platform(Settings()))
    return dg.SkipReason("; ".join(done) or "nothing to reconcile")
