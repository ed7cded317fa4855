"""What to do about a failed check: the command that repairs the day, and whether the sources lack the rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from nba_assets.contracts.findings import is_uncompared

_OF_SOURCES = ("completeness", "quarantine")
SOURCE_HOLE = "The sources lack these rows: the command looks again and finds them once the sources have them"
"""Added to the reason of a failed check if the sources lack the rows."""


def repair(table: str, first: date, last: date, *, is_made: bool) -> str:
    """The command that rebuilds the days of a table, checks them, and publishes the result."""
    force = " --force" if is_made else ""
    return f"nba-assets backfill --from {first} --to {last} --select {table},publishing{force}"


def with_history(table: str, first: date, last: date) -> str:
    """The command that makes days of a table whole that were made from an incomplete history."""
    return f"{repair(table, first, last, is_made=False)} --with-history"


def is_source_hole(rows: pd.DataFrame, layers: Mapping[str, str]) -> pd.Series:
    """Whether a failed check is about rows that the sources lack: completeness and quarantine of raw tables, and
    checks with nothing to compare.

    A raw day contains what its sources have, so rebuilding it from the same sources changes nothing; if the sources
    have changed, the day is stale, which the backfill log says.
    """
    is_of_raw = (rows["table_name"].map(layers) == "raw") & rows["check_name"].isin(_OF_SOURCES)
    return is_of_raw | is_uncompared(rows)
