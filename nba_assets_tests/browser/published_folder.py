"""A published folder for tests of the site: hand-made documents, valid against the schemas; no archive is needed.

What a document does not say is filled in from its schema: null where that is allowed, else the least value of its kind.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from nba_assets.publishing import schemas
from nba_assets.publishing.site_files import site_files

SYSTEMS = [
    *("moving_average", "zone_matchup", "similarity", "gradient_boosting", "ensemble"),
    *("naive_last_10", "market_line", "market_informed"),
]
SCRIPT_NAME = "<script>document.title='owned'</script>"
"""A player's name that must stay text."""
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
"""Days with games; none was played on the 16th."""
NEWEST = DAYS[-1]
EMPTY_DAY = date(2025, 1, 16)
GAMES = (("BOS", "NYK"), ("DEN", "LAL"), ("GSW", "MIA"))
"""(home, away), each day the same."""
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


@cache
def _schema(product: str) -> dict[str, Any]:
    found = files("nba_assets.publishing.schemas").joinpath(f"{product}.schema.json").read_text()
    return dict(json.loads(found))


def filled(product: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """A document with what it does not say filled in.

    Raises:
        KeyError: the document says what its schema does not know.
    """
    schema = _schema(product)
    return dict(_filled(schema, {"schema": f"v1/schemas/{product}.schema.json", **value}, schema, product))


def _filled(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], where: str) -> Any:
    schema = _resolved(schema, value, root)
    if isinstance(value, Mapping) and "properties" in schema:
        known = schema["properties"]
        if extra := set(value) - set(known):
            raise KeyError(f"{where}: {sorted(extra)} are not in the schema")
        return {
            name: _filled(part, value[name], root, f"{where}.{name}") if name in value else _least(part, root, where)
            for name, part in known.items()
        }
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_filled(schema["items"], item, root, f"{where}[]") for item in value]
    return value


def _resolved(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        found: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    for option in schema.get("anyOf", schema.get("oneOf", ())):
        if (option.get("type") == "null") == (value is None):
            return _resolved(option, value, root)
    return schema


def _least(schema: Mapping[str, Any], root: Mapping[str, Any], where: str) -> Any:
    options = schema.get("anyOf", schema.get("oneOf"))
    if options and any(option.get("type") == "null" for option in options):
        return None
    schema = _resolved(schema, {}, root)
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "const" in schema:
        return schema["const"]
    if "null" in kinds:
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if "object" in kinds:
        return _filled(schema, {}, root, where)
    least: dict[str, Any] = {"array": [], "integer": 0, "number": 0, "boolean": False, "string": "2025-01-01"}
    return least[kinds[0]]


# ---- the documents ----


def _game_id(day: date, place: int) -> str:
    return f"00224{(day - date(2024, 10, 22)).days * 6 + place:05d}"


def _noise(*key: object) -> random.Random:
    return random.Random("|".join(map(str, key)))


def _entry(system: str, player_id: int, day: date, line: float | None) -> dict[str, Any]:
    average = PLAYERS[player_id][2]
    noise = _noise(system, player_id, day)
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


def _line(player_id: int) -> float | None:
    """The line of a player; bench players have none."""
    average = PLAYERS[player_id][2]
    return None if average < 17 else math.floor(average) + 0.5


def _actual(player_id: int, day: date) -> int | None:
    """What he scored; None when he did not play."""
    if player_id == 1628389:
        return None
    return max(0, round(_noise("actual", player_id, day).gauss(PLAYERS[player_id][2], 6)))


def _of_game(home: str, away: str) -> Iterator[tuple[int, str, str]]:
    for player_id, (_, team, _) in PLAYERS.items():
        if team in (home, away):
            yield player_id, team, away if team == home else home


def predictions(day: date, source: str, *, is_live: bool = False) -> dict[str, Any]:
    """The predictions of a day."""
    provenance = "live" if is_live else "reconstructed"
    games = [
        {
            "game_id": _game_id(day, place),
            "season": SEASON,
            "season_type": "regular",
            "home_team": home,
            "away_team": away,
            "tipoff_at": f"{day + timedelta(1)}T0{place}:30:00Z",
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
                    "has_line": _line(player_id) is not None,
                    "points_line": _line(player_id),
                    "system_agreement": 0.81,
                    "warnings": ["early season"] if player_id == 2544 else [],
                    "context": {
                        "position": "F",
                        "projected_minutes": 33.4,
                        "back_to_back": day == DAYS[1],
                        "teammates_out": 1,
                        "injury_status": "available",
                        "points_avg_season": PLAYERS[player_id][2],
                        "games_played_season": 38,
                    },
                    "systems": [
                        _entry(system, player_id, day, _line(player_id))
                        for system in SYSTEMS
                        if system not in ("market_line", "market_informed") or _line(player_id) is not None
                    ],
                }
                for player_id, team, opponent in _of_game(home, away)
            ],
        }
        for place, (home, away) in enumerate(GAMES)
    ]
    entries = [entry for game in games for player in game["players"] for entry in player["systems"]]
    summary = {
        "games": len(games),
        "players": len(PLAYERS),
        "lined_players": sum(_line(player_id) is not None for player_id in PLAYERS),
        "predictions": len(entries),
        "live_predictions": len(entries) if is_live else 0,
        "bets": sum(entry["bet_side"] is not None for entry in entries),
    }
    return filled("predictions", {"game_date": f"{day}", "source": source, "summary": summary, "games": games})


def _bets(day: date) -> list[dict[str, Any]]:
    found = []
    for place, (home, away) in enumerate(GAMES):
        for player_id, team, opponent in _of_game(home, away):
            entry = _entry("ensemble", player_id, day, _line(player_id))
            if entry["bet_side"]:
                found.append(
                    {
                        "game_id": _game_id(day, place),
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


_RECORD = {
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
    """The best bets of a day, with the record of those before."""
    bets = [
        {
            **bet,
            "is_home": True,
            "tipoff_at": f"{day + timedelta(1)}T00:30:00Z",
            "bet_snapshot_at": f"{day}T17:05:00Z",
            "break_even": 0.5236,
            "reasons": ["Plays 34.1 minutes a game lately, two more than usual.", "The line moved up by a point."],
        }
        for bet in _bets(day)
    ]
    record = [
        {"time_window": window, "provenance": provenance, **(_RECORD if provenance == "reconstructed" else _NO_BETS)}
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


def _result(entry: Mapping[str, Any], actual: int | None) -> tuple[str | None, float | None]:
    if entry["recommendation"] in ("PASS", "NO_LINE"):
        return ("PASS" if entry["recommendation"] == "PASS" else None), None
    if actual is None:
        return "VOID", 0.0
    has_won = (actual > entry["bet_line"]) == (entry["bet_side"] == "OVER")
    return ("WIN", 0.91) if has_won else ("LOSS", -1.0)


def results(day: date, source: str) -> dict[str, Any]:
    """The day graded."""
    games = []
    for place, (home, away) in enumerate(GAMES):
        players = []
        for player_id, team, opponent in _of_game(home, away):
            actual, line = _actual(player_id, day), _line(player_id)
            entries = []
            for system in SYSTEMS:
                entry = _entry(system, player_id, day, line)
                outcome, profit = _result(entry, actual)
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
                "game_id": _game_id(day, place),
                "season": SEASON,
                "season_type": "regular",
                "home_team": home,
                "away_team": away,
                "tipoff_at": f"{day + timedelta(1)}T0{place}:30:00Z",
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
    for bet in _bets(day):
        actual = _actual(bet["player_id"], day)
        outcome, profit = _result({**bet, "recommendation": bet["bet_side"]}, actual)
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


def performance(source: str) -> dict[str, Any]:
    """How good the systems are, everything reconstructed."""
    populations = {
        "all_played": ["all"],
        "lined": ["all"],
        "minutes_band": ["20-28", "28-34"],
        "scoring_tier": ["bench", "star"],
    }
    periods = ["2023-24", SEASON, "all", "7_days", "30_days"]
    figures = [
        {
            "provenance": provenance,
            "period": period,
            "population": population,
            "value": value,
            "system_id": system,
            **(
                {
                    "predictions": 12000,
                    "n": 11500,
                    "voids": 500,
                    "mae": 4.4 + place / 10,
                    "mae_low": 4.3 + place / 10,
                    "mae_high": 4.5 + place / 10,
                    "naive_mae": 4.735,
                    "bias": -0.02,
                    "rmse": 6.0,
                    "mean_crps": 3.2,
                    "coverage_p10_p90": 0.799,
                    "share_within_3": 0.42,
                    "share_within_5": 0.64,
                    "lined": 5000,
                    "lined_mae": 5.3,
                    "line_mae": 5.22,
                    "lined_naive_mae": 5.6,
                    "above_line": 0.08,
                    "above_line_low": 0.05,
                    "above_line_high": 0.11,
                    **(
                        {}
                        if system in ("naive_last_10", "market_line")
                        else {
                            "bets": 2010,
                            "wins": 1010,
                            "losses": 990,
                            "pushes": 10,
                            "bet_voids": 40,
                            "accuracy": 0.505,
                            "profit": -31.5,
                            "roi": -0.0157,
                            "mean_price": 1.9,
                        }
                    ),
                }
                if provenance == "reconstructed"
                else {}
            ),
        }
        for provenance in ("live", "reconstructed")
        for period in periods
        for population, values in populations.items()
        for value in values
        for place, system in enumerate(SYSTEMS)
    ]
    calibration = [
        {
            "provenance": "reconstructed",
            "period": period,
            "system_id": system,
            "value": f"{low / 10}-{(low + 1) / 10}",
            "low": low / 10,
            "high": (low + 1) / 10,
            "n": 900 - 100 * abs(low - 5),
            "mean_prob_over": low / 10 + 0.05,
            "observed_over": low / 10 + 0.06,
            "observed_low": low / 10 + 0.03,
            "observed_high": low / 10 + 0.09,
        }
        for period in ("2023-24", SEASON, "all")
        for system in ("ensemble", "market_line", "market_informed")
        for low in range(2, 8)
    ]
    days = [f"{day}" for day in (*(date(2024, 1, 1) + timedelta(number) for number in range(100)), *CALENDAR)]
    series = [
        {
            "population": population,
            "system_id": system,
            "mae": [
                None if number < 3 else 4.5 + place / 20 + 0.2 * math.sin(number / 15) for number in range(len(days))
            ],
            "n": [0 if number < 3 else 3000 for number in range(len(days))],
        }
        for population in ("all_played", "lined")
        for place, system in enumerate(SYSTEMS)
    ]
    document = {
        "as_of": f"{NEWEST}",
        "source": source,
        "provenance": [
            {"provenance": "live", "predictions": 0, "graded": 0, "voids": 0},
            {"provenance": "reconstructed", "predictions": 24000, "graded": 23000, "voids": 1000},
        ],
        "periods": [
            {
                "period": period,
                "first_day": "2024-01-01" if period in ("2023-24", "all") else "2024-10-22",
                "last_day": "2024-04-09" if period == "2023-24" else f"{NEWEST}",
                "game_days": 80,
            }
            for period in periods
        ],
        "figures": figures,
        "calibration": calibration,
        "rolling": {"window_days": 30, "days": days, "series": series},
    }
    return filled("systems-performance", document)


def _folded(name: str) -> str:
    return "".join(letter for letter in name.lower().replace("ć", "c") if letter.isalnum() or letter == " ")


def players_index(source: str) -> dict[str, Any]:
    """What the search looks through."""
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
    line = _line(player_id)
    days = [NEWEST - timedelta(2 * number) for number in range(38)]
    games = []
    for day in days:
        entry = _entry("ensemble", player_id, day, line)
        kept = ("predicted_points", "p10", "p90", "recommendation", "bet_side", "bet_line", "bet_price")
        points = _actual(player_id, day) or 0
        games.append(
            {
                "game_date": f"{day}",
                "game_id": _game_id(day, 0),
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
                "bet_result": _result(entry, points)[0] if entry["bet_side"] else None,
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


def streaks(day: date, source: str) -> dict[str, Any]:
    """Streaks as they stood before the day."""
    games = [
        {"game_date": f"{day - timedelta(2 * back)}", "opponent": "MIA", "points": 31 - back, "points_line": 27.5}
        for back in (1, 2, 3)
    ]
    who = {
        "player_id": 1628369,
        "player_name": "Jayson Tatum",
        "team": "BOS",
        "opponent": "NYK",
        "is_home": True,
        "game_id": _game_id(day, 0),
    }
    return filled(
        "streaks",
        {
            "game_date": f"{day}",
            "source": source,
            "least_length": 3,
            "players": len(PLAYERS),
            "line_streaks": [
                {**who, "side": "OVER", "length": 3, "margin_avg": 2.5, "points_line": 27.5, "games": games}
            ],
            "scoring_streaks": [{**who, "threshold": 25, "length": 3, "points_avg": 29.0, "games": games}],
        },
    )


def trends(source: str) -> dict[str, dict[str, Any]]:
    """The four trends by path."""
    head = {"as_of": f"{NEWEST}", "source": source}
    who = [
        {
            "player_id": player_id,
            "player_name": name,
            "team": team,
            "games_last": 5,
            "points_avg_last": average + shift,
            "games_before": 33,
            "points_avg_before": average,
            "points_std_before": 6.0,
            "minutes_avg_last": 35.0,
            "minutes_avg_before": 33.0,
            "difference": shift,
            "z": round(shift / 2.9, 3),
            "shrunk_difference": round(shift / 4, 3),
            "last_game_date": f"{NEWEST}",
        }
        for (player_id, (name, team, average)), shift in zip(
            PLAYERS.items(), (6, 5, 4, 3, 2, 1, -1, -2, -3, -4, -5, -6), strict=True
        )
    ]
    back = {
        "n": 400,
        "returned": 190,
        "share": 0.475,
        "share_low": 0.43,
        "share_high": 0.52,
        "baseline_n": 9000,
        "baseline_share": 0.48,
    }
    effects = [
        {
            "period": period,
            "factor": factor,
            "value": value,
            "n": 11000,
            "points_vs_last_10": shift,
            "points_vs_last_10_low": shift - 0.1,
            "points_vs_last_10_high": shift + 0.1,
            "points_vs_ensemble": shift / 10,
            "points_vs_ensemble_low": shift / 10 - 0.1,
            "points_vs_ensemble_high": shift / 10 + 0.1,
        }
        for period in (SEASON, "all")
        for factor, value, shift in (
            ("home_away", "home", 0.2),
            ("home_away", "away", -0.2),
            ("opponent_defense", "weak", 0.5),
        )
    ]
    zone = {"points_allowed_avg_last_15": 48.1, "pct_allowed_last_15": 0.55, "vs_league": -1.2, "rank": 4, "n": 15}
    place = {"vs_league": 0.4, "rank": 18, "n": 15}
    teams = [
        {
            "team": team,
            "games": 40,
            "wins": 22,
            "pace": 99.1,
            "pace_rank": 12,
            "offensive_rating": 115.2,
            "offensive_rating_rank": 8,
            "defensive_rating": 108.0 + number,
            "defensive_rating_rank": number + 1,
            "points_avg": 114.0,
            "points_allowed_avg": 111.0,
            "threes_attempted_share": 0.41,
            "games_in_sample": 15,
            "pace_last_15": 98.8,
            "defensive_rating_last_15": 110.2,
            "points_allowed_avg_last_15": 109.5,
            "strongest_zone": "paint",
            "weakest_zone": "three",
            "zones": dict.fromkeys(("paint", "mid_range", "three"), zone),
            "positions": dict.fromkeys(("guard", "forward", "center"), place),
        }
        for number, team in enumerate(TEAMS)
    ]
    worst = {
        "player_id": 99,
        "player_name": SCRIPT_NAME,
        "team": "LAL",
        "last_game_date": f"{NEWEST}",
        "last_points": 2,
        "points_avg": 11.3,
        "games_before": 30,
        "deviations": 1.6,
    }
    return {
        "trends/whos-hot.json": filled(
            "trends-whos-hot",
            {
                **head,
                "season": SEASON,
                "window": 5,
                "least_games": 10,
                "population": 12,
                "variance_observed": 8.0,
                "variance_expected": 6.0,
                "variance_true": 2.0,
                "players": who,
            },
        ),
        "trends/bounce-back.json": filled(
            "trends-bounce-back",
            {
                **head,
                "deviations": 1.0,
                "least_games": 10,
                "players": [{**worst, **back, "n": 7, "returned": 4}],
                "groups": [
                    {"period": period, "scoring_tier": tier, **back}
                    for period in (SEASON, "all")
                    for tier in ("all", "star")
                ],
            },
        ),
        "trends/what-matters.json": filled(
            "trends-what-matters",
            {
                **head,
                "periods": [SEASON, "all"],
                "effects": effects,
                "ranges": [
                    {
                        "period": period,
                        "factor": factor,
                        "n": 22000,
                        "range_vs_last_10": width,
                        "range_vs_ensemble": width / 10,
                    }
                    for period in (SEASON, "all")
                    for factor, width in (("opponent_defense", 0.9), ("home_away", 0.4))
                ],
            },
        ),
        "trends/team-tendencies.json": filled(
            "trends-team-tendencies", {**head, "season": SEASON, "window": 15, "teams": teams}
        ),
    }


def _tables() -> Iterator[tuple[str, str]]:
    for layer, names in TABLES.items():
        for name in names:
            yield layer, name


CODES = {
    "M": "missing: never made, or not final when made",
    "E": "an ERROR check failed",
    "P": "made from an incomplete history",
    "A": "no source covers the day",
    "W": "a WARN check failed",
    "O": "rows, and every check passed",
    "S": "its product was replaced by that of a newer day",
    ".": "no rows, and none expected",
    " ": "no games, never made",
}


def _code(table: str, day: date) -> str:
    if day == EMPTY_DAY:
        return "."
    if table == FAILED_TABLE and day == FAILED_DAY:
        return "E"
    return "W" if table == "shots" and day.day % 9 == 0 else "O"


def quality_calendar(source: str) -> dict[str, Any]:
    """The heat map and what is broken: one table on one day."""
    tables = [
        {"table_name": name, "layer": layer, "codes": "".join(_code(name, day) for day in CALENDAR), "rows": 1234}
        for layer, name in _tables()
    ]
    broken = {
        "table_name": FAILED_TABLE,
        "layer": "raw",
        "game_date": f"{FAILED_DAY}",
        "last_date": f"{FAILED_DAY}",
        "days": 1,
        "check_name": "completeness",
        "severity": "ERROR",
        "reason": "1 missing key",
        "key": FAILED_KEY,
        "is_source_hole": False,
        "command": f"nba-assets backfill --from {FAILED_DAY} --to {FAILED_DAY} --select {FAILED_TABLE}",
    }
    warning = {
        "table_name": "shots",
        "layer": "raw",
        "check_name": "completeness",
        "reason": "no source has the shots",
        "days": 9,
        "failing": 18,
        "first_day": f"{CALENDAR[0]}",
        "last_day": f"{NEWEST}",
        "is_source_hole": True,
        "command": "nba-assets backfill --select shots",
    }
    document = {
        "as_of": f"{NEWEST}",
        "source": source,
        "codes": [{"code": code, "meaning": meaning} for code, meaning in CODES.items()],
        "days": [f"{day}" for day in CALENDAR],
        "games": [0 if day == EMPTY_DAY else 3 for day in CALENDAR],
        "tables": tables,
        "broken": [broken],
        "broken_total": 1,
        "warnings": [warning],
    }
    return filled("quality-calendar", document)


def quality_day(day: date, source: str) -> dict[str, Any]:
    """The checks of a day."""
    tables = []
    for layer, name in _tables():
        has_failed = _code(name, day) == "E"
        failure = {
            "failing": 1,
            "reasons": [{"reason": "1 missing key", "n": 1}],
            "observed": {"observed": 71, "expected": 72},
            "failing_keys": [{"key": FAILED_KEY, "found": None, "expected": None}],
        }
        checks = [
            {"check_name": "unique_keys", "passed": True, "severity": "ERROR", "observed": {"rows": 72}},
            {
                "check_name": "completeness",
                "passed": not has_failed,
                "severity": "ERROR",
                **(failure if has_failed else {"observed": {}}),
            },
        ]
        tables.append({"table_name": name, "layer": layer, "status": "ok", "rows": 72, "checks": checks})
    errors = sum(_code(name, day) == "E" for _, name in _tables())
    counts = {"checks": 2 * len(tables), "passed": 2 * len(tables) - errors, "errors": errors, "warnings": 0}
    return filled(
        "quality-day",
        {"game_date": f"{day}", "source": source, "is_game_day": True, "counts": counts, "tables": tables},
    )


def progress(source: str) -> dict[str, Any]:
    """Where the backfill stands."""
    seasons = ["2023-24", SEASON]
    status = [
        {
            "table_name": name,
            "layer": layer,
            "season": season,
            "days_done": 80,
            "days_expected": 80,
            "done_share": 1,
            "failed_days": int(name == FAILED_TABLE),
            "state": "failed" if name == FAILED_TABLE else "complete",
        }
        for layer, name in _tables()
        for season in seasons
    ]
    tables = [
        {
            "table_name": name,
            "layer": layer,
            "season": "all",
            "days": 178,
            "rows": 123456,
            "checks": 900,
            "checks_passed": 899,
            "done_share": 1,
            "passed_share": 0.9988,
            "grade": "A",
        }
        for layer, name in _tables()
    ]
    systems = [
        {
            "system_id": system,
            "n": 23000,
            "mae": 4.5,
            "bias": 0.01,
            "naive_mae": 4.735,
            "lined": 9000,
            "lined_mae": 5.3,
            "line_mae": 5.22,
        }
        for system in SYSTEMS
    ]
    predictions_ = [
        {
            "season": season,
            "game_days": 80,
            "successful": 79,
            "skipped": [{"reason": "no player has three earlier games", "days": 1}],
            "player_games": 23500,
            "graded": 23000,
            "voids": 500,
            "systems": systems,
        }
        for season in (*seasons, "all")
    ]
    validation = [
        {
            "table_name": FAILED_TABLE,
            "layer": "raw",
            "check_name": "completeness",
            "severity": "ERROR",
            "days_evaluated": 160,
            "days_passed": 159,
            "passed_share": 0.9937,
            "failed_by_reason": [
                {
                    "reason": "1 missing key",
                    "severity": "ERROR",
                    "days": 1,
                    "failing": 1,
                    "first_day": f"{FAILED_DAY}",
                    "last_day": f"{FAILED_DAY}",
                    "keys": [f"{FAILED_DAY} {FAILED_KEY}"],
                }
            ],
        },
    ]
    open_ = [
        {
            "kind": "failed",
            "table_name": FAILED_TABLE,
            "first_day": f"{FAILED_DAY}",
            "last_day": f"{FAILED_DAY}",
            "days": 1,
            "reason": "completeness: 1 missing key",
            "command": f"nba-assets backfill --select {FAILED_TABLE}",
        },
    ]
    run = {
        "run_id": "6f1c2a3b-0000-4000-8000-000000000000",
        "first_day": "2023-10-24",
        "last_day": f"{NEWEST}",
        "tables": 12,
        "days": 2136,
        "rows": 1481472,
        "started_at": "2025-01-18T10:00:00Z",
        "ended_at": "2025-01-18T10:00:42Z",
        "seconds": 42.1,
    }
    times = [
        {"table_name": name, "layer": layer, "days": 178, "rows": 123456, "seconds": 3.2} for layer, name in _tables()
    ]
    return filled(
        "progress",
        {
            "as_of": f"{NEWEST}",
            "source": source,
            "state_at": "2025-01-18T10:00:42Z",
            "seasons": seasons,
            "status": status,
            "tables": tables,
            "grade_formula": "A from 99.5 % of the checks passed.",
            "predictions": predictions_,
            "validation": validation,
            "open": open_,
            "runs": [run],
            "table_times": times,
        },
    )


# ---- the folder ----


def documents(source: str = "archive", days: Sequence[date] = DAYS) -> dict[str, dict[str, Any]]:
    """All documents by path below v1/, the manifest left out."""
    found: dict[str, dict[str, Any]] = {}
    for day in days:
        found[f"predictions/{day}.json"] = predictions(day, source)
        found[f"best-bets/{day}.json"] = best_bets(day, source)
        found[f"results/{day}.json"] = results(day, source)
        found[f"streaks/{day}.json"] = streaks(day, source)
        found[f"quality/{day}.json"] = quality_day(day, source)
    if days:
        found["predictions/today.json"] = found[f"predictions/{days[-1]}.json"]
        found["best-bets/latest.json"] = found[f"best-bets/{days[-1]}.json"]
        found["results/latest.json"] = found[f"results/{days[-1]}.json"]
        found["systems/performance.json"] = performance(source)
        found["players/index.json"] = players_index(source)
        found |= {f"players/{player_id}.json": player(player_id, source) for player_id in PLAYERS}
        found |= trends(source)
        found["quality/calendar.json"] = quality_calendar(source)
        found["progress.json"] = progress(source)
    return found


def publish(folder: Path, found: Mapping[str, Mapping[str, Any]], source: str = "archive") -> None:
    """Writes the documents, their manifest and the site below folder/v1.

    Raises:
        SchemaError: a document is not as its schema says.
    """
    listed = []
    for path, document in sorted(found.items()):
        schemas.check(f"v1/{path}", document)
        data = json.dumps(document, ensure_ascii=False).encode()
        _write(folder / "v1" / path, data)
        day = document.get("game_date")
        listed.append(
            {
                "path": path,
                "product": path.split("/")[0],
                "game_date": day,
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )
    totals = {"files": len(listed), "bytes": sum(row["bytes"] for row in listed), "rows": 0}
    manifest = filled("manifest", {"source": source, "totals": totals, "products": [], "files": listed})
    schemas.check("v1/manifest.json", manifest)
    _write(folder / "v1" / "manifest.json", json.dumps(manifest).encode())
    for path, data in site_files():
        _write(folder / "v1" / path, data)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
