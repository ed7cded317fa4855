"""cascade on hand-made ledgers and rows: each cause, the days it affects, its severity and its keys."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd
import pytest

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.contracts.findings import Finding, findings
from nba_assets.engine.checks.cascade import cascade
from nba_assets.engine.checks.evaluate import checks_of
from nba_assets.engine.checks.value_ranges import FEWEST_ROWS
from nba_assets_tests.engine.checks.hand_made_evidence import (
    DAYS,
    FORM,
    GAMES,
    LATER,
    READ_AT,
    MakeEvidence,
    changed,
    ledger_of,
)

BAD = pd.Timestamp("2024-02-10")
LATE = READ_AT + pd.Timedelta(seconds=1)
REACHED = {
    "games": pd.DatetimeIndex([BAD]),
    "form": pd.date_range("2024-02-11", "2024-03-11"),
    "people": pd.date_range("2024-02-10", "2024-03-10"),
}
"""Days that read BAD: the day itself; the 30 days after; the day and the 29 after."""


def failed(found: Sequence[dict[str, object]]) -> pd.DataFrame:
    assert [row["game_date"] for row in found] == list(DAYS)
    frame = pd.DataFrame(found)
    return frame[~frame["passed"]]


def form_rows(nulls: int, rows: int = FEWEST_ROWS) -> pd.DataFrame:
    """`form` with this number of NULLs in the rows of BAD; `later` does not read age."""
    well = pd.DataFrame({"game_date": DAYS.drop(BAD).repeat(FEWEST_ROWS), "usage_rate": 20.0})
    bad = pd.DataFrame({"game_date": BAD, "usage_rate": [None] * nulls + [20.0] * (rows - nulls)})
    return pd.concat([well, bad.astype({"usage_rate": "float64"})], ignore_index=True).assign(age=float("nan"))


def test_complete_and_unchanged_inputs_pass(make_evidence: MakeEvidence) -> None:
    found = cascade(make_evidence())
    assert all(row["passed"] for row in found)
    # games on the day, 30 days of form, 30 days of people
    assert {row["observed"] for row in found} == {'{"input_days": 61}'}


@pytest.mark.parametrize("name", list(REACHED))
@pytest.mark.parametrize(
    ("upstream", "cause", "severity"),
    [
        ({}, "never made", "ERROR"),
        ({"status": "partial_history"}, "made from an incomplete history", "ERROR"),
        ({"content_changed_at": LATE}, "changed after the day was made", "WARN"),
    ],
)
def test_a_bad_input_day_is_named_on_each_day_that_reads_it(
    make_evidence: MakeEvidence, name: str, upstream: dict[str, object], cause: str, severity: str
) -> None:
    evidence = make_evidence()
    found = failed(cascade(make_evidence(input_ledger=changed(evidence.input_ledger, name, BAD, **upstream))))
    assert pd.DatetimeIndex(found["game_date"]).equals(REACHED[name])
    assert set(found["severity"]) == {severity}
    assert set(found["reasons"]) == {json.dumps({f"{name}: {cause}": 1})}
    last = found.iloc[-1]
    what_to_do = f"nba-assets backfill --from 2024-02-10 --to {last['game_date']:%Y-%m-%d} --select +later"
    is_mended_by_it = "incomplete" not in cause
    command = what_to_do if is_mended_by_it else None
    assert findings(last["failing_keys"]) == [Finding(f"{name} 2024-02-10", cause, None, f"{name}: {cause}", command)]
    assert set(found["cause"]) == {"rows" if "changed" in cause else "history"}
    assert json.loads(last["observed"]).get("what_to_do") == command


def test_a_share_of_nulls_outside_its_band_warns_and_names_the_column(make_evidence: MakeEvidence) -> None:
    found = failed(cascade(make_evidence(input_rows={"form": form_rows(nulls=6)})))
    assert pd.DatetimeIndex(found["game_date"]).equals(REACHED["form"])
    assert set(found["severity"]) == {"WARN"}
    assert set(found["reasons"]) == {'{"form: usage_rate NULL outside its band": 1}'}
    cause = "usage_rate NULL outside its band"
    assert {text: findings(text) for text in found["failing_keys"]} == {
        found["failing_keys"].iloc[0]: [Finding("form 2024-02-10", cause, None, f"form: {cause}")]
    }
    assert set(found["observed"]) == {'{"input_days": 61}'}, "no command repairs what the sources lack"


@pytest.mark.parametrize("rows", [form_rows(nulls=5), form_rows(nulls=99, rows=99)], ids=["in band", "few rows"])
def test_nulls_within_the_band_or_among_few_rows_pass(make_evidence: MakeEvidence, rows: pd.DataFrame) -> None:
    assert failed(cascade(make_evidence(input_rows={"form": rows}))).empty


def test_a_change_before_the_day_was_read_does_not_count(make_evidence: MakeEvidence) -> None:
    evidence = make_evidence()
    inputs = changed(evidence.input_ledger, "form", BAD, content_changed_at=READ_AT)
    again = changed(evidence.ledger, "later", "2024-02-12", read_at=LATE)
    assert failed(cascade(make_evidence(input_ledger=inputs))).empty
    inputs = changed(evidence.input_ledger, "form", BAD, content_changed_at=LATE)
    found = failed(cascade(make_evidence(input_ledger=inputs, ledger=again)))
    assert pd.Timestamp("2024-02-11") in set(found["game_date"])
    assert pd.Timestamp("2024-02-12") not in set(found["game_date"]), "it was rebuilt from the current inputs"


def test_an_error_hides_the_warnings_of_its_day_only(make_evidence: MakeEvidence) -> None:
    inputs = changed(make_evidence().input_ledger, "games", "2024-02-20", status="partial_history")
    found = failed(cascade(make_evidence(input_ledger=inputs, input_rows={"form": form_rows(nulls=6)})))
    found = found.set_index("game_date")
    for day, severity, text in (
        ("2024-02-20", "ERROR", "games 2024-02-20: found made from an incomplete history"),
        ("2024-02-21", "WARN", "form 2024-02-10: found usage_rate NULL outside its band"),
    ):
        assert found.loc[day, "severity"] == severity
        assert [finding.text for finding in findings(found.loc[day, "failing_keys"])] == [text]


def test_days_without_rows_and_days_never_built_pass(make_evidence: MakeEvidence) -> None:
    inputs = changed(make_evidence().input_ledger, "form", BAD, content_changed_at=LATE)
    ledger = changed(ledger_of("later"), "later", "2024-02-11", status="empty", rows=0)
    found = failed(cascade(make_evidence(input_ledger=inputs, ledger=changed(ledger, "later", "2024-02-12"))))
    assert pd.DatetimeIndex(found["game_date"]).equals(REACHED["form"][2:])


def test_days_before_the_first_partition_are_not_missing(make_evidence: MakeEvidence) -> None:
    days = pd.date_range(FIRST_DAY, periods=3)
    inputs = pd.concat([ledger_of(name, days) for name in REACHED], ignore_index=True)
    found = cascade(make_evidence(days=days, ledger=ledger_of("later", days), input_ledger=inputs))
    assert [(row["passed"], row["observed"]) for row in found] == [
        (True, '{"input_days": 2}'),
        (True, '{"input_days": 4}'),
        (True, '{"input_days": 6}'),
    ]


def test_an_empty_ledger_gives_a_result_for_every_day(make_evidence: MakeEvidence) -> None:
    evidence = make_evidence()
    nothing = {"ledger": evidence.ledger.iloc[:0], "input_ledger": evidence.input_ledger.iloc[:0]}
    assert failed(cascade(make_evidence(**nothing, input_rows={"form": form_rows(0).iloc[:0]}))).empty


def test_the_layers_after_analytics_have_the_checks() -> None:
    assert {"phase_gap", "cascade"} <= set(checks_of(LATER))
    for earlier in (GAMES, FORM):
        assert not {"phase_gap", "cascade"} & set(checks_of(earlier))
