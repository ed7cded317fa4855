"""The data that the checks of a table use, read once in one snapshot, and the shape of a result."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY, Season, final_at
from nba_assets.contracts.contract import Column, TableContract
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.findings import Cause, Finding, stored
from nba_assets.contracts.inputs import Input
from nba_assets.engine import registry
from nba_assets.engine.coverage import uncovered_games
from nba_assets.engine.platform import Platform
from nba_assets.stores.protocol import Store
from nba_assets.warehouses.protocol import Snapshot

MOST_KEYS = 50
"""Maximum number of failing keys in a result."""
INPUT_DAYS = 30
"""Newest days of an input's window that are checked: older days hardly change a window, and a single bad day would fail
all 400 days that read it."""
_NO_DAYS = pd.DataFrame({"game_date": pd.Series(dtype="datetime64[ns]")})
_OF_LEDGER = ("table_name", "game_date", "status", "reason", "rows", "missing_days", "read_at")
_OF_INPUT_LEDGER = ("table_name", "game_date", "status", "rows", "content_changed_at")
"""Columns of the ledger that checks read, of the table and the tables it is compared with, and of its inputs."""


@dataclass(frozen=True)
class Evidence:
    """Data of the checked days.

    rows, ledger, quarantine: of the table; quarantine without rows unless it is a raw one.
    others: rows of the tables that the checks compare with, by name.
    expected: the keys that a day must have.
    not_covered: the keys that the schedule requires and no source covers, or whose history has not begun,
        with the reason.
    check_ledger: ledger rows of the other tables in cross-table checks.
    unmade: by day, a table that was never built although it determines the expected rows.
    not_over: the days whose games are not over yet.
    season_extremes: see `_season_extremes`.
    input_ledger: ledger rows of the table's inputs for the newest INPUT_DAYS days; empty for raw and analytics.
    input_rows: the same days' `game_date` and the columns of `banded`, by input.
    store: the published files.
    """

    table: DailyTable
    days: pd.DatetimeIndex
    rows: pd.DataFrame
    ledger: pd.DataFrame
    quarantine: pd.DataFrame
    others: Mapping[str, pd.DataFrame]
    expected: pd.DataFrame
    not_covered: pd.DataFrame
    check_ledger: pd.DataFrame
    unmade: Mapping[pd.Timestamp, str]
    not_over: pd.DatetimeIndex
    season_extremes: pd.DataFrame
    input_ledger: pd.DataFrame
    input_rows: Mapping[str, pd.DataFrame]
    store: Store

    @property
    def contract(self) -> TableContract:
        return self.table.contract

    def is_not_due(self, name: str, day: pd.Timestamp) -> bool:
        """Whether a table is built after the games of the day and they are not over."""
        return day in self.not_over and registry.contract(name).known == "postgame"

    def frames(self, inputs: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
        """The frames for a rule's arguments."""
        return {argument: self.others[item.name] for argument, item in inputs.items()}


def gather(table: DailyTable, days: Sequence[date], platform: Platform) -> Evidence:
    """Reads the data that the checks of these days need, in one snapshot."""
    wanted = pd.DatetimeIndex(sorted(set(days)))
    first, last = wanted[0].date(), wanted[-1].date()
    others_wanted = _columns_wanted(table)
    with platform.warehouse.snapshot() as snapshot:
        rows = snapshot.read(table.contract, first, last)
        others = {
            name: snapshot.read(registry.contract(name), first, last, columns)
            for name, columns in sorted(others_wanted.items())
        }
        asked = {item.name for item in table.expected.inputs.values()}
        compared_with = {item.name for check in table.checks for item in check.inputs.values()}
        ledgers = snapshot.ledger(sorted({table.name, *asked, *compared_with}), first, last, _OF_LEDGER)
        ledger = ledgers[ledgers["table_name"] == table.name]
        if table.contract.layer == "raw":
            quarantine = snapshot.quality("quarantine", table.name, first, last)
        else:
            quarantine = _NO_DAYS  # other tables set no row aside and have no check of it
        unmade = _unmade(table, wanted, ledgers)
        not_begun = _not_begun(table, wanted, snapshot)
        extremes = _season_extremes(table.contract, wanted, snapshot)
        input_ledger, input_rows = _inputs(table, wanted, snapshot)
    if len(wanted) <= (last - first).days:  # the days have gaps
        rows, ledger, quarantine, ledgers = (
            part[part["game_date"].isin(wanted)] for part in (rows, ledger, quarantine, ledgers)
        )
        others = {name: frame[frame["game_date"].isin(wanted)] for name, frame in others.items()}
    check_ledger = ledgers[ledgers["table_name"].isin(compared_with)]
    expected = table.expected.rule(
        **{argument: others[item.name] for argument, item in table.expected.inputs.items()}, days=wanted
    )
    expected, not_covered = _split_by_coverage(table, expected, ledger, others.get("schedule"), not_begun, platform)
    return Evidence(
        table=table,
        days=wanted,
        rows=rows,
        ledger=ledger,
        quarantine=quarantine,
        others=others,
        expected=expected,
        not_covered=not_covered,
        check_ledger=check_ledger,
        unmade=unmade,
        not_over=wanted[[platform.now() < final_at(day.date()) for day in wanted]],
        season_extremes=extremes,
        input_ledger=input_ledger,
        input_rows=input_rows,
        store=platform.store,
    )


def _split_by_coverage(
    table: DailyTable,
    expected: pd.DataFrame,
    ledger: pd.DataFrame,
    schedule: pd.DataFrame | None,
    not_begun: Mapping[pd.Timestamp, str],
    platform: Platform,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The expected keys, and separately those that no source covers, with the reason.

    A key is not covered if the ledger says that no source covers its day, if the history that its day needs has not
    begun, or if no family of the table has its game.
    """
    keys = expected.drop_duplicates()
    absent = ledger[ledger["status"] == "absent_source"].set_index("game_date")["reason"]
    reason = keys["game_date"].map({**not_begun, **absent}).astype("string[pyarrow]")
    if table.contract.layer == "raw" and schedule is not None and "game_id" in keys:
        games = uncovered_games(table, schedule, platform.archive).set_index("game_id")["reason"]
        reason = reason.fillna(keys["game_id"].map(games).astype("string[pyarrow]"))
    is_covered = reason.isna()
    return keys[is_covered], keys[~is_covered].assign(reason=reason[~is_covered])


def _columns_wanted(table: DailyTable) -> dict[str, list[str] | None]:
    """The other tables that the checks read, with the columns that they together declare; None for all columns."""
    found: dict[str, list[str] | None] = {}
    for item in (*table.expected.inputs.values(), *(item for check in table.checks for item in check.inputs.values())):
        so_far = found.get(item.name, [])
        if item.columns is None or so_far is None:
            found[item.name] = None
        else:
            found[item.name] = [*so_far, *(name for name in item.columns if name not in so_far)]
    return found


def builds_on_layers(table: DailyTable) -> bool:
    """Whether the table is in a layer after analytics and has tables as inputs.

    Products about the checks declare no inputs: they also report days whose inputs are missing.
    """
    return table.contract.layer not in ("raw", "analytics") and bool(table_inputs(table))


def table_inputs(table: DailyTable) -> list[Input]:
    """The inputs that are tables, as declared."""
    return [item for item in table.inputs.values() if item.reach != "source"]


def banded(table: DailyTable) -> dict[str, list[Column]]:
    """The columns that the table reads and that declare a band for their share of NULLs, by input table."""
    found: dict[str, list[Column]] = {}
    for item in table_inputs(table):
        of_table = found.setdefault(item.name, [])
        for column in registry.contract(item.name).columns:
            is_read = item.columns is None or column.name in item.columns
            if is_read and column.null_share is not None and column not in of_table:
                of_table.append(column)
    return {name: columns for name, columns in found.items() if columns}


def _inputs(
    table: DailyTable, days: pd.DatetimeIndex, snapshot: Snapshot
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Ledger rows and rows of the input tables for `Evidence`."""
    if not builds_on_layers(table):
        return pd.DataFrame(), {}
    first, last = max(FIRST_DAY, days[0].date() - timedelta(days=INPUT_DAYS)), days[-1].date()
    ledger = snapshot.ledger(sorted({item.name for item in table_inputs(table)}), first, last, _OF_INPUT_LEDGER)
    rows = {
        name: snapshot.read(registry.contract(name), first, last, ["game_date", *(column.name for column in columns)])
        for name, columns in banded(table).items()
    }
    return ledger, rows


def _unmade(table: DailyTable, days: pd.DatetimeIndex, ledgers: pd.DataFrame) -> dict[pd.Timestamp, str]:
    """Per day, a table that was never built although it determines the expected rows: one that is built before the
    games where there is one, because it is due at any time."""
    found: dict[pd.Timestamp, str] = {}
    for item in sorted(
        table.expected.inputs.values(), key=lambda item: registry.contract(item.name).known == "pregame"
    ):
        made = ledgers.loc[ledgers["table_name"] == item.name, "game_date"]
        found |= dict.fromkeys(days.difference(pd.DatetimeIndex(made)), item.name)
    return found


def _not_begun(table: DailyTable, days: pd.DatetimeIndex, snapshot: Snapshot) -> dict[pd.Timestamp, str]:
    """The days whose history has not begun (`Expected.history`), with the reason."""
    needed = table.expected.history
    if needed is None:
        return {}
    oldest, newest = days - pd.Timedelta(days=needed.reach), days - pd.Timedelta(days=needed.days)
    begin, end = max(FIRST_DAY, oldest[0].date()), max(FIRST_DAY, newest[-1].date())
    made = snapshot.ledger([needed.table], begin, end, ("game_date", "rows"))
    held = pd.DatetimeIndex(made.loc[made["rows"] > 0, "game_date"]).sort_values()
    has_some = held.searchsorted(newest, side="right") > held.searchsorted(oldest, side="left")
    reason = f"{needed.table} has no row from {needed.reach} to {needed.days} days before the day"
    return dict.fromkeys(days[~has_some], reason)


def _season_extremes(contract: TableContract, days: pd.DatetimeIndex, snapshot: Snapshot) -> pd.DataFrame:
    """For columns that must vary within a season: rows from the season's first day on, only those columns."""
    names = [column.name for column in contract.columns if column.varies == "season"]
    if not names:
        return _NO_DAYS
    season_start = Season.of_day(days[0].date()).first_day
    return snapshot.read(contract, season_start, days[-1].date(), ["game_date", *names])


def result(
    day: pd.Timestamp,
    reasons: Mapping[str, int],
    *,
    is_error: bool = True,
    keys: Sequence[Finding] = (),
    observed: Mapping[str, Any] | None = None,
    cause: Cause = "rows",
) -> dict[str, Any]:
    """One result of one day as a row of `quality.check_results`; it passes if there are no reasons.

    severity is ERROR or WARN, cause is `findings.Cause` or NULL, reasons is JSON (stable phrase -> number of rows),
    failing_keys is JSON (a list of `findings.Finding`), observed is JSON.

    Args:
        day: the day.
        reasons: why the check fails, each with its number of rows or keys (0 if it concerns the whole day).
        is_error: ERROR when true, else WARN.
        keys: the failing keys.
        observed: numbers to show with the result.
        cause: why the check fails; ignored if there are no reasons.
    """
    # A share of zero rows is NaN, which is not valid JSON.
    known = {
        name: None if isinstance(value, float) and value != value else value for name, value in (observed or {}).items()
    }
    return {
        "game_date": day,
        "passed": not reasons,
        "severity": "ERROR" if is_error else "WARN",
        "cause": cause if reasons else None,
        "failing": sum(reasons.values()),
        "reasons": json.dumps(reasons),
        "failing_keys": stored(keys[:MOST_KEYS]),
        "observed": json.dumps(known, sort_keys=True, default=str, allow_nan=False),
    }


def keys_of(rows: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Each row's key as text, without the day: `0022300561 203999`."""
    named = [name for name in columns if name != "game_date"]
    return (
        rows[named].astype("string").fillna("NULL").agg(" ".join, axis=1)
        if named
        else rows["game_date"].dt.strftime("%F")
    )


def by_day(texts: pd.Series, days: pd.Series) -> dict[pd.Timestamp, list[str]]:
    """The texts of each day, sorted."""
    return {day: sorted(group) for day, group in texts.groupby(days.to_numpy())}


def findings_by_day(rows: pd.DataFrame) -> dict[pd.Timestamp, list[Finding]]:
    """The findings of each day, sorted by their text, from game_date and columns with the fields of `Finding`."""
    found: dict[pd.Timestamp, list[Finding]] = {}
    fields = rows.drop(columns="game_date").astype("object")
    fields = fields.where(fields.notna(), None)
    for day, values in zip(rows["game_date"], fields.to_dict("records"), strict=True):
        found.setdefault(day, []).append(Finding(**{str(name): value for name, value in values.items()}))
    return {day: sorted(of_day, key=lambda finding: finding.text) for day, of_day in found.items()}


def rows_by_day(rows: pd.DataFrame) -> dict[pd.Timestamp, int]:
    """Number of rows per day; days without rows are omitted."""
    return {day: int(count) for day, count in rows["game_date"].value_counts().items()}
