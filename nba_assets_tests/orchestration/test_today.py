"""The daily update with local publishers: a controlled clock, days that the archive does not cover, and problems."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_assets.engine.platform import Platform
from nba_assets.orchestration.build import build_definitions
from nba_assets.orchestration.schedules import schedules
from nba_assets.orchestration.today import (
    PUBLISHED_BEFORE_THE_GAMES,
    affected_tables,
    pregame_tables,
    stale_tables,
    update,
)
from nba_assets.runtime.known_errors import ExplainedError
from nba_assets.settings import REPOSITORY, Settings
from nba_assets.sources.live.feeds import FEEDS
from nba_assets.sources.live.landing import Landing, LandingFolder
from nba_assets_tests.live_publishers import KEY
from nba_assets_tests.local_server import Answer
from nba_assets_tests.mini_archive import Truth
from nba_assets_tests.mini_warehouse import Home
from nba_assets_tests.orchestration.live_days import (
    LiveDays,
    eastern,
    places_with_the_key,
)

FIRST = date(2022, 10, 23)


@pytest.mark.long
def test_nothing_contains_the_key_after_a_day_of_failures(
    here: LiveDays, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(path: str) -> Answer | None:
        return (
            Answer(f'{{"error_code": "INVALID_KEY", "key": "{KEY}"}}'.encode(), status=401) if "odds" in path else None
        )

    here.publishers.fault = fault
    done = here.tick(eastern(FIRST, 10))
    assert any("NBA_ODDS_API_KEY" in sentence for sentence in done.lacking)
    assert any(query.get("apiKey") == KEY for _, query in here.server.asked)
    assert "INVALID_KEY" in caplog.text
    assert places_with_the_key([caplog.text, *here.said, repr(done)], tmp_path) == []


def test_the_key_is_looked_for_in_every_kind_of_file(tmp_path: Path) -> None:
    """Landings, Parquet files and databases do not have their texts as they are."""
    landing = LandingFolder(tmp_path / "landing")
    landing.write(Landing("odds_events", FIRST, "", "u", 200, {}, datetime.now(UTC), json.dumps([KEY]).encode()))
    pq.write_table(pa.table({"text": [f"{KEY} {place}" for place in range(500)]}), tmp_path / "rows.parquet")
    with duckdb.connect(str(tmp_path / "nba.duckdb")) as warehouse:
        warehouse.execute("CREATE SCHEMA raw; CREATE TABLE raw.t AS SELECT ? || range AS text FROM range(5000)", [KEY])
    with closing(sqlite3.connect(tmp_path / "run.db")) as records:
        records.execute("CREATE TABLE events (event TEXT)")
        records.execute("INSERT INTO events VALUES (?)", ["x" * 50_000 + KEY])
        records.commit()
    (tmp_path / "daemon.log").write_text(f"?apiKey={quote(KEY)}")
    found = {Path(place.rpartition(": ")[0]).suffix for place in places_with_the_key([], tmp_path)}
    assert found == {".zst", ".parquet", ".duckdb", ".db", ".log"}


def test_without_games_nothing_is_built(here: LiveDays) -> None:
    summer = date(2023, 7, 10)
    first = here.tick(eastern(summer, 10))
    assert first.runs == [] and first.lacking == []
    asked = len(here.server.asked)
    here.tick(eastern(summer, 10, 30))
    assert here.server.asked[asked:] == []


def test_with_live_feeds_off_it_says_so(here: LiveDays, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NBA_LIVE")
    with pytest.raises(ExplainedError, match="NBA_LIVE=1"):
        update(Platform(Settings()), here.instance, print)
    assert here.server.asked == []


def test_a_pinned_clock_is_rejected(here: LiveDays, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBA_NOW", "2022-10-23T15:00:00+00:00")
    with pytest.raises(ExplainedError, match="NBA_NOW"):
        update(Platform(Settings()), here.instance, print)
    assert here.server.asked == []


def test_only_what_a_change_reaches_is_made_again(tables_home: Home) -> None:
    """Quotes reach the predictions; what reads only days before, or other sources, is left as it is."""
    day, names = tables_home.last_day, pregame_tables()
    platform = Platform(Settings())
    assert stale_tables(names, day, platform) == [] and affected_tables(names, []) == []
    tables_home.sql(
        "UPDATE quality.partition_log SET content_hash = repeat('7', 64) WHERE table_name = ? AND game_date = ?",
        ["prop_lines", day],
    )
    affected = affected_tables(names, stale_tables(names, day, platform))
    assert {"upcoming_player_game_context", "published_predictions", "best_bets", *PUBLISHED_BEFORE_THE_GAMES} <= {
        *affected
    }
    assert {"schedule", "game_lines", "prop_lines", "points_models", "team_defense_zone_analysis"}.isdisjoint(affected)
    assert affected == [name for name in names if name in affected]


def test_every_feed_is_a_daily_asset_in_sources(mini: tuple[Path, Truth], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(REPOSITORY))
    monkeypatch.setenv("NBA_ARCHIVE", str(mini[0]))  # a simulated league has no feeds
    graph = build_definitions().resolve_asset_graph()
    for name in FEEDS:
        node = graph.get(dg.AssetKey(["feed", name]))
        assert node.group_name == "sources" and node.partitions_def is not None, name


def test_the_schedules_are_off_unless_live_feeds_are_on() -> None:
    off, on = (schedules(Settings(live=is_live)) for is_live in (False, True))
    assert {one.default_status for one in off} == {dg.DefaultScheduleStatus.STOPPED}
    assert {one.default_status for one in on} == {dg.DefaultScheduleStatus.RUNNING}
    assert {one.execution_timezone for one in on} == {"America/New_York"}
