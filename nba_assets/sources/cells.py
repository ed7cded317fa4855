"""Converts cells of a source file to the declared type of their column: text, number or flag.

Publishers save the same column in different types: an id as a number, a day as a timestamp, a number as text. A cell of
another type with the same meaning is read. A cell of another meaning is reported, never turned into NULL.

Rules:
- Dates and times stay text, in the declared format of the family (`Printed`). A timestamp column becomes that
  text. A day must be midnight; if the timestamp has a time zone, midnight in that zone, in UTC or in US Eastern. With
  any other clock time the day would be ambiguous. A time without a time zone is UTC.
- ISO dates are read even if another format is declared, because they are unambiguous; 11/01/2023 is not.
- A text that marks a missing value ('nan', 'None') is NULL in a text column. In a number column it is an invalid value,
  because it indicates an error of the publisher's program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nba_assets.basketball.calendar import EASTERN

TEXT = pd.StringDtype("pyarrow")
ISO_DATE = r"\d{4}-\d{2}-\d{2}"
ISO_MIDNIGHT = rf"^{ISO_DATE}(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?)?$"
ISO_MOMENT = rf"^{ISO_DATE}[T ]\d{{2}}:\d{{2}}"
MISSING = ("nan", "NaN", "None", "NULL", "null", "<NA>", "NaT", "N/A", "n/a", "#N/A")
"""Texts that programs write for a missing value. 'Nat' and 'NA' are not among them: Nat is a player's first name."""
FLAGS = {"true": True, "t": True, "yes": True, "1": True, "false": False, "f": False, "no": False, "0": False}
WHOLE_UP_TO = {pa.float16(): 2**11, pa.float32(): 2**24}
"""Largest whole number up to which the float type represents all: beyond it 22300001 becomes 22300000, another game."""


@dataclass(frozen=True)
class Printed:
    """Format of the days or times in a text column of a family.

    forms: strptime formats, or ISO8601; a timestamp column is converted to the first. is_day: days without a clock
    time; otherwise times (UTC if the text has no zone).
    """

    forms: tuple[str, ...]
    is_day: bool

    def parse(self, texts: pd.Series) -> pd.Series:
        """Midnights of the days, or times in UTC; NaT if a text has none of the formats."""
        found = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[ns]" if self.is_day else "datetime64[ns, UTC]")
        for form in self.forms:
            parsed = pd.to_datetime(texts, format=form, errors="coerce", utc=not self.is_day)
            if form == "ISO8601":
                parsed = parsed.where(texts.str.contains(ISO_MOMENT).fillna(False).astype(bool))
            found = found.fillna(parsed.astype(found.dtype))
        return found

    def written(self, moments: pd.Series) -> pd.Series:
        """Days, or times in UTC, as text in the first format."""
        if self.forms[0] == "ISO8601":
            return moments.map(lambda moment: moment.isoformat().replace("+00:00", "Z"), na_action="ignore").astype(
                TEXT
            )
        return moments.dt.strftime(self.forms[0]).astype(TEXT)


def days(*forms: str) -> Printed:
    """Days in one of these formats."""
    return Printed(forms, is_day=True)


def moments(*forms: str) -> Printed:
    """Times in one of these formats."""
    return Printed(forms, is_day=False)


@dataclass(frozen=True)
class Form:
    """A form that every text of a column has.

    Args:
        pattern: regular expression that the whole text matches, without the blanks around it.
        words: what such a text is, for messages.
    """

    pattern: str
    words: str


NAME = Form(r".*[^\W\d_].*", "a name")
WORDS = Form(NAME.pattern, "words")
DIGITS = Form(r"\d+", "a number")
POSITION = Form(r"[GFC](-[GFC])?", "a position such as G or F-C")
HEIGHT = Form(r"\d-\d{1,2}", "a height such as 6-10")


@dataclass(frozen=True)
class Cells:
    """A column in its declared type, and its invalid cells as text (index = position), which are NULL in `values`."""

    values: pd.Series
    bad: pd.Series


def text_cells(column: pa.ChunkedArray, printed: Printed | None = None) -> Cells:
    """The column as text; with `printed`, as days or times in the format of the family."""
    column = _decoded(column)
    kind = column.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _unfit(column) if printed is None else _written(column, printed)
    if pa.types.is_null(kind):
        return _fit(pd.Series(pd.NA, index=range(len(column)), dtype=TEXT))
    if _is_text(kind):
        texts = _without_markers(column)
    elif pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = column.to_pandas().astype("float64")
        is_whole = numbers % 1 == 0
        texts = pd.Series(pd.NA, index=numbers.index, dtype=TEXT)
        texts = texts.mask(numbers.notna(), numbers.astype(str)).mask(
            is_whole, numbers.where(is_whole).astype("Int64").astype(TEXT)
        )
        too_wide = numbers.abs() > WHOLE_UP_TO.get(kind, np.inf)
        if bool(too_wide.any()):
            return Cells(texts.mask(too_wide), texts[too_wide])
    elif pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        texts = column.cast(pa.string()).to_pandas(types_mapper=lambda _: TEXT)
    else:
        return _unfit(column)
    texts = texts.reset_index(drop=True)
    return _fit(texts) if printed is None else _in_form(texts, printed)


def without_odd(cells: Cells, form: Form) -> Cells:
    """The cells of a text column; given texts of another form count as unfit."""
    distinct = pd.Series(cells.values.dropna().unique(), dtype=object).str.strip()
    is_odd = (distinct != "") & ~distinct.str.fullmatch(form.pattern).astype(bool)
    if not bool(is_odd.any()):
        return cells
    odd = cells.values.str.strip().isin(set(distinct[is_odd])).astype(bool)
    bad = pd.concat([cells.bad, cells.values[odd]]).sort_index()
    return Cells(cells.values.mask(odd), bad)


def number_cells(column: pa.ChunkedArray, kind: Literal["integer", "number", "boolean"]) -> Cells:
    """The column as Int64, float64 or boolean; blanks are NULL."""
    column = _decoded(column)
    dtype = {"integer": pd.Int64Dtype(), "number": np.dtype("float64"), "boolean": pd.BooleanDtype()}[kind]
    if pa.types.is_null(column.type):
        return _fit(pd.Series(pd.NA if kind != "number" else np.nan, index=range(len(column)), dtype=dtype))
    if pa.types.is_boolean(column.type) or pa.types.is_integer(column.type):
        whole = column.cast(pa.int64()).to_pandas(types_mapper=lambda _: pd.Int64Dtype()).reset_index(drop=True)
        if kind != "boolean":
            return _fit(whole.astype(dtype))
        is_flag = (whole.isin([0, 1]) | whole.isna()).astype(bool)
        return Cells((whole.where(is_flag) == 1).astype(dtype), whole[~is_flag].astype(TEXT))
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        numbers = column.to_pandas().reset_index(drop=True)
        if column.type in WHOLE_UP_TO:  # .123 of a narrow float is .123, not .12300000339746475
            numbers = pd.to_numeric(numbers.astype(str), errors="coerce")
        numbers = numbers.astype("float64")
        printed, blank = numbers, numbers.isna()
    elif _is_text(column.type):
        printed = column.cast(pa.string()).to_pandas(types_mapper=lambda _: TEXT).reset_index(drop=True)
        blank = (printed.isna() | (printed.str.strip() == "")).astype(bool)
        if kind == "boolean":
            flags = printed.str.strip().str.lower().str.removesuffix(".0").map(FLAGS).astype(dtype)
            return Cells(flags, printed[flags.isna() & ~blank])
        numbers = pd.to_numeric(printed.astype(object).mask(blank), errors="coerce").astype("float64")
    else:
        return _unfit(column, dtype)
    wrong = (numbers.isna() & ~blank) | np.isinf(numbers)
    if kind != "number":
        wrong |= numbers.notna() & (numbers % 1 != 0)
    if kind == "boolean":
        wrong |= numbers.notna() & ~numbers.isin([0, 1])
    bad = printed[wrong].astype("string").astype(TEXT)
    good = numbers.mask(wrong)
    return Cells(good.astype("Int64").astype(dtype) if kind != "number" else good, bad)


def _fit(values: pd.Series) -> Cells:
    return Cells(values, pd.Series([], index=pd.RangeIndex(0), dtype=TEXT))


def _unfit(column: pa.ChunkedArray, dtype: Any = TEXT) -> Cells:
    """A column of a type that cannot represent the declared one: every value is invalid."""
    printed = pd.Series([None if value is None else str(value) for value in column.to_pylist()], dtype=TEXT)
    return Cells(pd.Series(np.nan, index=printed.index).astype(dtype), printed.dropna())


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column without an encoding of its values (dictionary, run lengths); bytes as text if they are UTF-8."""
    if pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_run_end_encoded(column.type):
        column = pa.chunked_array([pc.run_end_decode(chunk) for chunk in column.chunks], column.type.value_type)
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        try:
            return column.cast(pa.large_string())
        except pa.ArrowInvalid:
            return column
    return column


def _without_markers(column: pa.ChunkedArray) -> pd.Series:
    is_missing = pc.is_in(column, pa.array(MISSING, column.type))
    if pc.any(is_missing).as_py():
        column = pc.if_else(is_missing, pa.scalar(None, column.type), column)
    return column.cast(pa.string()).to_pandas(types_mapper=lambda _: TEXT)


def _in_form(texts: pd.Series, printed: Printed) -> Cells:
    """Texts in the format of the family, ISO dates converted to it; everything else is invalid."""
    distinct = pd.Series(texts.dropna().unique(), dtype=TEXT)
    distinct = distinct[distinct.str.strip() != ""]
    odd = distinct[printed.parse(distinct).isna()]
    if odd.empty:
        return _fit(texts)
    iso = odd.where(odd.str.contains(ISO_MIDNIGHT if printed.is_day else ISO_MOMENT).fillna(False).astype(bool))
    read = pd.to_datetime(
        iso.str[:10] if printed.is_day else iso, format="ISO8601", errors="coerce", utc=not printed.is_day
    )
    renamed = dict(zip(odd[read.notna()], printed.written(read[read.notna()]), strict=True))
    unread = set(odd[read.isna()])
    bad = texts[texts.isin(unread)]
    return Cells(texts.replace(renamed).mask(texts.isin(unread)).astype(TEXT), bad)


def _written(column: pa.ChunkedArray, printed: Printed) -> Cells:
    """A date or timestamp column as text in the format of the family."""
    zone = getattr(column.type, "tz", None)
    if pa.types.is_date(column.type):
        if not printed.is_day:
            return _unfit(column)
        column = column.cast(pa.timestamp("ms"))
    try:
        values = column.cast(pa.timestamp("ns", zone)).to_pandas().reset_index(drop=True)
    except pa.ArrowInvalid:  # beyond 1677 to 2262: no day of a basketball game
        return _unfit(column)
    if not printed.is_day:
        return _fit(printed.written(values.dt.tz_localize("UTC") if zone is None else values.dt.tz_convert("UTC")))
    clocks = (
        [values]
        if zone is None
        else [values.dt.tz_convert(place).dt.tz_localize(None) for place in (zone, "UTC", EASTERN.key)]
    )
    day = pd.Series(pd.NaT, index=values.index, dtype="datetime64[ns]")
    for clock in clocks:
        day = day.fillna(clock.where(clock == clock.dt.normalize()))
    bad = values[day.isna() & values.notna()]
    return Cells(printed.written(day), bad.astype("string").astype(TEXT))
