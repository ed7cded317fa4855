"""predictions/{date}.json."""

from __future__ import annotations

from datetime import date
from typing import Any

from nba_assets_tests.browser.sample_documents.filled import filled
from nba_assets_tests.browser.sample_documents.league import (
    DAYS,
    GAMES,
    PLAYERS,
    SYSTEMS,
    about_game,
    line_of,
    players_of,
    system_entry,
)

OUT, CHANGED = 1628369, 2544
"""Players of a live day: who is ruled out, and whose predictions were published before with other values."""


def before(day: date) -> dict[str, Any]:
    """What was published at noon, US Eastern."""
    return {"made_at": f"{day}T16:00:00Z", "predicted_points": 1.5, "points_line": 9.5}


def predictions(day: date, source: str, *, is_live: bool = False) -> dict[str, Any]:
    """The predictions of a day."""
    provenance = "live" if is_live else "reconstructed"
    games = [
        {
            **about_game(day, place),
            "arena": "TD Garden" if home == "BOS" else None,
            "spread": -4.5 if place == 0 else None,
            "total": 224.5 if place == 0 else None,
            "provenance": provenance,
            "made_at": f"{day}T17:06:00Z" if is_live else None,
            "players": [
                {
                    "player_id": player_id,
                    "player_name": PLAYERS[player_id][0],
                    "team": team,
                    "opponent": opponent,
                    "is_home": team == home,
                    "minutes_band": "28-34",
                    "has_line": line_of(player_id) is not None,
                    "points_line": line_of(player_id),
                    "system_agreement": 0.81,
                    "warnings": ["early season"] if player_id == 2544 else [],
                    "context": {
                        "position": "F",
                        "projected_minutes": 33.4,
                        "back_to_back": day == DAYS[1],
                        "teammates_out": 1,
                        "injury_status": "ruled_out" if is_live and player_id == OUT else "available",
                        "points_avg_season": PLAYERS[player_id][2],
                        "games_played_season": 38,
                    },
                    "systems": [
                        system_entry(system, player_id, day, line_of(player_id))
                        | ({"before": before(day)} if is_live and player_id == CHANGED else {})
                        for system in SYSTEMS
                        if system not in ("market_line", "market_informed") or line_of(player_id) is not None
                    ],
                }
                for player_id, team, opponent in players_of(home, away)
            ],
        }
        for place, (home, away) in enumerate(GAMES)
    ]
    entries = [entry for game in games for player in game["players"] for entry in player["systems"]]
    summary = {
        "games": len(games),
        "players": len(PLAYERS),
        "lined_players": sum(line_of(player_id) is not None for player_id in PLAYERS),
        "predictions": len(entries),
        "live_predictions": len(entries) if is_live else 0,
        "bets": sum(entry["bet_side"] is not None for entry in entries),
    }
    return filled("predictions", {"game_date": f"{day}", "source": source, "summary": summary, "games": games})
