"""`nba-assets backfill`: builds every day of a range, or only the stale days."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from nba_assets.cli.common import (
    Day,
    asked_days,
    check_days,
    console,
    open_platform,
    say_where_from,
)
from nba_assets.runtime.interrupts import Signals

if TYPE_CHECKING:
    from nba_assets.basketball.calendar import Season
    from nba_assets.engine.platform import Platform
    from nba_assets.orchestration.backfill import Rebuilt, SeasonRun, Started
    from nba_assets.runtime.progress import Step


@click.command()
@click.option("--from", "first", type=Day(), default=None, help="First day; default: the first partition, 2021-10-19.")
@click.option(
    "--to", "last", type=Day(), default=None, help="Last day; default: the last game day that the source covers."
)
@click.option("--select", default=None, help="Tables, layers or a Dagster asset selection; default: all tables.")
@click.option("--force", is_flag=True, help="Rebuild days that are up to date, too.")
@click.option("--again", is_flag=True, hidden=True)  # the former name of --force, used in stored repair commands
@click.option("--stale", is_flag=True, help="Rebuild only the stale days, table by table; see status --stale.")
@click.option(
    "--with-history", is_flag=True, help="First build the input days that the range reads and that were never built."
)
@click.pass_obj
def backfill(
    signals: Signals,
    first: date | None,
    last: date | None,
    select: str | None,
    force: bool,
    again: bool,
    stale: bool,
    with_history: bool,
) -> None:
    """Build every day of a range, season by season; safe to interrupt and to restart."""
    from nba_assets.orchestration import backfill as work

    force = force or again
    if force and stale:
        raise click.UsageError("--force rebuilds every day of the range and --stale only the stale ones; give one.")
    if stale and with_history:
        raise click.UsageError(
            "--stale rebuilds days whose inputs have changed, --with-history builds missing days; give one."
        )
    platform = open_platform()
    try:
        names = work.select_tables(select)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    check_days(platform, first, last)
    say_where_from(platform)
    platform.require_one_source()
    first, last = asked_days(platform, first, last)
    console.print(f"days: {first} to {last}")
    if not _run(names, first, last, platform, signals, force, stale, with_history):
        sys.exit(signals.exit_code if signals.first else 1)


def _run(
    names: list[str],
    first: date,
    last: date,
    platform: Platform,
    signals: Signals,
    force: bool,
    stale: bool,
    with_history: bool,
) -> bool:
    """Runs a backfill and prints a summary; returns whether all runs succeeded."""
    from nba_assets.engine.missing_history import missing_history
    from nba_assets.orchestration import backfill as work
    from nba_assets.orchestration.reconcile import reconcile
    from nba_assets.orchestration.records import open_records

    start = time.perf_counter()
    with open_records() as instance, platform.run_lock():
        for sentence in reconcile(instance, platform):
            console.print(f"reconciled: {sentence}")
        missing = missing_history(names, first, last, platform)
        if not (stale or missing.is_whole):
            console.print(missing.plan if with_history else f"[yellow]{missing.warning}[/yellow]")
        with _bar() as (steps, began):

            def started(season: Season, run_first: date, run_last: date, tables: Sequence[str]) -> None:
                signals.raise_if_any()
                began(season, run_first, run_last, tables)

            if stale:
                rebuilt = work.rebuild_stale(names, first, last, platform, instance, started=started)
                runs = [part.run for part in rebuilt]
            else:
                runs = []
                if with_history and missing.before:
                    day_before = first - timedelta(days=1)
                    runs = work.backfill(missing.before, missing.begin, day_before, platform, instance, started=started)
                if with_history:
                    names = missing.run
                if all(run.is_success for run in runs):
                    runs += work.backfill(names, first, last, platform, instance, is_forced=force, started=started)
    seconds = time.perf_counter() - start
    if stale:
        _rebuilt_summary(rebuilt, platform, seconds)
    else:
        _summary(runs, steps, platform, [*names, *missing.before] if with_history else names, seconds)
    return all(run.is_success for run in runs)


@contextmanager
def _bar() -> Iterator[tuple[list[tuple[str, Step]], Started]]:
    """A live progress bar, or one line per step without a terminal. Yields the finished steps and a callback."""
    from nba_assets.runtime import progress

    finished: list[tuple[str, progress.Step]] = []
    season_now = ""
    is_live = console.is_terminal  # read once: inside the bar the console writes through a proxy that is not a terminal
    bar = Progress(
        SpinnerColumn(),
        TextColumn("[bold]{task.fields[season]}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not is_live,
    )
    task = bar.add_task("", total=None, season="", rows=0)

    def rows() -> int:
        return sum(step.rows for _, step in finished if step.kind == "rows")

    def began(season: Season, first: date, last: date, tables: Sequence[str]) -> None:
        nonlocal season_now
        season_now = season.label
        days = (last - first).days + 1
        bar.reset(task, total=2 * len(tables), description=f"starting, {days} days", season=season_now, rows=rows())

    def heard(step: progress.Step) -> None:
        if step.seconds is None:
            bar.update(task, description=f"{step.table} {step.kind}, {step.days} days")
            return
        finished.append((season_now, step))
        bar.update(task, advance=0 if step.kind == "ahead" else 1, rows=rows())
        line = f"{season_now}  {step.table:<34}{step.kind:<7}{step.days:>5} days {step.rows:>9,}  {step.seconds:6.2f} s"
        if step.kind == "ahead":
            line += f", {step.worked:.1f} s in threads"
        if not is_live:
            console.print(line)

    with bar, progress.listening(heard):
        yield finished, began


def _summary(
    runs: list[SeasonRun], steps: list[tuple[str, Step]], platform: Platform, names: Sequence[str], seconds: float
) -> None:
    from nba_assets.cli.status_page import error_lines, of_tables, partial_lines
    from nba_assets.engine.status import status

    made = [run for run in runs if run.run_id is not None]
    shown = made or runs
    state = of_tables(status(platform, min(run.first for run in shown), max(run.last for run in shown)), names)
    for run in runs:
        if run.run_id is None:
            was = "built with the existing history" if len(state.partial) and not made else "up to date"
            console.print(f"{run.season.label}  nothing to do: every day is {was}")
        elif run.is_success:
            console.print(f"{run.season.label}  done in {run.seconds:.1f} s (run {run.run_id})")
        else:
            _failed(run, platform)
    if made:
        own = sum(step.seconds or 0.0 for _, step in steps)
        inside = sum(run.seconds for run in runs)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        console.print(
            f"{int(state.tables['rows'].sum()):,} rows in {state.tables['table_name'].nunique()} tables; "
            f"{seconds:.1f} s in total: tables and checks {own:.1f} s, "
            f"Dagster's bookkeeping {max(inside - own, 0.0):.1f} s; peak memory {memory:.0f} MB"
        )
        for line in error_lines(state.failing):
            console.print(line)
        console.print(f"{int(state.warnings['days'].sum())} warnings; for the reasons: nba-assets status --verbose")
    for line in partial_lines(state.partial):
        console.print(line)


def _failed(run: SeasonRun, platform: Platform) -> None:
    """Prints which run failed and why, and how many tables it had written according to the ledger."""
    from nba_assets.orchestration.backfill import INTERRUPTED

    with platform.warehouse.snapshot() as snapshot:
        ledger = snapshot.ledger(list(run.tables))
    written = ledger.loc[ledger["run_id"] == run.run_id, "table_name"].nunique()
    written_tables = f"{written} of {len(run.tables)} tables were written completely, the others not at all."
    if run.failure is not None and run.failure.endswith(INTERRUPTED):
        console.print(f"[yellow]{run.season.label}  interrupted[/yellow] after {run.seconds:.1f} s. {written_tables}")
        console.print("The same command resumes from here.")
    else:
        console.print(f"[red]{run.season.label}  failed[/red] after {run.seconds:.1f} s: {escape(run.failure or '')}")
        console.print(f"{written_tables} Once the cause is fixed, the same command resumes from here.")


def _rebuilt_summary(rebuilt: list[Rebuilt], platform: Platform, seconds: float) -> None:
    import pandas as pd

    if not rebuilt:
        console.print("nothing to do: no day is stale")
        return
    days = pd.concat([part.days for part in rebuilt]).groupby("table_name", sort=False).sum()
    table = Table(title="stale days rebuilt", title_justify="left", show_footer=True)
    table.add_column("table", footer="all")
    for name, total in days.sum().items():
        table.add_column(str(name), justify="right", footer=f"{total:,}")
    for name, counts in days.iterrows():
        table.add_row(str(name), *(f"{count:,}" for count in counts))
    console.print(table)
    console.print(f"{len(rebuilt)} runs, {seconds:.1f} s")
    if not rebuilt[-1].run.is_success:
        _failed(rebuilt[-1].run, platform)
