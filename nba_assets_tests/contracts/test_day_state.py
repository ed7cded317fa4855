"""The state of a table and day: only rows that are there make a day complete."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from nba_assets.contracts.day_state import COUNTS, day_counts, day_states, is_uncompared, marked, state_of_day, word_of
from nba_assets_tests.tables.publishing.ledger_rows import check_row, frames, ledger_row

DAYS = [date(2024, 1, 10) + timedelta(days=n) for n in range(6)]
WELL = {"is_unknown": False, "missing": 0, "is_hole_of_sources": False, "not_covered": 0, "rows": 5}


@pytest.mark.parametrize(
    ("status", "changes", "expected"),
    [
        ("ok", {}, "complete"),
        ("empty", {"rows": 0}, "nothing_due"),
        ("superseded", {"rows": 0, "missing": 1}, "nothing_due"),
        ("absent_source", {"rows": 0}, "not_covered"),
        ("ok", {"not_covered": 1}, "not_covered"),
        ("ok", {"missing": 1}, "missing"),
        ("ok", {"missing": 1, "not_covered": 1}, "missing"),
        ("ok", {"missing": 1, "is_hole_of_sources": True}, "not_covered"),
        ("empty", {"rows": 0, "missing": 1}, "missing"),
        ("ok", {"is_unknown": True}, "missing"),
        ("partial_history", {}, "missing"),
        ("not_final", {}, "missing"),
        (None, {}, "missing"),
    ],
)
def test_the_state_of_a_day(status: str | None, changes: dict[str, int], expected: str) -> None:
    assert state_of_day(status, **(WELL | changes)) == expected  # type: ignore[arg-type]


def test_states_are_those_that_completeness_found_else_those_of_the_ledger() -> None:
    statuses = ("ok", "ok", "absent_source", "partial_history", "superseded")
    ledger = [
        ledger_row("schedule", day, 0 if status in ("absent_source", "superseded") else 5, status)
        for day, status in zip(DAYS[:5], statuses, strict=True)
    ]
    checks = [
        check_row("schedule", DAYS[0], observed='{"due": 2, "state": "not_covered"}'),
        check_row("schedule", DAYS[5]),
    ]
    given = frames(DAYS, ledger, checks)
    found = day_states(given.ledger, given.checks, given.games, ["schedule", "shots"])
    of_schedule = found.loc[found["table_name"] == "schedule", "state"].tolist()
    assert of_schedule == ["not_covered", "complete", "not_covered", "missing", "nothing_due", "missing"]
    assert set(found.loc[found["table_name"] == "shots", "state"]) == {"missing"}
    counts = day_counts(found, ["table_name", "season"])
    assert counts.loc[("schedule", "2023-24"), list(COUNTS)].tolist() == [1, 2, 2, 1]
    assert counts["days_expected"].tolist() == [6, 6]


def test_days_without_games_have_no_state() -> None:
    given = frames(DAYS[:1], [ledger_row("schedule", day) for day in DAYS])
    assert len(day_states(given.ledger, given.checks, given.games, ["schedule"])) == 1


@pytest.mark.parametrize(
    ("counts", "word", "text"),
    [
        ((10, 0, 0, 0), "complete", "10 ✓"),
        ((0, 10, 0, 0), "not_covered", "10 ∅"),
        ((6, 4, 0, 0), "covered_in_part", "6 ✓ 4 ∅"),
        ((6, 3, 1, 0), "incomplete", "6 ✓ 3 ∅ 1 ✗"),
        ((0, 0, 10, 0), "missing", "10 ✗"),
        ((0, 0, 0, 0), "nothing_due", "–"),
        ((10, 0, 0, 2), "failed", "10 ✓"),
    ],
)
def test_counts_are_said_with_marks_and_in_a_word(counts: tuple[int, int, int, int], word: str, text: str) -> None:
    complete, not_covered, missing, failed = counts
    assert word_of(complete, not_covered, missing, failed) == word
    days = {"days_complete": complete, "days_not_covered": not_covered, "days_missing": missing, "days_nothing_due": 0}
    assert marked(days) == text


def test_what_had_nothing_to_compare_is_told_from_other_warnings() -> None:
    rows = pd.DataFrame(
        [
            check_row("shots", DAYS[0], "a", {"nothing to compare: no file": 0}, severity="WARN"),
            check_row("shots", DAYS[0], "b", {"points > 60": 1}, severity="WARN"),
            check_row("shots", DAYS[0], "c"),
        ]
    )
    assert is_uncompared(rows).tolist() == [True, False, False]
