"""Several commands that start at the same moment in a home that does not exist: all succeed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nba_assets.settings import REPOSITORY
from nba_assets_tests.mini_warehouse import Home, environment

pytestmark = pytest.mark.long

ROUNDS, PROCESSES = 5, 3
OPENS_EVERYTHING = """
import os, sys, time
from pathlib import Path
import dagster as dg
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings

folder, rounds, processes = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
end = time.monotonic() + 120
for round_ in range(rounds):
    ready = folder / f"ready {round_}"
    ready.mkdir(exist_ok=True)
    (ready / str(os.getpid())).touch()
    while len(list(ready.iterdir())) < processes and time.monotonic() < end:
        time.sleep(0.001)
    os.environ["NBA_HOME"] = str(folder / f"home {round_}")
    with dg.DagsterInstance.get() as instance, Platform(Settings()).warehouse.snapshot() as snapshot:
        assert instance.get_runs() == []
        assert len(instance.all_asset_keys()) == 0
        assert snapshot.ledger().empty
"""


def test_commands_that_start_at_once_wait_for_one_another(empty_home: Home) -> None:
    commands = (("reconcile",), ("dagster", "run", "list"), ("status",))
    started = [empty_home.start(*command) for command in commands]
    printed = [process.communicate(timeout=300)[0] for process in started]
    assert [process.returncode for process in started] == [0] * len(commands), "\n".join(printed)
    assert "Traceback" not in "".join(printed), "\n".join(printed)


def test_concurrent_first_use_succeeds_in_many_rounds(tmp_path: Path) -> None:
    """The same without the start-up time of a command, which hides most collisions."""
    arguments = [sys.executable, "-c", OPENS_EVERYTHING, str(tmp_path), str(ROUNDS), str(PROCESSES)]
    env = os.environ | environment(tmp_path, tmp_path)
    started = [
        subprocess.Popen(
            arguments, cwd=REPOSITORY, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(PROCESSES)
    ]
    try:
        printed = [process.communicate(timeout=300)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0] * PROCESSES, "\n".join(printed)
