"""Hand-made rows of the ledger and of check results, typed as read from the warehouse."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from nba_assets.tables.publishing.quality import QualityFrames

LAYERS = {
    "schedule": "raw",
    "player_boxscores": "raw",
    "player_prop_predictions": "predictions",
    "prediction_accuracy": "grading",
}
WRITTEN = "2024-03-01T05:00:00Z"


def ledger_row(
    table: str, day: date, rows: int = 10, status: str | None = None, **changes: object
) -> dict[str, object]:
    """A day of a table that was built in two seconds; by default ok or empty, depending on its rows."""
    row: dict[str, object] = {
        "table_name": table,
        "game_date": day,
        "status": status or ("ok" if rows else "empty"),
        "reason": None,
        "rows": rows,
        "set_aside": 0,
        "duplicates": 0,
        "missing_days": 0,
        "content_hash": "",
        "inputs_hash": "",
        "content_changed_at": WRITTEN,
        "code_version": "",
        "run_id": "first",
        "written_at": WRITTEN,
        "read_at": "2024-03-01T04:59:58Z",
    }
    return row | changes


def check_row(
    table: str, day: date, check: str = "completeness", reasons: Mapping[str, int] | None = None, **changes: object
) -> dict[str, object]:
    """A check result; without a reason it passes."""
    row: dict[str, object] = {
        "table_name": table,
        "check_name": check,
        "game_date": day,
        "passed": not reasons,
        "severity": "ERROR",
        "cause": None,
        "failing": sum((reasons or {}).values()),
        "reasons": json.dumps(reasons or {}),
        "failing_keys": None,
        "observed": '{"found": 10}',
        "run_id": "first",
        "evaluated_at": WRITTEN,
    }
    return row | changes


def frames(
    days: Sequence[date], ledger: Sequence[Mapping[str, object]], checks: Sequence[Mapping[str, object]] = ()
) -> QualityFrames:
    """Frames in which each of the days has two games."""
    games = pd.DataFrame({"game_date": pd.to_datetime(list(days)), "games": 2})
    typed = pd.DataFrame(ledger or [ledger_row("schedule", date(2024, 1, 1))])
    for name in ("content_changed_at", "read_at", "written_at"):
        typed[name] = pd.to_datetime(typed[name], utc=True, format="ISO8601")
    results = pd.DataFrame(checks or [check_row("schedule", date(2024, 1, 1))])
    both = []
    for frame, given in ((typed, ledger), (results, checks)):
        texts = [name for name in frame if frame[name].dtype == object and name not in ("game_date", "passed")]
        frame = frame.astype(dict.fromkeys(texts, "string[pyarrow]")).assign(
            game_date=pd.to_datetime(frame["game_date"])
        )
        both.append(frame if given else frame.iloc[:0])
    return QualityFrames(both[0], both[1], games, LAYERS)
