"""The feeds: the URLs each one requests for a day. Only data that the day still lacks is requested.

A feed stores replies and returns a summary. A host that refuses is reported in the summary, with the time of the next
attempt; it is not an error of the run. An odds reply which says that the credits are used up blocks that host until the
first of the next month.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nba_assets.basketball.calendar import EASTERN, Season, eastern_today
from nba_assets.basketball.teams import TEAMS
from nba_assets.settings import Settings
from nba_assets.sources.live import odds
from nba_assets.sources.live.http import BadReply, Client, Refused, Reply
from nba_assets.sources.live.injury_pdf import report_name
from nba_assets.sources.live.landing import Landing, LandingError, LandingFolder
from nba_assets.sources.live.nba import Game, ShapeError, is_final_box, rows_of_game, schedule_games, scoreboard_games
from nba_assets.sources.live.nba_details import attempts_of, misc_rows, roster_rows, scoring_rows, shot_rows
from nba_assets.sources.live.parsed import Day, DayReader, State, write_day

CDN, STATS, ODDS = "https://cdn.nba.com", "https://stats.nba.com", "https://api.the-odds-api.com"
INJURIES = "https://ak-static.cms.nba.com/referee/injury"
BROWSER = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 "
    "Safari/537.36",
    "Referer": "https://www.nba.com/",
    "Origin": "https://www.nba.com",
    "Accept": "application/json, text/plain, */*",
}
"""cdn.nba.com and stats.nba.com do not answer requests without these headers."""
SPORT = f"{ODDS}/v4/sports/basketball_nba"
SCHEDULE_IS_FRESH = timedelta(hours=3)
QUOTES_ARE_FRESH = timedelta(minutes=25)
SHOTS_ARE_FRESH = timedelta(hours=3)
"""Time until a shot chart with fewer shots than the box score is requested again."""
GAME_LASTS = timedelta(hours=2)
"""No game has been shorter, so until this long after tip-off no request asks whether it is over."""
RESERVED_CREDITS = 10
"""Credits reserved for the game lines: with fewer left, no player quotes are requested."""
WHOLE_GAME = dict.fromkeys(("EndPeriod", "EndRange", "RangeType", "StartPeriod", "StartRange"), "0")
"""Parameters of the V3 box scores."""
ALL_SHOTS = {
    **dict.fromkeys(("LastNGames", "Month", "OpponentTeamID", "Period", "PlayerID", "TeamID"), "0"),
    **dict.fromkeys(("AheadBehind", "ClutchTime", "ContextFilter", "DateFrom", "DateTo", "EndPeriod", "EndRange"), ""),
    **dict.fromkeys(("GameSegment", "Location", "Outcome", "PlayerPosition", "PointDiff", "Position", "RangeType"), ""),
    **dict.fromkeys(("RookieYear", "SeasonSegment", "StartPeriod", "StartRange", "VsConference", "VsDivision"), ""),
    "ContextMeasure": "FGA",
    "LeagueID": "00",
    "SeasonType": "Regular Season",
}
"""Parameters of a shot chart, all of which are required; ContextMeasure FGA includes misses, the default does not."""
WITH_SHOTS, WITH_SHARES = ("002",), ("002", "004")
"""Game id prefixes of the games whose shots (regular season) and shares (also playoffs) the raw tables cover."""
REPORT_STEP = timedelta(minutes=15)
REPORTS_BACK = 8
"""Number of quarter hours back from now in which a late or missed report is searched for."""
NO_KEY = "NBA_ODDS_API_KEY is not set; the-odds-api.com gives a free key of 500 credits a month."


@dataclass
class FeedResult:
    """Summary of what a feed did for a day.

    Args:
        feed: its name.
        day: game date.
        landed: replies that were stored.
        calls: requests sent.
        bytes: size of all replies.
        refused: one sentence per host that refused.
        problems: one sentence per reply that could not be used.
        credits: credits left at the odds publisher, if a reply contained the number.
        note: why no request was sent.
    """

    feed: str
    day: date
    landed: int = 0
    calls: int = 0
    bytes: int = 0
    refused: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    credits: int | None = None
    note: str = ""

    @property
    def sentence(self) -> str:
        """The summary in one line."""
        said = [f"{self.landed} replies landed, {self.calls} calls, {self.bytes / 1e6:.1f} MB"] if self.calls else []
        said += [self.note] if self.note else []
        said += [f"{self.credits} credits left"] if self.credits is not None else []
        return "; ".join([*said, *self.refused, *self.problems]) or "nothing is missing"


@dataclass
class Feeds:
    """The live feeds of this machine.

    Args:
        root: folder of the landings and of the families' daily files.
        client: HTTP client for all publishers.
        odds_key: API key of the odds publisher; None turns its feeds off.
    """

    root: Path
    client: Client
    odds_key: str | None = None

    def __post_init__(self) -> None:
        self._reader = DayReader(self.landings)
        self._written: dict[date, State] = {}
        self.schedules: dict[Season, Reply] = {}

    @classmethod
    def of(cls, settings: Settings) -> Feeds:
        """The feeds configured by the settings. Replies are dated by the machine's clock even if NBA_NOW is set."""
        root = settings.home / "live"
        key = None if settings.odds_api_key is None else settings.odds_api_key.get_secret_value()
        secrets = [secret.get_secret_value() for secret in settings.secrets]
        client = Client(settings.machine_clock, secrets, root / "refused.json", settings.feed_mirror)
        return cls(root, client, key)

    @property
    def landings(self) -> LandingFolder:
        return LandingFolder(self.root / "landing")

    @property
    def families(self) -> Path:
        """Folder of the families' daily files."""
        return self.root / "archive"

    def fetch(self, feed: str, days: Sequence[date]) -> list[FeedResult]:
        """Requests what the days still lack, and rewrites the families' files of each day for which a reply landed.

        Raises:
            LandingError: a landing is damaged on disk.
        """
        results = []
        for day in sorted(days):
            result = FeedResult(feed, day)
            calls, size = self.client.calls, self.client.bytes
            try:
                FEEDS[feed](self, day, result)
            except Refused as refused:
                result.refused.append(str(refused))
            except BadReply as bad:
                result.problems.append(str(bad))
            result.calls, result.bytes = self.client.calls - calls, self.client.bytes - size
            problems = self.parse(day)
            if result.landed:
                result.problems += problems
            results.append(result)
        return results

    def parse(self, day: date) -> list[str]:
        """Writes the families' files of a day and of the next one, whose games an evening report may list; returns
        problems.

        Needed even if this process landed nothing: the process that did may have ended before it wrote the files.
        """
        problems = []
        for of_day in (day, day + timedelta(days=1)):
            found, state = self.day(of_day), self._reader.state(of_day)
            if of_day != day and not found.games:
                continue
            if self._written.get(of_day) != state:
                write_day(self.families, found)
                self._written[of_day] = state
            problems += found.problems
        return problems

    def day(self, day: date) -> Day:
        """Parsed landings of a day; must not be modified."""
        return self._reader.day(day)

    def land(self, result: FeedResult, subject: str, reply: Reply) -> Landing:
        """Stores a reply."""
        landing = Landing(
            result.feed, result.day, subject, reply.url, reply.status, reply.headers, reply.at, reply.body
        )
        self.landings.write(landing)
        result.landed += 1
        return landing

    def newest(self, feed: str, day: date, subject: str = "") -> datetime | None:
        """When a feed's newest reply for a day landed; a subject is required if the feed has several per day."""
        if not subject:
            return self.landings.newest_at(feed, day)
        landed = self.landings.read(feed, day, is_newest_first=True)
        return next((one.fetched_at for one in landed if one.subject == subject), None)


def _schedule(feeds: Feeds, day: date, result: FeedResult) -> None:
    """Requests the schedule file of the season: every three hours while the day is not over, and once after it.

    Days requested together share one request.
    """
    newest, now = feeds.newest(result.feed, day), feeds.client.clock()
    is_past = day < eastern_today(now)
    if newest is not None and (now - newest < SCHEDULE_IS_FRESH or (is_past and eastern_today(newest) > day)):
        return
    season = Season.of_day(day)
    shared = feeds.schedules.get(season)
    if shared is not None and now - shared.at < SCHEDULE_IS_FRESH and (not is_past or eastern_today(shared.at) > day):
        feeds.land(result, "", shared)
        return
    places: list[tuple[str, dict[str, str]]] = [
        (f"{STATS}/stats/scheduleleaguev2", {"LeagueID": "00", "Season": season.label})
    ]
    if season == Season.of_day(eastern_today(now)):  # the file contains only the current season
        places.insert(0, (f"{CDN}/static/json/staticData/scheduleLeagueV2.json", {}))
    reply = _first_that_answers(feeds, result, "", places, schedule_games)
    if reply is not None:
        feeds.schedules[season] = reply


def _scoreboard(feeds: Feeds, day: date, result: FeedResult) -> None:
    """Requests the scoreboard until every game of the day is final."""
    now = feeds.client.clock()
    found = feeds.day(day)
    due = found.due
    begun = [game for game in due if game.tipoff is None or game.tipoff + GAME_LASTS <= now]
    if due and not begun:
        result.note = "no game can be over yet"
        return
    if day > eastern_today(now) or (due and all(game.is_final for game in due)):
        return
    if not due and (found.is_planned or feeds.newest(result.feed, day) is not None):
        result.note = "no games"
        return
    params = {"GameDate": day.isoformat(), "LeagueID": "00"}
    _first_that_answers(feeds, result, "", [(f"{STATS}/stats/scoreboardv3", params)], scoreboard_games)


def _boxscores(feeds: Feeds, day: date, result: FeedResult) -> None:
    """Requests missing box scores of games that can be over, from the cdn host, else from the stats host."""
    now, found = feeds.client.clock(), feeds.day(day)
    lacking = [game for game in found.due if game.game_id not in found.boxes]
    ready = [game for game in lacking if game.is_final or (game.tipoff and game.tipoff + GAME_LASTS <= now)]
    for game in ready:
        places: list[tuple[str, dict[str, str]]] = [
            (f"{CDN}/static/json/liveData/boxscore/boxscore_{game.game_id}.json", {})
        ]
        if game.is_final:  # the stats host does not say whether a game is over
            places.append((f"{STATS}/stats/boxscoretraditionalv3", {"GameID": game.game_id, **WHOLE_GAME}))
        _first_that_answers(feeds, result, game.game_id, places, partial(_box_of, game.game_id))
    boxes = feeds.day(day).boxes if result.landed else found.boxes
    result.note = f"{len(boxes)} of {len(found.due)} games final"


def _box_of(game_id: str, box: Any) -> bool:
    """Whether a box score is final. Raises ShapeError if it is of another game."""
    return is_final_box(box) and bool(rows_of_game(box, game_id))


def _box_misc(feeds: Feeds, day: date, result: FeedResult) -> None:
    """Requests the Misc box score of each final regular-season and playoff game that has none yet."""
    found = feeds.day(day)
    games = [game for game in _with_box(found, WITH_SHARES) if game.game_id not in found.misc]
    _of_games(feeds, result, games, "boxscoremiscv3", WHOLE_GAME, misc_rows)


def _box_scoring(feeds: Feeds, day: date, result: FeedResult) -> None:
    """Requests the Scoring box score of each final regular-season and playoff game that has none yet."""
    found = feeds.day(day)
    games = [game for game in _with_box(found, WITH_SHARES) if game.game_id not in found.scoring]
    _of_games(feeds, result, games, "boxscorescoringv3", WHOLE_GAME, scoring_rows)


def _shots(feeds: Feeds, day: date, result: FeedResult) -> None:
    """Requests the shot chart of each final regular-season game until it has all attempts of the box score."""
    found, now = feeds.day(day), feeds.client.clock()
    games = []
    for game in _with_box(found, WITH_SHOTS):
        if len(found.shots.get(game.game_id, [])) >= attempts_of(found.boxes[game.game_id]):
            continue
        newest = feeds.newest(result.feed, day, game.game_id)
        if game.game_id not in found.shots or newest is None or now - newest >= SHOTS_ARE_FRESH:
            games.append(game)
    _of_games(feeds, result, games, "shotchartdetail", ALL_SHOTS | {"Season": Season.of_day(day).label}, shot_rows)


def _rosters(feeds: Feeds, day: date, result: FeedResult) -> None:
    """Requests the roster of each team that plays today, once a day and before its tip-off."""
    now = feeds.client.clock()
    if day != eastern_today(now):
        result.note = "rosters are requested on the day itself only"
        return
    found = feeds.day(day)
    has_begun = {team for game in found.due if game.tipoff and game.tipoff <= now for team in (game.home, game.away)}
    landed = {one.subject for one in feeds.landings.read(result.feed, day)}
    for team in sorted({team for game in found.due for team in (game.home, game.away)} - has_begun):
        number = str(TEAMS[team][0])
        if number in landed or result.refused:
            continue
        params = {"LeagueID": "00", "Season": Season.of_day(day).label, "TeamID": number}
        parse = partial(roster_rows, team_id=number, day=day, known_at=now)
        _first_that_answers(feeds, result, number, [(f"{STATS}/stats/commonteamroster", params)], parse)


def _with_box(found: Day, kinds: tuple[str, ...]) -> list[Game]:
    """The games of the day with a landed box score and one of the id prefixes."""
    return [game for game in found.due if game.game_id in found.boxes and game.game_id.startswith(kinds)]


def _of_games(
    feeds: Feeds,
    result: FeedResult,
    games: Sequence[Game],
    endpoint: str,
    params: Mapping[str, str],
    parse: Callable[..., object],
) -> None:
    """Requests a reply of stats.nba.com for each game, until the host refuses."""
    for game in games:
        places = [(f"{STATS}/stats/{endpoint}", {**params, "GameID": game.game_id})]
        _first_that_answers(feeds, result, game.game_id, places, partial(parse, game_id=game.game_id))
        if result.refused:
            return


def _events(feeds: Feeds, day: date, result: FeedResult) -> None:
    """Requests the odds publisher's events; costs no credits."""
    if _is_over(feeds, day, result) or _is_fresh(feeds, day, result):
        return
    _ask_odds(feeds, result, "", f"{SPORT}/events", {"dateFormat": "iso"}, odds.events)


def _player_points(feeds: Feeds, day: date, result: FeedResult) -> None:
    """Requests the current player quotes of each event of the day that has not begun; costs one credit per event."""
    if _is_over(feeds, day, result):
        return
    now = feeds.client.clock()
    for event in _events_of(feeds, day):
        newest = feeds.newest(result.feed, day, event.event_id)
        if event.commence <= now or (newest is not None and now - newest < QUOTES_ARE_FRESH):
            continue
        left = credits_left(feeds, day)
        if left is not None and left <= RESERVED_CREDITS:
            result.note = f"{left} credits left, reserved for the game lines"
            return
        query = {"regions": "us", "markets": odds.MARKET, "oddsFormat": "decimal", "dateFormat": "iso"}
        url = f"{SPORT}/events/{event.event_id}/odds"
        _ask_odds(feeds, result, event.event_id, url, query, lambda found: odds.point_rows(found, now) is not None)


def _game_lines(feeds: Feeds, day: date, result: FeedResult) -> None:
    """Requests the current spreads, totals and moneylines of all games that have not begun; costs three credits."""
    now = feeds.client.clock()
    open_events = [event for event in _events_of(feeds, day) if event.commence > now]
    if _is_over(feeds, day, result) or _is_fresh(feeds, day, result) or not open_events:
        return
    query = {"regions": "us", "markets": "h2h,spreads,totals", "oddsFormat": "american", "dateFormat": "iso"}
    _ask_odds(feeds, result, "", f"{SPORT}/odds", query, lambda found: odds.line_rows(found, now) is not None)


def _injury_report(feeds: Feeds, day: date, result: FeedResult) -> None:
    """Requests the newest official report of the day that has not landed; status 403 means not published."""
    now = feeds.client.clock()
    if day != eastern_today(now):
        result.note = "reports are requested only on the day itself"
        return
    if _has_no_games(feeds, day, result):
        return
    here = now.astimezone(EASTERN).replace(second=0, microsecond=0)
    here -= timedelta(minutes=here.minute % 15)
    for moment in (here - step * REPORT_STEP for step in range(REPORTS_BACK)):
        name = report_name(moment)
        if moment.date() != day or feeds.newest(result.feed, day, name) is not None:
            return
        reply = feeds.client.get(f"{INJURIES}/{name}", answers=(403, 404), is_good=is_pdf)
        if reply.status == 200:
            feeds.land(result, name, reply)
            return
    result.note = f"no report in the last {REPORTS_BACK * REPORT_STEP.seconds // 3600} hours"


FEEDS: Mapping[str, Callable[[Feeds, date, FeedResult], None]] = {
    "nba_schedule": _schedule,
    "nba_scoreboard": _scoreboard,
    "nba_boxscores": _boxscores,
    "nba_box_misc": _box_misc,
    "nba_box_scoring": _box_scoring,
    "nba_shots": _shots,
    "nba_rosters": _rosters,
    "odds_events": _events,
    "odds_player_points": _player_points,
    "odds_game_lines": _game_lines,
    "injury_report": _injury_report,
}
"""The function of each feed, in dependency order."""
FAMILIES_OF: Mapping[str, tuple[str, ...]] = {
    "nba_schedule": ("schedule", "schedule_tipoff_utc"),
    "nba_scoreboard": ("schedule",),
    "nba_boxscores": ("schedule", "player_box_v3", "team_game_logs"),
    "nba_box_misc": ("player_game_misc",),
    "nba_box_scoring": ("player_game_scoring",),
    "nba_shots": ("shots",),
    "nba_rosters": ("nba_rosters",),
    "odds_events": (),
    "odds_player_points": ("props_oddsapi_historical", "events_oddsapi_historical"),
    "odds_game_lines": ("game_lines_oddsapi_live",),
    "injury_report": ("injury_report",),
}
"""The families whose daily files a feed fills."""


def credits_left(feeds: Feeds, day: date) -> int | None:
    """Credits left according to the newest odds reply of the day or the day before; None if unknown."""
    found = [
        (one.fetched_at, one.headers["x-requests-remaining"])
        for of_day in (day - timedelta(days=1), day)
        for feed in ("odds_events", "odds_player_points", "odds_game_lines")
        for one in feeds.landings.read(feed, of_day)
        if "x-requests-remaining" in one.headers
    ]
    return int(float(max(found)[1])) if found else None


def _first_that_answers(
    feeds: Feeds,
    result: FeedResult,
    subject: str,
    places: Sequence[tuple[str, Mapping[str, str]]],
    parse: Callable[[Any], object],
) -> Reply | None:
    """Stores and returns the first reply in the documented format.

    Failures of the other addresses are added to the summary.
    """
    failed = []
    for url, params in places:
        try:
            reply = feeds.client.get(url, params, headers=BROWSER, is_good=_is_json)
        except Refused as refused:
            failed.append(refused)
            continue
        except BadReply as bad:
            result.problems.append(str(bad))
            continue
        landing = feeds.land(result, subject, reply)
        try:
            if parse(landing.json()) is not False:
                return reply
        except (ShapeError, LandingError, ValueError) as error:
            result.problems.append(f"{reply.url}: {error}.")
    result.refused += [str(refused) for refused in failed]
    return None


def _ask_odds(
    feeds: Feeds,
    result: FeedResult,
    subject: str,
    url: str,
    query: Mapping[str, str],
    parse: Callable[[Any], object],
) -> None:
    if feeds.odds_key is None:
        result.note = NO_KEY
        return
    reply = feeds.client.get(url, query, secret={"apiKey": feeds.odds_key}, answers=(401, 404, 422), is_good=_is_json)
    if "x-requests-remaining" in reply.headers:
        result.credits = int(float(reply.headers["x-requests-remaining"]))
    code = _error_code(reply)
    if code in ("EVENT_NOT_FOUND",):
        return  # it began, or was taken down
    if reply.status == 401:
        now = feeds.client.clock()
        if code == "OUT_OF_USAGE_CREDITS":
            first = (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
            raise feeds.client.refuse(urlsplit(url).netloc, "The odds credits of this month are used up.", first)
        said = f"The odds publisher refuses the key ({code}): correct NBA_ODDS_API_KEY."
        raise feeds.client.refuse(urlsplit(url).netloc, said, now + timedelta(hours=1))
    if reply.status != 200:
        result.problems.append(f"{reply.url} answered {reply.status} {code}")
        return
    landing = feeds.land(result, subject, reply)
    try:
        parse(landing.json())
    except (ShapeError, LandingError, ValueError) as error:
        result.problems.append(f"{reply.url}: {error}.")


def _error_code(reply: Reply) -> str | None:
    try:
        return odds.error_code(json.loads(reply.body))
    except ValueError:
        return None


def _events_of(feeds: Feeds, day: date) -> Iterator[odds.Event]:
    """The events of the day from the newest readable reply."""
    for one in feeds.landings.read("odds_events", day, is_newest_first=True):
        try:
            yield from (event for event in odds.events(one.json()) if event.day == day)
            return
        except (ShapeError, LandingError, ValueError):
            continue  # the parser reports it; an older reply lists the same events


def _is_over(feeds: Feeds, day: date, result: FeedResult) -> bool:
    """Whether the day's quotes are no longer available: past quotes are not part of the free plan."""
    now = feeds.client.clock()
    if day < eastern_today(now):
        result.note = "past quotes are not available"
        return True
    return _has_no_games(feeds, day, result)


def _has_no_games(feeds: Feeds, day: date, result: FeedResult) -> bool:
    """Whether a readable schedule has no game on the day; False without a schedule."""
    found = feeds.day(day)
    if not found.is_planned or found.due:
        return False
    result.note = "no games"
    return True


def _is_fresh(feeds: Feeds, day: date, result: FeedResult) -> bool:
    newest = feeds.newest(result.feed, day)
    return newest is not None and feeds.client.clock() - newest < QUOTES_ARE_FRESH


def _is_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[")


def is_pdf(body: bytes) -> bool:
    """Whether a body starts like a PDF."""
    return body.startswith(b"%PDF")
