"""Sums of past days, computed once per content of a day and kept in files below NBA_HOME.

A table that adds up a season or more for the rows of one day reads the sums of each day (`Input.sums`) instead of its
rows. The ledger's content hash of a day identifies its rows, and the code version of the reading table its function, so
a kept sum is valid exactly as long as both are the same. It is computed from one day only, whichever day is built.

There is one file per reading table, function and season. A file that is lost or damaged costs time only: the sums that
it lacks are computed from the rows again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from nba_assets.basketball.calendar import by_season
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.inputs import DaySums
from nba_assets.engine import registry
from nba_assets.engine.code_version import code_version
from nba_assets.warehouses.protocol import Snapshot

log = logging.getLogger(__name__)

FORMAT = 1
"""Counts as code: to be increased when the content of the files gets another meaning."""
_TEXT, _FLAG = pd.StringDtype("pyarrow"), pd.BooleanDtype()
_DTYPES = {pa.string(): _TEXT, pa.large_string(): _TEXT, pa.bool_(): _FLAG}
_SEPARATOR = b"\n"


@dataclass(frozen=True)
class _Kept:
    """The content of a file: content hash of each day (ISO date) that was summed, and the sums."""

    hashes: Mapping[str, str] = field(default_factory=dict)
    sums: pa.Table | None = None

    def of(self, days: Sequence[str]) -> list[pa.Table]:
        """The sums of some days; an empty list if the file has none at all."""
        return [] if self.sums is None else [_only(self.sums, days)]


@dataclass(frozen=True)
class KeptSums:
    """The day sums of a table that another one reads.

    Args:
        folder: of the kept files of all tables.
        reader: the table that reads the sums.
        table: the table whose rows are summed.
        columns: the columns that the function needs; None = all.
        function: see `inputs.DaySums`.
    """

    folder: Path
    reader: DailyTable
    table: str
    columns: Sequence[str] | None
    function: DaySums

    def read(self, first: date, last: date, snapshot: Snapshot) -> pd.DataFrame:
        """The sums of the days from `first` to `last`, oldest first; the same whether they were kept or not."""
        parts = [
            part
            for season, start, end in by_season(first, last)
            for part in self._of_season(season.label, start, end, snapshot)
        ]
        found = _joined(parts or [self._computed([], first, last, snapshot)]).to_pandas(types_mapper=_DTYPES.get)
        return found.sort_values("game_date", kind="stable", ignore_index=True)

    def _of_season(self, season: str, first: date, last: date, snapshot: Snapshot) -> list[pa.Table]:
        """The sums of days of a season; those that were not kept are computed and kept."""
        ledger = snapshot.ledger([self.table], first, last, ["game_date", "content_hash", "rows"])
        ledger = ledger.assign(day=ledger["game_date"].dt.strftime("%Y-%m-%d"))
        summed = ledger[ledger["content_hash"].notna() & (ledger["rows"] > 0)]
        hashes = dict(zip(summed["day"], summed["content_hash"], strict=True))
        path = self.folder / self.reader.name / f"{self.function.__name__}.{season}"
        kept = self._loaded(path)
        new = {day: content for day, content in hashes.items() if kept.hashes.get(day) != content}
        # The rows of a day that is not in the ledger have no hash, so they are read each time.
        unknown = pd.date_range(first, last).strftime("%Y-%m-%d").difference(ledger["day"])
        parts = kept.of([day for day in hashes if day not in new])
        if not (new or len(unknown)):
            return parts
        fresh = self._computed([*new, *unknown], first, last, snapshot)
        if new:
            old = {day: content for day, content in kept.hashes.items() if day not in new}
            self._keep(path, {**old, **new}, _joined([*kept.of(list(old)), _only(fresh, list(new))]))
        return [*parts, fresh]

    def _computed(self, days: Sequence[str], first: date, last: date, snapshot: Snapshot) -> pa.Table:
        """The sums of days from their rows."""
        wanted = pd.DatetimeIndex(sorted(days))
        if len(wanted):
            first, last = wanted[0].date(), wanted[-1].date()
        rows = snapshot.read(registry.contract(self.table), first, last, self.columns)
        is_wanted = rows["game_date"].isin(wanted)
        rows = rows if bool(is_wanted.all()) else rows[is_wanted].reset_index(drop=True)
        return pa.Table.from_pandas(self.function(rows), preserve_index=False).replace_schema_metadata()

    @property
    def _version(self) -> str:
        """Of everything besides the rows that determines the sums and the types of their columns."""
        what = f"{self.function.__module__}.{self.function.__qualname__} of {self.table}: {self.columns}"
        return f"{FORMAT} {code_version(self.reader)} {pd.__version__} {what}"

    def _loaded(self, path: Path) -> _Kept:
        """The kept sums of a season; none if the file is absent, of another version or damaged."""
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return _Kept()
        except OSError as error:
            log.warning("%s cannot be read (%s); its sums are computed again from the rows", path, error)
            return _Kept()
        digest, _, content = data.partition(_SEPARATOR)
        if hashlib.sha256(content).hexdigest().encode() != digest:
            log.warning("%s is damaged (its checksum is wrong); its sums are computed again from the rows", path)
            return _Kept()
        text, _, table = content.partition(_SEPARATOR)
        header = json.loads(text)
        if header["version"] != self._version:
            return _Kept()
        return _Kept(header["hashes"], pa.ipc.open_stream(pa.BufferReader(table)).read_all())

    def _keep(self, path: Path, hashes: Mapping[str, str], sums: pa.Table) -> None:
        """Writes a file under another name and renames it: readers and other writers see a whole file."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, sums.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as stream:
            stream.write_table(sums)
        header = json.dumps({"version": self._version, "hashes": hashes})
        content = header.encode() + _SEPARATOR + sink.getvalue().to_pybytes()
        partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(hashlib.sha256(content).hexdigest().encode() + _SEPARATOR + content)
            partial.replace(path)
        except OSError as error:
            log.warning("%s cannot be written (%s); its sums are computed again each time", path, error)
            with contextlib.suppress(OSError):
                partial.unlink()


def _only(sums: pa.Table, days: Sequence[str]) -> pa.Table:
    """The sums of some days."""
    of_row = sums.column("game_date").to_numpy().astype("datetime64[D]")
    is_wanted = np.isin(of_row, np.array(days, dtype="datetime64[D]"))
    return sums if bool(is_wanted.all()) else sums.filter(pa.array(is_wanted))


def _joined(parts: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(parts, promote_options="permissive")
