"""Repair of failed checks: the command that rebuilds the days, and whether the rows are missing from the sources."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from nba_assets.contracts.findings import is_uncompared

_OF_SOURCES = ("completeness", "quarantine")
SOURCE_HOLE = "The sources lack these rows: the command looks again and finds them once the sources have them"
"""Added to the reason of a failed check if the rows are missing from the sources."""


def repair(table: str, first: date, last: date, *, is_made: bool) -> str:
    """The command that builds days of a table, checks them, and publishes the result.

    is_made: the days have been built already, so they must be forced.
    """
    force = " --force" if is_made else ""
    return f"nba-assets backfill --from {first} --to {last} --select {table},publishing{force}"


def with_history(table: str, first: date, last: date) -> str:
    """The command that rebuilds days of a table that were built from an incomplete history, and that history."""
    return f"{repair(table, first, last, is_made=False)} --with-history"


def is_source_hole(rows: pd.DataFrame, layers: Mapping[str, str]) -> pd.Series:
    """Whether a failed check is due to rows missing from the sources (boolean, aligned with `rows`).

    That is so for completeness and quarantine of raw tables, and for checks with nothing to compare. Rebuilding a raw
    day from the same sources changes nothing; if the sources have changed, the day is stale, and `backfill` reports it.
    """
    is_of_raw = (rows["table_name"].map(layers) == "raw") & rows["check_name"].isin(_OF_SOURCES)
    return is_of_raw | is_uncompared(rows)
