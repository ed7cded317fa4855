"""The formulas, compared with values calculated by hand."""

import pandas as pd
import pytest

from nba_assets import basketball


def series(*values: object) -> pd.Series:
    return pd.Series(values, dtype="Int64")


def box(**values: int) -> pd.DataFrame:
    return pd.DataFrame({name: series(value) for name, value in values.items()})


@pytest.mark.parametrize(
    ("published", "overtimes", "minutes"), [(240, 0, 240), (237, 0, 240), (263, 1, 265), (290, 2, 290), (318, 3, 315)]
)
def test_overtimes_from_published_minutes_that_are_off(published: float, overtimes: int, minutes: float) -> None:
    found = basketball.overtime_periods(pd.Series([float(published)]))
    assert list(found) == [overtimes]
    assert list(basketball.playing_minutes(found)) == [minutes]


def test_unknown_team_minutes_stay_unknown() -> None:
    found = basketball.overtime_periods(pd.Series([None], dtype="float64"))
    assert found.isna().all() and basketball.playing_minutes(found).isna().all()


def test_possessions_pace_and_rating() -> None:
    # 80 + .44 * 25 - 10 + 14 = 95; the opponent has 96.8: 48 * (95 + 96.8) / 2 / 48 = 95.9
    own = basketball.possessions(
        box(field_goals_attempted=80, free_throws_attempted=25, offensive_rebounds=10, turnovers=14)
    )
    assert list(own) == [95.0]
    assert list(basketball.pace(own, pd.Series([96.8]), pd.Series([240.0]))) == pytest.approx([95.9])
    assert list(basketball.rating(series(110), own)) == pytest.approx([115.78947368])


def test_pace_is_per_48_minutes_in_overtime_too() -> None:
    # 106 possessions in 53 minutes are 96 in 48.
    possessions = pd.Series([106.0])
    assert list(basketball.pace(possessions, possessions, pd.Series([265.0]))) == pytest.approx([96.0])


def test_usage() -> None:
    # 20 + .44 * 10 + 3 = 27.4 of the team's 105 plays in 36 of 48 minutes: 100 * 27.4 * 48 / (36 * 105)
    used = basketball.plays_used(series(20), series(10), series(3))
    assert list(used) == [27.4]
    found = basketball.usage_rate(used, pd.Series([36.0]), pd.Series([105.0]), pd.Series([240.0]))
    assert list(found) == pytest.approx([34.79365079])


def test_shooting() -> None:
    assert list(basketball.true_shooting(series(30), series(20), series(10))) == pytest.approx([30 / 48.8])
    assert list(basketball.effective_field_goal(series(10), series(2), series(20))) == [0.55]


def test_game_score() -> None:
    # 30 + 4 - 14 - .8 + .7 + 2.1 + 2 + 3.5 + .7 - 1.2 - 3 = 24
    found = basketball.game_score(
        box(
            points=30,
            field_goals_made=10,
            field_goals_attempted=20,
            free_throws_made=8,
            free_throws_attempted=10,
            offensive_rebounds=1,
            defensive_rebounds=7,
            assists=5,
            steals=2,
            blocks=1,
            turnovers=3,
            personal_fouls=3,
        )
    )
    assert list(found) == [24.0]


def test_zero_divided_by_zero_is_null() -> None:
    none = series(0, None)
    assert basketball.true_shooting(series(2, 2), none, none).isna().all()
    assert basketball.effective_field_goal(none, none, none).isna().all()
    assert basketball.usage_rate(series(0, 5), pd.Series([0.0, 10.0]), series(90, None), series(240, 240)).isna().all()
    assert basketball.rating(series(100, 100), none.astype("float64")).isna().all()


def test_a_row_has_the_same_bits_alone_and_among_others() -> None:
    attempts, throws, turnovers = (pd.Series(range(start, start + 97), dtype="Int64") for start in (3, 11, 2))
    used = basketball.plays_used(attempts, throws, turnovers)
    minutes = pd.Series(range(97), dtype="float64") / 7 + 1
    whole = basketball.usage_rate(used, minutes, used * 3, pd.Series([265.0] * 97))
    alone = [
        basketball.usage_rate(used[[at]], minutes[[at]], used[[at]] * 3, pd.Series([265.0], index=[at]))[at]
        for at in range(97)
    ]
    assert list(whole) == alone
