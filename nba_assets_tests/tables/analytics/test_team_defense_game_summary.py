"""team_defense_game_summary: what each team of a game allowed, from the rows of team_offense_game_summary."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.tables.analytics.team_defense_game_summary import CONTRACT, team_defense_game_summary

TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
DAY = "2024-01-10"
SHARED = {"game_date": DAY, "game_id": "0022300500", "season": "2023-24", "season_type": "regular"}
# 10 threes (30), 20 makes in the paint (40), 10 from mid-range (20) and 20 free throws are 110 points.
BOSTON = {
    "team": "BOS",
    "opponent": "NYK",
    "won": True,
    "margin": 10,
    "points": 110,
    "threes_made": 10,
    "free_throws_made": 20,
    "defensive_rebounds": 30,
    "offensive_rebounds": 10,
    "turnovers": 14,
    "blocks": 5,
    "steals": 6,
    "zone_source": "shots",
    "paint_attempts": 32,
    "paint_makes": 20,
    "mid_range_makes": 10,
    "possessions": 95.0,
    "offensive_rating": 115.8,
    "pace": 95.9,
    "ts_pct": 0.6,
}
NEW_YORK = {
    "team": "NYK",
    "opponent": "BOS",
    "won": False,
    "margin": -10,
    "points": 100,
    "threes_made": 12,
    "free_throws_made": 16,
    "defensive_rebounds": 28,
    "offensive_rebounds": 12,
    "turnovers": 10,
    "blocks": 3,
    "steals": 8,
    "possessions": 96.8,
    "offensive_rating": 103.3,
    "pace": 95.9,
}


@pytest.fixture
def made(table_rows: TableRows, run: Run) -> Callable[..., pd.DataFrame]:
    def make(*sides: dict[str, object]) -> pd.DataFrame:
        offense = table_rows("team_offense_game_summary", *sides, **SHARED)
        return validated(CONTRACT, run(team_defense_game_summary, DAY, offense=offense)).set_index("team")

    return make


def test_the_opponent_s_side(made: Callable[..., pd.DataFrame]) -> None:
    boston, new_york = made(BOSTON, NEW_YORK).loc[["BOS", "NYK"]].to_dict("records")
    assert (boston["opponent_points"], new_york["opponent_points"]) == (100, 110)
    assert (boston["defensive_rating"], new_york["defensive_rating"]) == (103.3, 115.8)
    assert (boston["turnovers_forced"], new_york["turnovers_forced"]) == (10, 14)
    assert (boston["opponent_possessions"], new_york["opponent_ts_pct"]) == (96.8, 0.6)
    assert (boston["margin"], boston["won"], boston["pace"]) == (10, True, 95.9)


def test_columns_of_the_defending_team(made: Callable[..., pd.DataFrame]) -> None:
    boston = made(BOSTON, NEW_YORK).loc["BOS"]
    assert (boston["blocks"], boston["steals"], boston["defensive_rebounds"]) == (5, 6, 30)
    assert boston["defensive_rebound_pct"] == 30 / 42, "of thirty and the twelve that New York took there"


def test_zones_come_from_the_opponent(made: Callable[..., pd.DataFrame]) -> None:
    rows = made(BOSTON, NEW_YORK)
    new_york, boston = rows.loc["NYK"], rows.loc["BOS"]
    assert (new_york["opponent_paint_attempts"], new_york["opponent_paint_points"]) == (32, 40)
    assert (new_york["opponent_mid_range_points"], new_york["opponent_three_points"]) == (20, 30)
    assert new_york["zone_source"] == "shots"
    assert pd.isna(boston["zone_source"]) and pd.isna(boston["opponent_paint_points"])
    assert boston["opponent_three_points"] == 36, "threes are of the box score"


def test_zone_points_must_add_up(made: Callable[..., pd.DataFrame]) -> None:
    with pytest.raises(ValueError, match="zone points add up"):
        made({**BOSTON, "paint_makes": 21}, NEW_YORK)


def test_a_missing_opponent_is_unknown(made: Callable[..., pd.DataFrame]) -> None:
    row = made(BOSTON).iloc[0]
    assert pd.isna(row["defensive_rating"]) and pd.isna(row["opponent_points"]) and row["steals"] == 6
