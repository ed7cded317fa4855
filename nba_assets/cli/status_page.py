"""Output of `nba-assets status`: an overview of all tables, or the details of some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from rich import box
from rich.table import Table

from nba_assets.contracts.day_state import LEGEND, marked
from nba_assets.contracts.findings import findings
from nba_assets.engine.status import Status

_COUNTS = ("days", "rows", "empty", "absent", "open", "set_aside")
_MOST_RANGES = 3
_MOST_ERRORS = 5


def page(state: Status) -> Iterator[Table | str]:
    """One row per table over all seasons, then one line per kind of problem."""
    counts = state.tables.drop(columns="season").groupby("table_name", sort=False).sum().reset_index()
    table = Table(title=_TITLE, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    _columns(table, ["table"])
    for row in counts.to_dict("records"):
        table.add_row(row["table_name"], *_cells(row))
    yield table
    yield from _missing_page(state.missing)
    yield from partial_lines(state.partial)
    if len(state.lacking):
        tables = state.lacking["table_name"].nunique()
        yield f"absent: source families of {tables} tables have no file for some season"
    yield from error_lines(state.failing, _MOST_ERRORS)
    if len(state.warnings):
        yield (
            f"[yellow]WARN[/yellow] {len(state.warnings)} kinds of warning in "
            f"{state.warnings['table_name'].nunique()} tables"
        )
    yield "for details by season, day and reason: nba-assets status --verbose, or --table NAME"


def details(state: Status, names: Sequence[str] | None = None) -> Iterator[Table | str]:
    """One row per table and season, then each range, reason and failing day; for the named tables, or for all."""
    if names is not None:
        state = of_tables(state, names)
    table = Table(title=_TITLE, title_justify="left")
    _columns(table, ["table", "season"])
    previous = None
    for row in state.tables.to_dict("records"):
        if previous not in (None, row["table_name"]):
            table.add_section()
        table.add_row(row["table_name"] if row["table_name"] != previous else "", row["season"], *_cells(row))
        previous = row["table_name"]
    yield table
    for row in state.missing.to_dict("records"):
        yield f"missing: {row['table_name']}: {row['days']} game days; build them with: {_backfill(row)}"
    for row in state.partial.to_dict("records"):
        span = f"{row['days']} days, {row['first']:%Y-%m-%d} to {row['last']:%Y-%m-%d}"
        yield f"partial: {row['table_name']}: {span}, built from an incomplete history; the first: {row['reason']}"
    for row in state.lacking.to_dict("records"):
        yield f"absent: {row['table_name']}: {row['reason']} ({row['days']} days)"
    is_history = state.failing["is_history"]
    for (name, check), rows in state.failing[is_history].groupby(["table_name", "check_name"], sort=False):
        yield f"[red]ERROR[/red] {name} {check}: {_days(rows)}, built from an incomplete history"
    for row in state.failing[~is_history].to_dict("records"):
        listed = "; ".join(finding.text for finding in findings(row["failing_keys"]))
        keys = f": {listed}" if listed else ""
        what = f"{row['table_name']} {row['check_name']} {row['game_date']:%Y-%m-%d}"
        yield f"[red]ERROR[/red] {what}: {row['reason']}{keys}"
    for row in state.warnings.to_dict("records"):
        rows = f", {row['failing']:,} rows" if row["failing"] else ""
        span = f"{row['days']} days{rows}, {row['first']:%Y-%m-%d} to {row['last']:%Y-%m-%d}"
        yield f"[yellow]WARN[/yellow] {row['table_name']} {row['check_name']}: {row['reason']} ({span})"


def of_tables(state: Status, names: Sequence[str]) -> Status:
    """The state of the named tables only."""
    return Status(**{name: frame[frame["table_name"].isin(names)] for name, frame in vars(state).items()})


def partial_lines(partial: pd.DataFrame) -> Iterator[str]:
    """One line per range of days built from an incomplete history, with the command that completes them."""
    if partial.empty:
        return
    ranges = _merged(partial)
    for row in ranges[:_MOST_RANGES]:
        tables = int(((partial["first"] <= row["last"]) & (partial["last"] >= row["first"])).sum())
        yield (
            f"partial: {tables} tables from {row['first']:%Y-%m-%d} to {row['last']:%Y-%m-%d} are built from an "
            f"incomplete history and not published; complete them with: {_backfill(row)} --with-history"
        )
    if len(ranges) > _MOST_RANGES:
        yield f"partial: {len(ranges) - _MOST_RANGES} more ranges of days"


def error_lines(failing: pd.DataFrame, most: int | None = None) -> Iterator[str]:
    """One line per failed check with its days; checks that fail only for missing history share one line."""
    is_history = failing["is_history"]
    other = failing[~is_history]
    groups = other.groupby(["table_name", "check_name"], sort=False)
    lines = [
        f"[red]ERROR[/red] {table} {check}: {_days(rows)}, {rows['reason'].iloc[0]}"
        + (f" and {rows['reason'].nunique() - 1} more reasons" if rows["reason"].nunique() > 1 else "")
        for (table, check), rows in groups
    ]
    yield from lines[:most]
    if most is not None and len(lines) > most:
        yield f"[red]ERROR[/red] {len(lines) - most} more checks"
    if is_history.any():
        rows = failing[is_history]
        checks = len(rows.drop_duplicates(["table_name", "check_name"]))
        yield f"[red]ERROR[/red] {checks} checks: {_days(rows)}, built from an incomplete history"


def _days(rows: pd.DataFrame) -> str:
    days = rows["game_date"].nunique()
    first, last = rows["game_date"].min(), rows["game_date"].max()
    return f"{first:%Y-%m-%d}" if days == 1 else f"{days} days from {first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _missing_page(missing: pd.DataFrame) -> Iterator[str]:
    """Game days that were never built or were not final: one line per range, with the number of tables."""
    if missing.empty:
        return
    ranges = missing.groupby(["first", "last"]).agg(tables=("table_name", "nunique"), days=("days", "max"))
    ranges = ranges.sort_values("tables", ascending=False).reset_index()
    for row in ranges.head(_MOST_RANGES).to_dict("records"):
        yield f"missing: {row['days']} game days of {row['tables']} tables; build them with: {_backfill(row)}"
    if len(ranges) > _MOST_RANGES:
        yield f"missing: {len(ranges) - _MOST_RANGES} more ranges of days"


def _merged(ranges: pd.DataFrame) -> list[dict[str, Any]]:
    """The ranges (first, last) with overlapping and adjacent ones merged, oldest first."""
    merged: list[dict[str, Any]] = []
    for row in ranges.sort_values("first")[["first", "last"]].to_dict("records"):
        if merged and row["first"] <= merged[-1]["last"] + pd.Timedelta(days=1):
            merged[-1]["last"] = max(merged[-1]["last"], row["last"])
        else:
            merged.append(dict(row))
    return merged


def _backfill(row: dict[str, Any]) -> str:
    return f"nba-assets backfill --from {row['first']:%Y-%m-%d} --to {row['last']:%Y-%m-%d}"


_TITLE = f"game days: {LEGEND}"


def _columns(table: Table, names: Sequence[str]) -> None:
    for name in names:
        table.add_column(name)
    for name in ("game days", "all days", "rows", "empty", "absent", "open", "set aside", "failed", "warned"):
        table.add_column(name, justify="right")
    table.add_column("not compared", justify="right")


def _cells(row: dict[str, Any]) -> list[str]:
    """The cells of the count columns."""
    shade = "red" if row["days_missing"] else "yellow" if row["days_not_covered"] else "green"
    return [
        f"[{shade}]{marked(row)}[/{shade}] / {row['days_expected']:,}",
        *(f"{row[name]:,}" for name in _COUNTS),
        f"[red]{row['failed_days']}[/red]" if row["failed_days"] else "0",
        f"[yellow]{row['warned_days']}[/yellow]" if row["warned_days"] else "0",
        f"{row['uncompared_days']:,}",
    ]
