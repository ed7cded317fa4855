"""Cross-table checks: a day without a comparison does not pass, and has a reason."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from nba_assets.contracts.findings import Finding, findings
from nba_assets.contracts.inputs import CrossCheck, Findings, on_day
from nba_assets.engine.checks.cross import cross
from nba_assets.engine.checks.evidence import Evidence
from nba_assets_tests.engine.checks.hand_made_evidence import DAYS, MakeEvidence, changed, evidence, ledger_of

DAY, OTHER = DAYS[3], DAYS[4]
ROWS = pd.DataFrame({"game_date": [DAY, DAY, OTHER], "key": ["a", "b", "c"], "value": [1.0, 2.0, 3.0]})


def differs(rows: pd.DataFrame, games: pd.DataFrame) -> Findings:
    both = rows.merge(games, on=["game_date", "key"], how="left", suffixes=("", "_other"))
    bad = both[both["value_other"].isna() | (both["value"] != both["value_other"])]
    found = {"found": bad["value"], "expected": bad["value_other"]}
    return Findings(
        bad[["game_date", "key"]].assign(**found),
        both.loc[both["value_other"].notna(), "game_date"],
        due=both["game_date"],
    )


CHECK = CrossCheck("same_value", {"games": on_day("games")}, differs, "The values agree.", needs="a value in both")


def with_rows(other: pd.DataFrame = ROWS, **parts: object) -> Evidence:
    default: dict[str, object] = {
        "rows": ROWS,
        "others": {"games": other},
        "check_ledger": ledger_of("games").assign(reason=pd.NA),
        "ledger": ledger_of("later").assign(reason=pd.NA),
        "expected": ROWS[["game_date", "key"]],
    }
    return evidence(**(default | parts))


def on(day: pd.Timestamp, found: Evidence) -> dict[str, Any]:
    (row,) = [row for row in cross(CHECK)(found) if row["game_date"] == day]
    return row | {"reasons": json.loads(str(row["reasons"])), "observed": json.loads(str(row["observed"]))}


def test_equal_values_pass_with_the_number_of_comparisons() -> None:
    row = on(DAY, with_rows())
    assert row["passed"] and row["observed"] == {"compared": 2}


def test_different_values_fail_by_key() -> None:
    row = on(DAY, with_rows(ROWS.assign(value=[1.0, 9.0, 3.0])))
    assert (row["passed"], row["severity"], row["failing"]) == (False, "ERROR", 1)
    assert findings(row["failing_keys"]) == [Finding("b", "2.0", "9.0")] and row["observed"] == {"compared": 2}


def test_a_day_on_which_nothing_is_due_passes() -> None:
    row = on(DAYS[10], with_rows())
    assert row["passed"] and row["observed"] == {"compared": 0, "nothing_to_compare": "nothing is due on the day"}


@pytest.mark.parametrize("side", ["own", "other"])
@pytest.mark.parametrize("status", ["absent_source", "not_final"])
def test_a_table_without_a_source_neither_fails_nor_passes(side: str, status: str) -> None:
    said = {"status": status, "rows": 0, "reason": "no file of shots for 2023-24"}
    part = "ledger" if side == "own" else "check_ledger"
    name = "later" if side == "own" else "games"
    made = changed(ledger_of(name).assign(reason=pd.NA), name, DAY, **said)
    row = on(DAY, with_rows(ROWS[ROWS["game_date"] != DAY], **{part: made}))
    why = f"{name}: no file of shots for 2023-24"
    assert (row["passed"], row["severity"], row["failing"]) == (False, "WARN", 0)
    assert row["reasons"] == {f"nothing to compare: {why}": 0}
    assert row["observed"] == {"compared": 0, "nothing_to_compare": why}
    assert on(OTHER, with_rows(**{part: made}))["passed"]


def test_a_table_that_was_never_built_is_named() -> None:
    made = changed(ledger_of("games").assign(reason=pd.NA), "games", DAY)
    row = on(DAY, with_rows(ROWS[ROWS["game_date"] != DAY], check_ledger=made))
    assert row["reasons"] == {"nothing to compare: games was never made": 0} and row["severity"] == "WARN"


@pytest.mark.parametrize(("is_over", "why"), [(True, " was never made"), (False, ": its games are not over")])
def test_a_side_that_cannot_be_made_yet_is_told_as_open(make_evidence: MakeEvidence, is_over: bool, why: str) -> None:
    def rule(rows: pd.DataFrame, results: pd.DataFrame) -> Findings:
        return differs(rows, results)

    check = CrossCheck("same_value", {"results": on_day("results")}, rule, "The values agree.")
    none = ROWS[ROWS["game_date"] != DAY]
    found = make_evidence(
        rows=ROWS,
        others={"results": none},
        ledger=ledger_of("later").assign(reason=pd.NA),
        check_ledger=changed(ledger_of("results").assign(reason=pd.NA), "results", DAY),
        expected=ROWS[["game_date", "key"]],
        not_over=DAYS[:0] if is_over else DAYS,
    )
    (row,) = [row for row in cross(check)(found) if row["game_date"] == DAY]
    assert list(json.loads(str(row["reasons"]))) == [f"nothing to compare: results{why}"]


def test_null_values_are_not_compared_and_missing_families_are_named() -> None:
    def rule(rows: pd.DataFrame, games: pd.DataFrame) -> Findings:
        both = rows.merge(games, on=["game_date", "key"], suffixes=("", "_other"))
        is_known = both["value"].notna() & both["value_other"].notna()
        bad = both[is_known & (both["value"] != both["value_other"])]
        failing = bad[["game_date", "key"]].assign(found="", expected="")
        return Findings(failing, both.loc[is_known, "game_date"], due=both["game_date"])

    check = CrossCheck("same_value", {"games": on_day("games")}, rule, "The values agree.", needs="a value in both")
    made = changed(ledger_of("games").assign(reason=pd.NA), "games", DAY, reason="no file of minutes for 2023-24")
    found = with_rows(ROWS.assign(value=[None, None, 3.0]), check_ledger=made)
    rows = {row["game_date"]: row for row in cross(check)(found)}
    why = "no key has a value in both; games: no file of minutes for 2023-24"
    assert json.loads(str(rows[DAY]["reasons"])) == {f"nothing to compare: {why}": 0} and not rows[DAY]["passed"]
    assert rows[OTHER]["passed"]
    half = with_rows(ROWS.assign(value=[None, 2.0, 3.0]))
    (row,) = [row for row in cross(check)(half) if row["game_date"] == DAY]
    assert row["passed"] and json.loads(str(row["observed"])) == {"compared": 1, "not_compared": 1}


def test_a_day_whose_keys_no_source_covers_has_nothing_to_compare() -> None:
    bare = pd.DataFrame({"game_date": [DAYS[10]], "key": ["d"], "reason": ["no file of shots for 2023-24"]})
    row = on(DAYS[10], with_rows(not_covered=bare))
    why = "no key has a value in both; no file of shots for 2023-24"
    assert row["reasons"] == {f"nothing to compare: {why}": 0} and row["severity"] == "WARN"
