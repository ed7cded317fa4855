"""phase_gap on hand-made ledgers: each reason, its severity, and the days that expect nothing."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from nba_assets.contracts.findings import Finding, findings
from nba_assets.engine.checks.phase_gap import phase_gap
from nba_assets_tests.engine.checks.hand_made_evidence import DAYS, MakeEvidence, changed, ledger_of

DAY = pd.Timestamp("2024-02-10")


def test_a_day_with_rows_passes_with_their_number(make_evidence: MakeEvidence) -> None:
    found = phase_gap(make_evidence())
    assert [row["game_date"] for row in found] == list(DAYS)
    assert all(row["passed"] for row in found)
    assert {row["observed"] for row in found} == {'{"input_rows": {"games": 5}, "rows": 5}'}


@pytest.mark.parametrize(
    ("own", "reason", "severity"),
    [
        ({}, "never made", "ERROR"),
        ({"status": "partial_history", "rows": 0}, "partial history", "ERROR"),
        ({"status": "absent_source", "rows": 0}, "absent source", "WARN"),
        ({"status": "not_final", "rows": 0}, "not final", "WARN"),
        ({"status": "empty", "rows": 0}, "empty although games has rows", "ERROR"),
    ],
)
def test_a_day_without_rows_fails_with_the_reason_of_the_ledger(
    make_evidence: MakeEvidence, own: dict[str, object], reason: str, severity: str
) -> None:
    evidence = make_evidence(ledger=changed(ledger_of("later"), "later", DAY, **own))
    (failed,) = [row for row in phase_gap(evidence) if not row["passed"]]
    assert (failed["game_date"], failed["severity"], failed["failing"]) == (DAY, severity, 5)
    assert json.loads(str(failed["reasons"])) == {reason: 5}
    assert findings(str(failed["failing_keys"])) == [Finding("games", "no row", "rows, as it has 5")]
    assert failed["cause"] == ("history" if reason == "partial history" else "rows")
    assert json.loads(str(failed["observed"])) == {"rows": 0, "input_rows": {"games": 5}}


def test_a_day_without_expected_rows_passes_with_a_note(make_evidence: MakeEvidence) -> None:
    ledger = changed(ledger_of("later"), "later", DAY, status="empty", rows=0)
    found = phase_gap(make_evidence(ledger=ledger, expected=pd.DataFrame({"game_date": DAYS.drop(DAY)})))
    assert all(row["passed"] for row in found)
    said = {row["game_date"]: json.loads(str(row["observed"])).get("reason") for row in found}
    assert said == dict.fromkeys(DAYS) | {DAY: "no rows expected"}


def test_a_day_with_unknown_expected_rows_does_not_pass(make_evidence: MakeEvidence) -> None:
    """There are no expected rows, because the table that determines them was never built."""
    ledger = changed(ledger_of("later"), "later", DAY, status="empty", rows=0)
    expected = pd.DataFrame({"game_date": DAYS.drop(DAY)})
    found = phase_gap(make_evidence(ledger=ledger, expected=expected, unmade={DAY: "plan"}))
    assert [row["game_date"] for row in found if not row["passed"]] == [DAY]


@pytest.mark.parametrize("upstream", [{}, {"status": "empty", "rows": 0}, {"status": "partial_history"}])
def test_without_rows_of_the_day_upstream_there_is_no_gap(
    make_evidence: MakeEvidence, upstream: dict[str, object]
) -> None:
    """Tables that are read only over a window do not require rows on the day."""
    evidence = make_evidence(ledger=changed(ledger_of("later"), "later", DAY, status="empty", rows=0))
    inputs = changed(evidence.input_ledger, "games", DAY, **upstream)
    assert all(row["passed"] for row in phase_gap(make_evidence(ledger=evidence.ledger, input_ledger=inputs)))
