"""quality/calendar.json and quality/{date}.json."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from nba_assets.tables.publishing.quality import CODES, legend
from nba_assets_tests.browser.sample_documents.filled import filled
from nba_assets_tests.browser.sample_documents.league import (
    CALENDAR,
    EMPTY_DAY,
    FAILED_DAY,
    FAILED_KEY,
    FAILED_TABLE,
    NEWEST,
    TABLES,
)


def told_tables() -> Iterator[tuple[str, str]]:
    for layer, names in TABLES.items():
        for name in names:
            yield layer, name


def code_of(table: str, day: date) -> str:
    if day == EMPTY_DAY:
        return "."
    if table == FAILED_TABLE and day == FAILED_DAY:
        return "E"
    return "W" if table == "shots" and day.day % 9 == 0 else "O"


def quality_calendar(source: str) -> dict[str, Any]:
    """The heat map, with one table that is broken on one day."""
    tables = [
        {
            "table_name": name,
            "layer": layer,
            "codes": "".join(code_of(name, day) for day in CALENDAR),
            "game_days": {"complete": 150, "not_covered": 27 if name == "shots" else 0, "missing": 0, "nothing_due": 0},
            "rows": 1234,
        }
        for layer, name in told_tables()
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
        "states": legend(),
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
    for layer, name in told_tables():
        has_failed = code_of(name, day) == "E"
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
        tables.append(
            {"table_name": name, "layer": layer, "state": "complete", "status": "ok", "rows": 72, "checks": checks}
        )
    errors = sum(code_of(name, day) == "E" for _, name in told_tables())
    counts = {
        "checks": 2 * len(tables),
        "passed": 2 * len(tables) - errors,
        "errors": errors,
        "warnings": 0,
        "not_compared": 0,
    }
    return filled(
        "quality-day",
        {"game_date": f"{day}", "source": source, "is_game_day": True, "counts": counts, "tables": tables},
    )
