"""Single days through Dagster's own command line, on a full and on an empty warehouse, and the morning of a day."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from nba_assets.engine import registry
from nba_assets.orchestration.backfill import after_checks, as_of_a_day
from nba_assets_tests.mini_warehouse import Home, differing, hashes_of_rows

pytestmark = pytest.mark.long

GAME_DAY = date(2022, 10, 31)
MORNING = "2022-10-31T15:00:00+00:00"
NEXT_MORNING = "2022-11-01T12:00:00+00:00"
TOLD = after_checks(list(registry.tables()))
"""Products that report ledger and checks; they are built in a separate run."""
BY_DAY = {name: table for name, table in registry.tables().items() if name not in {*TOLD, *as_of_a_day([name])}}
PREGAME = [name for name, table in BY_DAY.items() if table.contract.known == "pregame"]
POSTGAME = [name for name, table in BY_DAY.items() if table.contract.known == "postgame"]
LIVE_ONLY = ["injury_reports"]
"""Tables without rows in any archive, so that no source covers their days."""


def materialise_command(*what: str) -> list[str]:
    return ["dagster", "asset", "materialize", "-m", "nba_assets.definitions", *what]


def of_day(home: Home, day: date) -> pd.DataFrame:
    return home.ledger().xs(pd.Timestamp(day), level="game_date")


def test_dagster_command_builds_a_day_and_a_range(home: Home) -> None:
    before, runs_before = home.hashes(), home.ledger("player_game_summary")["run_id"]
    code, printed = home.run(*materialise_command("--select", "player_game_summary", "--partition", "2022-10-21"))
    assert code == 0, printed
    code, printed = home.run(
        *materialise_command("--select", "player_game_summary", "--partition-range", "2022-10-18...2022-10-20")
    )
    assert code == 0, printed
    runs = home.ledger("player_game_summary")["run_id"]
    again = runs.index[runs != runs_before].get_level_values("game_date").strftime("%d").tolist()
    assert again == ["18", "19", "20", "21"]
    assert differing(home.hashes(), before) == []
    assert differing(hashes_of_rows(home.platform), before) == []
    assert home.ledger("player_game_summary")["status"].loc[("player_game_summary", "2022-10-20")] == "empty"


def test_dagster_command_on_an_empty_warehouse_builds_what_it_can_and_reports_the_rest(empty_home: Home) -> None:
    code, printed = empty_home.run(*materialise_command("--select", "player_game_summary", "--partition", "2022-10-18"))
    assert code == 0, printed
    table = registry.tables()["player_game_summary"]
    inputs = [item.name for item in table.inputs.values()]
    row = empty_home.ledger().loc[("player_game_summary", "2022-10-18")]
    assert (row["status"], row["rows"], row["missing_days"]) == ("partial_history", 0, len(inputs))
    assert "nba-assets backfill --with-history makes them first" in row["reason"]
    results = empty_home.quality("check_results", "player_game_summary").set_index("check_name")
    red = results.loc["completeness"]
    assert (bool(red["passed"]), red["severity"]) == (False, "ERROR")
    assert f'"missing_days": {len(inputs)}' in red["observed"]
    select = "--select player_game_summary,publishing --with-history"
    assert f"nba-assets backfill --from 2022-10-18 --to 2022-10-18 {select}" in red["observed"]

    # The suggested command repairs it.
    runs = empty_home.backfill(date(2022, 10, 18), date(2022, 10, 18), names=[*inputs, "player_game_summary"])
    assert [run.is_success for run in runs] == [True]
    row = empty_home.ledger().loc[("player_game_summary", "2022-10-18")]
    assert row["status"] == "ok"
    assert row["rows"] == (empty_home.truth.played["game_date"] == date(2022, 10, 18)).sum()
    results = empty_home.quality("check_results", "player_game_summary").set_index("check_name")
    assert bool(results.loc["completeness", "passed"])


def test_a_raw_table_alone_reports_that_its_expected_rows_are_unknown(empty_home: Home) -> None:
    runs = empty_home.backfill(date(2022, 10, 18), date(2022, 10, 18), names=["team_boxscores"])
    assert [run.is_success for run in runs] == [True]
    assert empty_home.ledger().loc[("team_boxscores", "2022-10-18"), "status"] == "ok"
    red = empty_home.quality("check_results", "team_boxscores").set_index("check_name").loc["completeness"]
    assert (bool(red["passed"]), red["severity"]) == (False, "ERROR")
    assert "unknown what the day must have: schedule was never made" in red["reasons"]
    assert "nba-assets backfill --from 2022-10-18 --to 2022-10-18 --select +schedule" in red["observed"]


def test_a_run_without_a_partition_is_rejected(home: Home) -> None:
    code, printed = home.run(*materialise_command("--select", "schedule"))
    assert code != 0
    assert "partition" in printed


def test_morning_of_a_day_and_the_next_one(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tables are run on the morning of a day: postgame tables are not final; the next day they are."""
    before = home.hashes()
    monkeypatch.setenv("NBA_NOW", MORNING)
    runs = home.backfill(GAME_DAY, GAME_DAY, is_forced=True)
    assert [run.is_success for run in runs] == [True, True]
    ledger = of_day(home, GAME_DAY)
    assert set(ledger.loc[list(BY_DAY), "run_id"]) == {runs[0].run_id}, "what is downstream of an open day was skipped"
    assert set(ledger.loc[POSTGAME, "status"]) == {"not_final"}
    assert ledger.loc[POSTGAME, "reason"].str.contains("not over").all()
    assert set(ledger.loc[PREGAME, "status"].drop(LIVE_ONLY)) <= {"ok", "empty"}
    assert set(
        ledger.loc[["schedule", "rosters", "upcoming_player_game_context", "upcoming_team_game_context"], "status"]
    ) == {"ok"}
    completeness = home.quality("check_results", "player_game_summary").set_index(["check_name", "game_date"])
    assert completeness.loc[("completeness", pd.Timestamp(GAME_DAY)), "severity"] == "WARN"

    monkeypatch.setenv("NBA_NOW", NEXT_MORNING)
    runs = home.backfill(GAME_DAY, GAME_DAY)
    assert runs[0].run_id is not None, "a day that was not final is rebuilt"
    assert [run.is_success for run in runs] == [True, True]
    assert "not_final" not in set(of_day(home, GAME_DAY)["status"])
    # Products that report the ledger now report that the rows were missing in between.
    assert {name for name, _ in differing(home.hashes(), before)} <= set(TOLD)
    assert {name for name, _ in differing(hashes_of_rows(home.platform), before)} <= set(TOLD)


def test_pregame_tables_alone_on_the_morning_of_a_day(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pregame run of a morning needs neither results of the day nor a postgame table."""
    before = home.hashes()
    for name in POSTGAME:
        contract = registry.contract(name)
        home.sql(f"DELETE FROM {contract.layer}.{name} WHERE game_date >= ?", [GAME_DAY])
        home.sql("DELETE FROM quality.partition_log WHERE table_name = ? AND game_date >= ?", [name, GAME_DAY])
    monkeypatch.setenv("NBA_NOW", MORNING)
    runs = home.backfill(GAME_DAY, GAME_DAY, names=PREGAME, is_forced=True)
    assert [run.is_success for run in runs] == [True]
    ledger = of_day(home, GAME_DAY)
    assert set(ledger.index).isdisjoint(POSTGAME)
    ledger = ledger.loc[PREGAME]
    assert set(ledger["run_id"]) == {runs[0].run_id}
    assert set(ledger.loc[LIVE_ONLY, "status"]) == {"absent_source"}
    assert set(ledger["status"].drop(LIVE_ONLY)) <= {"ok", "empty"}
    assert {name: ledger.loc[name, "content_hash"] for name in PREGAME} == {
        name: before[name, GAME_DAY] for name in PREGAME
    }


def test_a_day_without_games_is_empty(home: Home) -> None:
    day = date(2022, 7, 15)
    before = home.hashes()
    runs = home.backfill(day, day, is_forced=True)
    assert [run.failure for run in runs] == [None, None]
    ledger = of_day(home, day).loc[list(BY_DAY)]
    assert set(ledger["status"].drop(LIVE_ONLY)) == {"empty"}
    assert set(ledger["run_id"]) == {runs[0].run_id}
    assert {name for name, _ in differing(home.hashes(), before)} <= set(TOLD)
    results = home.quality("check_results")
    is_asked = (results["game_date"] == pd.Timestamp(day)) & ~results["table_name"].isin(LIVE_ONLY)
    assert results.loc[is_asked, "passed"].all()


@pytest.mark.parametrize("day", [date(2022, 10, 31), date(2022, 7, 15), date(2021, 10, 19)])
def test_every_table_can_be_built_first(empty_home: Home, day: date) -> None:
    """A day of every table on an empty warehouse: raw tables are complete, the others report missing days."""
    runs = empty_home.backfill(day, day)
    assert [run.failure for run in runs] == [None]
    ledger = of_day(empty_home, day)
    assert set(ledger.index) == set(registry.tables())
    reads_history = {
        name
        for name, table in registry.tables().items()
        if any(item.reach in ("history", "up_to_day") for item in table.inputs.values())
    }
    is_first = day == date(2021, 10, 19)
    partial = set(ledger.index[ledger["status"] == "partial_history"])
    assert partial == set() if is_first else reads_history <= partial
    red = empty_home.quality("check_results")
    red = red[(red["check_name"] == "completeness") & ~red["passed"].astype(bool) & (red["severity"] == "ERROR")]
    assert partial <= set(red["table_name"])
