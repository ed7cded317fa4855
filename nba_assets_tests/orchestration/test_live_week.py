"""A week of ticks, with faults of every kind, gives the same rows as one range run over the same landings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import pandas as pd
import pytest

from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.backfill import backfill
from nba_assets.settings import Settings
from nba_assets.sources.live import feeds
from nba_assets_tests.injury_pdfs import page, pdf
from nba_assets_tests.live_publishers import KEY
from nba_assets_tests.local_server import Answer
from nba_assets_tests.orchestration.live_days import (
    ARCHIVE_ENDS,
    GAMES,
    TABLES,
    Fault,
    LiveDays,
    archive_until,
    eastern,
    live_days,
    places_with_the_key,
    ruled_out,
)

OPENING = date(2022, 10, 18)
SUNDAY, TUESDAY, FRIDAY = date(2022, 10, 23), date(2022, 10, 25), date(2022, 10, 28)
REFUSED = Fault("refused", "cdn.nba.com", Answer(status=403))
FAULTS = {
    "web page": Fault("web page", "cdn.nba.com/static", Answer(b"<!DOCTYPE html><html>Sorry</html>")),
    "unavailable": Fault("unavailable", "api.the-odds-api.com", Answer(status=503)),
    "wait a moment": Fault("wait a moment", "/events", Answer(status=429, headers={"Retry-After": "1"}), times=1),
    "hangs": Fault("hangs", "cdn.nba.com", Answer(hang=5.0)),
    "fails": Fault("fails", "boxscoretraditional", Answer(status=500)),
    "empty": Fault("empty", "/odds", Answer(b""), times=1),
    "wait an hour": Fault("wait an hour", "cdn.nba.com", Answer(status=429, headers={"Retry-After": "3600"})),
    "changed shape": Fault("changed shape", "scheduleLeagueV2.json", Answer(b'{"schedule": {"dates": []}}')),
    "no player": Fault("no player", "boxscoretraditional", Answer(b"{}")),
    "credits gone": Fault(
        "credits gone", "api.the-odds-api.com", Answer(b'{"error_code": "OUT_OF_USAGE_CREDITS"}', status=401)
    ),
    "broken report": Fault("broken report", "injury/", Answer(b"%PDF-1.4 broken")),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveDays]:
    archive_until(tmp_path / "cut", ARCHIVE_ENDS)
    with live_days(tmp_path, monkeypatch, tmp_path / "cut") as found:
        yield found


def rows(name: str, first: date, last: date) -> pd.DataFrame:
    with Platform(Settings()).warehouse.snapshot() as snapshot:
        return snapshot.read(registry.contract(name), first, last)


def ledger(first: date, last: date) -> pd.DataFrame:
    with Platform(Settings()).warehouse.snapshot() as snapshot:
        found = snapshot.ledger(list(TABLES), first, last)
    columns = ["table_name", "game_date", "status", "reason", "rows", "content_hash"]
    return found[columns].sort_values(columns[:2], ignore_index=True)


def status_of(player: int, day: date) -> str:
    context = rows("upcoming_player_game_context", day, day).set_index("player_id")
    return str(context.loc[player, "injury_status"])


@pytest.mark.long
def test_a_week_of_ticks_gives_the_rows_of_a_range_run(
    here: LiveDays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """At the end no file and no message contains the key of the odds publisher."""
    player, entry = ruled_out(SUNDAY)
    first, second = (game.game_id for game in GAMES if game.day == TUESDAY)
    assert all(
        run.is_success for run in backfill([*TABLES], OPENING, ARCHIVE_ENDS, Platform(Settings()), here.instance)
    )
    here.tick(eastern(SUNDAY, 10), FAULTS["web page"], FAULTS["unavailable"])
    assert len(rows("prop_lines", SUNDAY, SUNDAY)) == 0 and status_of(player, SUNDAY) != "ruled_out"

    here.publishers.injuries[eastern(SUNDAY, 18)] = [entry]
    here.now = eastern(SUNDAY, 18, 30)
    events = json.loads(here.publishers("api.the-odds-api.com/v4/sports/basketball_nba/events", {"apiKey": KEY}).body)
    echo = Answer(
        json.dumps([one | {"asked_with": KEY, "address": f"?apiKey={quote(KEY)}"} for one in events]).encode()
    )
    echoing = Fault("echoes the key", "basketball_nba/events?", echo)
    here.tick(eastern(SUNDAY, 18, 30), REFUSED, FAULTS["wait a moment"], echoing)
    assert len(rows("prop_lines", SUNDAY, SUNDAY)) == 20 and status_of(player, SUNDAY) == "ruled_out"

    # A report fetched after every tip-off whose title has an earlier time.
    available = pdf([page(eastern(SUNDAY, 18, 45), [(*entry[:5], "Available", "")])])
    lying = Fault("lying clock", "injury/", Answer(available))
    here.tick(eastern(SUNDAY, 23, 30), lying, FAULTS["hangs"], FAULTS["fails"])
    reports = rows("injury_reports", SUNDAY, SUNDAY)
    assert set(reports["report_status"]) == {"out", "available"}
    assert status_of(player, SUNDAY) == "ruled_out"

    lost = next(game.game_id for game in GAMES if game.day == SUNDAY)
    cut = Fault("cut", f"boxscore_{lost}", Answer(b'{"game": {"gameId": "00', cut=9))
    done = here.tick(eastern(SUNDAY + timedelta(days=1), 6), cut, FAULTS["fails"])
    assert any(f"no final box score of {lost}" in sentence for sentence in done.lacking)

    # The box score lands, but the process ends before its rows are written.
    with monkeypatch.context() as patched:

        def disk_full(*_: object) -> None:
            here.injected["disk full"] += 1
            raise OSError(28, "No space left on device")

        patched.setattr(feeds, "write_day", disk_full)
        with pytest.raises(OSError, match="No space"):
            here.tick(eastern(SUNDAY + timedelta(days=1), 9))
    done = here.tick(eastern(SUNDAY + timedelta(days=1), 9, 30))
    assert done.lacking == []
    assert len(rows("team_boxscores", SUNDAY, SUNDAY)) == 4
    players = rows("player_boxscores", SUNDAY, SUNDAY)
    assert len(rows("player_scoring_shares", SUNDAY, SUNDAY)) == (players["status"] == "played").sum()
    assert len(rows("shots", SUNDAY, SUNDAY)) == players["field_goals_attempted"].sum()

    here.tick(eastern(TUESDAY, 15), FAULTS["changed shape"], FAULTS["empty"], FAULTS["broken report"])
    here.now = eastern(TUESDAY + timedelta(days=1), 6)
    wrong = Fault("another game", f"boxscore_{first}", here.publishers(f"cdn.nba.com/boxscore_{second}.json", {}))
    done = here.tick(eastern(TUESDAY + timedelta(days=1), 6), wrong, FAULTS["no player"])
    assert any(f"no final box score of {first}" in sentence for sentence in done.lacking)

    # The machine is off for two and a half days, including a game day.
    done = here.tick(eastern(FRIDAY, 18, 30), FAULTS["credits gone"], FAULTS["wait an hour"])
    assert [(run.first, run.last) for run in done.runs] == [(TUESDAY, FRIDAY - timedelta(days=1)), (FRIDAY, FRIDAY)]
    here.tick(eastern(FRIDAY + timedelta(days=1), 6))
    injected = {"echoes the key", "lying clock", "cut", "disk full", "another game", "refused", *FAULTS}
    assert {name for name, times in here.injected.items() if times} == injected
    assert here.injected.total() >= 20, here.injected

    assert any(query.get("apiKey") == KEY for _, query in here.server.asked)
    assert places_with_the_key([caplog.text, *here.said, *map(repr, here.ticks)], tmp_path) == []

    driven = ledger(OPENING, FRIDAY)
    played = driven[driven["table_name"].eq("player_boxscores") & driven["rows"].gt(0)]
    assert set(played["game_date"].dt.date) == {game.day for game in GAMES if OPENING <= game.day <= FRIDAY}
    monkeypatch.setenv("NBA_HOME", str(tmp_path / "range"))
    shutil.copytree(tmp_path / "home" / "live", tmp_path / "range" / "live")
    with dg.DagsterInstance.get() as instance:
        runs = backfill([*TABLES], OPENING, FRIDAY, Platform(Settings()), instance)
    assert all(run.is_success for run in runs)
    pd.testing.assert_frame_equal(ledger(OPENING, FRIDAY), driven)
