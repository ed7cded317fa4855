"""The graph of tables: discovery, order, and no pregame table reads results of its day."""

import ast
from pathlib import Path

import pandas as pd
import pytest

import nba_assets
from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import DailyTable, daily_table
from nba_assets.contracts.inputs import Expected, Input, history, on_day, up_to_day
from nba_assets.engine import registry
from nba_assets.engine.code_version import code_version

PACKAGE = Path(nba_assets.__file__).parent


def table(name: str, known: str, **inputs: Input) -> DailyTable:
    contract = TableContract(name, "raw", (), known, columns("game_date"), "For these tests.")  # type: ignore[arg-type]
    expected = Expected({}, lambda days: pd.DataFrame({"game_date": days}))
    return daily_table(contract, inputs=inputs, expected=expected)(lambda days, **_: pd.DataFrame({"game_date": days}))


def test_all_designed_tables_exist() -> None:
    assert set(registry.tables()) >= {
        "schedule",
        "players",
        "rosters",
        "team_boxscores",
        "player_boxscores",
        "shots",
        "player_scoring_shares",
        "prop_lines",
        "game_lines",
        "injury_transactions",
        "referee_assignments",
        "player_game_summary",
        "team_offense_game_summary",
        "team_defense_game_summary",
        "upcoming_player_game_context",
        "upcoming_team_game_context",
    }


def test_upstream_comes_first() -> None:
    order = list(registry.tables())
    for name, found in registry.tables().items():
        for item in found.inputs.values():
            assert item.reach == "source" or order.index(item.name) < order.index(name), (name, item.name)


@pytest.mark.parametrize("window", [on_day, up_to_day])
def test_a_pregame_table_that_reads_results_of_its_day_is_rejected(window: object) -> None:
    results = table("results", "postgame")
    preview = table("preview", "pregame", results=window("results"))  # type: ignore[operator]
    with pytest.raises(ValueError, match="preview is pregame and may read the postgame table results only"):
        registry._check_inputs(preview, {"results": results, "preview": preview})


def test_a_pregame_table_may_read_earlier_results() -> None:
    results = table("results", "postgame")
    preview = table("preview", "pregame", results=history("results", days=400))
    registry._check_inputs(preview, {"results": results, "preview": preview})


def test_a_cycle_of_tables_is_rejected() -> None:
    one, other = table("one", "pregame", x=on_day("other")), table("other", "pregame", x=on_day("one"))
    with pytest.raises(ValueError, match="in a cycle: one -> other -> one"):
        registry._in_order({"one": one, "other": other})


def test_an_unknown_input_is_rejected() -> None:
    lone = table("lone", "postgame", x=on_day("nowhere"))
    with pytest.raises(ValueError, match="lone reads nowhere, which is no table"):
        registry._check_inputs(lone, {"lone": lone})


def test_the_code_version_follows_the_contract_and_the_inputs() -> None:
    one = table("one", "pregame", x=history("other", days=10))
    assert code_version(one) == code_version(table("one", "pregame", x=history("other", days=10)))
    assert code_version(one) != code_version(table("one", "pregame", x=history("other", days=11)))
    assert code_version(one) != code_version(table("one", "postgame", x=history("other", days=10)))


def test_only_one_module_computes_windows_over_history() -> None:
    """No table module uses rolling, expanding or exponentially weighted windows of pandas."""
    forbidden, seen = {"rolling", "ewm", "expanding"}, set()
    for path in (PACKAGE / "tables").rglob("*.py"):
        calls = {n.attr for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Attribute)}
        assert not calls & forbidden, path.name
        seen.add(path.stem)
    assert set(registry.tables()) <= seen
