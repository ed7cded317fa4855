"""A backfill of the mini archive: rows compared with the truth, statuses, repeats, single days, failures."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from nba_assets import load_table
from nba_assets.basketball.calendar import FIRST_DAY, day_range
from nba_assets.engine import registry
from nba_assets.engine.materialise import materialise
from nba_assets.engine.status import status
from nba_assets.orchestration.backfill import after_checks, as_of_a_day
from nba_assets_tests.mini_warehouse import Home, differing, hashes_of_rows

pytestmark = pytest.mark.long

ALL_STAR_AND_PRESEASON = {"2021-10-30", "2022-10-14", "2022-10-29"}
NO_PLAYERS = date(2021, 11, 6)
"""The play-in game of the first season, which is in no family of player box scores."""


def test_raw_rows_match_the_archive(full: Home) -> None:
    found = full.ledger()["rows"].groupby("table_name").sum()
    assert {name: int(found[name]) for name in full.truth.rows} == full.truth.rows


def test_unusable_input_rows_are_in_quarantine(full: Home) -> None:
    records = full.quality("quarantine")
    aside = records[records["action"] == "set_aside"].groupby("table_name")["rows"].sum()
    expected = {name: count for name, count in full.truth.set_aside.items() if count}
    assert aside.astype(int).to_dict() == expected
    assert full.ledger()["set_aside"].groupby("table_name").sum()[list(expected)].to_dict() == expected


def test_points_of_every_player_game(full: Home) -> None:
    boxes = load_table("player_boxscores")
    truth = full.truth.players.set_index(["game_id", "player_id"]).sort_index()
    found = boxes.set_index(["game_id", "player_id"]).sort_index()
    assert list(found.index) == list(truth.index)
    assert found["status"].tolist() == truth["status"].where(truth["status"] != "dnd", found["status"]).tolist()
    played = truth["status"] == "played"
    for ours, theirs in (
        ("points", "points"),
        ("rebounds", "reb"),
        ("seconds_played", "seconds"),
        ("turnovers", "tov"),
    ):
        assert found.loc[played, ours].astype(int).tolist() == truth.loc[played, theirs].tolist()
    assert found.loc[~played, "points"].isna().all()


def test_summary_has_every_player_of_competitive_games(full: Home) -> None:
    summary = load_table("player_game_summary").set_index(["game_id", "player_id"]).sort_index()
    truth = full.truth.played.set_index(["game_id", "player_id"]).sort_index()
    assert list(summary.index) == list(truth.index)
    assert summary["points"].astype(int).tolist() == truth["points"].tolist()
    covered = full.truth.games.loc[full.truth.games["has_shots"], "game_id"]
    has_shots = truth.index.get_level_values("game_id").isin(covered)
    makes = summary.loc[has_shots, "paint_makes"].astype(int)
    assert (2 * makes).tolist() == truth.loc[has_shots, "paint_points"].tolist()
    assert set(summary.loc[has_shots, "zone_source"]) == {"shots"}


@pytest.mark.parametrize(
    "name", ["team_offense_game_summary", "team_defense_game_summary", "upcoming_team_game_context"]
)
def test_team_tables_have_two_rows_per_game(full: Home, name: str) -> None:
    found = load_table(name)
    games = full.truth.competitive
    sides = set(zip(games["game_id"], games["home_team"], strict=True)) | set(
        zip(games["game_id"], games["away_team"], strict=True)
    )
    assert set(zip(found["game_id"], found["team"], strict=True)) == sides
    assert len(found) == len(sides)


def test_overtimes_and_neutral_site(full: Home) -> None:
    offense = load_table("team_offense_game_summary").drop_duplicates("game_id").set_index("game_id")
    truth = full.truth.competitive.set_index("game_id")
    assert offense["overtime_periods"].astype(int).to_dict() == truth["overtimes"].to_dict()
    schedule = load_table("schedule").set_index("game_id")
    neutral = schedule.index[schedule["is_neutral_site"].fillna(False)]
    assert list(neutral) == truth.index[truth["is_neutral"]].tolist()
    assert schedule.loc[neutral, "home_team"].tolist() == truth.loc[neutral, "home_team"].tolist()


def test_a_traded_player_changes_team_when_listed(full: Home) -> None:
    boxes = load_table("player_game_summary", "2021-10-19", "2022-06-30")
    brown = boxes[boxes["player_id"] == 1628971]
    before = brown["game_date"] <= pd.Timestamp(FIRST_DAY + timedelta(days=7))
    assert set(brown.loc[before, "team"]) <= {"BKN"}
    assert set(brown.loc[~before, "team"]) == {"LAL"}


def test_ledger_statuses(full: Home) -> None:
    ledger = full.ledger()
    days = {day.date() for day in ledger.index.get_level_values("game_date")}
    assert days == set(day_range(FIRST_DAY, full.last_day))
    game_days = set(full.truth.game_days)
    for name in ("schedule", "team_boxscores", "player_boxscores", "player_game_summary", "upcoming_team_game_context"):
        status = ledger.loc[name, "status"]
        wanted = {day: "ok" if day in game_days else "empty" for day in days}
        if registry.contract(name).layer == "raw":
            wanted |= {date.fromisoformat(day): "ok" for day in ALL_STAR_AND_PRESEASON}
        if name in ("player_boxscores", "player_game_summary"):
            wanted |= dict.fromkeys((NO_PLAYERS, date(2021, 10, 30), date(2022, 10, 14)), "empty")
        if name == "player_game_summary":
            wanted[date(2022, 10, 29)] = "empty"
        assert {day.date(): value for day, value in status.items() if value != wanted[day.date()]} == {}, name
    absent = ledger[ledger["status"] == "absent_source"]
    quotes = absent.loc["prop_lines"]
    of_first_season = quotes[quotes.index < pd.Timestamp("2022-07-01")]
    is_game_day = of_first_season.index.isin([pd.Timestamp(day) for day in game_days])
    assert is_game_day.sum() == sum(day.year == 2021 for day in game_days)
    assert of_first_season["reason"].str.contains("no family of player-points quotes").tolist() == is_game_day.tolist()
    assert of_first_season.loc[~is_game_day, "reason"].str.startswith("no file of props_").all()
    assert absent["reason"].notna().all()
    assert set(ledger["status"]) == {"ok", "empty", "absent_source", "superseded"}
    as_of = {name for name, table in registry.tables().items() if table.publishes and table.publishes.is_as_of}
    superseded = ledger[ledger["status"] == "superseded"]
    assert set(superseded.index.get_level_values("table_name")) == as_of
    newest = ledger[ledger["rows"] > 0].loc[sorted(as_of)].reset_index()
    assert newest["game_date"].dt.date.tolist() == [full.last_day] * len(as_of)


def test_status_says_which_families_a_season_lacks(full: Home) -> None:
    lacking = status(full.platform).lacking.set_index(["table_name", "reason"])["days"]
    assert lacking[("player_boxscores", "no file of player_box_v3 for 2021-22")] > 0
    assert "schedule" not in lacking.index.get_level_values("table_name")


def test_rows_match_the_ledger(full: Home) -> None:
    assert differing(hashes_of_rows(full.platform), full.hashes()) == []


def test_without_force_nothing_is_done_and_with_force_nothing_changes(home: Home) -> None:
    before, changed_at = home.hashes(), home.ledger()["content_changed_at"]
    assert [run.run_id for run in home.backfill()] == [None, None]
    runs = home.backfill(is_forced=True, first=date(2022, 10, 1))
    assert [run.is_success for run in runs] == [True]
    assert differing(home.hashes(), before) == []
    assert home.ledger()["content_changed_at"].equals(changed_at)
    again = home.ledger().loc[(slice(None), slice("2022-10-01", None)), "run_id"]
    apart = {*after_checks(list(registry.tables())), *as_of_a_day(list(registry.tables()))}
    assert (again.drop(sorted(apart), level="table_name") == runs[0].run_id).all()


def test_a_day_built_alone_equals_the_day_built_in_a_range(home: Home) -> None:
    """One partition of all tables in a separate run, late in the second season, where windows contain earlier days."""
    before, day = home.hashes(), home.last_day
    runs = home.backfill(day, day, is_forced=True)
    assert [run.is_success for run in runs] == [True]
    ledger = home.ledger().xs(pd.Timestamp(day), level="game_date")
    told, as_of = after_checks(list(registry.tables())), as_of_a_day(list(registry.tables()))
    assert set(ledger["run_id"].drop([*told, *as_of], errors="ignore")) == {runs[0].run_id}
    assert ledger.loc[[name for name in as_of if name not in told], "run_id"].nunique() == 1
    assert ledger.loc[[name for name in as_of if name in told], "run_id"].nunique() == 1
    assert set(ledger.index) == set(registry.tables())
    assert differing(home.hashes(), before) == []
    assert differing(hashes_of_rows(home.platform), before) == []


@pytest.mark.parametrize("places", [(0, 9), (4, 15), (12, 20)])
def test_days_built_one_by_one_equal_those_of_the_range(home: Home, places: tuple[int, int]) -> None:
    """A day of each season, every table, built alone by the function that a run calls.

    Products that report checks are left out: no check runs here.
    """
    before, platform = home.hashes(), home.platform
    days = [home.truth.game_days[place] for place in places]
    told = after_checks(list(registry.tables()))
    for day in days:
        for table in (table for name, table in registry.tables().items() if name not in told):
            made = materialise(table, [day], platform, "alone").ledger
            assert made["content_hash"].tolist() == [before[table.name, day]], f"{table.name} {day}"
    assert differing(hashes_of_rows(platform), before) == []


def test_load_table(full: Home) -> None:
    frame = load_table("player_game_summary", "2022-10-18", "2022-10-19", columns=["game_date", "player_id", "points"])
    truth = full.truth.played
    days = [date(2022, 10, 18), date(2022, 10, 19)]
    assert len(frame) == truth["game_date"].isin(days).sum()
    assert frame.dtypes.astype(str).to_dict() == {
        "game_date": "datetime64[ns]",
        "player_id": "int64",
        "points": str(frame["points"].dtype),
    }
    assert len(load_table("player_game_summary", "2022-10-19")) == (truth["game_date"] == days[1]).sum()
    assert set(load_table("partition_log", "2022-10-19")["table_name"]) == set(registry.tables())
    with pytest.raises(KeyError, match=r"player_game_sumary.*player_game_summary"):
        load_table("player_game_sumary")
    with pytest.raises(KeyError, match="pints"):
        load_table("player_game_summary", columns=["pints"])


def test_command_prints_source_and_warehouse_and_succeeds(home: Home) -> None:
    code, printed = home.run("backfill", "--from", "2022-11-08", "--to", "2022-11-08", "--force", "--select", "raw")
    assert code == 0, printed
    lines = [line for line in printed.splitlines() if line.strip()]
    assert lines[0].startswith(f"source: archive at {home.archive} (NBA_ARCHIVE); warehouse: {home.folder}")
    assert "2022-23  done in" in printed
    assert "Traceback" not in printed
    assert "Warning" not in printed
    code, printed = home.run("backfill")
    assert code == 0, printed
    assert printed.count("nothing to do") == 2


def test_a_broken_file_is_named_and_the_backfill_resumes_at_its_season(home: Home, own_archive: Path) -> None:
    before = home.hashes()
    broken = own_archive / "player_box_v3" / "2022-23.parquet"
    whole = broken.read_bytes()
    broken.write_bytes(whole[: len(whole) // 2])
    command = ("backfill", "--select", "raw,analytics")
    code, printed = home.run(*command, NBA_ARCHIVE=str(own_archive))
    assert code == 1, printed
    assert "2021-22  nothing to do" in printed
    assert "2022-23  failed" in printed
    flat = "".join(printed.split())
    assert "player_box_v3/2022-23.parquetcannotbereadasparquet" in flat
    assert differing(hashes_of_rows(home.platform), before) == []
    broken.write_bytes(whole)
    code, printed = home.run(*command, NBA_ARCHIVE=str(own_archive))
    assert code == 0, printed
    assert "2021-22  nothing to do" in printed
    assert differing(home.hashes(), before) == []
    with dg.DagsterInstance.get() as instance:
        assert not instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))


def test_seasons_after_a_failed_one_are_not_run(
    empty_home: Home, own_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(own_archive / "schedule" / "2022-23.parquet", own_archive / "team_game_logs" / "2021-22.parquet")
    monkeypatch.setenv("NBA_ARCHIVE", str(own_archive))
    runs = empty_home.backfill(date(2022, 6, 29), date(2022, 7, 2), names=["schedule", "team_boxscores"])
    assert [(run.season.label, run.is_success) for run in runs] == [("2021-22", False)]
    assert "team_game_logs/2021-22.parquet" in str(runs[0].failure)
    assert "column" in str(runs[0].failure)
    assert empty_home.ledger().empty
