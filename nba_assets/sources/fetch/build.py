"""Builds the archive: for each file, downloads the pieces, then reads, edits, checks and writes them.

A file that is unavailable is recorded as absent with its reason, and the build continues with the next file. Files are
replaced atomically. archive.json records what a fetch did, the lock file records the checksums of what it has.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from nba_assets.basketball.calendar import Season
from nba_assets.settings import Settings
from nba_assets.sources.fetch.columns import ColumnError, family_columns
from nba_assets.sources.fetch.download import Downloader, Got, Limits, Unavailable
from nba_assets.sources.fetch.listing import expected_rows, makers_of, not_covered
from nba_assets.sources.fetch.lock import Lock, sha256_of
from nba_assets.sources.fetch.pieces import Piece
from nba_assets.sources.fetch.readers import Reader, ReadError, read_safely
from nba_assets.sources.fetch.report import write_archive_json, write_sources
from nba_assets.sources.fetch.source import Maker

RECIPE = 1
"""Raised when a change of readers or edits changes rows: files are then made again from the pieces that are there."""
GROWS_FOR = timedelta(days=14)
"""How long after its last day a season's release files may still change."""
PIECES = "pieces"
State = Literal["made", "unchanged", "outdated", "absent", "broken"]


class FetchError(RuntimeError):
    """The whole fetch cannot continue; the message says what to do."""


@dataclass(frozen=True)
class Outcome:
    """The result for one file of the archive.

    made: built by this run. unchanged: built by an earlier run and up to date. outdated: built by an earlier run, and
    nothing newer is available. absent: not available. broken: downloaded, but this program cannot read it.
    """

    file: str
    state: State
    rows: int = 0
    reason: str = ""
    source: str = ""


class Listener:
    """Receives the progress of a fetch; the methods of this base class do nothing."""

    def planned(self, pieces: int) -> None:
        """Called with the number of pieces of all files still to be built."""

    def began(self, file: str) -> None:
        """Called when the build of a file starts."""

    def got(self, pieces: int) -> None:
        """Called with the number of pieces just completed: stored, or unavailable."""

    def received(self, size: int) -> None:
        """Called with the number of bytes just received."""

    def finished(self, outcome: Outcome) -> None:
        """Called with the outcome of a file."""


@dataclass
class Fetched:
    """The result of a fetch."""

    folder: Path
    seasons: tuple[str, ...]
    outcomes: list[Outcome] = field(default_factory=list)
    requests: int = 0

    def with_state(self, *states: State) -> list[Outcome]:
        """The outcomes with one of these states."""
        return [outcome for outcome in self.outcomes if outcome.state in states]

    @property
    def is_success(self) -> bool:
        """Whether the archive is usable and no file is broken by a defect of this program."""
        return bool(self.with_state("made", "unchanged", "outdated")) and not self.with_state("broken")


def fetch(
    folder: Path,
    seasons: Sequence[str],
    mirror: str | None = None,
    limits: Limits | None = None,
    listener: Listener | None = None,
    today: date | None = None,
) -> Fetched:
    """Builds or extends the archive in the folder.

    Args:
        folder: created if it does not exist.
        seasons: labels such as 2023-24.
        mirror: address that serves the publishers' paths below `<mirror>/<host>/`; None for the publishers themselves.
        today: decides whether a season's release files can still change.

    Raises:
        FetchError: another fetch runs on the folder, or it cannot be written.
    """
    listener = listener or Listener()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".fetch.lock", timeout=0):
            day = today or Settings.machine_clock().date()
            return _Build(folder, tuple(seasons), mirror, limits or Limits(), listener, day).run()
    except Timeout as error:
        raise FetchError(
            f"another fetch runs on {folder}; wait for its end or give another folder with --to"
        ) from error
    except OSError as error:
        raise FetchError(_unwritable(error, folder)) from error


class _Build:
    def __init__(
        self,
        folder: Path,
        seasons: tuple[str, ...],
        mirror: str | None,
        limits: Limits,
        listener: Listener,
        today: date,
    ) -> None:
        self.folder = folder
        self.listener = listener
        self.today = today
        self.downloader = Downloader(folder / PIECES, mirror, limits, listener.received)
        self.fetched = Fetched(folder, seasons)
        self.plan = makers_of(seasons)
        self._read_last: tuple[tuple[Reader, Path, frozenset[str]], pd.DataFrame] | None = None
        try:
            self.lock = Lock.read(folder)
        except ValueError as error:
            raise FetchError(str(error)) from error

    def run(self) -> Fetched:
        lacking = [
            makers[0][0].pieces(makers[0][1])
            for file, makers in self.plan.items()
            if not self._is_there(file, *makers[0])
        ]
        self.listener.planned(sum(len(pieces) for pieces in lacking))
        try:
            for file, makers in self.plan.items():
                self.listener.began(file)
                self._finish(self._file(file, makers))
            for file, reason in not_covered(self.fetched.seasons).items():
                self._finish(Outcome(file, "absent", reason=reason))
        finally:
            self.fetched.requests = self.downloader.requests
            self._record()
        return self.fetched

    def _record(self) -> None:
        """Writes the lock file, archive.json and SOURCES.md; also after an interrupted fetch."""
        reached = {outcome.file for outcome in self.fetched.outcomes}
        left = [
            Outcome(file, "absent", reason="the fetch was stopped before this file; run the same command again")
            for file in self.plan
            if file not in reached and file not in self.lock.files
        ]
        self.lock.write()
        write_archive_json(self.folder, self.lock, self.fetched.seasons, [*self.fetched.outcomes, *left])
        write_sources(self.folder)

    def _finish(self, outcome: Outcome) -> None:
        self.fetched.outcomes.append(outcome)
        if outcome.state == "made":
            self.lock.write()
        self.listener.finished(outcome)

    def _file(self, file: str, makers: Sequence[tuple[Maker, str | None]]) -> Outcome:
        """Builds a file with the first maker that succeeds."""
        reasons = []
        for maker, season in makers:
            if self._is_there(file, maker, season):
                there = self.lock.files[file]
                return Outcome(file, "unchanged", there["rows"], source=there["source"])
            try:
                return self._built(file, maker, season)
            except Unavailable as error:
                reasons.append(str(error))
            except (ReadError, ColumnError) as error:
                if maker.is_committed:
                    return Outcome(file, "broken", reason=f"{maker.name}: {error}", source=maker.name)
                self._forget(maker.pieces(season))
                reasons.append(f"{maker.address} is not what it was: {error}")
        reason = "; ".join(reasons)
        earlier = self.lock.files.get(file)
        if earlier is not None and (self.folder / file).exists():
            reason = f"the file of an earlier run stays: {reason}"
            return Outcome(file, "outdated", earlier["rows"], reason, earlier["source"])
        return Outcome(file, "absent", reason=reason, source=makers[0][0].name)

    def _built(self, file: str, maker: Maker, season: str | None) -> Outcome:
        pieces = maker.pieces(season)
        got = [self._piece(piece, season) for piece in pieces]
        table = maker.table(season, [(piece, one.path) for piece, one in zip(pieces, got, strict=True)], self._read)
        if table.num_rows == 0:
            raise ReadError(f"no rows of {season or 'these seasons'} in {maker.address}")
        wanted = expected_rows().get(file) if maker.is_committed else None
        if wanted is not None and table.num_rows != wanted:
            raise ReadError(f"expected {wanted:,} rows of {file}, found {table.num_rows:,}")
        _write(self.folder / file, table)
        self.lock.files[file] = {
            "sha256": sha256_of(self.folder / file),
            "rows": table.num_rows,
            "columns": table.num_columns,
            "source": maker.name,
            "address": maker.address,
            "licence": maker.licence,
            "recipe": _recipe(maker, pieces),
            "pieces": [piece.address for piece in pieces],
        }
        return Outcome(file, "made", table.num_rows, source=maker.name)

    def _piece(self, piece: Piece, season: str | None) -> Got:
        known = self.lock.piece(piece.address, self.folder / PIECES / piece.store)
        renew = piece.blob is None and known is not None and self._may_have_grown(known, season)
        try:
            got = self.downloader.get(piece, known, renew)
        finally:
            self.listener.got(1)
        self.lock.record(piece.address, got)
        return got

    def _forget(self, pieces: Sequence[Piece]) -> None:
        """Forgets unusable pieces of unknown checksum, so that the next run downloads them again."""
        used = {address for of_file in self.lock.files.values() for address in of_file["pieces"]}
        for piece in pieces:
            if piece.address in used:
                continue
            self.lock.pieces.pop(piece.address, None)
            (self.folder / PIECES / piece.store).unlink(missing_ok=True)

    def _is_there(self, file: str, maker: Maker, season: str | None) -> bool:
        pieces = maker.pieces(season)
        if not self.lock.has(file, _recipe(maker, pieces)):
            return False
        if maker.is_committed:
            return True
        known = [self.lock.piece(piece.address, self.folder / PIECES / piece.store) for piece in pieces]
        return not any(one is None or self._may_have_grown(one, season) for one in known)

    def _may_have_grown(self, known: Got, season: str | None) -> bool:
        """Whether the publisher may have added games since the piece was fetched (checked daily during the season)."""
        if season is None or known.fetched_at is None:
            return True
        fetched = date.fromisoformat(known.fetched_at[:10])
        return fetched < self.today and fetched <= Season.of_label(season).last_day + GROWS_FOR

    def _read(self, reader: Reader, path: Path, text: frozenset[str]) -> pd.DataFrame:
        """Reads a piece; the last one is cached, so that a piece with several seasons is read once."""
        key = (reader, path, text)
        if self._read_last is None or self._read_last[0] != key:
            self._read_last = (key, read_safely(reader, path, text))
        return self._read_last[1]


def _recipe(maker: Maker, pieces: Sequence[Piece]) -> str:
    """A key that changes whenever the maker or the pieces of a file change."""
    digest = hashlib.sha256(f"{RECIPE} {maker.name} {family_columns()[maker.family]}".encode())
    for piece in pieces:
        digest.update(f"{piece.address} {piece.blob}\n".encode())
    return digest.hexdigest()[:16]


def _write(path: Path, table: pa.Table) -> None:
    """Writes the table to a temporary file, verifies it by reading it back, and moves it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        pq.write_table(table, partial, compression="zstd")
        written = pq.ParquetFile(partial)
        if written.metadata.num_rows != table.num_rows or written.schema_arrow.names != table.column_names:
            raise ReadError(f"{path.name} reads back with other rows or columns than were written")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _unwritable(error: OSError, folder: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"no room left on the disk of {folder} ({error}). The four seasons need 600 MB. Free "
            "room and run the same command again: what is whole stays"
        )
    return f"{folder} cannot be written ({error}). Correct that and run the same command again: what is whole stays"
