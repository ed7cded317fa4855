"""A backfill: a run a season, oldest first, resuming at the first season that is not done."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from nba_assets import registry
from nba_assets.inputs_state import stale_days
from nba_assets.partitions import Season, by_season, day_range
from nba_assets.platform import Platform


@dataclass(frozen=True)
class SeasonRun:
    """What happened to one season of a backfill; `run_id` is None when there was nothing to do."""

    season: Season
    first: date
    last: date
    run_id: str | None
    is_success: bool
    seconds: float
    failure: str | None = None


def select_tables(selection: str | None) -> list[str]:
    """Names of the tables of a selection, upstream first.

    Args:
        selection: names, layers and Dagster's asset selection syntax (`+player_game_summary`, `group:raw`), parted by
            commas; None for all tables.

    Raises:
        ValueError: the selection matches no table.
    """
    if selection is None:
        return list(registry.tables())
    from nba_assets.definitions import defs

    graph = defs.resolve_asset_graph()
    wanted: set[str] = set()
    for part in (word.strip() for word in selection.split(",")):
        if part in registry.LAYERS:
            wanted |= {name for name, table in registry.tables().items() if table.contract.layer == part}
        elif part in registry.tables():
            wanted.add(part)
        else:
            found = dg.AssetSelection.from_string(part).resolve(graph, allow_missing=True)
            wanted |= {key.path[-1] for key in found if key.path[0] != "source"} & set(registry.tables())
    chosen = [name for name in registry.tables() if name in wanted]
    if not chosen:
        raise ValueError(f"--select {selection} matches no table; tables are {', '.join(registry.tables())}")
    return chosen


def is_done(names: Sequence[str], first: date, last: date, platform: Platform) -> bool:
    """Whether every day of every table was made from what its inputs and its code are now."""
    with platform.warehouse.snapshot() as snapshot:
        tables = registry.tables()
        return all(stale_days(tables[name], day_range(first, last), platform, snapshot).empty for name in names)


def backfill(
    names: Sequence[str],
    first: date,
    last: date,
    platform: Platform,
    instance: dg.DagsterInstance,
    *,
    is_forced: bool = False,
    started: Callable[[Season, date, date], None] = lambda season, first, last: None,
) -> list[SeasonRun]:
    """Runs the tables season by season; stops after a season that failed, because the next one reads it.

    Args:
        names: tables.
        first: first day.
        last: last day.
        platform: settings, warehouse, archive.
        instance: Dagster's.
        is_forced: run seasons that are done, too.
        started: called before a season's run.
    """
    from nba_assets.definitions import defs

    job = defs.resolve_implicit_global_asset_job_def()
    done: list[SeasonRun] = []
    for season, season_first, season_last in by_season(first, last):
        if not is_forced and is_done(names, season_first, season_last, platform):
            done.append(SeasonRun(season, season_first, season_last, None, True, 0.0))
            continue
        started(season, season_first, season_last)
        start = time.perf_counter()
        result = job.execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(name) for name in names],
            tags={
                "dagster/asset_partition_range_start": season_first.isoformat(),
                "dagster/asset_partition_range_end": season_last.isoformat(),
                "nba/season": season.label,
            },
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )
        failure = None if result.success else _failure(result)
        done.append(
            SeasonRun(
                season, season_first, season_last, result.run_id, result.success, time.perf_counter() - start, failure
            )
        )
        if not result.success:
            break
    return done


def _failure(result: dg.ExecuteInProcessResult) -> str:
    """The first failed step with its error, in a sentence; else the error of the run, which failed before its steps."""
    for event in result.all_events:
        if event.is_step_failure:
            return f"{event.step_key}: {_cause(event.step_failure_data.error)}"
    for event in result.all_events:
        if event.is_job_failure:
            return f"the run failed before its first step: {_cause(event.job_failure_data.error)}"
    return "the run failed and recorded no event of it"


def _cause(error: SerializableErrorInfo | None) -> str:
    """What our code raised: below Dagster's own wrapping, above what our error was made from."""
    while error is not None and error.cause is not None and (error.cls_name or "").startswith("Dagster"):
        error = error.cause
    if error is not None and error.cls_name == "DagsterExecutionInterruptedError":
        return "interrupted"
    return error.message.strip() if error is not None else "no error was recorded"
