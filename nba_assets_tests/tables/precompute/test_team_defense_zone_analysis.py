"""team_defense_zone_analysis: pooled windows, sample sizes, and the previous season before fifteen games."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.contracts.columns.identity import TEAMS
from nba_assets.contracts.contract import validated
from nba_assets.tables.precompute.team_defense_zone_analysis import CONTRACT, team_defense_zone_analysis, thirty_teams

Row = dict[str, object]
TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
Make = Callable[..., pd.DataFrame]
DAY = "2024-01-10"
COUNTS: Row = {
    "blocks": 4,
    "pace": 100.0,
    "opponent_points": 110,
    "opponent_possessions": 100.0,
    "opponent_paint_attempts": 40,
    "opponent_paint_makes": 24,
    "opponent_mid_range_attempts": 10,
    "opponent_mid_range_makes": 4,
    "opponent_threes_attempted": 30,
    "opponent_threes_made": 10,
}


def game(day: str, team: str = "BOS", **counts: object) -> Row:
    return {**COUNTS, "game_date": day, "game_id": f"{day}{team}", "team": team, **counts}


def month(first: int, last: int, team: str = "BOS", year_month: str = "2023-12", **counts: object) -> list[Row]:
    return [game(f"{year_month}-{day:02d}", team, **counts) for day in range(first, last + 1)]


@pytest.fixture
def made(table_rows: TableRows, run: Run) -> Make:
    """(*rows of team_defense_game_summary, played=, players=) -> the validated rows of DAY by team."""

    def make(*games: Row, played: tuple[Row, ...] = (), players: tuple[Row, ...] = (), day: str = DAY) -> pd.DataFrame:
        schedule = {"game_date": day, "game_id": "0022300500", "season_type": "regular"}
        rows = run(
            team_defense_zone_analysis,
            day,
            schedule=table_rows("schedule", schedule),
            defense=table_rows("team_defense_game_summary", *games),
            played=table_rows("player_game_summary", *played),
            players=table_rows("players", *players),
        )
        return validated(CONTRACT, rows).set_index("team")

    return make


def test_all_thirty_teams_have_a_row_even_without_a_game(made: Make) -> None:
    rows = made(*month(1, 5))
    assert list(rows.index) == sorted(TEAMS)
    assert rows.loc["MIA", "games_in_sample"] == 0
    assert rows.loc["MIA"].drop(["game_date", "games_in_sample", "zone_games_in_sample", "has_zones"]).isna().sum() > 20


def test_percentages_are_pooled_over_the_window(made: Make) -> None:
    rows = made(*month(1, 4), game("2023-12-05", opponent_threes_attempted=10, opponent_threes_made=9), *month(6, 9))
    assert rows.loc["BOS", "three_pct_allowed_last_15"] == (8 * 10 + 9) / (8 * 30 + 10)
    assert rows.loc["BOS", "paint_pct_allowed_last_15"] == 0.6
    assert rows.loc["BOS", "paint_points_allowed_last_15"] == 48
    assert rows.loc["BOS", "three_points_allowed_last_15"] == pytest.approx(3 * 89 / 9)
    assert rows.loc["BOS", "defensive_rating_last_15"] == pytest.approx(110)


def test_only_the_newest_fifteen_games_count(made: Make) -> None:
    rows = made(*month(1, 5, opponent_threes_made=30), *month(6, 20))
    assert (rows.loc["BOS", "games_in_sample"], rows.loc["BOS", "three_pct_allowed_last_15"]) == (15, 10 / 30)


def test_zones_use_games_with_shot_rows_and_are_unknown_below_five(made: Make) -> None:
    without = {name: None for name in COUNTS if "paint" in name or "mid" in name}
    makes_only = {**without, "opponent_paint_makes": 30}
    rows = made(*month(1, 10, **makes_only), *month(11, 15), *month(1, 11, "MIA", **without), *month(12, 15, "MIA"))
    boston, miami = rows.loc["BOS"], rows.loc["MIA"]
    assert (boston["zone_games_in_sample"], boston["has_zones"], boston["paint_pct_allowed_last_15"]) == (5, True, 0.6)
    assert boston["paint_points_allowed_last_15"] == 48
    assert (miami["zone_games_in_sample"], miami["has_zones"]) == (4, False)
    assert pd.isna(miami["paint_pct_allowed_last_15"]) and pd.isna(miami["strongest_zone"])
    assert miami["three_pct_allowed_last_15"] == 10 / 30


def test_against_the_league_a_weaker_defence_is_positive(made: Make) -> None:
    rows = made(*month(1, 15), *month(1, 15, "MIA", opponent_paint_makes=20, opponent_threes_made=14))
    league = (15 * 24 + 15 * 20) / (30 * 40)
    assert rows.loc["BOS", "league_paint_pct_last_15"] == league
    assert rows.loc["BOS", "paint_defense_vs_league_avg"] == pytest.approx(100 * (0.6 - league))
    assert rows.loc["MIA", "paint_defense_vs_league_avg"] == pytest.approx(100 * (0.5 - league))
    assert (rows.loc["MIA", "strongest_zone"], rows.loc["MIA", "weakest_zone"]) == ("paint", "three")


def test_early_in_a_season_the_previous_season_is_mixed_in(made: Make) -> None:
    """Three of fifteen games: one fifth of this season's window, four fifths of the previous season's."""
    before = [*month(1, 20, year_month="2023-03"), *month(1, 20, "MIA", "2023-03", opponent_threes_made=16)]
    now = [*month(1, 3, year_month="2023-11"), *month(1, 3, "MIA", "2023-11")]
    rows = made(*before, *now, day="2023-11-05")
    boston = rows.loc["BOS"]
    assert (boston["season_games_in_sample"], boston["season_weight"]) == (3, 0.2)
    window = 100 * (10 / 30 - (15 * 10 + 12 * 16 + 3 * 10) / (30 * 30))
    last_season = 100 * (10 / 30 - 13 / 30)
    assert boston["three_defense_vs_league_avg"] == pytest.approx(0.2 * window + 0.8 * last_season)
    alone = made(*now, day="2023-11-05").loc["BOS"]
    assert alone["season_weight"] == 1.0
    assert alone["three_defense_vs_league_avg"] == 0


def test_points_allowed_to_positions(made: Make) -> None:
    players = [
        {"game_date": "2021-10-19", "player_id": number, "position": position}
        for number, position in ((1, "G"), (2, "F-C"), (3, None))
    ]

    def line(player: int, opponent: str, points: int) -> Row:
        keys: Row = {"game_date": "2023-12-02", "game_id": f"g{opponent}", "player_id": player, "opponent": opponent}
        return {**keys, "points": points, "seconds_played": 36 * 60}

    played = (line(1, "BOS", 30), line(1, "MIA", 20), line(2, "BOS", 8), line(3, "BOS", 50))
    rows = made(*month(1, 2), played=played, players=tuple(players))
    assert rows.loc["BOS", "guard_points_allowed_vs_league"] == pytest.approx(30 - 25)
    assert rows.loc["MIA", "guard_points_allowed_vs_league"] == pytest.approx(20 - 25)
    assert rows.loc["BOS", "forward_points_allowed_vs_league"] == 0
    assert pd.isna(rows.loc["BOS", "center_points_allowed_vs_league"])


def test_thirty_teams_fails_on_a_day_that_lacks_one(made: Make) -> None:
    rows = made(*month(1, 5)).reset_index()
    assert thirty_teams(rows).failing.empty
    failing = thirty_teams(rows[rows["team"] != "BOS"]).failing
    assert failing[["found", "expected"]].to_numpy().tolist() == [[29, 30]]
