"""What to do about a failed check: the command that repairs the day, and whether the sources lack the rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from nba_assets.contracts.day_state import is_uncompared

_OF_SOURCES = ("completeness", "quarantine")
SOURCE_HOLE = "The sources lack these rows: the command looks again and finds them once the sources have them"
"""Of a failed check that is about what the sources lack."""


def repair(table: str, first: date, last: date, *, is_made: bool) -> str:
    """The command that rebuilds the days of a table, checks them, and publishes the result."""
    force = " --force" if is_made else ""
    return f"nba-assets backfill --from {first} --to {last} --select {table},publishing{force}"


def is_source_hole(rows: pd.DataFrame, layers: Mapping[str, str]) -> pd.Series:
    """Whether a failed check is about what the sources lack: completeness and quarantine of raw tables, and what had
    nothing to compare.

    A raw day holds what its sources have of it, so making it again from the same sources brings nothing new; when they
    have changed, the day is stale, which the backfill log says.
    """
    is_of_raw = (rows["table_name"].map(layers) == "raw") & rows["check_name"].isin(_OF_SOURCES)
    return is_of_raw | is_uncompared(rows)
