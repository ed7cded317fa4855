"""The published folder after a backfill: all files are listed, valid and readable, and later runs keep them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from nba_assets import cli, load_table
from nba_assets.basketball.calendar import day_range
from nba_assets.documents import schemas
from nba_assets.engine import manifest, registry
from nba_assets.engine.materialise import materialise
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings
from nba_assets_tests.mini_warehouse import Home

DAY = date(2022, 10, 31)
DATED = ("published_predictions", "prediction_files", "best_bets", "best_bet_results", "best_bet_files")


def documents(home: Home) -> dict[str, bytes]:
    root = Path(home.platform.settings.published)
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.glob("v1/**/*.json"))}


def test_every_file_matches_the_manifest_and_its_schema(full: Home) -> None:
    assert manifest.verify(full.platform) == []
    found = {path: data for path, data in documents(full).items() if "/schemas/" not in path and "/site/" not in path}
    assert len(found) > 100
    for path, data in found.items():
        document = json.loads(data, parse_constant=lambda word, path=path: pytest.fail(f"{word} in {path}"))
        schemas.check(path, document)
    assert {f"v1/{name}" for name in ("predictions/today.json", "results/latest.json", "manifest.json")} <= set(found)


def test_pointers_are_copies_of_the_newest_day(full: Home) -> None:
    found = documents(full)
    for folder, pointer in (("predictions", "today"), ("best-bets", "latest"), ("results", "latest")):
        assert found[f"v1/{folder}/{pointer}.json"] == found[f"v1/{folder}/{full.last_day}.json"]


def test_the_record_matches_the_tables_and_a_backfill_is_reconstructed(full: Home) -> None:
    record, said = load_table("published_predictions"), load_table("player_prop_predictions")
    key = ["game_date", "game_id", "player_id", "system_id"]
    assert set(record["provenance"]) == {"reconstructed"}
    pd.testing.assert_frame_equal(
        record[[*key, "predicted_points", "points_line", "components"]],
        said[[*key, "predicted_points", "points_line", "components"]],
    )
    assert set(load_table("prediction_accuracy")["provenance"]) == {"reconstructed"}


def test_live_rows_survive_a_rebuild_of_history(tables_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A live morning, then changed predictions after the games: record, file and grades remain those of the morning."""
    tables, platform = registry.tables(), tables_home.platform
    morning = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=UTC)
    with monkeypatch.context() as patch:
        patch.setattr(Settings, "machine_clock", staticmethod(lambda: morning))
        for name in DATED:
            materialise(tables[name], [DAY], platform, "morning")
    path = f"v1/predictions/{DAY}.json"
    published = platform.store.read(path)
    assert published is not None
    assert {game["provenance"] for game in json.loads(published)["games"]} == {"live"}
    before = load_table("published_predictions", str(DAY))

    tables_home.sql(
        "UPDATE predictions.player_prop_predictions SET predicted_points = p10, expected_points = p10 "
        "WHERE game_date = ? AND p10 IS NOT NULL",
        [DAY],
    )
    for name in (*DATED, "prediction_accuracy", "result_files"):
        materialise(tables[name], [DAY], platform, "rebuilt")
    pd.testing.assert_frame_equal(load_table("published_predictions", str(DAY)), before)
    assert platform.store.read(path) == published
    graded = load_table("prediction_accuracy", str(DAY))
    assert set(graded["provenance"]) == {"live"}
    key = ["game_id", "player_id", "system_id"]
    both = graded.merge(before[[*key, "predicted_points"]], on=key, suffixes=("", "_published"))
    assert len(both) == len(graded)
    assert both["predicted_points"].tolist() == both["predicted_points_published"].tolist()
    systems = json.loads(platform.store.read(f"v1/results/{DAY}.json") or b"")["summary"]["systems"]
    assert {entry["provenance"] for entry in systems} == {"live"}


def test_a_replayed_morning_is_never_live(tables_home: Home) -> None:
    pinned = Platform(tables_home.platform.settings.model_copy(update={"now": datetime(2022, 10, 31, 9, tzinfo=UTC)}))
    materialise(registry.tables()["published_predictions"], [DAY], pinned, "replay")
    assert set(load_table("published_predictions", str(DAY))["provenance"]) == {"reconstructed"}


def test_a_rebuild_writes_nothing(tables_home: Home) -> None:
    """The dated products of a week, built twice in a separate folder."""
    tables, platform = registry.tables(), tables_home.platform
    days = day_range(date(2022, 10, 25), DAY)
    root = Path(platform.settings.published)

    def make() -> dict[str, int]:
        for name in ("prediction_files", "best_bet_files", "result_files"):
            materialise(tables[name], days, platform, "again")
        return {str(path): path.stat().st_mtime_ns for path in root.glob("v1/*/*.json")}

    first = make()
    assert len(first) > 6
    assert make() == first


def test_the_command_verifies_and_names_what_differs(home: Home) -> None:
    def run(*command: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli.main, list(command), catch_exceptions=False)
        return result.exit_code, result.output

    code, printed = run("publish", "--verify")
    assert code == 0, printed
    assert "every file matches the manifest" in printed
    path = Path(home.platform.settings.published) / f"v1/results/{DAY}.json"
    path.write_bytes(path.read_bytes()[:-10])
    code, printed = run("publish", "--verify")
    assert code == 1
    assert f"v1/results/{DAY}.json: has" in printed
    repair = f"backfill --force --from {DAY} --to {DAY} --select result_files"
    assert f"nba-assets {repair}" in printed
    code, printed = run(*repair.split())
    assert code == 0, printed
    code, printed = run("publish", "--verify")
    assert code == 0, printed


@pytest.mark.parametrize("content", [b"{", b"[]", b"\x00\xff", b""])
def test_a_damaged_manifest_is_reported_with_the_command_that_repairs_it(tables_home: Home, content: bytes) -> None:
    store = tables_home.platform.store
    store.put("v1/manifest.json", content, content_type="application/json", cache_control="no-cache")
    store.flush()
    (problem,) = manifest.verify(tables_home.platform)
    assert problem.startswith(f"v1/manifest.json in {store.address} is damaged")
    assert problem.endswith("write it again with: nba-assets publish")
    with pytest.raises(schemas.SchemaError, match=r"is damaged .* nba-assets publish"):
        manifest.renew_site(store)
    manifest.publish(tables_home.platform)
    assert not [line for line in manifest.verify(tables_home.platform) if "damaged" in line]
