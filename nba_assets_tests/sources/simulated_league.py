"""Fixture: a simulated league of two seasons, built once per test run."""

from __future__ import annotations

from pathlib import Path

import filelock
import pytest

from nba_assets.sources.simulated import is_simulated, simulate

SEASONS = ("2021-22", "2022-23")


@pytest.fixture(scope="session")
def simulated_league(shared_folder: Path) -> Path:
    """The folder of the league with seed 7; read-only."""
    folder = shared_folder / "simulated_league"
    with filelock.FileLock(shared_folder / "simulated_league.lock"):
        if not is_simulated(folder):
            simulate(folder, seasons=len(SEASONS), seed=7)
    return folder
