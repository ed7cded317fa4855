"""Fixtures of all tests: the archive of real games if present, the mini warehouse, hand-made source frames."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import hypothesis
import pandas as pd
import pytest

from nba_assets.sources.archive.reader import Archive
from nba_assets_tests.archive_warehouse import archive_home
from nba_assets_tests.hand_made import run, table_rows
from nba_assets_tests.mini_warehouse import (
    empty_home,
    full,
    full_home,
    home,
    mini,
    own_archive,
    shared_folder,
    tables_home,
)
from nba_assets_tests.orchestration.postgres_server import postgres_server
from nba_assets_tests.sources.simulated_league import simulated_league
from nba_assets_tests.stores.bucket import bucket_address, bucket_on_emulator, emulator, live_bucket
from nba_assets_tests.warehouses.bigquery_emulator import (
    bigquery_address,
    bigquery_server,
    emulator_address,
    live_address,
)

__all__ = [
    "archive_home",
    "bigquery_address",
    "bigquery_server",
    "bucket_address",
    "bucket_on_emulator",
    "empty_home",
    "emulator",
    "emulator_address",
    "full",
    "full_home",
    "home",
    "live_address",
    "live_bucket",
    "mini",
    "own_archive",
    "postgres_server",
    "run",
    "shared_folder",
    "simulated_league",
    "table_rows",
    "tables_home",
]

# The duration of an example depends on the load of the machine, not on the code.
hypothesis.settings.register_profile("any_machine", deadline=None)
hypothesis.settings.load_profile("any_machine")

TEXT = pd.StringDtype("pyarrow")
ARCHIVE = Path(os.environ.get("NBA_ARCHIVE") or Path(__file__).parents[2] / "shared" / "data")
LOG_COUNTS = "MIN PTS FGM FGA FG3M FG3A FTM FTA OREB DREB REB AST STL BLK TOV PF".split()
MakeFrame = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def archive() -> Archive:
    """The archive of real games; tests that use it are skipped without one."""
    if not (ARCHIVE / "schedule").is_dir():
        pytest.skip(f"no archive of source files at {ARCHIVE}; set NBA_ARCHIVE")
    found = Archive(str(ARCHIVE))
    if found.source == "simulated":
        pytest.skip(f"the games of {ARCHIVE} are simulated, and real ones are needed")
    return found


@pytest.fixture(scope="session")
def make_schedule() -> MakeFrame:
    """rows of (gid, date, home, away, home_score, away_score) -> frame of the family `schedule`."""

    def make(rows: Sequence[tuple[object, ...]], file: str = "schedule/2023-24.parquet") -> pd.DataFrame:
        frame = pd.DataFrame(rows, columns=["gid", "date", "home", "away", "home_score", "away_score"])
        frame = frame.astype(dict.fromkeys(["gid", "date", "home", "away"], TEXT))
        frame = frame.astype(dict.fromkeys(["home_score", "away_score"], "Int64"))
        return frame.assign(_file=pd.Series(file, index=frame.index, dtype=TEXT), _row=range(len(frame)))

    return make


@pytest.fixture(scope="session")
def make_logs() -> MakeFrame:
    """rows of (GAME_ID, GAME_DATE, MATCHUP, WL, PTS[, PLUS_MINUS]) -> frame of the family `team_game_logs`.

    The team is the first of the MATCHUP unless a seventh value names it; all points are free throws, MIN is 240.
    """

    def make(rows: Sequence[tuple[object, ...]], file: str = "team_game_logs/2023-24.parquet") -> pd.DataFrame:
        filled = [(*row, *([None] * (7 - len(row)))) for row in rows]
        names = ["GAME_ID", "GAME_DATE", "MATCHUP", "WL", "PTS", "PLUS_MINUS", "TEAM_ABBREVIATION"]
        frame = pd.DataFrame(filled, columns=names)
        first = frame["MATCHUP"].str.split().str[0]
        frame["TEAM_ABBREVIATION"] = frame["TEAM_ABBREVIATION"].where(frame["TEAM_ABBREVIATION"].notna(), first)
        frame["TEAM_ID"] = frame["TEAM_ABBREVIATION"]
        frame["PLUS_MINUS"] = frame["PLUS_MINUS"].astype("float64")
        for name in LOG_COUNTS:
            if name not in frame:
                frame[name] = 0
        frame["MIN"] = 240
        frame["FTM"] = frame["FTA"] = frame["PTS"]
        texts = ["GAME_ID", "GAME_DATE", "MATCHUP", "WL", "TEAM_ABBREVIATION", "TEAM_ID"]
        frame = frame.astype(dict.fromkeys(texts, TEXT) | dict.fromkeys(LOG_COUNTS, "Int64"))
        return frame.assign(_file=pd.Series(file, index=frame.index, dtype=TEXT), _row=range(len(frame)))

    return make
