"""Weights of minimum variance, computed exactly, and members without a prediction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_assets.tables.predictions.combining import combined, convex_weights, shrunk


def test_uncorrelated_systems_are_weighted_by_precision() -> None:
    assert convex_weights(np.array([[[1.0, 0.0], [0.0, 4.0]]]))[0] == pytest.approx([0.8, 0.2])


def test_a_system_that_only_adds_noise_gets_no_weight() -> None:
    """The second has the errors of the first plus noise: its unconstrained weight would be negative."""
    assert convex_weights(np.array([[[1.0, 1.2], [1.2, 2.0]]]))[0] == pytest.approx([1.0, 0.0])


def test_the_same_system_twice_has_a_solution() -> None:
    weights = convex_weights(np.array([[[1.0, 1.0], [1.0, 1.0]]]))[0]
    assert weights.sum() == pytest.approx(1.0)


def test_without_a_covariance_the_weights_are_unknown() -> None:
    assert np.isnan(convex_weights(np.full((1, 2, 2), np.nan))).all()


@given(st.lists(st.lists(st.floats(-3, 3), min_size=4, max_size=4), min_size=6, max_size=6))
def test_no_other_weights_are_better(rows: list[list[float]]) -> None:
    errors = np.array(rows) + np.eye(6, 4)
    covariance = np.cov(errors.T)
    weights = convex_weights(covariance[None])[0]
    assert (weights >= 0).all() and weights.sum() == pytest.approx(1.0)
    least = weights @ covariance @ weights
    others = np.random.default_rng(1).dirichlet(np.ones(4), 300)
    assert (np.einsum("ni,ij,nj->n", others, covariance, others) >= least - 1e-6).all()


def test_the_weights_of_a_row_do_not_depend_on_other_rows() -> None:
    many = np.array([np.cov(np.random.default_rng(n).normal(size=(4, 30))) for n in range(20)])
    whole = convex_weights(many)
    for place in (0, 7, 19):
        assert (convex_weights(many[place : place + 1])[0] == whole[place]).all()


def test_the_weight_of_missing_members_goes_to_the_others() -> None:
    values = pd.DataFrame({"a": [10.0, 10.0, None], "b": [20.0, None, None]})
    weights = pd.DataFrame({"a": [0.75] * 3, "b": [0.25] * 3})
    found = combined(values, weights, ("a", "b"))
    assert found[0] == 12.5
    assert found[1] == 10.0
    assert pd.isna(found[2])


def test_few_rows_stay_near_the_prior() -> None:
    weights = np.array([[1.0, 0.0], [1.0, 0.0], [np.nan, np.nan]])
    found = shrunk(weights, pd.Series([0, 500, 0]), {"a": 0.2, "b": 0.8}, 500.0)
    assert found == pytest.approx(np.array([[0.2, 0.8], [0.6, 0.4], [0.2, 0.8]]))
