"""cascade: no day was built from input days that are incomplete or have changed since."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.contracts.findings import Cause
from nba_assets.contracts.inputs import Input
from nba_assets.engine.checks.evidence import (
    INPUT_DAYS,
    Evidence,
    banded,
    findings_by_day,
    result,
    rows_by_day,
    table_inputs,
)
from nba_assets.engine.checks.value_ranges import null_shares

_NEVER_MADE = "never made"
_PARTIAL = "made from an incomplete history"
_CHANGED = "changed after the day was made"
_INPUT_DAY = ["input", "input_day"]


def cascade(evidence: Evidence) -> list[dict[str, object]]:
    """ERROR if an input day was never built or has partial history, WARN for too many NULLs and for later changes.

    Checks the newest INPUT_DAYS days of each input's window. Shares of NULLs are computed from the input's rows, not
    read from its check results, because within a run those may be written before or after this check. As in
    value_ranges, an error hides the warnings of the same day. A day without rows passes.
    """
    pairs = _pairs(evidence)
    causes = _causes(evidence, pairs)
    looked_at = rows_by_day(pairs)
    if causes.empty:
        return [
            result(day, {}, is_error=False, observed={"input_days": looked_at.get(day, 0)}) for day in evidence.days
        ]
    has_error = causes["is_error"].groupby(causes["game_date"]).any().to_dict()
    causes = causes[causes["is_error"] == causes["game_date"].map(has_error)]
    reason_of = causes["input"] + ": " + causes["cause"]
    counts = causes.groupby(["game_date", reason_of]).size()
    reasons: dict[object, dict[str, int]] = {}
    for (day, reason), count in counts.items():
        reasons.setdefault(day, {})[str(reason)] = int(count)
    # An input with partial history has its own failing check, and a rebuild does not fix NULLs.
    is_mended = causes["cause"].isin([_NEVER_MADE, _CHANGED])
    oldest = causes[is_mended].groupby("game_date")["input_day"].min().to_dict()
    commands = {
        day: f"nba-assets backfill --from {first:%Y-%m-%d} --to {day:%Y-%m-%d} --select +{evidence.table.name}"
        for day, first in oldest.items()
    }
    keys = findings_by_day(
        pd.DataFrame(
            {
                "game_date": causes["game_date"],
                "key": causes["input"] + " " + causes["input_day"].dt.strftime("%Y-%m-%d").astype("string[pyarrow]"),
                "found": causes["cause"],
                "reason": reason_of,
                "command": causes["game_date"].map(commands).where(is_mended),
            }
        )
    )
    found = []
    for day in evidence.days:
        observed: dict[str, object] = {"input_days": looked_at.get(day, 0)}
        if day in commands:
            observed["what_to_do"] = commands[day]
        of_day, is_error = reasons.get(day, {}), bool(has_error.get(day, False))
        cause: Cause = "history" if is_error else "rows"
        found.append(result(day, of_day, is_error=is_error, keys=keys.get(day, []), observed=observed, cause=cause))
    return found


def _pairs(evidence: Evidence) -> pd.DataFrame:
    """Each day that has rows, paired with each checked input day: game_date, read_at, input, input_day."""
    held = evidence.ledger.loc[evidence.ledger["rows"] > 0, ["game_date", "read_at"]]
    reach = {(item.name, back) for item in table_inputs(evidence.table) for back in _days_back(item)}
    windows = pd.DataFrame(sorted(reach), columns=["input", "back"])
    windows = windows.astype({"input": "string[pyarrow]", "back": "int64"})
    pairs = held.merge(windows, how="cross")
    pairs["input_day"] = pairs["game_date"] - pd.to_timedelta(pairs.pop("back"), unit="D")
    return pairs[pairs["input_day"] >= pd.Timestamp(FIRST_DAY)]


def _days_back(item: Input) -> range:
    """Distances in days from the built day to the checked days of the input's window."""
    match item.reach:
        case "on_day":
            return range(1)
        case "up_to_day":
            return range(INPUT_DAYS if item.days is None else min(item.days + 1, INPUT_DAYS))
        case _:
            return range(1, min(item.days or 0, INPUT_DAYS) + 1)


def _causes(evidence: Evidence, pairs: pd.DataFrame) -> pd.DataFrame:
    """One row per pair and cause: game_date, input, input_day, cause, is_error."""
    ledger = evidence.input_ledger.rename(columns={"table_name": "input", "game_date": "input_day"})
    known = pairs.merge(ledger[[*_INPUT_DAY, "status", "content_changed_at"]], on=_INPUT_DAY, how="left")
    of_ledger = {
        _NEVER_MADE: known["status"].isna(),
        _PARTIAL: known["status"].eq("partial_history").fillna(False),
        _CHANGED: known["content_changed_at"] > known["read_at"],
    }
    found = [known[is_so].assign(cause=cause) for cause, is_so in of_ledger.items() if is_so.any()]
    if len(nulls := _too_many_nulls(evidence)):
        found.append(pairs.merge(nulls, on=_INPUT_DAY))
    columns = ["game_date", *_INPUT_DAY, "cause"]
    if not found:
        return pd.DataFrame(columns=columns)
    causes = pd.concat([part[columns] for part in found], ignore_index=True)
    causes = causes.astype({"input": "string[pyarrow]", "cause": "string[pyarrow]"})
    causes["is_error"] = causes["cause"].isin([_NEVER_MADE, _PARTIAL])
    return causes


def _too_many_nulls(evidence: Evidence) -> pd.DataFrame:
    """Input days with a share of NULLs outside the band in a column that the table reads: input, input_day, cause."""
    found = [
        (name, day, f"{column} NULL outside its band")
        for name, columns in banded(evidence.table).items()
        for day, of_day in null_shares(columns, evidence.input_rows[name]).items()
        for column in of_day
    ]
    rows = pd.DataFrame(found, columns=[*_INPUT_DAY, "cause"])
    return rows.astype({"input": "string[pyarrow]", "input_day": "datetime64[ns]"})
