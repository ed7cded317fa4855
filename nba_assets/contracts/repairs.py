"""What to do about a failed check: the command that repairs the day, and whether the sources have no more than this."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from nba_assets.contracts.day_state import is_uncompared

_OF_SOURCES = ("completeness", "quarantine")
SOURCE_HOLE = "The sources have no more than this: the command looks again, and finds more once they have it"
"""Of a failed check that is about what the sources lack."""


def repair(table: str, first: date, last: date, *, is_made: bool) -> str:
    """The command that makes the days of a table again, checks them, and publishes what came of it."""
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
