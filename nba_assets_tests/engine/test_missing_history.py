"""Missing input days are reported before a run and built by --with-history; partial seasons are marked by range."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.cli.status_page import page
from nba_assets.engine import registry
from nba_assets.engine.missing_history import missing_history
from nba_assets.engine.status import status
from nba_assets_tests.mini_warehouse import Home, differing

FIRST, LAST = date(2022, 10, 28), date(2022, 10, 31)
DAYS = ("--from", f"{FIRST}", "--to", f"{LAST}")


def layer(*names: str) -> list[str]:
    return [name for name, table in registry.tables().items() if table.contract.layer in names]


def test_a_full_warehouse_has_no_missing_history(tables_home: Home) -> None:
    for names in (list(registry.tables()), layer("grading"), ["rosters"]):
        found = missing_history(names, FIRST, LAST, tables_home.platform)
        assert found.is_whole
        assert (found.begin, found.before, found.run) == (FIRST, [], names)


def test_an_empty_warehouse_lacks_the_days_of_the_windows(empty_home: Home) -> None:
    found = missing_history(list(registry.tables()), FIRST, LAST, empty_home.platform)
    assert found.begin == FIRST_DAY
    assert found.unselected == {}
    assert {"player_boxscores", "player_game_summary", "published_predictions"} <= set(found.before)
    assert not set(found.before) & {"progress_files", "result_files"}, "tables that nothing reads are not built"
    days = (FIRST - FIRST_DAY).days
    assert (
        f"{days} days of {len(found.before)} tables, {FIRST_DAY} to {FIRST - timedelta(days=1)} (2 seasons)"
        in found.warning
    )
    assert "--with-history builds the missing days first" in found.warning
    # The history includes the tables that its completeness checks compare it with.
    found = missing_history(["rosters"], FIRST, LAST, empty_home.platform)
    assert {"player_boxscores", "schedule"} <= set(found.before)
    # A table without history needs only the same days of its inputs.
    found = missing_history(["player_game_summary"], FIRST, LAST, empty_home.platform)
    assert (found.begin, found.before) == (FIRST, [])
    read = {item.name for item in registry.tables()["player_game_summary"].inputs.values() if item.reach != "source"}
    assert read <= set(found.unselected)
    assert found.unselected["player_boxscores"] == ["player_game_summary"]


def test_history_that_is_built_needs_its_own_history(tables_home: Home) -> None:
    """Every day of an intermediate table is gone: it is rebuilt from inputs that are complete."""
    tables_home.sql("DELETE FROM quality.partition_log WHERE table_name = 'player_daily_cache'")
    found = missing_history(["ml_feature_store_v2"], FIRST, LAST, tables_home.platform)
    assert list(found.unselected) == ["player_daily_cache"]
    tables_home.sql(
        "DELETE FROM quality.partition_log WHERE table_name = 'player_boxscores' AND game_date < '2021-10-25'"
    )
    found = missing_history(["rosters"], FIRST, LAST, tables_home.platform)
    assert (found.begin, found.before) == (FIRST_DAY, ["player_boxscores"])


@pytest.mark.parametrize(
    "gone",
    ["DELETE FROM quality.partition_log WHERE", "UPDATE quality.partition_log SET status = 'partial_history' WHERE"],
)
def test_grading_reads_the_record_in_another_layer(tables_home: Home, gone: str) -> None:
    tables_home.sql(f"{gone} table_name = 'published_predictions' AND game_date = '{LAST}'")
    found = missing_history(layer("predictions", "grading"), FIRST, LAST, tables_home.platform)
    assert found.before == []
    assert found.unselected == {"published_predictions": ["prediction_accuracy"]}
    assert (
        "Not selected, and not built for all days of the range: published_predictions (read by prediction_accuracy)"
        in found.warning
    )
    assert found.run.index("published_predictions") < found.run.index("prediction_accuracy")


@pytest.mark.long
def test_a_partial_backfill_reports_what_is_missing_and_is_completed(
    empty_home: Home, full_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, printed = empty_home.run("backfill", *DAYS)
    assert code == 0, printed
    lines = [line for line in printed.splitlines() if not line.startswith("2022-23  ")]
    warning = next(index for index, line in enumerate(lines) if "are not built:" in line)
    assert warning < 4, "it is reported before the run"
    assert len([line for line in lines if line.startswith("ERROR")]) <= 3, printed
    partial = [line for line in lines if line.startswith("partial: ")]
    assert len(partial) == 1, printed
    assert partial[0].endswith(f"nba-assets backfill --from {FIRST} --to {LAST} --with-history")
    assert not re.search(r": *$", printed, re.MULTILINE)

    told = list(page(status(empty_home.platform)))
    code, printed = empty_home.run("status")
    assert len(printed.splitlines()) <= 60
    assert len([line for line in told if isinstance(line, str) and line.startswith("partial: ")]) == 1
    code, verbose = empty_home.run("status", "--verbose")
    assert not re.search(r": *$", verbose, re.MULTILINE)
    code, of_table = empty_home.run("status", "--table", "rosters")
    assert "partial: rosters: 4 days" in of_table
    assert "player_daily_cache" not in of_table

    code, printed = empty_home.run("backfill", *DAYS, "--select", "analytics")
    assert "every day is up to date" not in printed
    assert "nothing to do: every day is built with the existing history" in printed

    code, printed = empty_home.run("backfill", *DAYS, "--with-history")
    assert code == 0, printed
    assert "first the history: " in printed
    assert "partial: " not in printed
    found = empty_home.ledger()
    assert "partial_history" not in set(found["status"])
    of_days = {key: value for key, value in empty_home.hashes().items() if FIRST <= key[1] <= LAST}
    monkeypatch.setenv("NBA_HOME", str(full_home.folder))
    whole = {key: value for key, value in full_home.hashes().items() if FIRST <= key[1] <= LAST}
    assert {table for table, _ in differing(of_days, whole)} <= set(layer("publishing"))
