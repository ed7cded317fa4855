"""players/*.json: averages, splits, record and next game of hand-made games."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from nba_assets.tables.publishing import players
from nba_assets.tables.publishing.players import PlayerFrames
from nba_assets_tests.tables.grading.graded_rows import Row, graded
from nba_assets_tests.tables.publishing.written import written

TableRows = Callable[..., pd.DataFrame]
DAY = date(2024, 1, 10)
BOX: Row = {
    "player_id": 1,
    "player_name": "Jokic Nikola",
    "season": "2023-24",
    "season_type": "regular",
    "team": "DEN",
    "opponent": "MIN",
    "is_home": True,
    "won": True,
    "is_starter": True,
    "minutes": 36.0,
    "seconds_played": 2160,
    "points": 20,
    "rebounds": 10,
    "assists": 8,
    "steals": 1,
    "blocks": 1,
    "turnovers": 3,
    "field_goals_made": 8,
    "field_goals_attempted": 15,
    "threes_made": 1,
    "threes_attempted": 4,
    "free_throws_made": 3,
    "free_throws_attempted": 4,
    "usage_rate": 30.0,
}
PLAYER: Row = {
    "game_date": "2021-10-19",
    "player_id": 1,
    "player_name": "Nikola Jokić",
    "position": "C",
    "height_inches": 83,
    "birth_date": "1995-02-19",
    "first_season": 2015,
}


def game(number: int, **changes: object) -> Row:
    """The box score of the game `number` days before DAY."""
    return {**BOX, "game_date": DAY - timedelta(days=number), "game_id": f"00223{900 - number:05d}", **changes}


def made(
    table_rows: TableRows,
    *games: Row,
    said: tuple[Row, ...] = (),
    players_rows: tuple[Row, ...] = (PLAYER,),
    context: tuple[Row, ...] = (),
    rosters: tuple[Row, ...] = (),
    defense: tuple[Row, ...] = (),
    predictions: tuple[Row, ...] = (),
) -> dict[str, Any]:
    """The documents by path; a table without rows is empty."""

    def rows(table: str, given: tuple[Row, ...], columns: tuple[str, ...] | None = None) -> pd.DataFrame:
        frame = table_rows(table, *given) if given else table_rows(table, {}).iloc[:0]
        return frame if columns is None else frame[list(columns)]

    frames = PlayerFrames(
        games=rows("player_game_summary", games, players.GAME_COLUMNS),
        graded=[rows("prediction_accuracy", said, players.PREDICTION_COLUMNS)],
        players=rows("players", players_rows),
        rosters=rows("rosters", rosters, ("game_date", "player_id", "team")),
        context=rows("upcoming_player_game_context", context, players.CONTEXT_COLUMNS),
        defense=rows("team_defense_zone_analysis", defense, players.DEFENSE_COLUMNS),
        predictions=rows("player_prop_predictions", predictions, players.SAID_COLUMNS),
    )
    return written(players.documents(frames, DAY, "archive"))


def test_a_season_is_averaged_by_kind_of_game(table_rows: TableRows) -> None:
    found = made(
        table_rows,
        game(9, points=30, points_line=24.5, over_under_result="OVER", line_margin=5.5),
        game(7, points=20, points_line=24.5, over_under_result="UNDER", line_margin=-4.5, is_home=False),
        game(2, points=40, season_type="cup_final"),
    )["players/1.json"]
    regular, final = found["seasons"]
    assert (regular["season_type"], regular["games"], regular["points_avg"]) == ("regular", 2, 25)
    assert regular["points_std"] == round(50**0.5, 4)
    assert (regular["lined"], regular["overs"], regular["unders"], regular["line_margin_avg"]) == (2, 1, 1, 0.5)
    assert regular["field_goal_pct"] == round(16 / 30, 4)
    assert regular["ts_pct"] == round(50 / (2 * (30 + 0.44 * 8)), 4)
    assert (final["season_type"], final["points_avg"], final["points_std"]) == ("cup_final", 40, None)


def test_teams_and_seasons_are_listed_once_in_the_order_of_play(table_rows: TableRows) -> None:
    found = made(
        table_rows,
        *(game(day, team=team) for day, team in ((9, "NYK"), (7, "TOR"), (5, "NYK"))),
        game(400, season="2022-23"),
    )
    assert [season["teams"] for season in found["players/1.json"]["seasons"]][-1] == ["NYK", "TOR"]
    assert found["players/index.json"]["players"][0]["seasons"] == ["2022-23", "2023-24"]


def test_usage_is_a_fraction_weighted_by_playing_time(table_rows: TableRows) -> None:
    found = made(
        table_rows,
        game(9, usage_rate=40.0, seconds_played=600),
        game(7, usage_rate=20.0, seconds_played=1800),
        game(5, usage_rate=None, seconds_played=0, minutes=0.0),
    )["players/1.json"]
    assert found["seasons"][0]["usage_rate"] == 0.25
    assert [row["usage_rate"] for row in found["games"]] == [None, 0.2, 0.4]


def test_starts_are_unknown_if_one_of_the_games_is(table_rows: TableRows) -> None:
    known = made(table_rows, game(9), game(7, is_starter=False))["players/1.json"]["seasons"][0]
    unknown = made(table_rows, game(9), game(7, is_starter=None))["players/1.json"]["seasons"][0]
    assert (known["starts"], unknown["starts"]) == (1, None)


def test_the_log_shows_the_newest_games_with_predictions(table_rows: TableRows) -> None:
    said = graded(20, game_date=DAY - timedelta(days=1), game_id="0022300899", p10=12.0, p90=31.0)
    found = made(table_rows, *(game(number) for number in range(1, 91)), said=(said,))["players/1.json"]
    assert (len(found["games"]), found["games_total"]) == (players.GAME_LOG, 90)
    newest, before = found["games"][:2]
    assert newest["game_date"] == "2024-01-09" and before["game_date"] == "2024-01-08"
    assert (newest["predicted_points"], newest["p10"], newest["p90"]) == (20.0, 12.0, 31.0)
    assert before["predicted_points"] is None and before["recommendation"] is None


def test_a_split_is_compared_with_the_average_of_its_season(table_rows: TableRows) -> None:
    found = made(
        table_rows,
        game(400, points=10, season="2022-23", is_home=True),
        game(398, points=20, season="2022-23", is_home=False),
        game(5, points=30, is_home=True),
        game(3, points=34, is_home=False),
        context=tuple(
            {"game_date": DAY - timedelta(days=n), "game_id": f"00223{900 - n:05d}", "player_id": 1, "days_rest": rest}
            for n, rest in ((398, 1), (5, None), (3, 6))
        ),
        defense=tuple(
            {"game_date": DAY - timedelta(days=3), "team": team, "defensive_rating_last_15": rating}
            for team, rating in (("MIN", 104.0), ("BOS", 108.0), ("NYK", 110.0))
        ),
    )["players/1.json"]["splits"]
    by_value = {(row["dimension"], row["value"]): row for row in found}
    assert set(by_value) == {
        ("home_away", "home"),
        ("home_away", "away"),
        ("rest", "1"),
        ("rest", "3+"),
        ("opponent_defense", "strong"),
    }
    home = by_value["home_away", "home"]
    assert (home["games"], home["points_avg"], home["points_above_season_avg"]) == (2, 20, (-5 - 2) / 2)
    assert by_value["rest", "3+"]["points_above_season_avg"] == 2
    assert by_value["rest", "3+"]["points_above_season_avg_low"] is None


def test_the_record_is_by_system_over_all_seasons_and_the_last(table_rows: TableRows) -> None:
    said = (
        graded(18, game_date="2023-01-05", season="2022-23", game_id="a"),
        graded(10, game_date="2024-01-05", game_id="b"),
        graded(16, game_date="2024-01-05", game_id="b", system_id="naive_last_10"),
    )
    found = made(table_rows, game(5), game(370, season="2022-23"), said=said)["players/1.json"]["record"]
    assert [(row["period"], row["system_id"], row["n"], row["mae"]) for row in found] == [
        ("all", "ensemble", 2, 6.0),
        ("all", "naive_last_10", 1, 4.0),
        ("2023-24", "ensemble", 1, 10.0),
        ("2023-24", "naive_last_10", 1, 4.0),
    ]


def test_the_next_game_is_today_s_until_it_is_played(table_rows: TableRows) -> None:
    context: Row = {
        "game_date": DAY,
        "game_id": "0022300900",
        "player_id": 1,
        "team": "DEN",
        "opponent": "UTA",
        "is_home": False,
        "injury_status": "available",
        "projected_minutes": 34.2,
    }
    said: Row = {
        "game_date": DAY,
        "game_id": "0022300900",
        "player_id": 1,
        "system_id": "ensemble",
        "predicted_points": 26.4,
        "p10": 15.0,
        "p90": 38.0,
        "recommendation": "NO_LINE",
    }
    before = made(table_rows, game(2), context=(context,), predictions=(said,))["players/1.json"]["next_game"]
    assert (before["opponent"], before["is_home"], before["points_line"]) == ("UTA", False, None)
    assert (before["predicted_points"], before["tipoff_at"]) == (26.4, None)
    after = made(table_rows, game(2), game(0), context=(context,), predictions=(said,))["players/1.json"]
    assert after["next_game"] is None


def test_the_index_finds_players_without_accents(table_rows: TableRows) -> None:
    found = made(
        table_rows,
        game(9, season="2022-23", game_id="old"),
        game(4, points=30),
        game(2, player_id=7, player_name="P.J. O'Neal Jr.", team="UTA", points=12),
        rosters=({"game_date": DAY, "player_id": 1, "team": "LAL"},),
    )
    first, second = found["players/index.json"]["players"]
    assert (first["player_id"], first["player_name"], first["search_key"]) == (1, "Nikola Jokić", "nikola jokic")
    assert (first["team"], first["seasons"], first["points_avg"]) == ("LAL", ["2022-23", "2023-24"], 30)
    assert (second["search_key"], second["position"], second["team"]) == ("pj oneal jr", None, "UTA")
    assert set(found) == {"players/1.json", "players/7.json", "players/index.json"}


def test_a_name_is_never_part_of_a_path(table_rows: TableRows) -> None:
    found = made(table_rows, game(2, player_id=7, player_name="../<script>"), players_rows=())
    assert set(found) == {"players/7.json", "players/index.json"}
    assert found["players/7.json"]["player_name"] == "../<script>"


@pytest.mark.parametrize("count", [1, 3])
def test_every_player_has_a_separate_file(table_rows: TableRows, count: int) -> None:
    games = [game(n, player_id=player, points=player) for player in range(1, count + 1) for n in (2, 4)]
    found = made(table_rows, *games)
    for player in range(1, count + 1):
        assert {row["points"] for row in found[f"players/{player}.json"]["games"]} == {player}
