"""A backfill: season by season, oldest first, resuming at the first season that is not done; or only stale days."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import dagster as dg
import pandas as pd
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster_shared.error import SerializableErrorInfo

from nba_assets.basketball.calendar import Season, by_season
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.engine.staleness import is_done, staleness
from nba_assets.orchestration.ahead import in_two, working_ahead
from nba_assets.orchestration.build import loaded_definitions
from nba_assets.runtime.known_errors import ExplainedError

INTERRUPTED = "interrupted"
Started = Callable[[Season, date, date, Sequence[str]], None]
"""Called before each run with its season, days and tables."""


@dataclass(frozen=True)
class SeasonRun:
    """The result of one season of a backfill, or of a part of it; `run_id` is None if there was nothing to do.

    tables: the tables that the run builds.
    """

    season: Season
    first: date
    last: date
    run_id: str | None
    is_success: bool
    seconds: float
    failure: str | None = None
    tables: Sequence[str] = ()


@dataclass(frozen=True)
class Rebuilt:
    """A run over stale days. days: table_name, days written, and how many were new (never built), changed, same."""

    run: SeasonRun
    days: pd.DataFrame


def select_tables(selection: str | None) -> list[str]:
    """Names of the tables of a selection, upstream first.

    Args:
        selection: names, layers and Dagster's asset selection syntax (`+player_game_summary`, `group:raw`), separated
            by commas; None for all tables.

    Raises:
        ValueError: a part of the selection matches no table, or it has no part.
    """
    if selection is None:
        return list(registry.tables())
    tables = registry.tables()
    wanted: set[str] = set()
    parts = [word.strip() for word in selection.split(",")]
    for part in parts:
        if part in registry.LAYERS:
            found = {name for name, table in tables.items() if table.contract.layer == part}
        else:
            found = {part} & set(tables) or _selected(part)
        if not found:
            raise ValueError(
                f"--select '{selection}': {repr(part) if part else 'an empty part'} matches no table. Allowed are "
                f"tables and layers, separated by commas, and Dagster's selection syntax such as '+players'. "
                f"Layers are {', '.join(registry.LAYERS)}; tables are {', '.join(tables)}."
            )
        wanted |= found
    return [name for name in tables if name in wanted]


def _selected(part: str) -> set[str]:
    """Tables that a selection in Dagster's syntax matches; none where it does not parse."""

    if not part:
        return set()
    try:
        selection = dg.AssetSelection.from_string(part)
    except dg.DagsterError:
        return set()
    keys = selection.resolve(loaded_definitions().resolve_asset_graph(), allow_missing=True)
    return {key.path[-1] for key in keys if key.path[0] != "source"} & set(registry.tables())


def backfill(
    names: Sequence[str],
    first: date,
    last: date,
    platform: Platform,
    instance: dg.DagsterInstance,
    *,
    is_forced: bool = False,
    started: Started = lambda season, first, last, names: None,
) -> list[SeasonRun]:
    """Runs the tables season by season; stops after a season that failed, because the next one reads it.

    Products with one state instead of one per day, and those that report check results, are built at the end, see
    `_ends`.

    Args:
        names: tables.
        first: first day.
        last: last day.
        platform: settings, warehouse, archive.
        instance: Dagster's.
        is_forced: run seasons that are done, too.
        started: called before a season's run.
    """
    at_the_end = {*after_checks(names), *(as_of_a_day(names) if first < last else ())}
    done = _by_season(
        [name for name in names if name not in at_the_end], first, last, platform, instance, is_forced, started
    )
    if not all(run.is_success for run in done):
        return done
    begin = next((run.first for run in done if run.run_id), None)
    late = [name for name in names if name in at_the_end]
    for part, part_first, part_last in _ends(late, first, last, begin, platform):
        if begin is None and not is_forced and is_done(part, part_first, part_last, platform):
            continue
        season = Season.of_day(part_last)
        started(season, part_first, part_last, part)
        run = _run(part, season, part_first, part_last, instance)
        done = [*done, run] if part_last > last else [*done[:-1], _both(done[-1], run)]
        if not run.is_success:
            return done
    return done


def _by_season(
    names: Sequence[str],
    first: date,
    last: date,
    platform: Platform,
    instance: dg.DagsterInstance,
    is_forced: bool,
    started: Started,
) -> list[SeasonRun]:
    """Runs the tables season by season, in two passes if there are several seasons to run.

    The first pass leaves out the tables that need trained models and everything downstream of them; while it builds
    the next seasons, models are trained in threads. The second pass builds the rest. A table reads no later season, so
    the order does not matter to its rows.

    Returns:
        The seasons that are complete and those that failed, oldest first. After a failure the second pass still runs
        the seasons that the first has finished, up to a failure of its own.
    """
    spans = list(by_season(first, last))
    runs = {
        season: SeasonRun(season, season_first, season_last, None, True, 0.0)
        for season, season_first, season_last in spans
    }
    stale = {span[0] for span in spans if names and (is_forced or not is_done(names, span[1], span[2], platform))}
    early, late = in_two(names) if len(stale) > 1 else (list(names), [])
    whole: list[Season] = []

    def is_to_run(part: list[str], season: Season, season_first: date, season_last: date) -> bool:
        """Rows that change in one season may make days of the next one stale, so this is asked when its turn comes."""
        has_run = any(made.run_id is not None for made in runs.values())
        if not part or (not has_run and season not in stale):
            return False
        return is_forced or not (late or has_run) or not is_done(part, season_first, season_last, platform)

    with working_ahead(platform) as ahead:

        def run(part: list[str], season: Season, season_first: date, season_last: date) -> bool:
            if not is_to_run(part, season, season_first, season_last):
                return True
            started(season, season_first, season_last, part)
            ahead.finish(season)
            made = _run(part, season, season_first, season_last, instance)
            if late:  # the next run would keep what this one left in reference cycles (`rare_collections`)
                gc.collect()
            runs[season] = made if runs[season].run_id is None else _both(runs[season], made)
            return made.is_success

        begun = []
        for span in spans:
            if not run(early, *span):
                break
            begun.append(span)
            if is_to_run(late, *span):
                ahead.begin(late, *span)
        for span in begun:
            if not run(late, *span):
                break
            whole.append(span[0])
    return [made for season, made in runs.items() if season in whole or not made.is_success]


def _ends(
    names: Sequence[str], first: date, last: date, begin: date | None, platform: Platform
) -> Iterator[tuple[list[str], date, date]]:
    """The final runs of a backfill: tables, first and last day of each.

    Products as of a day are built for the newest day only. After all checks have run, the products that report their
    results are built: daily ones from `begin` on, the first day of the season runs; and those as of now for the newest
    day of all, because a backfill of old days changes them, too: a check that passes again is no longer failing.
    """
    told, as_of = after_checks(names), as_of_a_day(names)
    now, by_day = as_of_now(names), [name for name in told if name not in as_of]
    newest = max(last, _published_as_of(now, platform) or last)
    is_whole = begin is None or (begin > first and not is_done(by_day, first, begin - timedelta(days=1), platform))
    begin = first if is_whole or begin is None else begin
    parts = [([name for name in as_of if name not in told], last, last)]
    parts += [(told, last, last)] if begin == newest else [(by_day, begin, last), (now, newest, newest)]
    yield from (part for part in parts if part[0])


def as_of_a_day(names: Sequence[str]) -> list[str]:
    """The tables among `names` whose files are as of a day: only the newest files are kept."""
    tables = registry.tables()
    return [name for name in names if (product := tables[name].publishes) is not None and product.is_as_of]


def after_checks(names: Sequence[str]) -> list[str]:
    """The tables among `names` whose files report the check results of all tables."""
    tables = registry.tables()
    return [name for name in names if (product := tables[name].publishes) is not None and product.is_of_checks]


def as_of_now(names: Sequence[str]) -> list[str]:
    """Those of `after_checks` with one state, as of the newest day, whichever day was run."""
    return as_of_a_day(after_checks(names))


def _published_as_of(names: Sequence[str], platform: Platform) -> date | None:
    """The newest day as of which files of these products exist; None without files."""
    with platform.warehouse.snapshot() as snapshot:
        ledger = snapshot.ledger(list(names))
    newest = ledger.loc[ledger["rows"] > 0, "game_date"].max()
    return None if pd.isna(newest) else newest.date()


def _both(run: SeasonRun, later: SeasonRun) -> SeasonRun:
    """Two runs reported as one: days of the first, outcome of the second, id and tables of the one that failed."""
    shown = run if run.run_id and later.is_success else later
    return replace(
        run,
        run_id=shown.run_id,
        tables=shown.tables,
        is_success=later.is_success,
        seconds=run.seconds + later.seconds,
        failure=later.failure,
    )


def rebuild_stale(
    names: Sequence[str],
    first: date,
    last: date,
    platform: Platform,
    instance: dg.DagsterInstance,
    *,
    started: Started = lambda season, first, last, names: None,
) -> list[Rebuilt]:
    """Runs exactly the stale days of the tables, upstream first; stops after a run that failed.

    A day that was stale because of its inputs is no longer stale if they were rebuilt with the same content, so the
    stale days of a table are determined just before its run.

    Args:
        names: tables, upstream first.
        first: first day.
        last: last day.
        platform: settings, warehouse, archive.
        instance: Dagster's.
        started: called before each run.
    """
    done: list[Rebuilt] = []
    for season, run_first, run_last, tables in _stale_runs(names, first, last, platform):
        started(season, run_first, run_last, tables)
        done.append(_rebuilt(tables, season, run_first, run_last, platform, instance))
        if not done[-1].run.is_success:
            return done
    told = after_checks(names)
    if not (done and told):
        return done
    parts = [
        ([name for name in told if name not in as_of_a_day(names)], run_first, run_last)
        for run_first, run_last in _days_by_season(done)
    ]
    newest = max(_published_as_of(as_of_now(names), platform) or first, *(part.run.last for part in done))
    for tables, run_first, run_last in [*parts, (as_of_now(names), newest, newest)]:
        if tables:
            done.append(_rebuilt(tables, Season.of_day(run_last), run_first, run_last, platform, instance))
            if not done[-1].run.is_success:
                return done
    return done


def _days_by_season(done: Sequence[Rebuilt]) -> list[tuple[date, date]]:
    """First and last day run in each season."""
    found: dict[Season, tuple[date, date]] = {}
    for run in (part.run for part in done):
        first, last = found.get(run.season, (run.first, run.last))
        found[run.season] = min(first, run.first), max(last, run.last)
    return list(found.values())


def _rebuilt(
    names: Sequence[str], season: Season, first: date, last: date, platform: Platform, instance: dg.DagsterInstance
) -> Rebuilt:
    """Runs the tables over days of a season; returns what was written."""
    with platform.warehouse.snapshot() as snapshot:
        before = snapshot.ledger(names, first, last)
    run = _run(names, season, first, last, instance)
    with platform.warehouse.snapshot() as snapshot:
        after = snapshot.ledger(names, first, last)
    return Rebuilt(run, _written(before, after[after["run_id"] == run.run_id]))


def _stale_runs(
    names: Sequence[str], first: date, last: date, platform: Platform
) -> Iterator[tuple[Season, date, date, Sequence[str]]]:
    """The runs that rebuild stale days: one table over a range of days; each is determined after the previous run.

    Season by season, because no window reads a later season; then products as of a day. If every day of every table is
    stale, one run of all tables is cheaper than one run per table.
    """
    as_of = as_of_a_day(names)
    by_day = [name for name in names if name not in as_of]
    for season, season_first, season_last in by_season(first, last):
        days = (season_last - season_first).days + 1
        stale = staleness(by_day, season_first, season_last, platform).drop_duplicates(["table_name", "game_date"])
        if len(stale) == days * len(by_day) and by_day:
            yield season, season_first, season_last, by_day
            continue
        for name in by_day:
            of_table = staleness([name], season_first, season_last, platform)["game_date"].drop_duplicates()
            for _, run in of_table.groupby((of_table.diff() != pd.Timedelta(days=1)).cumsum()):
                yield season, run.iloc[0].date(), run.iloc[-1].date(), [name]
    for name in as_of:
        for day in staleness([name], first, last, platform)["game_date"].dt.date.unique():
            yield Season.of_day(day), day, day, [name]


def _written(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Days written by a run, by table: table_name, days, and how many were new, changed, same."""
    key = ["table_name", "game_date"]
    earlier = before.set_index(key)["content_hash"].rename("earlier_hash")
    rows = after[[*key, "content_hash"]].join(earlier, on=key).assign(days=1)
    rows["new"] = rows["earlier_hash"].isna()
    rows["same"] = (rows["content_hash"] == rows["earlier_hash"]).fillna(False).astype(bool)
    rows["changed"] = ~rows["new"] & ~rows["same"]
    return rows.groupby("table_name", sort=False)[["days", "new", "changed", "same"]].sum().reset_index()


def _run(names: Sequence[str], season: Season, first: date, last: date, instance: dg.DagsterInstance) -> SeasonRun:
    """One Dagster run of the tables over days of a season."""

    start = time.perf_counter()
    try:
        result = (
            loaded_definitions()
            .resolve_implicit_global_asset_job_def()
            .execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(name) for name in names],
                tags={
                    "dagster/asset_partition_range_start": first.isoformat(),
                    "dagster/asset_partition_range_end": last.isoformat(),
                    "nba/season": season.label,
                },
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
        )
    except DagsterExecutionInterruptedError as error:
        raise KeyboardInterrupt from error  # raised between two steps
    failure = None if result.success else _failure(result)
    seconds = time.perf_counter() - start
    return SeasonRun(season, first, last, result.run_id, result.success, seconds, failure, list(names))


def _failure(result: dg.ExecuteInProcessResult) -> str:
    """A sentence with the first failed step and its error; else the error of the run, which failed before its steps."""
    for event in result.all_events:
        if event.is_step_failure:
            return f"{event.step_key}: {_cause(event.step_failure_data.error)}"
    for event in result.all_events:
        if event.is_job_failure:
            return f"the run failed before its first step: {_cause(event.job_failure_data.error)}"
    return "the run failed and recorded no event of it"


def _cause(error: SerializableErrorInfo | None) -> str:
    """The error that the project's code raised: without Dagster's wrapping, before its own causes."""
    while error is not None and error.cause is not None and (error.cls_name or "").startswith("Dagster"):
        error = error.cause
    if error is not None and error.cls_name in ("DagsterExecutionInterruptedError", "KeyboardInterrupt"):
        return INTERRUPTED
    if error is None:
        return "no error was recorded"
    _, name, sentence = error.message.partition(f"{ExplainedError.__name__}: ")
    return (sentence if name else error.message).strip()
