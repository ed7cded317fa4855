"""A source: builds one kind of file of the archive from pieces at a named commit of a public repository."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd
import pyarrow as pa

from nba_assets.sources.fetch.columns import ColumnError, conform, joined, text_columns
from nba_assets.sources.fetch.edits import Edit
from nba_assets.sources.fetch.pieces import Piece, committed_pieces
from nba_assets.sources.fetch.readers import Reader, ReadError

SEASONS = ("2021-22", "2022-23", "2023-24", "2024-25")
NONE_STATED = "none stated"


Read = Callable[[Reader, Path, frozenset[str]], pd.DataFrame]
"""Reads a piece; it may remember the last one, since a piece of several seasons is read for each of them."""


class Maker(Protocol):
    """Builds files of the archive from pieces: a source at a named commit, or a release."""

    @property
    def name(self) -> str: ...
    @property
    def family(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def licence(self) -> str: ...
    @property
    def doc(self) -> str: ...
    @property
    def is_committed(self) -> bool: ...
    def files(self, seasons: Sequence[str]) -> list[tuple[str, str | None]]: ...
    def pieces(self, season: str | None) -> tuple[Piece, ...]: ...
    def table(self, season: str | None, paths: Sequence[tuple[Piece, Path]], read: Read) -> pa.Table: ...


@dataclass(frozen=True)
class Source:
    """One kind of file of the archive and where it comes from.

    Args:
        name: name of the source, also in pieces.csv; the family in columns.csv.
        file: path below the archive; `{season}` where there is one file per season.
        seasons: seasons that it covers.
        repository: owner/name on GitHub.
        commit: full commit id; pieces.csv overrides it where a source has pieces of several commits.
        folder: the pieces' folder in the repository, with a trailing slash; `{season}` where each season has its own.
        licence: as the repository states it.
        reader: reads a piece into a frame.
        edits: applied to the rows of each piece, in this order. Columns that are not in columns.csv are dropped.
        doc: description.
        is_stopgap: replaces another file in one season; in other seasons it is not reported as missing.
    """

    name: str
    file: str
    seasons: tuple[str, ...]
    repository: str
    commit: str
    licence: str
    reader: Reader
    doc: str
    folder: str = ""
    edits: tuple[Edit, ...] = ()
    is_stopgap: bool = False

    @property
    def family(self) -> str:
        return self.name

    @property
    def is_committed(self) -> bool:
        return True

    @property
    def address(self) -> str:
        """The web address of the source for a human reader."""
        return f"https://github.com/{self.repository}/tree/{self.commit}/{self.folder.partition('{')[0]}".rstrip("/")

    def files(self, seasons: Sequence[str]) -> list[tuple[str, str | None]]:
        """(file, its season or None) of all files that are built for these seasons."""
        wanted = [season for season in self.seasons if season in seasons]
        if "{season}" in self.file:
            return [(self.file.format(season=season), season) for season in wanted]
        return [(self.file, None)] if wanted else []

    def pieces(self, season: str | None) -> tuple[Piece, ...]:
        """The pieces of one file, in the order of their rows in the file."""
        folder = self.folder.format(season=season)
        return committed_pieces(self.name, season, self.repository, self.commit, folder)

    def table(self, season: str | None, paths: Sequence[tuple[Piece, Path]], read: Read) -> pa.Table:
        """The rows of one file.

        Raises:
            ReadError, ColumnError: a piece is malformed; the message starts with its name.
        """
        text = text_columns(self.family)
        tables = []
        for piece, path in paths:
            try:
                rows = read(self.reader, path, text)
                for edit in self.edits:
                    rows = edit(rows, piece, season)
                tables.append(conform(rows, self.family))
            except KeyError as error:
                raise ColumnError(
                    f"{piece.path}: expected the column {error}; found: {', '.join(rows.columns)}"
                ) from error
            except (ReadError, ColumnError) as error:
                raise type(error)(f"{piece.path}: {error}") from error
        return joined(tables, self.family)
