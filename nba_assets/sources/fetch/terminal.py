"""A fetch in the terminal: its progress bar, its result, and the list of sources."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from nba_assets.sources.fetch.build import Fetched, Listener, Outcome, fetch
from nba_assets.sources.fetch.report import NOTE, source_rows

COLOUR = {"made": "green", "unchanged": "dim", "outdated": "yellow", "absent": "yellow", "broken": "red"}


class _Bar(Listener):
    """A live progress bar by pieces; one line per file where the output is not a terminal."""

    def __init__(self, console: Console, bar: Progress, is_live: bool) -> None:
        self._console, self._bar, self._is_live = console, bar, is_live
        self._task = bar.add_task("starting", total=None, received=0.0)
        self._bytes = 0

    def planned(self, pieces: int) -> None:
        self._bar.update(self._task, total=pieces)

    def began(self, file: str) -> None:
        self._bar.update(self._task, description=file)

    def got(self, pieces: int) -> None:
        self._bar.update(self._task, advance=pieces)

    def received(self, size: int) -> None:
        self._bytes += size
        self._bar.update(self._task, received=self._bytes / 1e6)

    def finished(self, outcome: Outcome) -> None:
        if self._is_live and outcome.state == "unchanged":
            return
        colour = COLOUR[outcome.state]
        detail = escape(outcome.reason) if outcome.reason else f"{outcome.rows:,} rows from {outcome.source}"
        self._console.print(f"[{colour}]{outcome.state:<10}[/{colour}]{outcome.file:<58}{detail}")


@contextmanager
def _listener(console: Console) -> Iterator[Listener]:
    is_live = console.is_terminal  # read before the bar starts: then the console writes through a proxy that is none
    bar = Progress(
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[received]:.1f} MB"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        console=console,
        transient=True,
        disable=not is_live,
    )
    with bar:
        yield _Bar(console, bar, is_live)


def run(console: Console, folder: Path, seasons: Sequence[str], mirror: str | None) -> int:
    """Fetches and prints the result; returns the exit code."""
    start = time.perf_counter()
    console.print(f"fetching {', '.join(seasons)} into {folder}{f' through {mirror}' if mirror else ''}")
    with _listener(console) as listener:
        fetched = fetch(folder, seasons, mirror, listener=listener)
    _summary(console, fetched, time.perf_counter() - start)
    return 0 if fetched.is_success else 1


def _summary(console: Console, fetched: Fetched, seconds: float) -> None:
    usable = fetched.with_state("made", "unchanged", "outdated")
    rows = sum(outcome.rows for outcome in usable)
    console.print(
        f"{len(usable)} files with {rows:,} rows in {fetched.folder}: {len(fetched.with_state('made'))} made now, "
        f"{len(fetched.with_state('unchanged', 'outdated'))} from earlier runs; "
        f"{len(fetched.with_state('absent'))} absent; "
        f"{fetched.requests:,} requests, {seconds:.0f} s"
    )
    broken = fetched.with_state("broken")
    for outcome in broken:
        console.print(f"[red]ERROR[/red] {outcome.file}: {escape(outcome.reason)}")
    if broken:
        console.print(
            "These pieces are what their publishers committed, and this program cannot read them: please report it."
        )
    if not usable:
        console.print("[red]Nothing usable came.[/red] Check the network and run the same command again.")
        return
    console.print(
        "Where each file is from, with its licence: SOURCES.md beside the files. Make the tables: make backfill"
    )


def print_sources(console: Console) -> None:
    """Prints every source with its licence and address; an address is on a line of its own and never wrapped."""
    for file, doc, address, licence in source_rows():
        console.print(f"[bold]{escape(file)}[/bold]  {escape(doc)} Licence: {licence}.")
        console.print(f"    {address}", soft_wrap=True)
    console.print(NOTE)
