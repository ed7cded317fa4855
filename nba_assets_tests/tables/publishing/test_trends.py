"""trends/*.json: by hand, and compared with loops over the games."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from statistics import mean, stdev, variance
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nba_assets.tables.publishing import trends
from nba_assets_tests.tables.grading.graded_rows import Row, graded
from nba_assets_tests.tables.publishing.written import written

TableRows = Callable[..., pd.DataFrame]
DAY = date(2024, 1, 31)


def season(player: int, points: list[int], last_back: int = 1, minutes: float = 30.0) -> list[Row]:
    """The games of a player, oldest first, every second day, the last one `last_back` days before DAY."""
    return [
        {
            "game_date": DAY - timedelta(days=last_back + 2 * back),
            "game_id": f"p{player}g{len(points) - back:03d}",
            "player_id": player,
            "player_name": f"Player {player}",
            "season": "2023-24",
            "team": "BOS",
            "minutes": minutes,
            "points": scored,
        }
        for back, scored in zip(range(len(points) - 1, -1, -1), points, strict=True)
    ]


def frame(table_rows: TableRows, *rows: Row) -> pd.DataFrame:
    return table_rows("player_game_summary", *rows)[list(trends.GAME_COLUMNS)]


def hot(table_rows: TableRows, *rows: Row) -> dict[str, Any]:
    return written(trends.whos_hot(frame(table_rows, *rows), DAY, "archive"))["trends/whos-hot.json"]


def bounce(table_rows: TableRows, *rows: Row) -> dict[str, Any]:
    return written(trends.bounce_back(frame(table_rows, *rows), DAY, "archive"))["trends/bounce-back.json"]


def test_the_last_five_games_are_compared_with_earlier_ones_and_shrunk(table_rows: TableRows) -> None:
    before = {1: [10, 14] * 6, 2: [20, 22] * 6, 3: [8, 12] * 6}
    last = {1: [22, 24, 26, 24, 24], 2: [21] * 5, 3: [4, 6, 5, 5, 5]}
    found = hot(table_rows, *(row for player in before for row in season(player, before[player] + last[player])))
    rows = {row["player_id"]: row for row in found["players"]}
    assert [row["player_id"] for row in found["players"]] == [1, 2, 3]
    chance = {player: stdev(before[player]) ** 2 * (1 / 5 + 1 / 12) for player in before}
    difference = {player: mean(last[player]) - mean(before[player]) for player in before}
    true = variance(difference.values()) - mean(chance.values())
    assert found["variance_true"] == pytest.approx(true, abs=1e-4)
    for player in before:
        assert rows[player]["z"] == pytest.approx(difference[player] / chance[player] ** 0.5, abs=1e-4)
        shrunk = difference[player] * true / (true + chance[player])
        assert rows[player]["shrunk_difference"] == pytest.approx(shrunk, abs=1e-4)
        assert (rows[player]["games_last"], rows[player]["games_before"]) == (5, 12)


def test_if_chance_explains_the_spread_the_effect_is_zero(table_rows: TableRows) -> None:
    rows = [row for player in (1, 2, 3) for row in season(player, [0, 40] * 8 + [20, 20 + player, 20, 20, 20])]
    found = hot(table_rows, *rows)
    assert found["variance_true"] == 0
    assert {row["shrunk_difference"] for row in found["players"]} == {0.0}


def test_players_without_role_history_or_recent_games_have_no_form(table_rows: TableRows) -> None:
    points = [10, 14] * 8
    found = hot(
        table_rows,
        *season(1, points),
        *season(2, points, minutes=11.0),
        *season(3, points[:14]),
        *season(4, points, last_back=20),
    )
    assert [row["player_id"] for row in found["players"]] == [1]


def test_without_games_there_is_an_empty_document(table_rows: TableRows) -> None:
    empty = frame(table_rows, *season(1, [1])).iloc[:0]
    found = written(trends.whos_hot(empty, DAY, "archive"))["trends/whos-hot.json"]
    assert (found["season"], found["population"], found["variance_true"]) == ("2023-24", 0, None)
    found = written(trends.bounce_back(empty, DAY, "archive"))["trends/bounce-back.json"]
    assert found["players"] == []
    assert [(row["n"], row["share"]) for row in found["groups"]] == [(0, None)] * 5


def by_loop(seasons: dict[int, list[int]]) -> tuple[int, int, int, int]:
    """n, returned, baseline_n, at the average: over all players, game by game."""
    n = returned = base = back = 0
    for points in seasons.values():
        for place in range(trends.LEAST_GAMES, len(points)):
            average = mean(points[:place])
            base += 1
            back += points[place] >= average
            earlier = points[: place - 1]
            if place - 1 >= trends.LEAST_GAMES and points[place - 1] <= mean(earlier) - stdev(earlier):
                n += 1
                returned += points[place] >= mean(earlier)
    return n, returned, base, back


def test_returns_after_bad_games_equal_a_loop(table_rows: TableRows) -> None:
    random = np.random.default_rng(11)
    seasons = {player: [int(value) for value in random.poisson(8 + 2 * player, 40)] for player in range(1, 9)}
    found = bounce(table_rows, *(row for player, points in seasons.items() for row in season(player, points)))
    row = next(row for row in found["groups"] if row["period"] == "all" and row["scoring_tier"] == "all")
    n, returned, base, back = by_loop(seasons)
    assert n > 20
    assert (row["n"], row["returned"], row["baseline_n"]) == (n, returned, base)
    assert row["baseline_share"] == pytest.approx(back / base, abs=1e-4)
    assert row["share_low"] < row["share"] < row["share_high"]
    by_tier = [row for row in found["groups"] if row["period"] == "all" and row["scoring_tier"] != "all"]
    assert sum(row["n"] for row in by_tier) == n


def test_a_player_with_constant_points_has_no_bad_game(table_rows: TableRows) -> None:
    found = bounce(table_rows, *season(1, [0] * 15), *season(2, [7] * 15))
    assert found["players"] == []
    assert {row["n"] for row in found["groups"]} == {0}


def test_a_player_after_a_bad_game_is_listed_with_his_own_returns(table_rows: TableRows) -> None:
    steady = [18, 22] * 6
    found = bounce(
        table_rows, *season(1, [*steady, 5, 25, *steady, 4]), *season(2, [*steady, 21]), *season(3, [*steady, 1], 20)
    )
    (row,) = found["players"]
    assert (row["player_id"], row["last_points"], row["n"], row["returned"]) == (1, 4, 1, 1)
    earlier = [*steady, 5, 25, *steady]
    assert row["points_avg"] == pytest.approx(mean(earlier), abs=1e-4)
    assert row["deviations"] == pytest.approx((mean(earlier) - 4) / stdev(earlier), abs=1e-4)


def matters(table_rows: TableRows, rows: list[Row], context: list[Row], defense: list[Row]) -> dict[str, Any]:
    errors = table_rows("prediction_accuracy", *rows)[list(trends.ERROR_COLUMNS)]
    circumstances = table_rows("upcoming_player_game_context", *context)[list(trends.CIRCUMSTANCE_COLUMNS)]
    ranked = table_rows("team_defense_zone_analysis", *defense)[list(trends.DEFENSE_COLUMNS)]
    found = trends.what_matters([trends.errors_by_game(errors)], circumstances, ranked, DAY, "archive")
    return written(found)["trends/what-matters.json"]


def test_an_effect_is_the_mean_of_actual_minus_projected(table_rows: TableRows) -> None:
    rows, context = [], []
    for number, (is_home, naive, ours) in enumerate([(True, 2.0, 1.0), (True, 4.0, 0.0), (False, -3.0, -1.0)]):
        shared: Row = {"game_date": DAY - timedelta(days=number), "game_id": f"g{number}", "is_home": is_home}
        for system, above in (("naive_last_10", naive), ("ensemble", ours)):
            rows.append(graded(20, **shared, system_id=system, days_rest=number) | {"signed_error": -above})
        context.append({**shared, "player_id": 1, "opponent": "MIN", "teammates_out": number, "spread": 8.0})
    # A row that only one of the two predicts is left out of the comparison.
    rows.append(graded(50, game_date=DAY, game_id="alone", system_id="ensemble"))
    defense: list[Row] = [
        {"game_date": DAY - timedelta(days=number), "team": "MIN", "defensive_rating_last_15": 110.0}
        | {"pace_last_15": 99.0 + number, "league_pace_last_15": 99.0}
        for number in range(3)
    ]
    found = matters(table_rows, rows, context, defense)
    effects = {(row["factor"], row["value"]): row for row in found["effects"] if row["period"] == "all"}
    home, away = effects["home_away", "home"], effects["home_away", "away"]
    assert (home["n"], home["points_vs_last_10"], home["points_vs_ensemble"]) == (2, 3.0, 0.5)
    assert home["points_vs_last_10_low"] == 2.0 and home["points_vs_last_10_high"] == 4.0
    assert (away["n"], away["points_vs_last_10"]) == (1, -3.0)
    assert effects["favourite", "underdog by 7 or more"]["n"] == 3
    assert [effects["pace", value]["n"] for value in ("slow", "middle", "fast")] == [1, 1, 1]
    assert effects["opponent_defense", "strong"]["n"] == 3
    assert ("opponent_back_to_back", "no") not in effects
    spread = next(row for row in found["ranges"] if row["period"] == "all" and row["factor"] == "home_away")
    assert (spread["n"], spread["range_vs_last_10"], spread["range_vs_ensemble"]) == (3, 6.0, 1.5)


def test_teams_are_ranked_over_the_season_and_zones_over_the_window(table_rows: TableRows) -> None:
    offense, defense, zones = [], [], []
    for place, (team, points, allowed) in enumerate([("BOS", 120, 100), ("MIN", 110, 105), ("UTA", 100, 125)]):
        for game in range(2):
            key: Row = {"game_date": DAY - timedelta(days=game), "game_id": f"{team}{game}", "team": team}
            key |= {"season": "2023-24"}
            offense.append(
                {**key, "won": points > allowed, "points": points, "pace": 98.0 + place, "possessions": 100.0}
                | {"threes_attempted": 40, "field_goals_attempted": 80}
            )
            defense.append({**key, "opponent_points": allowed, "opponent_possessions": 100.0})
        zones.append(
            {"game_date": DAY, "team": team, "games_in_sample": 15, "zone_games_in_sample": 13}
            | {"paint_defense_vs_league_avg": float(place), "guard_points_allowed_vs_league": -float(place)}
        )
    older: Row = {**offense[0], "game_date": date(2023, 1, 5), "game_id": "old", "season": "2022-23", "points": 10}
    found = written(
        trends.team_tendencies(
            table_rows("team_offense_game_summary", older, *offense)[list(trends.OFFENSE_COLUMNS)],
            table_rows("team_defense_game_summary", *defense)[list(trends.ALLOWED_COLUMNS)],
            table_rows("team_defense_zone_analysis", *zones),
            DAY,
            "archive",
        )
    )["trends/team-tendencies.json"]
    best, _, worst = found["teams"]
    assert (best["team"], best["games"], best["wins"], best["offensive_rating"]) == ("BOS", 2, 2, 120)
    assert (best["offensive_rating_rank"], best["defensive_rating_rank"], best["pace_rank"]) == (1, 1, 3)
    assert (worst["offensive_rating_rank"], worst["defensive_rating_rank"], worst["pace_rank"]) == (3, 3, 1)
    assert best["threes_attempted_share"] == 0.5
    assert best["zones"]["paint"] | {"points_allowed_avg_last_15": 0, "pct_allowed_last_15": 0} == {
        "points_allowed_avg_last_15": 0,
        "pct_allowed_last_15": 0,
        "vs_league": 0.0,
        "rank": 1,
        "n": 13,
    }
    assert best["zones"]["mid_range"]["rank"] is None
    assert best["positions"]["guard"] == {"vs_league": 0.0, "rank": 3, "n": 15}
