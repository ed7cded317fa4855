"""The daily update's own work: processor seconds of the ticks of a game day, of a morning, and of the off-season.

make bench-today TICKS=1000
python -m benchmarks.today --ticks 1000 --write

The games are those of the mini league that the tests play, served by local publishers with a clock that moves from tick
to tick, so nothing is asked of a real host. Processor time is that of this process, publishers included; waiting is not
in it. A scheduled run is a process of its own, so each tick also costs what starting a process costs; the off-season
ticks are done in one process, to see what they leave in its memory.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest
from rich.console import Console
from rich.table import Table

from benchmarks.backfill import run
from benchmarks.page import write_section
from nba_assets.engine import registry
from nba_assets.orchestration.today import Update
from nba_assets.settings import REPOSITORY
from nba_assets_tests.orchestration.live_days import eastern
from nba_assets_tests.pregame_day import TONIGHT, PregameDay, busy_home, pregame_day

JULY = date(2023, 7, 3)
"""First day of the ticks without games."""
EVERY = timedelta(minutes=30)
REPORTED_AT = (1, 10, 100, 200, 400, 600, 800, 1000)
"""Off-season ticks after which the memory is shown."""
REACH = {"pregame": 8.0, "morning": 20.0, "off-season": 2.0}
"""Processor seconds to stay below, on two cores."""
HEADINGS = ("tick", "processor s", "wall s", "tables built", "to reach, processor s")
MEMORY = ("after off-season ticks", "MB")


@dataclass(frozen=True)
class Tick:
    """Cost of a tick. processor, seconds: of this process; tables: those that its runs built."""

    what: str
    processor: float
    seconds: float
    tables: int
    reach: float | None = None


def timed(what: str, tick: Callable[[], Update], reach: float | None) -> Tick:
    """Runs a tick.

    Raises:
        RuntimeError: one of its runs failed.
    """
    processor, start = time.process_time(), time.perf_counter()
    done = tick()
    cost = time.process_time() - processor, time.perf_counter() - start
    if failed := [run for run in done.runs if not run.is_success]:
        raise RuntimeError(f"{what}: {failed[0].failure}")
    return Tick(what, *cost, sum(len(run.tables) for run in done.runs if run.run_id), reach)


def game_day(day: PregameDay) -> list[Tick]:
    """The ticks of a game day and of the next morning."""
    pregame, at = REACH["pregame"], eastern(TONIGHT + timedelta(days=1), 6)
    return [
        timed("10:00, with the day before", day.without_lines, None),
        timed("10:05, nothing new", partial(day.here.tick, eastern(TONIGHT, 10, 5), tables=None), REACH["off-season"]),
        timed("15:00, quotes of two books", day.with_lines, pregame),
        timed("18:30, a star is ruled out", day.star_is_out, pregame),
        timed("6:00, results of the night", partial(day.here.tick, at, tables=None), REACH["morning"]),
    ]


def off_season(day: PregameDay, ticks: int) -> tuple[list[Tick], dict[int, float]]:
    """Ticks of summer days, and MB of memory of this process after some of them."""
    process, names = psutil.Process(), list(registry.tables())
    costs: list[Tick] = []
    memory: dict[int, float] = {}
    at: datetime = eastern(JULY, 10)
    for number in range(1, ticks + 1):
        costs.append(timed("off-season", partial(day.here.tick, at, tables=names), REACH["off-season"]))
        day.here.ticks.clear()
        day.here.server.asked.clear()
        at += EVERY
        if number in REPORTED_AT:
            memory[number] = process.memory_info().rss / 1e6
            sys.stderr.write(f"tick {number}: {memory[number]:.0f} MB\n")
    return costs, memory


def rows_of(game: list[Tick], summer: list[Tick], start: Tick) -> list[tuple[str, ...]]:
    """The cells of the table; of the off-season the first tick, the median and the dearest of the others."""
    later = sorted(summer[1:], key=lambda tick: tick.processor)
    shown = [start, *game, replace(summer[0], what="off-season, the first tick")]
    if later:
        middle = later[len(later) // 2]
        shown.append(replace(middle, what=f"off-season, median of {len(later)}"))
        shown.append(replace(later[-1], what="off-season, the dearest of them"))
    return [
        (
            *(tick.what, f"{tick.processor:.2f}", f"{tick.seconds:.2f}", f"{tick.tables}"),
            "" if tick.reach is None else f"{tick.reach:g}",
        )
        for tick in shown
    ]


def start_of_a_process(home: Path) -> Tick:
    """What a process costs before its tick: importing the definitions; median of three."""
    costs = [run([sys.executable, "-c", "import nba_assets.definitions"], home) for _ in range(3)]
    found = sorted(costs, key=lambda cost: cost.processor)[1]
    return Tick("starting a process", found.processor, found.seconds, 0)


def main() -> None:
    """Measures and prints; with --write also into docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--ticks", type=int, default=50, help="of the off-season")
    parser.add_argument("--work", type=Path, default=None, help="folder of the made warehouse, kept for the next time")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(REPOSITORY))
        home = busy_home(asked.work or Path(scratch))
        root = Path(scratch) / "day"
        shutil.copytree(home.folder, root / "home")
        with pregame_day(root, patch, home.archive) as day:
            game = game_day(day)
            summer, memory = off_season(day, asked.ticks)
            start = start_of_a_process(root / "home")
    costs = rows_of(game, summer, start)
    held = [(f"{number:,}", f"{megabytes:,.0f}") for number, megabytes in memory.items()]
    console = Console(width=140)
    for title, headings, body in (
        (f"cores: {os.cpu_count()}", HEADINGS, costs),
        ("memory of the process", MEMORY, held),
    ):
        table = Table(title=title, title_justify="left")
        for heading in headings:
            table.add_column(heading, justify="left" if heading == headings[0] else "right")
        for row in body:
            table.add_row(*row)
        console.print(table)
    if asked.write:
        said = "Every scheduled update also starts a process. Without games only one in three hours is started."
        write_section("every day", [(HEADINGS, costs), (MEMORY, held)], said, 1)


if __name__ == "__main__":
    main()
