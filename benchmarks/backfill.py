"""What the platform costs on this machine: backfill by layer, training, one day, pregame update, status, UI, records.

make bench
python -m benchmarks.backfill --repeats 3 --write

Everything runs from the command line, as a user runs it, over all seasons of the chosen archive (NBA_ARCHIVE, else what
a backfill would choose) in a temporary NBA_HOME. The backfill runs once, the rest `repeats` times, and medians are
shown. Beside each stands its floor: the time of the work that cannot be left out, measured in the same call.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.page import write_section
from nba_assets.engine import registry
from nba_assets.settings import REPOSITORY

STEP = re.compile(
    r"^\d{4}-\d{2} +(?P<table>[a-z_0-9]+) +(?P<kind>rows|checks|ahead) .* (?P<seconds>[\d.]+) s"
    r"(?:, (?P<worked>[\d.]+) s in threads)?$"
)
TRAINING = "points_models"
"""The table whose rows are made by training models."""
PREGAME_FROM = ("prop_lines", "game_lines", "injury_transactions")
"""What changes between the morning of a game day and its tip-offs."""
REACH: dict[str, float] = {
    "backfill of all seasons": 300,
    "one day, all tables": 12,
    "pregame update of a day": 6,
    "nba-assets status": 2,
    "nba-assets --help": 0.3,
    "asset page": 2,
    "checks tab": 2,
    "catalog": 2,
    "lineage": 2,
    "lineage, all groups open": 2,
}
"""Seconds to stay below, on two quiet cores with the four real seasons."""
RECORDS_REACH_MB = 600


@dataclass(frozen=True)
class Cost:
    """Of one command: wall seconds, processor seconds, peak memory of the process (MB), and what it printed.

    A process begins with the memory of the one that starts it, so the peak is that of the command only while this
    program is small: before it copies the warehouse to measure the floor.
    """

    seconds: float
    processor: float
    megabytes: float
    printed: str


@dataclass(frozen=True)
class Row:
    """A line of the table: seconds (median), the floor beside it, processor seconds and peak memory where known."""

    what: str
    seconds: float
    floor: float | None = None
    processor: float | None = None
    megabytes: float | None = None


def run(arguments: list[str], home: Path) -> Cost:
    """Runs a command of the project in its own NBA_HOME.

    Raises:
        RuntimeError: the command failed; the message holds the end of what it printed.
    """
    environment = os.environ | {"NBA_HOME": str(home), "DAGSTER_HOME": str(REPOSITORY), "COLUMNS": "200"}
    with tempfile.TemporaryFile("w+") as file:
        start = time.perf_counter()
        process = subprocess.Popen(arguments, env=environment, stdout=file, stderr=file, cwd=REPOSITORY)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        file.seek(0)
        printed = file.read()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{printed[-2000:]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, printed)


def seconds_by_layer(printed: str) -> dict[str, tuple[float, float]]:
    """Seconds of rows and of checks by layer, from the lines that a backfill prints; waiting for training is a
    line of its own."""
    layers = {name: table.contract.layer for name, table in registry.tables().items()}
    found: dict[str, tuple[float, float]] = {}
    for line in printed.splitlines():
        step = STEP.match(line.rstrip())
        if step is None:
            continue
        is_training = step["table"] == TRAINING and step["kind"] != "checks"
        part = "training of the models" if is_training else layers[step["table"]]
        rows, checks = found.get(part, (0.0, 0.0))
        took = float(step["seconds"])
        found[part] = (rows, checks + took) if step["kind"] == "checks" else (rows + took, checks)
    return found


def trained_beside(printed: str) -> float:
    """Processor seconds of the training that was done in threads beside other tables."""
    steps = (STEP.match(line.rstrip()) for line in printed.splitlines())
    return sum(float(step["worked"] or 0.0) for step in steps if step is not None)


def pregame_tables() -> list[str]:
    """Tables of before the tip-off that read, directly or not, what changes on a game day."""
    reached = set(PREGAME_FROM)
    for name, table in registry.tables().items():
        reads = {item.name for item in table.inputs.values() if item.reach in ("on_day", "up_to_day")}
        if table.contract.known == "pregame" and reads & reached:
            reached.add(name)
    return [name for name in registry.tables() if name in reached]


def seconds_of(work: Callable[[], object]) -> float:
    """Wall seconds of a call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def copied(database: Path, folder: Path) -> float:
    """Seconds to read every row of the warehouse and write it into another file."""

    def copy() -> None:
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH '{database}' AS held (READ_ONLY)")
            connection.execute(f"ATTACH '{folder / 'copy.duckdb'}' AS written")
            connection.execute("COPY FROM DATABASE held TO written")

    return seconds_of(copy)


def events_written(folder: Path, events: int) -> float:
    """Seconds to write one event per table and day into SQLite, a thousand in a transaction."""

    def write() -> None:
        text = "x" * 1_000
        with closing(sqlite3.connect(folder / "events.db")) as connection:
            connection.execute("CREATE TABLE event_logs (id INTEGER PRIMARY KEY, asset TEXT, day TEXT, event TEXT)")
            for start in range(0, events, 1_000):
                rows = [(f"table {n % 44}", f"day {n}", text) for n in range(start, min(start + 1_000, events))]
                connection.executemany("INSERT INTO event_logs (asset, day, event) VALUES (?, ?, ?)", rows)
                connection.commit()

    return seconds_of(write)


def day_copied(database: Path, day: date, folder: Path) -> float:
    """Seconds to read the rows of one day of every table and write them into another file, one transaction a table."""

    def copy() -> None:
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH '{database}' AS held (READ_ONLY)")
            connection.execute(f"ATTACH '{folder / 'day.duckdb'}' AS written")
            for name, table in registry.tables().items():
                source = f"held.{table.contract.layer}.{name}"
                connection.execute(f"CREATE TABLE written.{name} AS FROM {source} WHERE game_date = ?", [day])

    return seconds_of(copy)


def busiest_day(database: Path) -> date:
    """The game day of the newest season with most predictions."""
    with duckdb.connect(str(database), read_only=True) as connection:
        (day,) = connection.execute(
            "SELECT game_date FROM predictions.player_prop_predictions WHERE game_date > "
            "(SELECT max(game_date) - INTERVAL 250 DAY FROM predictions.player_prop_predictions) "
            "GROUP BY game_date ORDER BY count(*) DESC, game_date LIMIT 1"
        ).fetchall()[0]
    return date.fromisoformat(str(day)[:10])


def megabytes_of(folder: Path) -> float:
    """Megabytes of the files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def screens(home: Path, repeats: int) -> dict[str, float]:
    """Median seconds until each screen of the web UI is at rest; empty, and said so, where there is no Chromium."""
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        sys.stderr.write("no Chromium on PATH: the screens of the web UI are not measured\n")
        return {}
    command = [sys.executable, "-m", "nba_assets_tests.browser.screens", "--repeats", str(repeats)]
    seconds = json.loads(run(command, home).printed.splitlines()[-1])
    return {name: statistics.median(of_screen) for name, of_screen in seconds.items()}


def measured(home: Path, repeats: int) -> tuple[list[Row], list[tuple[str, float, float]], tuple[float, float]]:
    """Runs everything.

    Returns:
        The rows of the table; seconds of rows and of checks by layer; MB of Dagster's records before and after prune.
    """
    tool = str(Path(sys.executable).with_name("nba-assets"))
    database = home / "nba.duckdb"
    whole = run([tool, "backfill"], home)
    layers = seconds_by_layer(whole.printed)
    records = megabytes_of(home / "dagster")
    with duckdb.connect(str(database), read_only=True) as connection:
        (events,) = connection.execute("SELECT count(*) FROM quality.partition_log").fetchall()[0]
    day = busiest_day(database)
    asked = ["--from", f"{day}", "--to", f"{day}", "--force"]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        imports = statistics.median(
            run([sys.executable, "-c", "import nba_assets.definitions"], home).seconds for _ in range(repeats)
        )
        training = trained_beside(whole.printed) / (os.cpu_count() or 1)
        floor = training + copied(database, place) + events_written(place, events)
        floor_of_day = imports + day_copied(database, day, place)
    rows = [Row("backfill of all seasons", whole.seconds, floor, whole.processor, whole.megabytes)]
    commands = {
        "one day, all tables": ([tool, "backfill", *asked], floor_of_day),
        "pregame update of a day": ([tool, "backfill", *asked, "--select", ",".join(pregame_tables())], floor_of_day),
        "backfill, nothing to do": ([tool, "backfill"], imports),
        "nba-assets status": ([tool, "status"], None),
        "nba-assets --help": ([tool, "--help"], None),
    }
    for what, (command, least) in commands.items():
        costs = [run(command, home) for _ in range(repeats)]
        rows.append(
            Row(
                what,
                statistics.median(cost.seconds for cost in costs),
                least,
                statistics.median(cost.processor for cost in costs),
            )
        )
    rows += [Row(name, seconds) for name, seconds in screens(home, repeats).items()]
    run([tool, "prune"], home)
    layers["training in threads, processor s"] = (trained_beside(whole.printed), 0.0)
    by_layer = [(part, *seconds) for part, seconds in layers.items()]
    return rows, by_layer, (records, megabytes_of(home / "dagster"))


def lines_of(rows: list[Row]) -> list[tuple[str, ...]]:
    """The cells of the table of costs."""

    def number(value: float | None, digits: int = 1) -> str:
        return "" if value is None else f"{value:,.{digits}f}"

    found: list[tuple[str, ...]] = []
    for row in rows:
        ratio = None if row.floor is None else row.seconds / row.floor
        reach = REACH.get(row.what)
        cells = (number(row.seconds), number(row.processor), number(row.megabytes, 0), number(row.floor), number(ratio))
        found.append((row.what, *cells, "" if reach is None else f"{reach:g}"))
    return found


HEADINGS = ("what", "seconds", "processor s", "peak MB", "floor s", "ratio", "to reach, s")


def main() -> None:
    """Measures and prints; with --write also into docs/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=3, help="of everything but the backfill")
    parser.add_argument("--home", type=Path, default=None, help="keep tables and records in this folder")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = asked.home or Path(temporary)
        rows, layers, (before, after) = measured(home, asked.repeats)
    costs = lines_of(rows)
    parts = [(name, f"{made:.1f}", f"{checks:.1f}") for name, made, checks in layers]
    console = Console(width=140)
    for title, headings, body in (
        (f"cores: {os.cpu_count()}, medians of {asked.repeats}", HEADINGS, costs),
        ("of the backfill, by layer", ("layer", "rows s", "checks s"), parts),
    ):
        table = Table(title=title, title_justify="left")
        for heading in headings:
            table.add_column(heading, justify="left" if heading == headings[0] else "right")
        for row in body:
            table.add_row(*row)
        console.print(table)
    said = (
        f"Dagster's records after the backfill: {before:,.0f} MB, after `nba-assets prune` {after:,.0f} MB "
        f"(to reach: {RECORDS_REACH_MB} MB)."
    )
    console.print(said)
    if asked.write:
        write_section("one machine", [(HEADINGS, costs), (("layer", "rows s", "checks s"), parts)], said, asked.repeats)


if __name__ == "__main__":
    main()
