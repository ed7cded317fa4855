"""progress.md: the content of progress.json as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from nba_assets.contracts.day_state import LEGEND, marked

ALL = "all"
WORST_FIRST = ("failed", "missing", "incomplete", "not_covered", "covered_in_part", "complete", "nothing_due")
"""The words of a table's seasons; of a table the worst of its seasons is said."""
MOST_RUNS = 20
MOST_REASONS = 3

SIMULATED = (
    "> 🟥 **Simulated data.** These games and players are made up to try the platform; nothing in this log is of a "
    "real game."
)

Record = Mapping[str, Any]


def markdown(document: Record) -> str:
    """The text of progress.md for the document of progress.json."""
    parts = [
        "# Backfill log",
        *([SIMULATED] if document["source"] == "simulated" else []),
        f"Data: {document['source']}. As of {document['as_of']}, by what the ledger held at {document['state_at']}.",
        *_status(document),
        *_tables(document),
        *_predictions(document["predictions"]),
        *_validation(document["validation"]),
        *_open(document["open"]),
        *_times(document),
    ]
    return "\n\n".join(parts) + "\n"


def percent(share: float | None) -> str:
    """A share as percent, truncated to two decimals: 100 % only where the share is 1."""
    if share is None:
        return "–"
    if share == 1:
        return "100 %"
    return f"{int(share * 10_000 + 1e-6) / 100:.2f} %"


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]], left: int = 1) -> str:
    """A Markdown table; the first `left` columns are text, the others numbers."""
    rule = ["---"] * left + ["---:"] * (len(headings) - left)
    lines = [headings, rule, *[[_cell(value) for value in row] for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.3f}"
    # A key or reason from the data must not end the cell or contain active mark-up.
    return str(value).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _status(document: Record) -> list[str]:
    seasons = document["seasons"]
    text = (
        f"Game days in each state / of the season: {LEGEND}. A day on which no rows are due is in none. "
        "The word is of the worst season; failed: a check with severity ERROR failed on so many days."
    )
    found = ["## 1. Status", text]
    for layer, rows in groupby(document["status"], key=lambda row: row["layer"]):
        lines = []
        for table, of_table in groupby(rows, key=lambda row: row["table_name"]):
            cells = list(of_table)
            states = {cell["state"] for cell in cells}
            word = next(state for state in WORST_FIRST if state in states)
            if word in ("missing", "not_covered") and len(states) > 1:
                word = "incomplete" if word == "missing" else "covered_in_part"
            counts = [f"{marked(cell)} / {cell['days_expected']}{_failed(cell)}" for cell in cells]
            lines.append((table, *counts, word.replace("_", " ")))
        found += [f"### {layer}", _table(["table", *seasons, "status"], lines)]
    return found


def _failed(cell: Record) -> str:
    return f", {cell['failed_days']:,} failed" if cell["failed_days"] else ""


def _tables(document: Record) -> list[str]:
    found = ["## 2. Tables", f"Grade: {document['grade_formula']}"]
    rows = [row for row in document["tables"] if row["season"] == ALL]
    lines = [
        (
            row["table_name"],
            row["grade"],
            percent(row["done_share"]),
            percent(row["passed_share"]),
            row["days"],
            row["rows"],
            row["empty"],
            row["superseded"],
            row["set_aside"],
            row["failed_days"],
            row["warned_days"],
            row["uncompared_days"],
        )
        for row in rows
    ]
    headings = ["table", "grade", "due days complete", "checks passed", "days", "rows", "empty", "superseded"]
    found.append(_table([*headings, "set aside", "days failed", "days warned", "days nothing compared"], lines, left=2))
    skipped = [
        (row["table_name"], part["status"], part["reason"], part["days"]) for row in rows for part in row["skipped"]
    ]
    if skipped:
        found += [
            "Days that no source covers, or that were not made whole, by reason:",
            _table(["table", "status", "reason", "days"], skipped, left=3),
        ]
    return found


def _predictions(predictions: Sequence[Record]) -> list[str]:
    lines = [
        (
            row["season"],
            row["game_days"],
            row["successful"],
            sum(part["days"] for part in row["skipped"]),
            row["failed"],
            row["player_games"],
            row["graded"],
            row["voids"],
            row["not_ingested"],
        )
        for row in predictions
    ]
    headings = ["season", "game days", "successful", "skipped", "failed", "player-games", "graded", "void"]
    found = ["## 3. Predictions and grading", _table([*headings, "not ingested"], lines)]
    reasons = [(row["season"], part["reason"], part["days"]) for row in predictions for part in row["skipped"]]
    if reasons:
        found += ["Game days without predictions, by reason:", _table(["season", "reason", "days"], reasons, left=2)]
    errors = [
        (
            row["season"],
            system["system_id"],
            system["n"],
            system["mae"],
            system["naive_mae"],
            system["bias"],
            system["lined"],
            system["lined_mae"],
            system["line_mae"],
        )
        for row in predictions
        for system in row["systems"]
    ]
    headings = ["season", "system", "n", "MAE", "naive MAE", "bias", "n lined", "lined MAE", "line MAE"]
    text = (
        "Mean absolute error in points on all who played, the naive one (mean of the last ten games) on the same rows; "
        "on rows with a line beside the line's own. Bias is the mean expected less actual."
    )
    return [*found, text, _table(headings, errors, left=2)]


def _validation(validation: Sequence[Record]) -> list[str]:
    lines = [
        (
            row["table_name"],
            row["check_name"],
            f"{row['days_passed']:,} / {row['days_evaluated']:,}",
            percent(row["passed_share"]),
        )
        for row in validation
    ]
    found = [
        "## 4. Validation",
        "Days passed / evaluated.",
        _table(["table", "check", "passed / evaluated", "share"], lines, left=2),
    ]
    failed: list[tuple[object, ...]] = []
    for row in validation:
        parts = row["failed_by_reason"]
        failed += [
            (
                row["table_name"],
                row["check_name"],
                part["severity"],
                part["reason"],
                f"{part['first_day']} to {part['last_day']}",
                ", ".join(part["keys"][:2]) or None,
                part["days"],
            )
            for part in parts[:MOST_REASONS]
        ]
        if len(parts) > MOST_REASONS:
            rest = parts[MOST_REASONS:]
            more = f"{len(rest)} more reasons, in progress.json"
            failed.append((row["table_name"], row["check_name"], None, more, None, None, sum(p["days"] for p in rest)))
    if failed:
        headings = ["table", "check", "severity", "reason", "from, to", "newest keys", "days"]
        found += ["What failed:", _table(headings, failed, left=6)]
    return found


def _open(items: Sequence[Record]) -> list[str]:
    if not items:
        return ["## 5. Open", "Nothing is missing, failed, partial or stale."]
    lines = [
        (
            item["table_name"],
            item["kind"],
            f"{item['first_day']} to {item['last_day']}",
            item["reason"],
            f"`{item['command']}`",
            item["days"],
        )
        for item in items
    ]
    return ["## 5. Open", _table(["table", "what", "from, to", "why", "repair with", "days"], lines, left=5)]


def _times(document: Record) -> list[str]:
    runs = document["runs"]
    lines = [
        (
            row["run_id"][:8],
            row["started_at"],
            f"{row['first_day']} to {row['last_day']}",
            row["tables"],
            row["days"],
            row["rows"],
            row["seconds"],
        )
        for row in runs[:MOST_RUNS]
    ]
    headings = ["run", "started", "days", "tables", "days of tables", "rows", "seconds"]
    found = ["## 6. Run times", _table(headings, lines, left=3)]
    if len(runs) > MOST_RUNS:
        found.append(f"{len(runs) - MOST_RUNS} older runs are in progress.json.")
    slowest = [(row["table_name"], row["days"], row["rows"], row["seconds"]) for row in document["table_times"]]
    text = "From reading its inputs to writing its rows, checks and bookkeeping not counted, over the runs above:"
    return [*found, text, _table(["table", "days", "rows", "seconds"], slowest)]
