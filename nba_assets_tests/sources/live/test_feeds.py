"""The feeds with local publishers, tick by tick through days of the mini league, with and without faults."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pandas as pd
import pytest

from nba_assets.basketball.calendar import EASTERN, Season
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.families import FAMILIES
from nba_assets.sources.live.extended import ExtendedSource
from nba_assets.sources.live.feeds import FEEDS, NO_KEY, FeedResult, Feeds
from nba_assets.sources.live.http import Client, Limits
from nba_assets.sources.live.injury_pdf import report_name
from nba_assets.sources.live.landing import LandingError
from nba_assets_tests.live_publishers import KEY, Fault, Publishers, shot_chart
from nba_assets_tests.local_server import Answer, LocalServer, serving
from nba_assets_tests.mini_archive import write_mini_archive
from nba_assets_tests.mini_league import TEAMS, games_of, roster

SEASON = Season(2022)
FIRST, LAST = date(2022, 10, 23), date(2022, 10, 29)
DAYS = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
GAMES = [game for game in games_of("2022-23") if game.home in TEAMS and game.away in TEAMS]
TICKS = (time(10), time(15), time(18, 30), time(23, 59), time(1), time(6), time(9))
OF_GAMES = (
    *("schedule", "schedule_tipoff_utc", "player_box_v3", "team_game_logs"),
    *("player_game_misc", "player_game_scoring", "shots"),
)
"""The families of what can be asked for again after the day."""
FAST = Limits(
    interval=0.0, intervals={}, connect=0.5, read=0.2, per_attempt=1.0, first_wait=0.0, attempts=2, failures=4
)
"""Ticks are hours apart, so a host that was blocked for half an hour is asked again."""


@dataclass
class Clock:
    now: datetime = datetime(2022, 10, 23, 14, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class World:
    """A machine with feeds, and its publishers."""

    clock: Clock
    publishers: Publishers
    server: LocalServer
    feeds: Feeds
    results: list[FeedResult] = field(default_factory=list)

    def tick(self, at: datetime, days: list[date]) -> None:
        """Runs the feeds like a scheduled run."""
        self.clock.now = at.astimezone(UTC)
        for feed in FEEDS:
            self.results += self.feeds.fetch(feed, days)

    def week(self, upto: date = LAST) -> None:
        """Every tick of the days, and of the morning after."""
        for day in (day for day in DAYS if day <= upto):
            for clock in TICKS:
                of_day = day if clock >= time(10) else day + timedelta(days=1)
                self.tick(datetime.combine(of_day, clock, EASTERN), [day])


@contextmanager
def world(root: Path, fault: Fault = lambda path: None) -> Iterator[World]:
    clock = Clock()
    publishers = Publishers(GAMES, clock, fault)
    with serving(publishers) as server:
        client = Client(clock, [KEY], root / "refused.json", server.address, FAST, sleep=lambda _: None)
        yield World(clock, publishers, server, Feeds(root, client, KEY))


def families(root: Path) -> dict[str, pd.DataFrame]:
    """The rows of the season's live files, by family."""
    source = ExtendedSource(Archive(str(root / "nothing")), root / "archive")
    names = (*OF_GAMES, "props_oddsapi_historical")
    found = {name: source.read(FAMILIES[name], [SEASON]) for name in names}
    assert [str(rows.records) for rows in found.values() if len(rows.records)] == []
    return {name: rows.frame for name, rows in found.items()}


@pytest.fixture(scope="module")
def whole_week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The live files of a week without faults."""
    root = tmp_path_factory.mktemp("whole")
    with world(root) as here:
        here.week()
        assert [one for result in here.results for one in (*result.problems, *result.refused)] == []
    return root


def test_the_live_files_match_the_archive(whole_week: Path, tmp_path: Path) -> None:
    """For a week, the families have the same rows as the archive's season files, value by value."""
    write_mini_archive(tmp_path)
    archive, live = Archive(str(tmp_path)), families(whole_week)
    keys = {"schedule": ["gid"], "team_game_logs": ["GAME_ID", "TEAM_ID"], "player_box_v3": ["game_id", "person_id"]}
    keys |= {name: ["game_id", "player_id"] for name in ("player_game_misc", "player_game_scoring")}
    keys["shots"] = ["GAME_ID", "QUARTER", "MINS_LEFT", "SECS_LEFT", "PLAYER_ID", "LOC_X", "LOC_Y"]
    for name, key in keys.items():
        expected = archive.read(FAMILIES[name], [SEASON]).frame
        ids = [game.game_id for game in GAMES if FIRST <= game.day <= LAST]
        expected = expected[expected[key[0]].str.zfill(10).isin(ids)]
        if "minutes" in expected:  # the mini archive contains 8:23
            expected["minutes"] = expected["minutes"].where(expected["minutes"] == "", expected["minutes"].str.zfill(5))
        columns = list(FAMILIES[name].columns)
        left, right = (
            frame[columns].sort_values(key, ignore_index=True).fillna({"comment": "", "position": ""})
            for frame in (live[name], expected)
        )
        assert len(left) > 0
        pd.testing.assert_frame_equal(left, right)


def test_a_shot_chart_with_fewer_shots_than_the_box_score_is_asked_for_again(tmp_path: Path) -> None:
    game = next(game for game in GAMES if game.day == FIRST)
    charts: list[datetime] = []
    with world(tmp_path) as here:

        def half(path: str) -> Answer | None:
            if path.endswith("shotchartdetail"):
                charts.append(here.clock.now)
                found = shot_chart(game)
                found["resultSets"][0]["rowSet"] = found["resultSets"][0]["rowSet"][::2]
                return Answer(json.dumps(found).encode())
            return None

        here.publishers.fault = half
        here.publishers.games = [game]
        here.week(FIRST)
        here.tick(here.clock.now + timedelta(hours=1), [FIRST])
        assert [at.astimezone(EASTERN).hour for at in charts] == [23, 6, 9]  # not at 1:00 and 10:00
        shots = families(tmp_path)["shots"]
        assert len(shots) == len(game.shots[::2])
        here.publishers.fault = lambda path: None
        here.tick(here.clock.now + timedelta(hours=2), [FIRST])
        assert len(families(tmp_path)["shots"]) == len(game.shots)
        before = len(here.server.asked)
        here.tick(here.clock.now + timedelta(hours=4), [FIRST])
        assert here.server.asked[before:] == []


def test_rosters_land_once_on_the_day_before_the_teams_play(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.tick(datetime.combine(FIRST, time(20), EASTERN), [FIRST])  # the game at 19:30 has begun
        here.week(FIRST + timedelta(days=2))
        asked = [query["TeamID"] for path, query in here.server.asked if path.endswith("commonteamroster")]
    source = ExtendedSource(Archive(str(tmp_path / "nothing")), tmp_path / "archive")
    rows = source.read(FAMILIES["nba_rosters"], [SEASON])
    assert rows.records.empty
    found = rows.frame
    games = [game for game in GAMES if FIRST <= game.day <= FIRST + timedelta(days=2)]
    sides = {(game.day.isoformat(), team) for game in games for team in (game.home, game.away)}
    assert len(asked) == len(sides) and set(zip(found["game_date"], found["team"], strict=True)) == sides
    opening = date(2022, 10, 18)
    for (day, team), members in found.groupby(["game_date", "team"]):
        expected = roster(team, "2022-23", (date.fromisoformat(day) - opening).days)
        assert list(zip(members["player_id"], members["player_name"], strict=True)) == expected
    known = pd.to_datetime(found["known_at"])
    tips = {(game.day.isoformat(), team): game.tipoff for game in games for team in (game.home, game.away)}
    keys = zip(found["game_date"], found["team"], strict=True)
    assert (known < pd.Series([tips[key] for key in keys], index=found.index)).all()
    assert set(found["birth_date"]) == {"1999-10-01"} and set(found["seasons_played"]) == {0, 4}


def test_a_stats_host_that_refuses_is_asked_once_and_lands_nothing(tmp_path: Path) -> None:
    def refuses(path: str) -> Answer | None:
        return Answer(status=403) if path.startswith("stats.nba.com") else None

    with world(tmp_path, refuses) as here:
        here.tick(datetime.combine(FIRST, time(15), EASTERN), [FIRST])
        here.clock.now = datetime.combine(FIRST + timedelta(days=1), time(6), EASTERN).astimezone(UTC)
        before = len(here.server.asked)
        here.tick(here.clock.now, [FIRST])
        asked = [path for path, _ in here.server.asked[before:] if "stats.nba.com" in path]
        assert len(asked) == 1
        by_feed = {one.feed: one for one in here.results}
        for feed in ("nba_box_misc", "nba_box_scoring", "nba_shots"):
            assert (by_feed[feed].landed, len(by_feed[feed].refused)) == (0, 1), feed


def test_a_quote_has_the_time_of_the_reply_not_of_the_bookmaker(whole_week: Path) -> None:
    quotes = families(whole_week)["props_oddsapi_historical"]
    times = pd.to_datetime(quotes["timestamp"])
    assert set(times.dt.tz_convert(EASTERN.key).dt.time) <= {time(10), time(15), time(18, 30), time(23, 59)}
    assert (times < pd.to_datetime(quotes["data.commence_time"])).all()
    assert times.dt.year.eq(2022).all()


def test_a_complete_day_is_not_requested(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.week(FIRST)
        before = len(here.server.asked)
        here.tick(here.clock.now + timedelta(minutes=5), [FIRST])
        assert here.server.asked[before:] == []


def test_only_games_that_can_be_over_are_requested(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.tick(datetime.combine(FIRST, time(15), EASTERN), [FIRST])
        asked = Counter(path.split("/")[1] for path, _ in here.server.asked)
        assert not any("boxscore" in path or "scoreboard" in path for path, _ in here.server.asked)
        assert asked["cdn.nba.com"] == 1


@dataclass
class Flaky:
    """A fault at regular request numbers, cycling through all faults."""

    every: int
    answers: list[Callable[[], Answer]]
    asked: int = 0
    injected: list[str] = field(default_factory=list)

    def __call__(self, path: str) -> Answer | None:
        self.asked += 1
        if self.asked % self.every:
            return None
        answer = self.answers[len(self.injected) % len(self.answers)]
        self.injected.append(path)
        return answer()


FAULTS: list[Callable[[], Answer]] = [
    lambda: Answer(b"<!DOCTYPE html><html>Access Denied</html>", status=403),
    lambda: Answer(status=429, headers={"Retry-After": "1"}),
    lambda: Answer(status=500),
    lambda: Answer(b"<html>200 and no JSON</html>"),
    lambda: Answer(b"{}"),
    lambda: Answer(b""),
    lambda: Answer(b'{"game": {"gameId"' + b" " * 900, cut=300),
    lambda: Answer(b'{"leagueSchedule": {"gameDates": [{"day": "Fri"}]}}'),
    lambda: Answer(hang=20.0),
    lambda: Answer(status=429, headers={"Retry-After": "600"}),
]


def test_a_week_with_every_fault_ends_like_one_without(whole_week: Path, tmp_path: Path) -> None:
    """The games of the week are equal; quotes, which cannot be fetched later, are a subset.

    The last morning is repeated without faults, like later ticks of a day.
    """
    fault = Flaky(2, FAULTS)
    with world(tmp_path, fault) as here:
        here.week()
        here.publishers.fault = lambda path: None
        here.tick(here.clock.now + timedelta(hours=1), DAYS)
        injected = Counter(fault.injected)
        assert sum(injected.values()) >= 2 * len(FAULTS)
        assert len({path.split("/")[0] for path in injected}) == 4
        assert any(result.refused for result in here.results) and any(result.problems for result in here.results)
    expected, found = families(whole_week), families(tmp_path)
    for name in OF_GAMES:
        pd.testing.assert_frame_equal(found[name], expected[name], obj=name)
    columns = list(FAMILIES["props_oddsapi_historical"].columns)
    quotes, all_quotes = (frame["props_oddsapi_historical"][columns] for frame in (found, expected))
    both = quotes.merge(all_quotes, how="left", indicator=True)
    assert 0 < len(quotes) < len(all_quotes) and (both["_merge"] == "both").all()


def test_the_stats_host_replaces_a_refusing_cdn(whole_week: Path, tmp_path: Path) -> None:
    def no_cdn(path: str) -> Answer | None:
        return Answer(status=403) if path.startswith("cdn.nba.com") else None

    with world(tmp_path, no_cdn) as here:
        here.week(FIRST)
        here.tick(here.clock.now + timedelta(hours=1), [FIRST])
    for name in ("player_box_v3", "team_game_logs"):
        expected = families(whole_week)[name]
        expected = expected[expected["_file"].str.contains(FIRST.isoformat())]
        pd.testing.assert_frame_equal(families(tmp_path)[name], expected.reset_index(drop=True))


def test_a_postponed_game_is_left_out(tmp_path: Path) -> None:
    off = next(game.game_id for game in GAMES if game.day == FIRST)
    with world(tmp_path) as here:
        here.publishers.postponed.add(off)
        here.week(FIRST)
    assert off not in set(families(tmp_path)["schedule"]["gid"])


def test_without_a_key_the_odds_feeds_say_so_and_send_no_request(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.feeds.odds_key = None
        here.week(FIRST)
        assert NO_KEY in {result.note for result in here.results if result.feed == "odds_events"}
        assert not any("the-odds-api" in path for path, _ in here.server.asked)


def test_used_up_credits_block_the_host_until_the_first_of_the_month(tmp_path: Path) -> None:
    def no_credits(path: str) -> Answer | None:
        gone = b'{"message": "Usage quota has been reached", "error_code": "OUT_OF_USAGE_CREDITS"}'
        return Answer(gone, status=401) if path.startswith("api.the-odds-api.com") else None

    with world(tmp_path, no_credits) as here:
        here.week(FIRST)
        assert sum("the-odds-api" in path for path, _ in here.server.asked) == 1
        (refused,) = here.feeds.client.refused().values()
        assert "credits" in refused.sentence and refused.until == datetime(2022, 11, 1, tzinfo=UTC)


def test_the_last_credits_are_reserved_for_the_game_lines(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        game = next(game for game in GAMES if game.day == FIRST)
        event = {"id": "e", "commence_time": f"{game.tipoff:%Y-%m-%dT%H:%M:%SZ}"}
        body = str([event]).replace("'", '"').encode()

        def few(path: str) -> Answer | None:
            return Answer(body, headers={"x-requests-remaining": "9"}) if path.endswith("/events") else None

        here.publishers.fault = few
        here.tick(datetime.combine(FIRST, time(10), EASTERN), [FIRST])
        asked = [path for path, _ in here.server.asked if "the-odds-api" in path]
        assert [path.rpartition("basketball_nba")[2] for path in asked] == ["/events", "/odds"]


def test_no_file_and_no_message_contains_the_key(tmp_path: Path) -> None:
    def tells(path: str) -> Answer | None:
        return Answer(f'{{"error_code": "INVALID_KEY", "you sent": "{KEY}"}}'.encode(), status=401)

    with world(tmp_path, tells) as here:
        here.week(FIRST)
        assert any(query.get("apiKey") == KEY for _, query in here.server.asked)
        printed = repr(here.results)
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        body = path.read_bytes()
        assert KEY.encode() not in body
        printed += body.decode("latin-1")
    assert KEY not in printed and "INVALID_KEY" in printed


def test_a_report_is_requested_every_quarter_hour_and_identified_by_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nba_assets.sources.live.injury_pdf.QUARTERS_FROM", datetime(2022, 1, 1, tzinfo=UTC))
    with world(tmp_path) as here:
        moment = datetime.combine(FIRST, time(17), EASTERN)
        game = next(game for game in GAMES if game.day == FIRST)
        player = next(row["name"] for row in game.players if row["is_starter"])
        first, _, family = player.partition(" ")
        team = TEAMS[game.home][1]
        row = (f"{FIRST:%m/%d/%Y}", "07:00 (ET)", f"{game.away}@{game.home}", team, f"{family}, {first}", "Out", "Rest")
        here.publishers.injuries[moment] = [row]
        here.tick(moment + timedelta(minutes=20), [FIRST])
        here.tick(moment + timedelta(minutes=25), [FIRST])
        reports = [path for path, _ in here.server.asked if "Injury-Report" in path]
    assert len(reports) == 3  # 17:15 is not published, 17:00 is; five minutes later 17:15 is requested again
    rows = ExtendedSource(Archive(str(tmp_path / "nothing")), tmp_path / "archive").read(
        FAMILIES["injury_report"], [SEASON]
    )
    assert [result.problems for result in here.results if result.problems] == []
    assert rows.records.to_dict("records") == []
    (entry,) = rows.frame.to_dict("records")
    assert (entry["player_name"], entry["status"], entry["reason"]) == (f"{family}, {first}", "Out", "Rest")
    assert pd.Timestamp(entry["report_at"]) == moment
    assert pd.Timestamp(entry["known_at"]) == moment + timedelta(minutes=20)


def test_a_report_dated_in_the_future_is_not_known_before_its_time(tmp_path: Path) -> None:
    """A report dated in the future is known from its printed time on, one dated in the past from the reply on."""
    with world(tmp_path) as here:
        lie = datetime.combine(FIRST, time(17), EASTERN)
        row = (f"{FIRST:%m/%d/%Y}", "07:00 (ET)", "MIL@GSW", "Milwaukee Bucks", "A, B", "Out", "Rest")
        here.publishers.injuries[lie] = [row]

        def early(path: str) -> Answer | None:
            here.clock.now, now = lie.astimezone(UTC), here.clock.now
            answer = here.publishers._report(f"x/{report_name(lie)}") if "Injury-Report" in path else None
            here.clock.now = now
            return answer

        here.publishers.fault = early
        here.tick(lie - timedelta(hours=2), [FIRST])
    rows = ExtendedSource(Archive(str(tmp_path / "nothing")), tmp_path / "archive").read(
        FAMILIES["injury_report"], [SEASON]
    )
    assert pd.Timestamp(rows.frame["known_at"].iloc[0]) == lie


def test_a_box_score_of_another_game_is_rejected_and_the_other_host_is_asked(tmp_path: Path) -> None:
    asked, other = (game.game_id for game in GAMES if game.day == FIRST)
    with world(tmp_path) as here:
        here.tick(datetime.combine(FIRST, time(15), EASTERN), [FIRST])
        here.clock.now = datetime.combine(FIRST, time(23, 59), EASTERN).astimezone(UTC)
        wrong = here.publishers(f"cdn.nba.com/boxscore_{other}.json", {})
        here.publishers.fault = lambda path: wrong if f"boxscore_{asked}" in path else None
        here.tick(here.clock.now, [FIRST])
        problems = [problem for result in here.results for problem in result.problems]
        assert any(f"it is not of the game {asked}" in problem for problem in problems)
        assert {path.rpartition("/")[2] for path, _ in here.server.asked} >= {"boxscoretraditionalv3"}
        assert {row["game_id"] for row in here.feeds.day(FIRST).boxes[asked]} == {asked}


def test_a_damaged_landing_stops_the_feed_and_is_not_treated_as_absent(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.week(FIRST)
        path = next((tmp_path / "landing" / "nba_boxscores").rglob("*.json.zst"))
        path.chmod(0o644)
        path.write_bytes(b"damaged")
        with pytest.raises(LandingError, match=path.name):
            here.feeds.fetch("nba_boxscores", [FIRST])


def test_an_addition_changes_no_earlier_day(whole_week: Path) -> None:
    source = ExtendedSource(Archive(str(whole_week / "nothing")), whole_week / "archive")
    family = FAMILIES["team_game_logs"]
    before = source.additions(family, DAYS)
    assert [day for day in DAYS if day in before] == DAYS
    newest = max((whole_week / "archive" / "team_game_logs").rglob("*.parquet"))
    body = newest.read_bytes()
    newest.write_bytes(body + b" ")
    after = source.additions(family, DAYS)
    newest.write_bytes(body)
    changed = [day for day in DAYS if before[day] != after[day]]
    assert changed == [day for day in DAYS if day.isoformat() >= newest.stem]
