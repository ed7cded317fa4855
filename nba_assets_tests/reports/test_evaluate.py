"""nba-assets evaluate on a small hand-made warehouse: each figure, its population, and the two ways to print it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from nba_assets import cli
from nba_assets.contracts.contract import to_arrow, typed
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.engine.status import expected_game_days
from nba_assets.reports.evaluate import Evaluation, evaluate
from nba_assets.tables.grading.intervals import DRAWS, SEED, interval
from nba_assets_tests.hand_made import table_rows
from nba_assets_tests.mini_warehouse import Home
from nba_assets_tests.tables.grading.graded_rows import GRADED, NO_BET, NO_LINE, VOID, Row, graded

__all__ = ["table_rows"]

TableRows = Callable[..., pd.DataFrame]
DAYS = ("2022-10-18", "2022-10-19")


def write(platform: Platform, rows: pd.DataFrame, table: str) -> None:
    contract = registry.contract(table)
    days = [day.date() for day in rows["game_date"].unique()]
    arrow = to_arrow(contract, typed(contract, rows))
    platform.warehouse.replace_days(contract, arrow, days, pd.DataFrame(), pd.DataFrame())


@pytest.fixture
def warehouse(empty_home: Home, table_rows: TableRows) -> Home:
    """Two days of two systems: three graded rows each, one of them lined with a bet, and a void one."""
    lined = graded(14, points_line=15.5, predicted_points=12.0, expected_points=13.0, naive_absolute_error=4.0)
    people: list[Row] = [
        {**lined, "player_id": 1, "prob_over": 0.25},
        {**graded(30, player_id=2, predicted_points=24.0, expected_points=25.0), **NO_LINE, "in_p10_p90": False},
        {**graded(5, player_id=3, predicted_points=6.0, expected_points=6.0), **NO_LINE, "scoring_tier": "bench"},
        {**VOID, **NO_LINE, "player_id": 4},
        {**VOID, **NO_LINE, "player_id": 5},
    ]
    won: Row = {"recommendation": "UNDER", "bet_side": "UNDER", "bet_line": 15.5, "bet_price": 1.9, "bet_profit": 0.9}
    won |= {"confidence": 0.6, "bet_result": "WIN", "prediction_correct": True}
    lost: Row = {**won, "bet_side": "OVER", "bet_profit": -1.0, "bet_result": "LOSS", "prediction_correct": False}
    rows: list[Row] = []
    for day, of_bet in zip(DAYS, (won, lost), strict=True):
        place: Row = {"game_date": day, "game_id": f"g{day}", "season": "2022-23"}
        rows += [{**GRADED, **NO_BET, **row, **place, **(of_bet if row["player_id"] == 1 else {})} for row in people]
        rows += [{**row, "system_id": "similarity"} for row in rows[-5:-3]]
    write(empty_home.platform, table_rows("prediction_accuracy", *rows), "prediction_accuracy")
    listed: Row = {"player_id": 4, "status": "dnp", "reason": "DNP - Coach's Decision", "team": "BOS"}
    boxes = table_rows("player_boxscores", *({**listed, "game_date": day, "game_id": f"g{day}"} for day in DAYS))
    write(empty_home.platform, boxes.pipe(filled), "player_boxscores")
    moved: Row = {"game_date": DAYS[0], "system_id": "ensemble", "season": "2022-23", "scoring_tier": "starter"}
    moved |= {"game_id": "g", "is_applied": True, "adjustment": -1.0, "outcome": "graded", "actual_points": 14}
    errors = [
        {**moved, "player_id": player, "absolute_error": error, "unadjusted_absolute_error": error + 1}
        for player, error in ((1, 1.0), (2, 2.0))
    ]
    adjusted = table_rows("adjusted_prediction_accuracy", *errors)
    write(empty_home.platform, adjusted, "adjusted_prediction_accuracy")
    return empty_home


def filled(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with arbitrary values in columns that must not be NULL."""
    contract = registry.contract("player_boxscores")
    for column in contract.columns:
        if not column.is_nullable and rows[column.name].isna().any():
            rows[column.name] = {"text": "x", "boolean": False, "timestamp": pd.Timestamp(0, tz="UTC")}.get(
                column.kind, 0
            )
    return rows


@pytest.fixture
def found(warehouse: Home) -> Evaluation:
    return evaluate(warehouse.platform, date(2022, 10, 18), date(2022, 10, 19))


def one(frame: pd.DataFrame, **where: object) -> pd.Series:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


@pytest.mark.parametrize("season", ["2022-23", "all"])
def test_errors_of_each_population_with_naive_and_line_on_the_same_rows(found: Evaluation, season: str) -> None:
    played = one(found.accuracy, population="all played", season=season, system_id="ensemble")
    assert played["n"] == 6
    assert played["mae"] == pytest.approx((2 + 6 + 1) / 3)
    assert played["naive_mae"] == pytest.approx((4 + 3 + 3) / 3)
    assert played["bias"] == pytest.approx((-1 - 5 + 1) / 3)
    assert played["coverage"] == pytest.approx(2 / 3)
    assert pd.isna(played["above_line"])
    lined = one(found.accuracy, population="lined", season=season, system_id="ensemble")
    assert (lined["n"], lined["mae"], lined["naive_mae"], lined["line_mae"]) == (2, 2.0, 4.0, 1.5)
    assert lined["above_line"] == pytest.approx(0.5)
    assert (lined["above_line_low"], lined["above_line_high"]) == pytest.approx((0.5, 0.5))
    assert one(found.accuracy, population="all played", season=season, system_id="similarity")["n"] == 4


def test_coverage_by_tier(found: Evaluation) -> None:
    of = {"season": "all", "system_id": "ensemble"}
    starters = one(found.coverage, **of, scoring_tier="starter")
    assert (starters["n"], starters["coverage"]) == (4, 0.5)
    assert one(found.coverage, **of, scoring_tier="bench")["coverage"] == 1.0


def test_days_with_predictions_of_all_game_days(warehouse: Home) -> None:
    game_days = expected_game_days(warehouse.platform)
    due = game_days[(game_days >= "2022-10-18") & (game_days <= "2022-10-31")]
    assert set(DAYS) < set(due.strftime("%Y-%m-%d"))
    days = evaluate(warehouse.platform, date(2022, 10, 18), date(2022, 10, 31)).days
    row = one(days, season="2022-23", system_id="ensemble")
    assert (row["game_days"], row["predicted"]) == (len(due), 2)
    assert row["missing"].startswith(f"{due[2]:%Y-%m-%d}")
    assert one(days, season="2022-23", system_id="moving_average")["predicted"] == 0
    assert "market_line" not in days["system_id"].tolist()


def test_voids_count_player_games_and_have_a_reason(found: Evaluation) -> None:
    row = one(found.voids, season="2022-23")
    assert (row["predictions"], row["voids"], row["void_rate"], row["not_ingested"]) == (10, 4, 0.4, 0)
    reasons = found.void_reasons[found.void_reasons["season"] == "all"].set_index("status")
    assert reasons.loc["dnp", ["reason", "n"]].tolist() == ["DNP - Coach's Decision", 2]
    assert reasons.loc["not in the box score", "n"] == 2


def test_bets_and_calibration(found: Evaluation) -> None:
    row = one(found.bets, season="2022-23", system_id="ensemble")
    assert row[["bets", "wins", "losses", "accuracy"]].tolist() == [2, 1, 1, 0.5]
    assert row["roi"] == pytest.approx(-0.05)
    tenth = one(found.calibration, season="all", system_id="ensemble")
    assert (tenth["value"], tenth["n"], tenth["observed_over"]) == ("0.2-0.3", 2, 0.0)
    assert tenth["mean_prob_over"] == pytest.approx(0.25)


def test_adjusted_and_unadjusted_errors(found: Evaluation) -> None:
    row = one(found.adjusted, season="all", system_id="ensemble")
    assert (row["n"], row["mae"], row["unadjusted_mae"]) == (2, 1.5, 2.5)


def test_intervals_resample_days() -> None:
    """If all rows of a day are equal, the interval is that of the mean over days, whatever the number of rows."""
    random = np.random.default_rng(3)
    means, rows = random.normal(5, 1, 400), np.full(400, 50)
    low, high = interval(np.rint(means * 50 * 1e6).astype(np.int64), rows)
    half = 1.96 * means.std() / 20
    assert (low / 1e6, high / 1e6) == pytest.approx((means.mean() - half, means.mean() + half), abs=0.03)
    assert interval(np.rint(means * 50 * 1e6).astype(np.int64), rows) == (low, high)
    assert np.isnan(interval(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))).all()


def test_an_interval_is_that_of_means_over_drawn_days() -> None:
    """Three days: each draw of the same generator is summed by hand."""
    sums, rows = [10, -40, 90], [1, 2, 3]
    draws = np.random.default_rng(SEED).multinomial(3, [1 / 3] * 3, size=DRAWS).tolist()
    means = [
        sum(n * of_day for n, of_day in zip(draw, sums, strict=True))
        / sum(n * of_day for n, of_day in zip(draw, rows, strict=True))
        for draw in draws
    ]
    expected = np.percentile(means, (2.5, 97.5))
    assert interval(np.array(sums), np.array(rows)) == tuple(expected)


def test_the_command_prints_tables_and_json(warehouse: Home) -> None:
    result = CliRunner().invoke(cli.main, ["evaluate", "--season", "2022-23", "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert set(told) == {*("accuracy", "coverage", "days", "voids", "void_reasons", "bets", "calibration", "adjusted")}
    lined = [row for row in told["accuracy"] if (row["population"], row["system_id"]) == ("lined", "ensemble")]
    assert {row["season"] for row in lined} == {"2022-23", "all"}
    assert lined[0]["line_mae"] == 1.5
    assert told["accuracy"][0]["above_line"] is None


def test_the_command_prints_every_table(warehouse: Home, capsys: pytest.CaptureFixture[str]) -> None:
    result = CliRunner().invoke(cli.main, ["evaluate", "--season", "2022-23"])
    assert result.exit_code == 0, result.output
    printed = capsys.readouterr().out + result.output
    for text in ("all who played", "with a line", "coverage of p10-p90", "game days with predictions", "not played"):
        assert text in printed
    for text in ("DNP - Coach's Decision", "bets at their own line", "calibration", "adjusted by scoring tier"):
        assert text in printed


@pytest.mark.parametrize("season", ["2022", "22-23", "2022-2023"])
def test_an_invalid_season_is_rejected(season: str) -> None:
    result = CliRunner().invoke(cli.main, ["evaluate", "--season", season])
    assert result.exit_code == 2
    assert "2023-24" in result.output


def test_nothing_graded_prints_empty_tables(empty_home: Home) -> None:
    found = evaluate(empty_home.platform)
    assert found.accuracy.empty
    assert found.days["predicted"].sum() == 0
    assert CliRunner().invoke(cli.main, ["evaluate"]).exit_code == 0
