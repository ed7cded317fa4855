"""The distribution of a prediction: quantiles, probabilities, integer points."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_assets.contracts.columns.predictions import QUANTILES
from nba_assets.tables.predictions.distribution import probability_below, probability_over, quantiles_at

ROW = pd.DataFrame([[6.0, 10.0, 15.0, 20.0, 26.0]], columns=list(QUANTILES))


def test_the_distribution_has_the_published_quantiles() -> None:
    assert quantiles_at(ROW, list(QUANTILES.values())).tolist() == [[6.0, 10.0, 15.0, 20.0, 26.0]]
    assert quantiles_at(ROW, [0.0, 1.0]).tolist() == [[2.0, 38.0]]
    assert quantiles_at(ROW, [0.375]).tolist() == [[12.5]]


@pytest.mark.parametrize(("value", "expected"), [(2, 0), (1, 0), (6, 0.1), (12.5, 0.375), (38, 1), (50, 1), (32, 0.95)])
def test_probabilities_are_the_inverse(value: float, expected: float) -> None:
    assert probability_below(ROW, [value])[0] == pytest.approx(expected)


def test_mass_where_quantiles_coincide() -> None:
    bench = pd.DataFrame([[0.0, 0.0, 2.0, 4.0, 7.0]], columns=list(QUANTILES))
    assert probability_below(bench, [0.0])[0] == 0.0
    assert probability_below(bench, [1e-6])[0] == pytest.approx(0.25)


def test_only_an_integer_line_can_push() -> None:
    over, push = probability_over(ROW, [12.5])
    assert (over[0], push[0]) == (pytest.approx(0.625), 0.0)
    over, push = probability_over(ROW, [15.0])
    assert over[0] == pytest.approx(1 - (0.5 + 0.25 * 0.5 / 5))
    assert push[0] == pytest.approx(0.25 / 5)


def test_without_a_prediction_there_is_no_probability() -> None:
    nothing = pd.DataFrame([[np.nan] * 5], columns=list(QUANTILES))
    assert np.isnan(probability_below(nothing, [10.0])[0])
    assert np.isnan(probability_below(ROW, [np.nan])[0])
    assert np.isnan(np.concatenate(probability_over(ROW, [np.nan]))).all()


@given(
    quantiles=st.lists(st.floats(0, 60), min_size=5, max_size=5).map(sorted),
    low=st.floats(-5, 90),
    high=st.floats(-5, 90),
)
def test_probabilities_rise_from_zero_to_one(quantiles: list[float], low: float, high: float) -> None:
    frame = pd.DataFrame([quantiles], columns=list(QUANTILES))
    below = [float(probability_below(frame, [value])[0]) for value in sorted((low, high))]
    assert 0.0 <= below[0] <= below[1] <= 1.0 + 1e-12
