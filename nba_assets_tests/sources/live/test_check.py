"""`fetch --check` with local publishers: hosts that answer as documented, and hosts that do not."""

from __future__ import annotations

from datetime import UTC, datetime

from nba_assets.sources.live.check import Finding, check
from nba_assets.sources.live.http import Client, Limits
from nba_assets_tests.live_publishers import KEY, Fault, Publishers
from nba_assets_tests.local_server import Answer, serving
from nba_assets_tests.mini_league import TEAMS, games_of, roster

NOW = datetime(2022, 10, 23, 15, tzinfo=UTC)
GAMES = [game for game in games_of("2022-23") if game.home in TEAMS]
ONCE = Limits(interval=0.0, intervals={}, attempts=1, first_wait=0.0, read=0.3)


def found(fault: Fault = lambda path: None, key: str | None = KEY) -> dict[str, Finding]:
    with serving(Publishers(GAMES, lambda: NOW, fault)) as server:
        client = Client(lambda: NOW, [KEY], None, server.address, ONCE, lambda _: None)
        return {
            finding.name.split(" ")[0] + " " + finding.name.split(" ")[1]: finding for finding in check(client, key)
        }


def test_a_host_that_answers_as_documented_is_good() -> None:
    findings = found()
    assert len(findings) == 9
    assert [one.sentence for one in findings.values() if not one.is_good] == []
    assert f"shape as documented: {len(GAMES)} games" in findings["cdn.nba.com schedule"].sentence
    assert "400 credits left" in findings["api.the-odds-api.com events"].sentence
    assert "no report was published" in findings["ak-static.cms.nba.com injury"].sentence


def test_what_is_asked_about_a_game_is_tried_with_the_newest_that_is_over() -> None:
    game = max((game for game in GAMES if game.tipoff < NOW), key=lambda game: game.game_id)
    findings = found()
    assert f"{len(game.players)} players" in findings["stats.nba.com misc"].sentence
    assert f"{len(game.players)} players" in findings["stats.nba.com scoring"].sentence
    assert f"{len(game.shots)} shots" in findings["stats.nba.com shots"].sentence
    assert f"{len(roster(game.home, '2022-23', 4))} players" in findings["stats.nba.com roster"].sentence
    cut = found(lambda path: Answer(b'{"resultSets": []}') if path.endswith("shotchartdetail") else None)
    assert "resultSets has no table Shot_Chart_Detail" in cut["stats.nba.com shots"].sentence


def test_without_a_game_that_is_over_nothing_is_asked_about_games() -> None:
    def fault(path: str) -> Answer | None:
        dates = b'{"leagueSchedule": {"gameDates": []}}'
        return Answer(dates) if "chedule" in path else None

    assert "no regular-season game of 2022-23 is known to be over" in found(fault)["stats.nba.com games"].sentence


def test_refusal_and_unexpected_format_are_distinguished() -> None:
    def fault(path: str) -> Answer | None:
        if path.startswith("cdn"):
            return Answer(status=403)
        return Answer(b'{"scoreboard": {}}') if path.endswith("scoreboardv3") else None

    findings = found(fault)
    assert not findings["cdn.nba.com schedule"].is_good
    assert "refuses this machine" in findings["cdn.nba.com schedule"].sentence
    assert "not in the documented shape: scoreboard.gameDate" in findings["stats.nba.com scoreboard"].sentence
    assert findings["stats.nba.com schedule"].is_good


def test_without_a_key_the_odds_host_is_not_asked() -> None:
    assert "NBA_ODDS_API_KEY is not set" in found(key=None)["api.the-odds-api.com events"].sentence


def test_a_wrong_key_is_reported_without_the_key() -> None:
    sentence = found(key="another")["api.the-odds-api.com events"].sentence
    assert "refuses this machine or this key" in sentence and "another" not in sentence
