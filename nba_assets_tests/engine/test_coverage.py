"""Games without rows in any source family, and the reason."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nba_assets.contracts.covers import between, of_types
from nba_assets.engine import registry
from nba_assets.engine.coverage import uncovered_games
from nba_assets.sources.archive.reader import Archive

GAMES = pd.DataFrame(
    [
        ("2021-10-19", "0022100001", "2021-22", "regular"),
        ("2022-01-07", "0022100581", "2021-22", "regular"),
        ("2022-04-12", "0052100101", "2021-22", "play_in"),
        ("2022-04-16", "0042100101", "2021-22", "playoffs"),
        ("2022-02-20", "0032100001", "2021-22", "all_star"),
        ("2022-10-18", "0022200001", "2022-23", "regular"),
        ("2023-06-12", "0042200405", "2022-23", "playoffs"),
    ],
    columns=["game_date", "game_id", "season", "season_type"],
).astype({"game_date": "datetime64[ns]"})


def archive(folder: Path, *files: str) -> Archive:
    for name in files:
        path = folder / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return Archive(str(folder))


def reasons(table: str, found: Archive) -> dict[str, str]:
    rows = uncovered_games(registry.tables()[table], GAMES, found)
    return dict(zip(rows["game_id"], rows["reason"], strict=True))


def test_games_in_no_family_are_absent_although_the_files_exist(tmp_path: Path) -> None:
    assert reasons("shots", archive(tmp_path, "shots_nba_api_capped/2021-22", "shots/2022-23")) == {
        "0022100581": "no file of shots for 2021-22",
        "0042100101": "no family covers playoffs games",
        "0052100101": "no family covers play_in games",
        "0042200405": "no family covers playoffs games",
    }


def test_a_live_family_is_not_missed_beside_others_and_covers_alone(tmp_path: Path) -> None:
    """No archive has it, so that its name would stand in every reason."""
    names = "sbr, oddsapi_consensus_closing, spreads_by_season, kaggle_sbr"
    assert reasons("game_lines", archive(tmp_path))["0022200001"] == f"no file of {names} for 2022-23"
    assert "0022200001" not in reasons("game_lines", archive(tmp_path, "game_lines/oddsapi_live/2022-23"))
    report = reasons("injury_reports", archive(tmp_path))
    assert report["0022200001"] == "no file of injury_report for 2022-23", "the table has no other family"


def test_a_family_without_a_file_is_named_if_no_other_has_the_game(tmp_path: Path) -> None:
    logs, v3 = "player_game_logs/2021-22", "player_box_v3/2022-23"
    found = reasons("player_boxscores", archive(tmp_path, logs, v3))
    assert found == {"0052100101": "no file of player_box_v3 for 2021-22"}
    found = reasons("player_boxscores", archive(tmp_path, "player_box_v3/2021-22"))
    assert found == {}
    (tmp_path / f"{v3}.parquet").unlink()
    names = "player_box_v3, player_game_logs"
    assert reasons("player_boxscores", archive(tmp_path)) == {
        "0022200001": f"no file of {names} for 2022-23",
        "0042200405": f"no file of {names}, player_box_playoffs for 2022-23",
    }


def test_a_table_that_reads_no_family_has_everything(tmp_path: Path) -> None:
    assert reasons("rosters", archive(tmp_path)) == {}


def test_coverage_of_a_family_is_by_game_type_or_by_days() -> None:
    assert of_types("regular")(GAMES).tolist() == [True, True, False, False, False, True, False]
    spans = between(("2021-10-19", "2022-01-07"), ("2023-06-12", "2023-06-12"))
    assert spans(GAMES).tolist() == [True, True, False, False, False, False, True]


@pytest.mark.archive
def test_in_the_archive_only_player_rows_of_the_first_play_in_are_absent(archive: Archive) -> None:
    """The fixture is the archive of real games."""
    assert reasons("player_boxscores", archive) == {"0052100101": "no file of player_box_v3 for 2021-22"}
