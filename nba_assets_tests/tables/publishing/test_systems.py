"""systems/performance.json: figures calculated by hand, populations, provenance, windows."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nba_assets.contracts.columns import columns
from nba_assets.contracts.systems import SYSTEMS
from nba_assets.tables.publishing import systems
from nba_assets_tests.tables.grading.graded_rows import GRADED, NO_LINE, VOID, Row, graded
from nba_assets_tests.tables.publishing.written import written

TableRows = Callable[..., pd.DataFrame]
DAY = date(2024, 1, 10)
BET: Row = {"recommendation": "OVER", "bet_side": "OVER", "bet_price": 2.0, "confidence": 0.6, "bet_line": 11.5}
ROWS: list[Row] = [
    graded(18, player_id=1),
    graded(10, player_id=2, predicted_points=12.0, expected_points=12.5, points_line=11.5, prob_over=0.61)
    | {**BET, "bet_result": "LOSS", "bet_profit": -1.0},
    graded(14, player_id=3, predicted_points=13.0, expected_points=13.0, points_line=11.5, prob_over=0.65)
    | {**BET, "bet_price": 1.8, "bet_result": "WIN", "bet_profit": 0.8},
    graded(6, player_id=4, predicted_points=4.0, expected_points=5.0) | {**NO_LINE, "scoring_tier": "bench"},
    {**GRADED, **BET, **VOID, "player_id": 5},
]


def made(table_rows: TableRows, *rows: Row, models: Sequence[Row] = (), newest: date = DAY) -> dict[str, Any]:
    frame = table_rows("prediction_accuracy", *rows)[list(systems.GRADED_COLUMNS)]
    in_force = table_rows("points_models", *models)[list(systems.MODEL_COLUMNS)]
    return written(systems.documents([systems.day_sums(frame)], in_force, newest, "archive"))[
        "systems/performance.json"
    ]


def figure(found: dict[str, Any], **wanted: str) -> dict[str, Any]:
    """The only row of the figures with these values; by default ensemble, reconstructed, all."""
    wanted = {"system_id": "ensemble", "provenance": "reconstructed", "period": "all", "value": "all"} | wanted
    (row,) = [row for row in found["figures"] if all(row[name] == value for name, value in wanted.items())]
    return row


def test_errors_of_all_players_and_of_lined_rows(table_rows: TableRows) -> None:
    found = made(table_rows, *ROWS)
    played, lined = (figure(found, population=name) for name in ("all_played", "lined"))
    assert (played["predictions"], played["n"], played["voids"], played["lined"]) == (5, 4, 1, 3)
    assert played["mae"] == (2 + 2 + 1 + 2) / 4
    assert played["bias"] == (2.5 + 2.5 - 1 - 1) / 4
    assert played["rmse"] == round(math.sqrt((2.5**2 + 2.5**2 + 1 + 1) / 4), 4)
    assert (lined["n"], lined["voids"]) == (3, 1)
    assert lined["mae"] == lined["lined_mae"] == round((2 + 2 + 1) / 3, 4)
    assert lined["line_mae"] == round((2.5 + 1.5 + 2.5) / 3, 4)
    assert lined["above_line"] == round(5 / 3 - 6.5 / 3, 4)


def test_bets_have_their_mean_price_and_void_bets_count_in_no_rate(table_rows: TableRows) -> None:
    row = figure(made(table_rows, *ROWS), population="all_played")
    assert {name: row[name] for name in ("bets", "wins", "losses", "pushes", "bet_voids")} == {
        "bets": 2,
        "wins": 1,
        "losses": 1,
        "pushes": 0,
        "bet_voids": 1,
    }
    assert (row["accuracy"], row["profit"], row["roi"], row["mean_price"]) == (0.5, -0.2, -0.1, 1.9)


def test_tiers_partition_the_population(table_rows: TableRows) -> None:
    found = made(table_rows, *ROWS)
    by_tier = {
        tier: figure(found, population="scoring_tier", value=tier)["n"] for tier in ("bench", "rotation", "starter")
    }
    assert by_tier == {"bench": 1, "rotation": 0, "starter": 3}
    assert figure(found, population="scoring_tier", value="rotation")["mae"] is None


def test_live_and_reconstructed_are_separate_and_a_missing_one_is_marked(table_rows: TableRows) -> None:
    found = made(table_rows, *ROWS)
    assert [row["predictions"] for row in found["provenance"]] == [0, 5]
    live = [row for row in found["figures"] if row["provenance"] == "live"]
    assert {row["system_id"] for row in live} == set(SYSTEMS)
    assert all(row["n"] == 0 and row["mae"] is None and row["roi"] is None for row in live)
    both = made(table_rows, *ROWS, graded(30, player_id=9, provenance="live"))
    assert figure(both, population="all_played", provenance="live")["mae"] == 10
    assert figure(both, population="all_played")["mae"] == 1.75


def test_a_season_and_a_window_contain_their_own_days(table_rows: TableRows) -> None:
    earlier = graded(20, game_date="2023-01-10", season="2022-23", game_id="old")
    recent = graded(24, game_date="2024-01-05", game_id="recent")
    found = made(table_rows, *ROWS, earlier, recent)
    assert [row["period"] for row in found["periods"]] == ["2022-23", "2023-24", "all", "30_days", "7_days"]
    n = {row["period"]: figure(found, population="all_played", period=row["period"])["n"] for row in found["periods"]}
    assert n == {"2022-23": 1, "2023-24": 5, "all": 6, "30_days": 5, "7_days": 5}
    later = made(table_rows, *ROWS, earlier, recent, newest=date(2024, 1, 12))
    assert figure(later, population="all_played", period="7_days")["n"] == 4
    summer = made(table_rows, *ROWS, newest=date(2024, 7, 1))
    assert [row["period"] for row in summer["periods"]] == ["2023-24", "all"]


def test_calibration_counts_by_tenth_without_pushes(table_rows: TableRows) -> None:
    push = graded(21, player_id=8, points_line=21.0, prob_over=0.62)
    found = made(table_rows, *ROWS, push)["calibration"]
    tenth = next(row for row in found if row["period"] == "all" and row["value"] == "0.6-0.7")
    assert (tenth["low"], tenth["high"], tenth["n"]) == (0.6, 0.7, 2)
    assert (tenth["mean_prob_over"], tenth["observed_over"]) == (0.63, 0.5)
    assert tenth["observed_low"] < 0.5 < tenth["observed_high"]


def test_the_rolling_error_equals_a_loop_over_days(table_rows: TableRows) -> None:
    random = np.random.default_rng(3)
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(np.sort(random.choice(120, 40, replace=False)), unit="D")
    rows = [
        graded(int(random.integers(0, 40)), game_date=f"{day:%Y-%m-%d}", game_id=f"g{day:%j}{n}", player_id=n)
        for day in days
        for n in range(1, 4)
    ]
    found = made(table_rows, *rows, newest=date(2024, 5, 1))["rolling"]
    (series,) = [line for line in found["series"] if line["population"] == "all_played"]
    for position, text in enumerate(found["days"]):
        last = pd.Timestamp(text)
        inside = [
            abs(20.0 - int(str(row["actual_points"])))
            for row in rows
            if last - pd.Timedelta(days=29) <= pd.Timestamp(str(row["game_date"])) <= last
        ]
        assert series["n"][position] == len(inside)
        assert series["mae"][position] == pytest.approx(sum(inside) / len(inside), abs=1e-4)


def test_without_a_graded_row_the_document_says_so(table_rows: TableRows) -> None:
    empty = table_rows("prediction_accuracy", *ROWS)[list(systems.GRADED_COLUMNS)].iloc[:0]
    no_models = table_rows("points_models")[list(systems.MODEL_COLUMNS)]
    found = written(systems.documents([systems.day_sums(empty)], no_models, DAY, "archive"))["systems/performance.json"]
    assert [row["predictions"] for row in found["provenance"]] == [0, 0]
    assert found["periods"] == found["figures"] == found["rolling"]["days"] == []


def test_figures_read_by_season_equal_those_of_all_rows(table_rows: TableRows) -> None:
    earlier = [row | {"game_date": date(2023, 1, 10), "season": "2022-23"} for row in ROWS]
    first, second = (table_rows("prediction_accuracy", *rows)[list(systems.GRADED_COLUMNS)] for rows in (earlier, ROWS))
    whole = pd.concat([first, second], ignore_index=True)
    models = table_rows("points_models")[list(systems.MODEL_COLUMNS)]
    by_season, at_once = (
        written(systems.documents(map(systems.day_sums, given), models, DAY, "archive"))
        for given in ([first, second], [whole])
    )
    assert by_season == at_once
    found = by_season["systems/performance.json"]
    assert figure(found, population="all_played", period="all")["predictions"] == 2 * len(ROWS)
    assert [row["n"] for row in found["calibration"] if row["period"] == "all"]


def test_the_largest_effects_are_those_of_the_newest_median(table_rows: TableRows) -> None:
    """In the order of the model; without those of an earlier model, another head or trees."""

    def model(day: str, cutoff: str, head: str, system_id: str = "linear", **effects: float) -> Row:
        told = json.dumps(effects) if effects else None
        row = {"game_date": day, "trained_before": cutoff, "head": head, "system_id": system_id}
        return {**row, "largest_effects": told}

    found = made(
        table_rows,
        *ROWS,
        models=[
            model("2023-12-31", "2023-12-01", "median", points_ewma=0.9),
            model("2024-01-09", "2024-01-01", "mean", points_ewma=0.8),
            model("2024-01-09", "2024-01-01", "median", usage_rate_season=0.5, playoff_game=-0.25),
            model("2024-01-09", "2024-01-01", "median", system_id="gradient_boosting"),
        ],
    )
    about = {"system_id": "linear", "trained_before": "2024-01-01"}
    assert found["effects"] == [
        {**about, "feature": name, "description": columns(name)[0].doc, "points": points}
        for name, points in (("usage_rate_season", 0.5), ("playoff_game", -0.25))
    ]
    assert made(table_rows, *ROWS)["effects"] == []
