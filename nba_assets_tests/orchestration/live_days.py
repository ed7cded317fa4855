"""A machine whose archive ends before a day, driven through the days after it by a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from nba_assets.basketball.calendar import EASTERN
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.today import Update, update
from nba_assets.settings import Settings
from nba_assets.sources.live.feeds import Feeds
from nba_assets.sources.live.http import Client, Limits
from nba_assets_tests.live_publishers import KEY, Publishers
from nba_assets_tests.local_server import LocalServer, serving
from nba_assets_tests.mini_archive import write_mini_archive
from nba_assets_tests.mini_league import TEAMS, games_of
from nba_assets_tests.mini_warehouse import environment

TABLES = (
    *("schedule", "team_boxscores", "player_boxscores", "prop_lines", "game_lines", "injury_transactions"),
    *("injury_reports", "rosters", "players", "shots", "player_scoring_shares", "team_offense_game_summary"),
    *("player_game_summary", "upcoming_team_game_context", "upcoming_player_game_context"),
)
"""Raw tables and what reads them up to the context of tonight's players."""
ARCHIVE_ENDS = date(2022, 10, 22)
GAMES = [game for game in games_of("2022-23") if game.home in TEAMS and game.away in TEAMS]
FAST = Limits(interval=0.0, intervals={}, connect=1.0, read=0.5, whole=2.0, first_wait=0.0, attempts=2)
SEASON = "2022-23"
DAYS_OF = {
    "schedule": "date",
    "team_game_logs": "GAME_DATE",
    "player_game_logs": "game_date",
    "player_game_misc": "game_date",
    "player_game_scoring": "game_date",
    "player_game_logs_lite": "GAME_DATE",
}


@dataclass
class LiveDays:
    """The machine: its clock, the publishers that it asks, and what each tick did."""

    now: datetime
    publishers: Publishers
    server: LocalServer
    instance: dg.DagsterInstance
    said: list[str] = field(default_factory=list)

    def tick(self, at: datetime) -> Update:
        """What the schedules' job does at this time."""
        self.now = at.astimezone(UTC)
        return update(Platform(Settings()), self.instance, self.said.append, TABLES)


def archive_until(folder: Path, last: date) -> None:
    """The mini archive as it was after a day: of its second season only what had happened."""
    write_mini_archive(folder)
    later = [game.game_id for game in GAMES if game.day > last]
    for path in folder.rglob(f"*{SEASON}.parquet"):
        family = path.parent.name
        rows = pq.read_table(path)
        if family in DAYS_OF:
            rows = rows.filter(pc.less_equal(pc.utf8_slice_codeunits(rows[DAYS_OF[family]], 0, 10), last.isoformat()))
        elif "game_id" in rows.column_names:
            rows = rows.filter(pc.invert(pc.is_in(rows["game_id"], value_set=pc.cast(later, rows["game_id"].type))))
        elif family in ("shots", "oddsapi_historical_player_points", "schedule_tipoff_utc"):
            path.unlink()
            continue
        if rows.num_rows:
            pq.write_table(rows, path)
        else:
            path.unlink()


@contextmanager
def live_days(root: Path, monkeypatch: pytest.MonkeyPatch, archive: Path) -> Iterator[LiveDays]:
    """A machine with a home below `root` whose live feeds are on."""
    for name, value in environment(root / "home", archive).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NBA_LIVE", "1")
    monkeypatch.setenv("NBA_ODDS_API_KEY", KEY)
    publishers = Publishers(GAMES, lambda: here.now)
    with serving(publishers) as server, dg.DagsterInstance.get() as instance:
        here = LiveDays(datetime(2022, 10, 23, 14, tzinfo=UTC), publishers, server, instance)
        monkeypatch.setattr(Settings, "machine_clock", staticmethod(lambda: here.now))

        def feeds(settings: Settings) -> Feeds:
            root = settings.home / "live"
            client = Client(lambda: here.now, [KEY], root / "refused.json", server.address, FAST, lambda _: None)
            return Feeds(root, client, KEY)

        monkeypatch.setattr(Feeds, "of", staticmethod(feeds))
        yield here


def eastern(day: date, hour: int, minute: int = 0) -> datetime:
    """A clock time on a day, US Eastern."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=EASTERN)
