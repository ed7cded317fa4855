"""systems/performance.json."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

from nba_assets_tests.browser.sample_documents.filled import filled
from nba_assets_tests.browser.sample_documents.league import CALENDAR, NEWEST, SEASON, SYSTEMS


def performance(source: str) -> dict[str, Any]:
    """The accuracy of the systems, from reconstructed predictions only."""
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
        "effects": [
            {"system_id": "linear", "trained_before": "2024-12-01"}
            | {"feature": feature, "description": f"Description of {feature}", "points": points}
            for feature, points in (("points_ewma", 0.41), ("teammates_points_available", -0.27))
        ],
    }
    return filled("systems-performance", document)
