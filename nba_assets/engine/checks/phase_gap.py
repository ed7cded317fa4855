"""phase_gap: a day has rows if its same-day inputs have rows."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.findings import NO_ROW, Finding
from nba_assets.engine.checks.evidence import Evidence, result, table_inputs


def phase_gap(evidence: Evidence) -> list[dict[str, object]]:
    """ERROR if the day has no rows although a same-day input has some, both according to the ledger.

    WARN if that cannot be fixed here: the day is not final yet, no source covers it, or its history has not begun. A
    day that expects no rows passes, and its result says so. The count of a reason is the number of rows of the first
    such input.
    """
    names = dict.fromkeys(item.name for item in table_inputs(evidence.table) if item.reach == "on_day")
    inputs = evidence.input_ledger
    held = inputs[inputs["table_name"].isin(names) & (inputs["status"] == "ok") & (inputs["rows"] > 0)]
    counts: dict[pd.Timestamp, dict[str, int]] = {}
    for day, name, count in zip(held["game_date"], held["table_name"], held["rows"], strict=True):
        counts.setdefault(day, {})[name] = int(count)
    made = evidence.ledger.set_index("game_date")[["status", "rows"]].to_dict("index")
    covered = {*pd.DatetimeIndex(evidence.expected["game_date"].unique()), *evidence.unmade}
    bare = evidence.not_covered.drop_duplicates("game_date").set_index("game_date")["reason"].to_dict()
    found = []
    for day in evidence.days:
        upstream = {name: counts[day][name] for name in names if name in counts.get(day, {})}
        own = made.get(day, {"status": None, "rows": 0})
        is_bare = own["status"] == "empty" and day in bare and day not in covered
        observed: dict[str, object] = {"rows": int(own["rows"]), "input_rows": upstream}
        reasons: dict[str, int] = {}
        if own["status"] == "superseded":
            observed["reason"] = "the files are as of a later day"
        elif upstream and not own["rows"]:
            first, count = next(iter(upstream.items()))
            if day in covered or (day in bare and not is_bare):
                reasons = {_why(own["status"], first): count}
            elif is_bare:
                reasons = {str(bare[day]): count}
            else:
                observed["reason"] = "no rows expected"
        keys = [Finding(name, NO_ROW, f"rows, as it has {count}") for name, count in upstream.items()]
        is_error = own["status"] not in ("not_final", "absent_source") and not is_bare
        found.append(
            result(
                day,
                reasons,
                is_error=is_error,
                keys=keys if reasons else [],
                observed=observed,
                cause="history" if own["status"] == "partial_history" else "rows",
            )
        )
    return found


def _why(status: str | None, first: str) -> str:
    """Why the day has no rows: from its ledger status and the first input that has some."""
    match status:
        case None:
            return "never made"
        case "partial_history" | "absent_source" | "not_final":
            return status.replace("_", " ")
        case _:
            return f"empty although {first} has rows"
