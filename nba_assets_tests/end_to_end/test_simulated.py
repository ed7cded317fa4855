"""Rows of a simulated archive are marked from raw tables to published files, and never mixed with real ones."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.engine import registry
from nba_assets.orchestration.build import build_definitions
from nba_assets.sources.archive.reader import MARKER
from nba_assets.sources.protocol import SourceError
from nba_assets.tables.publishing.progress_text import SIMULATED
from nba_assets_tests.mini_archive import Truth
from nba_assets_tests.mini_warehouse import Home, environment

LAST = date(2021, 10, 24)


@pytest.fixture(scope="module")
def simulated_archive(mini: tuple[Path, Truth], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mini archive, marked as simulated."""
    folder = Path(shutil.copytree(mini[0], tmp_path_factory.mktemp("simulated") / "league"))
    (folder / MARKER).write_text(json.dumps({"kind": "simulated", "seed": 7}))
    return folder


@pytest.fixture(scope="module")
def simulated(
    simulated_archive: Path, mini: tuple[Path, Truth], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """The first days of that archive, built by the command; for tests that only read."""
    home = Home(tmp_path_factory.mktemp("simulated_home"), simulated_archive, mini[1])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(home.folder, home.archive).items():
            patch.setenv(name, value)
        code, printed = home.run("backfill", "--to", f"{LAST}")
        assert code == 0, printed
        first, second, *_ = printed.splitlines()
        assert first.startswith(f"source: simulated league at {simulated_archive} (NBA_ARCHIVE)")
        assert "These games are simulated" in second
        yield home


def test_every_raw_row_and_every_document_is_marked_as_simulated(simulated: Home) -> None:
    told = []
    with simulated.platform.warehouse.snapshot() as snapshot:
        for name, table in registry.tables().items():
            if table.contract.layer == "raw" and "source" in table.contract.column_names:
                rows = snapshot.read(table.contract, FIRST_DAY, LAST)
                told.append(name)
                assert set(rows["source"]) <= {"simulated"}, name
                assert len(rows) == snapshot.ledger([name])["rows"].sum(), name
    assert {"schedule", "players", "player_boxscores", "team_boxscores", "game_lines", "shots"} <= set(told)
    folder = simulated.folder / "published" / "v1"
    documents = [path for path in folder.rglob("*.json") if not path.match("schemas/*")]
    assert len(documents) > 20
    for path in documents:
        assert json.loads(path.read_text())["source"] == "simulated", path
    assert SIMULATED in (folder / "progress.md").read_text()


def test_a_game_that_several_families_quote_has_one_simulated_line(simulated: Home) -> None:
    rows = simulated.quality("quarantine", "game_lines")
    rows = rows[rows["reason"] == "the simulated row of another family has the same key"]
    assert len(rows) > 0
    assert set(rows["action"]) == {"duplicate"}
    checks = simulated.quality("check_results", "game_lines")
    assert bool(checks.loc[checks["check_name"] == "unique_keys", "passed"].all())


def test_status_and_assets_are_marked_as_simulated(simulated: Home) -> None:
    code, printed = simulated.run("status")
    assert code == 0, printed
    assert "source: simulated league" in printed.splitlines()[0]
    assert "These games are simulated" in printed
    for asset in build_definitions().resolve_asset_graph().asset_nodes:
        assert asset.tags["source"] == "simulated", asset.key
        assert str(asset.description).startswith("**Simulated league"), asset.key


def test_real_data_are_not_marked_as_simulated(full: Home) -> None:
    for asset in build_definitions().resolve_asset_graph().asset_nodes:
        assert "source" not in asset.tags
        assert "imulated league" not in str(asset.description)[:30], asset.key
    assert SIMULATED not in (full.folder / "published" / "v1" / "progress.md").read_text()
    assert full.platform.source == "archive"


def test_a_simulated_warehouse_rejects_real_games(simulated: Home, mini: tuple[Path, Truth]) -> None:
    before = simulated.hashes()
    for command in (["backfill", "--to", f"{LAST}"], ["status"], ["backfill", "--stale", "--to", f"{LAST}"]):
        code, printed = simulated.run(*command, NBA_ARCHIVE=str(mini[0]))
        assert code == 1, printed
        flat = " ".join(printed.split())
        assert "has games of the simulated league" in flat and "has real games" in flat
        assert "nba-assets reset --simulated" in flat
        assert "Traceback" not in printed
    assert simulated.hashes() == before


def test_a_simulated_warehouse_rejects_a_dagster_run_on_real_games(simulated: Home, mini: tuple[Path, Truth]) -> None:
    before = simulated.hashes()
    code, printed = simulated.run(
        *("dagster", "asset", "materialize", "-m", "nba_assets.definitions", "--select", "schedule"),
        *("--partition", "2021-10-20"),
        NBA_ARCHIVE=str(mini[0]),
    )
    assert code != 0
    assert f"source: archive at {mini[0]} (NBA_ARCHIVE)" in printed
    assert "never mixed; nothing was written" in " ".join(printed.split())
    assert simulated.hashes() == before


def test_a_warehouse_without_a_recorded_source_rejects_simulated_games(home: Home, simulated_archive: Path) -> None:
    home.sql("DROP TABLE quality.warehouse_source")
    assert home.platform.held_source == "archive"
    code, printed = home.run("backfill", "--to", f"{LAST}", NBA_ARCHIVE=str(simulated_archive))
    assert code == 1, printed
    flat = " ".join(printed.split())
    assert "has real games" in flat and "reset" not in flat
    code, printed = home.run("backfill", "--to", f"{LAST}")
    assert code == 0, printed
    assert "nothing to do" in printed


def test_published_files_of_the_other_kind_are_not_overwritten(
    full: Home, simulated_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBA_HOME", str(tmp_path / "other"))
    monkeypatch.setenv("NBA_PUBLISH", str(full.folder / "published"))
    monkeypatch.setenv("NBA_ARCHIVE", str(simulated_archive))
    with pytest.raises(SourceError, match=r"What is published in .* has real games"):
        full.platform.require_one_source()


def test_fetched_and_other_real_games_may_be_mixed(
    home: Home, own_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_archive / MARKER).write_text(json.dumps({"kind": "fetched"}))
    monkeypatch.setenv("NBA_ARCHIVE", str(own_archive))
    assert home.platform.require_one_source() == "archive"
    with dg.DagsterInstance.get():
        assert {run.run_id for run in home.backfill(last=LAST)} == {None}
