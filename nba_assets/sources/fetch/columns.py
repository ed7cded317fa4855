"""The columns of every family file, and the check that a piece has these columns with their types."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa

Kind = Literal["text", "integer", "number", "boolean", "timestamp"]
ARROW: Mapping[str, pa.DataType] = {
    "text": pa.large_string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
}
_BOOLEANS = {"true": True, "false": False}


class ColumnError(ValueError):
    """Columns or values do not match the family's declaration."""


@dataclass(frozen=True)
class Column:
    """A column of a family file; an optional one is absent from some files or pieces."""

    name: str
    kind: Kind
    is_optional: bool


@cache
def family_columns() -> Mapping[str, tuple[Column, ...]]:
    """Columns by family in the order of the file, from columns.csv."""
    columns: dict[str, list[Column]] = defaultdict(list)
    with Path(__file__).with_name("columns.csv").open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            if row["kind"] not in ARROW:
                raise ValueError(f"columns.csv: {row['family']}.{row['column']} has the unknown kind {row['kind']}")
            columns[row["family"]].append(Column(row["column"], row["kind"], row["presence"] == "optional"))  # type: ignore[arg-type]
    return {family: tuple(found) for family, found in columns.items()}


def text_columns(family: str) -> frozenset[str]:
    """Columns that must be read as text: ids with leading zeros, and codes that look like numbers."""
    return frozenset(column.name for column in family_columns()[family] if column.kind == "text")


def conform(frame: pd.DataFrame, family: str) -> pa.Table:
    """The family's columns of a frame, converted to their types; other columns are dropped.

    An absent optional column is left out, so that a file contains only what its publisher provides.

    Raises:
        ColumnError: a column is missing, or a value is not of the column's kind.
    """
    columns = family_columns()[family]
    missing = [column.name for column in columns if column.name not in frame and not column.is_optional]
    if missing:
        raise ColumnError(
            f"expected the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
            f"found: {', '.join(map(str, frame.columns))}"
        )
    present = [column for column in columns if column.name in frame]
    return pa.table(
        [_typed(frame[column.name], column) for column in present],
        schema=pa.schema([(column.name, ARROW[column.kind]) for column in present]),
    )


def joined(tables: list[pa.Table], family: str) -> pa.Table:
    """The tables concatenated; a column that only some of them have is NULL in the rows of the others."""
    whole = pa.concat_tables(tables, promote_options="default")
    return whole.select([column.name for column in family_columns()[family] if column.name in whole.column_names])


def _typed(values: pd.Series, column: Column) -> pa.Array:
    kind = ARROW[column.kind]
    if column.kind == "text":
        is_text = values.isna() | values.map(type).eq(str)
        if not bool(is_text.all()):
            values = values.astype(object).where(values.isna(), values.astype(str))
        return pa.array(values, type=kind, from_pandas=True)
    if column.kind == "boolean":
        flags = values.astype("string").str.lower().map(_BOOLEANS)
        _refuse(values, flags.isna() & values.notna(), column)
        return pa.array(flags.astype("boolean"), type=kind, from_pandas=True)
    if column.kind == "timestamp":
        times = pd.to_datetime(values, errors="coerce")
        _refuse(values, times.isna() & values.notna(), column)
        return pa.array(times.astype("datetime64[us]"), type=kind, from_pandas=True)
    numbers = pd.to_numeric(values, errors="coerce")
    wrong = numbers.isna() & values.notna()
    if column.kind == "integer":
        wrong |= numbers.notna() & (numbers % 1 != 0)
        _refuse(values, wrong, column)
        return pa.array(numbers.astype("Int64"), type=kind, from_pandas=True)
    _refuse(values, wrong, column)
    return pa.array(numbers.astype("float64").to_numpy(na_value=np.nan), type=kind, from_pandas=True)


def _refuse(values: pd.Series, is_wrong: pd.Series, column: Column) -> None:
    is_wrong = is_wrong.fillna(False).astype(bool)
    if bool(is_wrong.any()):
        place = int(is_wrong.to_numpy().argmax())
        raise ColumnError(
            f"column {column.name}: expected values of kind {column.kind}, found {values.tolist()[place]!r} in row "
            f"{place} and {int(is_wrong.sum()) - 1} more"
        )
