"""Games, predictions and results of an invented league, shared by all documents."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from nba_assets.contracts import systems

SYSTEMS = systems.SYSTEMS

SCRIPT_NAME = "<script>document.title='owned'</script>"
"""A player's name that must be shown as text, not as HTML."""

TEAMS = "BOS NYK DEN LAL GSW MIA".split()

PLAYERS = {
    1628369: ("Jayson Tatum", "BOS", 27.1),
    1627759: ("Jaylen Brown", "BOS", 22.4),
    1628401: ("Derrick White", "BOS", 16.2),
    1628973: ("Jalen Brunson", "NYK", 26.3),
    1626157: ("Karl-Anthony Towns", "NYK", 24.8),
    1628969: ("Mikal Bridges", "NYK", 17.5),
    203999: ("Nikola Jokić", "DEN", 29.6),
    1627750: ("Jamal Murray", "DEN", 20.9),
    2544: ("LeBron James", "LAL", 24.0),
    99: (SCRIPT_NAME, "LAL", 11.3),
    201939: ("Stephen Curry", "GSW", 24.2),
    1628389: ("Bam Adebayo", "MIA", 17.9),
}

DAYS = (date(2025, 1, 14), date(2025, 1, 15), date(2025, 1, 17))
"""Days with games; there was none on the 16th."""

NEWEST = DAYS[-1]

EMPTY_DAY = date(2025, 1, 16)

GAMES = (("BOS", "NYK"), ("DEN", "LAL"), ("GSW", "MIA"))
"""(home, away), the same every day."""

FAILED_TABLE, FAILED_DAY, FAILED_KEY = "player_boxscores", DAYS[1], "0022400571, 1628369"

TABLES = {
    "raw": ["schedule", "players", "rosters", "player_boxscores", "prop_lines", "shots"],
    "analytics": ["player_game_summary", "team_offense_game_summary"],
    "predictions": ["player_prop_predictions"],
    "grading": ["prediction_accuracy"],
    "publishing": ["prediction_files", "player_files"],
}

CALENDAR = tuple(date(2024, 10, 22) + timedelta(number) for number in range((NEWEST - date(2024, 10, 22)).days + 1))

SEASON = "2024-25"


def id_of_game(day: date, place: int) -> str:
    return f"00224{(day - date(2024, 10, 22)).days * 6 + place:05d}"


def about_game(day: date, place: int) -> dict[str, Any]:
    """Fields of a game in every document."""
    home, away = GAMES[place]
    return {
        "game_id": id_of_game(day, place),
        "season": SEASON,
        "season_type": "regular",
        "home_team": home,
        "away_team": away,
        "tipoff_at": f"{day + timedelta(1)}T0{place}:30:00Z",
    }


def noise_of(*key: object) -> random.Random:
    return random.Random("|".join(map(str, key)))


def system_entry(system: str, player_id: int, day: date, line: float | None) -> dict[str, Any]:
    average = PLAYERS[player_id][2]
    noise = noise_of(system, player_id, day)
    points = round(line if system == "market_line" and line is not None else average + noise.gauss(0, 1.2), 2)
    spread = 0.9 * math.sqrt(max(points, 1)) * 1.6
    is_bet = line is not None and system == "ensemble" and abs(points - line) > 1
    side = "OVER" if line is not None and points > line else "UNDER"
    return {
        "system_id": system,
        "predicted_points": points,
        "expected_points": round(points + 0.4, 2),
        "sigma": round(spread, 2),
        "p10": round(max(0, points - 1.28 * spread), 2),
        "p25": round(max(0, points - 0.67 * spread), 2),
        "p75": round(points + 0.67 * spread, 2),
        "p90": round(points + 1.28 * spread, 2),
        "timed_points": points,
        "prob_over": None if line is None else round(0.5 + 0.06 * max(-4, min(4, points - line)), 3),
        "edge": None if line is None else round(points - line, 2),
        "recommendation": "NO_LINE" if line is None else side if is_bet else "PASS",
        "confidence": 0.57 if is_bet else None,
        "bet_side": side if is_bet else None,
        "bet_book": "draftkings" if is_bet else None,
        "bet_line": line if is_bet else None,
        "bet_price": 1.91 if is_bet else None,
        "bet_snapshot_at": f"{day}T17:05:00Z" if is_bet else None,
        "expected_value": 0.0887 if is_bet else None,
        "components": {},
    }


def line_of(player_id: int) -> float | None:
    """The line of a player; bench players have none."""
    average = PLAYERS[player_id][2]
    return None if average < 17 else math.floor(average) + 0.5


def actual_of(player_id: int, day: date) -> int | None:
    """Actual points; None if the player did not play."""
    if player_id == 1628389:
        return None
    return max(0, round(noise_of("actual", player_id, day).gauss(PLAYERS[player_id][2], 6)))


def players_of(home: str, away: str) -> Iterator[tuple[int, str, str]]:
    for player_id, (_, team, _) in PLAYERS.items():
        if team in (home, away):
            yield player_id, team, away if team == home else home
