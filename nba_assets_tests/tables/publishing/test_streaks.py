"""Streaks before the day's games: by hand, and compared with a loop over the games."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from nba_assets.tables.publishing import streaks
from nba_assets.windows.asof import History
from nba_assets_tests.tables.publishing.written import written

TableRows = Callable[..., pd.DataFrame]
DAY = date(2024, 1, 10)
WHO = {"player_name": "A. Player", "team": "BOS", "opponent": "MIN", "is_home": True}


def made(table_rows: TableRows, games: list[dict[str, object]], *players: int, day: date = DAY) -> dict[str, Any]:
    """The document of the day, from the players who play on it and their earlier (and later) games."""
    context = [
        {"game_date": day, "game_id": "0022300900", "player_id": player, "points_line": 20.5, **WHO}
        for player in players
    ]
    rows = table_rows("player_game_summary", *games, opponent="NYK")
    found = streaks.documents(table_rows("upcoming_player_game_context", *context), History(rows, 400), "archive")
    return written(found)[f"streaks/{day}.json"]


def game(back: int, points: int, line: float | None = None, player: int = 1) -> dict[str, object]:
    """A game `back` days before DAY."""
    side = None if line is None else "OVER" if points > line else "UNDER" if points < line else "PUSH"
    return {
        "game_date": DAY - timedelta(days=back),
        "game_id": f"00223{500 - back:05d}",
        "player_id": player,
        "points": points,
        "points_line": line,
        "over_under_result": side,
    }


def test_a_line_streak_counts_lined_games_and_ends_at_the_first_on_the_other_side(table_rows: TableRows) -> None:
    games = [game(9, 10, 12.5), game(7, 20, 12.5), game(5, 21, 20.5), game(4, 3), game(3, 18, 12.5), game(2, 20, 19.5)]
    found = made(table_rows, games, 1)
    (streak,) = found["line_streaks"]
    assert (streak["side"], streak["length"]) == ("OVER", 4)
    assert streak["margin_avg"] == (7.5 + 0.5 + 5.5 + 0.5) / 4
    assert [row["points"] for row in streak["games"]] == [20, 18, 21, 20]
    assert streak["points_line"] == 20.5 and streak["opponent"] == "MIN"


def test_a_push_ends_a_streak(table_rows: TableRows) -> None:
    games = [game(back, 20, 12.5) for back in (9, 8, 7, 6)] + [game(2, 12, 12.0)]
    assert made(table_rows, games, 1)["line_streaks"] == []


def test_games_of_the_day_or_later_do_not_count(table_rows: TableRows) -> None:
    games = [game(back, 20, 12.5) for back in (4, 3, 2, 0, -1)]
    assert made(table_rows, games, 1)["line_streaks"] == []
    assert made(table_rows, games, 1, day=DAY + timedelta(days=1))["line_streaks"][0]["length"] == 4


def test_a_scoring_streak_has_the_highest_possible_threshold(table_rows: TableRows) -> None:
    games = [game(9, 9), game(8, 27), game(7, 31), game(6, 26), game(5, 25), game(4, 22)]
    (streak,) = made(table_rows, games, 1)["scoring_streaks"]
    assert (streak["threshold"], streak["length"], streak["points_avg"]) == (20, 5, (27 + 31 + 26 + 25 + 22) / 5)
    assert [row["points"] for row in streak["games"]] == [22, 25, 26, 31, 27]


def test_only_the_newest_games_of_a_long_streak_are_listed(table_rows: TableRows) -> None:
    games = [game(back, 30 - back, 0.5) for back in range(1, 16)]
    (streak,) = made(table_rows, games, 1)["line_streaks"]
    assert streak["length"] == 15
    assert [row["points"] for row in streak["games"]] == list(range(29, 19, -1))


def test_only_players_of_the_day_are_listed_and_all_are_counted(table_rows: TableRows) -> None:
    games = [game(back, 20, 12.5, player) for back in (5, 4, 3, 2) for player in (1, 2)]
    found = made(table_rows, games, 2, 3)
    assert [row["player_id"] for row in found["line_streaks"]] == [2]
    assert found["players"] == 2


def test_lengths_equal_a_loop_over_the_games(table_rows: TableRows) -> None:
    random = np.random.default_rng(7)
    players = range(1, 41)
    games = [
        game(
            back, int(random.integers(0, 40)), None if random.random() < 0.2 else float(random.integers(8, 26)), player
        )
        for player in players
        for back in range(1, 25)
    ]
    found = made(table_rows, games, *players)
    for player in players:
        own = sorted((row for row in games if row["player_id"] == player), key=lambda row: str(row["game_date"]))[::-1]
        sides = [row["over_under_result"] for row in own if row["over_under_result"] is not None]
        length = next((place for place, side in enumerate(sides) if side != sides[0]), len(sides))
        expected = [(sides[0], length)] if length >= streaks.LEAST_LENGTH and sides[0] != "PUSH" else []
        assert [(r["side"], r["length"]) for r in found["line_streaks"] if r["player_id"] == player] == expected
        best = [
            (least, run)
            for least in streaks.THRESHOLDS
            if (run := next((n for n, row in enumerate(own) if int(str(row["points"])) < least), len(own)))
            >= streaks.LEAST_LENGTH
        ]
        got = [(r["threshold"], r["length"]) for r in found["scoring_streaks"] if r["player_id"] == player]
        assert got == best[-1:]
