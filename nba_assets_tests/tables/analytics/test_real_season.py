"""The postgame summaries of a real season: complete keys, consistent sums, and the same rows for a day built alone."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandas.testing as pdt
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.contract import typed, validated
from nba_assets.contracts.inputs import Rows
from nba_assets.engine import registry
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive

SEASON = Season(2022)
RAW = ("player_boxscores", "team_boxscores", "shots", "player_scoring_shares")
POSTGAME = ("player_game_summary", "team_offense_game_summary", "team_defense_game_summary")
DAYS = ("2022-10-18", "2023-04-09", "2023-04-11", "2023-06-12")
pytestmark = pytest.mark.archive


def rows_of(table: str, frames: dict[str, pd.DataFrame], days: pd.DatetimeIndex, archive: Archive) -> pd.DataFrame:
    """A table's rows of the days, from its input tables or the archive."""
    declared = registry.tables()[table]
    given: dict[str, Any] = {}
    for argument, item in declared.inputs.items():
        if item.reach == "source":
            given[argument] = archive.read(FAMILIES[item.name], [SEASON]).frame
        else:
            assert item.reach == "on_day"
            given[argument] = frames[item.name][frames[item.name]["game_date"].isin(days)].reset_index(drop=True)
    result = declared.function(**given, days=days)
    return result.frame if isinstance(result, Rows) else result


@pytest.fixture(scope="module")
def season(archive: Archive) -> dict[str, pd.DataFrame]:
    days = pd.date_range(SEASON.first_day, SEASON.last_day)
    frames = {"prop_lines": typed_empty("prop_lines")}
    for table in RAW:
        frames[table] = typed(registry.contract(table), rows_of(table, frames, days, archive))
    for table in POSTGAME:
        frames[table] = validated(registry.contract(table), rows_of(table, frames, days, archive))
    return frames


def typed_empty(table: str) -> pd.DataFrame:
    contract = registry.contract(table)
    return typed(contract, pd.DataFrame({name: pd.Series(dtype="object") for name in contract.column_names}))


def test_no_key_is_missing(season: dict[str, pd.DataFrame]) -> None:
    sizes = {table: len(season[table]) for table in POSTGAME}
    assert sizes == {
        "player_game_summary": 27739,
        "team_offense_game_summary": 2640,
        "team_defense_game_summary": 2640,
    }
    for table in POSTGAME:
        expected = registry.tables()[table].expected
        given = {argument: season[item.name] for argument, item in expected.inputs.items()}
        keys = expected.rule(**given, days=pd.DatetimeIndex([]))
        names = list(keys.columns)
        assert set(map(tuple, keys[names].values)) == set(map(tuple, season[table][names].values))


def test_players_add_up_to_their_team(season: dict[str, pd.DataFrame]) -> None:
    players, side = season["player_game_summary"], ["game_id", "team"]
    teams = season["team_offense_game_summary"].set_index(side).sort_index()
    sums = players.groupby(side)[["points", "field_goals_attempted"]].sum().sort_index()
    pdt.assert_frame_equal(sums, teams[["points", "field_goals_attempted"]], check_dtype=False)
    # Usage times minutes, over a fifth of the team's minutes, is the player's share of the team's plays.
    weighted = (players["usage_rate"] * players["minutes"]).groupby([players["game_id"], players["team"]]).sum()
    shares = weighted.sort_index() / (teams["game_minutes"] / 5)
    assert shares.between(99.9, 100.1).mean() > 0.99


def test_zones_are_complete_if_there_are_shots(season: dict[str, pd.DataFrame]) -> None:
    teams = season["team_offense_game_summary"]
    assert teams["zone_source"].fillna("none").value_counts().to_dict() == {"shots": 2460, "shares": 168, "none": 12}
    shot = teams[teams["zone_source"] == "shots"]
    attempts = shot["paint_attempts"] + shot["mid_range_attempts"] + shot["threes_attempted"]
    assert (attempts == shot["field_goals_attempted"]).mean() > 0.99
    assert list(teams["assisted_makes"].dropna()) == list(teams.loc[teams["assisted_makes"].notna(), "assists"])


@pytest.mark.parametrize("table", POSTGAME)
def test_a_day_built_alone_equals_the_day_built_in_the_season(
    season: dict[str, pd.DataFrame], archive: Archive, table: str
) -> None:
    contract = registry.contract(table)
    for day in map(pd.Timestamp, DAYS):
        alone = typed(contract, rows_of(table, season, pd.DatetimeIndex([day]), archive))
        inside = season[table][season[table]["game_date"] == day].reset_index(drop=True)
        pdt.assert_frame_equal(alone, inside, check_exact=True)
        assert len(alone) > 0
