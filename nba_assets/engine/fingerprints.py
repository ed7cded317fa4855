"""Fingerprints of the inputs of each day of a table, and the input days that are missing.

The fingerprint of a day is the sum modulo 2^64 of the code version of the table, per input table the content hashes of
the days in the window, and per source family the hash of the season's files. The parts are stored with the sum, so that
a later comparison can name the input that changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY, Season
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.inputs import Input
from nba_assets.engine.code_version import code_version
from nba_assets.engine.content_hash import as_uint64
from nba_assets.engine.coverage import covered_from, names_of_absent
from nba_assets.engine.platform import Platform
from nba_assets.sources.families import FAMILIES
from nba_assets.sources.protocol import Family, Growing, Source
from nba_assets.warehouses.protocol import Snapshot

_ABSENT_DAY = np.uint64(0x9E3779B97F4A7C15)
"""Added to the sum for a day without a ledger row; any odd constant would do."""
_PARTIAL_DAY = np.uint64(0xBF58476D1CE4E5B9)
_ABSENT_SOURCE = np.uint64(0x94D049BB133111EB)
"""Added to the hash of a day with that status if tables that read it inherit the status: they are stale once the status
changes, even if the rows do not."""
_READ = ("table_name", "game_date", "content_hash", "status", "reason", "code_version", "inputs_hash")
"""Columns of the ledger."""


@dataclass(frozen=True)
class LedgerRows:
    """Ledger rows as arrays, so that every input that reads the table uses them without a conversion.

    day: days since 1970. has_hash, token: whether the row has a content hash, and its first eight bytes. status,
    reason, code_version, inputs_hash: texts, None where NULL.
    """

    day: np.ndarray
    has_hash: np.ndarray
    token: np.ndarray
    status: np.ndarray
    reason: np.ndarray
    code_version: np.ndarray
    inputs_hash: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame) -> LedgerRows:
        """From rows in the columns of `quality.partition_log`, of one table at most one for each day.

        Without rows no column is read.
        """
        if rows.empty:
            texts = (np.empty(0, dtype=object) for _ in range(4))
            return cls(*(np.empty(0, dtype=kind) for kind in (np.int64, bool, np.uint64)), *texts)
        hashes = rows["content_hash"]
        has_hash = hashes.notna().to_numpy(dtype=bool)
        token = np.zeros(len(rows), dtype=np.uint64)
        token[has_hash] = as_uint64(hashes[has_hash].tolist())
        texts = (
            rows[name].to_numpy(dtype=object, na_value=None)
            for name in ("status", "reason", "code_version", "inputs_hash")
        )
        return cls(day_numbers(rows["game_date"]), has_hash, token, *texts)

    def part(self, start: int, stop: int) -> LedgerRows:
        """The rows from `start` up to, not including, `stop`."""
        return LedgerRows(*(getattr(self, each.name)[start:stop] for each in fields(self)))

    def by_day(self, values: np.ndarray, first: date, last: date, fill: object) -> np.ndarray:
        """One of the arrays by day, from `first` to `last`; `fill` for days without a row."""
        length = max(0, (last - first).days + 1)
        found = np.full(length, fill, dtype=values.dtype)
        position = self.day - np.datetime64(first, "D").astype(np.int64)
        is_inside = (position >= 0) & (position < length)
        found[position[is_inside]] = values[is_inside]
        return found


NO_ROWS = LedgerRows.of(pd.DataFrame())


def day_numbers(days: pd.Series | pd.DatetimeIndex) -> np.ndarray:
    """Days since 1970."""
    return days.to_numpy(dtype="datetime64[D]").astype(np.int64)


@dataclass
class Fingerprints:
    """The fingerprints of the days of a table.

    parts: the part of each day's fingerprint by declared input, in their order.
    """

    days: pd.DatetimeIndex
    code_version: str
    parts: dict[str, np.ndarray]

    @cached_property
    def sums(self) -> np.ndarray:
        """The fingerprints without their parts: the sum in 16 hex digits (object array)."""
        code = np.full(len(self.days), as_uint64([self.code_version])[0], dtype=np.uint64)
        return np.array(_hex(sum(self.parts.values(), code)), dtype=object)

    @cached_property
    def inputs_hash(self) -> list[str]:
        """The fingerprints as stored in the ledger: the sum in 16 hex digits, then each part, separated by dots."""
        columns = [self.sums, *(_hex(part) for part in self.parts.values())]
        return [".".join(row) for row in zip(*columns, strict=True)]


@dataclass
class InputsState(Fingerprints):
    """The inputs of each day of a table.

    missing: number of missing input days.
    reason: which input days are missing.
    absent: why no source covers the day.
    lacking: families without a file, of days that other families cover.
    """

    missing: pd.Series = field(init=False)
    reason: pd.Series = field(init=False)
    absent: pd.Series = field(init=False)
    lacking: pd.Series = field(init=False)

    def __post_init__(self) -> None:
        self.missing = pd.Series(0, index=self.days, dtype="int64")
        self.reason = pd.Series(None, index=self.days, dtype="object")
        self.absent = pd.Series(None, index=self.days, dtype="object")
        self.lacking = pd.Series(None, index=self.days, dtype="object")


def _hex(values: np.ndarray) -> list[str]:
    """Each uint64 in 16 hex digits."""
    digits = values.astype(">u8").tobytes().hex()
    return [digits[start : start + 16] for start in range(0, len(digits), 16)]


def ledgers(
    tables: Iterable[DailyTable], snapshot: Snapshot, first: date | None = None, last: date | None = None
) -> dict[str, LedgerRows]:
    """Ledger rows of the tables and of those that they read, by table, from a single query."""
    chosen = list(tables)
    names = {item.name for table in chosen for item in table.inputs.values() if item.reach != "source"}
    found = snapshot.ledger(sorted(names | {table.name for table in chosen}), first, last, _READ)
    rows = LedgerRows.of(found)
    of_table = found["table_name"].to_numpy(dtype=object)  # the rows are sorted by table
    bounds = [0, *(np.flatnonzero(of_table[1:] != of_table[:-1]) + 1).tolist(), len(found)] if len(found) else []
    return {str(of_table[start]): rows.part(start, stop) for start, stop in pairwise(bounds)}


def fingerprints(
    table: DailyTable, days: pd.DatetimeIndex, platform: Platform, known: Mapping[str, LedgerRows]
) -> Fingerprints:
    """The fingerprints of the days, in ascending order. known: the result of `ledgers`."""
    parts: dict[str, np.ndarray] = {}
    for argument, item in table.inputs.items():
        if item.reach == "source":
            parts[argument] = _part_of_family(FAMILIES[item.name], days, platform.archive)
        else:
            parts[argument] = _part_of_table(table, item, days, known.get(item.name, NO_ROWS))
    return Fingerprints(days, code_version(table), parts)


def inputs_state(
    table: DailyTable, days: Sequence[date] | pd.DatetimeIndex, platform: Platform, snapshot: Snapshot
) -> InputsState:
    """The state of the inputs of the days, in ascending order, in the snapshot."""
    index = pd.DatetimeIndex(days)
    spans = [span(item, index) for item in table.inputs.values() if item.reach != "source"]
    known: Mapping[str, LedgerRows] = {}
    if spans:
        known = ledgers([table], snapshot, min(first for first, _ in spans), max(last for _, last in spans))
    found = fingerprints(table, index, platform, known)
    state = InputsState(found.days, found.code_version, found.parts)
    for item in table.inputs.values():
        if item.reach != "source":
            _add_table(state, table, item, known.get(item.name, NO_ROWS))
    families = [item for item in table.inputs.values() if item.reach == "source"]
    if families:
        _add_families(state, families, platform.archive)
    return state


def _seasons_of(days: pd.DatetimeIndex) -> list[tuple[Season, slice]]:
    """The seasons of days in ascending order, oldest first, and the positions of their days."""
    years = range(Season.of_day(days[0].date()).start_year, Season.of_day(days[-1].date()).start_year + 1)
    seasons = [Season(year) for year in years]
    numbers = day_numbers(days)
    bounds = np.array([(season.first_day, season.last_day) for season in seasons], dtype="datetime64[D]").astype(
        np.int64
    )
    starts, stops = np.searchsorted(numbers, bounds[:, 0]), np.searchsorted(numbers, bounds[:, 1], side="right")
    return [
        (season, slice(int(start), int(stop)))
        for season, start, stop in zip(seasons, starts, stops, strict=True)
        if start < stop
    ]


def _part_of_family(family: Family, days: pd.DatetimeIndex, archive: Source) -> np.ndarray:
    """The part of a source family in the fingerprint of each day."""
    part = np.zeros(len(days), dtype=np.uint64)
    for season, of_season in _seasons_of(days):
        part[of_season] = as_uint64([archive.fingerprint(family, [season])])[0]
        if isinstance(archive, Growing):
            found = archive.additions(family, [day.date() for day in days[of_season]])
            places = [place for place, day in enumerate(days) if day.date() in found]
            part[places] += as_uint64([found[days[place].date()] for place in places])
    return part


def _add_families(state: InputsState, items: Sequence[Input], archive: Source) -> None:
    """Updates `absent` and `lacking` with the source families of the table that have no file."""
    sources = [FAMILIES[item.name] for item in items]
    bringing = [FAMILIES[item.name] for item in items if item.brings_rows]
    by_season = [family.name for family in sources if family.is_by_season]
    for season, of_season in _seasons_of(state.days):
        since = {family.name: covered_from(archive, family, season) for family in sources}
        starts = sorted({season.first_day, *(day for day in since.values() if day is not None)})
        for first, following in zip(starts, [*starts[1:], None], strict=True):
            has_file = {name: day is not None and day <= first for name, day in since.items()}
            lacking = [family for family in bringing if not has_file[family.name]]
            named = names_of_absent(lacking, bringing)
            reason = f"no file of {', '.join(named or by_season)} for {season.label}"
            here = np.zeros(len(state.days), dtype=bool)
            here[of_season] = True
            here &= state.days >= pd.Timestamp(first)
            here &= state.days < pd.Timestamp(following) if following is not None else True
            if named:
                state.lacking[here] = reason
            # A file that spans seasons does not prove that a season without other files is covered.
            if len(lacking) == len(bringing) or (by_season and not any(has_file[name] for name in by_season)):
                state.absent[here] = reason


def is_same(then: str, now: str) -> bool:
    """Whether two fingerprints of a day have the same inputs and code: their sums are equal."""
    return then[:16] == now[:16]


def changed_inputs(table: DailyTable, then: str, now: str) -> list[Input] | None:
    """The inputs whose parts differ between two fingerprints of the same code; None if `then` has only a sum."""
    before, after = then.split(".")[1:], now.split(".")[1:]
    if not before:
        return None
    return [item for item, was, is_now in zip(table.inputs.values(), before, after, strict=True) if was != is_now]


def span(item: Input, days: pd.DatetimeIndex) -> tuple[date, date]:
    """First and last day that an input reads for these days; first > last if it reads none."""
    first, last = days[0].date(), days[-1].date()
    match item.reach:
        case "history":
            return max(FIRST_DAY, first - timedelta(days=item.days or 0)), last - timedelta(days=1)
        case "up_to_day":
            return FIRST_DAY if item.days is None else max(FIRST_DAY, first - timedelta(days=item.days)), last
        case _:
            return first, last


def _hands_on_absence(table: DailyTable, item: Input) -> bool:
    """Whether a day of the input that no source covers is absent in the table, too: the input determines its expected
    rows."""
    return item.reach == "on_day" and item.name in {each.name for each in table.expected.inputs.values()}


def _part_of_table(table: DailyTable, item: Input, days: pd.DatetimeIndex, ledger: LedgerRows) -> np.ndarray:
    """The part of an input table in the fingerprint of each day."""
    first, last = span(item, days)
    tokens = ledger.by_day(np.where(ledger.has_hash, ledger.token, _ABSENT_DAY), first, last, _ABSENT_DAY)
    tokens[ledger.by_day(ledger.status == "partial_history", first, last, False)] += _PARTIAL_DAY
    if _hands_on_absence(table, item):
        tokens[ledger.by_day(ledger.status == "absent_source", first, last, False)] += _ABSENT_SOURCE
    start, stop = _window(item, days, first, len(tokens))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(tokens, dtype=np.uint64)])
    part: np.ndarray = sums[stop] - sums[start]
    return part


def _add_table(state: InputsState, table: DailyTable, item: Input, ledger: LedgerRows) -> None:
    """Updates `missing`, `reason` and `absent` with an input table."""
    first, last = span(item, state.days)
    is_partial = ledger.by_day(ledger.status == "partial_history", first, last, False)
    is_missing = ~ledger.by_day(ledger.has_hash, first, last, False) | is_partial
    length = len(is_missing)
    start, stop = _window(item, state.days, first, length)
    missing_sums = np.concatenate([[0], np.cumsum(is_missing)])
    missing = missing_sums[stop] - missing_sums[start]
    # Position of the first missing day at or after each position, to name the oldest one in a window.
    following = np.where(is_missing, np.arange(length), length)
    following = np.minimum.accumulate(following[::-1])[::-1]
    texts = state.reason.to_numpy(dtype=object, copy=True)
    for index in np.flatnonzero((missing > 0) & (state.missing.to_numpy() == 0)):
        oldest = first + timedelta(days=int(following[start[index]]))
        texts[index] = (
            f"{int(missing[index])} days of {item.name} are missing, the first is {oldest}; "
            "nba-assets backfill --with-history makes them first"
        )
    state.reason = pd.Series(texts, state.days, dtype="object")
    state.missing += missing
    if _hands_on_absence(table, item):
        is_absent = ledger.by_day(ledger.status == "absent_source", first, last, False)
        reasons = np.where(is_absent, ledger.by_day(ledger.reason, first, last, None), np.array(None))[start]
        state.absent = state.absent.where(state.absent.notna(), pd.Series(reasons, state.days, dtype="object"))


def _window(item: Input, days: pd.DatetimeIndex, first: date, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Start and stop (exclusive) of each day's window, as positions among the days that were read."""
    position = day_numbers(days) - np.datetime64(first, "D").astype(np.int64)
    match item.reach:
        case "on_day":
            start, stop = position, position + 1
        case "up_to_day":
            start, stop = position - (length if item.days is None else item.days), position + 1
        case _:
            start, stop = position - (item.days or 0), position
    stop = np.clip(stop, 0, length)
    return np.clip(start, 0, stop), stop
