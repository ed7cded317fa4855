"""A week of ticks, with faults of every kind, gives the same rows as one range run over the same landings.

All tables and published files. What was published at each tick is kept in the record, which a range run cannot know, so
two range runs are compared. One begins with the warehouse of before the week: the tables that do not depend on what was
published have the same rows, and the newest published prediction of each player is the one that the range run makes.
The other makes the week again over the record of the ticks: then everything has the same rows, and the files say the
same, apart from the time at which they were made.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dagster as dg
import pandas as pd
import pytest

from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.backfill import as_of_a_day, backfill
from nba_assets.runtime.known_errors import ExplainedError
from nba_assets.settings import Settings
from nba_assets.sources.live import feeds
from nba_assets_tests.injury_pdfs import page, pdf
from nba_assets_tests.live_publishers import KEY
from nba_assets_tests.local_server import Answer
from nba_assets_tests.mini_league import Game, play
from nba_assets_tests.orchestration.live_days import (
    Fault,
    LiveDays,
    eastern,
    live_days,
    places_with_the_key,
    ruled_out,
)
from nba_assets_tests.pregame_day import LINES, PRICES, busy_home

SUNDAY, TUESDAY, THURSDAY, FRIDAY = (date(2022, 11, day) for day in (13, 15, 17, 18))
UNMADE = date(2022, 11, 11)
"""The first day that the warehouse lacks, two days before the week."""
GAMES = [
    Game(f"00222001{number:02}", day, "2022-23", "regular", home, away, overtimes, is_neutral)
    for number, (day, home, away, overtimes, is_neutral) in enumerate(
        [
            (SUNDAY, "BKN", "GSW", 0, False),
            (SUNDAY, "MIL", "LAL", 2, False),
            (TUESDAY, "GSW", "BKN", 0, False),
            (TUESDAY, "LAL", "MIL", 0, False),
            (THURSDAY, "MIL", "GSW", 0, True),
            (FRIDAY, "BKN", "MIL", 0, False),
            (FRIDAY, "GSW", "LAL", 0, False),
        ]
    )
]
for _game in GAMES:
    play(_game, 25)
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
FOUR_TEAMS = "rosters: the check completeness fails"
"""The league has four teams, and a day must have the rosters of thirty."""
ABOUT_RUNS = ("progress_files", "quality_files", "quality_calendar_files")
"""Their documents contain when tables were made and how long that took."""


def after_the_record() -> list[str]:
    """The tables that contain what was published at the ticks, and those that read them: only the ticks know it."""
    found = {"published_predictions", "best_bets"}
    for name, table in registry.tables().items():
        if found & {item.name for item in table.inputs.values()}:
            found.add(name)
    return [name for name in registry.tables() if name in found]


@pytest.fixture
def here(shared_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveDays]:
    home = busy_home(shared_folder / "busy")
    home.copy_to(tmp_path / "home")
    with live_days(tmp_path, monkeypatch, home.archive, GAMES) as found:
        found.publishers.books, found.publishers.lines, found.publishers.prices = ("fanduel",), LINES, PRICES
        yield found


def rows(name: str, first: date, last: date) -> pd.DataFrame:
    with Platform(Settings()).warehouse.snapshot() as snapshot:
        return snapshot.read(registry.contract(name), first, last)


def ledger(names: Sequence[str]) -> pd.DataFrame:
    """Status, reason, number and hash of the rows of the week; of products as of a day those of its last day."""
    with Platform(Settings()).warehouse.snapshot() as snapshot:
        found = snapshot.ledger(list(names), UNMADE, FRIDAY)
    found = found[~found["table_name"].isin(as_of_a_day(names)) | found["game_date"].eq(pd.Timestamp(FRIDAY))]
    columns = ["table_name", "game_date", "status", "reason", "rows", "content_hash"]
    return found[columns].sort_values(columns[:2], ignore_index=True)


def newest_published() -> pd.DataFrame:
    """The newest published prediction of each player and system of the week, without when it was published."""
    found = rows("published_predictions", UNMADE, FRIDAY)
    key = ["game_date", "game_id", "player_id", "system_id"]
    newest = found.sort_values([*key, "revision"]).drop_duplicates(key, keep="last")
    return newest.drop(columns=["revision", "provenance", "made_at", "inputs_fingerprint"]).reset_index(drop=True)


def grades() -> pd.DataFrame:
    """The graded predictions of the week, without when they were published."""
    found = rows("prediction_accuracy", UNMADE, FRIDAY)
    key = ["game_date", "game_id", "player_id", "system_id"]
    return found.drop(columns=["provenance", "made_at"], errors="ignore").sort_values(key, ignore_index=True)


def documents(folder: Path) -> dict[str, Any]:
    """All published documents but those about the runs themselves."""
    root = folder / "published" / "v1"
    paths = (path.relative_to(root).as_posix() for path in root.rglob("*.json"))
    told = ("manifest.json", "progress.json", "quality/")
    return {path: json.loads((root / path).read_text()) for path in sorted(paths) if not path.startswith(told)}


def without_made_at(document: Any) -> Any:
    """The document without the time at which it was made."""
    return {name: value for name, value in document.items() if name != "made_at"}


def status_of(player: int, day: date) -> str:
    context = rows("upcoming_player_game_context", day, day).set_index("player_id")
    return str(context.loc[player, "injury_status"])


@pytest.mark.long
def test_a_week_of_ticks_gives_the_rows_of_a_range_run(
    here: LiveDays,
    shared_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """At the end no file and no message contains the key of the odds publisher."""
    player, entry = ruled_out(SUNDAY, GAMES)
    names = list(registry.tables())

    def tick(*args: Any) -> Any:
        done = here.tick(*args, tables=None)
        assert all(run.is_success for run in done.runs), done.runs
        return done

    tick(eastern(SUNDAY, 10), FAULTS["web page"], FAULTS["unavailable"])
    assert len(rows("prop_lines", SUNDAY, SUNDAY)) == 0 and status_of(player, SUNDAY) != "ruled_out"

    here.publishers.injuries[eastern(SUNDAY, 18)] = [entry]
    here.now = eastern(SUNDAY, 18, 30)
    events = json.loads(here.publishers("api.the-odds-api.com/v4/sports/basketball_nba/events", {"apiKey": KEY}).body)
    echo = Answer(
        json.dumps([one | {"asked_with": KEY, "address": f"?apiKey={quote(KEY)}"} for one in events]).encode()
    )
    echoing = Fault("echoes the key", "basketball_nba/events?", echo)
    tick(eastern(SUNDAY, 18, 30), REFUSED, FAULTS["wait a moment"], echoing)
    assert len(rows("prop_lines", SUNDAY, SUNDAY)) == 20 and status_of(player, SUNDAY) == "ruled_out"
    bets = rows("best_bets", SUNDAY, SUNDAY)
    assert set(bets["provenance"]) == {"live"} and player not in set(bets["player_id"])

    # A report fetched after every tip-off whose title has an earlier time.
    available = pdf([page(eastern(SUNDAY, 18, 45), [(*entry[:5], "Available", "")])])
    lying = Fault("lying clock", "injury/", Answer(available))
    tick(eastern(SUNDAY, 23, 30), lying, FAULTS["hangs"], FAULTS["fails"])
    reports = rows("injury_reports", SUNDAY, SUNDAY)
    assert set(reports["report_status"]) == {"out", "available"}
    assert status_of(player, SUNDAY) == "ruled_out"

    lost = next(game.game_id for game in GAMES if game.day == SUNDAY)
    cut = Fault("cut", f"boxscore_{lost}", Answer(b'{"game": {"gameId": "00', cut=9))
    done = tick(eastern(SUNDAY + timedelta(days=1), 6), cut, FAULTS["fails"])
    assert any(f"no final box score of {lost}" in sentence for sentence in done.lacking)

    # The box score lands, but the process ends before its rows are written.
    with monkeypatch.context() as patched:

        def disk_full(*_: object) -> None:
            here.injected["disk full"] += 1
            raise OSError(28, "No space left on device")

        patched.setattr(feeds, "write_day", disk_full)
        with pytest.raises(ExplainedError, match="disk is full"):
            tick(eastern(SUNDAY + timedelta(days=1), 9))
    done = tick(eastern(SUNDAY + timedelta(days=1), 9, 30))
    assert [sentence for sentence in done.lacking if not sentence.startswith(FOUR_TEAMS)] == []
    assert len(rows("team_boxscores", SUNDAY, SUNDAY)) == 4
    players = rows("player_boxscores", SUNDAY, SUNDAY)
    assert len(rows("player_scoring_shares", SUNDAY, SUNDAY)) == (players["status"] == "played").sum()
    assert len(rows("shots", SUNDAY, SUNDAY)) == players["field_goals_attempted"].sum()
    assert len(rows("best_bet_results", SUNDAY, SUNDAY)) == len(bets)

    tick(eastern(TUESDAY, 15), FAULTS["changed shape"], FAULTS["empty"], FAULTS["broken report"])
    first, second = (game.game_id for game in GAMES if game.day == TUESDAY)
    here.now = eastern(TUESDAY + timedelta(days=1), 6)
    wrong = Fault("another game", f"boxscore_{first}", here.publishers(f"cdn.nba.com/boxscore_{second}.json", {}))
    done = tick(eastern(TUESDAY + timedelta(days=1), 6), wrong, FAULTS["no player"])
    assert any(f"no final box score of {first}" in sentence for sentence in done.lacking)

    # The machine is off for two and a half days, including a game day.
    done = tick(eastern(FRIDAY, 18, 30), FAULTS["credits gone"], FAULTS["wait an hour"])
    assert [(run.first, run.last) for run in done.runs] == [(TUESDAY, THURSDAY), (FRIDAY, FRIDAY)]
    tick(eastern(FRIDAY + timedelta(days=1), 6))
    injected = {"echoes the key", "lying clock", "cut", "disk full", "another game", "refused", *FAULTS}
    assert {name for name, times in here.injected.items() if times} == injected
    assert here.injected.total() >= 20, here.injected

    assert any(query.get("apiKey") == KEY for _, query in here.server.asked)
    assert places_with_the_key([caplog.text, *here.said, *map(repr, here.ticks)], tmp_path) == []

    reported = [name for name in names if name not in ABOUT_RUNS]
    driven, published, graded, files = ledger(reported), newest_published(), grades(), documents(tmp_path / "home")
    played = driven[driven["table_name"].eq("player_boxscores") & driven["rows"].gt(0)]
    assert set(played["game_date"].dt.date) == set(published["game_date"].dt.date) == {game.day for game in GAMES}
    assert set(rows("published_predictions", SUNDAY, FRIDAY)["provenance"]) == {"live", "reconstructed"}

    busy_home(shared_folder / "busy").copy_to(tmp_path / "range")
    shutil.copytree(tmp_path / "home" / "live", tmp_path / "range" / "live")
    monkeypatch.setenv("NBA_HOME", str(tmp_path / "range"))
    with dg.DagsterInstance.get() as instance:
        runs = backfill(names, UNMADE, FRIDAY, Platform(Settings()), instance)
    assert all(run.is_success for run in runs), runs
    independent = [name for name in reported if name not in after_the_record()]
    assert different(ledger(independent), driven[driven["table_name"].isin(independent)]) == []
    assert len(independent) >= 27
    pd.testing.assert_frame_equal(newest_published(), published)
    pd.testing.assert_frame_equal(grades(), graded)

    monkeypatch.setenv("NBA_HOME", str(tmp_path / "home"))
    runs = backfill(names, UNMADE, FRIDAY, Platform(Settings()), here.instance, is_forced=True)
    assert all(run.is_success for run in runs), runs
    assert different(ledger(reported), driven) == []
    again = documents(tmp_path / "home")
    assert again.keys() == files.keys() and len(files) > 60
    assert [path for path in files if without_made_at(again[path]) != without_made_at(files[path])] == []


def different(found: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    """The rows of two ledgers that are not in both, as text."""
    both = found.merge(expected, how="outer", indicator=True)
    only = both[both["_merge"] != "both"].astype("string")
    return [" ".join(map(str, row)) for row in only.to_numpy()]
