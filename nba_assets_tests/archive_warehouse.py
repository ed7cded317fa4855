"""Fixture: the warehouse of the four real seasons, built once per test run by the backfill.

The first worker that needs it builds it; the others wait. `test_archive.py` writes to it; other tests copy `as_made`,
which is never modified.
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
"""Until this day all tables are built, afterwards only those up to the feature store: training and grading models for
four seasons takes longer than all other tests and covers nothing that the first two models do not."""
STORED = [name for name, table in registry.tables().items() if table.contract.layer in registry.LAYERS[:3]]
"""Tables from raw to the feature store, which are built for all four seasons."""


@dataclass(frozen=True)
class ArchiveHome:
    """The NBA_HOME of the backfill, a copy of its database, and the result of each season."""

    folder: Path
    archive: Path
    runs: list[SeasonRun]

    @property
    def as_made(self) -> Path:
        """The database after the backfill."""
        return self.folder / "as_made.duckdb"

    @property
    def records_as_made(self) -> Path:
        """Dagster's records after the backfill."""
        return self.folder / "as_made_dagster"


@pytest.fixture(scope="session")
def archive_home(archive: Archive, shared_folder: Path) -> ArchiveHome:
    """The home of the complete backfill over the archive."""
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
