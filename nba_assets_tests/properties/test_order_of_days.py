"""The rows of a day do not depend on how days were built: one by one as in a season, or in any sets and order."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from nba_assets.basketball.calendar import FIRST_DAY, day_range
from nba_assets.engine import registry
from nba_assets.engine.materialise import materialise
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.backfill import after_checks, as_of_a_day
from nba_assets.settings import Settings
from nba_assets_tests.mini_warehouse import Home, differing, hashes_of_rows

DAILY = day_range(FIRST_DAY, FIRST_DAY + timedelta(days=1))
"""Two consecutive game days, built as in a season: all tables of a day before the next day."""
SETS = 2


TABLES = [table for name, table in registry.tables().items() if name not in after_checks(list(registry.tables()))]
"""All tables except the products that report ledger and checks, which depend on how days were built."""


@pytest.fixture
def of_the_range(full_home: Home) -> dict[tuple[str, date], str]:
    """Content hashes of the backfill, which builds one season at a time."""
    found = hashes_of_rows(Platform(Settings(home=full_home.folder, archive=str(full_home.archive))))
    names = {table.name for table in TABLES}
    return {key: value for key, value in found.items() if key[0] in names}


def test_day_by_day_gives_the_rows_of_the_range(of_the_range: dict[tuple[str, date], str], empty_home: Home) -> None:
    """Starting from an empty warehouse, where each day reads only earlier days."""
    as_of = as_of_a_day(list(registry.tables()))  # files as of the second day exist only here
    by_day = [table for table in TABLES if table.name not in as_of]
    for day in DAILY:
        for table in by_day:
            materialise(table, [day], empty_home.platform, "day by day")
    names = {table.name for table in by_day}
    expected = {key: value for key, value in of_the_range.items() if key[1] in DAILY and key[0] in names}
    assert differing(hashes_of_rows(empty_home.platform), expected) == []


@pytest.mark.long
def test_any_order_of_days_gives_the_rows_of_the_range(
    of_the_range: dict[tuple[str, date], str], empty_home: Home
) -> None:
    """Raw tables first, then each table after its inputs: in random sets of days, in random order."""
    draw = random.Random(20221018)
    for table in TABLES:
        days = day_range(FIRST_DAY, empty_home.last_day)
        draw.shuffle(days)
        for part in range(SETS):
            materialise(table, days[part::SETS], empty_home.platform, "any order")
    assert differing(hashes_of_rows(empty_home.platform), of_the_range) == []
