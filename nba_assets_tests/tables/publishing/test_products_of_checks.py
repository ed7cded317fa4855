"""Quality and progress files describe the current state of the tables, whichever day was run."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.engine import registry
from nba_assets.engine.checks.evaluate import evaluate
from nba_assets.orchestration.backfill import after_checks, as_of_now, rebuild_stale
from nba_assets_tests.mini_warehouse import Home

TOLD = ("quality_files", "quality_calendar_files", "progress_files")


def read(home: Home, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home.folder / "published" / "v1" / path).read_text(encoding="utf-8"))
    return found


def broken_of(home: Home, day: date) -> list[dict[str, Any]]:
    """The failed checks of player_boxscores on the day in the list of broken items."""
    found = read(home, "quality/calendar.json")["broken"]
    return [row for row in found if row["table_name"] == "player_boxscores" and row["game_date"] == f"{day}"]


def files(home: Home) -> dict[str, tuple[int, bytes]]:
    """Modification time and bytes of these files by path."""
    folder = home.folder / "published" / "v1"
    paths = [*folder.glob("quality/*"), *folder.glob("progress.*")]
    return {str(Path(path).relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


def test_products_that_report_checks_run_after_them_and_not_on_themselves() -> None:
    assert set(after_checks(list(registry.tables()))) == set(TOLD)
    assert set(as_of_now(list(registry.tables()))) == {"quality_calendar_files", "progress_files"}


def test_every_player_game_and_day_of_the_warehouse_is_published(full: Home) -> None:
    with full.platform.warehouse.snapshot() as snapshot:
        played = snapshot.read(registry.contract("player_game_summary"), date(2021, 10, 19), full.last_day)
    listed = {row["player_id"]: row["games"] for row in read(full, "players/index.json")["players"]}
    assert listed == played.groupby("player_id")["game_id"].nunique().to_dict()
    player_id = played["player_id"].value_counts().idxmax()
    newest = read(full, f"players/{player_id}.json")["games"][0]
    own = played[played["player_id"] == player_id].sort_values(["game_date", "game_id"])
    assert (newest["game_id"], newest["points"]) == (own["game_id"].iloc[-1], own["points"].iloc[-1])
    days = {f"{day:%Y-%m-%d}" for day in pd.to_datetime(full.truth.game_days)}
    assert days <= {path.stem for path in (full.folder / "published" / "v1" / "quality").glob("*.json")}


@pytest.fixture
def old_day(home: Home) -> date:
    """A game day of the season before the newest."""
    day: date = home.truth.game_days[3]
    assert day.year < home.last_day.year
    return day


def test_a_failure_of_an_old_day_is_reported_at_once_and_gone_after_its_repair(home: Home, old_day: date) -> None:
    assert broken_of(home, old_day) == []
    home.sql("DELETE FROM raw.player_boxscores WHERE game_date = ?", [old_day])
    evaluate(registry.tables()["player_boxscores"], [old_day], home.platform, "by hand")
    runs = home.backfill(old_day, old_day, list(TOLD), is_forced=True)
    assert [(run.is_success, run.last) for run in runs] == [(True, old_day), (True, home.last_day)]
    broken = broken_of(home, old_day)
    assert broken and {row["check_name"] for row in broken} == {"completeness"}
    of_day = read(home, f"quality/{old_day}.json")
    assert of_day["counts"]["errors"] >= 1
    assert " failed |" in (home.folder / "published" / "v1" / "progress.md").read_text(encoding="utf-8")
    home.backfill(old_day, old_day, ["player_boxscores", *TOLD], is_forced=True)
    assert broken_of(home, old_day) == []
    assert read(home, f"quality/{old_day}.json")["counts"]["errors"] == 0


def test_products_that_report_checks_are_rebuilt_if_only_they_are_stale(home: Home, old_day: date) -> None:
    for name, day in (("quality_files", old_day), ("progress_files", home.last_day)):
        home.sql("DELETE FROM quality.partition_log WHERE table_name = ? AND game_date = ?", [name, day])
    with dg.DagsterInstance.get() as instance:
        done = rebuild_stale(list(TOLD), FIRST_DAY, home.last_day, home.platform, instance)
    assert done and all(part.run.is_success for part in done)
    ledger = home.ledger()["status"]
    assert (ledger["quality_files", f"{old_day}"], ledger["progress_files", f"{home.last_day}"]) == ("ok", "ok")


def test_an_unchanged_state_writes_nothing(home: Home) -> None:
    before = files(home)
    assert len(before) > 3
    runs = home.backfill(home.last_day, home.last_day, list(TOLD), is_forced=True)
    assert [run.is_success for run in runs] == [True]
    assert files(home) == before
