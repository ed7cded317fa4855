"""quality/*.json: the content of a day, the heat map, broken items and the commands that repair them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from nba_assets.contracts.findings import Finding, missing, stored
from nba_assets.tables.publishing import quality
from nba_assets_tests.tables.publishing.ledger_rows import LAYERS, check_row, frames, ledger_row
from nba_assets_tests.tables.publishing.written import written

DAYS = [date(2024, 1, 10) + timedelta(days=n) for n in range(5)]
FIRST, SECOND, THIRD, FOURTH, FIFTH = DAYS
Rows = list[dict[str, object]]


def whole(*left_out: tuple[str, date]) -> Rows:
    """Ledger rows of every table on every day except those left out."""
    return [ledger_row(table, day) for table in LAYERS for day in DAYS if (table, day) not in left_out]


def made(ledger: Rows, checks: Rows, newest: date = FIFTH, games: list[date] = DAYS) -> dict[str, Any]:
    return written(quality.documents(frames(games, ledger, checks), DAYS, newest, "archive"))


def codes(found: dict[str, Any], table: str) -> str:
    return next(row["codes"] for row in found["quality/calendar.json"]["tables"] if row["table_name"] == table)


def test_a_day_has_status_checks_and_failing_keys() -> None:
    text = stored([Finding("0022300500 1", "20", "22"), Finding("0022300500 2; twice", "3", "4", "a reason")])
    failed = check_row(
        "player_boxscores", SECOND, "points_match_team", {"points do not add up": 2}, failing_keys=text
    ) | {"observed": '{"rows": 250, "worst": null}'}
    found = made(whole(), [failed, check_row("player_boxscores", SECOND), check_row("schedule", SECOND)])
    day = found["quality/2024-01-11.json"]
    assert day["counts"] == {"checks": 3, "passed": 2, "errors": 1, "warnings": 0, "not_compared": 0}
    assert [row["state"] for row in day["tables"]] == ["complete"] * len(LAYERS)
    assert [row["table_name"] for row in day["tables"]] == list(LAYERS)
    check = day["tables"][1]["checks"][1]
    assert check["reasons"] == [{"reason": "points do not add up", "n": 2}]
    assert check["observed"] == {"rows": 250, "worst": None}
    assert check["failing_keys"] == [
        {"key": "0022300500 1", "found": "20", "expected": "22"},
        {"key": "0022300500 2; twice", "found": "3", "expected": "4"},
    ]


def test_a_table_never_built_on_a_game_day_is_listed_without_a_status() -> None:
    found = made(whole(("prediction_accuracy", THIRD)), [])
    table = found["quality/2024-01-12.json"]["tables"][3]
    assert (table["table_name"], table["status"], table["rows"], table["checks"]) == (
        "prediction_accuracy",
        None,
        None,
        [],
    )


def test_the_heat_map_has_one_letter_per_day_the_worst_of_several() -> None:
    ledger = [
        *whole(("player_boxscores", FIRST), ("player_boxscores", THIRD), ("player_boxscores", FIFTH)),
        ledger_row("player_boxscores", THIRD, 0, "absent_source", reason="no file"),
        ledger_row("player_boxscores", FIFTH, 0, "not_final", reason="its games are not over"),
    ]
    checks = [
        check_row("player_boxscores", SECOND, "quarantine", {"no player": 1}, severity="WARN"),
        check_row("player_boxscores", FOURTH, "quarantine", {"no player": 1}, severity="WARN"),
        check_row("player_boxscores", FOURTH, "unique_keys", {"duplicate key": 1}),
    ]
    found = made(ledger, checks)
    assert codes(found, "player_boxscores") == "MWAEM"
    assert codes(found, "schedule") == "OOOOO"
    assert found["quality/calendar.json"]["days"] == [day.isoformat() for day in DAYS]
    counts = next(row["counts"] for row in found["quality/calendar.json"]["tables"] if row["table_name"] == "schedule")
    assert counts == [{"code": "O", "days": 5}]


def test_nothing_to_compare_and_partial_sources_have_their_own_letters() -> None:
    bare = {"nothing to compare: shots: no file of shots for 2023-24": 0}
    checks = [
        check_row("player_boxscores", SECOND, "points_match_team", bare, severity="WARN"),
        check_row("player_boxscores", THIRD, observed='{"due": 4, "not_covered": 2, "state": "not_covered"}'),
    ]
    found = made(whole(), checks)
    calendar = found["quality/calendar.json"]
    assert codes(found, "player_boxscores") == "ONAOO"
    table = next(row for row in calendar["tables"] if row["table_name"] == "player_boxscores")
    assert table["game_days"] == {"complete": 4, "not_covered": 1, "missing": 0, "nothing_due": 0}
    assert [(row["reason"], row["is_source_hole"]) for row in calendar["warnings"]] == [(*bare, True)]
    day = found["quality/2024-01-11.json"]["counts"]
    assert (day["passed"], day["warnings"], day["not_compared"]) == (0, 0, 1)


def test_days_without_games_are_not_missing() -> None:
    games = [FIRST, FIFTH]
    ledger = [ledger_row(table, day, 10 if day in games else 0) for table in LAYERS for day in DAYS if day != THIRD]
    found = made(ledger, [], games=games)
    assert codes(found, "schedule") == "O. .O"
    assert found["quality/calendar.json"]["broken"] == []
    assert found["quality/calendar.json"]["games"] == [2, 0, 0, 0, 2]


def test_each_broken_key_has_the_command_that_repairs_it() -> None:
    failed = check_row(
        "prediction_accuracy",
        SECOND,
        "unique_keys",
        {"duplicate key": 2},
        failing_keys=stored([Finding("0022300500 1 ensemble"), Finding("0022300500 2 ensemble", command="x")]),
    )
    first, second = made(whole(), [failed])["quality/calendar.json"]["broken"]
    assert (first["key"], second["key"]) == ("0022300500 1 ensemble", "0022300500 2 ensemble")
    assert first["command"] == (
        "nba-assets backfill --from 2024-01-11 --to 2024-01-11 --select prediction_accuracy,publishing --force"
    )
    assert second["command"] == "x", "the finding has a more specific one"
    assert not first["is_source_hole"]


def test_a_gap_of_the_sources_is_marked() -> None:
    failed = check_row(
        "player_boxscores", SECOND, reasons={"rows are missing": 1}, failing_keys=stored([missing("0052100201 ATL")])
    )
    (item,) = made(whole(), [failed])["quality/calendar.json"]["broken"]
    assert item["is_source_hole"] and item["reason"].startswith("rows are missing. The sources lack these rows")
    assert (item["key"], item["found"], item["expected"]) == ("0052100201 ATL", "no row", "a row")


def test_neighbouring_missing_days_are_one_range_and_newest_first() -> None:
    ledger = whole(*(("prediction_accuracy", day) for day in (FIRST, THIRD, FOURTH)))
    newest, oldest = made(ledger, [])["quality/calendar.json"]["broken"]
    assert (newest["game_date"], newest["last_date"], newest["days"]) == ("2024-01-12", "2024-01-13", 2)
    assert newest["command"] == (
        "nba-assets backfill --from 2024-01-12 --to 2024-01-13 --select prediction_accuracy,publishing"
    )
    assert (oldest["game_date"], oldest["reason"], oldest["check_name"]) == ("2024-01-10", "never made", "ledger")


def test_partial_days_need_their_history_with_neighbours_as_one_range() -> None:
    reason = "3 days of schedule are missing, the first is 2023-12-01"
    partial = [ledger_row("prediction_accuracy", day, 5, "partial_history", reason=reason) for day in (SECOND, THIRD)]
    ledger = [*whole(*(("prediction_accuracy", day) for day in (SECOND, THIRD))), *partial]
    (item,) = made(ledger, [])["quality/calendar.json"]["broken"]
    assert (item["game_date"], item["last_date"], item["days"], item["reason"]) == (
        "2024-01-11",
        "2024-01-12",
        2,
        reason,
    )
    assert item["command"] == (
        "nba-assets backfill --from 2024-01-11 --to 2024-01-12 --select prediction_accuracy,publishing --with-history"
    )


def test_warnings_are_grouped_by_reason() -> None:
    checks = [
        check_row("player_boxscores", day, "value_ranges", {"points > 60": 2, "minutes > 48": 1}, severity="WARN")
        for day in (FIRST, FOURTH)
    ]
    checks.append(check_row("player_boxscores", SECOND, "value_ranges", {"points > 60": 1}, severity="WARN"))
    warnings = made(whole(), checks)["quality/calendar.json"]["warnings"]
    assert [(row["reason"], row["days"], row["failing"], row["last_day"]) for row in warnings] == [
        ("points > 60", 3, 5, "2024-01-13"),
        ("minutes > 48", 2, 2, "2024-01-13"),
    ]


def test_days_after_the_newest_are_left_out() -> None:
    failed = check_row("schedule", FIFTH, "unique_keys", {"duplicate key": 1})
    found = made(whole(), [failed], newest=THIRD)["quality/calendar.json"]
    assert found["days"][-1] == "2024-01-12" and found["broken"] == []


def test_frames_are_in_the_order_of_the_tables_then_checks_then_days() -> None:
    """`player_boxscores` is the second table; `another_table` is none that is reported."""
    asked = [("player_boxscores", "b", 1), ("another_table", "a", 0), ("schedule", "b", 0), ("schedule", "a", 3)]
    asked += [("player_boxscores", "a", 2), ("schedule", "a", 1)]
    checks = [check_row(table, DAYS[day], check) for table, check, day in asked]
    ledger = [ledger_row(table, DAYS[day]) for table, _, day in asked]
    known = frames(DAYS, ledger, checks).until(THIRD)
    found = known.checks[["place", "table_name", "check_name", "game_date"]].to_numpy().tolist()
    assert [(place, table, check, DAYS.index(day.date())) for place, table, check, day in found] == [
        *[(0, "schedule", "a", 1), (0, "schedule", "b", 0)],
        *[(1, "player_boxscores", "a", 2), (1, "player_boxscores", "b", 1)],
    ]
    assert [DAYS.index(day.date()) for day in known.ledger["game_date"]] == [0, 1, 1, 2]


def test_a_truncated_list_contains_its_full_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "MOST_BROKEN", 2)
    checks = [check_row("schedule", day, "unique_keys", {"duplicate key": 1}) for day in DAYS]
    found = made(whole(), checks)["quality/calendar.json"]
    assert (len(found["broken"]), found["broken_total"]) == (2, 5)


def test_without_a_ledger_row_every_game_day_is_missing() -> None:
    found = made([], [])["quality/calendar.json"]
    assert {row["codes"] for row in found["tables"]} == {"MMMMM"}
    assert [(row["table_name"], row["days"]) for row in found["broken"]] == [(name, 5) for name in LAYERS]


def test_the_documents_do_not_depend_on_the_number_of_days_built_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [check_row("schedule", day) for day in DAYS]
    at_once = made(whole(), checks)
    monkeypatch.setattr(quality, "DAYS_AT_A_TIME", 2)
    assert made(whole(), checks) == at_once
    assert len(at_once) == len(DAYS) + 1
