"""Deviations that real publishers might introduce: every declared column of every file, in every known way.

A deviation is a changed copy of one file of the mini archive. Its effect is judged by the rows of the raw tables that
read the file, computed by their own functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nba_assets.basketball.calendar import FIRST_DAY, Season, day_range, final_at
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.inputs import Rows
from nba_assets.engine import materialise as engine
from nba_assets.engine import registry
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.protocol import Family, SourceError
from nba_assets.sources.quarantine import RECORD_COLUMNS

SEASONS = [Season(2021), Season(2022)]
TABLES: Mapping[str, DailyTable] = {
    name: table
    for name, table in registry.tables().items()
    if table.contract.layer == "raw" and all(item.reach == "source" for item in table.inputs.values())
}
"""Raw tables that read files only."""
PLACE = ["_file", "_row"]
NOISE = "???"
WORDS = "Lorem Ipsum"
"""A text that looks like a name: only a comparison with other rows shows that it is none."""
FREE_TEXT = {"Notes", "reason"}
"""Columns in which any words may stand; a text without a letter is none there either."""
SO_FAR = {"schedule": ["home_game_number", "away_game_number", "games_so_far"]}
"""Columns that count from the first game of the season on: a game that is set aside changes them on all later days, and
its record is on its own day."""


@dataclass(frozen=True)
class Deviation:
    """A file, the kind of change, and the changed table."""

    file: str
    column: str | None
    kind: str
    table: pa.Table

    @property
    def name(self) -> str:
        return f"{self.file} {self.column or 'file'}: {self.kind}"


def _set(table: pa.Table, column: str, values: Any) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, values)


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, "%Y-%m-%d %H:%M:%S")
    return column.cast(pa.string())


def _moments(texts: pa.ChunkedArray, forms: tuple[str, ...]) -> pd.Series | None:
    """Days or times of a date column in one of the formats; None if the column has none of them."""
    values = texts.cast(pa.string()).to_pandas()
    for form in forms:
        found = pd.to_datetime(values, format=form, errors="coerce", utc=True)
        if form != "%Y-%y-%m%d" and bool(found.notna().all()):
            return found
    return None


def _of_column(
    table: pa.Table, column: str, kind: str, forms: tuple[str, ...], is_day: bool
) -> Iterator[tuple[str, pa.Table]]:
    """Deviations of one column: kind of change, and the changed file."""
    values = table.column(column)
    texts = _texts(values)
    rng = np.random.default_rng(len(column))
    one, half = int(rng.integers(table.num_rows)), rng.permutation(table.num_rows)[: table.num_rows // 2]
    plain = texts.to_pylist()

    def with_text(rows: list[int] | np.ndarray, text: str | None) -> pa.Table:
        changed = list(plain)
        for row in rows:
            changed[int(row)] = text
        return _set(table, column, pa.array(changed, pa.string()))

    yield "text", _set(table, column, texts)
    yield "large text", _set(table, column, texts.cast(pa.large_string()))
    yield "text view", _set(table, column, texts.cast(pa.string_view()))
    yield "bytes", _set(table, column, texts.cast(pa.binary()))
    yield "dictionary", _set(table, column, values.dictionary_encode())
    yield "all NULL, no type", _set(table, column, pa.nulls(table.num_rows))
    yield "all NULL", _set(table, column, pa.nulls(table.num_rows, values.type))
    yield "all blank", _set(table, column, pa.array([""] * table.num_rows))
    yield "NULL printed as nan", with_text(np.flatnonzero(values.is_null().to_numpy()), "nan")
    yield "NULL printed as None", with_text(np.flatnonzero(values.is_null().to_numpy()), "None")
    yield "one NULL", with_text([one], None)
    yield "one cell of noise", with_text([one], NOISE)
    yield "half noise", with_text(half, NOISE)
    if not pa.types.is_primitive(values.type) and column not in FREE_TEXT:
        yield "one cell of words", with_text([one], WORDS)
        yield "half words", with_text(half, WORDS)
    yield "all noise", _set(table, column, pa.array([NOISE] * table.num_rows))
    yield "renamed", table.rename_columns([f"{name}_new" if name == column else name for name in table.column_names])
    yield (
        "in capitals",
        table.rename_columns([name.swapcase() if name == column else name for name in table.column_names]),
    )
    yield "lists", _set(table, column, pa.array([[text] for text in plain], pa.list_(pa.string())))
    is_number = kind in ("integer", "number") or all(text is None or str(text).isdigit() for text in plain)
    if is_number:
        numbers = pc.cast(texts, pa.float64())
        yield "floats", _set(table, column, numbers)
        yield (
            "texts of floats",
            _set(table, column, pa.array([None if v is None else str(v) for v in numbers.to_pylist()])),
        )
        yield "narrow floats", _set(table, column, pa.array(numbers.to_numpy(), pa.float32(), from_pandas=True))
        yield "decimals", _set(table, column, numbers.cast(pa.decimal128(38, 6)))
        if kind != "number":
            yield "integers", _set(table, column, numbers.cast(pa.int64()))
            yield (
                "padded ids",
                with_text(range(table.num_rows), None)
                if kind == "x"
                else _set(table, column, pa.array([None if t is None else f"{int(float(t)):010d}" for t in plain])),
            )
    if kind == "boolean":
        yield "flags as numbers", _set(table, column, values.cast(pa.int8()))
        yield (
            "flags as words",
            _set(table, column, pa.array([None if v is None else str(v) for v in values.to_pylist()])),
        )
    moments = _moments(texts, forms) if forms else None
    if moments is not None:
        plain_time = moments.dt.tz_localize(None)
        yield "naive timestamps", _set(table, column, pa.array(plain_time, pa.timestamp("us")))
        yield "nanoseconds", _set(table, column, pa.array(plain_time, pa.timestamp("ns")))
        yield "UTC timestamps", _set(table, column, pa.array(moments, pa.timestamp("us", "UTC")))
        eastern = plain_time.dt.tz_localize("America/New_York") if is_day else moments.dt.tz_convert("America/New_York")
        yield "eastern timestamps", _set(table, column, pa.array(eastern, pa.timestamp("us", "America/New_York")))
        yield "dates", _set(table, column, pa.array(plain_time.dt.date, pa.date32()))
        yield "milliseconds", _set(table, column, pa.array(plain_time.astype("datetime64[ms]").astype("int64")))
        for form in (
            "%Y-%m-%d",
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%dT%H:%M:%SZ",
            "%d.%m.%Y",
            "%m/%d/%Y",
            "%Y%m%d",
            "%d/%m/%Y %H:%M",
        ):
            yield f"printed {form}", _set(table, column, pa.array(plain_time.dt.strftime(form)))


def _of_file(table: pa.Table, columns: Mapping[str, str]) -> Iterator[tuple[str, pa.Table]]:
    """Deviations of the complete file."""
    rng = np.random.default_rng(table.num_rows)
    rows = table.num_rows
    first = table.slice(0, min(3, rows))
    yield "no row", table.slice(0, 0)
    yield "every row twice", pa.concat_tables([table, table])
    yield "rows appended again", pa.concat_tables([table, first])
    yield "shuffled", table.take(pa.array(rng.permutation(rows)))
    yield "reversed", table.take(pa.array(np.arange(rows)[::-1]))
    yield (
        "extra columns",
        table.append_column("added", pa.array(range(rows))).append_column("Unnamed: 0", pa.nulls(rows)),
    )
    yield "columns in another order", table.select(table.column_names[::-1])
    as_text = pa.table({name: _texts(table.column(name)).cast(pa.string()) for name in table.column_names})
    header = pa.table({name: pa.array([name]) for name in table.column_names})
    yield "everything as text", as_text
    yield "header as data", pa.concat_tables([header, as_text])
    yield "header in the middle", pa.concat_tables([as_text.slice(0, rows // 2), header, as_text.slice(rows // 2)])
    for column, kind in columns.items():
        if kind in ("integer", "number") and pa.types.is_primitive(table.column(column).type):
            values = table.column(column)
            corrected = _set(first, column, pc.add(values.slice(0, len(first)), pa.scalar(2).cast(values.type)))
            yield f"corrected {column} appended", pa.concat_tables([table, corrected])
            yield f"corrected {column} put first", pa.concat_tables([corrected, table])


class League:
    """The mini archive in memory: its files, the families as read, and the resulting rows of the raw tables."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.archive = Archive(str(folder))
        self.work = Archive(str(work))
        self.folder, self.out = folder, work
        last = pd.Timestamp("2023-06-30").date()
        self.days = pd.DatetimeIndex(day_range(FIRST_DAY, last))
        self.files: dict[str, list[tuple[Family, Season | None]]] = {}
        for family in FAMILIES.values():
            for name, season in self.archive.files(family, SEASONS):
                self.files.setdefault(name, []).append((family, season))

    def deviations(self, file: str, only: Sequence[str] = ()) -> Iterator[Deviation]:
        """The deviations of a file; with `only`, those of the complete file whose kind begins with one of the words."""
        table = pq.read_table(self.folder / file)
        columns: dict[str, str] = {}
        dates: dict[str, Any] = {}
        for family, _ in self.files[file]:
            columns |= dict(family.columns)
            dates |= dict(getattr(family, "dates", {}))
        columns = {name: kind for name, kind in columns.items() if name in table.column_names}
        for kind, changed in _of_file(table, columns):
            if not only or kind.startswith(tuple(only)):
                yield Deviation(file, None, kind, changed)
        if only:
            return
        for column, kind in columns.items():
            printed = dates.get(column)
            forms, is_day = ((), False) if printed is None else (printed.forms, printed.is_day)
            for what, changed in _of_column(table, column, kind, forms, is_day):
                yield Deviation(file, column, what, changed)

    @cached_property
    def read(self) -> dict[tuple[str, str], tuple[pd.DataFrame, pd.DataFrame]]:
        """(file, family) -> rows and records."""
        return {
            (file, family.name): self._read_one(self.archive, file, family, season)
            for file, users in self.files.items()
            for family, season in users
        }

    def _read_one(
        self, archive: Archive, file: str, family: Family, season: Season | None
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        frame, records = archive._read_file(family, file, season)
        made = [part.reindex(columns=list(RECORD_COLUMNS)).astype(engine.RECORD_TYPES) for part in records]
        return frame, pd.concat(made, ignore_index=True) if made else pd.DataFrame(columns=list(RECORD_COLUMNS))

    @cached_property
    def made(self) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
        """Table -> its rows and records from the unchanged files; cached."""
        return {}

    def make(
        self, table: DailyTable, read: Mapping[tuple[str, str], tuple[pd.DataFrame, pd.DataFrame]]
    ) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
        frames: dict[str, Any] = {}
        records: list[pd.DataFrame] = []
        for argument, item in table.inputs.items():
            parts = [value for (_, name), value in read.items() if name == item.name]
            frames[argument] = (
                pd.concat([frame for frame, _ in parts], ignore_index=True)
                if parts
                else self.archive.read(FAMILIES[item.name], []).frame
            )
            records += [found for _, found in parts]
        result = table.function(**{name: frame.copy() for name, frame in frames.items()}, days=self.days)
        rows = result if isinstance(result, Rows) else Rows(result)
        frame = rows.frame[rows.frame["game_date"].isin(self.days)]
        frame, broken = engine._set_aside_broken(table.contract, frame)
        records += [broken] if rows.records is None else [broken, rows.records]
        made = [part.reindex(columns=list(RECORD_COLUMNS)).astype(engine.RECORD_TYPES) for part in records if len(part)]
        return frame, pd.concat(made, ignore_index=True) if made else pd.DataFrame(columns=list(RECORD_COLUMNS)), frames

    def results(self, deviation: Deviation) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
        """Rows and records of the tables that get rows from the file; of all its readers if it only helps."""
        read = dict(self.read)
        self._touched(deviation, read)
        families = {family.name for family, _ in self.files[deviation.file]}
        inputs = {name: table.inputs.values() for name, table in TABLES.items()}
        fed = [name for name in inputs if families & {item.name for item in inputs[name] if item.brings_rows}]
        readers = [name for name in inputs if families & {item.name for item in inputs[name]}]
        return {name: self.make(TABLES[name], read)[:2] for name in fed or readers}

    def reads_the_same(self, deviation: Deviation) -> bool:
        """Whether the file is rejected by name, or every family reads the same rows from it."""
        return not self._touched(deviation, dict(self.read))

    def judge(self, deviation: Deviation) -> str | None:
        """None if the deviation is harmless, else its silent effect on the tables that read the file.

        Harmless: an error that names the file; the same rows; or changed rows if every changed day has a new record (or
            there is one without a day) and no finished day lost half of its rows.
        """
        read = dict(self.read)
        touched = self._touched(deviation, read)
        for name, table in TABLES.items():
            if touched & {item.name for item in table.inputs.values() if item.brings_rows}:
                harm = self._harm(table, read)
                if harm is not None:
                    return f"{name}: {harm}"
        return None

    def _touched(
        self, deviation: Deviation, read: dict[tuple[str, str], tuple[pd.DataFrame, pd.DataFrame]]
    ) -> set[str]:
        """Families that read different rows from the file; stored in `read`. None if the file is rejected."""
        path = self.out / deviation.file
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(deviation.table, path)
        touched = set()
        try:
            for family, season in self.files[deviation.file]:
                key = (deviation.file, family.name)
                read[key] = self._read_one(self.work, deviation.file, family, season)
                if content(read[key][0], []) != content(self.read[key][0], []):
                    touched.add(family.name)
        except SourceError as error:
            if deviation.file not in str(error):
                raise
            return set()
        return touched

    def _harm(self, table: DailyTable, read: Mapping[tuple[str, str], tuple[pd.DataFrame, pd.DataFrame]]) -> str | None:
        rows, records, frames = self.make(table, read)
        if table.name not in self.made:
            self.made[table.name] = self.make(table, self.read)[:2]
        before, records_before = self.made[table.name]
        # The row number in the file is a part of an injury row.
        ignored = ["row"] if table.name == "injury_transactions" else []
        days = sorted(set(before["game_date"]) | set(rows["game_date"]))
        ours, theirs = dict(tuple(rows.groupby("game_date"))), dict(tuple(before.groupby("game_date")))
        changed = [
            day
            for day in days
            if day not in ours or day not in theirs or content(ours[day], ignored) != content(theirs[day], ignored)
        ]
        if not changed:
            return None
        held = before["game_date"].value_counts()
        ledger = pd.DataFrame({"game_date": held.index, "rows": held.to_numpy(), "status": "ok"})
        refuse: Callable[..., None] | None = getattr(engine, "_refuse_shrinking", None)
        if refuse is not None:
            platform = SimpleNamespace(warehouse=SimpleNamespace(snapshot=lambda: _Held(before)))
            try:
                refuse(table, ledger, rows, frames, records, final_at(self.days[-1].date()), platform)
            except SourceError:
                return None
        counts = rows["game_date"].value_counts().reindex(held.index, fill_value=0)
        shrunk = held.index[(counts < 0.5 * held).to_numpy()]
        if len(shrunk) and refuse is None:
            return f"{shrunk[0]:%Y-%m-%d} had {held[shrunk[0]]} rows and has {counts[shrunk[0]]}"
        new = fresh(records, records_before)
        is_undated = bool(new["game_date"].isna().any())
        if table.name in SO_FAR and len(new):
            ignored = ignored + SO_FAR[table.name]
            is_later = {day for day in changed if day > new["game_date"].min() and day in ours and day in theirs}
            changed = [
                day
                for day in changed
                if day not in is_later or content(ours[day], ignored) != content(theirs[day], ignored)
            ]
        silent = [day for day in changed if not is_undated and day not in set(new["game_date"])]
        return (
            f"rows of {silent[0]:%Y-%m-%d} and {len(silent) - 1} other days differ without a record" if silent else None
        )


class _Held:
    """A snapshot of a warehouse with these rows."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.rows = rows

    def __enter__(self) -> _Held:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def read(self, contract: object, first: object, last: object, columns: list[str]) -> pd.DataFrame:
        days = self.rows["game_date"]
        return self.rows.loc[days.between(pd.Timestamp(first), pd.Timestamp(last)), columns]


def content(frame: pd.DataFrame, ignored: list[str]) -> tuple[int, int]:
    """Content of the rows, independent of their order and position in the file."""
    columns = sorted(set(frame.columns) - {*PLACE, *ignored})
    hashed = pd.util.hash_pandas_object(frame[columns], index=False).to_numpy(dtype=np.uint64)
    return int(hashed.sum(dtype=np.uint64)), len(frame)


def fresh(records: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """New records: those exceeding the previous number per action, reason and day."""
    key = ["game_date", "action", "reason"]
    now, then = (frame.groupby(key, dropna=False)["rows"].sum() for frame in (records, before))
    gained = now.sub(then.reindex(now.index).fillna(0)) > 0
    return now[gained.to_numpy()].reset_index()
