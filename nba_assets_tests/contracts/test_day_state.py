"""The state of a table's day: only existing rows make a day complete."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from nba_assets.contracts.day_state import (
    COUNTS,
    day_counts,
    day_states,
    marked,
    missing_ranges,
    partial_ranges,
    state_of_day,
    word_of,
)
from nba_assets.warehouses.quality import quality_arrow, quality_frame
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


def test_states_come_from_completeness_else_from_the_ledger() -> None:
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


def test_states_before_any_check_has_run() -> None:
    given = frames(DAYS[:1], [ledger_row("schedule", DAYS[0])])
    of_nothing = quality_frame(quality_arrow("check_results", None))
    found = day_states(given.ledger, of_nothing, given.games, ["schedule"])
    assert found["state"].dropna().tolist() == ["complete"]


def test_days_without_games_have_no_state() -> None:
    given = frames(DAYS[:1], [ledger_row("schedule", day) for day in DAYS])
    found = day_states(given.ledger, given.checks, given.games, ["schedule"])
    assert found["state"].notna().tolist() == [True, *[False] * 5]
    assert day_counts(found, ["table_name"])[["days_expected", "days_complete", "days"]].to_numpy().tolist() == [
        [1, 1, 6]
    ]


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
def test_counts_are_shown_with_marks_and_as_a_word(counts: tuple[int, int, int, int], word: str, text: str) -> None:
    complete, not_covered, missing, failed = counts
    assert word_of(complete, not_covered, missing, failed) == word
    days = {"days_complete": complete, "days_not_covered": not_covered, "days_missing": missing, "days_nothing_due": 0}
    assert marked(days) == text


def test_each_day_has_flags_for_failed_warning_and_empty_checks() -> None:
    checks = [
        check_row("schedule", DAYS[0], "a", {"nothing to compare: no file": 0}, severity="WARN"),
        check_row("schedule", DAYS[1], "b", {"points > 60": 1}, severity="WARN"),
        check_row("schedule", DAYS[2], "c", {"a key is NULL": 1}),
        check_row("schedule", DAYS[2], "b", {"points > 60": 1}, severity="WARN"),
        check_row("schedule", DAYS[3], "c"),
    ]
    given = frames(DAYS[:4], [ledger_row("schedule", day) for day in DAYS[:4]], checks)
    found = day_states(given.ledger, given.checks, given.games, ["schedule"])
    assert found["is_uncompared"].tolist() == [True, False, False, False]
    assert found["has_warning"].tolist() == [False, True, True, False]
    assert found["has_error"].tolist() == [False, False, True, False]
    counts = day_counts(found, ["table_name"]).loc["schedule"]
    assert counts[["uncompared_days", "warned_days", "failed_days", "days", "rows"]].tolist() == [1, 2, 1, 4, 40]


def test_neighbouring_days_are_one_range_unless_another_day_is_between() -> None:
    statuses = ("partial_history", "partial_history", "ok", "partial_history", "not_final", None)
    ledger = [
        ledger_row("schedule", day, 5, status, reason=f"of {day}")
        for day, status in zip(DAYS, statuses, strict=True)
        if status
    ]
    given = frames(DAYS, ledger)
    states = day_states(given.ledger, given.checks, given.games, ["schedule", "shots"])
    names = ["table_name", "first", "last", "days"]
    partial, missing = partial_ranges(states), missing_ranges(states)
    first, second, fourth, fifth, last = (pd.Timestamp(DAYS[n]) for n in (0, 1, 3, 4, 5))
    assert partial[names].to_numpy().tolist() == [["schedule", first, second, 2], ["schedule", fourth, fourth, 1]]
    assert partial["reason"].tolist() == [f"of {DAYS[0]}", f"of {DAYS[3]}"]
    assert missing[names].to_numpy().tolist() == [["schedule", fifth, last, 2], ["shots", first, last, 6]]
    assert missing["is_open"].tolist() == [False, False]
