"""Documents are canonical: no NaN, four decimals, times as text, equal bytes for equal content."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_assets.documents.canonical import canonical, decoded, encoded, records

NUMBERS = st.floats(min_value=-1e9, max_value=1e9) | st.just(math.nan)


def test_rows_of_a_frame() -> None:
    frame = pd.DataFrame(
        {
            "day": pd.to_datetime(["2024-01-15", None]),
            "at": pd.to_datetime(["2024-01-15T23:30:00Z", None], utc=True),
            "points": [1.234567, np.nan],
            "count": pd.array([3, None], dtype="Int64"),
            "flag": pd.array([True, None], dtype="boolean"),
            "name": pd.array(["Jokić", None], dtype="string[pyarrow]"),
            "plain": [1, 2],
            "nothing": [np.nan, np.nan],
        }
    )
    first, second = records(frame)
    assert first == {
        "day": "2024-01-15",
        "at": "2024-01-15T23:30:00Z",
        "points": 1.2346,
        "count": 3,
        "flag": True,
        "name": "Jokić",
        "plain": 1,
        "nothing": None,
    }
    assert set(second.values()) == {None, 2}
    assert [type(value) for value in first.values()] == [str, str, float, int, bool, str, int, type(None)]


@given(st.lists(NUMBERS, min_size=1, max_size=20), NUMBERS)
def test_no_nan_reaches_json(values: list[float], alone: float) -> None:
    document = canonical({"rows": records(pd.DataFrame({"x": values})), "alone": alone, "array": np.array([alone])[0]})
    found = json.loads(encoded(document), parse_constant=lambda word: pytest.fail(f"{word} in JSON"))
    for value, row in zip(values, found["rows"], strict=True):
        assert row["x"] is None if math.isnan(value) else math.isclose(row["x"], value, abs_tol=1e-4)
    assert (found["alone"] is None) == math.isnan(alone)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e6, max_value=1e6))
def test_floats_have_four_decimals_at_most(value: float) -> None:
    for found in (canonical(value), records(pd.DataFrame({"x": [value]}))[0]["x"]):
        text = encoded({"x": found}).decode()
        assert len(text.removesuffix("}").partition(".")[2]) <= 4 or "e" in text
        assert text != '{"x":-0.0}'


def test_other_values_of_documents() -> None:
    document = {
        "day": date(2024, 1, 15),
        "at": datetime(2024, 1, 15, 23, 30, tzinfo=UTC),
        "midnight": pd.Timestamp("2024-01-15"),
        "never": pd.NaT,
        "unknown": pd.NA,
        "many": (np.int64(1), np.float64(2.5), np.bool_(True)),
    }
    assert canonical(document) == {
        "day": "2024-01-15",
        "at": "2024-01-15T23:30:00Z",
        "midnight": "2024-01-15",
        "never": None,
        "unknown": None,
        "many": [1, 2.5, True],
    }
    assert decoded(encoded({"a": [1, None]})) == {"a": [1, None]}


def test_values_without_a_json_form_are_rejected() -> None:
    with pytest.raises(ValueError, match="infinite"):
        canonical({"x": math.inf})
    with pytest.raises(ValueError, match="x holds an infinite number"):
        records(pd.DataFrame({"x": [math.inf]}))
    with pytest.raises(TypeError, match="set has no form in JSON"):
        canonical({"x": {1}})
