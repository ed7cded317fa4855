"""The comparison of two states: it detects every change, and nothing else."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from nba_assets import cli
from nba_assets.contracts.findings import Finding, stored
from nba_assets.reports.diff import Difference, DiffError, Side, diff
from nba_assets.stores.models import ModelStore
from nba_assets.warehouses.factory import open_warehouse
from nba_assets_tests.mini_warehouse import Home
from nba_assets_tests.warehouses.hand_made import DAYS, POINTS, write

DAY = "2021-10-19"
TABLE = "player_game_summary"


@pytest.fixture
def sides(full: Home, tmp_path: Path) -> tuple[Path, Path]:
    """The full mini home, and a writable copy of its database, models and published files."""
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(full.folder / "nba.duckdb", copy)
    for name in ("models", "published"):
        shutil.copytree(full.folder / name, copy / name)
    return full.folder, copy


def change(home: Path, *statements: str) -> None:
    with duckdb.connect(str(home / "nba.duckdb")) as connection:
        for statement in statements:
            connection.execute(statement)


def mark_changed(home: Path) -> None:
    """Gives the day another content hash, like a run that wrote different rows."""
    change(
        home,
        f"UPDATE quality.partition_log SET content_hash = '00' WHERE table_name = '{TABLE}' AND game_date = '{DAY}'",
    )


def compare(sides: tuple[Path, Path]) -> Difference:
    return diff(*(Side.of_address(str(side)) for side in sides))


def test_two_copies_are_the_same(sides: tuple[Path, Path]) -> None:
    difference = compare(sides)
    assert difference.is_same()
    assert difference.tables["same"].equals(difference.tables["days"])
    assert (difference.tables["days"] > 0).all()
    assert difference.models is not None and difference.models["same"] > 0
    assert difference.files is not None and difference.files["same"] > 0


def test_a_changed_value_is_reported_by_column_with_its_key(sides: tuple[Path, Path]) -> None:
    game, player, points = change_one_value(sides[1])
    difference = compare(sides)
    assert not difference.is_same()
    (row,) = difference.columns.to_dict("records")
    assert (row["table_name"], row["column"], row["rows"], row["days"]) == (TABLE, "points", 1, 1)
    assert row["sample"] == f"{DAY} {game} {player}: {points} / {points + 1}"
    assert difference.rows.empty
    assert difference.is_same([TABLE])


def change_one_value(home: Path) -> tuple[str, int, int]:
    """Adds a point to one player of the day: (game_id, player_id, points before)."""
    with duckdb.connect(str(home / "nba.duckdb")) as connection:
        found = connection.execute(
            f"SELECT game_id, player_id, points FROM analytics.{TABLE} WHERE game_date = '{DAY}' ORDER BY ALL LIMIT 1"
        ).fetchall()
    game, player, points = found[0]
    change(
        home,
        f"UPDATE analytics.{TABLE} SET points = points + 1 WHERE game_id = '{game}' AND player_id = {player}",
    )
    mark_changed(home)
    return game, player, points


def test_a_value_against_null_differs_and_null_against_null_does_not(sides: tuple[Path, Path]) -> None:
    change(sides[1], f"UPDATE analytics.{TABLE} SET points = NULL WHERE game_date = '{DAY}'")
    mark_changed(sides[1])
    columns = compare(sides).columns
    assert columns["column"].tolist() == ["points"]
    assert columns["sample"].iloc[0].endswith("/ NULL")


def test_rows_on_one_side_only_are_reported_with_their_keys(sides: tuple[Path, Path]) -> None:
    change(sides[1], f"DELETE FROM analytics.{TABLE} WHERE game_date = '{DAY}' AND player_id % 2 = 0")
    mark_changed(sides[1])
    (row,) = compare(sides).rows.to_dict("records")
    assert row["only_a"] > 0
    assert row["only_b"] == 0
    assert row["sample"].startswith(f"A {DAY} ")


def test_days_on_one_side_only_are_counted(sides: tuple[Path, Path]) -> None:
    change(sides[1], f"DELETE FROM quality.partition_log WHERE table_name = '{TABLE}' AND game_date = '{DAY}'")
    tables = compare(sides).tables.set_index("table_name")
    assert tables.loc[TABLE, "only_a"] == 1
    assert tables.drop(TABLE)[["differ", "only_a", "only_b"]].to_numpy().sum() == 0


def test_a_changed_status_of_a_day_is_a_difference(sides: tuple[Path, Path]) -> None:
    change(
        sides[1],
        "UPDATE quality.partition_log SET status = 'absent_source' "
        f"WHERE table_name = '{TABLE}' AND game_date = '{DAY}'",
    )
    assert compare(sides).tables.set_index("table_name").loc[TABLE, "differ"] == 1


def test_a_changed_check_result_is_reported(sides: tuple[Path, Path]) -> None:
    change(
        sides[1],
        "UPDATE quality.check_results SET passed = NOT passed, failing = 7 "
        f"WHERE table_name = 'shots' AND check_name = 'completeness' AND game_date = '{DAY}'",
    )
    difference = compare(sides)
    (row,) = difference.checks.to_dict("records")
    assert (row["table_name"], row["check_name"], row["days"]) == ("shots", "completeness", 1)
    assert "passed" in row["sample"]
    assert "failing" in row["sample"]
    assert not difference.is_same()


@pytest.mark.parametrize(("expected", "is_same"), [("2", True), ("3", False)])
def test_failing_keys_are_compared_by_content(
    sides: tuple[Path, Path], tmp_path: Path, expected: str, is_same: bool
) -> None:
    own = tmp_path / "own"  # the first side is the home of all tests
    shutil.copytree(sides[1], own)
    where = f"WHERE table_name = 'shots' AND check_name = 'completeness' AND game_date = '{DAY}'"
    change(own, f"UPDATE quality.check_results SET failing_keys = 'a: found 1, expected 2' {where}")
    rows = stored([Finding("a", "1", expected)])
    change(sides[1], f"UPDATE quality.check_results SET failing_keys = '{rows}' {where}")
    assert compare((own, sides[1])).is_same() == is_same


def test_run_and_time_of_a_check_result_are_ignored(sides: tuple[Path, Path]) -> None:
    change(
        sides[1], "UPDATE quality.check_results SET run_id = 'another', evaluated_at = evaluated_at + INTERVAL 1 DAY"
    )
    assert compare(sides).is_same()


def test_a_missing_model_is_reported(sides: tuple[Path, Path]) -> None:
    (sides[1] / "models" / "00" / "more.txt").parent.mkdir(exist_ok=True)
    (sides[1] / "models" / "00" / "more.txt").write_text("a model")
    difference = compare(sides)
    assert difference.models is not None
    assert difference.models["only_b"] == 1
    assert not difference.is_same()


def test_notes_beside_the_models_are_not_compared(sides: tuple[Path, Path]) -> None:
    ModelStore(sides[1] / "models").note("2030-01-01", "another identity", [])
    assert compare(sides).is_same()


def test_published_documents_are_compared_field_by_field(sides: tuple[Path, Path]) -> None:
    manifest_path = sides[1] / "published" / "v1" / "manifest.json"
    manifest = json.loads(manifest_path.read_text())
    entry = next(entry for entry in manifest["files"] if entry["path"].startswith("predictions/2") and entry["rows"])
    document_path = manifest_path.parent / entry["path"]
    document = json.loads(document_path.read_text())
    document["games"][0]["arena"] = "ANOTHER"
    document_path.write_text(json.dumps(document))
    entry["sha256"] = "00"
    manifest_path.write_text(json.dumps(manifest))
    difference = compare(sides)
    (row,) = difference.documents.to_dict("records")
    assert (row["path"], row["place"]) == ("prediction_files predictions/*", "games[].arena")
    assert row["sample"].endswith(" / ANOTHER")
    assert not difference.is_same()
    assert difference.is_same(["prediction_files"])


def test_a_state_of_the_past_is_compared_by_day(full: Home) -> None:
    before = datetime(2020, 1, 1, tzinfo=UTC)
    difference = diff(Side.of_address(str(full.folder)), Side.of_address(f"{full.folder}@{before:%Y-%m-%d}"))
    assert (difference.tables["only_a"] == difference.tables["days"]).all()
    after = Side.of_address(f"duckdb:{full.folder / 'nba.duckdb'}@2100-01-01")
    assert diff(Side.of_address(str(full.folder)), after).is_same()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/no/such/folder", "there is no warehouse"),
        ("duckdb:/no/such.duckdb", "there is no warehouse"),
        ("somewhere@noon", "'noon' is not a time"),
        ("bigquery://project/prefix@noon", "'noon' is not a time"),
    ],
)
def test_an_invalid_side_is_rejected_with_a_sentence(address: str, message: str) -> None:
    with pytest.raises(DiffError, match=message):
        Side.of_address(address)


@pytest.mark.long
def test_a_warehouse_in_bigquery_is_compared_with_one_in_duckdb(bigquery_address: str, tmp_path: Path) -> None:
    addresses = [f"duckdb:{tmp_path / 'nba.duckdb'}", bigquery_address]
    for address in addresses:
        write(open_warehouse(address), {day: [1, 2] for day in DAYS}, "same")
    sides = [Side.of_address(address) for address in addresses]
    assert diff(*sides, [POINTS.name]).is_same()
    write(sides[1].warehouse, {DAYS[0]: [1, 3]}, "other")
    (row,) = diff(*sides, [POINTS.name], DAYS[1]).tables.to_dict("records")
    assert (row["days"], row["same"], row["differ"]) == (2, 2, 0)
    (row,) = diff(sides[0], Side.of_address(f"{bigquery_address}@2100-01-01"), [POINTS.name]).tables.to_dict("records")
    assert (row["days"], row["same"], row["differ"]) == (3, 2, 1)


def test_the_command_prints_what_differs_and_exits_with_1(sides: tuple[Path, Path]) -> None:
    change_one_value(sides[1])
    result = CliRunner().invoke(cli.main, ["diff", *map(str, sides)])
    assert result.exit_code == 1, result.output
    assert "values by column" in result.output
    assert "different" in result.output
    result = CliRunner().invoke(cli.main, ["diff", *map(str, sides), "--except", TABLE])
    assert result.exit_code == 0, result.output
    assert f"the same, except {TABLE}" in result.output
    result = CliRunner().invoke(cli.main, ["diff", *map(str, sides), "--except", "no_table"])
    assert result.exit_code == 2
    assert "--except no_table: no such table" in " ".join(result.output.split()).replace("│ ", "")
