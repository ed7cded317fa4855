"""zone_matchup: a game by hand, shrinkage, unknown zones, and the sign of every component."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pandas.testing as pdt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_assets.tables.predictions.zone_matchup import zone_matchup

TableRows = Callable[..., pd.DataFrame]
Predict = Callable[..., pd.DataFrame]
DAY = "2024-01-10"
PARTS = "paint mid_range two three free_throws pace usage fatigue total median clip".split()
SHOOTER: dict[str, Any] = {
    "game_date": DAY,
    "game_id": "0022300500",
    "player_id": 1,
    "opponent": "MIN",
    "projected_minutes": 36.0,
    "minutes_ewma": 30.0,
    "field_goal_attempts_ewma": 15.0,
    "three_attempts_ewma": 5.0,
    "free_throw_attempts_ewma": 4.0,
    "ts_pct_season": None,
    "ts_pct_last_10": None,
    "games_played_season": 30,
    "pct_free_throw": 0.15,
    "points_avg_last_10": 20.0,
    "pace_score": 2.0,
    "usage_spike_score": 1.0,
    "fatigue_score": 85.0,
    "implied_team_total": 118.0,
    "team_off_rating": 110.0,
    "team_pace": 100.0,
}
PROFILE: dict[str, Any] = {
    "game_date": DAY,
    "player_id": 1,
    "paint_attempts_avg_last_20": 6.0,
    "paint_pct_last_20": 0.60,
    "mid_range_attempts_avg_last_20": 3.0,
    "mid_range_pct_last_20": 0.50,
    "three_attempts_avg_last_20": 5.0,
    "three_pct_last_20": 0.40,
    "zone_games_last_20": 20,
    "games_in_sample_last_20": 20,
}
DEFENSE: dict[str, Any] = {
    "game_date": DAY,
    "team": "MIN",
    "paint_defense_vs_league_avg": 4.0,
    "mid_range_defense_vs_league_avg": 0.0,
    "three_defense_vs_league_avg": -2.0,
    "league_paint_pct_last_15": 0.58,
    "league_mid_range_pct_last_15": 0.42,
    "league_three_pct_last_15": 0.37,
}


@pytest.fixture(scope="session")
def predict(table_rows: TableRows) -> Predict:
    """(row=, profile=, defense=) -> prediction for the shooter; None omits the row of a table."""

    def made(
        row: dict[str, Any] | None = None,
        profile: dict[str, Any] | None = PROFILE,
        defense: dict[str, Any] | None = DEFENSE,
    ) -> pd.DataFrame:
        return zone_matchup(
            table_rows("ml_feature_store_v2", {**SHOOTER, **(row or {})}),
            table_rows("player_shot_zone_analysis", *([] if profile is None else [{**PROFILE, **profile}])),
            table_rows("team_defense_zone_analysis", *([] if defense is None else [{**DEFENSE, **defense}])),
        )

    return made


def test_a_game_by_hand(predict: Predict) -> None:
    made = predict().iloc[0]
    # 36 minutes instead of 30: 12 twos, 6 threes, 4.8 free throws; 120 of his 180 twos were in the paint
    share = (120 + 40 * 0.66) / (180 + 40)
    paint = (120 * 0.60 + 150 * 0.58) / 270 + 0.5 * 0.04
    mid_range = (60 * 0.50 + 150 * 0.42) / 210
    three = (100 * 0.40 + 600 * 0.37) / 700 - 0.5 * 0.02
    free_throw = (10 * 0.15 * 20 + 80 * 0.78) / (10 * 4 + 80)
    shots = {
        "paint": 12 * share * 2 * paint,
        "mid_range": 12 * (1 - share) * 2 * mid_range,
        "three": 6 * 3 * three,
        "free_throws": 4.8 * free_throw,
    }
    total = sum(shots.values())
    expected = {
        **shots,
        "pace": total * 0.01 * 2,
        "usage": total * 0.012,
        "fatigue": -total * 0.0002 * 15,
        "total": total * 0.0014 * 8,
        "median": -0.65,
        "clip": 0.0,
    }
    assert made[list(expected)].to_dict() == pytest.approx(expected, abs=1e-12)
    assert pd.isna(made["two"])
    assert made["points"] == pytest.approx(sum(expected.values()), abs=1e-12)
    assert 23 < made["points"] < 24


def test_true_shooting_shifts_the_priors_of_zones(predict: Predict) -> None:
    attempts = {"paint": 7.92, "mid_range": 4.08, "three": 6.0}
    league = 2 * 7.92 * 0.58 + 2 * 4.08 * 0.42 + 3 * 6 * 0.37 + 4.8 * 0.78
    true_shooting = league / (2 * (18 + 0.44 * 4.8))
    row = predict({"ts_pct_season": 1.1 * true_shooting}, profile=None).iloc[0]
    skill = 0.1 * 450 / 490  # 30 games of 15 shots
    expected = attempts["three"] * 3 * (0.37 * (1 + 0.5 * skill) - 0.01)
    assert row["three"] == pytest.approx(expected)
    last_10 = predict({"ts_pct_last_10": 1.1 * true_shooting, "games_played_season": 0}, profile=None).iloc[0]
    assert last_10["three"] == pytest.approx(6 * 3 * (0.37 * (1 + 0.5 * 0.1 * 150 / 190) - 0.01))
    bound = predict({"ts_pct_season": 3 * true_shooting, "games_played_season": 10_000}, profile=None).iloc[0]
    assert bound["three"] == pytest.approx(6 * 3 * (0.37 * 1.25 - 0.01), rel=1e-4)


def test_unknown_zones_are_twos_and_threes(predict: Predict) -> None:
    without_zones: dict[str, Any] = {
        f"{zone}_{what}_last_20": None for zone in ("paint", "mid_range") for what in ("attempts_avg", "pct")
    }
    for profile in (None, {**without_zones, "zone_games_last_20": 3}):
        made = predict(profile=profile).iloc[0]
        two = 12 * 2 * (0.66 * (0.58 + 0.5 * 0.04) + 0.34 * 0.42)
        assert made["two"] == pytest.approx(two)
        assert made[["paint", "mid_range"]].isna().all()
    assert made["three"] == pytest.approx(6 * 3 * ((100 * 0.40 + 600 * 0.37) / 700 - 0.01))


def test_an_unknown_defence_is_an_average_one(predict: Predict) -> None:
    made = predict(profile=None, defense=None).iloc[0]
    assert made["two"] == pytest.approx(12 * 2 * (0.66 * 0.57 + 0.34 * 0.41))
    assert made["three"] == pytest.approx(6 * 3 * 0.36)


def test_the_player_s_own_percentage_is_weighted_by_shots(predict: Predict) -> None:
    hot = {"three_pct_last_20": 0.60}
    few, many = (predict(profile={**hot, "three_attempts_avg_last_20": n}).iloc[0]["three"] for n in (1.0, 10.0))
    assert few == pytest.approx(6 * 3 * ((20 * 0.60 + 600 * 0.37) / 620 - 0.01))
    assert many == pytest.approx(6 * 3 * ((200 * 0.60 + 600 * 0.37) / 800 - 0.01))


def test_unknown_components_are_zero_and_without_minutes_there_is_no_prediction(predict: Predict) -> None:
    names = {"pace": "pace_score", "usage": "usage_spike_score", "fatigue": "fatigue_score"}
    for part, column in {**names, "total": "implied_team_total"}.items():
        assert predict({column: None}).iloc[0][part] == 0.0
    assert predict({"pct_free_throw": None}).iloc[0]["free_throws"] == pytest.approx(4.8 * 80 * 0.78 / 120)
    for column, value in (("projected_minutes", None), ("minutes_ewma", 0.0), ("field_goal_attempts_ewma", None)):
        assert predict({column: value}).isna().all(axis=None)


def test_a_player_without_shots_scores_zero(predict: Predict) -> None:
    none = {f"{what}_attempts_ewma": 0.0 for what in ("field_goal", "three", "free_throw")}
    made = predict({**none, "points_avg_last_10": 0.0, "ts_pct_season": 0.0}).iloc[0]
    assert (made["points"], made["clip"]) == (0.0, 0.65)


SIGNS = {
    "pace_score": (-3.0, 3.0),
    "usage_spike_score": (-3.0, 3.0),
    "implied_team_total": (80.0, 150.0),
    "fatigue_score": (0.0, 100.0),
    "projected_minutes": (0.0, 48.0),
}


STEPS = {column: st.lists(st.floats(*bounds), min_size=2, max_size=20) for column, bounds in SIGNS.items()}


@pytest.mark.parametrize("column", SIGNS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_favourable_features_never_lower_the_points(column: str, data: st.DataObject, table_rows: TableRows) -> None:
    values = sorted(data.draw(STEPS[column]))
    made = zone_matchup(
        table_rows("ml_feature_store_v2", *({**SHOOTER, column: value} for value in values)),
        table_rows("player_shot_zone_analysis", PROFILE),
        table_rows("team_defense_zone_analysis", DEFENSE),
    )
    assert made["points"].diff().min() >= -1e-9


@pytest.mark.parametrize("zone", ["paint", "mid_range", "three"])
@settings(max_examples=15, deadline=None)
@given(
    values=st.lists(st.floats(-60, 60), min_size=2, max_size=20),
    pct=st.floats(0, 1),
    threes=st.floats(0, 15),
    has_profile=st.booleans(),
)
def test_a_weaker_defence_never_lowers_the_points(
    zone: str, values: list[float], pct: float, threes: float, has_profile: bool, table_rows: TableRows
) -> None:
    teams = [f"T{place:02d}" for place in range(len(values))]
    weaker = [{"team": team, f"{zone}_defense_vs_league_avg": v} for team, v in zip(teams, sorted(values), strict=True)]
    profile = {**PROFILE, f"{zone}_pct_last_20": pct, "player_id": 1 if has_profile else 2}
    made = zone_matchup(
        table_rows(
            "ml_feature_store_v2", *({**SHOOTER, "opponent": team, "three_attempts_ewma": threes} for team in teams)
        ),
        table_rows("player_shot_zone_analysis", profile),
        table_rows("team_defense_zone_analysis", *({**DEFENSE, **team} for team in weaker)),
    )
    assert made["points"].diff().min() >= -1e-9


@pytest.mark.parametrize("column", SIGNS)
def test_favourable_features_raise_the_points(column: str, predict: Predict) -> None:
    low, high = (predict({column: value}).iloc[0]["points"] for value in SIGNS[column])
    assert low < high


def test_each_weaker_zone_raises_the_points(predict: Predict) -> None:
    for zone in ("paint", "mid_range", "three"):
        low, high = (
            predict(defense={f"{zone}_defense_vs_league_avg": value}).iloc[0]["points"] for value in (-5.0, 5.0)
        )
        assert low < high


def test_a_duplicate_player_raises(table_rows: TableRows) -> None:
    rows = table_rows("ml_feature_store_v2", SHOOTER)
    profile, defense = (
        table_rows("player_shot_zone_analysis", PROFILE),
        table_rows("team_defense_zone_analysis", DEFENSE),
    )
    with pytest.raises(pd.errors.MergeError):
        zone_matchup(rows, pd.concat([profile, profile]), defense)
    with pytest.raises(pd.errors.MergeError):
        zone_matchup(rows, profile, pd.concat([defense, defense]))


ODD = st.one_of(st.none(), st.floats(0, 30))
A_SECOND = 1 / 60
SHOTS = {
    **dict.fromkeys(("field_goal_attempts_ewma", "three_attempts_ewma", "free_throw_attempts_ewma"), ODD),
    # Playing time is at least a second; smaller values give sums beyond floating-point precision.
    "minutes_ewma": st.one_of(st.none(), st.just(0.0), st.floats(A_SECOND, 30)),
}


@settings(max_examples=15, deadline=None)
@given(changes=st.lists(st.fixed_dictionaries(SHOTS), max_size=8))
def test_parts_add_up_alone_and_in_a_range(changes: list[dict[str, Any]], table_rows: TableRows) -> None:
    others = [{**SHOOTER, **change, "player_id": place} for place, change in enumerate(changes, 2)]
    rows = table_rows("ml_feature_store_v2", *others, SHOOTER)
    rows.index = [f"row {place}" for place in range(len(rows))]
    profiles = table_rows("player_shot_zone_analysis", PROFILE, {**PROFILE, "player_id": 3, "paint_pct_last_20": 0.1})
    defenses = table_rows("team_defense_zone_analysis", {**DEFENSE, "team": "BOS"}, DEFENSE)
    made = zone_matchup(rows, profiles, defenses)
    assert made.columns.tolist() == ["points", *PARTS]
    assert not (made["points"] < 0).any()
    assert not ((made[PARTS].sum(axis=1) - made["points"]).abs() > 1e-9).any()
    alone = pd.concat([zone_matchup(rows.loc[[name]], profiles, defenses) for name in rows.index])
    pdt.assert_frame_equal(made, alone, check_exact=True)
