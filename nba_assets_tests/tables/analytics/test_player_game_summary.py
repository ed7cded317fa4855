"""player_game_summary: one player's game calculated by hand, where zones come from, the line, the archive."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.tables.analytics.player_game_summary import CONTRACT, player_game_summary

TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
DAY, GAME = "2024-01-10", "0022300500"
SHARED = {"game_date": DAY, "season": "2023-24", "season_type": "regular"}
# 30 points in 36 minutes: 10 of 20, 2 of 6 threes, 8 of 10 free throws, 3 turnovers.
STAR = {
    "player_id": 1,
    "points": 30,
    "field_goals_made": 10,
    "field_goals_attempted": 20,
    "threes_made": 2,
    "threes_attempted": 6,
    "free_throws_made": 8,
    "free_throws_attempted": 10,
    "offensive_rebounds": 1,
    "defensive_rebounds": 7,
    "rebounds": 8,
    "assists": 5,
    "steals": 2,
    "blocks": 1,
    "turnovers": 3,
    "personal_fouls": 3,
    "seconds_played": 2160,
    "minutes": 36.0,
}
# 105 plays: 80 + .44 * 25 + 14.
TEAM = {"team": "BOS", "won": True, "field_goals_attempted": 80, "free_throws_attempted": 25, "turnovers": 14}


@pytest.fixture
def made(table_rows: TableRows, run: Run, empty_box: dict[str, object]) -> Callable[..., pd.DataFrame]:
    """(player rows, shots=, shares=, quotes=, game_id=, minutes=) -> validated rows of the table."""

    def make(
        *players: dict[str, object],
        shots: tuple[dict[str, object], ...] = (),
        shares: tuple[dict[str, object], ...] = (),
        quotes: tuple[dict[str, object], ...] = (),
        minutes: float = 240.0,
    ) -> pd.DataFrame:
        usual = {"game_id": GAME, "team": "BOS", "opponent": "NYK", "is_home": True, "status": "played"}
        rows = [{**empty_box, **usual, **player} for player in players]
        found = run(
            player_game_summary,
            DAY,
            boxscores=table_rows("player_boxscores", *rows, **(SHARED if "season" not in rows[0] else {})),
            teams=table_rows("team_boxscores", TEAM, game_id=GAME, minutes=minutes, **SHARED),
            shots=table_rows("shots", *shots, game_date=DAY, game_id=GAME),
            shares=table_rows("player_scoring_shares", *shares, game_date=DAY, game_id=GAME),
            quotes=table_rows("prop_lines", *quotes, game_date=DAY, game_id=GAME),
        )
        return validated(CONTRACT, found)

    return make


def shot(player_id: int, zone: str, is_made: bool, times: int = 1) -> list[dict[str, object]]:
    return [{"player_id": player_id, "zone": zone, "is_made": is_made}] * times


def test_rates(made: Callable[..., pd.DataFrame]) -> None:
    row = made(STAR).iloc[0]
    assert row["usage_rate"] == pytest.approx(100 * 27.4 * 48 / (36 * 105))
    assert row["ts_pct"] == pytest.approx(30 / (2 * 24.4))
    assert (row["efg_pct"], row["game_score"], row["won"]) == (0.55, 24.0, True)


def test_overtime_counts_in_usage(made: Callable[..., pd.DataFrame]) -> None:
    row = made(STAR, minutes=263.0).iloc[0]
    assert row["usage_rate"] == pytest.approx(100 * 27.4 * 53 / (36 * 105)), "263 published minutes are one overtime"


def test_players_who_did_not_play_and_all_star_games_are_left_out(made: Callable[..., pd.DataFrame]) -> None:
    others = ({"player_id": 2, "status": "dnp"}, {"player_id": 3, "season_type": "all_star"})
    rows = made(*({**SHARED, **player} for player in (STAR, *others)))
    assert list(rows["player_id"]) == [1]


def test_a_player_with_zero_seconds(made: Callable[..., pd.DataFrame]) -> None:
    row = made({"player_id": 2, "seconds_played": 0, "minutes": 0.0}).iloc[0]
    assert pd.isna(row["usage_rate"]) and pd.isna(row["ts_pct"]) and pd.isna(row["efg_pct"])
    assert row["game_score"] == 0.0


def test_zones_from_shots(made: Callable[..., pd.DataFrame]) -> None:
    shots = (
        *shot(1, "paint", True, 5),
        *shot(1, "paint", False, 4),
        *shot(1, "mid_range", True, 3),
        *shot(1, "mid_range", False, 2),
        *shot(1, "three", True, 2),
        *shot(1, "three", False, 4),
    )
    shares = ({"player_id": 1, "points_in_paint": 10, "mid_range_points_share": 0.2, "assisted_share": 0.7},)
    rows = made(STAR, {"player_id": 2, "seconds_played": 60}, shots=shots, shares=shares)
    star, idle = rows.iloc[0], rows.iloc[1]
    assert (star["zone_source"], star["paint_attempts"], star["paint_makes"]) == ("shots", 9, 5)
    assert (star["mid_range_attempts"], star["mid_range_makes"]) == (5, 3)
    assert (star["assisted_makes"], star["unassisted_makes"]) == (7, 3)
    assert (idle["zone_source"], idle["paint_attempts"], idle["mid_range_makes"]) == ("shots", 0, 0)


def test_zones_from_shares_have_no_attempts(made: Callable[..., pd.DataFrame]) -> None:
    # 10 points in the paint are 5 makes, .2 of 30 points are 3 from mid-range: with 2 threes all 10 made.
    shares = ({"player_id": 1, "points_in_paint": 10, "mid_range_points_share": 0.2, "assisted_share": 0.7},)
    row = made(STAR, shares=shares).iloc[0]
    assert (row["zone_source"], row["paint_makes"], row["mid_range_makes"]) == ("shares", 5, 3)
    assert pd.isna(row["paint_attempts"]) and pd.isna(row["mid_range_attempts"])


@pytest.mark.parametrize("in_paint", [8, 12])
def test_shares_that_do_not_add_up_are_not_used(made: Callable[..., pd.DataFrame], in_paint: int) -> None:
    shares = ({"player_id": 1, "points_in_paint": in_paint, "mid_range_points_share": 0.2, "assisted_share": 0.74},)
    row = made(STAR, shares=shares).iloc[0]
    assert pd.isna(row["zone_source"]) and pd.isna(row["paint_makes"]) and pd.isna(row["mid_range_makes"])
    assert pd.isna(row["assisted_makes"]), "7.4 of 10 field goals is not an integer"


def test_shots_without_a_make_are_replaced_by_the_shares(made: Callable[..., pd.DataFrame]) -> None:
    shares = ({"player_id": 1, "points_in_paint": 10, "mid_range_points_share": 0.2, "assisted_share": 0.7},)
    row = made(STAR, shots=tuple(shot(1, "paint", True, 4)), shares=shares).iloc[0]
    assert (row["zone_source"], row["paint_makes"]) == ("shares", 5)


@pytest.mark.parametrize(
    ("line", "result", "margin"), [(28.5, "OVER", 1.5), (31.5, "UNDER", -1.5), (30.0, "PUSH", 0.0)]
)
def test_result_against_the_line(made: Callable[..., pd.DataFrame], line: float, result: str, margin: float) -> None:
    quote = {
        "player_id": 1,
        "bookmaker": "draftkings",
        "is_main": True,
        "line": line,
        "over_price": 1.9,
        "under_price": 1.9,
        "snapshot_at": "2024-01-10T12:00Z",
        "known_at": "2024-01-10T12:00Z",
    }
    rows = made(STAR, {"player_id": 2}, quotes=(quote,))
    star, other = rows.iloc[0], rows.iloc[1]
    assert (star["points_line"], star["points_line_books"]) == (line, 1)
    assert (star["over_under_result"], star["line_margin"]) == (result, margin)
    assert pd.isna(other["over_under_result"]) and pd.isna(other["line_margin"]), "no line, no result"


def test_the_contract_rejects_impossible_values() -> None:
    rule = CONTRACT.rules["usage <= 100 from five minutes on"]
    rows = pd.DataFrame({"usage_rate": [120.0, 120.0], "seconds_played": pd.Series([299, 300], dtype="Int64")})
    assert list(rule(rows)) == [True, False]
