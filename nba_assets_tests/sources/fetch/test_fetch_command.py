"""The command line of a fetch."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from nba_assets.cli import main
from nba_assets.sources.fetch.sources import SOURCES
from nba_assets_tests.sources.fetch.http_publisher import publisher
from nba_assets_tests.sources.fetch.test_fetch import small, use

__all__ = ["small"]


def test_the_list_names_every_source_without_requests(tmp_path: Path) -> None:
    listed = CliRunner().invoke(main, ["fetch", "--list", "--to", str(tmp_path / "none")])
    assert listed.exit_code == 0
    for source in SOURCES:
        assert f"    {source.address}\n" in listed.output
        assert source.commit in source.address
        assert f"{source.doc} Licence: {source.licence}." in listed.output
    assert not (tmp_path / "none").exists()


def test_a_fetch_through_a_mirror(monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path) -> None:
    with publisher() as server:
        use(monkeypatch, server, small)
        arguments = ["fetch", "--season", "2022-23", "--to", str(tmp_path / "made"), "--mirror", server.address]
        first = CliRunner().invoke(main, arguments)
        asked = len(server.asked)
        second = CliRunner().invoke(main, arguments)
    assert first.exit_code == 0, first.output
    assert "made      schedule/2022-23.parquet" in first.output
    assert not (tmp_path / "made" / "schedule" / "2021-22.parquet").exists()
    assert asked > 10
    assert "0 made now" in second.output
    assert second.exit_code == 0


def test_nothing_usable_is_exit_code_1_and_no_archive(tmp_path: Path) -> None:
    with publisher() as server:
        done = CliRunner().invoke(
            main, ["fetch", "--season", "2023-24", "--to", str(tmp_path), "--mirror", server.address]
        )
    assert done.exit_code == 1
    assert "Nothing usable came" in done.output
    assert "404" in done.output
    assert not (tmp_path / "archive.json").exists()


@pytest.mark.parametrize("label", ["2023-25", "2023", "2019-20"])
def test_an_invalid_season_is_rejected(label: str) -> None:
    refused = CliRunner().invoke(main, ["fetch", "--season", label])
    assert refused.exit_code == 2
    assert label in refused.output
