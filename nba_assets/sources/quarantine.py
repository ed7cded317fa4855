"""Records of what happened to input rows (archive.RECORD_COLUMNS), for the tables that read whole families."""

from __future__ import annotations

import pandas as pd

from nba_assets.sources.archive.reader import RECORD_COLUMNS

_TEXT = pd.StringDtype("pyarrow")
_DTYPES = dict.fromkeys(RECORD_COLUMNS, _TEXT) | {"game_date": "datetime64[ns]", "source_row": "Int64", "rows": "Int64"}


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
    """One record a row.

    Args:
        rows: with `_file` and `_row`, where each row was read.
        action: set_aside, duplicate, disagreement or nulled.
        day: under which each record is filed.
        reason: a short stable phrase.
        key: of the game or the row.
        column_name, value: what a disagreement or a nulled value is about.
    """
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
    return found.astype(_DTYPES).reset_index(drop=True)


def together(*parts: pd.DataFrame) -> pd.DataFrame:
    """Records under one another."""
    return pd.concat(parts, ignore_index=True)
