"""nba-assets evaluate --statuses: shares and void rates by status, and differences from a state without reports."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from nba_assets import cli
from nba_assets.engine import registry
from nba_assets.reports.diff import Side
from nba_assets.reports.evaluate_statuses import EVERYONE, GAMES_OTHER, REGULARS, SHOWN, evaluate_statuses
from nba_assets_tests.mini_warehouse import Home
from nba_assets_tests.reports.test_evaluate import write
from nba_assets_tests.tables.grading.graded_rows import GRADED, NO_BET, NO_LINE, VOID, Row

TableRows = Callable[..., pd.DataFrame]
PLAYERS = (
    # player, status with and without reports, projected minutes, error with and without reports (None: did not play)
    (1, "ruled_out", "available", 30.0, None, None),
    (2, "questionable", "available", 28.0, 4.0, 6.0),
    (3, "available", "available", 12.0, 2.0, 2.0),
    (4, "available", "missed_last", 10.0, None, None),
    (5, "doubtful", "available", 25.0, 5.0, 5.0),
    (6, "missed_games", "missed_games", 22.0, None, None),
)
DAYS = ("2022-10-18", "2022-10-19")


def fill(home: Home, table_rows: TableRows, state: int) -> None:
    """Writes predictions and contexts of both days; state 0 has reports, state 1 has none."""
    rows: list[Row] = []
    contexts: list[Row] = []
    for day in DAYS:
        where: Row = {"game_date": day, "game_id": f"g{day}"}
        for player, *statuses, minutes, with_reports, without in PLAYERS:
            error = (with_reports, without)[state]
            row: Row = {**GRADED, **NO_BET, **NO_LINE, **where, "player_id": player}
            rows.append({**row, **VOID} if error is None else {**row, "absolute_error": error})
            out = 30.0 if state == 0 and player == 2 else 0.0
            about: Row = {"injury_status": statuses[state], "projected_minutes": minutes, "teammates_out_minutes": out}
            contexts.append({**where, "player_id": player, **about})
        rows.append({**rows[-1], "system_id": "similarity"})
    write(home.platform, table_rows("prediction_accuracy", *rows), "prediction_accuracy")
    context = table_rows("upcoming_player_game_context", *contexts)
    for column in registry.contract("upcoming_player_game_context").columns:
        if not column.is_nullable and context[column.name].isna().any():
            filler = {"text": "x", "boolean": False, "timestamp": pd.Timestamp(0, tz="UTC")}
            context[column.name] = filler.get(column.kind, 0)
    write(home.platform, context, "upcoming_player_game_context")


@pytest.fixture
def homes(empty_home: Home, table_rows: TableRows, tmp_path: Path) -> tuple[Home, Path]:
    """(a state with reports, a database without)."""
    fill(empty_home, table_rows, 1)
    other = tmp_path / "other.duckdb"
    shutil.copy(empty_home.folder / "nba.duckdb", other)
    fill(empty_home, table_rows, 0)
    return empty_home, other


def test_shares_and_void_rates_by_hand(homes: tuple[Home, Path]) -> None:
    home, other = homes
    found = evaluate_statuses(home.platform, Side.of_address(str(other)).warehouse)
    status = found.by_status.set_index(["state", "injury_status"])
    this = status.loc["this"]
    assert list(this.index) == ["ruled_out", "doubtful", "questionable", "missed_games", "available"]
    assert this["n"].tolist() == [2, 2, 2, 2, 4]
    assert this["played"].tolist() == [0.0, 1.0, 1.0, 0.0, 0.5]
    assert this["regulars"].tolist() == [2, 2, 2, 2, 0]
    assert this["regulars_played"].tolist()[:4] == [0.0, 1.0, 1.0, 0.0] and pd.isna(this["regulars_played"].iloc[4])
    assert status.loc["other", "n"].to_dict() == {"missed_games": 2, "missed_last": 2, "available": 8}
    voids = found.voids.set_index(["state", "population"])
    assert voids["n"].tolist() == [12, 6, 2, 12, 10, 6]
    assert voids["voids"].tolist() == [6, 2, 0, 6, 4, 2]
    assert voids.loc[("this", SHOWN), "void_rate"] == pytest.approx(1 / 3)
    assert voids.loc[("other", REGULARS), "void_rate"] == pytest.approx(1 / 3)
    assert voids.loc[("this", EVERYONE), "void_rate"] == voids.loc[("other", EVERYONE), "void_rate"] == 0.5
    assert voids.loc[("this", SHOWN), ["void_rate_low", "void_rate_high"]].tolist() == pytest.approx([1 / 3] * 2)


def test_errors_are_paired_and_separated_by_the_teammates_who_are_out(homes: tuple[Home, Path]) -> None:
    home, other = homes
    errors = evaluate_statuses(home.platform, Side.of_address(str(other)).warehouse).errors.set_index("population")
    assert errors["n"].tolist() == [6, 2, 4]
    assert errors["mae_difference"].tolist() == pytest.approx([-2 / 3, -2.0, 0.0])
    assert errors.loc[GAMES_OTHER, ["mae", "other_mae"]].tolist() == [4.0, 6.0]
    assert evaluate_statuses(home.platform).errors.empty


def test_the_command_prints_tables_or_json(homes: tuple[Home, Path]) -> None:
    _, other = homes
    printed = CliRunner().invoke(cli.main, ["evaluate", "--statuses", "--against", str(other)], env={"COLUMNS": "200"})
    assert printed.exit_code == 0, printed.output
    assert "shown as playing" in printed.output and "-2.0000" in printed.output
    as_json = CliRunner().invoke(cli.main, ["evaluate", "--statuses", "--json", "--to", "2022-10-18"])
    found = json.loads(as_json.output)
    assert sum(row["n"] for row in found["by_status"]) == 6 and found["errors"] == []
    both = CliRunner().invoke(cli.main, ["evaluate", "--statuses", "--truth"])
    assert both.exit_code == 2 and "give one." in both.output


def test_a_prediction_without_context_is_an_error(homes: tuple[Home, Path], table_rows: TableRows) -> None:
    home, _ = homes
    more: Row = {**GRADED, **NO_BET, **NO_LINE, "game_date": "2022-10-20", "game_id": "g"}
    write(home.platform, table_rows("prediction_accuracy", more), "prediction_accuracy")
    with pytest.raises(ValueError, match=r"1 of 13 predictions .* have no row in upcoming_player_game_context"):
        evaluate_statuses(home.platform)
