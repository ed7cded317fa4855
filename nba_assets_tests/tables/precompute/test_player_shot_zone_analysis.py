"""player_shot_zone_analysis: which players have a profile, from which games, and the primary zone."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.tables.precompute.player_shot_zone_analysis import CONTRACT, established, player_shot_zone_analysis

Row = dict[str, object]
TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
Make = Callable[..., pd.DataFrame]
DAY = "2024-01-10"


def game(
    number: int, paint: int | None = 4, mid: int | None = 2, three: int = 4, player: int = 1, **more: object
) -> Row:
    """A game of December 2023: attempts by zone, half of the shots in the paint made, the others missed."""
    row: Row = {"game_date": f"2023-12-{number:02d}", "game_id": f"g{number:02d}", "player_id": player}
    row |= {"paint_attempts": paint, "paint_makes": None if paint is None else paint // 2, "mid_range_attempts": mid}
    row |= {"mid_range_makes": None if mid is None else 0, "threes_attempted": three, "threes_made": 0}
    row |= {"field_goals_attempted": (paint or 0) + (mid or 0) + three, "assisted_makes": 1, "unassisted_makes": 1}
    return row | more


@pytest.fixture
def made(table_rows: TableRows, run: Run) -> Make:
    def make(*games: Row) -> pd.DataFrame:
        schedule = {"game_date": DAY, "game_id": "0022300500", "season_type": "regular"}
        rows = run(
            player_shot_zone_analysis,
            DAY,
            schedule=table_rows("schedule", schedule),
            played=table_rows("player_game_summary", *games),
        )
        return validated(CONTRACT, rows).set_index("player_id")

    return make


def test_a_profile_from_ten_games_on_whether_he_plays_or_not(made: Make) -> None:
    rows = made(*(game(n) for n in range(1, 11)), *(game(n, player=2) for n in range(1, 10)))
    assert list(rows.index) == [1]


def test_rates_and_percentages_of_the_window(made: Make) -> None:
    row = made(*(game(n, paint=20, mid=0, three=0) for n in range(1, 11)), *(game(n) for n in range(11, 21))).loc[1]
    assert row[["paint_rate_last_10", "mid_range_rate_last_10", "three_rate_last_10"]].tolist() == [0.4, 0.2, 0.4]
    assert row["paint_rate_last_20"] == (10 * 20 + 10 * 4) / (10 * 20 + 10 * 10)
    assert (row["paint_pct_last_10"], row["three_pct_last_10"], row["paint_attempts_avg_last_10"]) == (0.5, 0.0, 4.0)
    assert row["assisted_rate_last_10"] == 0.5
    assert (row["sample_quality"], row["games_in_sample_last_20"]) == ("high", 20)


def test_zones_need_five_games_with_shot_rows(made: Make) -> None:
    blind = [game(n, paint=None, mid=None, three=5, paint_makes=9) for n in range(1, 7)]
    row = made(*blind, *(game(n) for n in range(7, 11))).loc[1]
    assert row["zone_games_last_10"] == 4
    assert pd.isna(row["paint_rate_last_10"]) and pd.isna(row["primary_scoring_zone"])
    assert row["three_rate_last_10"] == (6 * 5 + 4 * 4) / (6 * 5 + 4 * 10)
    assert row["sample_quality"] == "none"
    row = made(*blind[:5], *(game(n) for n in range(6, 11))).loc[1]
    assert (row["zone_games_last_10"], row["paint_rate_last_10"], row["sample_quality"]) == (5, 0.4, "low")


@pytest.mark.parametrize(
    ("paint", "mid", "three", "expected"),
    [
        (4, 2, 4, "paint"),
        (3, 3, 4, "perimeter"),
        (39, 22, 39, "balanced"),
        (33, 35, 32, "mid_range"),
        (40, 45, 15, "mid_range"),
        (30, 34, 36, "balanced"),
        (0, 0, 10, "perimeter"),
    ],
)
def test_primary_zone_is_the_largest_that_reaches_its_share(
    made: Make, paint: int, mid: int, three: int, expected: str
) -> None:
    assert made(*(game(n, paint, mid, three) for n in range(1, 11))).loc[1, "primary_scoring_zone"] == expected


def test_a_player_without_a_shot_has_no_shares(made: Make) -> None:
    row = made(*(game(n, 0, 0, 0) for n in range(1, 11))).loc[1]
    assert pd.isna(row["paint_rate_last_10"]) and pd.isna(row["three_pct_last_10"])
    assert row["paint_attempts_avg_last_10"] == 0


def test_a_player_with_ten_games_who_plays_must_have_a_profile() -> None:
    upcoming = pd.DataFrame(
        {"game_date": [DAY] * 3, "player_id": [1, 2, 3], "games_used_last_10": pd.array([10, 9, None], "Int64")}
    ).astype({"game_date": "datetime64[ns]"})
    upcoming["games_used_last_10"] = upcoming["games_used_last_10"].fillna(0)
    assert established(upcoming, pd.DatetimeIndex([DAY]))["player_id"].tolist() == [1]
