"""What each day of a table is made of: a fingerprint of its inputs, and which of their days are missing.

The fingerprint of a day is, per input, the sum modulo 2^64 of the ledger's content hashes inside the day's window, plus
the code version of the table and the fingerprint of the source files of the season. A day is stale when the value of
now differs from the one in its ledger row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from nba_assets.code_version import code_version
from nba_assets.content_hash import as_uint64
from nba_assets.daily_table import DailyTable
from nba_assets.inputs import Input
from nba_assets.partitions import FIRST_DAY, Season, day_range, seasons_of
from nba_assets.platform import Platform
from nba_assets.sources.families import FAMILIES
from nba_assets.warehouse.protocol import Snapshot

_ABSENT_DAY = np.uint64(0x9E3779B97F4A7C15)
"""Token of a day without a ledger row in the sum of an input's hashes; any odd constant would do."""


@dataclass
class InputsState:
    """Per day: the fingerprint, the input days that are missing, why no source covers it, which families lack."""

    days: pd.DatetimeIndex
    code_version: str
    hashes: np.ndarray = field(init=False)
    missing: pd.Series = field(init=False)
    reason: pd.Series = field(init=False)
    absent: pd.Series = field(init=False)
    lacking: pd.Series = field(init=False)

    def __post_init__(self) -> None:
        self.hashes = np.full(len(self.days), as_uint64([self.code_version])[0], dtype=np.uint64)
        self.missing = pd.Series(0, index=self.days, dtype="int64")
        self.reason = pd.Series(None, index=self.days, dtype="object")
        self.absent = pd.Series(None, index=self.days, dtype="object")
        self.lacking = pd.Series(None, index=self.days, dtype="object")

    @property
    def inputs_hash(self) -> list[str]:
        """The fingerprints as text, as the ledger keeps them."""
        return [f"{int(value):016x}" for value in self.hashes]


def inputs_state(
    table: DailyTable, days: Sequence[date] | pd.DatetimeIndex, platform: Platform, snapshot: Snapshot
) -> InputsState:
    """The state of the inputs of the days, as the snapshot shows it."""
    state = InputsState(pd.DatetimeIndex(days), code_version(table))
    decides_rows = {item.name for item in table.expected.inputs.values()}
    for item in table.inputs.values():
        if item.reach != "source":
            first, last = span(item, state.days)
            _add_table(state, item, snapshot.ledger([item.name], first, last), item.name in decides_rows)
    items = [item for item in table.inputs.values() if item.reach == "source"]
    sources = [FAMILIES[item.name] for item in items]
    bringing = [FAMILIES[item.name] for item in items if item.brings_rows]
    for season in seasons_of([day.date() for day in state.days]) if sources else []:
        of_season = _days_of(season, state.days)
        for family in sources:
            state.hashes[of_season] += as_uint64([platform.archive.fingerprint(family, [season])])[0]
        has_file = {family.name: bool(platform.archive.files(family, [season])) for family in sources}
        lacking = [family.name for family in bringing if not has_file[family.name]]
        by_season = [family.name for family in sources if family.is_by_season]
        reason = f"no file of {', '.join(lacking or by_season)} for {season.label}"
        if lacking:
            state.lacking[of_season] = reason
        # A file that is not cut by season says nothing about a season of which there is no other file.
        if len(lacking) == len(bringing) or (by_season and not any(has_file[name] for name in by_season)):
            state.absent[of_season] = reason
    return state


def stale_days(table: DailyTable, days: Sequence[date], platform: Platform, snapshot: Snapshot) -> pd.DatetimeIndex:
    """The days that were never made, are not final, or whose inputs or code changed since they were made."""
    state = inputs_state(table, days, platform, snapshot)
    ledger = snapshot.ledger([table.name], state.days[0].date(), state.days[-1].date())
    newest = ledger.set_index("game_date").reindex(state.days)
    is_stale = newest["inputs_hash"].fillna("").to_numpy(dtype=object) != np.array(state.inputs_hash, dtype=object)
    is_stale |= newest["status"].eq("not_final").fillna(True).to_numpy(dtype=bool)
    return state.days[is_stale]


def span(item: Input, days: pd.DatetimeIndex) -> tuple[date, date]:
    """First and last day that an input reads for these days; the first may lie after the last when there is nothing."""
    first, last = days[0].date(), days[-1].date()
    match item.reach:
        case "history":
            return max(FIRST_DAY, first - timedelta(days=item.days or 0)), last - timedelta(days=1)
        case "up_to_day":
            return FIRST_DAY if item.days is None else max(FIRST_DAY, first - timedelta(days=item.days)), last
        case _:
            return first, last


def _days_of(season: Season, days: pd.DatetimeIndex) -> np.ndarray:
    return np.asarray((days >= pd.Timestamp(season.first_day)) & (days <= pd.Timestamp(season.last_day)))


def _add_table(state: InputsState, item: Input, ledger: pd.DataFrame, decides_rows: bool) -> None:
    """Adds an input table's hashes to each day, and its days that were never made or were made from parts.

    Where the input decides which rows the day has, a day of it that no source covers is absent here too.
    """
    first, last = span(item, state.days)
    window = pd.DatetimeIndex(day_range(first, last)) if first <= last else pd.DatetimeIndex([])
    newest = ledger.set_index("game_date").reindex(window)
    tokens = np.full(len(window), _ABSENT_DAY, dtype=np.uint64)
    known = newest["content_hash"].notna().to_numpy()
    tokens[known] = as_uint64(newest["content_hash"][known].tolist())
    is_missing = ~known | newest["status"].eq("partial_history").fillna(False).to_numpy(dtype=bool)
    start, stop = _window(item, state.days, first, len(window))
    hash_sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(tokens, dtype=np.uint64)])
    state.hashes += hash_sums[stop] - hash_sums[start]
    missing_sums = np.concatenate([[0], np.cumsum(is_missing)])
    missing = missing_sums[stop] - missing_sums[start]
    # Position of the first missing day at or after each position, to name the oldest one of a window.
    following = np.where(is_missing, np.arange(len(window)), len(window))
    following = np.minimum.accumulate(following[::-1])[::-1]
    for index in np.flatnonzero((missing > 0) & (state.missing.to_numpy() == 0)):
        oldest = first + timedelta(days=int(following[start[index]]))
        newest_day = first + timedelta(days=int(stop[index]) - 1)
        state.reason.iloc[index] = (
            f"{int(missing[index])} days of {item.name} are missing, the first is {oldest}; "
            f"make them with: nba-assets backfill --from {oldest} --to {newest_day}"
        )
    state.missing += missing
    if item.reach == "on_day" and decides_rows:
        reasons = newest["reason"].where(newest["status"].eq("absent_source").fillna(False)).astype("object")
        state.absent = state.absent.where(state.absent.notna(), reasons.reindex(state.days))


def _window(item: Input, days: pd.DatetimeIndex, first: date, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Half-open positions of each day's window among the days that were read."""
    position = np.asarray((days - pd.Timestamp(first)).days, dtype=np.int64)
    match item.reach:
        case "on_day":
            start, stop = position, position + 1
        case "up_to_day":
            start, stop = position - (length if item.days is None else item.days), position + 1
        case _:
            start, stop = position - (item.days or 0), position
    stop = np.clip(stop, 0, length)
    return np.clip(start, 0, stop), stop
