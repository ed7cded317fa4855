"""best-bets/{date}.json."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from nba_assets_tests.browser.sample_documents.filled import filled
from nba_assets_tests.browser.sample_documents.league import (
    GAMES,
    PLAYERS,
    id_of_game,
    line_of,
    players_of,
    system_entry,
)


def bets_of(day: date) -> list[dict[str, Any]]:
    found = []
    for place, (home, away) in enumerate(GAMES):
        for player_id, team, opponent in players_of(home, away):
            entry = system_entry("ensemble", player_id, day, line_of(player_id))
            if entry["bet_side"]:
                found.append(
                    {
                        "game_id": id_of_game(day, place),
                        "player_id": player_id,
                        "player_name": PLAYERS[player_id][0],
                        "team": team,
                        "opponent": opponent,
                        "system_id": "ensemble",
                        **{name: entry[name] for name in ("bet_side", "bet_book", "bet_line", "bet_price")},
                        "expected_value": round(entry["expected_value"] - 0.001 * len(found), 4),
                        "confidence": entry["confidence"],
                        "timed_points": entry["timed_points"],
                    }
                )
    return [{"rank": rank, **bet} for rank, bet in enumerate(found, 1)]


RECORD = {
    "bets": 120,
    "wins": 61,
    "losses": 57,
    "pushes": 2,
    "voids": 3,
    "accuracy": 0.517,
    "profit": -1.2,
    "roi": -0.01,
    "mean_price": 1.91,
    "break_even": 0.5236,
}

_NO_BETS = {"bets": 0, "wins": 0, "losses": 0, "pushes": 0, "voids": 0}


def best_bets(day: date, source: str) -> dict[str, Any]:
    """The best bets of a day, with the results of earlier ones."""
    bets = [
        {
            **bet,
            "is_home": True,
            "tipoff_at": f"{day + timedelta(1)}T00:30:00Z",
            "bet_snapshot_at": f"{day}T17:05:00Z",
            "break_even": 0.5236,
            "reasons": ["Plays 34.1 minutes a game lately, two more than usual.", "The line moved up by a point."],
        }
        for bet in bets_of(day)
    ]
    record = [
        {"time_window": window, "provenance": provenance, **(RECORD if provenance == "reconstructed" else _NO_BETS)}
        for window in ("30_days", "season")
        for provenance in ("live", "reconstructed")
    ]
    document = {
        "game_date": f"{day}",
        "source": source,
        "provenance": "reconstructed",
        "decided_before": f"{day + timedelta(1)}T00:30:00Z",
        "summary": {"games": len(GAMES), "candidates": len(bets), "bets": len(bets)},
        "bets": bets,
        "record": record,
    }
    return filled("best-bets", document)
