"""completeness: exactly the expected keys; an open day does not lack what is built after its games."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import pandas as pd
import pytest

from nba_assets.contracts.findings import Finding, findings, missing, not_expected
from nba_assets.engine import registry
from nba_assets.engine.checks.completeness import completeness
from nba_assets.engine.checks.evaluate import evaluate
from nba_assets.engine.materialise import materialise
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings
from nba_assets_tests.engine.checks.hand_made_evidence import DAYS, LATER, MakeEvidence
from nba_assets_tests.mini_warehouse import Home

GAME_DAY = date(2022, 10, 25)
LAST_OPEN, FIRST_FINAL = "2022-10-26T08:59:59+00:00", "2022-10-26T09:00:00+00:00"
"""The second before 5:00 US Eastern, and that hour, from which the games of GAME_DAY count as final."""


def checked(at: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The result of completeness of schedule when it is checked at this time."""
    monkeypatch.setenv("NBA_NOW", at)
    platform = Platform(Settings())
    assert platform.now() == datetime.fromisoformat(at)
    (row,) = evaluate(registry.tables()["schedule"], [GAME_DAY], platform, "run", ["completeness"]).to_dict("records")
    return row | {"reasons": json.loads(row["reasons"]), "observed": json.loads(row["observed"])}


def test_what_is_built_after_the_games_is_lacking_once_they_are_over(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Box scores tell which games the schedule must have."""
    tables = registry.tables()
    monkeypatch.setenv("NBA_NOW", LAST_OPEN)
    materialise(tables["schedule"], [GAME_DAY], Platform(Settings()), "run")
    row = checked(LAST_OPEN, monkeypatch)
    assert (row["passed"], row["severity"]) == (False, "WARN")
    assert row["reasons"] == {"not due: its games are not over": 0}
    assert row["observed"]["state"] == "missing" and "what_to_do" not in row["observed"]  # type: ignore[index, operator]

    row = checked(FIRST_FINAL, monkeypatch)
    assert (row["passed"], row["severity"]) == (False, "ERROR")
    assert row["reasons"] == {"unknown what the day must have: team_boxscores was never made": 0}
    assert row["observed"]["what_to_do"].endswith("--select +team_boxscores")  # type: ignore[index]

    materialise(tables["team_boxscores"], [GAME_DAY], Platform(Settings()), "run")
    row = checked(FIRST_FINAL, monkeypatch)
    assert row["passed"] and row["observed"]["expected"] == row["observed"]["found"] == 2  # type: ignore[index]


def test_what_is_built_before_the_games_is_lacking_at_any_time(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """prop_lines must have what the schedule says, and that is built in the morning."""
    monkeypatch.setenv("NBA_NOW", LAST_OPEN)
    table = registry.tables()["prop_lines"]
    materialise(table, [GAME_DAY], Platform(Settings()), "run")
    (row,) = evaluate(table, [GAME_DAY], Platform(Settings()), "run", ["completeness"]).to_dict("records")
    assert row["severity"] == "ERROR"
    assert json.loads(row["reasons"]) == {"unknown what the day must have: schedule was never made": 0}


@pytest.mark.parametrize("name", ["games", "results"])
@pytest.mark.parametrize("is_over", [True, False])
def test_only_what_cannot_be_there_yet_is_a_warning(make_evidence: MakeEvidence, name: str, is_over: bool) -> None:
    day = DAYS[10]
    ledger = make_evidence().ledger.assign(reason=pd.NA, missing_days=0)
    expected = pd.DataFrame({"game_date": DAYS[:0]})
    found = make_evidence(
        rows=expected, ledger=ledger, expected=expected, unmade={day: name}, not_over=DAYS[:0] if is_over else DAYS
    )
    (row,) = [row for row in completeness(found) if not row["passed"]]
    is_open = name == "results" and not is_over
    assert row["game_date"] == day and row["severity"] == ("WARN" if is_open else "ERROR")
    assert ("not due: its games are not over" in str(row["reasons"])) == is_open


FIRST, SECOND = DAYS[:2]


def of_games(*keys: tuple[pd.Timestamp, str]) -> pd.DataFrame:
    return pd.DataFrame(list(keys), columns=["game_date", "game_id"]).astype(
        {"game_date": "datetime64[ns]", "game_id": "string[pyarrow]"}
    )


def of_two_days(
    make_evidence: MakeEvidence,
    expected: Sequence[tuple[pd.Timestamp, str]],
    rows: Sequence[tuple[pd.Timestamp, str]],
    not_covered: Sequence[tuple[pd.Timestamp, str]] = (),
    is_exact: bool = True,
) -> list[tuple[bool, dict[str, int], list[Finding], dict[str, object]]]:
    """(passed, reasons, failing keys, observed) of FIRST and SECOND; the ledger says that all is well."""
    ledger = make_evidence().ledger.assign(reason=pd.NA, missing_days=0)
    found = make_evidence(
        table=replace(LATER, expected=replace(LATER.expected, is_exact=is_exact)),
        days=DAYS[:2],
        rows=of_games(*rows),
        ledger=ledger,
        expected=of_games(*expected),
        not_covered=of_games(*not_covered).assign(reason="no family has it"),
    )
    results = completeness(found)
    assert [row["game_date"] for row in results] == [FIRST, SECOND]
    return [
        (
            bool(row["passed"]),
            json.loads(str(row["reasons"])),
            findings(row["failing_keys"] if row["failing_keys"] is None else str(row["failing_keys"])),
            json.loads(str(row["observed"])),
        )
        for row in results
    ]


def test_a_day_with_exactly_the_expected_keys_passes(make_evidence: MakeEvidence) -> None:
    keys = [(FIRST, "a"), (FIRST, "b"), (SECOND, "a")]
    for passed, reasons, failing, observed in of_two_days(make_evidence, keys, [*reversed(keys), (FIRST, "a")]):
        assert passed and not reasons and not failing
        assert observed["expected"] == observed["found"] == observed["due"] and observed["missing"] == 0


def test_missing_and_unexpected_keys_are_told_apart_by_day(make_evidence: MakeEvidence) -> None:
    """A key of another day is not the same key."""
    first, second = of_two_days(
        make_evidence, [(FIRST, "a"), (FIRST, "b"), (FIRST, "c"), (SECOND, "d")], [(FIRST, "b"), (SECOND, "a")]
    )
    assert first[:3] == (
        False,
        {"rows are missing": 2},
        [missing("a", "rows are missing"), missing("c", "rows are missing")],
    )
    assert {name: first[3][name] for name in ("expected", "found", "missing")} == {
        "expected": 3,
        "found": 1,
        "missing": 2,
    }
    assert second[:3] == (
        False,
        {"rows are missing": 1, "rows are not expected": 1},
        [missing("d", "rows are missing"), not_expected("a", "rows are not expected")],
    )


def test_without_any_row_every_expected_key_is_missing(make_evidence: MakeEvidence) -> None:
    first, second = of_two_days(make_evidence, [(FIRST, "a")], [])
    assert first[1] == {"rows are missing": 1} and second[0]


def test_unexpected_keys_of_a_table_that_may_have_more_do_not_count(make_evidence: MakeEvidence) -> None:
    first, second = of_two_days(make_evidence, [(FIRST, "a")], [(FIRST, "b"), (SECOND, "c")], is_exact=False)
    assert first[1] == {"rows are missing": 1} and second[0]


def test_a_key_that_no_source_covers_is_neither_missing_nor_unexpected(make_evidence: MakeEvidence) -> None:
    bare = [(FIRST, "x"), (SECOND, "y")]
    first, second = of_two_days(make_evidence, [(FIRST, "a")], [(FIRST, "a"), (SECOND, "y")], bare)
    assert first[1] == {"no family has it": 1} and first[3]["not_covered"] == 1 and not first[2]
    assert second[0] and second[3]["not_covered"] == 0, "it exists nevertheless"
