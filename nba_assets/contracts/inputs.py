"""Declarations of a table: its inputs (which are read, hashed and shown as lineage), expected rows and cross-checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import pandas as pd

from nba_assets.basketball.calendar import by_season

DaySums = Callable[[pd.DataFrame], pd.DataFrame]
"""Rows of whole days -> rows with `game_date`, those of a day computed from the rows of that day only, and none for no
rows. An integer column with NULLs is read back as float64."""


@dataclass(frozen=True)
class Input:
    """One input of a table: a table over a window of days that is relative to each day served, or a source family.

    Args:
        name: of the table or the family.
        reach: `on_day` the day itself; `history` the `days` before it, the day excluded; `up_to_day` the day and the
            `days` before it, or everything (pregame tables only); `source` the files of the day's season.
        days: length of the window; None = unlimited.
        columns: of the table; None = all.
        brings_rows: see `source`.
        covers: see `source`.
        sums: see `up_to_day`.
        margin: see `source`.
        is_on_demand: see `history`.
    """

    name: str
    reach: Literal["on_day", "history", "up_to_day", "source"]
    days: int | None = None
    columns: tuple[str, ...] | None = None
    brings_rows: bool = True
    covers: Callable[[pd.DataFrame], pd.Series] | None = None
    sums: DaySums | None = None
    margin: int | None = None
    is_on_demand: bool = False

    def describe(self) -> str:
        """The window as text, for the asset's metadata."""
        match self.reach:
            case "on_day":
                return "the same day"
            case "history":
                return f"the {self.days} days before, the day excluded"
            case "up_to_day":
                return (
                    "every day up to and with the day" if self.days is None else f"the day and the {self.days} before"
                )
            case "source":
                return "the season's files"


def on_day(table: str, columns: tuple[str, ...] | None = None) -> Input:
    """The rows of the day itself, as a frame. A pregame table may read only pregame tables this way."""
    return Input(table, "on_day", columns=columns)


def history(table: str, days: int, columns: tuple[str, ...] | None = None, *, is_on_demand: bool = False) -> Input:
    """The rows of the `days` days before each day, as `asof.History`, which never returns rows of the day or later.

    Args:
        table: name of the table.
        days: length of the window.
        columns: of the table; None = all.
        is_on_demand: the function receives a `windows.on_demand.HistoryOnDemand`, which reads the rows if the function
            asks for them, and tells before whether they are the same as at an earlier time.
    """
    return Input(table, "history", days=days, columns=columns, is_on_demand=is_on_demand)


def up_to_day(
    table: str, days: int | None = None, columns: tuple[str, ...] | None = None, sums: DaySums | None = None
) -> Input:
    """Rows of a pregame table on the day and the `days` days before it (None: all of them), as a frame.

    When a range of days is built, the frame has the rows of all their windows, so the function must apply the window
    of each day itself.

    Args:
        table: name of the table.
        days: length of the window.
        columns: of the table; None = all.
        sums: a module-level function; the table's function receives its result instead of the rows. It is applied
            once to every content of a day and its result is kept, see `engine.kept_sums`.
    """
    return Input(table, "up_to_day", days=days, columns=columns, sums=sums)


def source(
    family: str,
    *,
    brings_rows: bool = True,
    covers: Callable[[pd.DataFrame], pd.Series] | None = None,
    margin: int | None = None,
) -> Input:
    """The rows of a source family for the seasons of the days, as a typed frame with `_file` and `_row`.

    Args:
        family: name of the family.
        brings_rows: False for a family that is only looked up (games, names, tip-offs). A season is absent if no family
            that brings rows has a file for it.
        covers: games of the schedule -> mask of those that the family covers if its file exists; None = all. A game
            that no family covers is absent, a covered game without rows is missing (`nba_assets.engine.coverage`).
        margin: the table uses only rows whose day is at most so many days away from a day that it builds, and rows
            without a readable day; the frame may lack the others. None = it uses all rows.
    """
    return Input(family, "source", brings_rows=brings_rows, covers=covers, margin=margin)


@dataclass(frozen=True)
class BySeason:
    """The rows (or day sums) of a table up to a day as one frame per season, oldest first, read when iterated over.

    An as-of product receives its `up_to_day` inputs in this form, so that it need not have all seasons in memory.

    Args:
        read: (first day, last day) -> rows.
        first: first day.
        last: last day.
    """

    read: Callable[[date, date], pd.DataFrame]
    first: date
    last: date

    def __iter__(self) -> Iterator[pd.DataFrame]:
        for _, first, last in by_season(self.first, self.last):
            yield self.read(first, last)

    def whole(self) -> pd.DataFrame:
        """All rows as one frame, for small tables."""
        return self.read(self.first, self.last)


@dataclass
class Rows:
    """Return value of a transform that returns more than rows: quarantine records, or days without a source.

    Args:
        frame: the rows; those of other days than the requested ones are dropped.
        records: input rows that were set aside, duplicate, in disagreement or nulled (quarantine.RECORD_COLUMNS).
        absent: reason by day, for days that no source covers.
    """

    frame: pd.DataFrame
    records: pd.DataFrame | None = None
    absent: Mapping[pd.Timestamp, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Product:
    """Kind of the published product that a table is the manifest of.

    Args:
        is_as_of: its files describe the state as of a day (players, trends): they are written once, for the newest
            complete day of a run, and never for a day before the published one; other days are superseded. False: each
            day has its own files.
        pointer: path below v1/ of a copy of the newest day's document; it moves only forward in time.
        is_of_checks: its files report the ledger and the check results of all tables. Those are complete only after a
            run, so a backfill builds the product in a separate last run.
    """

    is_as_of: bool = False
    pointer: str | None = None
    is_of_checks: bool = False


@dataclass(frozen=True)
class Begun:
    """History that a day needs: rows of the table on a day that is at least `days` and at most `reach` days older.

    An archive may begin with any season: in its first weeks there is nothing to make rosters or models from.
    """

    table: str
    days: int
    reach: int


@dataclass(frozen=True)
class Expected:
    """The rows that a day must have, for the completeness check.

    Args:
        inputs: tables read on the days checked (on_day only), by argument name.
        rule: (**frames, days) -> frame of expected keys: `game_date` and some columns of the table's key. For a raw
            table these are all that the schedule requires; games that no source covers are separated afterwards.
        observed: rows of the table -> the keys that count as present (same columns); None = the distinct keys.
        is_exact: keys that are not expected fail the check too.
        is_error: severity ERROR; False = WARN, where the sources are known to have gaps.
        history: the history without which no row can be built; days before it begins are not covered.
    """

    inputs: Mapping[str, Input]
    rule: Callable[..., pd.DataFrame]
    observed: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    is_exact: bool = True
    is_error: bool = True
    history: Begun | None = None


@dataclass
class Findings:
    """Result of a cross-table check.

    Args:
        failing: one row per failure: `game_date`, `key`, `found`, `expected` (text).
        compared: `game_date` of each key that was compared, one entry per key. A day without an entry does not pass
            unless no keys were due on it.
        observed: optional, one row per day: `game_date` and the numbers shown with the result.
        due: `game_date` of each key that should be compared; None = the keys that the table is expected to have.
    """

    failing: pd.DataFrame
    compared: pd.Series
    observed: pd.DataFrame | None = None
    due: pd.Series | None = None


@dataclass(frozen=True)
class CrossCheck:
    """A check of a table against other tables, evaluated on every day.

    Args:
        name: the check's name in the UI.
        inputs: other tables read on the days checked (on_day only), by argument name.
        rule: (rows, **frames) -> Findings; a day passes if it has no failing row and at least one key was compared.
        doc: what the check verifies.
        is_error: severity ERROR; False = WARN.
        needs: what a key must have to be compared, as text; it completes the reason of a day without such a key.
    """

    name: str
    inputs: Mapping[str, Input]
    rule: Callable[..., Findings]
    doc: str
    is_error: bool = True
    needs: str = "rows in both tables"
