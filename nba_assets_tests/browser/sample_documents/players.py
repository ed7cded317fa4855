"""players/index.json and players/{id}.json."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from nba_assets_tests.browser.sample_documents.filled import filled
from nba_assets_tests.browser.sample_documents.league import (
    NEWEST,
    PLAYERS,
    SEASON,
    SYSTEMS,
    actual_of,
    id_of_game,
    line_of,
    system_entry,
)
from nba_assets_tests.browser.sample_documents.results import result_of


def _folded(name: str) -> str:
    return "".join(letter for letter in name.lower().replace("ć", "c") if letter.isalnum() or letter == " ")


def players_index(source: str) -> dict[str, Any]:
    """The index that the search uses."""
    players = [
        {
            "player_id": player_id,
            "player_name": name,
            "search_key": _folded(name),
            "team": team,
            "position": "F",
            "seasons": ["2023-24", SEASON],
            "games": 110,
            "points_avg": average,
            "last_game_date": f"{NEWEST}",
        }
        for player_id, (name, team, average) in sorted(PLAYERS.items(), key=lambda item: item[1][0])
    ]
    return filled("players-index", {"as_of": f"{NEWEST}", "source": source, "players": players})


def player(player_id: int, source: str) -> dict[str, Any]:
    """The document of a player."""
    name, team, average = PLAYERS[player_id]
    line = line_of(player_id)
    days = [NEWEST - timedelta(2 * number) for number in range(38)]
    games = []
    for day in days:
        entry = system_entry("ensemble", player_id, day, line)
        kept = ("predicted_points", "p10", "p90", "recommendation", "bet_side", "bet_line", "bet_price")
        points = actual_of(player_id, day) or 0
        games.append(
            {
                "game_date": f"{day}",
                "game_id": id_of_game(day, 0),
                "season": SEASON,
                "season_type": "regular",
                "team": team,
                "opponent": "MIA",
                "is_home": day.day % 2 == 0,
                "won": day.day % 3 > 0,
                "is_starter": True,
                "minutes": 34.5,
                "points": points,
                "rebounds": 8,
                "assists": 5,
                "usage_rate": 0.31,
                "points_line": line,
                "over_under_result": None if line is None else "OVER" if points > line else "UNDER",
                "provenance": "reconstructed",
                **{part: entry[part] for part in kept},
                "bet_result": result_of(entry, points)[0] if entry["bet_side"] else None,
            }
        )
    season = {
        "season_type": "regular",
        "teams": [team],
        "games": 72,
        "starts": 72,
        "minutes_avg": 34.9,
        "points_avg": average,
        "points_std": 7.1,
        "rebounds_avg": 8.1,
        "assists_avg": 5.2,
        "field_goals_attempted": 1400,
        "field_goal_pct": 0.471,
        "threes_attempted": 600,
        "three_pct": 0.37,
        "free_throws_attempted": 420,
        "free_throw_pct": 0.83,
        "ts_pct": 0.601,
        "efg_pct": 0.55,
        "usage_rate": 0.312,
    }
    record = [
        {
            "provenance": "reconstructed",
            "period": period,
            "system_id": system,
            "predictions": 110,
            "n": 104,
            "voids": 6,
            "mae": 6.1,
            "naive_mae": 6.4,
            "bias": 0.3,
            "coverage_p10_p90": 0.79,
        }
        for period in ("all", SEASON)
        for system in SYSTEMS
    ]
    splits = [
        {
            "dimension": dimension,
            "value": value,
            "games": 36,
            "minutes_avg": 34.8,
            "points_avg": average + shift,
            "points_above_season_avg": shift,
            "points_above_season_avg_low": shift - 1.9,
            "points_above_season_avg_high": shift + 1.9,
        }
        for dimension, value, shift in (("home_away", "home", 0.6), ("home_away", "away", -0.6), ("rest", "0", -1.1))
    ]
    return filled(
        "player",
        {
            "as_of": f"{NEWEST}",
            "source": source,
            "player_id": player_id,
            "player_name": name,
            "team": team,
            "position": "F",
            "height_inches": 81,
            "birth_date": "1998-03-03",
            "first_season": 2017,
            "seasons": [{"season": label, **season} for label in ("2023-24", SEASON)],
            "games": games,
            "games_total": 110,
            "splits": splits,
            "record": record,
            "next_game": None,
        },
    )
