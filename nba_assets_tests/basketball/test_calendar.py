import os
import subprocess
import sys
from datetime import UTC, date, datetime

import pandas as pd
import pytest

from nba_assets.basketball.calendar import (
    FIRST_DAY,
    Season,
    by_season,
    eastern_today,
    final_at,
    season_label,
    seasons_of,
)
from nba_assets.orchestration.declared import daily_partitions


def test_a_season_runs_from_july_to_june() -> None:
    assert Season.of_day(date(2022, 6, 30)).label == "2021-22"
    assert Season.of_day(date(2022, 7, 1)).label == "2022-23"
    assert Season(2021).first_day == FIRST_DAY
    assert Season(2022).first_day == date(2022, 7, 1)
    assert Season(1999).label == "1999-00"


def test_a_range_is_split_at_season_boundaries() -> None:
    assert by_season(date(2022, 6, 29), date(2022, 7, 2)) == [
        (Season(2021), date(2022, 6, 29), date(2022, 6, 30)),
        (Season(2022), date(2022, 7, 1), date(2022, 7, 2)),
    ]
    assert seasons_of([date(2023, 1, 1), date(2021, 12, 1)]) == [Season(2021), Season(2022)]


def test_labels_of_a_series() -> None:
    days = pd.Series(pd.to_datetime(["2021-10-19", "2022-07-01"]))
    assert season_label(days).tolist() == ["2021-22", "2022-23"]


def test_results_are_known_at_five_in_the_morning_eastern() -> None:
    assert final_at(date(2024, 1, 15)) == datetime(2024, 1, 16, 10, tzinfo=UTC)
    assert final_at(date(2024, 7, 1)) == datetime(2024, 7, 2, 9, tzinfo=UTC)


def test_today_is_the_day_in_new_york() -> None:
    assert eastern_today(datetime(2024, 1, 16, 4, 59, tzinfo=UTC)) == date(2024, 1, 15)
    assert eastern_today(datetime(2024, 1, 16, 5, 0, tzinfo=UTC)) == date(2024, 1, 16)


def test_today_is_a_partition() -> None:
    keys = daily_partitions.get_partition_keys(current_time=datetime(2024, 1, 15, 18, tzinfo=UTC))
    assert keys[0] == "2021-10-19"
    assert keys[-1] == "2024-01-15"


@pytest.mark.parametrize(
    ("now", "day", "is_partition"),
    [
        (None, "2036-12-25", False),
        ("2037-06-30T12:00:00", "2036-12-25", True),
        ("2037-06-30T12:00:00", "2037-06-30", True),
        ("2037-06-30T12:00:00", "2037-07-01", False),
        ("2024-01-15T12:00:00", "2024-06-17", True),
    ],
)
def test_a_clock_pinned_to_a_later_day_adds_partitions(now: str | None, day: str, is_partition: bool) -> None:
    """In a separate process, because the partitions are defined when their module is imported."""
    code = f"from nba_assets.orchestration.declared import daily_partitions as d; print(d.has_partition_key('{day}'))"
    environment = {name: value for name, value in os.environ.items() if name != "NBA_NOW"}
    environment |= {} if now is None else {"NBA_NOW": now}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(is_partition)
