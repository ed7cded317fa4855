"""The figures of a day and of windows: values calculated by hand, windows compared with a loop over days."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.tables.grading import prediction_performance_summary as summary
from nba_assets.tables.grading import system_daily_performance as daily
from nba_assets.tables.grading.performance import values_of
from nba_assets_tests.tables.grading.graded_rows import GRADED, NO_BET, NO_LINE, VOID, Row, graded

TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
DAY = "2024-01-10"
FIVE: list[Row] = [
    {"player_id": 1},
    # A bet over, lost: predicted 12, scored 10.
    graded(10, player_id=2, predicted_points=12.0, expected_points=12.5, points_line=11.5, bet_line=11.5, crps=1.0)
    | {"recommendation": "OVER", "bet_side": "OVER", "bet_price": 2.0, "bet_result": "LOSS", "bet_profit": -1.0}
    | {"confidence": 0.61, "prediction_correct": False, "prob_over": 0.6, "naive_absolute_error": 1.0},
    # The consensus line was hit exactly: neither over nor under.
    graded(21, player_id=3, points_line=21.0, prob_over=0.2, in_p10_p90=False, within_3=False, crps=2.0),
    graded(6, player_id=4, predicted_points=4.0, expected_points=5.0, crps=1.6, naive_absolute_error=2.0)
    | {**NO_LINE, "is_home": False, "days_rest": 4, "scoring_tier": "bench", "projected_minutes_error": 5.0},
    {**VOID, "player_id": 5},
]


def days_of(*days: str) -> list[Row]:
    """One row per day of a player who scores 18."""
    return [graded(18, game_date=day, game_id=f"g{day}") for day in days]


@pytest.fixture
def of_day(table_rows: TableRows, run: Run) -> pd.Series:
    """The ensemble's day of FIVE."""
    rows = table_rows("prediction_accuracy", *({**GRADED, **row} for row in (*FIVE, {"system_id": "similarity"})))
    made = validated(daily.CONTRACT, run(daily.system_daily_performance, DAY, graded=rows))
    assert made["system_id"].tolist() == ["ensemble", "similarity"]
    return made.iloc[0]


def test_errors_of_a_day(of_day: pd.Series) -> None:
    assert of_day[["predictions", "graded", "voids"]].tolist() == [5, 4, 1]
    assert of_day["void_rate"] == 0.2
    assert of_day["mae"] == pytest.approx((2 + 2 + 1 + 2) / 4)
    assert of_day["naive_mae"] == pytest.approx((3 + 1 + 3 + 2) / 4)
    signed = (2.5, 2.5, -0.5, -1.0)
    assert of_day["bias"] == pytest.approx(sum(signed) / 4)
    assert of_day["rmse"] == pytest.approx(math.sqrt(sum(error**2 for error in signed) / 4))
    assert of_day["mean_crps"] == pytest.approx((1.4 + 1.0 + 2.0 + 1.6) / 4)
    assert of_day["coverage_p10_p90"] == 0.75
    assert (of_day["share_within_3"], of_day["share_within_5"]) == (0.75, 1.0)
    assert of_day["minutes_mae"] == pytest.approx((1 + 1 + 1 + 5) / 4)


def test_lined_rows_of_a_day_with_the_line_and_the_naive_one_on_the_same_rows(of_day: pd.Series) -> None:
    assert of_day["lined"] == 3
    assert of_day["lined_mae"] == pytest.approx((2 + 2 + 1) / 3)
    assert of_day["line_mae"] == pytest.approx((2.5 + 1.5 + 0) / 3)
    assert of_day["lined_naive_mae"] == pytest.approx((3 + 1 + 3) / 3)
    assert of_day["lined_bias"] == pytest.approx((2.5 + 2.5 - 0.5) / 3)


def test_bets_and_calibration_of_a_day(of_day: pd.Series) -> None:
    # The void bet counts as a recommendation but not as a bet.
    assert of_day[["overs", "unders", "passes"]].tolist() == [1, 2, 1]
    assert of_day[["bets", "wins", "losses", "pushes"]].tolist() == [2, 1, 1, 0]
    assert of_day[["accuracy", "over_accuracy", "under_accuracy"]].tolist() == [0.5, 0.0, 1.0]
    assert of_day["profit"] == pytest.approx(0.9 - 1)
    assert of_day["roi"] == pytest.approx((0.9 - 1) / 2)
    assert of_day["mean_prob_over"] == pytest.approx((0.45 + 0.6) / 2)
    assert of_day["observed_over"] == 0.0


def test_coverage_and_crps_are_of_rows_with_a_distribution(table_rows: TableRows, run: Run) -> None:
    bare: Row = {"player_id": 2, **dict.fromkeys(("p10", "p90", "crps", "pinball_loss", "pit", "in_p10_p90"))}
    rows = table_rows("prediction_accuracy", GRADED, {**GRADED, **bare})
    made = run(daily.system_daily_performance, DAY, graded=rows).iloc[0]
    assert (made["graded"], made["coverage_p10_p90"], made["mean_crps"]) == (2, 1.0, 1.4)


def test_a_push_is_not_a_win_and_is_left_out_of_the_accuracy(table_rows: TableRows, run: Run) -> None:
    pushed: Row = {"player_id": 2, "bet_result": "PUSH", "bet_profit": 0.0, "prediction_correct": None}
    rows = table_rows("prediction_accuracy", GRADED, {**GRADED, **pushed})
    made = run(daily.system_daily_performance, DAY, graded=rows).iloc[0]
    assert made[["bets", "wins", "losses", "pushes"]].tolist() == [2, 1, 0, 1]
    assert made["accuracy"] == 1.0
    assert made["roi"] == pytest.approx(0.45)


def test_nothing_graded_is_unknown(table_rows: TableRows, run: Run) -> None:
    rows = table_rows("prediction_accuracy", {**GRADED, **VOID})
    made = validated(daily.CONTRACT, run(daily.system_daily_performance, DAY, graded=rows)).iloc[0]
    assert (made["graded"], made["void_rate"]) == (0, 1.0)
    assert made[["mae", "bias", "rmse", "coverage_p10_p90", "line_mae", "accuracy", "roi", "profit"]].isna().all()


@pytest.mark.parametrize(
    ("dimension", "changes", "value"),
    [
        ("overall", {}, "all"),
        ("tier", {}, "starter"),
        ("minutes_band", {}, "28-34"),
        ("confidence", {"confidence": 0.5}, "0.5-0.6"),
        ("confidence", {"confidence": 0.5999}, "0.5-0.6"),
        ("confidence", NO_BET, None),
        ("prob_over", {"prob_over": 0.3}, "0.3-0.4"),
        ("prob_over", {"prob_over": 0.0}, "0.0-0.1"),
        ("prob_over", {"prob_over": 1.0}, "0.9-1.0"),
        ("prob_over", NO_LINE, None),
        ("home_away", {}, "home"),
        ("home_away", {"is_home": False}, "away"),
        ("rest", {"days_rest": 0}, "0"),
        ("rest", {"days_rest": 3}, "3+"),
        ("rest", {"days_rest": 40}, "3+"),
        ("rest", {"days_rest": None}, None),
        ("recommendation", {}, "UNDER"),
        ("player", {}, "1"),
    ],
)
def test_groups(table_rows: TableRows, dimension: str, changes: Row, value: str | None) -> None:
    found = values_of(table_rows("prediction_accuracy", {**GRADED, **changes}), dimension).iloc[0]
    assert pd.isna(found) if value is None else found == value


def test_windows_contain_the_day_and_earlier_days(table_rows: TableRows, run: Run) -> None:
    days = ("2024-01-10", "2024-01-04", "2024-01-03", "2023-12-12", "2023-12-11", "2023-10-24", "2023-06-12")
    rows = table_rows("prediction_accuracy", *days_of(*days), *days_of("2024-01-11"))
    made = validated(summary.CONTRACT, run(summary.prediction_performance_summary, DAY, graded=rows, today=rows))
    overall = made[made["dimension"] == "overall"].set_index("time_window")["graded"]
    assert overall.to_dict() == {"7_days": 2, "30_days": 4, "season": 6}
    assert made["game_date"].unique() == [pd.Timestamp(DAY)]


def test_a_group_of_the_window_that_did_not_play_on_the_day_has_a_row(table_rows: TableRows, run: Run) -> None:
    star: Row = {"game_date": "2024-01-02", "scoring_tier": "star"}
    rows = table_rows("prediction_accuracy", GRADED, {**GRADED, **star})
    made = run(summary.prediction_performance_summary, DAY, graded=rows, today=rows)
    tiers = made[made["dimension"] == "tier"].groupby("time_window")["value"].agg(sorted).to_dict()
    assert tiers == {"7_days": ["starter"], "30_days": ["star", "starter"], "season": ["star", "starter"]}


def test_days_without_predictions_have_no_rows(table_rows: TableRows, run: Run) -> None:
    rows = table_rows("prediction_accuracy", GRADED)
    assert run(summary.prediction_performance_summary, "2024-01-11", graded=rows, today=rows).empty


def test_players_from_five_graded_games_on(table_rows: TableRows, run: Run) -> None:
    days = [f"2024-01-0{day}" for day in range(1, 10)]
    for games, is_shown in ((4, False), (5, True)):
        rows = table_rows("prediction_accuracy", *days_of(*days[9 - games : 9]))
        made = run(summary.prediction_performance_summary, days[-1], graded=rows, today=rows)
        players = made[made["dimension"] == "player"]
        assert (len(players) == 1) == is_shown
        assert set(players["time_window"]) <= {"season"}


@pytest.fixture(scope="module")
def many(table_rows: TableRows) -> pd.DataFrame:
    """Six weeks with two systems, five players, gaps, and errors with many digits."""
    random = np.random.default_rng(7)
    rows = []
    for back in range(42):
        day = date(2024, 1, 31) - timedelta(days=back)
        for system in ("ensemble", "similarity") if back % 5 else ():
            for player in range(1, 6):
                points = int(random.integers(0, 40))
                error, tier = float(random.random() * 9), str(random.choice(["bench", "star"]))
                row = graded(points, game_date=f"{day}", game_id=f"g{back}", player_id=player, system_id=system)
                rows.append(row | {"absolute_error": error, "signed_error": error / 3, "scoring_tier": tier})
    return table_rows("prediction_accuracy", *rows)


def test_windows_equal_a_loop(many: pd.DataFrame, run: Run) -> None:
    days = many["game_date"].dt.strftime("%Y-%m-%d").unique()
    made = run(summary.prediction_performance_summary, *days, graded=many, today=many)
    assert len(made) > 500
    spans = {"7_days": 7, "30_days": 30, "season": 366}
    for row in made.sample(60, random_state=1).to_dict("records"):
        first = row["game_date"] - pd.Timedelta(days=spans[row["time_window"]] - 1)
        held = many[many["game_date"].between(first, row["game_date"]) & (many["system_id"] == row["system_id"])]
        held = held[values_of(held, row["dimension"]) == row["value"]]
        assert row["graded"] == len(held), row
        assert row["mae"] == pytest.approx(held["absolute_error"].mean(), abs=1e-6)
        assert row["rmse"] == pytest.approx(math.sqrt((held["signed_error"] ** 2).mean()), abs=1e-6)


def test_a_day_built_alone_equals_the_day_built_in_a_range(many: pd.DataFrame, run: Run) -> None:
    days = sorted(many["game_date"].dt.strftime("%Y-%m-%d").unique())
    together = run(summary.prediction_performance_summary, *days, graded=many, today=many)
    for day in (days[0], days[12], days[-1]):
        alone = run(summary.prediction_performance_summary, day, graded=many, today=many)
        of_range = together[together["game_date"] == pd.Timestamp(day)]
        pd.testing.assert_frame_equal(
            validated(summary.CONTRACT, alone), validated(summary.CONTRACT, of_range), check_exact=True
        )


def test_expected_are_the_groups_of_the_day_in_every_window(table_rows: TableRows, run: Run) -> None:
    rows = table_rows("prediction_accuracy", *({**GRADED, **row} for row in FIVE))
    made = run(summary.prediction_performance_summary, DAY, graded=rows, today=rows)
    expected = summary.prediction_performance_summary.expected.rule(rows, pd.DatetimeIndex([DAY]))
    both = expected.merge(made[summary.KEY], how="left", on=summary.KEY, indicator=True)
    assert (both["_merge"] == "both").all()
    assert len(expected) == 3 * (1 + 2 + 1 + 2 + 3 + 2 + 2 + 4)
