"""Sends one request to each live host and reports the result: `nba-assets fetch --check`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from nba_assets.basketball.calendar import EASTERN, Season, eastern_today
from nba_assets.basketball.teams import TEAMS
from nba_assets.sources.live import odds
from nba_assets.sources.live.feeds import (
    ALL_SHOTS,
    BROWSER,
    CDN,
    INJURIES,
    NO_KEY,
    REPORT_STEP,
    SPORT,
    STATS,
    WHOLE_GAME,
    WITH_SHOTS,
)
from nba_assets.sources.live.http import BadReply, Client, Refused
from nba_assets.sources.live.injury_pdf import read_report, report_name
from nba_assets.sources.live.nba import Game, ShapeError, schedule_games, scoreboard_games
from nba_assets.sources.live.nba_details import misc_rows, roster_rows, scoring_rows, shot_rows

REPORTS_TRIED = 100
"""Number of quarter hours, counted back from now, in which a published injury report is searched for: one day."""


@dataclass(frozen=True)
class Finding:
    """Result of one request: whether the host answers in the documented format, and a sentence about it."""

    name: str
    is_good: bool
    sentence: str


def check(client: Client, odds_key: str | None) -> Iterator[Finding]:
    """Yields one finding per host and kind of reply as soon as it is there. Stores nothing, uses no odds credits."""
    day = eastern_today(client.clock())
    season = Season.of_day(day).label
    planned: list[Game] = []

    def games(body: Any) -> str:
        planned[:] = schedule_games(body)
        return f"{len(planned)} games"

    yield _tried(client, "cdn.nba.com schedule", f"{CDN}/static/json/staticData/scheduleLeagueV2.json", {}, games)
    params = {"LeagueID": "00", "Season": season}
    yield _tried(client, "stats.nba.com schedule", f"{STATS}/stats/scheduleleaguev2", params, games)
    params = {"GameDate": (day - timedelta(days=1)).isoformat(), "LeagueID": "00"}
    yield _tried(client, "stats.nba.com scoreboard", f"{STATS}/stats/scoreboardv3", params, _board)
    yield from _details(client, planned, season)
    yield _report(client, day)
    if odds_key is None:
        yield Finding("api.the-odds-api.com events", False, NO_KEY)
    else:
        query = {"dateFormat": "iso"}
        yield _tried(client, "api.the-odds-api.com events", f"{SPORT}/events", query, _events, {"apiKey": odds_key})


def _details(client: Client, planned: list[Game], season: str) -> Iterator[Finding]:
    """What is asked about a game that is over, tried with the newest of the regular season, and its hosts' roster."""
    over = [game for game in planned if game.is_final and game.game_id.startswith(WITH_SHOTS)]
    if not over:
        yield Finding("stats.nba.com games", True, f"not tried: no regular-season game of {season} is known to be over")
        return
    game = max(over, key=lambda game: (game.day, game.game_id))
    team, of_game = str(TEAMS[game.home][0]), {**WHOLE_GAME, "GameID": game.game_id}
    of_shots = {**ALL_SHOTS, "GameID": game.game_id, "Season": season}
    of_team = {"LeagueID": "00", "Season": season, "TeamID": team}

    def misc(body: Any) -> str:
        return f"{len(misc_rows(body, game.game_id))} players"

    def scoring(body: Any) -> str:
        return f"{len(scoring_rows(body, game.game_id))} players"

    def shots(body: Any) -> str:
        return f"{len(shot_rows(body, game.game_id))} shots"

    def roster(body: Any) -> str:
        return f"{len(roster_rows(body, team, game.day, client.clock()))} players"

    yield _tried(client, "stats.nba.com misc box score", f"{STATS}/stats/boxscoremiscv3", of_game, misc)
    yield _tried(client, "stats.nba.com scoring box score", f"{STATS}/stats/boxscorescoringv3", of_game, scoring)
    yield _tried(client, "stats.nba.com shots", f"{STATS}/stats/shotchartdetail", of_shots, shots)
    yield _tried(client, "stats.nba.com roster", f"{STATS}/stats/commonteamroster", of_team, roster)


def _board(body: Any) -> str:
    return f"{len(scoreboard_games(body))} games"


def _events(body: Any) -> str:
    return f"{len(odds.events(body))} events"


def _tried(
    client: Client,
    name: str,
    url: str,
    params: Mapping[str, str],
    describe: Callable[[Any], str],
    secret: Mapping[str, str] | None = None,
) -> Finding:
    begun = client.clock()
    try:
        reply = client.get(url, params, secret=secret, headers=BROWSER)
        summary = describe(json.loads(reply.body))
    except (Refused, BadReply) as error:
        return Finding(name, False, f"not reached: {error}")
    except (ShapeError, ValueError) as error:
        return Finding(name, False, f"reachable, but the reply is not in the documented shape: {error}")
    left = reply.headers.get("x-requests-remaining")
    credits_left = f", {left} credits left" if left is not None else ""
    seconds = (client.clock() - begun).total_seconds()
    return Finding(name, True, f"reachable, shape as documented: {summary}{credits_left} ({seconds:.1f} s)")


def _report(client: Client, day: date) -> Finding:
    """Checks the newest injury report of the last 24 hours; in the off-season there is none."""
    name = "ak-static.cms.nba.com injury report"
    here = client.clock().astimezone(EASTERN).replace(second=0, microsecond=0)
    here -= timedelta(minutes=here.minute % 15)
    tried: set[str] = set()
    for moment in (here - step * REPORT_STEP for step in range(REPORTS_TRIED)):
        file = report_name(moment)
        if file in tried:
            continue
        tried.add(file)
        try:
            reply = client.get(f"{INJURIES}/{file}", answers=(403, 404))
            if reply.status == 200:
                report = read_report(reply.body)
                return Finding(
                    name,
                    True,
                    f"reachable, shape as documented: {_report_summary(report.published_at, report.entries)}",
                )
        except (Refused, BadReply) as error:
            return Finding(name, False, f"not reached: {error}")
        except ShapeError as error:
            return Finding(name, False, f"reachable, but {file} is not in the documented shape: {error}")
    return Finding(
        name, True, f"reachable; no report was published since {here - REPORTS_TRIED * REPORT_STEP:%d %b %H:%M}"
    )


def _report_summary(published: datetime, entries: tuple[object, ...]) -> str:
    return f"{len(entries)} entries of {published:%d %b %H:%M} US Eastern"
