"""`nba-assets fetch --injury-reports` against a local publisher."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from nba_assets.basketball.calendar import Season
from nba_assets.cli.fetch import fetch
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.troubles import COMPETITIVE_IDS
from nba_assets.settings import Settings
from nba_assets.sources.families import FAMILIES
from nba_assets_tests.mini_archive import write_mini_archive
from nba_assets_tests.orchestration.live_days import GAMES, eastern, live_days, ruled_out

OPENING = date(2022, 10, 18)


def test_the_reports_of_a_season_are_added_to_its_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mini_archive(tmp_path / "archive")
    days = {game.day for game in GAMES if game.game_id.startswith(COMPETITIVE_IDS)}
    with live_days(tmp_path, monkeypatch, tmp_path / "archive") as here:
        here.now = datetime(2023, 7, 1, tzinfo=UTC)
        here.publishers.injuries = {eastern(day, 17, 30): [ruled_out(day)[1]] for day in days - {OPENING}}
        ran = CliRunner().invoke(fetch, ["--injury-reports", "--season", "2022-23"])
        assert ran.exit_code == 1  # one day has no report
        assert f"{len(days) - 1} reports downloaded for {len(days)} game days" in " ".join(ran.output.split())
        assert f"{OPENING}: the publisher has no injury report" in " ".join(ran.output.split())
        rows = Platform(Settings()).archive.read(FAMILIES["injury_report"], [Season(2022)]).frame
        assert set(rows["game_date"]) == {day.isoformat() for day in days - {OPENING}}
        assert rows["known_at"].equals(rows["report_at"])


def test_a_simulated_league_has_no_injury_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mini_archive(tmp_path / "archive")
    (tmp_path / "archive" / "archive.json").write_text('{"kind": "simulated"}')
    with live_days(tmp_path, monkeypatch, tmp_path / "archive") as here:
        ran = CliRunner().invoke(fetch, ["--injury-reports", "--season", "2022-23"])
        assert ran.exit_code == 2 and "exist only for real games" in ran.output
        assert here.server.asked == []
