"""Fixtures: a warehouse with its Dagster records, built once from the mini archive and copied for every test.

`full_home` is built by the first worker that needs it; the others wait and read the same folder. The clock is the
machine's unless a test pins it with NBA_NOW; all games of the mini archive are over.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import filelock
import pandas as pd
import pytest

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.contracts.contract import to_arrow
from nba_assets.engine import registry
from nba_assets.engine.content_hash import day_hashes
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.backfill import SeasonRun, backfill
from nba_assets.settings import REPOSITORY, Settings
from nba_assets_tests.mini_archive import Truth, write_mini_archive

DAGSTER = Path(sys.executable).with_name("dagster")


def environment(home: Path, archive: Path) -> dict[str, str]:
    """Environment variables of the project's processes for a home and an archive."""
    return {
        "DAGSTER_HOME": str(REPOSITORY),
        "NBA_HOME": str(home),
        "NBA_ARCHIVE": str(archive),
        "DAGSTER_EVENT_BATCH_SIZE": "500",
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "PYTHONPATH": str(REPOSITORY),
        "COLUMNS": "200",
    }


@dataclass(frozen=True)
class Home:
    """An NBA_HOME with its archive; the environment of the test points at it."""

    folder: Path
    archive: Path
    truth: Truth

    def copy_to(self, folder: Path) -> None:
        """Copies the home into a new folder."""
        shutil.copytree(self.folder, folder, copy_function=_copied)

    @property
    def platform(self) -> Platform:
        return Platform(Settings())

    @property
    def last_day(self) -> date:
        return self.truth.game_days[-1]

    def backfill(
        self,
        first: date | None = None,
        last: date | None = None,
        names: Sequence[str] | None = None,
        is_forced: bool = False,
    ) -> list[SeasonRun]:
        """Runs a backfill in this process; all tables and days by default."""
        with dg.DagsterInstance.get() as instance:
            return backfill(
                list(names or registry.tables()),
                first or FIRST_DAY,
                last or self.last_day,
                self.platform,
                instance,
                is_forced=is_forced,
            )

    def start(self, *command: str, **env: str) -> subprocess.Popen[str]:
        """Starts `python -m nba_assets.cli`, or dagster if that is the first word."""
        head = [str(DAGSTER)] if command[0] == "dagster" else [sys.executable, "-m", "nba_assets.cli"]
        rest = command[1:] if command[0] == "dagster" else command
        return subprocess.Popen(
            [*head, *rest],
            cwd=REPOSITORY,
            env=os.environ | environment(self.folder, self.archive) | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str, **env: str) -> tuple[int, str]:
        """Runs a command to its end; returns exit code and output."""
        process = self.start(*command, **env)
        printed, _ = process.communicate(timeout=600)
        return process.returncode, printed

    def ledger(self, table: str | None = None) -> pd.DataFrame:
        """Newest ledger rows, by (table_name, game_date)."""
        with self.platform.warehouse.snapshot() as snapshot:
            found = snapshot.ledger(None if table is None else [table])
        return found.set_index(["table_name", "game_date"]).sort_index()

    def hashes(self) -> dict[tuple[str, date], str]:
        """Content hashes of the ledger by table and day."""
        found = self.ledger()["content_hash"]
        return {(str(table), day.date()): str(value) for (table, day), value in found.items()}

    def quality(self, name: str, table: str | None = None) -> pd.DataFrame:
        """Rows of a quality table."""
        with self.platform.warehouse.snapshot() as snapshot:
            return snapshot.quality(name, table)

    def sql(self, statement: str, values: Sequence[object] = ()) -> None:
        """Changes the database directly, without the ledger."""
        with duckdb.connect(str(self.folder / "nba.duckdb")) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(statement, list(values))


def hashes_of_rows(platform: Platform) -> dict[tuple[str, date], str]:
    """Content hashes computed from the rows in the warehouse, for every day in the ledger."""
    found: dict[tuple[str, date], str] = {}
    with platform.warehouse.snapshot() as snapshot:
        for name, table in registry.tables().items():
            days = [day.date() for day in snapshot.ledger([name])["game_date"]]
            if days:
                rows = to_arrow(table.contract, snapshot.read(table.contract, min(days), max(days)))
                found |= {(name, day): value for day, value in day_hashes(table.contract, rows, days).items()}
    return found


def differing(
    found: Mapping[tuple[str, date], str], expected: Mapping[tuple[str, date], str]
) -> list[tuple[str, date]]:
    """Table-days whose hashes differ, or that exist on one side only."""
    return sorted(key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of the test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def mini(shared_folder: Path) -> tuple[Path, Truth]:
    """The mini archive and its truth."""
    folder, truth = shared_folder / "mini_archive", shared_folder / "mini_archive.truth"
    with filelock.FileLock(shared_folder / "mini_archive.lock"):
        if not truth.exists():
            truth.write_bytes(pickle.dumps(write_mini_archive(folder)))
    return folder, pickle.loads(truth.read_bytes())


@pytest.fixture(scope="session")
def full_home(shared_folder: Path, mini: tuple[Path, Truth]) -> Home:
    """The home of a complete backfill; read-only, use `home` to write."""
    home = Home(shared_folder / "full_home", *mini)
    is_built = home.folder / "built.json"
    with filelock.FileLock(shared_folder / "full_home.lock"), pytest.MonkeyPatch.context() as patch:
        if not is_built.exists():
            for name, value in environment(home.folder, home.archive).items():
                patch.setenv(name, value)
            patch.delenv("NBA_NOW", raising=False)
            runs = home.backfill()
            assert [run.is_success for run in runs] == [True, True], runs
            is_built.write_text(json.dumps([run.run_id for run in runs]))
    return home


@pytest.fixture
def full(full_home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The full warehouse itself, for tests that only read."""
    return _entered(full_home, monkeypatch)


@pytest.fixture
def home(full_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A writable copy of the full warehouse; the archive is shared."""
    full_home.copy_to(tmp_path / "home")
    return _entered(Home(tmp_path / "home", full_home.archive, full_home.truth), monkeypatch)


@pytest.fixture
def tables_home(full_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A copy of the full warehouse without Dagster's records, for tests that call `materialise` themselves."""
    folder = tmp_path / "tables_home"
    folder.mkdir()
    shutil.copy(full_home.folder / "nba.duckdb", folder / "nba.duckdb")
    return _entered(Home(folder, full_home.archive, full_home.truth), monkeypatch)


@pytest.fixture
def empty_home(mini: tuple[Path, Truth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home."""
    return _entered(Home(tmp_path / "empty_home", *mini), monkeypatch)


@pytest.fixture
def own_archive(mini: tuple[Path, Truth], tmp_path: Path) -> Iterator[Path]:
    """A copy of the mini archive, which may be damaged."""
    yield Path(shutil.copytree(mini[0], tmp_path / "archive"))


def _copied(source: str, target: str) -> str:
    """Copies a file; event files of finished runs are linked, because nothing writes to them again."""
    if re.fullmatch(r"[0-9a-f-]{36}\.db", Path(source).name):
        os.link(source, target)
        return target
    return shutil.copy2(source, target)


def _entered(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name, value in environment(home.folder, home.archive).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NBA_NOW", raising=False)
    return home
