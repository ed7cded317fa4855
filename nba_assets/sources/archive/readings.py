"""Readings of archive files, kept below NBA_HOME: the rows and records of a file in their declared types.

Converting and judging the cells of a season's files takes two seconds, loading the result a tenth of it, and a daily
update needs the rows of one day of files that did not change. A reading is named by all that determines it: the content
and the name of the file, the declaration of the family, the code that reads, and the versions of pandas and pyarrow. So
it is never outdated. The folder is a cache and may be deleted at any time: a reading that is missing or damaged is made
again from the file.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nba_assets.sources.protocol import Family, Span
from nba_assets.sources.quarantine import RECORD_COLUMNS, RECORD_TYPES

log = logging.getLogger(__name__)

Reading = tuple[pd.DataFrame, list[pd.DataFrame]]
"""Rows and records of a file."""
MOST_BYTES = 256 * 2**20
"""Size of the folder above which the readings that were not used for longest are deleted; a season takes 8 MB."""
SUFFIX = ".parquet"
_RECORDS = b"nba_assets.records"
"""Key of the metadata with the number of records, which are in a file of their own if there are any."""
_DAY = "_day"
"""Column with the day of each row, by which groups of rows are left out."""
_GROUP = 2**13
"""Rows of a group: quotes of a few days, so that one day is a small part of a season."""
_CODE = ("reader.py", "readings.py", "../cells.py", "../protocol.py", "../quarantine.py")
"""The modules that determine a reading."""


class KeptReadings:
    """A folder of readings; processes may share it."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.folder = folder
        self.most_bytes = most_bytes

    def load(
        self, content: bytes, name: str, family: Family, dtypes: Mapping[str, Any], span: Span | None = None
    ) -> Reading | None:
        """The reading of a file; None if there is none or it is damaged.

        Args:
            content: hash of the file.
            name: of the file, relative to the archive.
            family: by whose declaration it is read.
            dtypes: of the rows, by column.
            span: days; groups of rows that are all of other days are left out.
        """
        path = self._path(content, name, family)
        try:
            table = _table(path, span)
            count = int((table.schema.metadata or {})[_RECORDS])
            rows = _frame(table, dtypes)
            records = _frame(_table(_records_of(path)), RECORD_TYPES) if count else None
            os.utime(path)  # used: of two readings the one that was not used for longer is deleted first
        except (pa.ArrowException, OSError, KeyError, ValueError):
            return None
        if records is None:
            return rows, []
        return (rows, [records]) if len(records) == count else None

    def save(self, content: bytes, name: str, family: Family, reading: Reading, days: pd.Series | None) -> None:
        """Keeps the reading of a file; a killed process leaves a complete reading or none.

        A folder that cannot be written is reported in the log and costs time only: the file is read again each time.

        Args:
            content, name, family: see `load`.
            reading: rows and records.
            days: the day of each row, NaT where it is unknown; the rows are stored by day, so that a span of days is
                loaded alone. None: they are stored in their order, and always loaded as a whole.
        """
        path = self._path(content, name, family)
        rows, parts = reading
        count = sum(len(part) for part in parts)
        if days is not None:
            rows = rows.assign(**{_DAY: days}).sort_values(_DAY, kind="stable")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if count:
                records = pd.concat([part.astype(RECORD_TYPES) for part in parts if len(part)], ignore_index=True)
                _write(_records_of(path), records[list(RECORD_COLUMNS)], 0)
            _write(path, rows, count)
            self._delete_unused()
        except OSError as error:
            log.warning("the reading of %s cannot be kept in %s (%s); it is read again each time", name, path, error)

    def _path(self, content: bytes, name: str, family: Family) -> Path:
        digest = hashlib.sha256(json.dumps([content.hex(), name, repr(family), _code()]).encode())
        return self.folder / f"{digest.hexdigest()}{SUFFIX}"

    def _delete_unused(self) -> None:
        """Deletes the readings that were not used for longest, until the rest is within the bound."""
        found = []
        for path in self.folder.glob(f"*{SUFFIX}"):
            try:
                found.append((path.stat(), path))
            except FileNotFoundError:  # another process deleted it
                continue
        excess = sum(stat.st_size for stat, _ in found) - self.most_bytes
        for stat, path in sorted(found, key=lambda item: item[0].st_mtime_ns):
            if excess <= 0:
                return
            path.unlink(missing_ok=True)
            excess -= stat.st_size


def _records_of(path: Path) -> Path:
    return path.with_name(f"{path.stem}.records{SUFFIX}")


def _write(path: Path, frame: pd.DataFrame, records: int) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata({_RECORDS: str(records)})
    temporary = path.with_name(f".{uuid.uuid4().hex}{SUFFIX}")
    try:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True, row_group_size=_GROUP)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _table(path: Path, span: Span | None = None) -> pa.Table:
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        names = [name for name in file.schema_arrow.names if name != _DAY]
        groups = list(range(file.num_row_groups))
        if span is not None:
            groups = [group for group in groups if _may_be_of(file.metadata.row_group(group), span)]
        table = file.read_row_groups(groups, columns=names, use_threads=False).combine_chunks()
        return table.sort_by("_row") if _DAY in file.schema_arrow.names else table


def _may_be_of(group: pq.RowGroupMetaData, span: Span) -> bool:
    """Whether a group of rows has a row of the days or one whose day is unknown."""
    columns = (group.column(place) for place in range(group.num_columns))
    days = next((column.statistics for column in columns if column.path_in_schema == _DAY), None)
    if days is None or not days.has_min_max or days.null_count:
        return True
    return bool(days.min.date() <= span[1] and days.max.date() >= span[0])


def _frame(table: pa.Table, dtypes: Mapping[str, Any]) -> pd.DataFrame:
    """The table in these dtypes, as it was when it was saved."""
    found: dict[str, Any] = {}
    for name, values in zip(table.column_names, table.columns, strict=True):
        dtype = pd.api.types.pandas_dtype(dtypes[name])
        if isinstance(dtype, pd.api.extensions.ExtensionDtype):
            found[name] = pd.array([], dtype=dtype) if len(values) == 0 else dtype.__from_arrow__(values)
        else:
            found[name] = values.to_numpy().astype(dtype)
    return pd.DataFrame(found, copy=False)


@cache
def _code() -> str:
    """A hash of the code that reads a file, and of the libraries that represent its rows."""
    digest = hashlib.sha256(f"{pd.__version__} {pa.__version__}".encode())
    for name in _CODE:
        digest.update(Path(__file__).parent.joinpath(name).read_bytes())
    return digest.hexdigest()
