"""The contract of a table: its key, its columns, when its rows are known, and rules for its rows.

From one TableContract come the Arrow schema in which rows are stored and hashed, the pandera schema that every frame
passes before it is written, the DDL of the warehouse, the column schema on the asset's page and the generated
reference. Nothing about a table is declared anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import pandas as pd
import pandera.pandas as pa_schema
import pyarrow as pa

Kind = Literal["text", "integer", "number", "boolean", "date", "timestamp"]
Known = Literal["pregame", "postgame"]
RowRule = Callable[[pd.DataFrame], pd.Series]
"""A named row rule: frame -> boolean Series, true where the row is valid. NULL counts as true."""

_ARROW: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class Column:
    """A column of the dictionary: one name, one type, one unit, one meaning in all tables.

    `low` / `high` bound what is possible, `usual_low` / `usual_high` what is usual. A table narrows or widens bounds
    by `within` where its grain asks for it (the points of a team are not those of a player).
    """

    name: str
    kind: Kind
    doc: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    usual_low: float | None = None
    usual_high: float | None = None
    values: tuple[str, ...] = ()
    is_nullable: bool = True
    null_share: tuple[float, float] | None = None
    varies: Literal["day", "season"] | None = None

    def within(
        self,
        low: float | None = None,
        high: float | None = None,
        usual_low: float | None = None,
        usual_high: float | None = None,
    ) -> Column:
        """The same column with the bounds of another grain."""
        return replace(self, low=low, high=high, usual_low=usual_low, usual_high=usual_high)

    def required(self) -> Column:
        """The same column where NULL is not allowed."""
        return replace(self, is_nullable=False)

    def nulls(self, low: float, high: float) -> Column:
        """The same column with the band in which the share of NULLs of a game day is expected."""
        return replace(self, null_share=(low, high))

    def varying(self, by: Literal["day", "season"]) -> Column:
        """The same column, which must not be constant over a day's or a season's rows."""
        return replace(self, varies=by)

    def documented(self, doc: str) -> Column:
        """The same column with a description for this table."""
        return replace(self, doc=doc)

    @property
    def pandas_dtype(self) -> object:
        """The dtype in which frames hold this column: fixed by the contract, never inferred from the values."""
        match self.kind:
            case "text":
                return pd.StringDtype("pyarrow")
            case "integer":
                return pd.Int64Dtype() if self.is_nullable else "int64"
            case "number":
                return "float64"
            case "boolean":
                return pd.BooleanDtype() if self.is_nullable else "bool"
            case "date":
                return "datetime64[ns]"
            case "timestamp":
                return pd.DatetimeTZDtype("ns", "UTC")


@dataclass(frozen=True)
class TableContract:
    """The contract of one table.

    Args:
        name: the table, the asset and the module.
        layer: Dagster group and warehouse schema.
        key: columns that identify a row within a day; `game_date` is always part of it.
        known: `pregame` when everything in a row was knowable before that game's own tip-off, else `postgame`.
        columns: out of the dictionary, `game_date` first.
        doc: what the table holds, for the asset's page and the reference.
        rules: what every row must satisfy, by name; a broken rule is impossible data (ERROR).
        unusual: what a row normally satisfies, by name (WARN).
        unhashed: columns that say when and how a row was made, not what it holds: they do not enter the content hash.
    """

    name: str
    layer: str
    key: tuple[str, ...]
    known: Known
    columns: tuple[Column, ...]
    doc: str
    rules: Mapping[str, RowRule] = field(default_factory=dict)
    unusual: Mapping[str, RowRule] = field(default_factory=dict)
    unhashed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if names[:1] != ["game_date"]:
            raise ValueError(f"{self.name}: the first column must be game_date, found {names[:1]}")
        if repeated := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"{self.name}: columns named twice: {sorted(repeated)}")
        if unknown := set(self.key) - set(names):
            raise ValueError(f"{self.name}: key columns that are no columns: {sorted(unknown)}")
        if wrong := (set(self.unhashed) - set(names)) | (set(self.unhashed) & {"game_date", *self.key}):
            raise ValueError(f"{self.name}: unhashed columns must be columns and not of the key: {sorted(wrong)}")
        keys = {"game_date", *self.key}
        fixed = tuple(column.required() if column.name in keys else column for column in self.columns)
        object.__setattr__(self, "columns", fixed)

    @cached_property
    def full_key(self) -> list[str]:
        """`game_date` and the key: the columns that identify a row in the whole table, and the order of its rows."""
        return ["game_date", *(name for name in self.key if name != "game_date")]

    @cached_property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]

    @cached_property
    def hashed(self) -> tuple[Column, ...]:
        """The columns that enter the content hash."""
        return tuple(column for column in self.columns if column.name not in self.unhashed)

    def column(self, name: str) -> Column:
        """The column of that name; the KeyError for an unknown one names the table."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}; it has {', '.join(self.column_names)}")

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        return pa.schema([pa.field(column.name, _ARROW[column.kind], column.is_nullable) for column in self.columns])

    @cached_property
    def pandera_schema(self) -> pa_schema.DataFrameSchema:
        """Column by column: type, NULLs, bounds, allowed values. Row rules are separate: they are masks, not checks."""

        def checks(column: Column) -> list[pa_schema.Check]:
            found = []
            if column.low is not None:
                found.append(pa_schema.Check.ge(column.low))
            if column.high is not None:
                found.append(pa_schema.Check.le(column.high))
            if column.values:
                found.append(pa_schema.Check.isin(column.values))
            return found

        return pa_schema.DataFrameSchema(
            {
                column.name: pa_schema.Column(column.pandas_dtype, checks(column), nullable=column.is_nullable)
                for column in self.columns
            },
            strict=True,
            ordered=True,
            name=self.name,
        )

    def broken_rows(self, frame: pd.DataFrame) -> dict[str, pd.Series]:
        """Invalid rows: reason -> boolean mask (true = broken); only reasons that occur.

        Column rules (NULL where not allowed, out of bounds, a value that is not in the list) and the row rules.
        """
        found: dict[str, pd.Series] = {}
        for column in self.columns:
            values = frame[column.name]
            if not column.is_nullable:
                found[f"{column.name} is NULL"] = values.isna()
            if column.low is not None:
                found[f"{column.name} < {column.low:g}"] = (values < column.low).fillna(False)
            if column.high is not None:
                found[f"{column.name} > {column.high:g}"] = (values > column.high).fillna(False)
            if column.values:
                found[f"{column.name} is none of {', '.join(column.values)}"] = (
                    ~values.isin(column.values) & values.notna()
                )
        for name, rule in self.rules.items():
            found[f"not: {name}"] = ~rule(frame).fillna(True).astype(bool)
        return {reason: mask.astype(bool) for reason, mask in found.items() if bool(mask.any())}

    def unusual_rows(self, frame: pd.DataFrame) -> dict[str, pd.Series]:
        """Unusual rows, which may be right but deserve a look: reason -> boolean mask."""
        found: dict[str, pd.Series] = {}
        for column in self.columns:
            values = frame[column.name]
            if column.usual_low is not None:
                found[f"{column.name} < {column.usual_low:g}"] = (values < column.usual_low).fillna(False)
            if column.usual_high is not None:
                found[f"{column.name} > {column.usual_high:g}"] = (values > column.usual_high).fillna(False)
        for name, rule in self.unusual.items():
            found[f"not: {name}"] = ~rule(frame).fillna(True).astype(bool)
        return {reason: mask.astype(bool) for reason, mask in found.items() if bool(mask.any())}


class ContractError(ValueError):
    """A frame breaks the contract of its table; the message names table, day, key, found and expected."""


PLACE = ("_file", "_row")
"""Columns with the place in the sources where a row was read; not part of any table."""


def typed(
    contract: TableContract, frame: pd.DataFrame, *, is_strict: bool = True, keeps_index: bool = False
) -> pd.DataFrame:
    """The frame in the contract's columns, order and dtypes, sorted by the full key.

    Args:
        contract: of the table.
        frame: with exactly the contract's columns, in any order; PLACE may be there too and is dropped.
        is_strict: False allows NULLs in columns that must not have them, to find the rows that do.
        keeps_index: the rows keep their index instead of being renumbered.

    Raises:
        ContractError: a column is missing or too many, or a value does not fit its column's type.
    """
    missing = [name for name in contract.column_names if name not in frame.columns]
    extra = [name for name in frame.columns if name not in contract.column_names and name not in PLACE]
    if missing or extra:
        raise ContractError(
            f"{contract.name}: columns differ from the contract; "
            f"missing: {missing or 'none'}, not expected: {extra or 'none'}"
        )
    columns: dict[str, pd.Series] = {}
    for column in contract.columns:
        values = frame[column.name]
        try:
            columns[column.name] = _cast(values, column if is_strict else replace(column, is_nullable=True))
        except (TypeError, ValueError) as error:
            raise ContractError(
                f"{contract.name}.{column.name}: expected {column.kind}"
                f"{'' if column.is_nullable else ' without NULLs'}, found {values.dtype} ({error})"
            ) from error
    # pandas would copy every column to lay those of a type side by side.
    result = pd.DataFrame(columns, copy=False)
    return result.sort_values(contract.full_key, kind="stable", ignore_index=not keeps_index)


def _cast(values: pd.Series, column: Column) -> pd.Series:
    if column.kind in ("date", "timestamp"):
        times = pd.to_datetime(values, utc=column.kind == "timestamp")
        return times.astype(column.pandas_dtype)
    if column.kind == "integer" and pd.api.types.is_float_dtype(values.dtype):
        # From float64, which refuses 3.5; the nullable Float64 would silently truncate it to 3.
        return values.astype("float64").astype("Int64").astype(column.pandas_dtype)
    return values.astype(column.pandas_dtype)


def typed_from_arrow(contract: TableContract, table: pa.Table) -> pd.DataFrame:
    """Rows read from a warehouse (all or some columns of the contract) in the contract's dtypes."""
    if table.num_rows == 0:
        # An empty Arrow column comes without chunks, and pandas cannot merge two text columns that have none.
        return pd.DataFrame({name: pd.Series(dtype=contract.column(name).pandas_dtype) for name in table.column_names})
    found: dict[str, pd.Series] = {}
    for name in table.column_names:
        column = contract.column(name)
        mapped = column.pandas_dtype if isinstance(column.pandas_dtype, pd.api.extensions.ExtensionDtype) else None
        if column.kind in ("date", "timestamp"):
            values = table.column(name).to_pandas(date_as_object=False, coerce_temporal_nanoseconds=True)
        elif mapped is not None:
            values = table.column(name).to_pandas(types_mapper=lambda _, dtype=mapped: dtype)
        else:
            # Without NULLs it is a view of the Arrow table, which nobody may write to.
            numbers = table.column(name).to_numpy()
            values = pd.Series(numbers if numbers.flags.writeable else numbers.copy(), copy=False)
        found[name] = values.astype(column.pandas_dtype)
    return pd.DataFrame(found, copy=False)


def to_arrow(contract: TableContract, frame: pd.DataFrame) -> pa.Table:
    """The typed frame in the contract's Arrow schema."""
    return pa.Table.from_pandas(frame, schema=contract.arrow_schema, preserve_index=False)


def validated(contract: TableContract, frame: pd.DataFrame) -> pd.DataFrame:
    """The typed frame, when it keeps the contract.

    Raises:
        ContractError: names the first broken rules with their counts and the first keys.
    """
    frame = typed(contract, frame)
    if len(frame) == 0:
        return frame
    problems = contract.broken_rows(frame)
    repeated = frame.duplicated(contract.full_key, keep=False)
    if bool(repeated.any()):
        problems["duplicate key"] = repeated
    if problems:
        lines = [
            f"{reason}: {int(mask.sum())} rows, first {keys_text(contract, frame[mask], 3)}"
            for reason, mask in problems.items()
        ]
        raise ContractError(
            f"{contract.name}: {len(problems)} rules of the contract are broken, nothing was written. "
            + "; ".join(lines[:8])
        )
    contract.pandera_schema.validate(frame)
    return frame


def keys_text(contract: TableContract, rows: pd.DataFrame, most: int) -> str:
    """The keys of the first rows, for a message: `2024-01-15 0022300561 203999`."""
    found = rows[contract.full_key].head(most).copy()
    found["game_date"] = pd.to_datetime(found["game_date"]).dt.strftime("%Y-%m-%d")
    return ", ".join(" ".join(str(value) for value in row) for row in found.itertuples(index=False))


def select(dictionary: Mapping[str, Column], *items: str | Column | Sequence[str | Column]) -> tuple[Column, ...]:
    """Columns by name out of the dictionary; a Column stands for itself (a dictionary column with narrowed bounds)."""
    chosen: list[Column] = []
    for item in items:
        if isinstance(item, str):
            if item not in dictionary:
                raise KeyError(f"{item!r} is not in the column dictionary (nba_assets/contracts/columns/)")
            chosen.append(dictionary[item])
        elif isinstance(item, Column):
            chosen.append(item)
        else:
            chosen.extend(select(dictionary, *item))
    return tuple(chosen)
