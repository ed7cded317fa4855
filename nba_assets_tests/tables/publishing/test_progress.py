"""progress.json and progress.md: days, grades, reasons, open work and run times of a hand-made ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from nba_assets.contracts.findings import of_rule, stored
from nba_assets.tables.publishing import progress
from nba_assets.tables.publishing.progress import ProgressFrames, grade
from nba_assets.tables.publishing.progress_text import percent
from nba_assets_tests.tables.grading.graded_rows import GRADED, VOID, Row, graded
from nba_assets_tests.tables.publishing.ledger_rows import LAYERS, check_row, frames, ledger_row
from nba_assets_tests.tables.publishing.written import written

TableRows = Callable[..., pd.DataFrame]
DAYS = [date(2024, 1, 10) + timedelta(days=n) for n in range(4)]
FIRST, SECOND, THIRD, FOURTH = DAYS
Rows = list[dict[str, object]]
NOTHING = pd.DataFrame(
    {
        "table_name": pd.Series(dtype="object"),
        "reason": pd.Series(dtype="object"),
        "days": pd.Series(dtype="int64"),
        "first": pd.Series(dtype="datetime64[ns]"),
        "last": pd.Series(dtype="datetime64[ns]"),
    }
)
CHECKS = [check_row(table, day) for table in LAYERS for day in DAYS]


def whole(*left_out: tuple[str, date]) -> Rows:
    return [ledger_row(table, day) for table in LAYERS for day in DAYS if (table, day) not in left_out]


def made(
    table_rows: TableRows, ledger: Rows, checks: Rows, said: tuple[Row, ...] = (), stale: pd.DataFrame = NOTHING
) -> tuple[dict[str, Any], str]:
    rows = table_rows("prediction_accuracy", *(said or (graded(18, game_date=FIRST),)))[list(progress.GRADED_COLUMNS)]
    sums = progress.graded_sums(rows if said else rows.iloc[:0])
    given = ProgressFrames(frames(DAYS, ledger, checks), sums, stale)
    found = written(progress.documents(given, FOURTH, "archive"))
    return found["progress.json"], found["progress.md"]


def state(found: dict[str, Any], table: str) -> dict[str, Any]:
    return next(row for row in found["status"] if row["table_name"] == table)


def graded_as(found: dict[str, Any], table: str) -> dict[str, Any]:
    return next(row for row in found["tables"] if row["table_name"] == table and row["season"] == "all")


def test_a_complete_backfill_has_no_open_items(table_rows: TableRows) -> None:
    found, text = made(table_rows, whole(), CHECKS)
    assert {row["state"] for row in found["status"]} == {"complete"}
    assert {row["grade"] for row in found["tables"]} == {"A"}
    assert found["open"] == [] and "Nothing is missing" in text
    assert "| schedule | 4 ✓ / 4 | complete |" in text


def test_a_share_is_truncated_and_never_rounded_up_to_one(table_rows: TableRows) -> None:
    assert percent(0.99999) == "99.99 %" and percent(1) == "100 %" and percent(None) == "–"
    assert percent(0.29) == "29.00 %"
    found, _ = made(table_rows, whole(("schedule", FIRST)), CHECKS)
    assert state(found, "schedule")["done_share"] == 0.75


def test_missing_failed_partial_and_stale_days_are_open_with_their_command(table_rows: TableRows) -> None:
    ledger = [
        *whole(("schedule", SECOND), ("schedule", THIRD), ("prediction_accuracy", FIRST)),
        ledger_row("prediction_accuracy", FIRST, 3, "partial_history", reason="1 day of schedule is missing"),
    ]
    failed = check_row("player_boxscores", THIRD, "points_match_team", {"points do not add up": 2})
    stale = pd.DataFrame(
        {
            "table_name": ["prediction_accuracy", "schedule"],
            "reason": ["input days in the window changed: schedule", "never made"],
            "days": [2, 2],
            "first": pd.to_datetime([SECOND, SECOND]),
            "last": pd.to_datetime([FOURTH, THIRD]),
        }
    )
    found, text = made(table_rows, ledger, [*CHECKS, failed], stale=stale)
    assert [(row["table_name"], row["kind"], row["days"]) for row in found["open"]] == [
        ("schedule", "missing", 2),
        ("player_boxscores", "failed", 1),
        ("prediction_accuracy", "partial", 1),
        ("prediction_accuracy", "stale", 2),
    ]
    assert all(row["command"].startswith("nba-assets backfill") and row["command"] in text for row in found["open"])
    assert state(found, "player_boxscores")["state"] == "failed"
    assert state(found, "schedule")["state"] == "incomplete"
    assert "| schedule | 2 ✓ 2 ✗ / 4 | incomplete |" in text
    assert "| player_boxscores | 4 ✓ / 4, 1 failed | failed |" in text


def test_skipped_days_are_counted_by_reason(table_rows: TableRows) -> None:
    ledger = [
        *whole(("player_boxscores", SECOND), ("player_boxscores", THIRD)),
        *(
            ledger_row("player_boxscores", day, 0, "absent_source", reason="no file | of <2023-24>")
            for day in (SECOND, THIRD)
        ),
    ]
    found, text = made(table_rows, ledger, CHECKS)
    row = graded_as(found, "player_boxscores")
    assert row["skipped"] == [{"status": "absent_source", "reason": "no file | of <2023-24>", "days": 2}]
    assert (row["days"], row["rows"], row["done_share"]) == (4, 20, 0.5)
    assert (row["days_complete"], row["days_not_covered"], row["days_missing"]) == (2, 2, 0)
    assert "| player_boxscores | 2 ✓ 2 ∅ / 4 | covered in part |" in text
    assert "no file \\| of &lt;2023-24>" in text


def test_a_season_that_no_source_covers_is_not_complete(table_rows: TableRows) -> None:
    bare = [ledger_row("player_boxscores", day, 0, "absent_source", reason="no file") for day in DAYS]
    found, text = made(table_rows, [*whole(*(("player_boxscores", day) for day in DAYS)), *bare], CHECKS)
    row = state(found, "player_boxscores")
    assert (row["state"], row["done_share"], row["days_not_covered"]) == ("not_covered", 0, 4)
    assert graded_as(found, "player_boxscores")["grade"] is None
    assert "| player_boxscores | 4 ∅ / 4 | not covered |" in text
    assert found["states"][1] == {"state": "not_covered", "mark": "∅", "meaning": found["states"][1]["meaning"]}


def test_the_state_from_completeness_takes_precedence_over_the_ledger(table_rows: TableRows) -> None:
    """A day half without a source, a day with missing rows, a day without expected rows."""
    said = dict(zip(DAYS, ("not_covered", "missing", "nothing_due", "complete"), strict=True))
    checks = [
        check_row("schedule", day, observed=f'{{"due": 4, "state": "{said[day]}"}}')
        if table == "schedule"
        else check_row(table, day)
        for table in LAYERS
        for day in DAYS
    ]
    found, text = made(table_rows, whole(), checks)
    row = state(found, "schedule")
    assert [row[f"days_{name}"] for name in ("complete", "not_covered", "missing", "nothing_due")] == [1, 1, 1, 1]
    assert (row["state"], row["done_share"]) == ("incomplete", 0.3333)
    assert "| schedule | 1 ✓ 1 ∅ 1 ✗ / 4 | incomplete |" in text


def test_a_check_without_a_comparison_neither_warns_nor_passes(table_rows: TableRows) -> None:
    bare = {"nothing to compare: shots: no file of shots for 2023-24": 0}
    checks = [*CHECKS, check_row("player_boxscores", SECOND, "points_match_team", bare, severity="WARN")]
    found, _ = made(table_rows, whole(), checks)
    row = state(found, "player_boxscores")
    assert (row["uncompared_days"], row["warned_days"], row["failed_days"]) == (1, 0, 0)
    assert graded_as(found, "player_boxscores")["checks_passed"] == 4


@pytest.mark.parametrize(
    ("done", "failed", "warned", "expected"),
    [
        (100, 0, 5, "A"),
        (100, 0, 6, "B"),
        (100, 1, 0, "C"),
        (99, 0, 0, "C"),
        (98, 0, 0, "D"),
        (100, 5, 0, "D"),
        (94, 0, 0, "F"),
        (100, 6, 0, "F"),
    ],
)
def test_a_grade_follows_its_formula(done: int, failed: int, warned: int, expected: str) -> None:
    row = {"days_complete": done, "days_missing": 100 - done, "days_expected": 120, "checks": 500}
    row |= {"failed_days": failed, "warned_days": warned}
    assert grade(row | {"days_expected": 100}) == expected
    assert grade(row | {"checks": 0}) is None
    assert grade(row | {"days_complete": 0, "days_missing": 0}) is None


def test_predictions_are_counted_by_outcome_and_system(table_rows: TableRows) -> None:
    said = (
        graded(18, game_date=FIRST, game_id="a"),
        graded(14, game_date=SECOND, game_id="b"),
        graded(14, game_date=SECOND, game_id="b", system_id="naive_last_10") | {"naive_absolute_error": 6.0},
        {**GRADED, **VOID, "game_date": SECOND, "game_id": "b", "player_id": 2},
    )
    ledger = [
        *whole(("prediction_accuracy", FOURTH), ("player_prop_predictions", THIRD)),
        ledger_row("prediction_accuracy", FOURTH, 0, "not_final", reason="its games are not over"),
    ]
    found, text = made(table_rows, ledger, CHECKS, said)
    season, total = found["predictions"]
    assert (season["season"], total["season"]) == ("2023-24", "all")
    assert (total["game_days"], total["successful"], total["failed"]) == (4, 2, 0)
    assert {row["reason"]: row["days"] for row in total["skipped"]} == {
        "prediction_accuracy is not_final: its games are not over": 1,
        "player_prop_predictions was never made": 1,
    }
    assert (total["player_games"], total["graded"], total["voids"]) == (3, 2, 1)
    ours, naive = total["systems"]
    assert (ours["system_id"], ours["n"], ours["mae"], ours["naive_mae"], ours["lined"]) == ("ensemble", 2, 4, 3, 2)
    assert (naive["system_id"], naive["n"]) == ("naive_last_10", 1)
    assert "| all | ensemble | 2 | 4.000 | 3.000 |" in text


def test_a_check_names_what_failed(table_rows: TableRows) -> None:
    reasons = {"points > 60": 1, "minutes > 48": 1}
    keys = stored([of_rule("0022300500 1", "points > 60"), of_rule("0022300500 2", "minutes > 48")])
    unusual = check_row("player_boxscores", SECOND, "value_ranges", reasons, severity="WARN", failing_keys=keys)
    later = check_row("player_boxscores", THIRD, "value_ranges", {"points > 60": 1}, severity="WARN") | {
        "failing_keys": stored([of_rule("0022300510 9", "points > 60")])
    }
    found, _ = made(table_rows, whole(), [*CHECKS, unusual, later])
    row = next(row for row in found["validation"] if row["check_name"] == "value_ranges")
    assert (row["days_evaluated"], row["days_passed"], row["passed_share"]) == (2, 0, 0)
    points, minutes = row["failed_by_reason"]
    assert (points["reason"], points["days"], points["failing"]) == ("points > 60", 2, 2)
    assert points["keys"] == ["2024-01-12 0022300510 9", "2024-01-11 0022300500 1"]
    assert minutes["keys"] == ["2024-01-11 0022300500 2"]


def test_runs_are_described_by_their_ledger_rows(table_rows: TableRows) -> None:
    ledger = whole(("schedule", FOURTH))
    ledger.append(
        ledger_row(
            "schedule",
            FOURTH,
            7,
            run_id="second",
            read_at="2024-03-02T05:00:00Z",
            written_at="2024-03-02T05:00:03.5Z",
        )
    )
    found, _ = made(table_rows, ledger, CHECKS)
    assert found["state_at"] == "2024-03-02T05:00:03Z"
    second, first = found["runs"]
    assert (second["run_id"], second["tables"], second["days"], second["rows"]) == ("second", 1, 1, 7)
    assert (second["seconds"], first["seconds"], first["days"]) == (3.5, 2, 15)
    times = {row["table_name"]: row["seconds"] for row in found["table_times"]}
    assert times == dict.fromkeys(LAYERS, 2) | {"schedule": 5.5}


def test_the_same_state_gives_the_same_text(table_rows: TableRows) -> None:
    assert made(table_rows, whole(), CHECKS) == made(table_rows, whole()[::-1], CHECKS[::-1])


def test_an_empty_warehouse_is_reported(table_rows: TableRows) -> None:
    found, text = made(table_rows, [], [])
    assert {row["state"] for row in found["status"]} == {"missing"}
    assert found["state_at"] is None and found["runs"] == [] and {row["grade"] for row in found["tables"]} == {None}
    assert len(found["open"]) == len(LAYERS)
    assert "| schedule | 4 ✗ / 4 | missing |" in text
