"""Readers: parse one downloaded piece into a frame of its columns, unedited.

`columns.conform` converts the columns to their types afterwards. A CSV reader must know in advance which columns are
text: ids with leading zeros, and codes that look like numbers, would otherwise become numbers. A CSV cell is NULL where
it is empty or one of pandas' spellings of NULL (`NA`, `nan`, ...). A number becomes the nearest double (`round_trip`):
pandas' faster parser is occasionally off by the last bit.
"""

from __future__ import annotations

import sqlite3
import warnings
import zipfile
from collections.abc import Callable, Collection
from contextlib import closing
from gzip import BadGzipFile
from pathlib import Path
from typing import IO

import orjson
import pandas as pd

Reader = Callable[[Path, Collection[str]], pd.DataFrame]
"""(file, names of the columns that are text) -> rows."""


class ReadError(ValueError):
    """A piece is not a valid file of the kind that its source declares."""


def _csv(file: Path | IO[bytes], text: Collection[str]) -> pd.DataFrame:
    return pd.read_csv(file, dtype=dict.fromkeys(text, str), float_precision="round_trip", low_memory=False)


def csv(path: Path, text: Collection[str]) -> pd.DataFrame:
    """A CSV file."""
    return _csv(path, text)


def zipped_csv(path: Path, text: Collection[str]) -> pd.DataFrame:
    """The only CSV file of a zip archive; macOS resource forks are ignored."""
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.endswith(".csv") and not n.startswith("__MACOSX/")]
        if len(names) != 1:
            raise ReadError(f"a zip archive with one CSV file was expected; it holds {archive.namelist()}")
        with archive.open(names[0]) as opened:
            return _csv(opened, text)


def rds(path: Path, text: Collection[str]) -> pd.DataFrame:
    """An R data frame; NA becomes NULL, empty strings stay empty."""
    import rdata

    with warnings.catch_warnings():
        # The reader does not know the tibble classes and reads tibbles as data frames, which is correct.
        warnings.filterwarnings("ignore", message="Missing constructor for R class", category=UserWarning)
        frame = rdata.read_rds(path)
    if not isinstance(frame, pd.DataFrame):
        raise ReadError(f"an R data frame was expected, found {type(frame).__name__}")
    return frame


def sqlite_table(table: str) -> Reader:
    """Reads one table of a SQLite file, in the order of its rows."""

    def read(path: Path, text: Collection[str]) -> pd.DataFrame:
        # mode=ro: otherwise SQLite would create a missing file.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return pd.read_sql_query(f'SELECT * FROM "{table}" ORDER BY rowid', connection)

    return read


def xlsx(path: Path, text: Collection[str]) -> pd.DataFrame:
    """The first sheet of a workbook."""
    return pd.read_excel(path, engine="openpyxl")


def parquet(path: Path, text: Collection[str]) -> pd.DataFrame:
    """A parquet file."""
    return pd.read_parquet(path)


def odds_event(path: Path, text: Collection[str]) -> pd.DataFrame:
    """A historical event of The Odds API, one row per outcome; the column name is the JSON path.

    An event without outcomes gives a frame without rows and columns.
    """
    reply = orjson.loads(path.read_bytes())
    if not isinstance(reply, dict) or "data" not in reply:
        raise ReadError(f"an object with the key data was expected, found {str(reply)[:80]}")
    data = reply["data"]
    snapshot = {name: reply[name] for name in ("timestamp", "previous_timestamp", "next_timestamp")}
    event = {f"data.{name}": value for name, value in data.items() if name != "bookmakers"}
    return pd.DataFrame(
        [
            snapshot
            | event
            | {f"bookmakers.{name}": book.get(name) for name in ("key", "title", "last_update")}
            | {f"bookmakers.markets.{name}": market.get(name) for name in ("key", "last_update")}
            | {f"outcomes.{name}": outcome.get(name) for name in ("name", "description", "price", "point")}
            for book in data["bookmakers"]
            for market in book["markets"]
            for outcome in market["outcomes"]
        ]
    )


def read_safely(reader: Reader, path: Path, text: Collection[str]) -> pd.DataFrame:
    """Reads a piece; every exception of a parser on malformed bytes is raised as a ReadError.

    Raises:
        ReadError: the piece is not a complete file of its kind.
        OSError: the piece cannot be opened.
    """
    try:
        return reader(path, text)
    except ReadError:
        raise
    except (OSError, MemoryError) as error:
        if isinstance(error, BadGzipFile):
            raise ReadError(f"cannot be read: {error}") from error
        raise
    except Exception as error:
        raise ReadError(f"cannot be read: {type(error).__name__}: {error}") from error
