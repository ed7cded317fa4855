"""Canonical JSON documents: plain values, no NaN, at most four decimals, the same bytes for the same content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import orjson
import pandas as pd

DECIMALS = 4
"""Decimals of every published float: a ten-thousandth of a point, or a hundredth of a percent."""
MOMENT = "%Y-%m-%dT%H:%M:%SZ"


class Records(list[dict[str, Any]]):
    """Rows built by `records`: they are already canonical and are not converted again."""


def records(frame: pd.DataFrame, columns: Sequence[str] | None = None) -> Records:
    """The rows of a frame as JSON objects: NULL as null, floats rounded, moments as ISO text in UTC.

    Args:
        frame: a frame with the dtypes of a contract.
        columns: the columns to include, in this order; None for all.

    Raises:
        ValueError: a float is infinite.
    """
    names = [str(name) for name in (frame.columns if columns is None else columns)]
    values = [column_values(frame[name]) for name in names]
    return Records(dict(zip(names, row, strict=True)) for row in zip(*values, strict=True))


def column_values(column: pd.Series) -> list[Any]:
    """The values of a column as JSON values; see `records`."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _texts_of_times(column)
    is_unknown = column.isna().to_numpy(dtype=bool)
    if is_unknown.all():
        return [None] * len(column)
    if pd.api.types.is_float_dtype(column.dtype):
        numbers = column.to_numpy(dtype="float64", na_value=np.nan)
        if bool(np.isinf(numbers).any()):
            raise ValueError(f"{column.name} holds an infinite number, which JSON has no word for")
        return _with_nulls(np.round(numbers, DECIMALS) + 0.0, is_unknown)
    if pd.api.types.is_bool_dtype(column.dtype):
        return _with_nulls(column.to_numpy(dtype=bool, na_value=False), is_unknown)
    if pd.api.types.is_integer_dtype(column.dtype):
        return _with_nulls(column.to_numpy(dtype="int64", na_value=0), is_unknown)
    return _with_nulls(column.to_numpy(dtype=object), is_unknown)


def _with_nulls(values: np.ndarray, is_unknown: np.ndarray) -> list[Any]:
    """The values as a list of plain Python values, None where unknown."""
    if is_unknown.any():
        values = values.astype(object)
        values[is_unknown] = None
    plain: list[Any] = values.tolist()
    return plain


def _texts_of_times(column: pd.Series) -> list[Any]:
    """Days as 2024-01-15, moments as 2024-01-15T00:30:00Z; each distinct value is formatted once."""
    codes, distinct = pd.factorize(column)
    form = MOMENT if isinstance(column.dtype, pd.DatetimeTZDtype) else "%Y-%m-%d"
    texts = np.array([*pd.DatetimeIndex(distinct).strftime(form), None], dtype=object)
    return list(texts[codes])


def canonical(value: Any) -> Any:
    """The value in plain types: dict, list, text, int, float, bool, None.

    Raises:
        TypeError: a value cannot be represented in JSON.
        ValueError: a float is infinite.
    """
    match value:
        case Records() | None | bool() | int() | str():
            return value
        case float():
            if value != value:
                return None
            if value in (float("inf"), float("-inf")):
                raise ValueError("an infinite number has no form in JSON")
            return round(float(value), DECIMALS) + 0.0
        case Mapping():
            return {str(name): canonical(part) for name, part in value.items()}
        case list() | tuple():
            return [canonical(part) for part in value]
        case np.generic():
            return canonical(value.item())
        case datetime():
            if pd.isna(value):
                return None
            # In frames a timestamp without time zone is a day.
            moment = pd.Timestamp(value)
            return moment.strftime("%Y-%m-%d") if moment.tz is None else moment.tz_convert("UTC").strftime(MOMENT)
        case date():
            return value.isoformat()
    if value is pd.NA or value is pd.NaT:
        return None
    raise TypeError(f"{type(value).__name__} has no form in JSON: {value!r}")


def encoded(document: Mapping[str, Any]) -> bytes:
    """The bytes of a canonical document: UTF-8, no white space, keys in insertion order."""
    return orjson.dumps(document)


def decoded(data: bytes) -> dict[str, Any]:
    """The document decoded from its bytes."""
    found: dict[str, Any] = orjson.loads(data)
    return found
