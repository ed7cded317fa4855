"""nba-assets reset --simulated: what it deletes, and what it never touches."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nba_assets import cli
from nba_assets.engine import reset
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings

NOW = datetime(2024, 1, 15, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An NBA_HOME after a backfill, with an archive that was fetched later."""
    folder = tmp_path / "home"
    for name in ("models/a.model", "dagster/history/runs.db", "published/v1/a.json", "published/.partial/b"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    for name in ("simulated/archive.json", "archive/archive.json", "archive/schedule/2021-22.parquet"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    monkeypatch.setenv("NBA_HOME", str(folder))
    monkeypatch.delenv("NBA_ARCHIVE", raising=False)
    monkeypatch.delenv("NBA_PUBLISH", raising=False)
    return folder


def filled(source: str) -> Platform:
    platform = Platform(Settings())
    platform.warehouse.record_source(source, NOW)
    return platform


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli.main, ["reset", "--simulated", *arguments], input=typed)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def manifest(folder: Path, source: str) -> None:
    (folder / "v1").mkdir(parents=True, exist_ok=True)
    (folder / "v1" / "manifest.json").write_text(json.dumps({"source": source}))


def test_it_announces_and_deletes_simulated_data_and_keeps_the_rest(home: Path) -> None:
    filled("simulated")
    manifest(home / "published", "simulated")
    result = run(typed="y\n")
    assert result.exit_code == 0, result.output
    said, _, done = result.output.partition("Delete it?")
    for name in ("models", "dagster", "published/v1", "simulated", "nba.duckdb"):
        assert str(home / name) in said, name
    assert "deleted" in done
    left = {name for name in files(home) if not name.startswith(("run.", "first_use."))}
    assert left == {"archive/archive.json", "archive/schedule/2021-22.parquet"}
    assert run("--yes").output.strip().endswith("has no simulated data.")


def test_without_confirmation_nothing_is_deleted(home: Path) -> None:
    filled("simulated")
    before = files(home)
    for typed in ("n\n", ""):
        assert run(typed=typed).exit_code == 1
    assert before <= files(home)


def test_real_games_are_never_deleted(home: Path) -> None:
    filled("archive")
    before = files(home)
    result = run("--yes")
    assert result.exit_code == 1
    assert "has real games" in " ".join(result.output.split())
    assert before <= files(home)


def test_published_files_of_real_games_elsewhere_are_kept(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest(tmp_path / "real", "archive")
    monkeypatch.setenv("NBA_PUBLISH", str(tmp_path / "real"))
    filled("simulated")
    assert run("--yes").exit_code == 0
    assert files(tmp_path / "real") == {"v1/manifest.json"}
    assert not (home / "nba.duckdb").exists()


def test_an_interrupted_reset_resumes_with_the_same_command(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled("simulated")
    remains = reset.simulated_remains(Platform(Settings()))
    assert remains[-1].path == home / "nba.duckdb", (
        "the warehouse records that the rest is simulated, so it is deleted last"
    )
    remains[0].delete()
    assert run("--yes").exit_code == 0
    assert not (home / "nba.duckdb").exists()


def test_without_the_flag_it_is_rejected(home: Path) -> None:
    assert CliRunner().invoke(cli.main, ["reset"]).exit_code == 2
