"""The benchmark over many seasons: its sums, and where a season begins and ends in the output of the backfill."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from benchmarks.scale import DONE, Measured, Watch, cells, tables


def test_smaller_runs_are_prefixes_of_the_complete_one() -> None:
    found = {
        f"202{year}-2{year + 1}": Measured(seconds=10.0 * year, processor=8.0, megabytes=500.0 + year, database=year)
        for year in range(1, 7)
    }
    found["2027-28"] = Measured(seconds=1.0, processor=12.0, megabytes=100.0, database=9.0)
    seasons, runs = map(cells, tables(found))
    assert [row[4] for row in seasons] == ["1.00"] * 6 + ["1.50"]
    assert runs == [
        ("2", "30", "16", "502", "2"),
        ("4", "100", "32", "504", "4"),
        ("7", "211", "60", "506", "9"),
    ]


def test_the_output_of_a_backfill_shows_its_current_season() -> None:
    line = "2036-37  player_boxscores                  rows     250 days    33,458    2.52 s"
    found = DONE.match(line)
    assert found is not None and found[1] == "2036-37"
    assert DONE.match("2036-37  done in 179.0 s (run 081ccfbe)") is None
    assert DONE.match("source: simulated league at /tmp/league (NBA_ARCHIVE)") is None


def test_the_time_between_two_starts_belongs_to_the_first_season(tmp_path: Path) -> None:
    database = tmp_path / "nba.duckdb"
    database.write_bytes(b"0" * 3_000_000)
    watch = Watch(psutil.Process(), database)
    watch.begin("2021-22")
    time.sleep(0.05)
    watch.look()
    watch.begin("2022-23")
    watch.begin("")
    first, second = watch.found["2021-22"], watch.found["2022-23"]
    assert first.seconds >= 0.05 > second.seconds
    assert first.megabytes > 10 and second.megabytes == 0
    assert first.database == 3.0
