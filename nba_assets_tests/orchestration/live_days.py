"""A machine whose archive ends before a day; tests run it through later days with a clock that they set."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from nba_assets.basketball.calendar import EASTERN
from nba_assets.engine.platform import Platform
from nba_assets.orchestration import today
from nba_assets.orchestration.build import loaded_definitions
from nba_assets.orchestration.today import Update
from nba_assets.settings import Settings
from nba_assets.sources.live.feeds import Feeds
from nba_assets.sources.live.http import Client, Limits
from nba_assets_tests.live_publishers import KEY, Publishers
from nba_assets_tests.local_server import Answer, LocalServer, serving
from nba_assets_tests.mini_archive import write_mini_archive
from nba_assets_tests.mini_league import TEAMS, Game, games_of
from nba_assets_tests.mini_warehouse import environment

TABLES = (
    *("schedule", "team_boxscores", "player_boxscores", "prop_lines", "game_lines", "injury_transactions"),
    *("injury_reports", "rosters", "players", "shots", "player_scoring_shares", "team_offense_game_summary"),
    *("player_game_summary", "upcoming_team_game_context", "upcoming_player_game_context"),
)
"""Raw tables and their readers up to the context of tonight's players."""
ARCHIVE_ENDS = date(2022, 10, 22)
GAMES = [game for game in games_of("2022-23") if game.home in TEAMS and game.away in TEAMS]
FAST = Limits(interval=0.0, intervals={}, connect=1.0, read=0.5, per_attempt=2.0, first_wait=0.0, attempts=2)
SEASON = "2022-23"
DAYS_OF = {
    "schedule": "date",
    "team_game_logs": "GAME_DATE",
    "player_game_logs": "game_date",
    "player_game_misc": "game_date",
    "player_game_scoring": "game_date",
    "player_game_logs_lite": "GAME_DATE",
}


@dataclass(frozen=True)
class Fault:
    """An answer of a publisher instead of the regular one, if the path (followed by `?`) contains a text.

    times: how often; None = always.
    """

    name: str
    where: str
    answer: Answer
    times: int | None = None


@dataclass
class LiveDays:
    """The machine: its clock, its publishers, and the result of each tick."""

    now: datetime
    publishers: Publishers
    server: LocalServer
    instance: dg.DagsterInstance
    said: list[str] = field(default_factory=list)
    injected: Counter[str] = field(default_factory=Counter)
    ticks: list[Update] = field(default_factory=list)

    def tick(self, at: datetime, *faults: Fault, tables: Sequence[str] | None = TABLES) -> Update:
        """The daily update at this time, with faults of the publishers; for all tables as the job of the schedules."""
        self.now = at.astimezone(UTC)
        if faults:
            before = self.injected.copy()

            def answer(path: str) -> Answer | None:
                for fault in faults:
                    times = self.injected[fault.name] - before[fault.name]
                    if fault.where in f"{path}?" and (fault.times is None or times < fault.times):
                        self.injected[fault.name] += 1
                        return fault.answer
                return None

            self.publishers.fault = answer
        try:
            if tables is None:
                loaded_definitions().resolve_job_def("live_update").execute_in_process(instance=self.instance)
            else:
                today.update(Platform(Settings()), self.instance, self.said.append, tables)
        finally:
            self.publishers.fault = lambda path: None
        return self.ticks[-1]


def places_with_the_key(texts: Iterable[str], folder: Path) -> list[str]:
    """Texts and files that contain the key of the odds publisher; what is compressed or encoded is read."""
    spellings = {KEY, quote(KEY, safe=""), quote(KEY), quote_plus(KEY), KEY.replace("/", r"\/")}
    found = [text[:200] for text in texts if any(one in text for one in spellings)]
    for path in (path for path in folder.rglob("*") if path.is_file()):
        body = path.read_bytes() + contents(path).encode()
        found += [f"{path}: {one}" for one in spellings if one.encode() in body]
    return found


def contents(path: Path) -> str:
    """The text of a landing, a Parquet file or a database, none of which has it as it is; empty for other files."""
    if path.suffix == ".zst":
        with pa.input_stream(str(path), compression="zstd") as stream:
            landed = json.loads(stream.read())
        encoded = base64.b64decode(landed.get("base64", "")).decode(errors="replace")
        return json.dumps(landed, ensure_ascii=False) + encoded
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist())
    if path.read_bytes()[:16] == b"SQLite format 3\0":
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return "\n".join(database.iterdump())
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as warehouse:
            named = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
            names = warehouse.execute(named).fetchall()
            return "".join(str(warehouse.execute(f'FROM "{schema}"."{name}"').fetchall()) for schema, name in names)
    return ""


def ruled_out(day: date, games: Sequence[Game] = GAMES) -> tuple[int, tuple[str, ...]]:
    """A starter of a day's first game, and a row of an injury report that rules him out."""
    game = next(game for game in games if game.day == day)
    row = next(row for row in game.players if row["is_starter"] and row["team"] == game.home)
    given, _, family = row["name"].partition(" ")
    matchup, team = f"{game.away}@{game.home}", TEAMS[game.home][1]
    entry = (f"{day:%m/%d/%Y}", "07:30 (ET)", matchup, team, f"{family}, {given}", "Out", "Rest")
    return int(row["player_id"]), entry


def archive_until(folder: Path, last: date) -> None:
    """Writes the mini archive as it was after a day of its second season."""
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
def live_days(
    root: Path, monkeypatch: pytest.MonkeyPatch, archive: Path, games: Sequence[Game] = GAMES
) -> Iterator[LiveDays]:
    """A machine with a home in `root` and live feeds turned on, and publishers of the games."""
    for name, value in environment(root / "home", archive).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NBA_LIVE", "1")
    monkeypatch.setenv("NBA_ODDS_API_KEY", KEY)
    publishers = Publishers(games, lambda: here.now)
    with serving(publishers) as server, dg.DagsterInstance.get() as instance:
        here = LiveDays(datetime(2022, 10, 23, 14, tzinfo=UTC), publishers, server, instance)
        monkeypatch.setattr(Settings, "machine_clock", staticmethod(lambda: here.now))
        update = today.update

        def kept(*arguments: Any) -> Update:
            here.ticks.append(update(*arguments))
            return here.ticks[-1]

        monkeypatch.setattr(today, "update", kept)

        def feeds(settings: Settings) -> Feeds:
            root = settings.home / "live"
            client = Client(lambda: here.now, [KEY], root / "refused.json", server.address, FAST, lambda _: None)
            return Feeds(root, client, KEY)

        monkeypatch.setattr(Feeds, "of", staticmethod(feeds))
        yield here


def eastern(day: date, hour: int, minute: int = 0) -> datetime:
    """A clock time on a day, US Eastern."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=EASTERN)
