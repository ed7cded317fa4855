"""prediction_accuracy: errors, void rows, and the profit of a bet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.tables.grading.prediction_accuracy import CONTRACT, prediction_accuracy

Row = dict[str, object]
TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
Made = Callable[..., pd.DataFrame]
DAY = "2024-01-10"
GAME = "0022300500"
PREDICTED: Row = {
    "game_date": DAY,
    "game_id": GAME,
    "player_id": 1,
    "system_id": "ensemble",
    "revision": 0,
    "provenance": "reconstructed",
    "team": "BOS",
    "opponent": "MIN",
    "season": "2023-24",
    "season_type": "regular",
    "is_home": True,
    "minutes_band": "28-34",
    "scoring_tier": "starter",
    "predicted_points": 20.0,
    "expected_points": 20.5,
    "p10": 12.0,
    "p25": 16.0,
    "p75": 24.0,
    "p90": 29.0,
    "has_line": False,
    "recommendation": "NO_LINE",
}
LINED: Row = {"has_line": True, "points_line": 20.5, "prob_over": 0.45, "recommendation": "PASS"}
UPCOMING: Row = {"days_rest": 1, "projected_minutes": 30.0, "points_avg_last_10": 21.0}


def bet(side: str, line: float = 20.5, price: float = 1.9) -> Row:
    return {
        **LINED,
        "recommendation": side,
        "confidence": 0.55,
        "bet_side": side,
        "bet_line": line,
        "bet_price": price,
        "bet_book": "a book",
    }


@pytest.fixture
def made(table_rows: TableRows, run: Run) -> Made:
    """(*changes of the prediction, points of player 1 or None, other players' games) -> validated rows."""

    def make(
        *predictions: Row,
        points: int | None = 18,
        others: tuple[str, ...] = (GAME,),
        final: tuple[str, ...] = (GAME,),
    ) -> pd.DataFrame:
        rows = [{**PREDICTED, **changes} for changes in predictions or ({},)]
        people = {(str(row["game_id"]), row["player_id"]) for row in rows}
        played: list[Row] = [{"game_id": game, "player_id": 99, "points": 5, "minutes": 12.0} for game in others]
        if points is not None:
            played.append({"game_id": GAME, "player_id": 1, "points": points, "minutes": 32.5})
        result = run(
            prediction_accuracy,
            DAY,
            record=table_rows("published_predictions", *rows),
            played=table_rows("player_game_summary", *played, game_date=DAY),
            upcoming=table_rows(
                "upcoming_player_game_context",
                *({"game_id": game, "player_id": player, **UPCOMING} for game, player in sorted(people, key=str)),
                game_date=DAY,
            ),
            teams=table_rows("team_boxscores", *({"game_id": game, "team": "BOS"} for game in final), game_date=DAY),
        )
        return validated(CONTRACT, result)

    return make


def test_errors_of_a_game_that_he_played(made: Made) -> None:
    row = made(LINED, points=18).iloc[0]
    assert (row["outcome"], row["actual_points"], row["actual_minutes"]) == ("graded", 18, 32.5)
    assert (row["absolute_error"], row["signed_error"]) == (2.0, 2.5)
    assert (row["within_3"], row["within_5"], row["in_p10_p90"]) == (True, True, True)
    assert (row["naive_absolute_error"], row["line_absolute_error"]) == (3.0, 2.5)
    assert row["projected_minutes_error"] == -2.5
    assert row["provenance"] == "reconstructed"
    far = made(points=30).iloc[0]
    assert (far["absolute_error"], far["within_3"], far["within_5"], far["in_p10_p90"]) == (10.0, False, False, False)


def test_naive_and_line_are_those_of_the_player_game_for_every_system(made: Made) -> None:
    calibrated = {"predicted_points": 25.0, "p75": 26.0, "p90": 30.0}
    rows = made(
        LINED,
        {**LINED, "system_id": "naive_last_10", **calibrated},
        {**LINED, "system_id": "market_line", **calibrated},
    )
    assert rows["naive_absolute_error"].tolist() == [3.0] * 3
    assert rows["line_absolute_error"].tolist() == [2.5] * 3


def test_a_player_who_did_not_play_is_void_only_if_the_game_has_a_box_score(made: Made) -> None:
    assert made(points=None).iloc[0]["outcome"] == "void"
    row = made(bet("OVER"), points=None, others=()).iloc[0]
    assert row["outcome"] == "not_ingested"
    assert pd.isna(row["bet_result"])
    assert pd.isna(row["bet_profit"])
    assert row[["absolute_error", "crps", "pit", "within_3", "in_p10_p90"]].isna().all()


def test_a_game_that_is_not_final_has_no_rows(made: Made) -> None:
    assert made(final=("0022300501",), points=None).empty


@pytest.mark.parametrize(
    ("changes", "points", "result", "profit", "correct"),
    [
        (bet("OVER"), 21, "WIN", 0.9, True),
        (bet("OVER"), 20, "LOSS", -1.0, False),
        (bet("UNDER", price=2.1), 20, "WIN", 1.1, True),
        (bet("UNDER"), 21, "LOSS", -1.0, False),
        (bet("OVER", line=21.0), 21, "PUSH", 0.0, None),
        (bet("UNDER", line=21.0), 21, "PUSH", 0.0, None),
        # The bet's own line, not the consensus.
        (bet("OVER", line=18.5), 19, "WIN", 0.9, True),
        (bet("OVER"), None, "VOID", 0.0, None),
        (LINED, 21, None, None, None),
        ({}, 21, None, None, None),
    ],
)
def test_bets(
    made: Made, changes: Row, points: int | None, result: str | None, profit: float | None, correct: bool | None
) -> None:
    row = made(changes, points=points).iloc[0]
    for found, expected in zip(row[["bet_result", "prediction_correct"]], (result, correct), strict=True):
        assert pd.isna(found) if expected is None else found == expected
    assert pd.isna(row["bet_profit"]) if profit is None else row["bet_profit"] == pytest.approx(profit)


def test_crps_of_a_certain_prediction_is_its_absolute_error(made: Made) -> None:
    row = made(dict.fromkeys(("p10", "p25", "predicted_points", "p75", "p90"), 20.0), points=17).iloc[0]
    assert row["crps"] == pytest.approx(3.0)
    assert row["pinball_loss"] == pytest.approx(1.5)


def test_pinball_loss_is_the_mean_over_nineteen_levels(made: Made) -> None:
    levels = [place / 20 for place in range(1, 20)]
    quantiles = np.interp(levels, [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1], [8, 12, 16, 20, 24, 29, 39])
    losses = [
        level * (18 - quantile) if quantile <= 18 else (1 - level) * (quantile - 18)
        for level, quantile in zip(levels, quantiles, strict=True)
    ]
    assert made(points=18).iloc[0]["pinball_loss"] == pytest.approx(sum(losses) / 19)


def test_a_prediction_without_a_distribution_has_its_errors(made: Made) -> None:
    for points in (18, 0):
        row = made(dict.fromkeys(("p10", "p25", "p75", "p90")), points=points).iloc[0]
        assert row["absolute_error"] == 20 - points
        assert row[["crps", "pinball_loss", "pit", "in_p10_p90"]].isna().all()


def test_pit_is_within_the_probability_of_the_points(made: Made) -> None:
    # 16 to 20 points have probability .25: 17.5 to 18.5 is .25 + .25 * 1.5 / 4 to .25 + .25 * 2.5 / 4.
    assert 0.34375 < made(points=18).iloc[0]["pit"] < 0.40625
    bench = {"p10": 0.0, "p25": 0.0, "predicted_points": 1.0, "p75": 2.0, "p90": 4.0}
    zeros = made(*({**bench, "player_id": 1, "system_id": name} for name in ("ensemble", "similarity")), points=0)
    assert zeros["pit"].between(0, 0.375).all()
    assert zeros["pit"].nunique() == 2


def test_pit_is_fixed_by_the_key(made: Made) -> None:
    alone = made().iloc[0]["pit"]
    among = made({"system_id": "similarity"}, {}, {"game_id": "0022300501"}, final=(GAME, "0022300501"))
    assert among.set_index(["game_id", "system_id"]).loc[(GAME, "ensemble"), "pit"] == alone
    # Computed once: another draw for the same key would change every day of the table.
    assert alone == pytest.approx(0.3572475657)


def test_pit_of_correct_predictions_is_uniform() -> None:
    from nba_assets.tables.grading.prediction_accuracy import _with_distribution
    from nba_assets.tables.predictions.distribution import quantiles_at

    rows = pd.DataFrame({"player_id": range(20_000), "game_id": GAME, "system_id": "ensemble"})
    rows = rows.assign(p10=1.0, p25=3.0, predicted_points=6.0, p75=10.0, p90=15.0)
    drawn = np.random.default_rng(1).random(len(rows))
    points = quantiles_at(rows.head(1), np.sort(drawn))[0]
    rows["actual_points"] = pd.Series(np.floor(points + 0.5)).astype("Int64")
    shares = np.histogram(_with_distribution(rows)["pit"], bins=10, range=(0, 1))[0] / len(rows)
    assert shares == pytest.approx(np.full(10, 0.1), abs=0.01)
