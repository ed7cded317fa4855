"""The archive: a folder or URL of season files, read family by family into typed frames.

A family is one publisher's kind of file. Its name, files, columns and types are declared in `families/`; this module
only reads. Nothing is cleaned or joined. Values that do not fit their declared type, and duplicate rows, are recorded;
a file that cannot be read is an error that names the file.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from typing import Any, Literal, get_args

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nba_assets.basketball.calendar import EASTERN, Season
from nba_assets.sources.archive.readings import KeptReadings, Reading
from nba_assets.sources.cells import TEXT, Cells, number_cells, text_cells, without_odd
from nba_assets.sources.protocol import DataSource, Family, SourceError, SourceKind, SourceRows, Span
from nba_assets.sources.quarantine import RECORD_TYPES

_DTYPES: Mapping[SourceKind, Any] = {
    "text": pd.StringDtype("pyarrow"),
    "integer": pd.Int64Dtype(),
    "number": "float64",
    "boolean": pd.BooleanDtype(),
}
MOST_UNREADABLE = 0.5
"""Share of a column's values that may be unreadable one by one; beyond it the column is of another kind than declared,
and the file is refused."""

ArchiveKind = Literal["archive", "fetched", "simulated"]
MARKER = "archive.json"
"""File at the root of an archive that says which kind it is; an archive without one is of real games."""

FEWEST_ROWS_JUDGED = 30
"""Rows of a file from which on a column without any value is taken for damage."""
_KEPT_ROWS = 50_000
_KEPT_FILES = 64
_read_before: OrderedDict[object, Reading] = OrderedDict()


class Archive:
    """Season files below a folder or URL (anything that fsspec opens); a `Source`.

    Args:
        root: the folder or URL.
        readings: where the readings of files are kept for other processes; None = nowhere.
    """

    def __init__(self, root: str, readings: KeptReadings | None = None) -> None:
        self.root = root.rstrip("/")
        self._readings = readings
        try:
            self._files, self._path = fsspec.core.url_to_fs(self.root)
        except (ImportError, ValueError) as error:
            raise SourceError(
                f"NBA_ARCHIVE={root} cannot be read: {error}. Give a folder, or a URL of a kind that fsspec knows."
            ) from error

    @cached_property
    def kind(self) -> ArchiveKind:
        """The kind of this archive according to its archive.json; `archive` where it has none.

        Raises:
            SourceError: archive.json cannot be read or contains no valid kind.
        """
        path = f"{self._path}/{MARKER}"
        try:
            text = self._files.cat_file(path)
        except FileNotFoundError:
            return "archive"
        try:
            kind = json.loads(text)["kind"]
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(f'{self.root}/{MARKER} is no JSON object with a "kind" ({error!r}).') from error
        if kind not in get_args(ArchiveKind):
            raise SourceError(
                f"{self.root}/{MARKER}: kind is {kind!r}, expected one of {', '.join(get_args(ArchiveKind))}. "
                "Make the archive again with the command that made it."
            )
        return kind

    @property
    def source(self) -> DataSource:
        """The source label of rows of this archive."""
        return "simulated" if self.kind == "simulated" else "archive"

    def require(self, families: Iterable[Family]) -> None:
        """Checks that this is an archive: a folder with a file of at least one of the families.

        Raises:
            SourceError: the folder does not exist or has no known file; a run would mistake that for "no data".
        """
        patterns = [family.pattern.format(season="*") for family in families]
        if not any(self._matching(pattern) for pattern in patterns):
            raise SourceError(
                f"{self.root} holds no file of any family ({', '.join(patterns[:3])}, ...). "
                "Set NBA_ARCHIVE to the folder or URL of the season files."
            )

    def covers(self, family: Family, seasons: Sequence[Season]) -> bool:
        """Whether there is a file of the family for one of the seasons."""
        return bool(self.files(family, seasons))

    def files(self, family: Family, seasons: Sequence[Season]) -> list[tuple[str, Season | None]]:
        """The family's files for the seasons, as (path below the root, season or None), sorted."""
        if not family.is_by_season:
            return [(name, None) for name in self._matching(family.pattern)]
        labelled = [(family.pattern.format(season=season.label), season) for season in sorted(seasons)]
        return [(name, season) for pattern, season in labelled for name in self._matching(pattern)]

    def _matching(self, pattern: str) -> list[str]:
        """Paths below the root that match a family's pattern, sorted; only the pattern's last part has wildcards.

        The root is given by the user and is not a pattern: a folder may be called `archive [v2]`.
        """
        folder, _, name = pattern.rpartition("/")
        try:
            entries = self._files.ls(f"{self._path}/{folder}", detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        names = (str(entry).rstrip("/").rpartition("/")[2] for entry in entries)
        return sorted(f"{folder}/{entry}" for entry in names if fnmatchcase(entry, name))

    def fingerprint(self, family: Family, seasons: Sequence[Season]) -> str:
        """SHA-256 of names and contents of the family's files of these seasons; also defined if there are none."""
        digest = hashlib.sha256(family.name.encode())
        for name, _ in self.files(family, seasons):
            digest.update(name.encode())
            digest.update(_hash_of_file(self._files, f"{self._path}/{name}", self._stamp(name)))
        return digest.hexdigest()

    def read(self, family: Family, seasons: Sequence[Season], span: Span | None = None) -> SourceRows:
        """Rows of the family for the seasons; all rows of a family whose files are not split by season.

        Args:
            family: of the rows.
            seasons: whose files are read.
            span: see `protocol.Source`; rows of other days are left out of files whose reading is kept.

        Raises:
            SourceError: a file is truncated, is not parquet, or lacks a column.
        """
        rows = SourceRows(pd.DataFrame({name: pd.Series(dtype=_DTYPES[kind]) for name, kind in family.columns.items()}))
        frames: list[pd.DataFrame] = []
        records: list[pd.DataFrame] = []
        for name, season in self.files(family, seasons):
            frame, found = self._read_once(family, name, season, span)
            frames.append(frame.copy())
            records.extend(part.copy() for part in found)
            rows.files[name] = season
        if frames:
            rows.frame = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
        else:
            rows.frame = rows.frame.assign(_file=pd.Series(dtype=_DTYPES["text"]), _row=pd.Series(dtype="int64"))
        if records:
            rows.records = pd.concat([part.astype(RECORD_TYPES) for part in records], ignore_index=True)
        return rows

    def _read_once(self, family: Family, name: str, season: Season | None, span: Span | None) -> Reading:
        """A file's rows and records; small files are cached, because half of the raw tables read the same schedules."""
        stamp = self._stamp(name)
        key = (self.root, repr(family), name, stamp)
        if key in _read_before:
            _read_before.move_to_end(key)
            return _read_before[key]
        kept = None if self._readings is None else self._kept(self._readings, family, name, stamp, span)
        found = kept or self._read_file(family, name, season)
        if kept is None and self._readings is not None and self._stamp(name) == stamp:
            # With another stamp the rows may be those of another content.
            content = _hash_of_file(self._files, f"{self._path}/{name}", stamp)
            days = None if span is None else _days(family, found[0])
            self._readings.save(content, name, family, found, days)
        if len(found[0]) <= _KEPT_ROWS and (span is None or kept is None):
            _read_before[key] = found
            while len(_read_before) > _KEPT_FILES:
                _read_before.popitem(last=False)
        return found

    def _kept(self, readings: KeptReadings, family: Family, name: str, stamp: str, span: Span | None) -> Reading | None:
        """The rows and records that were kept when a file of this content was read."""
        content = _hash_of_file(self._files, f"{self._path}/{name}", stamp)
        dtypes = {column: _DTYPES[kind] for column, kind in family.columns.items()}
        return readings.load(content, name, family, dtypes | {"_row": "int64", "_file": _DTYPES["text"]}, span)

    def _stamp(self, name: str) -> str:
        """Modification time and size of the file, which change whenever the file does."""
        info = self._files.info(f"{self._path}/{name}")
        return f"{info.get('mtime') or info.get('ETag') or ''} {info['size']}"

    def _read_file(self, family: Family, name: str, season: Season | None) -> Reading:
        table = self._table(family, name)
        rows = np.arange(table.num_rows)
        records: list[pd.DataFrame] = []
        if family.where is not None:
            table = _without_views(table)
            wanted, unknown = self._wanted(family, name, table)
            if unknown.any():
                records.append(_unknown_records(family, name, table.filter(pa.array(unknown)), np.flatnonzero(unknown)))
            rows = np.flatnonzero(wanted)
            table = table.filter(pa.array(wanted))
        frame = pd.DataFrame({"_row": rows})
        misfits: list[pd.DataFrame] = []
        empty: list[str] = []
        gaps: dict[str, np.ndarray] = {}
        for column, kind in family.columns.items():
            if column not in table.column_names:
                frame[column] = pd.Series(pd.NA, index=frame.index, dtype=_DTYPES[kind])
                continue
            cells = _cells(family, column, table.column(column))
            if self._is_empty(family, name, column, cells, rows):
                empty.append(column)
            elif column not in (*family.has_gaps, *family.may_be_empty, *family.optional):
                is_missing = _is_missing(cells)
                if is_missing.any():
                    gaps[column] = is_missing
            frame[column] = cells.values
            if len(cells.bad):
                found = {"_row": rows[cells.bad.index], "column_name": column, "value": cells.bad.to_numpy()}
                misfits.append(pd.DataFrame(found | {"reason": _misfit(family, column)}))
        frame["_file"] = pd.Series(name, index=frame.index, dtype=_DTYPES["text"])
        records += [_empty_records(name, empty, len(rows))] if empty else []
        records += [_gap_records(family, column, frame[is_missing]) for column, is_missing in gaps.items()]
        if misfits:
            bad = pd.concat(misfits, ignore_index=True)
            records.append(_misfit_records(family, bad.merge(frame, on="_row", suffixes=("", "_read"))))
            frame = frame[~frame["_row"].isin(bad.loc[~bad["column_name"].isin(family.minor), "_row"])]
        if not family.has_real_repeats and len(frame):
            repeated = frame.duplicated(list(family.columns), keep="first")
            if bool(repeated.any()):
                records.append(_repeat_records(family, frame[repeated]))
                frame = frame[~repeated]
        if family.is_set:
            frame = frame.drop_duplicates(list(family.columns))
        return frame.reset_index(drop=True), records

    def _wanted(self, family: Family, name: str, table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        """Which rows of the file belong to the family, according to its `where`, and which to nothing that is known.

        Raises:
            SourceError: no row does; a changed spelling of the market would look like a day without quotes.
        """
        assert family.where is not None
        column, values = family.where
        texts = text_cells(table.column(column)).values.str.strip()
        wanted = texts.isin(values).to_numpy(dtype=bool)
        if not wanted.any():
            found = ", ".join(repr(text) for text in texts.dropna().unique()[:3]) or "no value at all"
            raise SourceError(
                f"{self.root}/{name}: no row has {' or '.join(values)} in column {column}, found {found}. "
                "Correct the file or fetch it again; nothing was written."
            )
        distinct = pd.Series(texts.unique(), dtype=TEXT)
        is_other = distinct.str.fullmatch(family.others).fillna(False).astype(bool)
        return np.asarray(wanted), ~wanted & ~texts.isin(distinct[is_other]).to_numpy(dtype=bool)

    def _is_empty(self, family: Family, name: str, column: str, cells: Cells, rows: np.ndarray) -> bool:
        """Whether a column has no values; an empty column of a short file is recorded.

        A column with mostly values of another type, or without values in a long file, is not the declared column. In a
        file of few rows, such as a season's first days, it is possible that no row has a value yet.

        Raises:
            SourceError: the column is not the declared one; the message has file, column, first value and its row.
        """
        if cells.bad.empty and _values_given(cells.values.head(FEWEST_ROWS_JUDGED)):
            return False  # as for nearly every column: the other rows cannot change the answer
        given, bad = _values_given(cells.values), len(cells.bad)
        if bad > MOST_UNREADABLE * (given + bad):
            raise SourceError(
                f"{self.root}/{name}: column {column} is to hold {_expected(family, column)}, and {bad} of its "
                f"{given + bad} values are none, the first is {cells.bad.iloc[0]!r} in row {rows[cells.bad.index[0]]}. "
                "Correct the file or fetch it again; nothing was written."
            )
        if given + bad > 0 or column in (*family.may_be_empty, *family.optional):
            return False
        if len(rows) >= FEWEST_ROWS_JUDGED:
            raise SourceError(
                f"{self.root}/{name}: column {column} has no value in any of the {len(rows)} rows; the family needs "
                "it. Correct the file or fetch it again; nothing was written."
            )
        return True

    def _table(self, family: Family, name: str) -> pa.Table:
        path = f"{self._path}/{name}"
        try:
            with self._files.open(path, "rb") as opened:
                file = pq.ParquetFile(opened)
                present = file.schema_arrow.names
                missing = [c for c in family.columns if c not in present and c not in family.optional]
                if missing:
                    raise SourceError(
                        f"{self.root}/{name}: column {', '.join(missing)} is missing; the family needs it. "
                        f"Found: {', '.join(present)}."
                    )
                twice = [column for column in family.columns if present.count(column) > 1]
                if twice:
                    raise SourceError(f"{self.root}/{name}: column {', '.join(twice)} is there more than once.")
                table = file.read(columns=[c for c in family.columns if c in present])
        except (pa.ArrowException, OSError) as error:
            raise SourceError(
                f"{self.root}/{name} cannot be read as parquet ({error}); it may be truncated. Fetch the file again."
            ) from error
        if table.num_rows == 0:
            raise SourceError(
                f"{self.root}/{name} holds no row. Fetch the file again, or remove it: a season without a file is "
                "reported as absent."
            )
        return table


@lru_cache(maxsize=512)
def _hash_of_file(files: Any, path: str, stamp: str) -> bytes:
    digest = hashlib.sha256()
    with files.open(path, "rb") as opened:
        while block := opened.read(1 << 20):
            digest.update(block)
    return digest.digest()


def _values_given(values: pd.Series) -> int:
    """How many values are neither NULL nor blank."""
    is_given = values.notna()
    if pd.api.types.is_string_dtype(values.dtype):
        is_given &= (values.fillna("").str.strip() != "").astype(bool)
    return int(is_given.sum())


def _is_missing(cells: Cells) -> np.ndarray:
    """Which cells have no value: NULL or an empty text, and not one that could not be read."""
    values = cells.values
    is_missing = values.isna()
    if pd.api.types.is_string_dtype(values.dtype):
        is_missing |= (values == "").fillna(False).astype(bool)
    mask = is_missing.to_numpy(dtype=bool, copy=True)
    mask[cells.bad.index] = False
    return np.asarray(mask)


def _cells(family: Family, column: str, values: pa.ChunkedArray) -> Cells:
    kind = family.columns[column]
    if kind != "text":
        return number_cells(values, kind)
    cells, form = text_cells(values, family.dates.get(column)), family.forms.get(column)
    return cells if form is None else without_odd(cells, form)


def _expected(family: Family, column: str) -> str:
    """What a column must contain, in words."""
    printed = family.dates.get(column)
    if column in family.forms:
        return family.forms[column].words
    if printed is None:
        return f"a value of type {family.columns[column]}"
    return f"a {'day' if printed.is_day else 'moment'} printed as {' or '.join(printed.forms)}"


def _misfit(family: Family, column: str) -> str:
    return "not " + _expected(family, column)


def _misfit_records(family: Family, cells: pd.DataFrame) -> pd.DataFrame:
    """One record per cell whose value does not fit its column's type; `cells` contains the whole row."""
    return pd.DataFrame(
        {
            "game_date": _days(family, cells),
            "action": np.where(cells["column_name"].isin(family.minor), "nulled", "set_aside"),
            "reason": cells["reason"],
            "key": pd.NA,
            "source_file": cells["_file"],
            "source_row": cells["_row"],
            "column_name": cells["column_name"],
            "value": cells["value"],
            "rows": 1,
        }
    )


def _without_views(table: pa.Table) -> pa.Table:
    """The table with plain texts instead of text views, which pyarrow cannot filter."""
    views = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    return table.cast(pa.schema([column.with_type(views.get(column.type, column.type)) for column in table.schema]))


def _unknown_records(family: Family, name: str, table: pa.Table, rows: np.ndarray) -> pd.DataFrame:
    """One record per day with the number of rows of no known market; their columns may be shifted."""
    assert family.where is not None
    column = family.where[0]
    texts = text_cells(table.column(column)).values
    found = pd.DataFrame({"_row": rows, "value": texts.fillna("")})
    if family.day is not None:
        found[family.day] = _cells(family, family.day, table.column(family.day)).values
    found["day"] = _days(family, found)
    counted = found.groupby("day", dropna=False).agg(
        row=("_row", "min"), value=("value", "first"), rows=("_row", "size")
    )
    counted = counted.reset_index()
    return pd.DataFrame(
        {
            "game_date": counted["day"],
            "action": "set_aside",
            "reason": "of no known market",
            "key": pd.NA,
            "source_file": name,
            "source_row": counted["row"],
            "column_name": column,
            "value": counted["value"],
            "rows": counted["rows"],
        }
    )


def _gap_records(family: Family, column: str, rows: pd.DataFrame) -> pd.DataFrame:
    """One record per day with the number of rows without a value in a column that every row of the family has."""
    days = _days(family, rows)
    counted = rows.assign(day=days).groupby("day", dropna=False)["_row"].agg(["min", "size"]).reset_index()
    return pd.DataFrame(
        {
            "game_date": counted["day"],
            "action": "nulled",
            "reason": "rows without a value that every row has",
            "key": pd.NA,
            "source_file": rows["_file"].iloc[0],
            "source_row": counted["min"],
            "column_name": column,
            "value": pd.NA,
            "rows": counted["size"],
        }
    )


def _empty_records(name: str, columns: Sequence[str], rows: int) -> pd.DataFrame:
    """One record per column of a short file that has no values."""
    return pd.DataFrame(
        {
            "game_date": pd.Series(pd.NaT, index=range(len(columns)), dtype="datetime64[ns]"),
            "action": "nulled",
            "reason": "no row of the file has a value",
            "key": pd.NA,
            "source_file": name,
            "source_row": pd.NA,
            "column_name": list(columns),
            "value": pd.NA,
            "rows": rows,
        }
    )


def _repeat_records(family: Family, repeats: pd.DataFrame) -> pd.DataFrame:
    """One record per day with the number of exact duplicates of earlier rows."""
    counted = _days(family, repeats).value_counts(dropna=False).sort_index()
    return pd.DataFrame(
        {
            "game_date": counted.index,
            "action": "duplicate",
            "reason": "the same row again",
            "key": pd.NA,
            "source_file": repeats["_file"].iloc[0],
            "source_row": pd.NA,
            "column_name": pd.NA,
            "value": pd.NA,
            "rows": counted.to_numpy(),
        }
    )


def _days(family: Family, rows: pd.DataFrame) -> pd.Series:
    """The US Eastern day of each row by its day column; NaT where it has none (`materialise` assigns a day then)."""
    if family.day is None:
        return pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns]")
    days = family.dates[family.day].parse(rows[family.day])
    if not family.dates[family.day].is_day:
        days = days.dt.tz_convert(EASTERN.key).dt.tz_localize(None)
    return days.dt.normalize().astype("datetime64[ns]")
