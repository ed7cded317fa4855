"""Many simulated seasons through the whole graph: time, processor time and memory, season by season. Prints a table.

make bench-scale SEASONS=16
python -m benchmarks.scale --seasons 16

One backfill makes all the seasons one after the other, oldest first, so the first two, four and eight of them are the
smaller runs. The clock is pinned behind the last season (NBA_NOW), as the later ones lie in the future. Processor time
is that of the backfill's process and says the same on a busy machine; peak memory is sampled and is that of the season.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.page import write_section
from nba_assets.settings import REPOSITORY
from nba_assets.sources.simulated import last_season, simulate

SAMPLED_EVERY = 0.2
"""Seconds between two looks at the memory of the backfill."""
DONE = re.compile(r"^(\d{4}-\d{2}) +([a-z_]+) +(?:rows|checks) ")
FIRST_STEADY = 5
"""The first season whose models are trained on as many seasons as those of any later one."""
PREFIXES = (2, 4, 8, 16, 32)


@dataclass
class Measured:
    """Of one season: wall and processor seconds, peak memory in MB; the end of the database on disk in MB."""

    seconds: float = 0.0
    processor: float = 0.0
    megabytes: float = 0.0
    database: float = 0.0


@dataclass
class Watch:
    """What is measured while the backfill runs; `season` is the one that it is at."""

    process: psutil.Process
    database: Path
    season: str = ""
    found: dict[str, Measured] = field(default_factory=dict)
    _since: tuple[float, float] = (0.0, 0.0)

    def begin(self, season: str) -> None:
        """Ends the season before, and begins another; an empty label only ends."""
        now, spent = time.perf_counter(), self._spent()
        if self.season:
            of_season = self.found[self.season]
            of_season.seconds += now - self._since[0]
            of_season.processor += spent - self._since[1]
            of_season.database = self.database.stat().st_size / 1e6
        if season:
            self.found.setdefault(season, Measured())
        self.season, self._since = season, (now, spent)

    def look(self) -> None:
        """Notes the memory that the process holds now."""
        try:
            held = self.process.memory_info().rss / 2**20
        except psutil.NoSuchProcess:
            return
        if self.season:
            of_season = self.found[self.season]
            of_season.megabytes = max(of_season.megabytes, held)

    def _spent(self) -> float:
        try:
            times = self.process.cpu_times()
        except psutil.NoSuchProcess:
            return self._since[1]
        return times.user + times.system


def measure(archive: Path, home: Path, seasons: int) -> dict[str, Measured]:
    """Runs the backfill over the archive and measures each season.

    Raises:
        RuntimeError: the backfill failed; the message holds the end of what it printed.
    """
    last = last_season(seasons)
    environment = os.environ | {
        "NBA_ARCHIVE": str(archive),
        "NBA_HOME": str(home),
        "NBA_NOW": f"{last.last_day}T12:00:00",
        "DAGSTER_HOME": str(REPOSITORY),
        "COLUMNS": "200",
    }
    command = [sys.executable, "-m", "nba_assets.cli", "backfill"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=REPOSITORY
    )
    watch = Watch(psutil.Process(process.pid), home / "nba.duckdb")
    is_over = threading.Event()

    def sample() -> None:
        while not is_over.wait(SAMPLED_EVERY):
            watch.look()

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    printed: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        printed.append(line)
        step = DONE.match(line)
        if step and step[1] != watch.season:
            watch.begin(step[1])
            sys.stderr.write(line)
    watch.begin("")
    is_over.set()
    sampler.join()
    if process.wait() != 0 or any("ERROR" in line for line in printed):
        raise RuntimeError(f"{' '.join(command)} failed or left ERROR checks:\n{''.join(printed[-40:])}")
    return watch.found


def tables(found: dict[str, Measured]) -> list[Table]:
    """Season by season, and the runs of so many seasons that are its beginnings."""
    names = list(found)
    seasons = Table(title=f"season by season, cores: {os.cpu_count()}", title_justify="left")
    for heading in ("season", "seconds", "processor s", "peak MB", "of the fifth", "database MB"):
        seasons.add_column(heading, justify="left" if heading == "season" else "right")
    steady = found[names[FIRST_STEADY - 1]].processor if len(names) >= FIRST_STEADY else None
    for name, each in found.items():
        share = "" if steady is None else f"{each.processor / steady:.2f}"
        seasons.add_row(
            name,
            f"{each.seconds:.0f}",
            f"{each.processor:.0f}",
            f"{each.megabytes:.0f}",
            share,
            f"{each.database:.0f}",
        )
    runs = Table(title="runs of so many seasons", title_justify="left")
    for heading in ("seasons", "seconds", "processor s", "peak MB", "database MB"):
        runs.add_column(heading, justify="right")
    for count in sorted({*(n for n in PREFIXES if n <= len(names)), len(names)}):
        part = [found[name] for name in names[:count]]
        runs.add_row(
            str(count),
            f"{sum(each.seconds for each in part):.0f}",
            f"{sum(each.processor for each in part):.0f}",
            f"{max(each.megabytes for each in part):.0f}",
            f"{part[-1].database:.0f}",
        )
    return [seasons, runs]


def cells(table: Table) -> list[tuple[str, ...]]:
    """The rows of a table as texts."""
    return [tuple(map(str, row)) for row in zip(*(column.cells for column in table.columns), strict=True)]


def main() -> None:
    """Simulates, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seasons", type=int, default=16)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    parser.add_argument("--keep", type=Path, default=None, help="keep archive and tables in this folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        archive = folder / "archive"
        start = time.perf_counter()
        simulate(archive, asked.seasons, asked.seed)
        made = time.perf_counter() - start
        found = measure(archive, folder / "home", asked.seasons)
    console = Console(width=120)
    console.print(f"{asked.seasons} seasons simulated in {made:.0f} s")
    for table in tables(found):
        console.print(table)
    if asked.write:
        bodies = [([str(column.header) for column in table.columns], cells(table)) for table in tables(found)]
        text = f"Simulated league of seed {asked.seed}; {asked.seasons} seasons were simulated in {made:.0f} s."
        write_section("many seasons", bodies, text, 1)


if __name__ == "__main__":
    main()
