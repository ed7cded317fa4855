"""The partitions (days) and the season calendar.

A partition is a day of the US Eastern calendar, by which the NBA dates its games. It includes today, because the
pregame tables are built before the games of the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

EASTERN = ZoneInfo("America/New_York")
FIRST_DAY = date(2021, 10, 19)
FINAL_HOUR = time(5, 0)
"""US Eastern time on the next day from which the games of a day count as final; no NBA game has ended later."""


@dataclass(frozen=True, order=True)
class Season:
    """An NBA season by the year in which it starts: 1 July to 30 June, so the summer belongs to the next season.

    The seasons of 2019-20 and 2020-21 broke that rule; both are before the first partition.
    """

    start_year: int

    @property
    def label(self) -> str:
        """Label as the NBA writes it: `2021-22`."""
        return f"{self.start_year}-{(self.start_year + 1) % 100:02d}"

    @property
    def first_day(self) -> date:
        """First partition of the season."""
        return max(FIRST_DAY, date(self.start_year, 7, 1))

    @property
    def last_day(self) -> date:
        return date(self.start_year + 1, 6, 30)

    @classmethod
    def of_day(cls, day: date) -> Season:
        return cls(day.year if day.month >= 7 else day.year - 1)

    @classmethod
    def of_label(cls, label: str) -> Season:
        return cls(int(label[:4]))


def season_start_year(days: pd.Series) -> pd.Series:
    """Start year of the season of each day (int64)."""
    return (days.dt.year - (days.dt.month < 7).astype("int64")).astype("int64")


def season_label(days: pd.Series) -> pd.Series:
    """Label of the season of each day, `2021-22`."""
    years = season_start_year(days)
    return years.map({year: Season(year).label for year in years.unique()}).astype("string[pyarrow]")


def day_range(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def seasons_of(days: Sequence[date]) -> list[Season]:
    """The seasons of the days, oldest first."""
    return sorted({Season.of_day(day) for day in days})


def by_season(first: date, last: date) -> list[tuple[Season, date, date]]:
    """The range split by season, oldest first: (season, first day, last day)."""
    return [
        (season, max(first, season.first_day), min(last, season.last_day))
        for season in seasons_of(day_range(first, last))
    ]


def final_at(day: date) -> datetime:
    """The time (UTC) from which the results of a day count as known."""
    return datetime.combine(day + timedelta(days=1), FINAL_HOUR, EASTERN).astimezone(UTC)


def eastern_moments(clock: pd.Series) -> pd.Series:
    """UTC timestamps of naive timestamps in US Eastern time.

    The zone is passed by name: with a zoneinfo object pandas converts value by value, eighty times slower.
    """
    return clock.dt.tz_localize(EASTERN.key).dt.tz_convert("UTC")


def eastern_today(now: datetime) -> date:
    return now.astimezone(EASTERN).date()
