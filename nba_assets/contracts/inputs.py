"""Inputs declared by a table: they are read, hashed and shown as lineage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import pandas as pd

from nba_assets.basketball.calendar import by_season


@dataclass(frozen=True)
class Input:
    """One input of a table: a table over a window of days that is relative to each day served, or a source family.

    reach: `on_day` the day itself; `history` the `days` before it, the day excluded; `up_to_day` the day and the `days`
    before it, or everything (pregame tables only); `source` the files of the day's season.
    """

    name: str
    reach: Literal["on_day", "history", "up_to_day", "source"]
    days: int | None = None
    columns: tuple[str, ...] | None = None
    brings_rows: bool = True
    covers: Callable[[pd.DataFrame], pd.Series] | None = None

    def describe(self) -> str:
        """The window in words, for the asset's metadata."""
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
    """The rows of the day itself, as a frame. A pregame table may read only pregame tables so."""
    return Input(table, "on_day", columns=columns)


def history(table: str, days: int, columns: tuple[str, ...] | None = None) -> Input:
    """The rows of the `days` days before each day, as an `asof.History`, which never shows the day or later."""
    return Input(table, "history", days=days, columns=columns)


def up_to_day(table: str, days: int | None = None, columns: tuple[str, ...] | None = None) -> Input:
    """Rows of a pregame table on the day and the `days` days before it (None: all of them), as a frame.

    Over a range the frame also holds what only earlier days of the range reach, so each row keeps to its own window.
    """
    return Input(table, "up_to_day", days=days, columns=columns)


def source(
    family: str, *, brings_rows: bool = True, covers: Callable[[pd.DataFrame], pd.Series] | None = None
) -> Input:
    """The rows of a source family for the seasons of the days, as a typed frame with `_file` and `_row`.

    brings_rows: False for a family that only helps (finds games, names, tip-offs). A season in which no family that
    brings rows has a file is absent.
    covers: games of the schedule -> mask of those of which the family has rows when its file is there; None = all. A
    game that no family covers is absent, a covered game without rows is missing (`nba_assets.engine.coverage`).
    """
    return Input(family, "source", brings_rows=brings_rows, covers=covers)


@dataclass(frozen=True)
class BySeason:
    """The rows of a table up to a day, one frame a season, oldest first; each is read when its turn comes.

    A product as of a day receives its inputs of every day so: what it keeps of a season decides how its memory grows
    with the seasons.

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
        """All rows at once, for tables that are small."""
        return self.read(self.first, self.last)


@dataclass
class Rows:
    """Return value of a transform that has more than rows: quarantine records or days without a source.

    Args:
        frame: the rows; days that were not asked for are dropped.
        records: what happened to input rows (quarantine.RECORD_COLUMNS): set aside, duplicate, disagreement, nulled.
        absent: reason by day for days that no source covers.
    """

    frame: pd.DataFrame
    records: pd.DataFrame | None = None
    absent: Mapping[pd.Timestamp, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Product:
    """What kind of published product a table is the manifest of.

    Args:
        is_as_of: its files are as of a day (players, trends): they are written once, for the newest whole day of a run,
            and never for a day before the one that is published; other days are superseded. Else each day has its own.
        pointer: path below v1/ of a copy of the newest day's document; it moves only forward in time.
        is_of_checks: its files tell what the ledger and the check results say of all tables. Those are complete only
            when a run is over, so a backfill makes the product in a run of its own after the others.
    """

    is_as_of: bool = False
    pointer: str | None = None
    is_of_checks: bool = False


@dataclass(frozen=True)
class Expected:
    """Which rows a day must have, for the completeness check.

    Args:
        inputs: tables read on the days checked (on_day only), by argument name.
        rule: (**frames, days) -> frame of expected keys: `game_date` and some columns of the table's key. Of a raw
            table all that the schedule asks for, also games that no source covers: those are told apart afterwards.
        observed: rows of the table -> the keys that count as present (same columns); None = the distinct keys.
        is_exact: keys that are not expected fail the check too.
        is_error: ERROR when true; False (WARN) where the sources themselves are known to have holes.
    """

    inputs: Mapping[str, Input]
    rule: Callable[..., pd.DataFrame]
    observed: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    is_exact: bool = True
    is_error: bool = True


@dataclass
class Findings:
    """What a cross-table check found.

    Args:
        failing: one row a failure: `game_date`, `key`, `found`, `expected` (text).
        compared: `game_date` of each key that was compared, one entry a key. A day without one has nothing to compare:
            it does not pass, unless nothing was due on it.
        observed: optional, one row per day: `game_date` and the numbers to show beside the result.
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
        rule: (rows, **frames) -> Findings; a day passes when it has no failing row and something was compared.
        doc: what it proves.
        is_error: ERROR when true, else WARN.
        needs: what a key must have to be compared, in words: the reason of a day on which no key has it.
    """

    name: str
    inputs: Mapping[str, Input]
    rule: Callable[..., Findings]
    doc: str
    is_error: bool = True
    needs: str = "rows in both tables"
