"""Input days that a run would read but that were never built: days before its range, and tables it does not build.

A table that reads a day that was never built, or that was itself built from an incomplete history, gets the status
partial_history and is not published. So a run reports such days before it starts, with the cost of building them first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY, Season, day_range
from nba_assets.contracts.inputs import Input
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform

Days = np.ndarray
"""One boolean per day, from the first partition to the last day of the run."""


@dataclass(frozen=True)
class MissingHistory:
    """The tables and days that must be built before a run over tables and days.

    Args:
        first: first day of the run.
        last: last day of the run.
        begin: first day to build; `first` if no day before the run is missing.
        before: tables to build from `begin` to the day before `first`, upstream first.
        run: the tables of the run, and those that it needs on its own days and are not built, upstream first.
        unselected: the latter, each with the selected tables that read it directly.
    """

    first: date
    last: date
    begin: date
    before: list[str]
    run: list[str]
    unselected: Mapping[str, list[str]]

    @property
    def is_whole(self) -> bool:
        return not self.before and not self.unselected

    @property
    def warning(self) -> str:
        """What is missing, the consequence for the run, and the cost of building it."""
        found = ""
        if self.before:
            found += f"Days before {self.first} that this range reads are not built: {self._cost}. "
        direct = [f"{name} (read by {_listed(readers, 2)})" for name, readers in self.unselected.items() if readers]
        if self.unselected:
            others = len(self.unselected) - len(direct)
            more = f", and {others} tables that these are built from" if others else ""
            found += f"Not selected, and not built for all days of the range: {_listed(direct, 5)}{more}. "
        return (
            f"{found}Tables that read them are built from an incomplete history: their days are marked partial_history "
            "and are not published. --with-history builds the missing days first."
        )

    @property
    def plan(self) -> str:
        """What `--with-history` will build."""
        found = [f"first the history: {self._cost}"] if self.before else []
        if self.unselected:
            found.append(f"in addition to the selected tables those that they read: {', '.join(self.unselected)}")
        return "; ".join(found)

    @property
    def _cost(self) -> str:
        last = self.first - timedelta(days=1)
        seasons = Season.of_day(last).start_year - Season.of_day(self.begin).start_year + 1
        return (
            f"{(self.first - self.begin).days:,} days of {len(self.before)} tables, {self.begin} to {last} "
            f"({seasons} season{'s' if seasons > 1 else ''})"
        )


def missing_history(names: Sequence[str], first: date, last: date, platform: Platform) -> MissingHistory:
    """The days that a run of these tables over these days needs and that the ledger does not have."""
    tables = registry.tables()
    whole = _whole_days(platform, last)
    size = (last - FIRST_DAY).days + 1
    start = (first - FIRST_DAY).days
    run = _span(size, start, size)
    begin, before = start, set[str]()
    while True:
        # The days before the run are built for all `before` tables from `begin` on, so they need their own history.
        making = {name: run.copy() for name in names}
        for name in before:
            making[name] = making.get(name, np.zeros(size, dtype=bool)) | _span(size, begin, start)
        needed = _needed(making, whole, size, _span(size, 0, start))
        early = {name: days for name, days in needed.items() if days[:start].any()}
        earliest = min((int(np.argmax(days)) for days in early.values()), default=begin)
        if early.keys() <= before and earliest >= begin:
            break
        begin, before = min(begin, earliest), before | early.keys()
    unselected = {name for name, days in needed.items() if days[start:].any()} - set(names)
    return MissingHistory(
        first,
        last,
        FIRST_DAY + timedelta(days=begin),
        [name for name in tables if name in before],
        [name for name in tables if name in unselected or name in names],
        {name: _readers(name, names) for name in tables if name in unselected},
    )


def _listed(words: Sequence[str], most: int) -> str:
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")


def _readers(name: str, names: Sequence[str]) -> list[str]:
    return [each for each in names if any(item.name == name for item in _tables_read(each))]


def _tables_read(name: str) -> list[Input]:
    return [item for item in registry.tables()[name].inputs.values() if item.reach != "source"]


def _needed(making: Mapping[str, Days], whole: Mapping[str, Days], size: int, early: Days) -> dict[str, Days]:
    """Days of each table that are needed, are incomplete or missing, and are not part of the run anyway.

    History (`early` days) includes the tables that determine expected rows: completeness compares with them.
    """
    empty = np.zeros(size, dtype=bool)
    wanted: dict[str, Days] = {}
    for name in reversed(registry.tables()):
        days = making.get(name, empty) | (wanted.get(name, empty) & ~whole.get(name, empty))
        if days.any():
            for item in _tables_read(name):
                wanted[item.name] = wanted.get(item.name, empty) | _read_days(item, days)
            for item in registry.tables()[name].expected.inputs.values():
                wanted[item.name] = wanted.get(item.name, empty) | (days & early)
    return {
        name: lacking
        for name, days in wanted.items()
        if (lacking := days & ~whole.get(name, empty) & ~making.get(name, empty)).any()
    }


def _read_days(item: Input, days: Days) -> Days:
    """The days that an input reads for these days."""
    if item.reach == "on_day":
        return days
    size = len(days)
    position = np.flatnonzero(days)
    length = size if item.days is None else item.days
    starts = np.maximum(position - length, 0)
    stops = position + 1 if item.reach == "up_to_day" else position
    edges = np.bincount(starts, minlength=size + 1) - np.bincount(stops, minlength=size + 1)
    return np.cumsum(edges)[:size] > 0


def _span(size: int, start: int, stop: int) -> Days:
    found = np.zeros(size, dtype=bool)
    found[start:stop] = True
    return found


def _whole_days(platform: Platform, last: date) -> dict[str, Days]:
    """The days of each table that were built from a complete history."""
    with platform.warehouse.snapshot() as snapshot:
        ledger = snapshot.ledger(list(registry.tables()), FIRST_DAY, last)
    made = ledger[(ledger["status"] != "partial_history").fillna(False)]
    days = pd.DatetimeIndex(day_range(FIRST_DAY, last))
    return {str(name): days.isin(of_table["game_date"]) for name, of_table in made.groupby("table_name")}
