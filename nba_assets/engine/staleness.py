"""Stale days and why they are stale: compares the inputs recorded in the ledger with the current ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from nba_assets.basketball.calendar import final_at
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.engine import registry
from nba_assets.engine.fingerprints import (
    NO_ROWS,
    LedgerRows,
    changed_inputs,
    day_numbers,
    fingerprints,
    is_same,
    ledgers,
)
from nba_assets.engine.platform import Platform
from nba_assets.warehouses.protocol import Snapshot

NEVER_MADE = "never made"
NOT_FINAL = "not final when made"
CODE_CHANGED = "the table's code changed"
SOURCE_CHANGED = "source files of the season changed"
INPUT_CHANGED = "input days in the window changed"
"""Reasons; the last two are followed by a colon and the family or table if the ledger row has that detail."""


def stale_reasons(table: DailyTable, days: Sequence[date], platform: Platform, snapshot: Snapshot) -> pd.DataFrame:
    """The days that a rebuild may change: one row (game_date, reason) per day and reason, oldest first.

    If other code built the day, its inputs are not compared: that code may have declared other ones. For an as-of
    product only the newest day counts as never made.
    """
    found = _reasons(table, pd.DatetimeIndex(days), platform, ledgers([table], snapshot))
    return _frame(found, ["game_date", "reason"])


def _reasons(
    table: DailyTable, days: pd.DatetimeIndex, platform: Platform, known: Mapping[str, LedgerRows]
) -> list[tuple[pd.Timestamp, str]]:
    """Stale days with each of their reasons, see `stale_reasons`, without the cost of a frame per table.

    known: the result of `ledgers`.
    """
    is_as_of = table.publishes is not None and table.publishes.is_as_of
    state = fingerprints(table, days, platform, known)
    ledger = known.get(table.name, NO_ROWS)
    first, last = days[0].date(), days[-1].date()
    places = day_numbers(days) - day_numbers(days[:1])
    columns = (
        ledger.by_day(values, first, last, None)[places]
        for values in (ledger.status, ledger.code_version, ledger.inputs_hash)
    )
    status, code, then = columns
    is_made = pd.notna(status)
    is_compared = is_made & (status != "superseded")  # else its files are as of a later day, which is compared
    is_never_made = ~is_made
    is_never_made[:-1] &= not is_as_of
    is_recoded = is_compared & (code != state.code_version)
    is_open = status == "not_final"
    is_changed = is_compared & ~is_recoded
    is_changed[is_changed] = [
        not is_same(before, now) for before, now in zip(then[is_changed], state.sums[is_changed], strict=True)
    ]
    found: list[tuple[pd.Timestamp, str]] = []
    for place in np.flatnonzero(is_never_made | is_open | is_recoded | is_changed):
        day = state.days[place]
        marks = ((is_never_made, NEVER_MADE), (is_open, NOT_FINAL), (is_recoded, CODE_CHANGED))
        found.extend((day, reason) for is_meant, reason in marks if is_meant[place])
        if is_changed[place]:
            found.extend((day, reason) for reason in _changes(table, then[place], state.inputs_hash[place]))
    return found


def _changes(table: DailyTable, then: str, now: str) -> list[str]:
    """The reasons of a day that the same code built from inputs with another fingerprint."""
    changed = changed_inputs(table, then, now)
    found = {
        (SOURCE_CHANGED if item.reach == "source" else INPUT_CHANGED) + ("" if changed is None else f": {item.name}")
        for item in (table.inputs.values() if changed is None else changed)
    }
    return sorted(found)


def is_done(names: Sequence[str], first: date, last: date, platform: Platform) -> bool:
    """Whether every day of every table is final and up to date with its inputs and its code."""
    days, tables = pd.date_range(first, last), [registry.tables()[name] for name in names]
    with platform.warehouse.snapshot() as snapshot:
        known = ledgers(tables, snapshot)
        return not any(_reasons(table, days, platform, known) for table in tables)


def staleness(names: Sequence[str], first: date, last: date, platform: Platform) -> pd.DataFrame:
    """Stale days: one row (table_name, game_date, reason) per table, day and reason; tables in the given order.

    A day that is still not final is listed only if it has another reason.
    """
    now, days = platform.now(), pd.date_range(first, last)
    with platform.warehouse.snapshot() as snapshot:
        tables = [registry.tables()[name] for name in names]
        known = ledgers(tables, snapshot)
        found = [
            (table.name, day, reason)
            for table in tables
            for day, reason in _reasons(table, days, platform, known)
            if reason != NOT_FINAL or now >= final_at(day.date())
        ]
    return _frame(found, ["table_name", "game_date", "reason"])


def _frame(rows: Sequence[tuple[object, ...]], names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=names).astype({"game_date": "datetime64[ns]", "reason": "string[pyarrow]"})


def by_reason(stale: pd.DataFrame) -> pd.DataFrame:
    """The result of `staleness` as table_name, reason, days, first, last; a day counts for each of its reasons."""
    groups = stale.groupby(["table_name", "reason"], sort=False)["game_date"]
    return groups.agg(days="size", first="min", last="max").reset_index()
