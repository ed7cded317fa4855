"""nba-assets: backfill, status, publish, evaluate, features, reconcile, diff, docs."""

from __future__ import annotations

import logging
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from nba_assets.interrupts import Signals
from nba_assets.settings import REPOSITORY, Settings, dagster_environment, misspelt

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from nba_assets.backfill import Rebuilt, SeasonRun, Started
    from nba_assets.diff import Difference
    from nba_assets.partitions import Season
    from nba_assets.platform import Platform
    from nba_assets.progress import Step

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)


class Day(click.ParamType[date]):
    """A day as 2024-01-15."""

    name = "day"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2024-01-15", param, ctx)


class SeasonLabel(click.ParamType[str]):
    """A season as 2023-24."""

    name = "season"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from nba_assets.partitions import FIRST_DAY, Season, eastern_today

        newest = Season.of_day(eastern_today(Settings().clock()))
        known = [Season(year).label for year in range(Season.of_day(FIRST_DAY).start_year, newest.start_year + 1)]
        if value not in known:
            self.fail(f"{value!r} is no season; allowed are {', '.join(known)}", param, ctx)
        return value


class Group(click.Group):
    """Prints what a user can mend as a sentence, not as a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        from nba_assets.known_errors import explained

        with Signals() as ctx.obj:
            try:
                with explained():
                    return super().invoke(ctx)
            except KeyboardInterrupt:
                console.print("interrupted: what was written stands, and the same command goes on from there")
                ctx.exit(ctx.obj.exit_code)


FIRST_STEPS = """\
nba-assets makes NBA tables, predictions and a site, by day. What one does first:

  nba-assets backfill    make every table of every day, predictions and site included; without an archive of real
                         games from a simulated league; can be interrupted and goes on where it was
  nba-assets status      what is done, what is missing, what the checks say
  nba-assets demo        one simulated season in a folder of its own, then the site and Dagster's web UI to look at

All commands: nba-assets --help"""


@click.group(cls=Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """NBA player-props data platform: make tables, see where they stand."""
    if context.invoked_subcommand is None:
        click.echo(FIRST_STEPS)
        return
    os.environ.update(dagster_environment())
    logging.basicConfig(
        level=logging.WARNING, format="%(message)s", handlers=[RichHandler(console=console, show_path=False)]
    )
    for warning in misspelt():
        console.print(f"[yellow]WARN[/yellow] {warning}")


def _platform() -> Platform:
    from nba_assets.platform import Platform

    return Platform(Settings(), tell=console.print)


def _instance() -> DagsterInstance:
    """Dagster's records of this project, and never those of another one that DAGSTER_HOME leads to."""
    import dagster as dg

    from nba_assets.dagster_ext.build import require_home

    require_home()
    return dg.DagsterInstance.get()


@main.command()
@click.option("--from", "first", type=Day(), default=None, help="First day; default: the first partition, 2021-10-19.")
@click.option("--to", "last", type=Day(), default=None, help="Last day; default: the last game day that is covered.")
@click.option("--select", default=None, help="Tables, layers or a Dagster asset selection; default: all tables.")
@click.option("--again", is_flag=True, help="Run seasons that are done, too.")
@click.option("--stale", is_flag=True, help="Run the stale days only, table by table; see status --stale.")
@click.option("--with-history", is_flag=True, help="First make what the range reads and was never made.")
@click.pass_obj
def backfill(
    signals: Signals,
    first: date | None,
    last: date | None,
    select: str | None,
    again: bool,
    stale: bool,
    with_history: bool,
) -> None:
    """Make every day of a range, a season a run; safe to interrupt and to start again."""
    from nba_assets import backfill as work

    if again and stale:
        raise click.UsageError("--again runs every day of the range and --stale only those that need it; give one.")
    if stale and with_history:
        raise click.UsageError(
            "--stale runs what was made of something else, --with-history what is missing; give one."
        )
    platform = _platform()
    try:
        names = work.select_tables(select)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    _check_days(platform, first, last)
    _say_where_from(platform)
    platform.require_one_source()
    first, last = _range(platform, first, last)
    console.print(f"days: {first} to {last}")
    if not _run(names, first, last, platform, signals, again, stale, with_history):
        sys.exit(signals.exit_code if signals.first else 1)


def _run(
    names: list[str],
    first: date,
    last: date,
    platform: Platform,
    signals: Signals,
    again: bool,
    stale: bool,
    with_history: bool,
) -> bool:
    """Runs a backfill and tells what it did; whether all of it succeeded."""
    from nba_assets import backfill as work
    from nba_assets.dagster_ext.reconcile import reconcile
    from nba_assets.missing_history import missing_history

    start = time.perf_counter()
    with _instance() as instance, platform.run_lock():
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
                runs = [found.run for found in rebuilt]
            else:
                runs = []
                if with_history and missing.before:
                    day_before = first - timedelta(days=1)
                    runs = work.backfill(missing.before, missing.begin, day_before, platform, instance, started=started)
                if with_history:
                    names = missing.run
                if all(run.is_success for run in runs):
                    runs += work.backfill(names, first, last, platform, instance, is_forced=again, started=started)
    seconds = time.perf_counter() - start
    if stale:
        _rebuilt_summary(rebuilt, platform, seconds)
    else:
        _summary(runs, steps, platform, [*names, *missing.before] if with_history else names, seconds)
    return all(run.is_success for run in runs)


def _range(platform: Platform, first: date | None, last: date | None) -> tuple[date, date]:
    """The days asked for; from the first partition and to the archive's last game day unless given."""
    from nba_assets.partitions import FIRST_DAY
    from nba_assets.status import expected_game_days

    _check_days(platform, first, last)
    if last is None:
        days = expected_game_days(platform)
        last = days[-1].date() if len(days) else first or FIRST_DAY
    first = first or FIRST_DAY
    _check_days(platform, first, last)
    return first, last


def _check_days(platform: Platform, first: date | None, last: date | None) -> None:
    """Refuses days that are no partitions, and a first day after the last one."""
    from nba_assets.partitions import FIRST_DAY, eastern_today

    today = eastern_today(platform.now())
    if today < FIRST_DAY:
        raise click.UsageError(f"NBA_NOW={platform.settings.now} lies before {FIRST_DAY}, the first day that there is.")
    given = [day for day in (first, last) if day is not None]
    if given != sorted(given) or any(not FIRST_DAY <= day <= today for day in given):
        asked = " ".join(f"--{end} {day}" for end, day in (("from", first), ("to", last)) if day is not None)
        raise click.UsageError(f"{asked}: days run from {FIRST_DAY} to {today}, oldest first.")


def _say_where_from(platform: Platform) -> None:
    """The first line of a run: which archive was chosen and why; that its games are simulated where they are."""
    from nba_assets.sources.choice import REAL_GAMES

    console.print(f"{platform.choice.sentence}; warehouse: {platform.settings.database}")
    if platform.choice.looks_simulated:
        console.print(f"[red]{REAL_GAMES}[/red]")


def _say_if_simulated(platform: Platform) -> None:
    """Says so where the warehouse holds the simulated league: its figures are not those of real games."""
    if platform.held_source == "simulated":
        console.print("[red]Simulated league: these figures are of made-up games.[/red]")


@contextmanager
def _bar() -> Iterator[tuple[list[tuple[str, Step]], Started]]:
    """A live progress bar; where the output is no terminal, a line a step. Yields the finished steps and a callback."""
    from nba_assets import progress

    finished: list[tuple[str, progress.Step]] = []
    season_now = ""
    is_live = console.is_terminal  # asked once: inside the bar the console writes through a proxy that is none
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
        bar.update(task, advance=1, rows=rows())
        line = f"{season_now}  {step.table:<34}{step.kind:<7}{step.days:>5} days {step.rows:>9,}  {step.seconds:6.2f} s"
        if not is_live:
            console.print(line)

    with bar, progress.listening(heard):
        yield finished, began


def _summary(
    runs: list[SeasonRun], steps: list[tuple[str, Step]], platform: Platform, names: Sequence[str], seconds: float
) -> None:
    from nba_assets.status import status
    from nba_assets.status_page import error_lines, of_tables, partial_lines

    made = [run for run in runs if run.run_id is not None]
    told = made or runs
    found = of_tables(status(platform, min(run.first for run in told), max(run.last for run in told)), names)
    for run in runs:
        if run.run_id is None:
            was = "as far as there was history" if len(found.partial) and not made else "from what its inputs are now"
            console.print(f"{run.season.label}  nothing to do: every day is made {was}")
        elif run.is_success:
            console.print(f"{run.season.label}  done in {run.seconds:.1f} s (run {run.run_id})")
        else:
            _failed(run, platform)
    if made:
        own = sum(step.seconds or 0.0 for _, step in steps)
        inside = sum(run.seconds for run in runs)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        console.print(
            f"{int(found.tables['rows'].sum()):,} rows in {found.tables['table_name'].nunique()} tables; "
            f"{seconds:.1f} s in all: tables and checks {own:.1f} s, "
            f"Dagster's bookkeeping {max(inside - own, 0.0):.1f} s; peak memory {memory:.0f} MB"
        )
        for line in error_lines(found.failing):
            console.print(line)
        console.print(f"{int(found.warnings['days'].sum())} warnings, by reason in nba-assets status --verbose")
    for line in partial_lines(found.partial):
        console.print(line)


def _failed(run: SeasonRun, platform: Platform) -> None:
    """Which run failed and why, and what of it was written, as the ledger has it."""
    from nba_assets.backfill import INTERRUPTED

    with platform.warehouse.snapshot() as snapshot:
        ledger = snapshot.ledger(list(run.tables))
    written = ledger.loc[ledger["run_id"] == run.run_id, "table_name"].nunique()
    stands = f"{written} of {len(run.tables)} tables were written and stand, of the others nothing was."
    if run.failure is not None and run.failure.endswith(INTERRUPTED):
        console.print(f"[yellow]{run.season.label}  interrupted[/yellow] after {run.seconds:.1f} s. {stands}")
        console.print("The same command goes on from here.")
    else:
        console.print(f"[red]{run.season.label}  failed[/red] after {run.seconds:.1f} s: {run.failure}")
        console.print(f"{stands} Once the cause is removed, the same command goes on from here.")


def _rebuilt_summary(rebuilt: list[Rebuilt], platform: Platform, seconds: float) -> None:
    import pandas as pd

    if not rebuilt:
        console.print("nothing to do: no day is stale")
        return
    found = pd.concat([part.days for part in rebuilt]).groupby("table_name", sort=False).sum()
    table = Table(title="stale days rebuilt", title_justify="left", show_footer=True)
    table.add_column("table", footer="all")
    for name, total in found.sum().items():
        table.add_column(str(name), justify="right", footer=f"{total:,}")
    for name, counts in found.iterrows():
        table.add_row(str(name), *(f"{count:,}" for count in counts))
    console.print(table)
    console.print(f"{len(rebuilt)} runs, {seconds:.1f} s")
    if not rebuilt[-1].run.is_success:
        _failed(rebuilt[-1].run, platform)


def _stale(platform: Platform, first: date | None, last: date | None) -> bool:
    """Prints which days are stale, and why; returns whether there are any."""
    from nba_assets import registry
    from nba_assets.staleness import by_reason, staleness

    asked = "".join(f" --{end} {day}" for end, day in (("from", first), ("to", last)) if day is not None)
    stale = staleness(list(registry.tables()), *_range(platform, first, last), platform)
    if stale.empty:
        console.print("no day is stale")
        return False
    table = Table(title="stale days", title_justify="left")
    command = f"nba-assets backfill --stale{asked}"
    for name in ("table", "reason", "days", "first", "last", command):
        table.add_column(name, justify="right" if name == "days" else "left")
    previous = None
    for row in by_reason(stale).to_dict("records"):
        name = row["table_name"]
        if previous not in (None, name):
            table.add_section()
        days = f"{row['first']:%Y-%m-%d}", f"{row['last']:%Y-%m-%d}"
        table.add_row(name, row["reason"], f"{row['days']:,}", *days, f"--select +{name}")
        previous = name
    console.print(table)
    days = stale.drop_duplicates(["table_name", "game_date"])
    console.print(f"{len(days):,} stale days in {days['table_name'].nunique()} tables; rebuild them with: {command}")
    return True


@main.command()
@click.option("--from", "first", type=Day(), default=None, help="First day.")
@click.option("--to", "last", type=Day(), default=None, help="Last day.")
@click.option("--verbose", is_flag=True, help="By season, and each range, reason and failing day.")
@click.option("--table", "names", multiple=True, metavar="NAME", help="The same of one table; may be repeated.")
@click.option("--stale", is_flag=True, help="Which days are stale instead, and why; exit code 1 when there are any.")
def status(first: date | None, last: date | None, verbose: bool, names: tuple[str, ...], stale: bool) -> None:
    """A page: days done of those expected, rows, what is missing and what the checks say, table by table."""
    from nba_assets import registry
    from nba_assets.status import status as state
    from nba_assets.status_page import details, page

    unknown = sorted(set(names) - set(registry.tables()))
    if unknown:
        raise click.UsageError(
            f"--table {unknown[0]}: there is no such table; allowed are {', '.join(registry.tables())}."
        )
    shown = partial(details, names=names or None) if verbose or names else page
    platform = _platform()
    _check_days(platform, first, last)
    _say_where_from(platform)
    platform.require_one_source()
    if stale:
        sys.exit(1 if _stale(platform, first, last) else 0)
    for part in shown(state(platform, first, last)):
        console.print(part)


@main.command()
@click.option("--verify", is_flag=True, help="Read every published file again instead; exit code 1 when one is wrong.")
def publish(verify: bool) -> None:
    """Put schemas, site and manifest beside the published files; a backfill does it at its end."""
    from nba_assets.publishing import manifest

    platform = _platform()
    start = time.perf_counter()
    if verify:
        problems = manifest.verify(platform)
        for problem in problems:
            console.print(f"[red]ERROR[/red] {problem}")
        seconds = time.perf_counter() - start
        found = f"{len(problems)} problems" if problems else "every file is as the manifest says"
        console.print(f"{platform.store.address}: {found} ({seconds:.1f} s)")
        sys.exit(1 if problems else 0)
    with platform.run_lock():
        done = manifest.publish(platform)
    console.print(
        f"{done.files:,} files, {done.bytes / 1e6:,.1f} MB, {done.rows:,} rows in {done.address} "
        f"({time.perf_counter() - start:.1f} s)"
    )


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port of the site.")
@click.option("--ui-port", type=click.IntRange(0, 65535), default=3000, show_default=True, help="Port of Dagster's UI.")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    default=REPOSITORY / ".nba-demo",
    help="Folder for all of it, in place of NBA_HOME; default: .nba-demo in the repository.",
)
@click.pass_context
def demo(context: click.Context, port: int, ui_port: int, home: Path) -> None:
    """Make one simulated season in a folder of its own, then serve the site and Dagster's web UI until Ctrl-C."""
    from nba_assets import demo as work
    from nba_assets.sources.choice import make_league

    start = time.perf_counter()
    work.require_free({"PORT": port, "UI_PORT": ui_port})
    league = home / "simulated"
    os.environ |= {"NBA_HOME": str(home), "NBA_ARCHIVE": str(league)}
    os.environ.pop("NBA_PUBLISH", None)
    settings = Settings()
    with work.stops_on_signals():
        try:
            make_league(league, work.SEASONS, settings.lock_timeout_seconds, console.print)
            context.invoke(backfill)
            console.print("starting the site and Dagster's web UI")
            with (
                work.site(settings.home / "published", port) as site,
                work.dagster_ui(ui_port, settings.home / "dagster_dev.log") as ui,
            ):
                click.echo(work.tour(site, ui, settings.home, time.perf_counter() - start))
                while True:
                    time.sleep(3600)
        except KeyboardInterrupt:
            click.echo("stopped")


@main.command()
@click.option("--simulated", is_flag=True, required=True, help="Delete what was made of the simulated league.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(simulated: bool, yes: bool) -> None:
    """Delete warehouse, published files, models and Dagster's records of a simulated league; never of real games."""
    from nba_assets.reset import simulated_remains

    platform = _platform()
    with platform.run_lock():
        remains = simulated_remains(platform)
        if not remains:
            console.print(f"{platform.settings.home} holds nothing that was simulated.")
            return
        console.print("This deletes:")
        for each in remains:
            console.print(f"  {each.path}  ({each.what}, {each.bytes / 1e6:,.1f} MB)")
        if not yes:
            click.confirm("Delete it? A running Dagster web UI should be stopped first.", abort=True)
        for each in remains:
            each.delete()
    console.print("deleted; the next command begins anew")


@main.command(name="reconcile")
def reconcile_command() -> None:
    """Report dead runs as failed and bring Dagster's record in line with the ledger."""
    from nba_assets.dagster_ext.reconcile import reconcile

    with _instance() as instance:
        done = reconcile(instance, _platform())
    for sentence in done or ["nothing to reconcile"]:
        console.print(sentence)


@main.command(name="prune")
@click.option("--dry-run", is_flag=True, help="Say what would go and how much it frees, and change nothing.")
def prune_command(dry_run: bool) -> None:
    """Make Dagster's records small: the newest of each day and check stays. The web UI may be open meanwhile."""
    from nba_assets.dagster_ext.prune import prune

    with _instance() as instance:
        pruned = prune(instance, _platform(), is_dry=dry_run, tell=click.echo)
    for what, count in pruned.rows.items():
        click.echo(f"{count:>10,} {what}{' would go' if dry_run and count else ''}")
    about = "about " if dry_run else ""
    click.echo(f"Dagster's records: {pruned.before / 1e6:,.0f} MB, {about}{pruned.after / 1e6:,.0f} MB after")


@main.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), default=REPOSITORY / "docs" / "tables", help="Folder.")
def docs(folder: Path) -> None:
    """Write the table reference from the contracts."""
    from nba_assets.reference import write_reference

    for path in write_reference(folder):
        console.print(f"wrote {path.name}")


@main.command()
@click.option("--from", "first", type=Day(), default=None, help="First day.")
@click.option("--to", "last", type=Day(), default=None, help="Last day.")
@click.option("--season", type=SeasonLabel(), default=None, help="A season, as 2023-24.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.option("--truth", is_flag=True, help="Their distance from an oracle instead; simulated league only.")
def evaluate(first: date | None, last: date | None, season: str | None, as_json: bool, truth: bool) -> None:
    """How good the predictions are, beside the naive prediction and the market's line."""
    import json

    from nba_assets.evaluate import evaluate as evaluation
    from nba_assets.evaluate import tables

    platform = _platform()
    _check_days(platform, first, last)
    if truth:
        from nba_assets import evaluate_truth

        against = evaluate_truth.evaluate_truth(platform, first, last, season)
        if as_json:
            click.echo(against.as_json())
            return
        _say_if_simulated(platform)
        for table in evaluate_truth.tables(against):
            console.print(table)
        return
    found = evaluation(platform, first, last, season)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=1, allow_nan=False))
        return
    _say_if_simulated(platform)
    for table in tables(found):
        console.print(table)


@main.command()
@click.option(
    *("--season", "seasons"),
    type=SeasonLabel(),
    multiple=True,
    help="A season, as 2023-24; repeatable. Default: 2021-22 to 2024-25.",
)
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), default=None, help="Folder; default: NBA_HOME/archive."
)
@click.option("--list", "is_list", is_flag=True, help="Print every source with its address and licence instead.")
@click.option("--mirror", default=None, hidden=True, help="Serves the publishers' paths; default: NBA_FETCH_MIRROR.")
def fetch(seasons: tuple[str, ...], folder: Path | None, is_list: bool, mirror: str | None) -> None:
    """Bring real games from public repositories into an archive of your own; goes on where it was stopped."""
    from nba_assets.sources.fetch import terminal
    from nba_assets.sources.fetch.source import SEASONS

    if is_list:
        terminal.print_sources(console)
        return
    settings = Settings()
    wanted = sorted(set(seasons)) or list(SEASONS)
    sys.exit(terminal.run(console, folder or settings.home / "archive", wanted, mirror or settings.fetch_mirror))


@main.command()
@click.option("--seasons", type=click.IntRange(min=1), default=2, show_default=True, help="How many, from 2021-22 on.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Of all that is drawn.")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), default=None, help="Folder; default: NBA_HOME/simulated."
)
def simulate(seasons: int, seed: int, folder: Path | None) -> None:
    """Write the archive of a simulated league: invented games in the layout of the real ones, and the truth beside."""
    from nba_assets.sources import simulated

    folder = folder or Settings().home / "simulated"
    start = time.perf_counter()
    try:
        simulated.simulate(folder, seasons, seed, console.print)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    console.print(
        f"{seasons} simulated seasons, 2021-22 to {simulated.last_season(seasons).label}, seed {seed}, in {folder} "
        f"({time.perf_counter() - start:.1f} s). No game of it was ever played. Make its tables with: "
        f"NBA_ARCHIVE={folder} nba-assets backfill"
    )


@main.command()
def features() -> None:
    """The features of the store: source, unit, whether each is live, and its share of NULLs by season."""
    from nba_assets.feature_report import feature_report

    platform = _platform()
    _say_if_simulated(platform)
    found = feature_report(platform)
    seasons = [name for name in found.columns if name.startswith("null_share_")]
    table = Table(title="features of ml_feature_store_v2", title_justify="left")
    for heading in ("#", "feature", "source", "unit", "live", "NULL"):
        table.add_column(heading, justify="right" if heading in ("#", "NULL") else "left")
    for name in seasons:
        table.add_column(name.removeprefix("null_share_"), justify="right")
    for row in found.to_dict("records"):
        if not row["is_baseline"] and row["place"] > 1 and found["is_baseline"].iloc[row["place"] - 2]:
            table.add_section()
        live = "yes" if row["is_live"] else "[red]no[/red]"
        shares = [f"{row[name]:.3f}" for name in ("null_share", *seasons)]
        table.add_row(str(row["place"]), row["feature"], row["source"], row["unit"], live, *shares)
    console.print(table)


@main.command(name="diff")
@click.argument("a")
@click.argument("b")
@click.option("--from", "first", type=Day(), default=None, help="First day.")
@click.option("--to", "last", type=Day(), default=None, help="Last day.")
@click.option("--select", default=None, help="Tables or layers, as for backfill; default: all, with models and files.")
@click.option("--except", "ignored", multiple=True, metavar="TABLE", help="A table that may differ; repeatable.")
def diff_command(
    a: str, b: str, first: date | None, last: date | None, select: str | None, ignored: tuple[str, ...]
) -> None:
    """Compare two states: tables by day, row and column, check results, models, published files.

    A and B are NBA_HOME folders or .duckdb files. FOLDER@2026-11-29T12:00 stands for the ledger as of that moment
    (UTC), which tells tables by day alone. The exit code is 1 when anything differs but the tables of --except.
    """
    from nba_assets import backfill as work
    from nba_assets import registry
    from nba_assets.diff import DiffError, Side, diff

    unknown = sorted(set(ignored) - set(registry.tables()))
    if unknown:
        raise click.UsageError(f"--except {unknown[0]} is no table; tables are {', '.join(registry.tables())}")
    try:
        sides = Side.of_address(a), Side.of_address(b)
        names = work.select_tables(select) if select is not None else None
    except (DiffError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    with console.status("reading the ledgers") as spinner:
        difference = diff(*sides, names, first, last, tell=spinner.update)
    _print_difference(difference)
    if difference.is_same(ignored):
        console.print("the same" + (f", but for {', '.join(ignored)}" if ignored else ""))
        return
    console.print("[red]different[/red]")
    sys.exit(1)


def _print_difference(difference: Difference) -> None:
    """A table for each kind of difference that there is."""
    tables = difference.tables
    is_changed = tables[["differ", "only_a", "only_b"]].sum(axis=1) > 0
    days = int(tables["days"].sum())
    console.print(f"{days:,} days of {len(tables)} tables, {int(tables['same'].sum()):,} the same")
    parts = {
        "days by table": tables[is_changed],
        "values by column": difference.columns,
        "rows that one side has": difference.rows,
        "check results": difference.checks,
        "published documents": difference.documents,
    }
    for title, rows in parts.items():
        if rows.empty:
            continue
        table = Table(title=title, title_justify="left")
        for name in rows.columns:
            is_text = rows[name].map(lambda value: isinstance(value, str)).all()
            table.add_column(name.replace("_", " "), justify="left" if is_text else "right")
        for row in rows.itertuples(index=False):
            table.add_row(*(value if isinstance(value, str) else f"{value:,}" for value in row))
        console.print(table)
    for name, counts in (("models", difference.models), ("published files", difference.files)):
        if counts is not None:
            console.print(f"{name}: " + ", ".join(f"{key.replace('_', ' ')} {n:,}" for key, n in counts.items()))


if __name__ == "__main__":
    main()
