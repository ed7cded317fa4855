"""evaluate --truth: distances of hand-made predictions from the truth of a simulated league, and what it rejects."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from nba_assets import cli
from nba_assets.reports.evaluate_truth import evaluate_truth
from nba_assets.sources.protocol import SourceError
from nba_assets.sources.simulated.truth import COLUMNS
from nba_assets_tests.hand_made import table_rows
from nba_assets_tests.mini_warehouse import Home
from nba_assets_tests.reports.test_evaluate import write
from nba_assets_tests.tables.grading.graded_rows import GRADED, NO_LINE, VOID, Row

__all__ = ["table_rows"]

TableRows = Callable[..., pd.DataFrame]


@pytest.fixture
def truth(simulated_league: Path) -> pd.DataFrame:
    """Forty player-games of two days."""
    found = pd.read_parquet(simulated_league / "truth/player_games/2022-23.parquet", columns=["game_date", *COLUMNS])
    days = found["game_date"].unique()[[60, 61]]
    return pd.concat([found[found["game_date"] == day].head(20) for day in days], ignore_index=True)


@pytest.fixture
def league(
    empty_home: Home,
    simulated_league: Path,
    truth: pd.DataFrame,
    table_rows: TableRows,
    monkeypatch: pytest.MonkeyPatch,
) -> Home:
    """Predictions of three systems: ensemble two points above the truth, naive five, line half a point.

    One prediction is for a player who did not play; one player-game has no naive prediction.
    """
    monkeypatch.setenv("NBA_ARCHIVE", str(simulated_league))
    rows: list[Row] = []
    for place, known in enumerate(truth.to_dict("records")):
        of_game: Row = {
            **GRADED,
            "game_date": known["game_date"],
            "game_id": known["game_id"],
            "player_id": known["player_id"],
            "season": "2022-23",
            "actual_points": known["actual_points"],
        }
        is_lined = place % 2 == 0
        for system, above in (("ensemble", 2.0), ("naive_last_10", -5.0), ("market_line", 0.5)):
            if (system == "naive_last_10" and place == 0) or (system == "market_line" and not is_lined):
                continue
            predicted = max(float(known["p50"]) + above, 0.0)
            error = abs(predicted - known["actual_points"])
            row: Row = {"system_id": system, "predicted_points": predicted, "absolute_error": error}
            row |= {"expected_points": float(known["mean"]) + above / 2, "in_p10_p90": place % 4 != 0}
            rows.append({**of_game, **({} if is_lined else NO_LINE), **row})
    rows.append({**rows[0], **VOID, "player_id": 1})
    write(empty_home.platform, table_rows("prediction_accuracy", *rows), "prediction_accuracy")
    return empty_home


def test_distances_by_hand(league: Home, truth: pd.DataFrame) -> None:
    found = evaluate_truth(league.platform).systems.set_index(["population", "season", "system_id"])
    played = found.loc["all played", "2022-23"]
    # The first player-game is left out, because naive does not predict it.
    assert list(played.index) == ["ensemble", "naive_last_10"] and (played["n"] == len(truth) - 1).all()
    assert played.loc["ensemble", "median_distance"] == pytest.approx(2.0)
    assert played.loc["ensemble", "mean_distance"] == pytest.approx(1.0)
    assert played.loc["ensemble", "mean_bias"] == pytest.approx(1.0)
    assert played.loc["naive_last_10", "mean_bias"] == pytest.approx(-2.5)
    rows = truth.iloc[1:]
    actual = rows["actual_points"]
    assert played.loc["ensemble", "oracle_mae"] == pytest.approx((actual - rows["p50"]).abs().mean())
    assert played.loc["ensemble", "mae"] == pytest.approx((actual - rows["p50"] - 2.0).abs().mean())
    above = (actual - rows["p50"] - 2.0).abs() - (actual - rows["p50"]).abs()
    assert played.loc["ensemble", "above_oracle"] == pytest.approx(above.mean())
    low, high = played.loc["ensemble", ["above_oracle_low", "above_oracle_high"]]
    by_day = above.groupby(rows["game_date"]).mean()
    assert by_day.min() - 1e-6 <= low <= above.mean() <= high <= by_day.max() + 1e-6
    assert played.loc["ensemble", "oracle_crps"] == pytest.approx(rows["crps"].mean())
    assert played.loc["ensemble", "oracle_coverage"] == pytest.approx(actual.between(rows["p10"], rows["p90"]).mean())
    assert played.loc["ensemble", "coverage"] == pytest.approx(1 - 9 / 39)
    lined = found.loc["lined", "all"]
    assert list(lined.index) == ["ensemble", "naive_last_10", "market_line"] and (lined["n"] == 19).all()
    assert lined.loc["market_line", "median_distance"] == pytest.approx(0.5)


def test_the_command_prints_a_table_and_json(league: Home) -> None:
    shown = CliRunner().invoke(cli.main, ["evaluate", "--truth", "--season", "2022-23"])
    assert shown.exit_code == 0, shown.output
    assert "distance from the true distribution" in shown.output and "market_line" in shown.output
    printed = CliRunner().invoke(cli.main, ["evaluate", "--truth", "--json"])
    found = json.loads(printed.output)["systems"]
    assert {row["system_id"] for row in found} == {"ensemble", "naive_last_10", "market_line"}


def test_an_archive_of_real_games_is_rejected(empty_home: Home) -> None:
    refused = CliRunner().invoke(cli.main, ["evaluate", "--truth"])
    assert refused.exit_code == 1 and "has real games" in refused.output
    assert "nba-assets simulate" in refused.output


def test_tables_of_another_league_are_rejected(league: Home, truth: pd.DataFrame, table_rows: TableRows) -> None:
    day = truth["game_date"].iloc[0]
    rows = table_rows("prediction_accuracy", {**GRADED, "game_date": day, "game_id": "0022299999"})
    write(league.platform, rows, "prediction_accuracy")
    with pytest.raises(SourceError, match="1 graded rows have no truth, first game 0022299999, player 1"):
        evaluate_truth(league.platform)


def test_a_warehouse_without_predictions_is_rejected(
    empty_home: Home, simulated_league: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBA_ARCHIVE", str(simulated_league))
    with pytest.raises(SourceError, match="no prediction from 2022-12-01 to 2022-12-02 is graded"):
        evaluate_truth(empty_home.platform, pd.Timestamp("2022-12-01").date(), pd.Timestamp("2022-12-02").date())
