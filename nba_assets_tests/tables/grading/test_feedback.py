"""scoring_tier_adjustments and adjusted predictions: learned from earlier days only, applied only if they helped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest

from nba_assets.contracts.columns.predictions import SCORING_TIERS
from nba_assets.contracts.contract import validated
from nba_assets.contracts.systems import BASE_SYSTEMS
from nba_assets.tables.grading.adjusted_prediction_accuracy import CONTRACT as ACCURACY
from nba_assets.tables.grading.adjusted_prediction_accuracy import adjusted_prediction_accuracy
from nba_assets.tables.grading.adjusted_predictions import CONTRACT as ADJUSTED
from nba_assets.tables.grading.adjusted_predictions import adjusted_predictions
from nba_assets.tables.grading.scoring_tier_adjustments import CONTRACT, SHRINK_ROWS, scoring_tier_adjustments
from nba_assets_tests.tables.grading.graded_rows import GRADED, VOID, Row, graded

TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
Learn = Callable[..., pd.DataFrame]
DAY = "2024-01-31"


def before(days: int) -> str:
    return f"{date.fromisoformat(DAY) - timedelta(days=days)}"


def rows_of(back: int, count: int, error: float, **changes: object) -> list[Row]:
    """`count` graded rows `back` days before DAY whose prediction was too high by `error`."""
    many = range(1, count + 1)
    over: Row = {"predicted_points": 18 + error, "expected_points": 18 + error, "game_date": before(back)}
    return [graded(18, **{**over, "player_id": player, **changes}) for player in many]


@pytest.fixture
def learn(table_rows: TableRows, run: Run) -> Learn:
    """(graded rows, *days) -> validated rows by day, system and tier; every day has a game."""

    def make(rows: list[Row], *days: str) -> pd.DataFrame:
        wanted = days or (DAY,)
        games = [{"game_date": day, "game_id": f"g{day}", "season_type": "regular"} for day in wanted]
        made = run(
            scoring_tier_adjustments,
            *wanted,
            schedule=table_rows("schedule", *games),
            graded=table_rows("prediction_accuracy", *rows),
        )
        return validated(CONTRACT, made).set_index(["game_date", "system_id", "scoring_tier"])

    return make


def of(made: pd.DataFrame, tier: str = "starter", system: str = "ensemble", day: str = DAY) -> pd.Series:
    return made.loc[(pd.Timestamp(day), system, tier)]


def test_the_adjustment_is_the_negative_shrunk_bias(learn: Learn) -> None:
    made = learn(rows_of(3, 100, 2.0) + rows_of(5, 100, 1.0))
    row = of(made)
    assert (row["tier_rows"], row["tier_bias"]) == (200, 1.5)
    assert row["adjustment"] == pytest.approx(-1.5 * 200 / (200 + SHRINK_ROWS))
    others = made.drop(index=(pd.Timestamp(DAY), "ensemble", "starter"))
    assert len(others) == (len(BASE_SYSTEMS) + 1) * len(SCORING_TIERS) - 1
    assert others["tier_bias"].isna().all()
    assert (others["adjustment"] == 0).all()


def test_only_the_thirty_days_before_count(learn: Learn) -> None:
    rows = rows_of(31, 50, 9.0) + rows_of(30, 10, 1.0) + rows_of(1, 10, 2.0) + rows_of(0, 50, 9.0)
    row = of(learn(rows, before(0)))
    assert (row["tier_rows"], row["tier_bias"]) == (20, 1.5)


def test_void_rows_do_not_count(learn: Learn) -> None:
    assert of(learn([{**GRADED, **VOID, "game_date": before(2)}]))["tier_rows"] == 0


def test_walk_forward_applies_to_each_day_its_own_adjustment(learn: Learn) -> None:
    """200 rows too high by 2 forty days ago, then 100 too high by 3: those had -2 * 200 / 400 = -1."""
    rows = rows_of(40, 200, 2.0) + rows_of(20, 100, 3.0)
    row = of(learn(rows))
    assert (row["tier_rows"], row["tier_bias"]) == (100, 3.0)
    assert (row["mae_without"], row["mae_with"]) == pytest.approx((3.0, 2.0))
    assert row["is_applied"]


def test_an_adjustment_that_made_earlier_days_worse_is_not_applied(learn: Learn) -> None:
    """The bias of forty days ago had the opposite sign twenty days ago."""
    row = of(learn(rows_of(40, 200, 2.0) + rows_of(20, 100, -3.0)))
    assert row["mae_with"] == pytest.approx(4.0)
    assert row["mae_without"] == pytest.approx(3.0)
    assert not row["is_applied"]


def test_a_small_gain_is_not_applied(learn: Learn) -> None:
    """The known bias is .036, or .05, of which half remains after shrinking."""
    for bias, is_applied in ((0.036, False), (0.05, True)):
        row = of(learn(rows_of(40, 200, bias) + rows_of(20, 100, 3.0)))
        assert row["mae_without"] - row["mae_with"] == pytest.approx(bias / 2)
        assert row["is_applied"] == is_applied


def test_few_rows_are_not_enough(learn: Learn) -> None:
    row = of(learn(rows_of(40, 200, 2.0) + rows_of(20, 99, 3.0)))
    assert row["mae_with"] < row["mae_without"]
    assert not row["is_applied"]


def test_a_day_built_alone_equals_the_day_built_in_a_range(learn: Learn) -> None:
    rows = [row for back in range(70) for row in rows_of(back, 7, 1.5 + (back * 37 % 11) / 7)]
    days = [before(back) for back in range(12, -1, -1)]
    together = learn(rows, *days)
    for day in (days[0], days[5], days[-1]):
        alone = learn([row for row in rows if before(0) >= str(row["game_date"]) >= before(72)], day)
        pd.testing.assert_frame_equal(alone, together.loc[[pd.Timestamp(day)]], check_exact=True)


@pytest.fixture
def adjust(table_rows: TableRows, run: Run) -> Callable[..., pd.Series]:
    """(adjustment, is_applied, **changes of the prediction) -> the validated adjusted row."""

    def make(adjustment: float, is_applied: bool, **changes: object) -> pd.Series:
        points: Row = {
            "predicted_points": 10.0,
            "expected_points": 11.0,
            "p10": 3.0,
            "p25": 6.0,
            "p75": 14.0,
            "p90": 19.0,
        }
        key: Row = {
            "game_date": DAY,
            "game_id": "g",
            "player_id": 1,
            "system_id": "ensemble",
            "scoring_tier": "rotation",
        }
        reference: Row = {**key, **points, "system_id": "naive_last_10"}
        learned: Row = {**key, "adjustment": adjustment, "is_applied": is_applied}
        made = run(
            adjusted_predictions,
            DAY,
            predictions=table_rows("player_prop_predictions", {**key, **points, **changes}, reference),
            adjustments=table_rows(
                "scoring_tier_adjustments",
                {
                    name: learned[name]
                    for name in ("game_date", "system_id", "scoring_tier", "adjustment", "is_applied")
                },
            ),
        )
        assert len(made) == 1, "references are not adjusted"
        return validated(ADJUSTED, made).iloc[0]

    return make


def test_points_are_shifted_if_the_adjustment_is_applied(adjust: Callable[..., pd.Series]) -> None:
    row = adjust(-1.5, True)
    names = ["predicted_points", "expected_points", "p10", "p25", "p75", "p90", "adjustment"]
    assert row[names].tolist() == [8.5, 9.5, 1.5, 4.5, 12.5, 17.5, -1.5]
    assert adjust(-4.0, True)["p10"] == 0.0


def test_points_are_unchanged_if_it_is_not_applied(adjust: Callable[..., pd.Series]) -> None:
    row = adjust(-1.5, False)
    assert row[["predicted_points", "expected_points", "p90", "adjustment"]].tolist() == [10.0, 11.0, 19.0, 0.0]
    other_tier = adjust(-1.5, True, scoring_tier="star")
    assert other_tier[["predicted_points", "adjustment"]].tolist() == [10.0, 0.0]


def test_a_prediction_without_a_distribution_is_adjusted_too(adjust: Callable[..., pd.Series]) -> None:
    row = adjust(-1.5, True, **dict.fromkeys(("p10", "p25", "p75", "p90")))
    assert row["predicted_points"] == 8.5
    assert row[["p10", "p90"]].isna().all()


def test_adjusted_and_unadjusted_errors_on_the_same_row(table_rows: TableRows, run: Run) -> None:
    key: Row = {"game_date": DAY, "game_id": "g", "system_id": "ensemble", "scoring_tier": "starter"}
    moved: Row = {"adjustment": -1.5, "is_applied": True, "predicted_points": 18.5, "expected_points": 19.0}
    ends: Row = {"p10": 18.5, "p25": 18.5, "p75": 19.0, "p90": 20.0}
    made = run(
        adjusted_prediction_accuracy,
        DAY,
        adjusted=table_rows("adjusted_predictions", *({**key, **moved, **ends, "player_id": n} for n in (1, 2, 3))),
        graded=table_rows(
            "prediction_accuracy", graded(18, **key, player_id=1), {**GRADED, **VOID, **key, "player_id": 2}
        ),
    )
    rows = validated(ACCURACY, made).set_index("player_id")
    assert rows.index.tolist() == [1, 2], "the game of the third is not final"
    first = rows.loc[1]
    assert (first["absolute_error"], first["signed_error"], first["in_p10_p90"]) == (0.5, 1.0, False)
    assert (first["unadjusted_absolute_error"], first["unadjusted_signed_error"]) == (2.0, 2.5)
    assert rows.loc[2, ["absolute_error", "unadjusted_absolute_error", "in_p10_p90"]].isna().all()
