"""The interface of a source of raw rows, and the declaration of a family of rows.

A family is a group of files of one publisher with the same layout; the source that reads it does not matter. Every row
of a source contains the file and the row number that it was read from, so that a quarantine record leads to the input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol, runtime_checkable

import pandas as pd

from nba_assets.basketball.calendar import Season
from nba_assets.sources.cells import Form, Printed
from nba_assets.sources.quarantine import RECORD_COLUMNS

SourceKind = Literal["text", "integer", "number", "boolean"]
DataSource = Literal["archive", "simulated"]
"""Label of rows: of real games (`archive`, wherever the archive comes from) or `simulated`. A warehouse contains only
one of the two."""


def all_of(kind: SourceKind, names: str) -> dict[str, SourceKind]:
    """Columns of one type, from their names separated by spaces."""
    return dict.fromkeys(names.split(), kind)


class SourceError(RuntimeError):
    """An input file that does not match its declaration; the message names file, column and what to do."""


@dataclass(frozen=True)
class Family:
    """A group of files of one publisher with the same layout.

    Args:
        name: used by tables, and in the name of the external asset `source/<name>`.
        pattern: files below the archive; `{season}` stands for a label such as 2021-22, `*` for anything.
        columns: the columns that are read, with the type of their values.
        doc: contents and known peculiarities.
        where: keep only rows with one of these values in a column (other markets, other props).
        others: regular expression of the other values of that column, for rows that are not read; a row with any
            further value is recorded, because it may be a damaged row of the family.
        optional: columns that some files of the family do not have; NULL there.
        may_be_empty: columns that may have no value in a whole file; any other column without a value counts as
            missing.
        has_gaps: columns that have no value in some rows; a missing value of any other column is recorded.
        minor: columns without which a row is still of use: a value that cannot be read becomes NULL, with a record. In
            any other column it sets the row aside.
        forms: text columns whose texts have one form, such as F, G or C; a text of another form cannot be read.
        dates: text columns that contain a day or a time, with their format.
        day: the column of `dates` with the day of the row, under which a bad row is recorded; None if there is none.
        has_real_repeats: identical rows are distinct events (two tips in one second) and are kept.
        is_live: written by live feeds only, so no archive has it and its absence beside other families is not reported.
        is_set: only the distinct rows matter, and one of several is read; that there are more is no error. Together
            with has_real_repeats.
    """

    name: str
    pattern: str
    columns: Mapping[str, SourceKind]
    doc: str
    where: tuple[str, tuple[str, ...]] | None = None
    others: str = ""
    optional: tuple[str, ...] = ()
    may_be_empty: tuple[str, ...] = ()
    has_gaps: tuple[str, ...] = ()
    minor: tuple[str, ...] = ()
    forms: Mapping[str, Form] = field(default_factory=dict)
    dates: Mapping[str, Printed] = field(default_factory=dict)
    day: str | None = None
    has_real_repeats: bool = False
    is_live: bool = False
    is_set: bool = False

    @property
    def is_by_season(self) -> bool:
        return "{season}" in self.pattern


@dataclass
class SourceRows:
    """Rows of a family with `_file` and `_row` (0-based), the files read with their season (None if a file spans
    several seasons), and quarantine records of reading."""

    frame: pd.DataFrame
    files: dict[str, Season | None] = field(default_factory=dict)
    records: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(RECORD_COLUMNS)))


Span = tuple[date, date]
"""First and last day."""


class Source(Protocol):
    """A source of raw rows by family and season; repeated reads return the same rows."""

    @property
    def root(self) -> str:
        """The folder or address, for messages."""
        ...

    @property
    def source(self) -> DataSource:
        """The label of its rows."""
        ...

    def covers(self, family: Family, seasons: Sequence[Season]) -> bool:
        """Whether the source has rows of the family for any of the seasons; otherwise the family is absent."""
        ...

    def fingerprint(self, family: Family, seasons: Sequence[Season]) -> str:
        """sha256 that changes if the result of `read` for the seasons may have changed."""
        ...

    def read(self, family: Family, seasons: Sequence[Season], span: Span | None = None) -> SourceRows:
        """The rows of the family for the seasons in the declared types; the caller may modify the frame.

        Args:
            family: of the rows.
            seasons: whose files are read.
            span: rows of other days than these are not needed and may be left out; rows without a readable day and
                the records of reading never are.

        Raises:
            SourceError: the input does not match the declaration.
        """
        ...


@runtime_checkable
class Growing(Protocol):
    """Additional methods of a source to which live feeds add days."""

    def additions(self, family: Family, days: Sequence[date]) -> Mapping[date, str]:
        """sha256 over the additions up to each day, for days on or after the first addition of their season."""
        ...

    def covered_from(self, family: Family, season: Season) -> date | None:
        """First day of the season with rows of the family; None if the season has none.

        Unlike `covers`, the result for a day does not change when a later day is added.
        """
        ...
