"""The quality documents of a day say the same in every warehouse: they are made from its ledger and check results."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets_tests.mini_archive import Truth
from nba_assets_tests.mini_warehouse import Home, differing, environment

pytestmark = pytest.mark.long
TABLES = ("schedule", "players", "team_boxscores", "quality_files")
LAST = FIRST_DAY + timedelta(days=1)
CLOCKS = ("2026-11-29T12:00:00+00:00", "2026-11-29T13:00:00+00:00")


def test_quality_files_of_bigquery_are_those_of_duckdb_at_the_same_time(
    bigquery_address: str, mini: tuple[Path, Truth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later run differs in nothing but the times at which contents changed."""
    sides = {
        "duckdb": ("", CLOCKS[0]),
        "bigquery": (bigquery_address, CLOCKS[0]),
        "an hour later": ("", CLOCKS[1]),
    }
    hashes, documents = {}, {}
    for name, (address, clock) in sides.items():
        home = Home(tmp_path / name, *mini)
        for variable, value in environment(home.folder, home.archive).items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setenv("NBA_WAREHOUSE", address)
        monkeypatch.setenv("NBA_NOW", clock)
        if address:
            # A separate process: it releases its leases at its end, while the emulator is still running.
            days = ["--from", f"{FIRST_DAY}", "--to", f"{LAST}"]
            code, printed = home.run("backfill", *days, "--select", ",".join(TABLES))
            assert code == 0, printed
        else:
            assert all(run.is_success for run in home.backfill(FIRST_DAY, LAST, TABLES))
        hashes[name] = home.hashes()
        documents[name] = json.loads((home.folder / f"published/v1/quality/{FIRST_DAY}.json").read_text())
    assert {table for table, _ in hashes["duckdb"]} == set(TABLES)
    assert documents["bigquery"] == documents["duckdb"]
    assert differing(hashes["bigquery"], hashes["duckdb"]) == []
    assert {table for table, _ in differing(hashes["an hour later"], hashes["duckdb"])} == {"quality_files"}
    times: list[str] = []
    assert without_times(documents["an hour later"], times) == without_times(documents["duckdb"], times)
    assert len(times) >= 2 * len(TABLES[:-1])


def without_times(document: dict[str, Any], times: list[str]) -> dict[str, Any]:
    """The document without `content_changed_at` of its tables, which are added to the times."""
    rows = [dict(row) for row in document["tables"]]
    times.extend(time for row in rows if (time := row.pop("content_changed_at")) is not None)
    return {**document, "tables": rows}
