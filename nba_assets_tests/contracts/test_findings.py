"""Findings are stored as data; sentences written by an earlier version are still read."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest

from nba_assets.contracts.findings import (
    Finding,
    by_reason,
    causes,
    findings,
    is_uncompared,
    missing,
    not_expected,
    of_rule,
    stored,
)
from nba_assets_tests.tables.publishing.ledger_rows import check_row

DAY = date(2024, 1, 10)


def test_findings_survive_storing_and_reading() -> None:
    found = [
        Finding("0022300465 Nikola Jokić; 1: found", "5", "6, expected 7", "points differ", "nba-assets status"),
        missing("0052100201 ATL", "rows are missing"),
        not_expected("0052100201 7"),
        Finding(None, "no row"),
    ]
    text = stored(found)
    assert findings(text) == found
    assert text is not None and json.loads(text)[2] == {
        "key": "0052100201 7",
        "found": "a row",
        "expected": "no row",
    }


def test_a_result_without_failing_keys_has_no_findings() -> None:
    assert stored([]) is None
    assert findings(None) == findings(pd.NA) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0022300465 1 points: found 5, expected 6", ("0022300465 1 points", "5", "6")),
        ("missing 0052100201 ATL", ("0052100201 ATL", "no row", "a row")),
        ("not expected 0052100201 7", ("0052100201 7", "a row", "no row")),
        ("not: who played has a playing time: 0032300004 9", ("0032300004 9", None, "who played has a playing time")),
        (
            "line < 3.5: 0022 7 fanatics 2025-04-13 07:35:37+00:00",
            ("0022 7 fanatics 2025-04-13 07:35:37+00:00", "line < 3.5", None),
        ),
        ("points is NULL: 0022 7", ("0022 7", "points is NULL", None)),
        ("0022300465 7 ensemble", ("0022300465 7 ensemble", None, None)),
        ("form 2024-02-10: never made", ("form 2024-02-10: never made", None, None)),
        ("[1] 7", ("[1] 7", None, None)),
    ],
)
def test_sentences_of_an_earlier_version_are_read(text: str, expected: tuple[str | None, ...]) -> None:
    first, second = findings(f"{text}; another key")
    assert (first.key, first.found, first.expected) == expected
    assert second == Finding("another key")


@pytest.mark.parametrize("rule", ["points > 60", "not: who played has a playing time"])
def test_a_broken_rule_is_printed_like_its_former_sentence(rule: str) -> None:
    assert of_rule("0022 7", rule) == findings(f"{rule}: 0022 7")[0]


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (Finding("0022 7"), "0022 7"),
        (Finding("0022 7", "5", "6"), "0022 7: found 5, expected 6"),
        (Finding("form 2024-02-10", "never made"), "form 2024-02-10: found never made"),
        (Finding(None, None, "a row"), "expected a row"),
    ],
)
def test_a_finding_is_printed_as_a_sentence(finding: Finding, text: str) -> None:
    assert finding.text == text


@pytest.mark.parametrize(
    ("reasons", "cause"),
    [
        (["made from an incomplete history"], "history"),
        (["player_game_summary: never made"], "history"),
        (["player_game_summary: never made", "rosters: made from an incomplete history"], "history"),
        (["partial history"], "history"),
        (["the day was never made"], "rows"),
        (["rows are missing"], "rows"),
        (["player_game_summary: never made", "rows are missing"], "rows"),
        (["nothing to compare: shots: never made"], "nothing_compared"),
    ],
)
def test_results_of_an_earlier_version_get_their_cause_from_their_reasons(reasons: list[str], cause: str) -> None:
    rows = pd.DataFrame([check_row("shots", DAY, reasons=dict.fromkeys(reasons, 1)), check_row("shots", DAY)])
    assert causes(rows).tolist() == [cause, None]


def test_the_cause_of_a_result_takes_precedence_over_its_reasons() -> None:
    told = check_row("shots", DAY, reasons={"rows are missing": 1}, cause="nothing_compared")
    rows = pd.DataFrame([told, check_row("shots", DAY, reasons={"points > 60": 1}, cause="rows"), check_row("s", DAY)])
    rows["cause"] = rows["cause"].astype("string[pyarrow]")
    assert is_uncompared(rows).tolist() == [True, False, False]


def test_each_reason_of_a_failed_result_is_a_row() -> None:
    rows = pd.DataFrame([check_row("shots", DAY, reasons={"a": 2, "b": 0}), check_row("shots", DAY)])
    found = by_reason(rows)
    assert found[["reason", "n", "cause"]].to_numpy().tolist() == [["a", 2, "rows"], ["b", 0, "rows"]]
