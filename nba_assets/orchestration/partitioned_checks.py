"""Check results per day, from a run of one day and from a run over a range.

With an `AssetCheckResult` every day of a range run is shown as SKIPPED, because Dagster sets the partition only if the
step has exactly one. So one `AssetCheckEvaluation` per day is stored, each referring to the day's latest
materialisation, without which the UI does not list it. They are written to the event log in batches: four seasons have
260,000, and an evaluation that a check op yields passes through Dagster's loggers and stays in memory until the end of
the run.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import pandas as pd
import sqlalchemy as db
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluation,
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.execution.context.system import StepExecutionContext
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

from nba_assets.contracts.day_state import MARKS
from nba_assets.contracts.findings import findings
from nba_assets.contracts.repairs import SOURCE_HOLE, is_source_hole, repair
from nba_assets.orchestration.event_log import BatchedEvents

Target = AssetCheckEvaluationTargetMaterializationData
_WHAT_TO_DO = "what_to_do"
_SHOWN = ("key", "found", "expected")
_PER_STATEMENT = 500  # SQLite limits the number of bound values per statement


def latest_materializations(
    instance: dg.DagsterInstance, asset_key: dg.AssetKey, days: Sequence[str]
) -> dict[str, Target]:
    """The latest materialisation of each partition that has one.

    Reads only index columns: deserialising the events would take longer than the checks.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        raise TypeError(f"{type(storage).__name__} is not an SQL event log, which check results need")
    events = SqlEventLogStorageTable.c
    found: dict[str, Target] = {}
    with storage.index_connection() as connection:
        for start in range(0, len(days), _PER_STATEMENT):
            newest = (
                db.select(db.func.max(events.id).label("id"))
                .where(events.asset_key == asset_key.to_string())
                .where(events.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION.value)
                .where(events.partition.in_(days[start : start + _PER_STATEMENT]))
                .group_by(events.partition)
                .subquery()
            )
            rows = connection.execute(
                db.select(events.partition, events.id, events.run_id, events.timestamp).where(events.id == newest.c.id)
            )
            for partition, storage_id, run_id, timestamp in rows:
                moment = timestamp.replace(tzinfo=None) - pd.Timestamp(0).to_pydatetime()
                found[partition] = Target(storage_id=storage_id, run_id=run_id, timestamp=moment.total_seconds())
    return found


def newest_runs(instance: dg.DagsterInstance) -> pd.DataFrame:
    """The run of the latest materialisation of each partition of every asset, in one query.

    Returns:
        asset (the last part of its key), day and run_id, as text.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        raise TypeError(f"{type(storage).__name__} is not an SQL event log, so the records cannot be compared")
    events = SqlEventLogStorageTable.c
    newest = (
        db.select(db.func.max(events.id))
        .where(events.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION.value)
        .where(events.partition.is_not(None))
        .group_by(events.asset_key, events.partition)
    )
    with storage.index_connection() as connection:
        rows = connection.execute(
            db.select(events.asset_key, events.partition, events.run_id).where(events.id.in_(newest))
        ).fetchall()
    found = pd.DataFrame([tuple(row) for row in rows], columns=["asset", "day", "run_id"], dtype="object")
    names = {text: json.loads(text)[-1] for text in found["asset"].unique()}
    return found.assign(asset=found["asset"].map(names).astype("object"))


def evaluations(
    asset_key: dg.AssetKey,
    results: pd.DataFrame,
    targets: dict[str, Target],
    failed: pd.DataFrame | None = None,
    layer: str | None = None,
    on_newest: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[AssetCheckEvaluation]:
    """One evaluation per result of checks.evaluate; those of days that were never materialised have no target.

    The metadata is small, because it is stored per event: the observation; for a failed day at most 50 failing keys and
    the command that repairs it. The newest day of each check, which the page of the check shows, also lists the days
    that currently fail.

    Args:
        asset_key: asset key of the table.
        results: rows of checks.evaluate.
        targets: materialisation by day, see `latest_materializations`.
        failed: all results of the table that currently fail; None to leave them out.
        layer: layer of the table; in layer raw a gap may come from the sources.
        on_newest: additional metadata of the newest day, by check.
    """
    newest = results.groupby("check_name")["game_date"].max().to_dict()
    of_check = {} if failed is None else dict(list(failed.groupby("check_name")))
    is_hole = _source_holes(results, layer)
    days = results["game_date"].dt.strftime("%Y-%m-%d")
    for row, day, has_hole in zip(results.to_dict("records"), days, is_hole, strict=True):
        observed = json.loads(row["observed"])
        metadata = _observed(observed, is_passed=row["passed"])
        if not row["passed"]:
            metadata |= _failing(row, observed, has_hole=has_hole)
        if row["game_date"] == newest[row["check_name"]]:
            if row["check_name"] in of_check:
                metadata |= failing_now(of_check[row["check_name"]], row, layer)
            metadata |= (on_newest or {}).get(row["check_name"], {})
        reasons: dict[str, int] = json.loads(row["reasons"])
        yield AssetCheckEvaluation(
            asset_key=asset_key,
            check_name=row["check_name"],
            passed=bool(row["passed"]),
            metadata=metadata,
            target_materialization_data=targets.get(day),
            severity=dg.AssetCheckSeverity[row["severity"]],
            description="; ".join(f"{why}: {count}" if count else why for why, count in reasons.items()) or None,
            blocking=False,
            partition=day,
        )


def failing_now(failed: pd.DataFrame, shown: dict[str, Any] | None, layer: str | None) -> dict[str, Any]:
    """How many days of a check fail and which is the newest, with its keys unless that day is shown anyway."""
    newest = failed.loc[failed["game_date"].idxmax()].to_dict()
    first = failed["game_date"].min()
    found: dict[str, Any] = {
        "days that fail now": f"{len(failed)}, from {first:%Y-%m-%d} to {newest['game_date']:%Y-%m-%d}",
    }
    if shown is None or shown["game_date"] != newest["game_date"]:
        (has_hole,) = _source_holes(pd.DataFrame([newest]), layer)
        told = _failing(newest, json.loads(newest["observed"]), has_hole=has_hole)
        found |= {f"newest failing day, {name}": value for name, value in told.items()}
        reasons = "; ".join(json.loads(newest["reasons"]))
        found["newest failing day"] = f"{newest['game_date']:%Y-%m-%d}: {reasons}"
    return found


def summary(asset_key: dg.AssetKey, check_name: str, results: pd.DataFrame, layer: str | None) -> AssetCheckEvaluation:
    """One evaluation, without a partition, that summarises a check over all days that were built."""
    failed = results[~results["passed"].astype(bool)]
    has_error = bool((failed["severity"] == "ERROR").any())
    metadata = {"days checked": f"{len(results)}"}
    if len(failed):
        metadata |= failing_now(failed, None, layer)
    return AssetCheckEvaluation(
        asset_key=asset_key,
        check_name=check_name,
        passed=failed.empty,
        metadata=metadata,
        severity=dg.AssetCheckSeverity.ERROR if has_error or failed.empty else dg.AssetCheckSeverity.WARN,
        description=f"{len(failed)} of {len(results)} days fail" if len(failed) else None,
        blocking=False,
    )


def _source_holes(results: pd.DataFrame, layer: str | None) -> list[bool]:
    """Whether each result failed because the sources lack rows; see `is_source_hole`."""
    if layer is None:
        return [False] * len(results)
    found: list[bool] = is_source_hole(results, dict.fromkeys(results["table_name"].unique(), layer)).tolist()
    return found


def _observed(observed: Mapping[str, Any], *, is_passed: bool) -> dict[str, Any]:
    """Metadata of a result, without the command that repairs a failed day."""
    told = {name: value for name, value in observed.items() if value is not None}
    if (state := told.get("state")) is not None:
        told["state"] = f"{MARKS.get(state, '')} {state.replace('_', ' ')}".strip()
    return {name: _plain(value) for name, value in told.items() if is_passed or name != _WHAT_TO_DO}


def _failing(row: Mapping[str, Any], observed: Mapping[str, Any], *, has_hole: bool) -> dict[str, Any]:
    """Count and list of the failing keys of a day, and the command that repairs it."""
    found: dict[str, Any] = {"failing": str(int(row["failing"]))}
    if keys := findings(row["failing_keys"]):
        found["failing keys"] = dg.TableMetadataValue(
            [dg.TableRecord({name: getattr(key, name) or "" for name in _SHOWN}) for key in keys],
            dg.TableSchema([dg.TableColumn(name, "text") for name in _SHOWN]),
        )
    day = row["game_date"].date()
    found["repair"] = observed.get(_WHAT_TO_DO) or repair(row["table_name"], day, day, is_made=True)
    if has_hole:
        found["repair"] += f"  ({SOURCE_HOLE[0].lower()}{SOURCE_HOLE[1:]})"
    return found


def record(context: dg.OpExecutionContext, found: Iterable[AssetCheckEvaluation]) -> None:
    """Writes the evaluations to the event log, as if the op had yielded them, but storing each text once."""
    step = context.get_step_execution_context()
    tags = step.event_tags  # a property that is computed at each access
    entries = [_entry(step, tags, evaluation) for evaluation in found]
    storage = context.instance.event_log_storage
    if isinstance(storage, BatchedEvents):
        storage.store_evaluations(entries)
    else:
        for entry in entries:
            context.instance.handle_new_event(entry)


def _entry(step: StepExecutionContext, tags: Mapping[str, str], evaluation: AssetCheckEvaluation) -> dg.EventLogEntry:
    """The log entry of a yielded evaluation, as created by DagsterEvent.asset_check_evaluation."""
    told = f" Description: '{evaluation.description}'" if evaluation.description is not None else ""
    outcome = "passed." if evaluation.passed else "did not pass."
    message = f"Asset check '{evaluation.check_name}' on '{evaluation.asset_key.to_user_string()}' {outcome}{told}"
    event = DagsterEvent(
        event_type_value=DagsterEventType.ASSET_CHECK_EVALUATION.value,
        job_name=step.job_name,
        step_handle=step.step.handle,
        node_handle=step.step.node_handle,
        step_kind_value=step.step.kind.value,
        logging_tags=dict(tags),
        event_specific_data=evaluation,
        message=message,
        pid=os.getpid(),
    )
    return dg.EventLogEntry(  # type: ignore[no-untyped-call]
        error_info=None,
        level=logging.DEBUG,
        user_message=message,
        run_id=step.run_id,
        timestamp=time.time(),
        step_key=step.step.key,
        job_name=step.job_name,
        dagster_event=event,
    )


def _plain(value: Any) -> Any:
    """Value as text: Dagster plots numbers by time of evaluation, which is the same for all days of a range."""
    return value if isinstance(value, str) else json.dumps(value)
