"""Records of what happened to input rows: their columns and types, and how rows become records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

RECORD_COLUMNS = ("game_date", "action", "reason", "key", "source_file", "source_row", "column_name", "value", "rows")
"""Columns of `quality.quarantine` without the table's name.

game_date: the day of the row; NaT if it has no readable day: then it is recorded under the first day of the run.
action: `set_aside` (an input row that is not used), `duplicate` (a repeated row, counted), `disagreement` (two sources
differ, one was taken), `nulled` (an impossible value of a kept row became NULL). rows: number of input rows.
"""
RECORD_TYPES: Mapping[str, Any] = dict.fromkeys(RECORD_COLUMNS, pd.StringDtype("pyarrow")) | {
    "game_date": "datetime64[ns]",
    "source_row": pd.Int64Dtype(),
    "rows": pd.Int64Dtype(),
}
"""Records are typed before they are concatenated, because a column of NULLs would determine the type of the result."""

_NO_RECORDS = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in RECORD_TYPES.items()})[list(RECORD_COLUMNS)]


def as_records(
    rows: pd.DataFrame,
    action: str,
    *,
    day: pd.Series,
    reason: pd.Series | str,
    key: pd.Series,
    column_name: pd.Series | str | None = None,
    value: pd.Series | None = None,
) -> pd.DataFrame:
    """One record per row.

    Args:
        rows: with `_file` and `_row`, the place of each row.
        action: set_aside, duplicate, disagreement or nulled.
        day: under which each record is stored.
        reason: a short stable phrase.
        key: of the game or the row.
        column_name, value: column and value of a disagreement or a nulled value.
    """
    if rows.empty:
        return no_records()
    found = pd.DataFrame(
        {
            "game_date": day,
            "action": action,
            "reason": reason,
            "key": key,
            "source_file": rows["_file"],
            "source_row": rows["_row"],
            "column_name": column_name,
            "value": value,
            "rows": 1,
        },
        index=rows.index,
    )
    return found.astype(RECORD_TYPES).reset_index(drop=True)


def no_records() -> pd.DataFrame:
    """The result for no rows, as for most reasons on most days; building it as for some rows takes milliseconds."""
    return _NO_RECORDS.copy()


def together(*parts: pd.DataFrame) -> pd.DataFrame:
    """The records in one frame."""
    return pd.concat(parts, ignore_index=True)
