"""The whole backfill and one day from the command line: wall time, memory, Dagster's share. Prints a table.

make bench
python -m benchmarks.backfill --repeats 3
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from nba_assets.engine import registry
from nba_assets.settings import REPOSITORY

FIRST, LAST, ONE_DAY = "2021-10-19", "2025-06-22", "2024-01-15"


@dataclass(frozen=True)
class Cost:
    """Of one command: wall seconds, peak memory of the process (MB), seconds of Dagster's bookkeeping where printed."""

    seconds: float
    megabytes: float
    bookkeeping: float | None


def run(arguments: list[str], home: Path) -> Cost:
    """Runs a command of the project in its own NBA_HOME.

    Raises:
        RuntimeError: the command failed; the message holds the end of what it printed.
    """
    environment = os.environ | {"NBA_HOME": str(home), "DAGSTER_HOME": str(REPOSITORY), "COLUMNS": "200"}
    with tempfile.TemporaryFile("w+") as printed:
        start = time.perf_counter()
        process = subprocess.Popen(arguments, env=environment, stdout=printed, stderr=printed, cwd=REPOSITORY)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        printed.seek(0)
        output = printed.read()
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{output[-2000:]}")
    found = re.search(r"bookkeeping\s+([\d.]+)\s+s", output)
    return Cost(seconds, usage.ru_maxrss / 1024, float(found[1]) if found else None)


def main() -> None:
    """Measures and prints; the medians are over the repeats of one call, because machines are noisy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=1, help="of each measurement")
    repeats = parser.parse_args().repeats
    tool = str(Path(sys.executable).with_name("nba-assets"))
    dagster = str(Path(sys.executable).with_name("dagster"))
    one = [dagster, "asset", "materialize", "-m", "nba_assets.definitions", "--partition", ONE_DAY, "--select"]
    everything = " or ".join(f"group:{layer}" for layer in registry.LAYERS)
    layers = ("precompute", "predictions,grading", "publishing")
    measured: dict[str, list[Cost]] = {}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            whole = [tool, "backfill", "--from", FIRST, "--to", LAST]
            day = [tool, "backfill", "--from", ONE_DAY, "--to", ONE_DAY, "--again"]
            commands = {
                f"backfill {FIRST} to {LAST}, all tables": whole,
                "the same again, nothing to do": whole,
                **{
                    f"{layer} alone, four seasons, models trained before": [*whole, "--again", "--select", layer]
                    for layer in layers
                },
                f"one day ({ONE_DAY}), all tables, nba-assets": day,
                **{f"one day ({ONE_DAY}), {layer}": [*day, "--select", layer] for layer in layers},
                f"one day ({ONE_DAY}), all tables, dagster": [*one, everything],
                f"one day ({ONE_DAY}), player_game_summary, dagster": [*one, "player_game_summary"],
                "nba-assets status": [tool, "status"],
            }
            for name, command in commands.items():
                measured.setdefault(name, []).append(run(command, home))
    table = Table(title=f"cores: {os.cpu_count()}, medians of {repeats}", title_justify="left")
    for heading in ("what", "seconds", "of which Dagster", "peak MB"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for name, costs in measured.items():
        kept = [cost.bookkeeping for cost in costs if cost.bookkeeping is not None]
        table.add_row(
            name,
            f"{statistics.median(cost.seconds for cost in costs):.1f}",
            f"{statistics.median(kept):.1f}" if kept else "",
            f"{statistics.median(cost.megabytes for cost in costs):.0f}",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
