"""results/{date}.json."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from nba_assets_tests.browser.sample_documents.best_bets import _NO_BETS, bets_of
from nba_assets_tests.browser.sample_documents.filled import filled
from nba_assets_tests.browser.sample_documents.league import (
    GAMES,
    PLAYERS,
    SYSTEMS,
    about_game,
    actual_of,
    line_of,
    players_of,
    system_entry,
)


def result_of(entry: Mapping[str, Any], actual: int | None) -> tuple[str | None, float | None]:
    if entry["recommendation"] in ("PASS", "NO_LINE"):
        return ("PASS" if entry["recommendation"] == "PASS" else None), None
    if actual is None:
        return "VOID", 0.0
    has_won = (actual > entry["bet_line"]) == (entry["bet_side"] == "OVER")
    return ("WIN", 0.91) if has_won else ("LOSS", -1.0)


def results(day: date, source: str) -> dict[str, Any]:
    """The graded predictions of a day."""
    games = []
    for place, (home, away) in enumerate(GAMES):
        players = []
        for player_id, team, opponent in players_of(home, away):
            actual, line = actual_of(player_id, day), line_of(player_id)
            entries = []
            for system in SYSTEMS:
                entry = system_entry(system, player_id, day, line)
                outcome, profit = result_of(entry, actual)
                kept = (
                    "system_id",
                    "predicted_points",
                    "expected_points",
                    "p10",
                    "p90",
                    "recommendation",
                    "confidence",
                )
                entries.append(
                    {
                        **{name: entry[name] for name in (*kept, "bet_side", "bet_line", "bet_price")},
                        "provenance": "reconstructed",
                        "absolute_error": None if actual is None else round(abs(entry["predicted_points"] - actual), 2),
                        "result": outcome,
                        "bet_profit": profit,
                    }
                )
            players.append(
                {
                    "player_id": player_id,
                    "player_name": PLAYERS[player_id][0],
                    "team": team,
                    "opponent": opponent,
                    "is_home": team == home,
                    "outcome": "void" if actual is None else "graded",
                    "actual_points": actual,
                    "actual_minutes": None if actual is None else 34.2,
                    "points_line": line,
                    "line_absolute_error": None if actual is None or line is None else abs(line - actual),
                    "naive_absolute_error": None if actual is None else abs(round(PLAYERS[player_id][2] - actual, 2)),
                    "systems": entries,
                }
            )
        games.append(
            {
                **about_game(day, place),
                "home_points": 112 + place,
                "away_points": 108 - place,
                "players": players,
            }
        )
    graded = [
        (player, entry)
        for game in games
        for player in game["players"]
        for entry in player["systems"]
        if player["outcome"] == "graded"
    ]
    systems = []
    for system in SYSTEMS:
        errors = [entry["absolute_error"] for _, entry in graded if entry["system_id"] == system]
        systems.append(
            {
                "system_id": system,
                "provenance": "reconstructed",
                "predictions": len(PLAYERS),
                "graded": len(errors),
                "voids": len(PLAYERS) - len(errors),
                "mae": round(sum(errors) / len(errors), 4),
                "naive_mae": 4.9,
                "bias": 0.12,
                "coverage_p10_p90": 0.8182,
            }
        )
    bets = []
    for bet in bets_of(day):
        actual = actual_of(bet["player_id"], day)
        outcome, profit = result_of({**bet, "recommendation": bet["bet_side"]}, actual)
        known = {name: value for name, value in bet.items() if name != "timed_points"}
        bets.append(
            {**known, "provenance": "reconstructed", "actual_points": actual, "bet_profit": profit, "result": outcome}
        )
    off = [
        {
            **{
                name: player[name]
                for name in ("player_id", "player_name", "team", "opponent", "actual_points", "points_line")
            },
            **{name: entry[name] for name in ("system_id", "predicted_points", "absolute_error", "provenance")},
        }
        for player, entry in sorted(graded, key=lambda pair: pair[1]["absolute_error"])
        if entry["system_id"] == "ensemble"
    ]
    document = {
        "game_date": f"{day}",
        "source": source,
        "summary": {
            "games": len(games),
            "players": len(PLAYERS),
            "played": len(PLAYERS) - 1,
            "voids": 1,
            "not_ingested": 0,
            "systems": systems,
        },
        "best_bets": {"day": {**_NO_BETS, "bets": len(bets), "wins": len(bets)}, "bets": bets},
        "highlights": {"system_id": "ensemble", "closest": off[:3], "furthest": off[-3:][::-1]},
        "games": games,
    }
    return filled("results", document)
