"""The findings of a check as data: the failing keys of a result, the cause of the failure, and its reasons.

`quality.check_results` stores the failing keys as JSON. Rows written by an earlier version contain sentences instead;
`findings` and `causes` read those too, so that a warehouse need not be rebuilt.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd

NO_ROW, A_ROW = "no row", "a row"
NOTHING_TO_COMPARE = "nothing to compare"
"""Start of the reason of a cross-table check that compared nothing although keys were due."""
Cause = Literal["rows", "history", "nothing_compared"]
"""Why a result did not pass: rows or keys fail, the day lacks history, or nothing was compared."""


@dataclass(frozen=True)
class Finding:
    """A failing key of a result.

    Args:
        key: of the row or file; None if the finding is about the day.
        found: the value found.
        expected: the value expected.
        reason: the reason of the result that the finding belongs to; None if unknown.
        command: the command that repairs it; None if rebuilding the day does.
    """

    key: str | None
    found: str | None = None
    expected: str | None = None
    reason: str | None = None
    command: str | None = None

    @property
    def text(self) -> str:
        """For a terminal: `0022300500 1: found 20, expected 22`."""
        said = [f"{name} {value}" for name, value in (("found", self.found), ("expected", self.expected)) if value]
        return ": ".join(part for part in (self.key, ", ".join(said)) if part)


def missing(key: str, reason: str | None = None) -> Finding:
    """The finding for an expected row that the table lacks."""
    return Finding(key, NO_ROW, A_ROW, reason)


def not_expected(key: str, reason: str | None = None) -> Finding:
    """The finding for a row that is not expected."""
    return Finding(key, A_ROW, NO_ROW, reason)


def of_rule(key: str, rule: str) -> Finding:
    """The finding for a row that breaks a rule, named as in `TableContract.broken_rows` and `unusual_rows`."""
    if rule.startswith(_NOT):
        return Finding(key, None, rule.removeprefix(_NOT), rule)
    return Finding(key, rule, None, rule)


def stored(failing: Iterable[Finding]) -> str | None:
    """The findings as JSON for the warehouse; None if there are none."""
    rows = [{name: value for name, value in asdict(finding).items() if value is not None} for finding in failing]
    return json.dumps(rows, ensure_ascii=False) if rows else None


def findings(text: str | None) -> list[Finding]:
    """The findings stored in the `failing_keys` of a result."""
    if text is None or text is pd.NA:
        return []
    if text.startswith("[{"):
        return [Finding(**{"key": None, **row}) for row in json.loads(text)]
    return [_of_sentence(part) for part in text.split("; ")]


_NOT = "not: "


def _of_sentence(text: str) -> Finding:
    """The finding in a sentence of an earlier version."""
    key, is_compared, rest = text.partition(": found ")
    if is_compared and ", expected " in rest:
        found, _, expected = rest.rpartition(", expected ")
        return Finding(key, found, expected)
    for begin, made in (("missing ", missing), ("not expected ", not_expected)):
        if text.startswith(begin):
            return made(text.removeprefix(begin))
    rule, is_ruled, key = text.rpartition(": ")
    if is_ruled and (rule.startswith(_NOT) or rule.split(" ")[1:2] in (["<"], [">"], ["is"])):
        return of_rule(key, rule)
    return Finding(text)


def causes(checks: pd.DataFrame) -> pd.Series:
    """The cause of each failed result, NULL for passed ones; aligned with `checks`."""
    failed = ~checks["passed"].astype(bool)
    found = checks["cause"].astype("object").where(failed, None)
    untold = failed & found.isna()
    found[untold] = [_cause_of_reasons(json.loads(text)) for text in checks.loc[untold, "reasons"]]
    return found


def _cause_of_reasons(reasons: Iterable[str]) -> Cause:
    """The cause of a result without the column `cause`, which an earlier version wrote."""
    if any(reason.startswith(NOTHING_TO_COMPARE) for reason in reasons):
        return "nothing_compared"
    lacks = (": never made", "made from an incomplete history", "partial history")
    return "history" if all(reason.endswith(lacks) for reason in reasons) else "rows"


def is_uncompared(checks: pd.DataFrame) -> pd.Series:
    """Whether a result failed only because nothing was compared: neither a pass nor a finding."""
    return (causes(checks) == "nothing_compared").astype(bool)


def by_reason(checks: pd.DataFrame) -> pd.DataFrame:
    """One row per failed result and reason: the columns of the result, `cause` filled, reason, n (rows or keys)."""
    failed = checks[~checks["passed"].astype(bool)]
    pairs = [list(json.loads(text).items()) for text in failed["reasons"]]
    found = failed.assign(cause=causes(failed), pair=pairs).explode("pair", ignore_index=True)
    found = found[found["pair"].notna()]
    return found.assign(
        reason=[pair[0] for pair in found["pair"]], n=np.array([pair[1] for pair in found["pair"]], dtype=np.int64)
    ).drop(columns="pair")
