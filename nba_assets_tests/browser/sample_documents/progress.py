"""progress.json."""

from __future__ import annotations

from typing import Any

from nba_assets.tables.publishing.quality import legend
from nba_assets_tests.browser.sample_documents.filled import filled
from nba_assets_tests.browser.sample_documents.league import (
    FAILED_DAY,
    FAILED_KEY,
    FAILED_TABLE,
    NEWEST,
    SEASON,
    SYSTEMS,
)
from nba_assets_tests.browser.sample_documents.quality import told_tables


def progress(source: str) -> dict[str, Any]:
    """The progress of the backfill."""
    seasons = ["2023-24", SEASON]
    status = [
        {
            "table_name": name,
            "layer": layer,
            "season": season,
            "days_complete": 50 if name == "shots" else 80,
            "days_not_covered": 30 if name == "shots" else 0,
            "days_missing": 0,
            "days_nothing_due": 0,
            "days_expected": 80,
            "done_share": 1,
            "failed_days": int(name == FAILED_TABLE),
            "state": "failed" if name == FAILED_TABLE else "covered_in_part" if name == "shots" else "complete",
        }
        for layer, name in told_tables()
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
        for layer, name in told_tables()
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
        {"table_name": name, "layer": layer, "days": 178, "rows": 123456, "seconds": 3.2}
        for layer, name in told_tables()
    ]
    return filled(
        "progress",
        {
            "as_of": f"{NEWEST}",
            "source": source,
            "state_at": "2025-01-18T10:00:42Z",
            "seasons": seasons,
            "states": legend(),
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
