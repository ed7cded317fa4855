"""`nba-assets fetch --injury-reports` against a local publisher."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from nba_assets.basketball.calendar import Season
from nba_assets.cli.fetch import fetch
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.backfill import backfill
from nba_assets.orchestration.troubles import COMPETITIVE_IDS
from nba_assets.settings import Settings
from nba_assets.sources.families import FAMILIES
from nba_assets_tests.mini_archive import write_mini_archive
from nba_assets_tests.orchestration.live_days import GAMES, TABLES, eastern, live_days, ruled_out

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


@pytest.mark.long
def test_fetched_reports_reach_the_context_as_of_each_tip_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several days: ruled out an hour before, cleared before, ruled out after the tip-off only, no report at all."""
    write_mini_archive(tmp_path / "archive")
    days = sorted({game.day for game in GAMES if game.game_id.startswith(COMPETITIVE_IDS)})[:5]
    _, ruled, cleared, late, silent = days
    players = {day: ruled_out(day) for day in days}

    def said(day: date, status: str) -> list[tuple[str, ...]]:
        return [(*players[day][1][:5], status, "Injury/Illness - Left Knee; Soreness")]

    with live_days(tmp_path, monkeypatch, tmp_path / "archive") as here:
        here.now = datetime(2023, 7, 1, tzinfo=UTC)
        here.publishers.injuries = {
            eastern(ruled, 13, 30): said(ruled, "Questionable"),
            eastern(ruled, 18, 30): said(ruled, "Out"),
            eastern(cleared, 13, 30): said(cleared, "Out"),
            eastern(cleared, 18, 30): said(cleared, "Available"),
            eastern(late, 18, 30): said(late, "Probable"),
            eastern(late, 22, 30): said(late, "Out"),
        }
        ran = CliRunner().invoke(fetch, ["--injury-reports", "--season", "2022-23"])
        assert "6 reports downloaded" in " ".join(ran.output.split())
        platform = Platform(Settings())
        assert all(run.is_success for run in backfill([*TABLES], days[0], silent, platform, here.instance))
        with platform.warehouse.snapshot() as snapshot:
            reports, context = (
                snapshot.read(registry.contract(name), days[0], silent)
                for name in ("injury_reports", "upcoming_player_game_context")
            )
    assert len(reports) == 6 and (reports["known_at"] == reports["report_at"]).all()
    assert set(reports["report_at"]) == {pd.Timestamp(at) for at in here.publishers.injuries}
    status = {day: _of_player(context, day, players[day][0])["injury_status"].item() for day in days[1:]}
    assert [status[day] for day in days[1:4]] == ["ruled_out", "available", "probable"]
    assert status[silent] not in ("questionable", "ruled_out", "probable", "doubtful")
    teammates = context[(context["game_date"] == pd.Timestamp(ruled)) & (context["player_id"] != players[ruled][0])]
    team = _of_player(context, ruled, players[ruled][0])["team"].item()
    assert (teammates.loc[teammates["team"] == team, "teammates_out_minutes"] > 0).all()


def _of_player(rows: pd.DataFrame, day: date, player: int) -> pd.DataFrame:
    return rows[(rows["game_date"] == pd.Timestamp(day)) & (rows["player_id"] == player)]


def test_a_simulated_league_has_no_injury_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mini_archive(tmp_path / "archive")
    (tmp_path / "archive" / "archive.json").write_text('{"kind": "simulated"}')
    with live_days(tmp_path, monkeypatch, tmp_path / "archive") as here:
        ran = CliRunner().invoke(fetch, ["--injury-reports", "--season", "2022-23"])
        assert ran.exit_code == 2 and "exist only for real games" in ran.output
        assert here.server.asked == []
