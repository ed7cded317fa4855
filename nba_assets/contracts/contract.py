"""The contract of a table: its key, its columns, when its rows are known, and rules for its rows.

From one TableContract come the Arrow schema in which rows are stored and hashed, the pandera schema that every frame
passes before it is written, the DDL of the warehouse, the column schema on the asset's page and the generated
reference. Nothing about a table is declared anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import pandas as pd
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

    Values outside `low` / `high` are impossible, those outside `usual_low` / `usual_high` unusual. A table with another
    grain sets its own bounds with `within` (a team scores more points than a player).

    Args:
        name: the same in every table.
        kind: type of the values.
        doc: the meaning.
        unit: of the values; empty where there is none.
        values: the allowed values of a text column; empty = any.
        null_share: expected share of NULLs on a game day, lowest and highest.
        varies: the values must not be constant over the rows of a day or of a season.
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
        """The same column with other bounds, for a table of another grain."""
        return replace(self, low=low, high=high, usual_low=usual_low, usual_high=usual_high)

    def required(self) -> Column:
        """The same column with NULL not allowed."""
        return replace(self, is_nullable=False)

    def nulls(self, low: float, high: float) -> Column:
        """The same column with the expected share of NULLs on a game day, lowest and highest."""
        return replace(self, null_share=(low, high))

    def varying(self, by: Literal["day", "season"]) -> Column:
        """The same column with the requirement that it is not constant over the rows of a day or a season."""
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
        known: `pregame` if everything in a row could be known before that game's own tip-off, else `postgame`.
        columns: from the dictionary, `game_date` first.
        doc: what the table contains, for the asset's page and the reference.
        rules: conditions that every row must satisfy, by name; a row that breaks one is impossible (ERROR).
        unusual: conditions that rows normally satisfy, by name (WARN).
        unhashed: columns about the build of a row (when, from which inputs), which are left out of the content hash.

    Raises:
        ValueError: `game_date` is not the first column, a column is repeated, or `key` or `unhashed` names a column
            that it may not name.
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
        """`game_date` and the key: they identify a row within the table, and rows are sorted by them."""
        return ["game_date", *(name for name in self.key if name != "game_date")]

    @cached_property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]

    @cached_property
    def hashed(self) -> tuple[Column, ...]:
        """The columns that enter the content hash."""
        return tuple(column for column in self.columns if column.name not in self.unhashed)

    def column(self, name: str) -> Column:
        """The column with this name.

        Raises:
            KeyError: the table has no such column; the message names the table and its columns.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}; it has {', '.join(self.column_names)}")

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        return pa.schema([pa.field(column.name, _ARROW[column.kind], column.is_nullable) for column in self.columns])

    @cached_property
    def pandera_schema(self) -> Any:
        """The pandera DataFrameSchema: type, NULLs, bounds and allowed values of each column, in their order."""
        import pandera.pandas as pandera  # half a second, which only commands that write rows should pay

        def checks(column: Column) -> list[Any]:
            found = []
            if column.low is not None:
                found.append(pandera.Check.ge(column.low))
            if column.high is not None:
                found.append(pandera.Check.le(column.high))
            if column.values:
                found.append(pandera.Check.isin(column.values))
            return found

        return pandera.DataFrameSchema(
            {
                column.name: pandera.Column(column.pandas_dtype, checks(column), nullable=column.is_nullable)
                for column in self.columns
            },
            strict=True,
            ordered=True,
            name=self.name,
        )

    def schema_error(self, frame: pd.DataFrame) -> str | None:
        """Why pandera refuses a typed frame; None if it passes."""
        from pandera.errors import SchemaError

        try:
            self.pandera_schema.validate(frame)
        except SchemaError as error:
            return str(error)
        return None

    def broken_rows(self, frame: pd.DataFrame) -> dict[str, pd.Series]:
        """Invalid rows: reason -> boolean mask, true for a row that breaks the rule; only reasons that occur.

        Rules are those of the columns (NULL where not allowed, out of bounds, not an allowed value) and the row rules.
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
        found = {reason: mask.astype(bool) for reason, mask in found.items() if bool(mask.any())}
        return found | self.broken_row_rules(frame)

    def broken_row_rules(self, frame: pd.DataFrame) -> dict[str, pd.Series]:
        """As `broken_rows`, the row rules only."""
        found = {f"not: {name}": ~rule(frame).fillna(True).astype(bool) for name, rule in self.rules.items()}
        return {reason: mask.astype(bool) for reason, mask in found.items() if bool(mask.any())}

    def unusual_rows(self, frame: pd.DataFrame) -> dict[str, pd.Series]:
        """Unusual rows, which may be right but should be reviewed: reason -> boolean mask; only reasons that occur."""
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
    """A frame breaks the contract of its table; the message names the table, the rules and the first keys."""


PLACE = ("_file", "_row")
"""Columns with the source file and row number that a row was read from; not part of any table."""


def typed(
    contract: TableContract, frame: pd.DataFrame, *, is_strict: bool = True, keeps_index: bool = False
) -> pd.DataFrame:
    """The frame in the contract's columns, order and dtypes, sorted by the full key.

    Args:
        contract: of the table.
        frame: exactly the contract's columns, in any order; the columns of PLACE are dropped.
        is_strict: False allows NULLs everywhere, so that the caller can report the rows that must not have them.
        keeps_index: the rows keep their index instead of being renumbered.

    Raises:
        ContractError: a column is missing or not in the contract, or a value does not fit the type of its column.
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
    # Without copy=False pandas would copy every column into one block per dtype.
    result = pd.DataFrame(columns, copy=False)
    return result.sort_values(contract.full_key, kind="stable", ignore_index=not keeps_index)


def _cast(values: pd.Series, column: Column) -> pd.Series:
    if values.dtype == column.pandas_dtype:
        return values
    if column.kind in ("date", "timestamp"):
        times = pd.to_datetime(values, utc=column.kind == "timestamp")
        return times.astype(column.pandas_dtype)
    if column.kind == "integer" and pd.api.types.is_float_dtype(values.dtype):
        # Through float64, which raises for 3.5; the nullable Float64 would silently truncate it to 3.
        return values.astype("float64").astype("Int64").astype(column.pandas_dtype)
    return values.astype(column.pandas_dtype)


def typed_from_arrow(contract: TableContract, table: pa.Table) -> pd.DataFrame:
    """Rows read from a warehouse (all or some columns of the contract) in the contract's dtypes."""
    kinds = {column.name: (column.kind, column.pandas_dtype) for column in contract.columns}
    found: dict[str, Any] = {}
    # Arrays and not series: pandas would compare the indexes of all columns with each other.
    for name, values in zip(table.column_names, table.columns, strict=True):
        kind, dtype = kinds[name]
        if table.num_rows == 0:
            # An empty Arrow column comes without chunks, and pandas cannot merge two text columns that have none.
            found[name] = pd.Series(dtype=dtype).array
        elif kind in ("date", "timestamp"):
            found[name] = values.to_pandas(date_as_object=False, coerce_temporal_nanoseconds=True).astype(dtype).array
        elif isinstance(dtype, pd.api.extensions.ExtensionDtype):
            found[name] = dtype.__from_arrow__(values).copy()
        else:
            # Without NULLs to_numpy returns a read-only view of the Arrow table.
            numbers = values.to_numpy()
            found[name] = (numbers if numbers.flags.writeable else numbers.copy()).astype(dtype, copy=False)
    return pd.DataFrame(found, copy=False)


def to_arrow(contract: TableContract, frame: pd.DataFrame) -> pa.Table:
    """The typed frame in the contract's Arrow schema."""
    return pa.Table.from_pandas(frame, schema=contract.arrow_schema, preserve_index=False)


def validated(contract: TableContract, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, typed and sorted, if every row satisfies the contract.

    Raises:
        ContractError: rows break a rule or a key is duplicated; the message has counts and first keys per rule.
    """
    frame = typed(contract, frame)
    if len(frame) == 0:
        return frame
    refused = contract.schema_error(frame)
    problems = contract.broken_row_rules(frame) if refused is None else contract.broken_rows(frame)
    if refused is not None and not problems:
        raise ContractError(f"{contract.name}: {refused}; nothing was written.")
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
    return frame


def keys_text(contract: TableContract, rows: pd.DataFrame, most: int) -> str:
    """The keys of the first rows, for a message: `2024-01-15 0022300561 203999`."""
    found = rows[contract.full_key].head(most).copy()
    found["game_date"] = pd.to_datetime(found["game_date"]).dt.strftime("%Y-%m-%d")
    return ", ".join(" ".join(str(value) for value in row) for row in found.itertuples(index=False))


def select(dictionary: Mapping[str, Column], *items: str | Column | Sequence[str | Column]) -> tuple[Column, ...]:
    """Columns of the dictionary by name; a Column (one with other bounds) is taken as it is.

    Raises:
        KeyError: the dictionary has no such column.
    """
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
