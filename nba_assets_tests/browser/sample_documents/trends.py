"""streaks/{date}.json and trends/*.json."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from nba_assets_tests.browser.sample_documents.filled import filled
from nba_assets_tests.browser.sample_documents.league import NEWEST, PLAYERS, SCRIPT_NAME, SEASON, TEAMS, id_of_game


def streaks(day: date, source: str) -> dict[str, Any]:
    """Streaks as of the morning of the day."""
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
        "game_id": id_of_game(day, 0),
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
