"""Staleness after a correction, and the rebuild of stale days, compared with a full rebuild and the declared
windows."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from nba_assets import cli
from nba_assets.basketball.calendar import FIRST_DAY, Season, day_range
from nba_assets.contracts.inputs import Input
from nba_assets.engine import registry
from nba_assets.engine.materialise import materialise
from nba_assets.engine.platform import Platform
from nba_assets.engine.staleness import by_reason, staleness
from nba_assets.orchestration.backfill import Rebuilt, after_checks, as_of_a_day, rebuild_stale
from nba_assets.settings import Settings
from nba_assets.sources.archive.families import FAMILIES
from nba_assets_tests.mini_warehouse import Home, differing, hashes_of_rows

pytestmark = pytest.mark.long

CORRECTED = date(2022, 10, 25)
"""Day 7 of the second season: games before and after it, and a day without games next to it."""
TableDay = tuple[str, date]
EVERY = list(registry.tables())
TABLES = {name: registry.tables()[name] for name in EVERY if name not in {*as_of_a_day(EVERY), *after_checks(EVERY)}}
"""Tables with independent days. Not products as of a day, which exist only for the newest, nor those that report
checks, which are built in a separate run (publishing/test_products_of_checks.py)."""


def correct(archive: Path, family: str, where: Mapping[str, object], **more: float) -> None:
    """Adds to columns of the one row of the second season's file."""
    path = archive / family / "2022-23.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    chosen = [row for row in rows if all(row[column] == value for column, value in where.items())]
    assert len(chosen) == 1, f"{len(chosen)} rows of {path} are {where}"
    for column, amount in more.items():
        chosen[0][column] += amount
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)


def credit_free_throw(archive: Path, player: pd.Series, count: int) -> None:
    """Adds (or removes) made free throws in every file of player box scores; column names differ by file."""
    game, number = player["game_id"], str(player["player_id"])
    correct(
        *(archive, "player_box_v3", {"game_id": game, "person_id": number}),
        points=count,
        free_throws_made=count,
        free_throws_attempted=count,
    )
    of_log = {"game_id": game[2:], "player_id": number}
    correct(archive, "player_game_logs", of_log, pts=count, ftm=count, fta=count)
    correct(archive, "player_game_logs_lite", {"PLAYER_ID": number, "GAME_DATE": f"{player['game_date']}"}, PTS=count)


def move_a_free_throw(home: Home, archive: Path) -> None:
    """Moves a free throw to a teammate: the box scores of two players change, those of the teams do not."""
    played = home.truth.played[home.truth.played["game_date"] == CORRECTED].sort_values("ftm", ascending=False)
    giver = played.iloc[0]
    taker = played[(played["team"] == giver["team"]) & (played["player_id"] != giver["player_id"])].iloc[0]
    credit_free_throw(archive, giver, -1)
    credit_free_throw(archive, taker, 1)


def add_a_free_throw(home: Home, archive: Path) -> None:
    """Adds a made free throw for the winning team: changes box score, both rows of the team log and the final score."""
    game = home.truth.competitive[home.truth.competitive["game_date"] == CORRECTED].iloc[0]
    points = home.truth.played[home.truth.played["game_id"] == game["game_id"]].groupby("team")["points"].sum()
    winner, loser = points.idxmax(), points.idxmin()
    played = home.truth.played
    credit_free_throw(archive, played[(played["game_id"] == game["game_id"]) & (played["team"] == winner)].iloc[0], 1)
    row = {"GAME_ID": game["game_id"]}
    of_winner, of_loser = row | {"TEAM_ABBREVIATION": winner}, row | {"TEAM_ABBREVIATION": loser}
    correct(archive, "team_game_logs", of_winner, PTS=1, FTM=1, FTA=1, PLUS_MINUS=1)
    correct(archive, "team_game_logs", of_loser, PLUS_MINUS=-1)
    side = "home_score" if winner == game["home_team"] else "away_score"
    correct(archive, "schedule", {"gid": game["game_id"]}, **{side: 1})


def window(item: Input, day: date) -> list[date]:
    """The days that an input reads for a day, by its declaration."""
    if item.reach == "on_day":
        return [day]
    first = FIRST_DAY if item.days is None else day - timedelta(days=item.days)
    return day_range(first, day if item.reach == "up_to_day" else day - timedelta(days=1))


def reads_corrected_file(name: str, original: Path, archive: Path) -> bool:
    """Whether the file of the second season of one of the table's families has changed, by its bytes."""
    items = TABLES[name].inputs.values()
    patterns = [FAMILIES[item.name].pattern.format(season="2022-23") for item in items if item.reach == "source"]
    return any(
        path.read_bytes() != (archive / path.relative_to(original)).read_bytes()
        for pattern in patterns
        for path in original.glob(pattern)
    )


def expected_rebuild(stale: set[TableDay], changed: set[TableDay], days: list[date]) -> set[TableDay]:
    """Days that must be rebuilt: stale ones, and every day with a changed day in a window, table by table."""
    changed_days = {name: {day for of, day in changed if of == name} for name in TABLES}
    return stale | {
        (name, day)
        for name, table in TABLES.items()
        for item in table.inputs.values()
        if changed_days.get(item.name) and item.reach != "source"
        for day in days
        if not changed_days[item.name].isdisjoint(window(item, day))
    }


def hashes_of_full_rebuild(home: Home, folder: Path, archive: Path) -> dict[TableDay, str]:
    """Hashes after a rebuild of every table of the corrected season in a copy of the warehouse.

    The previous season is kept: its files are the same, and no window reads a later day.
    """
    folder.mkdir()
    shutil.copy(home.folder / "nba.duckdb", folder)
    platform = Platform(Settings(home=folder, archive=str(archive)))
    for table in TABLES.values():
        materialise(table, day_range(Season(2022).first_day, home.last_day), platform, "full rebuild")
    return own(hashes_of_rows(platform))


def own(hashes: Mapping[TableDay, str]) -> dict[TableDay, str]:
    """The hashes of TABLES."""
    return {key: value for key, value in hashes.items() if key[0] in TABLES}


def table_days(frame: pd.DataFrame) -> set[TableDay]:
    return {(row.table_name, row.game_date.date()) for row in frame.itertuples()}


def find_stale(home: Home) -> pd.DataFrame:
    return staleness(list(TABLES), FIRST_DAY, home.last_day, home.platform)


def rebuild(home: Home, names: list[str] | None = None) -> list[Rebuilt]:
    with dg.DagsterInstance.get() as instance:
        return rebuild_stale(names or list(TABLES), FIRST_DAY, home.last_day, home.platform, instance)


def appended(home: Home, known: set[str]) -> list[TableDay]:
    """Ledger rows of new runs."""
    log = home.quality("partition_log")
    return sorted((row.table_name, row.game_date.date()) for row in log[~log["run_id"].isin(known)].itertuples())


@pytest.mark.parametrize("correction", [move_a_free_throw, add_a_free_throw])
def test_a_correction_rebuilds_exactly_the_days_that_depend_on_it(
    home: Home, own_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, correction: object
) -> None:
    assert callable(correction)
    assert find_stale(home).empty
    days, before, known = day_range(FIRST_DAY, home.last_day), own(home.hashes()), set(home.ledger()["run_id"])
    correction(home, own_archive)
    monkeypatch.setenv("NBA_ARCHIVE", str(own_archive))

    wanted = hashes_of_full_rebuild(home, tmp_path / "full", own_archive)
    changed = set(differing(wanted, before))
    # Raw tables that read a corrected file, over the whole season; nothing else is stale yet.
    reading = [name for name in TABLES if reads_corrected_file(name, home.archive, own_archive)]
    of_season = [day for day in days if Season.of_day(day) == Season(2022)]
    found = find_stale(home)
    stale = {(name, day) for name in reading for day in of_season}
    assert table_days(found) == stale
    assert found["reason"].str.startswith("source files of the season changed: ").all()
    if correction is move_a_free_throw:
        assert reading == ["player_boxscores", "shots"]
        named = by_reason(found).groupby("table_name")["reason"].agg(lambda texts: {text.split()[-1] for text in texts})
        assert named["player_boxscores"] == {"player_box_v3", "player_game_logs", "player_game_logs_lite"}
        assert named["shots"] == {"player_box_v3", "player_game_logs"}

    must = expected_rebuild(stale, changed, days)
    everything = {(name, day) for name in TABLES for day in days}
    assert ("player_boxscores", CORRECTED) in changed < must < everything
    assert ("shots", CORRECTED) in must - changed
    assert ("player_scoring_shares", CORRECTED) not in changed

    done = rebuild(home)
    assert [part.run.failure for part in done if not part.run.is_success] == []
    assert appended(home, known) == sorted(must)
    assert differing(own(home.hashes()), wanted) == []
    assert differing(own(hashes_of_rows(home.platform)), wanted) == []
    counts = pd.concat([part.days for part in done]).drop(columns="table_name").sum()
    assert counts.to_dict() == {
        "days": len(must),
        "new": 0,
        "changed": len(changed),
        "same": len(must) - len(changed),
    }
    assert find_stale(home).empty
    assert rebuild(home) == []
    assert appended(home, known) == sorted(must)
    assert [run.run_id for run in home.backfill(names=list(TABLES))] == [None, None], (
        "backfill and --stale differ about what is done"
    )


def test_lost_days_are_rebuilt_and_nothing_that_reads_them(home: Home) -> None:
    """The content is the same as before, so days that were stale because of the loss are no longer stale."""
    before, known = own(home.hashes()), set(home.ledger()["run_id"])
    lost = [CORRECTED, CORRECTED + timedelta(days=1), CORRECTED + timedelta(days=4)]
    for day in lost:
        home.sql("DELETE FROM raw.player_boxscores WHERE game_date = ?", [day])
        home.sql("DELETE FROM quality.partition_log WHERE table_name = 'player_boxscores' AND game_date = ?", [day])
    found = find_stale(home)
    never = found[found["reason"] == "never made"]
    assert table_days(never) == {("player_boxscores", day) for day in lost}
    assert set(found["reason"]) == {"never made", "input days in the window changed: player_boxscores"}
    readers = {
        (name, day)
        for name, table in TABLES.items()
        for item in table.inputs.values()
        if item.name == "player_boxscores" and item.reach != "source"
        for day in day_range(FIRST_DAY, home.last_day)
        if set(window(item, day)) & set(lost)
    }
    assert table_days(found) == table_days(never) | readers
    done = rebuild(home)
    assert [(part.run.first, part.run.last) for part in done] == [(lost[0], lost[1]), (lost[2], lost[2])]
    assert appended(home, known) == sorted(("player_boxscores", day) for day in lost)
    assert pd.concat([part.days for part in done])[["days", "new"]].to_numpy().tolist() == [[2, 2], [1, 1]]
    assert differing(own(home.hashes()), before) == []
    assert find_stale(home).empty


def test_if_every_day_is_stale_one_run_builds_all_tables(empty_home: Home) -> None:
    names = ["schedule", "team_boxscores"]
    done = rebuild(empty_home, names)
    seasons = [Season.of_day(part.run.first) for part in done]
    assert seasons == [Season(2021), Season(2022)]
    assert [part.days["table_name"].tolist() for part in done] == [names, names]
    assert table_days(empty_home.ledger().reset_index()) == {
        (name, day) for name in names for day in day_range(FIRST_DAY, empty_home.last_day)
    }
    assert rebuild(empty_home, names) == []


def test_a_rebuild_stops_at_the_table_that_failed(
    home: Home, own_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = own(home.hashes())
    broken = own_archive / "player_box_v3" / "2022-23.parquet"
    broken.write_bytes(broken.read_bytes()[:1000])
    monkeypatch.setenv("NBA_ARCHIVE", str(own_archive))
    result = command("backfill", "--stale")
    assert result.exit_code == 1, result.output
    assert "2022-23 failed" in text_of(result)
    assert "cannot be read as parquet" in text_of(result)
    assert [(part.run.is_success, part.days.empty) for part in rebuild(home)] == [(False, True)]
    assert differing(own(home.hashes()), before) == []
    assert not find_stale(home).empty


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments), catch_exceptions=False)


def text_of(result: Result) -> str:
    return " ".join(result.output.split())


def test_commands_show_what_is_stale_and_what_was_rebuilt(
    home: Home, own_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = command("status", "--stale")
    assert clean.exit_code == 0
    assert clean.output.splitlines()[-1] == "no day is stale"
    assert "nothing to do: no day is stale" in command("backfill", "--stale").output
    move_a_free_throw(home, own_archive)
    monkeypatch.setenv("NBA_ARCHIVE", str(own_archive))
    span = ("--from", f"{CORRECTED}", "--to", f"{CORRECTED}")
    found = command("status", "--stale", *span)
    assert found.exit_code == 1
    row = f"│ source files of the season changed: player_box_v3 │ 1 │ {CORRECTED} │ {CORRECTED} │ --select"
    assert f"│ player_boxscores {row} +player_boxscores │" in text_of(found)
    asked = f"nba-assets backfill --stale {' '.join(span)}"
    assert f"2 stale days in 2 tables; rebuild them with: {asked}" in text_of(found)
    assert command("status", "--stale", "--to", f"{Season(2021).last_day}").exit_code == 0

    part = command("backfill", "--stale", *span, "--select", "shots")
    assert part.exit_code == 0, part.output
    assert "│ shots │ 1 │ 0 │ 0 │ 1 │" in text_of(part)
    done = command("backfill", "--stale", *span)
    assert done.exit_code == 0, done.output
    assert "│ player_boxscores │ 1 │ 0 │ 1 │ 0 │" in text_of(done)
    assert "shots" not in done.output
    assert command("status", "--stale", *span).exit_code == 0
    assert command("status", "--stale").exit_code == 1


def test_stale_and_again_are_mutually_exclusive() -> None:
    result = command("backfill", "--stale", "--force")
    assert result.exit_code == 2
    assert "--force rebuilds every day of the range" in text_of(result)
