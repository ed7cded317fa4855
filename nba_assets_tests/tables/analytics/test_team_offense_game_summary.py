"""team_offense_game_summary: a game calculated by hand, for both teams."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.tables.analytics.team_offense_game_summary import CONTRACT, team_offense_game_summary

TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
DAY, GAME = "2024-01-10", "0022300500"
SHARED = {"game_date": DAY, "game_id": GAME, "season": "2023-24", "season_type": "regular"}
# 80 + .44 * 25 - 10 + 14 = 95 possessions, 110 points.
BOSTON = {
    "team": "BOS",
    "opponent": "NYK",
    "is_home": True,
    "won": True,
    "points": 110,
    "field_goals_made": 40,
    "field_goals_attempted": 80,
    "threes_made": 10,
    "threes_attempted": 30,
    "free_throws_made": 20,
    "free_throws_attempted": 25,
    "offensive_rebounds": 10,
    "defensive_rebounds": 30,
    "rebounds": 40,
    "turnovers": 14,
    "steals": 6,
    "blocks": 5,
}
# 90 + .44 * 20 - 12 + 10 = 96.8 possessions, 100 points.
NEW_YORK = {
    "team": "NYK",
    "opponent": "BOS",
    "is_home": False,
    "won": False,
    "points": 100,
    "field_goals_made": 36,
    "field_goals_attempted": 90,
    "threes_made": 12,
    "threes_attempted": 36,
    "free_throws_made": 16,
    "free_throws_attempted": 20,
    "offensive_rebounds": 12,
    "defensive_rebounds": 28,
    "rebounds": 40,
    "turnovers": 10,
    "steals": 8,
    "blocks": 3,
}
SHOTS = {"zone_source": "shots"}
# Boston's 30 twos made: 20 in the paint, 10 from mid-range, by two players.
ZONES = (
    {"player_id": 1, "paint_attempts": 20, "paint_makes": 12, "mid_range_attempts": 9, "mid_range_makes": 4, **SHOTS},
    {"player_id": 2, "paint_attempts": 12, "paint_makes": 8, "mid_range_attempts": 9, "mid_range_makes": 6, **SHOTS},
)


@pytest.fixture
def offense(table_rows: TableRows, run: Run, empty_box: dict[str, object]) -> Callable[..., pd.DataFrame]:
    """(players of Boston=, sides=, minutes=) -> validated rows of team_offense_game_summary."""

    def make(
        players: tuple[dict[str, object], ...] = ZONES,
        sides: tuple[dict[str, object], ...] = (BOSTON, NEW_YORK),
        minutes: float = 239.0,
    ) -> pd.DataFrame:
        rows = [{**empty_box, **side, "minutes": minutes} for side in sides]
        teams = table_rows("team_boxscores", *({**SHARED, **row} for row in rows))
        summaries = table_rows("player_game_summary", *players, **SHARED, team="BOS")
        return validated(CONTRACT, run(team_offense_game_summary, DAY, teams=teams, players=summaries))

    return make


def test_possessions_pace_and_rating(offense: Callable[..., pd.DataFrame]) -> None:
    rows = offense().set_index("team")
    assert list(rows["possessions"]) == pytest.approx([95.0, 96.8])
    assert list(rows["pace"]) == pytest.approx([95.9, 95.9])
    assert list(rows["offensive_rating"]) == pytest.approx([100 * 110 / 95, 100 * 100 / 96.8])
    assert list(rows["margin"]) == [10, -10]
    assert list(rows["overtime_periods"]) == [0, 0], "239 published minutes are a game without overtime"


def test_shooting_and_rebounds(offense: Callable[..., pd.DataFrame]) -> None:
    boston = offense().iloc[0]
    assert boston["ts_pct"] == pytest.approx(110 / 182)
    assert boston["efg_pct"] == 45 / 80
    assert boston["turnover_rate"] == pytest.approx(14 / 95)
    assert boston["free_throw_rate"] == 0.25
    assert boston["offensive_rebound_pct"] == pytest.approx(10 / 38), "of ten and the 28 that New York took there"


def test_overtime(offense: Callable[..., pd.DataFrame]) -> None:
    rows = offense(minutes=266.0)
    assert list(rows["overtime_periods"]) == [1, 1] and list(rows["game_minutes"]) == [265.0, 265.0]
    assert list(rows["pace"]) == pytest.approx([48 * 95.9 / 53] * 2)


def test_zones_are_sums_over_the_players(offense: Callable[..., pd.DataFrame]) -> None:
    boston, new_york = (row for _, row in offense().iterrows())
    assert (boston["zone_source"], boston["paint_attempts"], boston["paint_makes"]) == ("shots", 32, 20)
    assert (boston["mid_range_attempts"], boston["mid_range_makes"]) == (18, 10)
    assert pd.isna(new_york["zone_source"]) and pd.isna(new_york["paint_makes"]), "no player rows, no zones"


def test_one_player_without_zones_makes_the_team_unknown(offense: Callable[..., pd.DataFrame]) -> None:
    boston = offense(players=(*ZONES, {"player_id": 3})).iloc[0]
    assert pd.isna(boston["zone_source"]) and pd.isna(boston["paint_makes"]) and pd.isna(boston["paint_attempts"])


def test_with_shares_attempts_are_unknown(offense: Callable[..., pd.DataFrame]) -> None:
    shares = {"zone_source": "shares", "paint_attempts": None, "mid_range_attempts": None}
    boston = offense(players=tuple({**row, **shares} for row in ZONES)).iloc[0]
    assert (boston["zone_source"], boston["paint_makes"]) == ("shares", 20)
    assert pd.isna(boston["paint_attempts"])


def test_zones_that_contradict_the_team_s_field_goals_are_unknown(offense: Callable[..., pd.DataFrame]) -> None:
    boston = offense(players=ZONES[:1]).iloc[0]
    assert pd.isna(boston["zone_source"]) and pd.isna(boston["paint_makes"])


def test_pre_season_is_left_out(offense: Callable[..., pd.DataFrame]) -> None:
    sides = tuple({**side, "season_type": "preseason"} for side in (BOSTON, NEW_YORK))
    assert len(offense(sides=sides)) == 0


def test_a_game_with_one_team_keeps_known_columns(offense: Callable[..., pd.DataFrame]) -> None:
    row = offense(sides=(BOSTON,)).iloc[0]
    assert row["offensive_rating"] == pytest.approx(100 * 110 / 95)
    assert pd.isna(row["pace"]) and pd.isna(row["margin"])
