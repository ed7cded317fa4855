"""Cells of a column saved in another type: converted if the meaning is clear, else reported."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest

from nba_assets.sources.cells import Printed, days, moments, number_cells, text_cells

DAY = days("%Y-%m-%d")
MOMENT = moments("ISO8601")
EASTERN = pa.timestamp("us", "America/New_York")
MIDNIGHT = datetime(2024, 1, 14)
EVENING = datetime(2024, 1, 14, 19, 30)


def column(values: list[object], kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    ("values", "printed", "expected"),
    [
        (column([date(2024, 1, 14)], pa.date32()), DAY, "2024-01-14"),
        (column([date(2024, 1, 14)], pa.date64()), days("%m/%d/%Y"), "01/14/2024"),
        (column([MIDNIGHT], pa.timestamp("us")), days("%Y-%m-%dT%H:%M:%S"), "2024-01-14T00:00:00"),
        (column([MIDNIGHT], pa.timestamp("s")), days("%m-%d-%Y"), "01-14-2024"),
        (column([MIDNIGHT], pa.timestamp("ns", "UTC")), DAY, "2024-01-14"),
        (column([datetime(2024, 1, 14, 5, tzinfo=UTC)], EASTERN), DAY, "2024-01-14"),
        (column([datetime(2024, 1, 14, 5, tzinfo=UTC)], pa.timestamp("us", "UTC")), DAY, "2024-01-14"),
        (column(["2024-01-14 00:00:00"]), DAY, "2024-01-14"),
        (column(["2024-01-14"]), days("%m/%d/%Y"), "01/14/2024"),
        (column([20240114], pa.int64()), days("%Y%m%d"), "20240114"),
        (column(["2024-01-14"]).dictionary_encode(), DAY, "2024-01-14"),
        (column([EVENING], pa.timestamp("us")), MOMENT, "2024-01-14T19:30:00Z"),
        (column([EVENING], pa.timestamp("us", "UTC")), moments("%d/%m/%Y %H:%M"), "14/01/2024 19:30"),
        (column([datetime(2024, 1, 14, 19, 30, tzinfo=UTC)], EASTERN), MOMENT, "2024-01-14T19:30:00Z"),
        (column(["2024-01-14T19:30:00-05:00"]), MOMENT, "2024-01-14T19:30:00-05:00"),
        (column(["2021-22-1019"]), days("%Y-%m-%d", "%Y-%y-%m%d"), "2021-22-1019"),
    ],
)
def test_days_and_moments_of_any_type_become_the_text_of_the_family(
    values: pa.ChunkedArray, printed: Printed, expected: str
) -> None:
    cells = text_cells(values, printed)
    assert (cells.values.tolist(), len(cells.bad)) == ([expected], 0)


@pytest.mark.parametrize(
    ("values", "printed", "bad"),
    [
        (column([EVENING], pa.timestamp("us")), DAY, "2024-01-14 19:30:00"),
        (column([date(2024, 1, 14)], pa.date32()), MOMENT, "2024-01-14"),
        (column(["2024-01-14"]), MOMENT, "2024-01-14"),
        (column(["01/14/2024"]), DAY, "01/14/2024"),
        (column([1705190400000]), DAY, "1705190400000"),
        (column([45305.0]), DAY, "45305"),
        (column([MIDNIGHT], pa.timestamp("us")), None, "2024-01-14 00:00:00"),
        (column([time(12, 30)], pa.time32("s")), None, "12:30:00"),
        (column([["a"]], pa.list_(pa.string())), None, "['a']"),
    ],
)
def test_ambiguous_days_times_and_texts_are_reported(
    values: pa.ChunkedArray, printed: Printed | None, bad: str
) -> None:
    cells = text_cells(values, printed)
    assert cells.bad.to_dict() == {0: bad}
    assert cells.values.isna().all()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (column([22300001.0, None]), ["22300001", None]),
        (column([Decimal("22300001"), None], pa.decimal128(12, 2)), ["22300001", None]),
        (column([22300001, None], pa.int32()), ["22300001", None]),
        (column(["a", None]).cast(pa.string_view()), ["a", None]),
        (column([b"a", None], pa.binary()), ["a", None]),
        (column(["nan", "Nat", "None", "NULL"]), [None, "Nat", None, None]),
        (column([10.5, float("nan")]), ["10.5", None]),
        (column([None, None], pa.null()), [None, None]),
    ],
)
def test_ids_and_texts_of_any_type_become_the_same_text(values: pa.ChunkedArray, expected: list[str | None]) -> None:
    cells = text_cells(values)
    assert [
        None if text is None or text != text else text for text in cells.values.to_numpy(object, na_value=None)
    ] == (expected)
    assert cells.bad.empty


def test_an_id_in_a_float_without_enough_precision_is_reported() -> None:
    cells = text_cells(column([22300001.0, 1630001.0], pa.float32()))
    assert cells.bad.index.tolist() == [0]
    assert cells.values[1] == "1630001"


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (column(["12", " 7 ", "", "12.0"]), "integer", [12, 7, None, 12]),
        (column([Decimal("12"), None], pa.decimal128(10, 2)), "integer", [12, None]),
        (column(["a", "7"]).dictionary_encode(), "integer", [None, 7]),
        (column(["0.5", "1"]), "number", [0.5, 1.0]),
        (column([0.123, None], pa.float32()), "number", [0.123, None]),
        (column(["True", "FALSE", "1", ""]), "boolean", [True, False, True, None]),
        (column([1, 0, None]), "boolean", [True, False, None]),
        (column([1.0, 0.0]), "boolean", [True, False]),
        (column([True, False]), "integer", [1, 0]),
    ],
)
def test_numbers_and_flags_of_any_type_become_the_same_values(
    values: pa.ChunkedArray, kind: str, expected: list[object]
) -> None:
    cells = number_cells(values, kind)  # type: ignore[arg-type]
    assert [
        None if value is None or value != value else value for value in cells.values.to_numpy(object, na_value=None)
    ] == (expected)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (column(["None"]), "integer"),
        (column(["inf"]), "number"),
        (column([float("inf")]), "integer"),
        (column([1.5]), "integer"),
        (column([2]), "boolean"),
        (column([MIDNIGHT], pa.timestamp("us")), "integer"),
    ],
)
def test_values_that_are_not_numbers_are_reported(values: pa.ChunkedArray, kind: str) -> None:
    cells = number_cells(values, kind)  # type: ignore[arg-type]
    assert cells.bad.index.tolist() == [0]
    assert cells.values.isna().all()
