"""No table reads future data in the real seasons: test_future_poison.py on the archive, with all its oddities."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings
from nba_assets_tests.archive_warehouse import LEARNED_UNTIL, STORED, ArchiveHome
from nba_assets_tests.poison import (
    MODES,
    Mode,
    difference,
    differing_columns,
    games_of,
    ledger_after_build,
    reached_by_closing_lines,
    season_until,
    write_poisoned,
)

pytestmark = [pytest.mark.archive, pytest.mark.seasons]

SAMPLE: Sequence[tuple[date, Mode]] = (
    (date(2021, 11, 10), "exchanged"),
    (date(2022, 11, 9), "truncated"),
    (date(2024, 2, 10), "exchanged"),
)
"""Days early in a season, because all earlier days are rebuilt, in both formats of box scores and shots; and a day with
a thousand quotes after tip-off."""
WITH_MODEL = date(2021, 12, 28)
"""A day predicted by the first trained models."""
FINALS = date(2025, 6, 5)
"""The first of seven games that are in the archive only by their results."""


def sample() -> Sequence[tuple[date, Mode]]:
    """SAMPLE, or every day of NBA_POISON_DAYS (days separated by commas) in both modes."""
    asked = os.environ.get("NBA_POISON_DAYS")
    if not asked:
        return SAMPLE
    return [(date.fromisoformat(day.strip()), mode) for day in asked.split(",") for mode in MODES]


@pytest.fixture
def true(archive_home: ArchiveHome, tmp_path: Path) -> Platform:
    """A copy of the warehouse of the real seasons, with the original archive."""
    (tmp_path / "home").mkdir()
    shutil.copy(archive_home.as_made, tmp_path / "home" / "nba.duckdb")
    shutil.copytree(archive_home.folder / "models", tmp_path / "home" / "models")
    return Platform(Settings(home=tmp_path / "home", archive=str(archive_home.archive)))


def poisoned(true: Platform, day: date, mode: Mode, folder: Path, *, has_closing_lines: bool = True) -> Platform:
    """The same warehouse with an archive that is corrupted from the day on."""
    archive = Path(str(true.settings.archive))
    write_poisoned(archive, folder, day, games_of(true), mode, has_closing_lines=has_closing_lines)
    return Platform(true.settings.model_copy(update={"archive": str(folder)}))


@pytest.mark.parametrize(("day", "mode"), sample(), ids=str)
def test_no_row_depends_on_the_future(true: Platform, tmp_path: Path, day: date, mode: Mode) -> None:
    with true.warehouse.snapshot() as snapshot:
        before = snapshot.ledger().set_index(["table_name", "game_date"])
    names = None if day <= LEARNED_UNTIL else STORED
    after = ledger_after_build(poisoned(true, day, mode, tmp_path / "poisoned"), season_until(day), names, since=day)
    found = difference(before, after, day)
    assert found.ahead == []
    assert found.unmoved == [], "the poison must reach the results of the day"


@pytest.mark.parametrize("day", [SAMPLE[0][0], WITH_MODEL], ids=str)
def test_closing_lines_affect_only_the_columns_that_show_them(true: Platform, tmp_path: Path, day: date) -> None:
    """Untimed lines count as known at tip-off: those of the day itself affect only the declared columns."""
    wrong = poisoned(true, day, "exchanged", tmp_path / "poisoned", has_closing_lines=False)
    changed = differing_columns(true, wrong, day)
    assert {"spread", "total"} <= changed["upcoming_team_game_context"]
    del changed["game_lines"]
    assert reached_by_closing_lines(changed) == {}
    assert changed["best_bet_files"] == set()


def test_the_finals_of_2025_are_known_from_their_results_alone(true: Platform, tmp_path: Path) -> None:
    """The only gap of the test: no publisher has their schedule, so a replay of the morning has no game."""
    games = games_of(true)
    assert games.loc[games["game_date"] == pd.Timestamp(FINALS), "source"].tolist() == ["team_game_logs"]
    without = poisoned(true, FINALS, "truncated", tmp_path / "poisoned")
    days = [FINALS - timedelta(days=1), FINALS]
    assert ledger_after_build(without, days, ["schedule"], since=FINALS)["rows"].tolist() == [0, 0]
