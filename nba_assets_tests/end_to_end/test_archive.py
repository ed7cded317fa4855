"""The four real seasons, built once by the backfill, compared with known facts.

All tests of this module share one warehouse. Figures are from the archive's README and from the league: 1,230
regular-season games per season, 82 per team.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import dagster as dg
import pandas as pd
import pytest

from nba_assets import load_table
from nba_assets.basketball.calendar import FIRST_DAY, day_range
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.engine import registry
from nba_assets.engine.materialise import materialise
from nba_assets.engine.platform import Platform
from nba_assets.engine.status import status
from nba_assets.orchestration.backfill import SeasonRun, after_checks, backfill
from nba_assets.settings import Settings
from nba_assets_tests.archive_warehouse import LAST_DAY, LEARNED_UNTIL, STORED, ArchiveHome
from nba_assets_tests.mini_warehouse import environment

pytestmark = [pytest.mark.archive, pytest.mark.seasons]

SEASONS = ["2021-22", "2022-23", "2023-24", "2024-25"]
PLAY_IN_2022 = {
    "2022-04-12": {"0052100101", "0052100121"},
    "2022-04-13": {"0052100111", "0052100131"},
    "2022-04-15": {"0052100201", "0052100211"},
}
ALONE = [date.fromisoformat(day) for day in ("2021-10-20", "2022-01-08", "2022-04-13", "2022-10-18", "2024-04-14")]
ALONE += [date.fromisoformat("2025-06-19")]


@pytest.fixture(scope="module")
def made(archive_home: ArchiveHome) -> Iterator[tuple[Platform, list[SeasonRun]]]:
    """Platform and runs of the complete backfill."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(archive_home.folder, archive_home.archive).items():
            patch.setenv(name, value)
        yield Platform(Settings()), archive_home.runs


@pytest.fixture
def platform(made: tuple[Platform, list[SeasonRun]]) -> Platform:
    return made[0]


def by_season(frame: pd.DataFrame) -> list[int]:
    """Rows of each season, oldest first."""
    return frame.groupby("season").size().reindex(SEASONS, fill_value=0).tolist()


def hashes(platform: Platform) -> pd.Series:
    """Content hash by table and day."""
    with platform.warehouse.snapshot() as snapshot:
        return snapshot.ledger().set_index(["table_name", "game_date"])["content_hash"]


def test_all_runs_succeed(made: tuple[Platform, list[SeasonRun]]) -> None:
    seasons = [SEASONS[0], *SEASONS]
    assert [(run.season.label, run.is_success, run.failure) for run in made[1]] == [(s, True, None) for s in seasons]


def test_every_day_of_every_table_is_in_the_ledger(platform: Platform) -> None:
    counts = hashes(platform).groupby("table_name").size()
    assert set(counts.index) == set(registry.tables())
    last = {name: LAST_DAY if name in STORED else LEARNED_UNTIL for name in counts.index}
    assert counts.to_dict() == {name: len(day_range(FIRST_DAY, day)) for name, day in last.items()}


@pytest.mark.parametrize("name", ["team_offense_game_summary", "team_defense_game_summary"])
def test_team_tables_have_two_rows_per_game(platform: Platform, name: str) -> None:
    frame = load_table(name)
    assert by_season(frame) == [2646, 2640, 2638, 2642]
    assert frame.groupby("season")["game_date"].nunique().tolist() == [213, 212, 208, 214]


def test_every_player_who_played_has_a_summary(platform: Platform) -> None:
    assert len(load_table("player_game_summary")) == 112_166


def test_player_points_sum_to_team_points(platform: Platform) -> None:
    players = load_table("player_game_summary").groupby(["game_id", "team"])["points"].sum()
    teams = load_table("team_offense_game_summary").set_index(["game_id", "team"])["points"]
    assert (players == teams.reindex(players.index)).all()
    without = teams.index.difference(players.index).get_level_values("game_id")
    assert set(without) == set().union(*PLAY_IN_2022.values())


def test_no_check_fails_and_the_play_in_of_2022_has_no_source(platform: Platform) -> None:
    found = status(platform)
    assert found.failing.empty
    warnings = found.warnings
    is_play_in = (warnings["table_name"] == "player_boxscores") & (warnings["check_name"] == "completeness")
    play_in = warnings[is_play_in]
    assert play_in["reason"].tolist() == ["no file of player_box_v3 for 2021-22"]
    assert (play_in["days"].sum(), play_in["failing"].sum()) == (len(PLAY_IN_2022), 12)


def test_every_warning_has_a_reason(platform: Platform) -> None:
    warnings = status(platform).warnings
    assert len(warnings)
    assert warnings["reason"].str.len().gt(5).all()
    assert (warnings["days"] > 0).all()


def test_the_largest_effects_of_the_linear_system_have_plausible_signs(platform: Platform) -> None:
    """Form, usage, minutes and a weak defence raise a prediction; teammates, a low rank in minutes and playoffs lower
    it."""
    models = load_table("points_models")
    medians = models[(models["system_id"] == "linear") & (models["head"] == "median")].drop_duplicates("model_id")
    effects = pd.concat([pd.Series(json.loads(text)) for text in medians["largest_effects"]])
    lowering = {"teammates_points_available", "teammates_minutes_available", "minutes_rank", "playoff_game"}
    assert len(effects) == 12 * len(medians) > 0
    assert ((effects < 0) == effects.index.isin(list(lowering))).all(), effects
    assert "teammates_points_available" in effects.index


def test_nothing_is_missing(platform: Platform) -> None:
    found = status(platform)
    assert set(found.missing["table_name"]) & set(STORED) == set()
    stored = found.tables[found.tables["table_name"].isin(STORED)]
    expected = stored.pivot(index="table_name", columns="season", values="days_expected")
    assert expected[SEASONS].drop_duplicates().to_numpy().tolist() == [[213, 212, 208, 214]]
    assert not stored["days_missing"].any()


@pytest.mark.parametrize(
    ("table", "complete", "not_covered"),
    [
        ("schedule", [213, 212, 208, 214], [0, 0, 0, 0]),
        ("player_boxscores", [210, 212, 208, 214], [3, 0, 0, 0]),
        ("prop_lines", [0, 1, 190, 162], [213, 211, 18, 52]),
        ("shots", [77, 164, 160, 163], [136, 48, 48, 51]),
    ],
)
def test_days_without_a_source_are_not_complete(
    platform: Platform, table: str, complete: list[int], not_covered: list[int]
) -> None:
    tables = status(platform).tables
    rows = tables[tables["table_name"] == table].set_index("season")
    assert rows.loc[SEASONS, "days_complete"].tolist() == complete
    assert rows.loc[SEASONS, "days_not_covered"].tolist() == not_covered


def test_rosters_contain_the_players_who_played(platform: Platform) -> None:
    """Share of player-games of ten minutes or more from December 2021 on, without a team's first game of a season."""
    played = load_table("player_game_summary", "2021-12-01", LAST_DAY)
    played = played[played["minutes"] >= 10]
    first = load_table("team_offense_game_summary").groupby(["season", "team"])["game_date"].min().rename("first_day")
    played = played.join(first, on=["season", "team"])
    listed = load_table("rosters", columns=["game_date", "player_id", "team"])
    found = played.merge(listed, on=["game_date", "player_id", "team"], how="left", indicator=True)
    is_opening = found["game_date"] == found["first_day"]
    recall = (found["_merge"] == "both").groupby(is_opening).mean()
    assert recall[False] >= 0.98
    assert 0.5 < recall[True] < 1.0


def test_a_day_built_alone_equals_the_day_built_in_a_range(platform: Platform) -> None:
    before = hashes(platform)
    told = after_checks(list(registry.tables()))  # reports checks, which are not run here
    for day in ALONE:
        for name, table in registry.tables().items():
            if name in told or (name not in STORED and day > LEARNED_UNTIL):
                continue
            made = materialise(table, [day], platform, "alone").ledger
            key = (table.name, pd.Timestamp(day))
            assert made["content_hash"].tolist() == [before[key]], key
            assert made["status"].tolist() != ["partial_history"], key


def test_rebuilding_twelve_weeks_changes_nothing(platform: Platform) -> None:
    before = hashes(platform)
    with dg.DagsterInstance.get() as instance:
        runs = backfill(list(registry.tables()), FIRST_DAY, LEARNED_UNTIL, platform, instance, is_forced=True)
        assert [run.is_success for run in runs] == [True]
        assert hashes(platform).reindex(before.index).equals(before)
        rest = backfill(list(registry.tables()), FIRST_DAY, LEARNED_UNTIL, platform, instance)
        rest += backfill(STORED, LEARNED_UNTIL + timedelta(days=1), LAST_DAY, platform, instance)
    assert [run.run_id for run in rest] == [None] * 5


def test_the_number_of_competitive_games_is_that_of_the_league(platform: Platform) -> None:
    schedule = load_table("schedule")
    games = schedule[schedule["season_type"].isin(COMPETITIVE)]
    regular = games[games["season_type"] == "regular"]
    assert by_season(regular) == [1230] * 4
    sides = pd.concat(
        [
            regular[["season", "home_team"]].set_axis(["season", "team"], axis=1),
            regular[["season", "away_team"]].set_axis(["season", "team"], axis=1),
        ]
    )
    assert set(sides.value_counts()) == {82}
    assert by_season(games[games["season_type"] == "play_in"]) == [6] * 4
    assert by_season(games) == [1323, 1320, 1319, 1321]
