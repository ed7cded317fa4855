"""Shared parts of document builders: heads, rows by key, shares and their intervals.

What does not belong here: which figures a document contains, and how documents are encoded and stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nba_assets.documents.canonical import Records, records

Record = dict[str, Any]
Document = tuple[str, Mapping[str, Any] | str, int]
"""Path below v1/, the document (JSON, or text for a .md file), rows in it."""
Documents = Iterator[Document]


def by_key(frame: pd.DataFrame, key: str | Sequence[str], names: Sequence[str]) -> dict[Any, Records]:
    """The rows as dictionaries, grouped by the value of a key, in the order of the rows.

    A key of several columns is a tuple; a day in a key is nanoseconds since 1970 (`pd.Timestamp.value`).
    """
    columns = [key] if isinstance(key, str) else list(key)
    ordered = frame.sort_values(columns, kind="stable")
    rows, keys = records(ordered, names), [ordered[column].to_numpy() for column in columns]
    is_first = np.ones(len(rows), dtype=bool)
    is_first[1:] = np.any([values[1:] != values[:-1] for values in keys], axis=0)
    starts = np.flatnonzero(is_first)
    plain = [values[starts].tolist() for values in keys]
    found = plain[0] if isinstance(key, str) else zip(*plain, strict=True)
    bounds = [*starts.tolist(), len(rows)]
    return {value: Records(rows[start:end]) for value, start, end in zip(found, bounds[:-1], bounds[1:], strict=True)}


def wilson(successes: pd.Series, n: pd.Series) -> pd.DataFrame:
    """The 95 % confidence interval of a share, columns low and high; NaN where `n` is 0.

    Wilson's score interval (1927): also valid for few trials and for shares near 0 and 1, where the normal
    approximation leaves the range from 0 to 1.
    """
    z = 1.959963984540054
    trials = n.astype("float64").where(n > 0)
    share = successes.astype("float64") / trials
    middle = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    return pd.DataFrame({"low": (middle - half).clip(lower=0), "high": (middle + half).clip(upper=1)})


def floored_share(part: int, whole: int) -> float | None:
    """part / whole truncated to four decimals, so that only a complete part gives 1; None where `whole` is 0."""
    return None if whole == 0 else part * 10_000 // whole / 10_000


def head(product: str, source: str, **day: str) -> Record:
    """The head of every document: its schema, its day (`game_date` or `as_of`) and the source of the raw rows."""
    return {"schema": f"v1/schemas/{product}.schema.json", **day, "source": source}


def paths_of_every_day(days: pd.DatetimeIndex, *paths: str) -> pd.DataFrame:
    """game_date and path of the files that a product has as of each day; a superseded day needs none of them."""
    found = pd.DataFrame({"game_date": days}).merge(
        pd.DataFrame({"path": [f"v1/{path}" for path in paths]}), how="cross"
    )
    return found.astype({"path": "string[pyarrow]"})


def paths_of_game_days(days: pd.Series, folder: str) -> pd.DataFrame:
    """game_date and path of the file of each day in a folder below v1/."""
    found = pd.DataFrame({"game_date": days.drop_duplicates()})
    return found.assign(path=f"v1/{folder}/" + found["game_date"].dt.strftime("%Y-%m-%d").astype("string") + ".json")
