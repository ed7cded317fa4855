"""Runs the checks of a table over days and stores their results in `quality.check_results`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pandas as pd

from nba_assets.contracts.daily_table import DailyTable
from nba_assets.engine.checks.cascade import cascade
from nba_assets.engine.checks.completeness import completeness
from nba_assets.engine.checks.cross import cross
from nba_assets.engine.checks.evidence import Evidence, builds_on_layers, gather
from nba_assets.engine.checks.files_stand import files_stand
from nba_assets.engine.checks.phase_gap import phase_gap
from nba_assets.engine.checks.quarantine import quarantine
from nba_assets.engine.checks.unique_keys import unique_keys
from nba_assets.engine.checks.value_ranges import value_ranges
from nba_assets.engine.platform import Platform
from nba_assets.warehouses.protocol import QUALITY_TABLES

Check = Callable[[Evidence], list[dict[str, object]]]

_STANDING: dict[str, tuple[Check, str]] = {
    "unique_keys": (unique_keys, "Keys are unique and not NULL."),
    "completeness": (completeness, "The day has exactly the rows it must have; missing and extra keys are listed."),
    "value_ranges": (
        value_ranges,
        "Every row satisfies the contract: types, bounds, row rules; unusual values are a warning.",
    ),
}
_RAW: dict[str, tuple[Check, str]] = {"quarantine": (quarantine, "No input row of the day was set aside.")}
_ON_LAYERS: dict[str, tuple[Check, str]] = {
    "phase_gap": (phase_gap, "The day has rows if its same-day inputs have rows, unless it expects none."),
    "cascade": (
        cascade,
        "The last 30 days of each input are complete, do not have too many NULLs, and have not changed since.",
    ),
}
_ON_PRODUCTS: dict[str, tuple[Check, str]] = {
    "files_stand": (files_stand, "Each published file of the day, reread, has the sha256 of its manifest row."),
}


def checks_of(table: DailyTable) -> dict[str, tuple[Check, str]]:
    """The checks of a table by name: the function and a description."""
    found = dict(_STANDING)
    if table.contract.layer == "raw":
        found |= _RAW
    if builds_on_layers(table):
        found |= _ON_LAYERS
        if all(item.reach != "on_day" for item in table.inputs.values()):
            del found["phase_gap"]  # it compares with inputs of the same day
    if table.publishes is not None:
        found |= _ON_PRODUCTS
    for check in table.checks:
        found[check.name] = (cross(check), check.doc)
    return found


def evaluate(
    table: DailyTable, days: Sequence[date], platform: Platform, run_id: str, only: Sequence[str] | None = None
) -> pd.DataFrame:
    """Evaluates the checks of a table: one result per check and day, stored in `quality.check_results` and returned.

    Args:
        table: the table.
        days: the days to check; a day that expects no rows and has none passes.
        platform: settings, warehouse.
        run_id: of the Dagster run.
        only: names of checks; None for all.

    Returns:
        Frame in the columns of `quality.check_results`, sorted by check and day.
    """
    evidence = gather(table, days, platform)
    chosen = {name: check for name, (check, _) in checks_of(table).items() if only is None or name in only}
    of_all = {"table_name": table.name, "run_id": run_id, "evaluated_at": platform.now()}
    rows = [{**of_all, "check_name": name, **row} for name in sorted(chosen) for row in chosen[name](evidence)]
    results = pd.DataFrame(rows, columns=list(QUALITY_TABLES["check_results"]))
    platform.warehouse.replace_check_results(results, table.name, list(chosen), [day.date() for day in evidence.days])
    return results
