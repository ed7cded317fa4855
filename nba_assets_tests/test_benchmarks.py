"""The benchmarks: parsing of a backfill's output, measurements, and writing of docs/performance.md."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from benchmarks.backfill import (
    REACH,
    Row,
    busiest_day,
    copied,
    day_copied,
    events_written,
    lines_of,
    pregame_tables,
    run,
    seconds_by_layer,
    trained_beside,
)
from benchmarks.page import write_section
from benchmarks.today import Tick, rows_of, timed
from nba_assets.basketball.calendar import Season
from nba_assets.orchestration.backfill import SeasonRun
from nba_assets.orchestration.today import Update
from nba_assets.settings import REPOSITORY
from nba_assets_tests.mini_warehouse import DAGSTER, Home

PRINTED = """\
source: archive
2021-22  schedule                          rows     255 days     1,403    0.64 s
2021-22  schedule                          checks   255 days     1,275    0.34 s
2021-22  points_models                     rows     255 days       832   20.50 s
2021-22  points_models                     checks   255 days     1,275    0.50 s
2022-23  player_boxscores                  rows     365 days    33,458    2.00 s
2022-23  points_models                     ahead    365 days         0    1.50 s, 61.3 s in threads
2021-22  done in 80.0 s (run d04f34f2)
"""


def test_seconds_of_a_backfill_by_layer() -> None:
    assert seconds_by_layer(PRINTED) == {
        "raw": (pytest.approx(2.64), pytest.approx(0.34)),
        "training of the models": (22.0, 0.0),
        "predictions": (0.0, 0.5),
    }
    assert trained_beside(PRINTED) == 61.3


def test_a_pregame_update_builds_only_what_depends_on_lines_and_injuries() -> None:
    tables = pregame_tables()
    assert {"prop_lines", "injury_transactions", "player_prop_predictions", "prediction_files"} <= set(tables)
    assert not {"schedule", "player_boxscores", "shots", "prediction_accuracy", "result_files"} & set(tables)
    assert tables.index("prop_lines") < tables.index("player_prop_predictions") < tables.index("prediction_files")


def test_floors_are_measured_on_the_rows_of_the_warehouse(full: Home, tmp_path: Path) -> None:
    database = full.folder / "nba.duckdb"
    day = busiest_day(database)
    assert day in full.truth.game_days
    assert copied(database, tmp_path) > 0 and day_copied(database, day, tmp_path) > 0
    with duckdb.connect(str(database), read_only=True) as held, duckdb.connect(str(tmp_path / "copy.duckdb")) as copy:
        count = "SELECT count(*) FROM raw.player_boxscores"
        assert held.execute(count).fetchall() == copy.execute(count).fetchall() != [(0,)]
    with duckdb.connect(str(tmp_path / "day.duckdb")) as copy:
        days = copy.execute("SELECT DISTINCT game_date FROM player_boxscores").fetchall()
    assert [found.date() if not isinstance(found, date) else found for (found,) in days] == [day]
    assert events_written(tmp_path, 2_500) > 0


def test_the_table_of_costs_has_ratios_and_targets() -> None:
    made, told = lines_of([Row("one day, all tables", 30.0, 10.0, 25.0, 800.0), Row("catalog", 1.5)])
    assert made == ("one day, all tables", "30.0", "25.0", "800", "10.0", "3.0", f"{REACH['one day, all tables']:g}")
    assert told == ("catalog", "1.5", "", "", "", "", "2")


def test_a_section_of_the_page_is_replaced_and_the_rest_kept(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("# A\n\n<!-- one: begin -->\nold\n<!-- one: end -->\n\n<!-- two: begin -->\n<!-- two: end -->\n")
    write_section("one", [(("what", "s"), [("a day", "3.0")])], "And so on.", 3, page)
    text = page.read_text()
    assert "old" not in text and "| a day | 3.0 |" in text and "medians of 3" in text
    assert text.startswith("# A\n\n<!-- one: begin -->\n") and text.endswith("<!-- two: begin -->\n<!-- two: end -->\n")
    write_section("two", [], "", 1, page)
    assert "one run" in page.read_text()
    with pytest.raises(ValueError, match="no section"):
        write_section("three", [], "", 1, page)


def test_the_table_of_a_day_shows_the_middle_and_the_dearest_tick_without_games() -> None:
    summer = [Tick("off-season", seconds, 2 * seconds, 0, 2.0) for seconds in (0.9, 0.3, 0.1, 0.2)]
    game = [Tick("6:00", 12.345, 20.0, 45, 20.0)]
    rows = rows_of(game, summer, Tick("starting a process", 4.0, 4.5, 0))
    assert rows[1] == ("6:00", "12.35", "20.00", "45", "20") and rows[0][-1] == ""
    assert [row[1] for row in rows[2:]] == ["0.90", "0.20", "0.30"]


def test_a_failed_run_is_not_a_measured_tick() -> None:
    failed = SeasonRun(Season(2022), date(2022, 11, 1), date(2022, 11, 1), "1", False, 1.0, "schedule: no such file")
    with pytest.raises(RuntimeError, match="no such file"):
        timed("10:00", lambda: Update(date(2022, 11, 1), runs=[failed]), None)


def test_the_page_of_the_project_has_its_sections() -> None:
    text = (REPOSITORY / "docs" / "performance.md").read_text(encoding="utf-8")
    for name in ("one machine", "every day", "many seasons"):
        assert text.index(f"<!-- {name}: begin -->") < text.index(f"<!-- {name}: end -->")


def test_a_failing_command_is_not_a_measurement(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no such table"):
        run([str(DAGSTER.with_name("nba-assets")), "status", "--table", "nothing"], tmp_path)
