"""Fixture: the warehouse of the four real seasons, made once in a test run by the backfill itself.

The first worker that needs it builds it; the others wait. `test_archive.py` continues in it; any test that wants a
warehouse of real seasons takes a copy of `as_made`, which nobody writes to.
"""

from __future__ import annotations

import pickle
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import filelock
import pytest

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.backfill import SeasonRun, backfill
from nba_assets.settings import Settings
from nba_assets.sources.archive.reader import Archive
from nba_assets_tests.mini_warehouse import environment

LAST_DAY = date(2025, 6, 22)
LEARNED_UNTIL = date(2022, 1, 10)
"""Until here every table is made, afterwards those up to the feature store: a model a month for four seasons, and what
is graded of them, take longer than all other tests and show nothing that the first two models do not."""
STORED = [name for name, table in registry.tables().items() if table.contract.layer in registry.LAYERS[:3]]
"""Tables from raw to the feature store, which are there for all four seasons."""


@dataclass(frozen=True)
class ArchiveHome:
    """The NBA_HOME of the backfill, a copy of its database, and what happened to each season."""

    folder: Path
    archive: Path
    runs: list[SeasonRun]

    @property
    def as_made(self) -> Path:
        """The database as the backfill left it."""
        return self.folder / "as_made.duckdb"

    @property
    def records_as_made(self) -> Path:
        """Dagster's records as the backfill left them."""
        return self.folder / "as_made_dagster"


@pytest.fixture(scope="session")
def archive_home(archive: Archive, shared_folder: Path) -> ArchiveHome:
    """The home of the whole backfill over the archive."""
    folder = shared_folder / "archive_home"
    is_built = folder / "runs.pickle"
    with filelock.FileLock(shared_folder / "archive_home.lock"), pytest.MonkeyPatch.context() as patch:
        if not is_built.exists():
            for name, value in environment(folder, Path(archive.root)).items():
                patch.setenv(name, value)
            patch.delenv("NBA_NOW", raising=False)
            platform = Platform(Settings())
            with dg.DagsterInstance.get() as instance:
                runs = backfill(list(registry.tables()), FIRST_DAY, LEARNED_UNTIL, platform, instance)
                runs += backfill(STORED, LEARNED_UNTIL + timedelta(days=1), LAST_DAY, platform, instance)
            shutil.copy(platform.settings.database, folder / "as_made.duckdb")
            shutil.copytree(folder / "dagster", folder / "as_made_dagster")
            is_built.write_bytes(pickle.dumps(runs))
    return ArchiveHome(folder, Path(archive.root), pickle.loads(is_built.read_bytes()))
