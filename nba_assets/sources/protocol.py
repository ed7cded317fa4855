"""What the project asks of a source of raw rows, and how a family of rows is declared.

A family is one publisher's kind of rows, whichever source reads it. Every row that a source returns says in which file
and row of it it was read, so that a record in quarantine leads back to the input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol, runtime_checkable

import pandas as pd

from nba_assets.basketball.calendar import Season
from nba_assets.sources.cells import Printed
from nba_assets.sources.quarantine import RECORD_COLUMNS

SourceKind = Literal["text", "integer", "number", "boolean"]
DataSource = Literal["archive", "simulated"]
"""What is said of rows: they are of real games, wherever the archive comes from, or simulated. Never both in one
warehouse."""


def all_of(kind: SourceKind, names: str) -> dict[str, SourceKind]:
    """Columns of one type, from their names separated by spaces."""
    return dict.fromkeys(names.split(), kind)


class SourceError(RuntimeError):
    """An input file that cannot be read as what it should be; names file, column and what to do."""


@dataclass(frozen=True)
class Family:
    """One publisher's kind of file.

    Args:
        name: how tables refer to it, and the external asset `source/<name>`.
        pattern: files below the archive; `{season}` stands for a label such as 2021-22, `*` for anything.
        columns: the columns that are read, with the type that their values must have.
        doc: what it is and where its oddities are.
        where: keep only rows with one of these values in a column (other markets, other props).
        optional: columns that some files of the family do not have; NULL there.
        may_be_empty: columns that have no value in any row of some files; any other column without a value is as good
            as missing.
        dates: text columns that hold a day or a moment, and how they are printed.
        day: the column of `dates` that says which day a row is of, to file a bad row there; None where no column does.
        has_real_repeats: identical rows are real events (two tips in one second) and are kept.
    """

    name: str
    pattern: str
    columns: Mapping[str, SourceKind]
    doc: str
    where: tuple[str, tuple[str, ...]] | None = None
    optional: tuple[str, ...] = ()
    may_be_empty: tuple[str, ...] = ()
    dates: Mapping[str, Printed] = field(default_factory=dict)
    day: str | None = None
    has_real_repeats: bool = False

    @property
    def is_by_season(self) -> bool:
        return "{season}" in self.pattern


@dataclass
class SourceRows:
    """What was read of a family: rows with `_file` and `_row` (0-based), the files with their season (None where a file
    spans seasons), the records made on the way."""

    frame: pd.DataFrame
    files: dict[str, Season | None] = field(default_factory=dict)
    records: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(RECORD_COLUMNS)))


class Source(Protocol):
    """Where raw rows come from: asked by family and season, and read the same way each time it is asked."""

    @property
    def root(self) -> str:
        """The folder or address, for messages."""
        ...

    @property
    def source(self) -> DataSource:
        """What is said of its rows."""
        ...

    def covers(self, family: Family, seasons: Sequence[Season]) -> bool:
        """Whether there is anything of the family for one of the seasons; otherwise the family is absent."""
        ...

    def fingerprint(self, family: Family, seasons: Sequence[Season]) -> str:
        """sha256 that changes when what `read` returns for the seasons may have changed."""
        ...

    def read(self, family: Family, seasons: Sequence[Season]) -> SourceRows:
        """The rows of the family for the seasons, in the types that the family declares; frames of their own.

        Raises:
            SourceError: what is there cannot be read as what it should be.
        """
        ...


@runtime_checkable
class Growing(Protocol):
    """A source to which live feeds add days; asked besides what every source is asked."""

    def additions(self, family: Family, days: Sequence[date]) -> Mapping[date, str]:
        """For each of the days on or after the first addition of its season: sha256 over what was added up to it."""
        ...

    def covered_from(self, family: Family, season: Season) -> date | None:
        """First day of the season of which there is anything of the family; None where there is nothing in the season.

        Unlike `covers`, the answer for a day does not change when a later day is added.
        """
        ...
