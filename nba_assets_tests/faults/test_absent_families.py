"""Absent families: without a family for a season no check is an ERROR, and no check passes without a comparison.

The cases come from the families and the registry: each family separately, and for each raw table all families with its
rows. The tables that read the families, directly or not, are rebuilt in a copy of the full warehouse, as from an
archive that never had the files.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from nba_assets.basketball.calendar import day_range
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.findings import NOTHING_TO_COMPARE
from nba_assets.engine import registry
from nba_assets.engine.checks.evaluate import evaluate
from nba_assets.engine.materialise import materialise
from nba_assets.sources.archive.families import FAMILIES
from nba_assets_tests.mini_warehouse import Home

SPANS = {"2021-22": (date(2021, 10, 19), date(2021, 11, 12)), "2022-23": (date(2022, 10, 14), date(2022, 11, 10))}
QUICK = ("player_scoring_shares", "shots", "injury_transactions")
"""Cases of `make test`; the others take minutes in total."""


def families_with_rows_of(table: DailyTable) -> list[str]:
    return [item.name for item in table.inputs.values() if item.reach == "source" and item.brings_rows]


READ = {item.name for table in registry.tables().values() for item in table.inputs.values()}
CASES: dict[str, list[str]] = {
    **{family: [family] for family in FAMILIES if family in READ},
    **{
        f"all of {name}": families_with_rows_of(table)
        for name, table in registry.tables().items()
        if len(families_with_rows_of(table)) > 1
    },
    "all of injury_transactions": ["prosports_transactions"],
}


def cases() -> Iterator[object]:
    for name, families in CASES.items():
        is_quick = name.removeprefix("all of ") in QUICK and name.startswith("all of ")
        yield pytest.param(families, id=name, marks=() if is_quick else pytest.mark.long)


def removed(archive: Path, families: list[str], season: str) -> int:
    """Removes the files of the families for the season from the archive; returns their number."""
    files = [path for name in families for path in archive.glob(FAMILIES[name].pattern.format(season=season))]
    for path in set(files):
        path.unlink()
    return len(files)


def built_on(families: list[str]) -> list[str]:
    """The tables that read one of the families, directly or not, upstream first."""
    found: list[str] = []
    for name, table in registry.tables().items():
        read = {item.name for item in table.inputs.values()}
        if table.publishes is None and not read.isdisjoint([*families, *found]):
            found.append(name)
    return found


def checked_with(made: list[str]) -> list[str]:
    """The built tables, and those whose checks read them."""
    found = []
    for name, table in registry.tables().items():
        read = {item.name for check in table.checks for item in check.inputs.values()}
        read |= {item.name for item in table.expected.inputs.values()}
        if table.publishes is None and (name in made or not read.isdisjoint(made)):
            found.append(name)
    return found


@pytest.mark.parametrize("families", list(cases()))
def test_a_family_absent_for_a_season_neither_fails_nor_passes(
    families: list[str], tables_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Path(shutil.copytree(tables_home.archive, tmp_path / "archive"))
    season = "2022-23"
    if not removed(archive, families, season):
        # Families without files in any season are absent in the full warehouse, too.
        season = "2021-22"
        removed(archive, families, season)
    monkeypatch.setenv("NBA_ARCHIVE", str(archive))
    first, last = SPANS[season]
    days, made = day_range(first, last), built_on(families)
    before = tables_home.quality("check_results")
    for name in made:
        contract = registry.contract(name)
        tables_home.sql(f"DELETE FROM {contract.layer}.{name} WHERE game_date BETWEEN ? AND ?", [first, last])
        tables_home.sql(
            "DELETE FROM quality.partition_log WHERE table_name = ? AND game_date BETWEEN ? AND ?", [name, first, last]
        )
    platform = tables_home.platform
    for name in made:
        materialise(registry.tables()[name], days, platform, "without")
    names = checked_with(made)
    results = pd.concat([evaluate(registry.tables()[name], days, platform, "without") for name in names])

    assert new_errors(results, before).empty, new_errors(results, before).to_string()
    compared = {check.name for name in names for check in registry.tables()[name].checks}
    for row in results[results["check_name"].isin(compared)].to_dict("records"):
        observed = json.loads(row["observed"])
        assert observed["compared"] or observed["nothing_to_compare"], row
        if not observed["compared"] and row["passed"]:
            assert observed["nothing_to_compare"] == "nothing is due on the day", row
        if not observed["compared"] and not row["passed"]:
            assert row["severity"] == "WARN" and row["reasons"].startswith(f'{{"{NOTHING_TO_COMPARE}: '), row


def new_errors(results: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Failed ERROR results that the full warehouse does not have; it has some, as the league has only four teams."""
    key = ["table_name", "check_name", "game_date", "reasons"]

    def errors(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.loc[~rows["passed"].astype(bool) & (rows["severity"] == "ERROR"), [*key, "failing_keys"]]

    both = errors(results).merge(errors(before)[key], on=key, how="left", indicator=True)
    return both[both["_merge"] == "left_only"]


def test_the_check_against_the_box_names_missing_files_of_scoring_shares(
    tables_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Path(shutil.copytree(tables_home.archive, tmp_path / "archive"))
    assert removed(archive, ["player_game_misc", "player_game_scoring"], "2022-23") == 2
    monkeypatch.setenv("NBA_ARCHIVE", str(archive))
    tables_home.sql("DELETE FROM quality.partition_log WHERE table_name = 'player_scoring_shares'")
    table, days = registry.tables()["player_scoring_shares"], day_range(*SPANS["2022-23"])
    materialise(table, days, tables_home.platform, "without")
    results = evaluate(table, days, tables_home.platform, "without", ["players_match_box"])
    results["day"] = results["game_date"].dt.date
    of_games = results[results["day"].isin(tables_home.truth.game_days)]
    absent = "player_scoring_shares: no file of player_game_misc, player_game_scoring for 2022-23"
    # The play-in games are in no file of any season.
    play_in = "player_scoring_shares: no family has scoring shares of play-in games"
    said = [json.loads(text) for text in of_games["observed"]]
    assert [row["nothing_to_compare"] for row in said].count(absent) == 11
    assert {row["nothing_to_compare"] for row in said} == {absent, play_in}
    assert {row["compared"] for row in said} == {0}
    assert set(of_games["severity"]) == {"WARN"} and not of_games["passed"].any()
    assert results[~results["day"].isin(of_games["day"])]["passed"].all()


@pytest.mark.parametrize(
    ("name", "needed"), [("rosters", "player_boxscores"), ("points_models", "player_game_summary")]
)
def test_an_archive_that_begins_with_a_later_season_has_no_error_for_the_lack_of_history(
    name: str, needed: str, tables_home: Home
) -> None:
    """Whoever has one season has no rosters on its first day and no models in its first weeks: nothing to repair."""
    table, days = registry.tables()[name], day_range(*SPANS["2022-23"])
    tables_home.sql(f"DELETE FROM {table.contract.layer}.{name} WHERE game_date >= ?", [days[0]])
    tables_home.sql(
        "UPDATE quality.partition_log SET rows = 0, status = 'empty' WHERE table_name = ? AND game_date >= ?",
        [name, days[0]],
    )

    def failing() -> pd.DataFrame:
        results = evaluate(table, days, tables_home.platform, "young", ["completeness", "phase_gap"])
        return results[~results["passed"].astype(bool)]

    with_history = failing()
    assert set(with_history["severity"]) == {"ERROR"} and len(with_history) > 10
    tables_home.sql(
        "UPDATE quality.partition_log SET rows = 0, status = 'absent_source' WHERE table_name = ? AND game_date < ?",
        [needed, days[0]],
    )
    absent = failing()
    assert set(absent["severity"]) == {"WARN"}
    assert set(absent["game_date"]) == set(with_history["game_date"]), "what is not there is never silent"
    assert absent["reasons"].str.contains(f"{needed} has no row from").all()
