"""Odds conversions, compared with values calculated by hand."""

import pandas as pd
import pytest

from nba_assets.basketball.odds import american_to_decimal, distance_from_even, implied_probability


@pytest.mark.parametrize(
    ("american", "decimal"),
    [
        ("-110", 1 + 100 / 110),
        ("+150", 2.5),
        ("150", 2.5),
        ("-200", 1.5),
        ("100", 2.0),
        ("-100", 2.0),
        ("EVEN", 2.0),
        (" even ", 2.0),
        ("\u2212115", 1 + 100 / 115),
        ("-20000", 1.005),
    ],
)
def test_american_text(american: str, decimal: float) -> None:
    assert american_to_decimal(pd.Series([american], dtype="string[pyarrow]")).tolist() == pytest.approx([decimal])


def test_american_numbers_keep_the_index() -> None:
    found = american_to_decimal(pd.Series([-120.0, 105.0, float("nan")], index=[7, 3, 5]))
    assert found.index.tolist() == [7, 3, 5]
    assert found[7] == pytest.approx(1 + 100 / 120)
    assert found[3] == pytest.approx(2.05)
    assert pd.isna(found[5])


@pytest.mark.parametrize("odds", [99, -99, 0, 1.91])
def test_impossible_odds_are_null(odds: float) -> None:
    assert american_to_decimal(pd.Series([odds])).isna().all()


def test_text_that_is_not_a_number_is_null() -> None:
    assert american_to_decimal(pd.Series(["None", None, "n/a"], dtype="string[pyarrow]")).isna().all()


def test_nullable_integers() -> None:
    found = american_to_decimal(pd.Series([-150, None], dtype="Int64"))
    assert found[0] == pytest.approx(1 + 100 / 150)
    assert pd.isna(found[1])


def test_implied_probability() -> None:
    assert implied_probability(pd.Series([2.0, 1.25])).tolist() == [0.5, 0.8]


def test_distance_from_even_removes_the_margin_of_two_sides() -> None:
    over = pd.Series([1.9, 1.6, 4.0, None, None])
    under = pd.Series([1.9, 2.4, None, 1.25, None])
    found = distance_from_even(over, under)
    # 1/1.6 and 1/2.4 are .625 and .41667: .6 of their sum
    assert found[:4].tolist() == pytest.approx([0.0, 0.1, 0.25, 0.3])
    assert pd.isna(found[4])
