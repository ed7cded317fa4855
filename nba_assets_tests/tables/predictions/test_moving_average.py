"""moving_average: the complete sum by hand, the sign of every component, and unknown values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import pandas.testing as pdt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nba_assets.tables.predictions.moving_average import moving_average, team_total_rise

TableRows = Callable[..., pd.DataFrame]
PARTS = "base minutes long_run fatigue matchup pace usage venue total median clip".split()
SCORER: dict[str, object] = {
    "game_date": "2024-01-10",
    "game_id": "0022300500",
    "player_id": 1,
    "points_avg_last_5": 20.0,
    "points_avg_last_10": 18.0,
    "points_avg_season": 16.0,
    "minutes_avg_last_5": 30.0,
    "minutes_avg_last_10": 32.0,
    "minutes_avg_season": 28.0,
    "projected_minutes": 33.0,
    "points_per_minute_ewma": 0.6,
    "points_per_minute_season": 0.55,
    "points_ewma": 19.0,
    "points_avg_prior_season": 14.0,
    "games_played_season": 30,
    "fatigue_score": 85.0,
    "shot_zone_mismatch_score": 2.0,
    "opponent_allowed_to_position": 1.5,
    "pace_score": -1.0,
    "usage_spike_score": 0.5,
    "home_away": 1,
    "implied_team_total": 118.0,
    "team_off_rating": 110.0,
    "team_pace": 100.0,
}
SIGNS = {
    "fatigue_score": (0.0, 100.0),
    "shot_zone_mismatch_score": (-10.0, 10.0),
    "opponent_allowed_to_position": (-8.0, 8.0),
    "pace_score": (-3.0, 3.0),
    "usage_spike_score": (-3.0, 3.0),
    "implied_team_total": (80.0, 150.0),
    "projected_minutes": (0.0, 48.0),
    "home_away": (0, 1),
}
"""Features of which higher values never lower the points, with their bounds."""


@pytest.fixture(scope="session")
def scorer(table_rows: TableRows) -> Callable[..., pd.DataFrame]:
    """(*changes) -> one row of the feature store for each change of the scorer."""

    def rows(*changes: dict[str, object]) -> pd.DataFrame:
        return table_rows("ml_feature_store_v2", *({**SCORER, **change} for change in changes or ({},)))

    return rows


def scaled(row: pd.DataFrame, column: str, values: Sequence[float | None]) -> pd.DataFrame:
    """The row once for each value of the column."""
    rows = row.loc[row.index.repeat(len(values))].reset_index(drop=True)
    return rows.assign(**{column: pd.Series(values, dtype=row[column].dtype)})


def test_every_part_by_hand(scorer: Callable[..., pd.DataFrame]) -> None:
    row = moving_average(scorer()).iloc[0]
    expected = {
        "base": 18.6,  # .5 * 20 + .3 * 18 + .2 * 16
        "minutes": 0.78 * 2.8 * 0.6,  # 33 projected, 30.2 in the base
        "long_run": 0.30 * 0.4 + 0.40 * (0.55 - 18.6 / 30.2) * 33 + 0.30 * -4.6 / 3,
        "fatigue": -1.86 * 0.002 * 15,
        "matchup": 1.86 * (0.04 * 2 + 0.08 * 1.5),
        "pace": -1.86 * 0.09,
        "usage": 1.86 * 0.07 * 0.5,
        "venue": 1.86 * 0.045,
        "total": 1.86 * 0.018 * 8,  # 118, his team usually scores 110
        "median": -0.68,
        "clip": 0.0,
    }
    assert row[PARTS].to_dict() == pytest.approx(expected, abs=1e-12)
    assert row["points"] == pytest.approx(sum(expected.values()), abs=1e-12)
    assert 18 < row["points"] < 19


def test_an_unknown_part_adds_nothing(scorer: Callable[..., pd.DataFrame]) -> None:
    names = {
        "minutes": "projected_minutes",
        "fatigue": "fatigue_score",
        "pace": "pace_score",
        "usage": "usage_spike_score",
        "venue": "home_away",
        "total": "implied_team_total",
    }
    both = [{"shot_zone_mismatch_score": None}, {"opponent_allowed_to_position": None}]
    made = moving_average(scorer(*({column: None} for column in names.values()), *both))
    assert [made[part].iloc[place] for place, part in enumerate(names)] == [0.0] * len(names)
    assert made["matchup"].tolist()[-2:] == pytest.approx([1.86 * 0.08 * 1.5, 1.86 * 0.04 * 2])
    assert made["points"].notna().all()


def test_before_the_first_game_of_the_season_the_last_ten_are_used(scorer: Callable[..., pd.DataFrame]) -> None:
    unknown: dict[str, object] = {"points_avg_season": None, "minutes_avg_season": None}
    made = moving_average(scorer({**unknown, "points_per_minute_season": None, "games_played_season": 0})).iloc[0]
    assert made["base"] == pytest.approx(0.5 * 20 + 0.5 * 18)
    assert made["minutes"] == pytest.approx(0.78 * (33 - 31) * 0.6)
    assert made["long_run"] == pytest.approx(0.30 * 0.0 + 0.30 * (14 - 19))


def test_without_a_mean_there_is_no_prediction(scorer: Callable[..., pd.DataFrame]) -> None:
    made = moving_average(scorer({"points_avg_last_5": None}, {"points_avg_last_10": None}))
    assert made.isna().all(axis=None)


def test_a_negative_sum_is_clipped_to_zero(scorer: Callable[..., pd.DataFrame]) -> None:
    bench: dict[str, object] = {f"points_avg_{window}": 0.0 for window in ("last_5", "last_10", "season")}
    bench |= {"points_ewma": 0.0, "points_per_minute_season": 0.0, "points_per_minute_ewma": 0.0}
    made = moving_average(scorer({**bench, "points_avg_prior_season": None})).iloc[0]
    assert (made["points"], made["clip"], made["median"]) == (0.0, 0.68, -0.68)


def test_the_rise_of_the_total_is_bounded_and_zero_when_unknown(scorer: Callable[..., pd.DataFrame]) -> None:
    rows = scorer({}, {"implied_team_total": 140.0}, {"team_pace": 80.0}, {"team_off_rating": None})
    assert team_total_rise(rows).tolist() == pytest.approx([8.0, 15.0, 15.0, 0.0])


@pytest.mark.parametrize("column", SIGNS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_favourable_features_never_lower_the_points(
    column: str, data: st.DataObject, scorer: Callable[..., pd.DataFrame]
) -> None:
    least, most = SIGNS[column]
    steps = st.lists(st.integers(0, 1) if isinstance(least, int) else st.floats(least, most), min_size=2, max_size=20)
    level = data.draw(st.floats(0, 2))
    points = {name: level * float(str(SCORER[name])) for name in SCORER if name.startswith("points_")}
    made = moving_average(scaled(scorer(points), column, sorted(data.draw(steps))))
    assert made["points"].diff().min() >= -1e-9


@pytest.mark.parametrize("column", SIGNS)
def test_favourable_features_raise_the_points(column: str, scorer: Callable[..., pd.DataFrame]) -> None:
    least, most = SIGNS[column]
    low, high = moving_average(scorer({column: least}, {column: most}))["points"]
    assert low < high


ODD = st.lists(st.one_of(st.none(), st.floats(0, 50)), min_size=20, max_size=20)
MEANS = [name for name in SCORER if name.startswith(("points", "minutes"))]
MINUTES_MEANS = [name for name in MEANS if name.startswith("minutes")]


@settings(max_examples=15, deadline=None)
@given(values=st.fixed_dictionaries(dict.fromkeys(MEANS, ODD)))
@example(values=dict.fromkeys(MEANS, [20.0] * 20) | dict.fromkeys(MINUTES_MEANS, [6e-5] * 20))
def test_parts_add_up_alone_and_in_a_range(
    values: dict[str, list[float | None]], scorer: Callable[..., pd.DataFrame]
) -> None:
    rows = scaled(scorer(), "points_ewma", values["points_ewma"])
    rows = rows.assign(**{name: pd.Series(column, dtype="float64") for name, column in values.items()})
    rows.index = [f"row {place}" for place in range(len(rows))]
    made = moving_average(rows)
    assert made.columns.tolist() == ["points", *PARTS]
    assert not (made["points"] < 0).any()
    size = made[PARTS].abs().sum(axis=1)  # excludes rates of millions of points from milliseconds of playing time
    assert not ((made[PARTS].sum(axis=1) - made["points"]).abs() > 1e-14 * size).any()
    alone = pd.concat([moving_average(rows.loc[[name]]) for name in rows.index[::5]])
    pdt.assert_frame_equal(made[::5], alone, check_exact=True)
