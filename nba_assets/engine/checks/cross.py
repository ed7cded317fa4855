"""Evaluates a cross-table check for every day: failing keys, number of compared keys, or why nothing was compared."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from nba_assets.contracts.findings import NOTHING_TO_COMPARE, Cause
from nba_assets.contracts.inputs import CrossCheck
from nba_assets.engine.checks.evidence import Evidence, findings_by_day, result

_VOID = ("absent_source", "not_final")
"""Ledger statuses of days without rows to compare."""


def cross(check: CrossCheck) -> Callable[[Evidence], list[dict[str, object]]]:
    """The check as a function of the evidence.

    A day on which keys were due but none was compared does not pass: WARN, with the reason. If the table or a table
    that it is compared with has no rows because no source covers the day, because it was never built or because its
    games are not over, the result of the rule is not used: it would be meaningless.
    """

    def run(evidence: Evidence) -> list[dict[str, object]]:
        findings = check.rule(evidence.rows, **evidence.frames(check.inputs))
        failing = findings.failing
        texts = failing[["key", "found", "expected"]].astype("string")
        keys = findings_by_day(texts.assign(key=texts["key"].fillna("?"), game_date=failing["game_date"]))
        shown = {} if findings.observed is None else findings.observed.set_index("game_date").to_dict("index")
        compared = findings.compared.value_counts().to_dict()
        due = (evidence.expected["game_date"] if findings.due is None else findings.due).value_counts().to_dict()
        void, lacking = _void(evidence, check), _lacking(evidence, check)
        made = set(evidence.ledger["game_date"])
        bare = evidence.not_covered.groupby("game_date")["reason"].first().to_dict()
        found = []
        for day in evidence.days:
            count = int(compared.get(day, 0))
            cause: Cause = "rows"
            observed: dict[str, object] = {str(name): value for name, value in shown.get(day, {}).items()}
            if day in void and (day in due or day in bare or day in keys or day not in made):
                reasons, is_error, listed = {f"{NOTHING_TO_COMPARE}: {void[day]}": 0}, False, []
                cause = "nothing_compared"
                observed = {"compared": 0, "nothing_to_compare": void[day]}
            elif day in keys or count:
                listed, is_error = keys.get(day, []), check.is_error
                reasons = {check.doc: len(listed)} if listed else {}
                observed["compared"] = count
                if findings.due is not None and due.get(day, 0) > count:
                    observed["not_compared"] = int(due[day]) - count
            elif due.get(day, 0) or day in bare:
                about = bare.get(day) or "; ".join(lacking.get(day, []))
                why = f"no key has {check.needs}" + (f"; {about}" if about else "")
                reasons, is_error, listed = {f"{NOTHING_TO_COMPARE}: {why}": 0}, False, []
                cause = "nothing_compared"
                observed |= {"compared": 0, "nothing_to_compare": why}
            else:
                reasons, is_error, listed = {}, check.is_error, []
                observed |= {"compared": 0, "nothing_to_compare": "nothing is due on the day"}
            found.append(result(day, reasons, is_error=is_error, keys=listed, observed=observed, cause=cause))
        return found

    return run


def _sides(evidence: Evidence, check: CrossCheck) -> list[tuple[str, pd.DataFrame]]:
    """The table and the tables it is compared with: name, and ledger rows by day."""
    names = dict.fromkeys(item.name for item in check.inputs.values())
    others = evidence.check_ledger
    parts = [(evidence.table.name, evidence.ledger), *((name, others[others["table_name"] == name]) for name in names)]
    return [(name, part.set_index("game_date")) for name, part in parts]


def _void(evidence: Evidence, check: CrossCheck) -> dict[pd.Timestamp, str]:
    """Days on which one side has no rows to compare, with the reason."""
    found: dict[pd.Timestamp, str] = {}
    for name, made in _sides(evidence, check):
        for day in evidence.days.difference(made.index):
            is_open = evidence.is_not_due(name, day)
            found.setdefault(day, f"{name}: its games are not over" if is_open else f"{name} was never made")
        without = made[made["status"].isin(_VOID) & (made["rows"] == 0)]
        for day, reason in without["reason"].items():
            found.setdefault(day, f"{name}: {reason}")
    return found


def _lacking(evidence: Evidence, check: CrossCheck) -> dict[pd.Timestamp, list[str]]:
    """Per day and table: families without a file for the season, if the rows come from other families."""
    found: dict[pd.Timestamp, list[str]] = {}
    for name, made in _sides(evidence, check):
        for day, reason in made.loc[made["status"].isin(["ok", "empty"]), "reason"].dropna().items():
            found.setdefault(day, []).append(f"{name}: {reason}")
    return found
