"""nba-assets evaluate --against: differences on the same player-games, calculated by hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from nba_assets import cli
from nba_assets.reports.diff import Side
from nba_assets.reports.evaluate_against import evaluate_against
from nba_assets_tests.mini_warehouse import Home
from nba_assets_tests.reports.test_evaluate import write
from nba_assets_tests.tables.grading.graded_rows import GRADED, NO_BET, NO_LINE, VOID, Row, graded

TableRows = Callable[..., pd.DataFrame]
ALL: Row = {"season": "2022-23", "system_id": "ensemble"}


def rows_of(*errors: float, crps: float) -> list[Row]:
    """Two days: players 1 (with a line) and 2 on the first, player 1 on the second, and player 9 who did not play."""
    where: list[tuple[str, int]] = [("2022-10-18", 1), ("2022-10-18", 2), ("2022-10-19", 1)]
    found: list[Row] = []
    for (day, player), error in zip(where, errors, strict=True):
        row = graded(20, player_id=player, predicted_points=20.0 - error, points_line=15.5)
        row = {**row, **NO_BET, **ALL, "game_date": day, "game_id": f"g{day}", "crps": crps}
        found.append(row if player == 1 else {**row, **NO_LINE})
    absent: Row = {**GRADED, **NO_BET, **VOID, **NO_LINE, **ALL, "player_id": 9}
    return [*found, {**absent, "game_date": "2022-10-18", "game_id": "g2022-10-18"}]


@pytest.fixture
def homes(empty_home: Home, table_rows: TableRows, tmp_path: Path) -> tuple[Home, Path]:
    """(a state with the errors 1, 3, 2, a database with 2, 3, 4 and one more player)."""
    before = rows_of(2.0, 3.0, 4.0, crps=1.5)
    only_there: Row = {**before[0], "player_id": 3}
    own_system: Row = {**before[0], "system_id": "linear"}
    write(empty_home.platform, table_rows("prediction_accuracy", *before, only_there), "prediction_accuracy")
    other = tmp_path / "other.duckdb"
    shutil.copy(empty_home.folder / "nba.duckdb", other)
    now = [*rows_of(1.0, 3.0, 2.0, crps=1.25), own_system]
    write(empty_home.platform, table_rows("prediction_accuracy", *now), "prediction_accuracy")
    return empty_home, other


@pytest.mark.parametrize("season", ["2022-23", "all"])
def test_differences_are_of_player_games_that_both_have(homes: tuple[Home, Path], season: str) -> None:
    home, other = homes
    found = evaluate_against(home.platform, Side.of_address(str(other)).warehouse)
    assert set(found["system_id"]) == {"ensemble"}
    by_population = found[found["season"] == season].set_index("population")
    played, lined = by_population.loc["all played"], by_population.loc["lined"]
    assert (played["n"], played["mae"], played["other_mae"], played["mae_difference"]) == (3, 2.0, 3.0, -1.0)
    assert (lined["n"], lined["mae_difference"]) == (2, -1.5)
    assert (played["mae_difference_low"], played["mae_difference_high"]) == (-2.0, -0.5), "a day of -.5, a day of -2"
    assert played[["crps_difference", "crps_difference_low", "crps_difference_high"]].tolist() == [-0.25] * 3


def test_the_command_prints_tables_or_json(homes: tuple[Home, Path]) -> None:
    _, other = homes
    printed = CliRunner().invoke(cli.main, ["evaluate", "--against", str(other)])
    assert printed.exit_code == 0, printed.output
    assert "-1.0000 -2.0000 to -0.5000" in printed.output
    command = ["evaluate", "--against", str(other), "--json", "--to", "2022-10-18"]
    as_json = CliRunner().invoke(cli.main, command)
    assert json.loads(as_json.output)[0]["mae_difference"] == -0.5


def test_a_missing_state_is_named(homes: tuple[Home, Path]) -> None:
    printed = CliRunner().invoke(cli.main, ["evaluate", "--against", "nowhere"])
    assert printed.exit_code == 2 and "nowhere: there is no warehouse" in printed.output
    both = CliRunner().invoke(cli.main, ["evaluate", "--against", str(homes[1]), "--truth"])
    assert both.exit_code == 2 and "give one." in both.output
