"""completeness: a day has exactly the expected keys."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.contracts.day_state import state_of_day
from nba_assets.contracts.findings import Cause, not_expected
from nba_assets.contracts.findings import missing as missing_row
from nba_assets.contracts.repairs import with_history
from nba_assets.engine.checks.evidence import Evidence, by_day, keys_of, result, rows_by_day

_MISSING, _SURPLUS = "rows are missing", "rows are not expected"
_NOT_DUE = "not due: its games are not over"


def completeness(evidence: Evidence) -> list[dict[str, object]]:
    """ERROR if expected keys are missing or unexpected ones exist; WARN if a rebuild cannot fix that.

    WARN: the games of the day are not over (not due) and the table, or a table that determines its expected rows, is
    built after them, or no source covers all keys that the schedule requires. A day built from an incomplete history
    fails with the number of missing days and the command that builds them. Every result has the number of keys `due` by
    the schedule, `expected` (due and covered by a source), `found`, `missing` and `not_covered`, and the `state` of the
    day (`nba_assets.contracts.day_state`).
    """
    expected, not_covered_keys = evidence.expected, evidence.not_covered
    columns = list(expected.columns)
    rule = evidence.table.expected
    held = (rule.observed(evidence.rows) if rule.observed is not None else evidence.rows)[columns].drop_duplicates()
    # Without empty frames: their dtypes would count, and pandas warns of it.
    both = pd.concat([keys for keys in (expected, held) if len(keys)] or [expected], ignore_index=True)
    is_in_one = ~both.duplicated(keep=False)
    is_expected = np.arange(len(both)) < len(expected)
    missing, extra = both[is_in_one & is_expected], both[is_in_one & ~is_expected & rule.is_exact]
    if len(extra):
        # A key that no family declares, or whose history has only begun, is asked for all the same: it is no surplus.
        is_asked = pd.MultiIndex.from_frame(extra).isin(pd.MultiIndex.from_frame(not_covered_keys[columns]))
        extra = extra[~is_asked]
    missing_keys = by_day(keys_of(missing, columns), missing["game_date"]) if len(missing) else {}
    extra_keys = by_day(keys_of(extra, columns), extra["game_date"]) if len(extra) else {}
    # A key that no family covers may exist nevertheless; then it is neither missing nor uncovered.
    bare = not_covered_keys
    if len(bare):
        is_bare = bare.merge(held, on=columns, how="left", indicator=True)["_merge"] == "left_only"
        bare = bare[is_bare.to_numpy()]
    uncovered = {
        day: group.value_counts().sort_index().to_dict()
        for day, group in bare["reason"].groupby(bare["game_date"].to_numpy())
    }
    expected_count, held_count, row_count = rows_by_day(expected), rows_by_day(held), rows_by_day(evidence.rows)
    ledger = evidence.ledger.set_index("game_date")[["status", "reason", "missing_days"]].to_dict("index")
    found = []
    for day in evidence.days:
        absent, surplus, bare_reasons = missing_keys.get(day, []), extra_keys.get(day, []), uncovered.get(day, {})
        made = ledger.get(day, {"status": None, "reason": None})
        status, reason = made["status"], made["reason"]
        not_covered = sum(bare_reasons.values())
        is_made = status is not None and not pd.isna(status)
        observed: dict[str, object] = {
            "state": state_of_day(
                str(status) if is_made else None,
                is_unknown=day in evidence.unmade,
                missing=len(absent),
                is_hole_of_sources=not rule.is_error,
                not_covered=not_covered,
                rows=row_count.get(day, 0),
            ),
            "due": expected_count.get(day, 0) + not_covered,
            "expected": expected_count.get(day, 0),
            "found": held_count.get(day, 0),
            "missing": len(absent),
            "not_covered": not_covered,
        }
        keys = [missing_row(key, _MISSING) for key in absent] + [not_expected(key, _SURPLUS) for key in surplus]
        gaps = {_MISSING: len(absent), _SURPLUS: len(surplus)}
        reasons = {why: count for why, count in gaps.items() if count}
        is_error = rule.is_error
        cause: Cause = "rows"
        if not is_made:
            is_error, reasons = True, {"the day was never made": len(keys)}
        elif status == "partial_history":
            observed |= {
                "missing_days": int(made["missing_days"]),
                "what_to_do": with_history(evidence.table.name, day.date(), day.date()),
            }
            is_error, reasons, cause = True, {"made from an incomplete history": len(keys)}, "history"
        elif day in evidence.unmade and evidence.is_not_due(evidence.unmade[day], day):
            is_error, reasons = False, {_NOT_DUE: 0}
        elif day in evidence.unmade:
            what = evidence.unmade[day]
            observed |= {
                "what_to_do": f"nba-assets backfill --from {day:%Y-%m-%d} --to {day:%Y-%m-%d} --select +{what}"
            }
            is_error, reasons = True, {f"unknown what the day must have: {what} was never made": 0}
        elif status == "not_final":
            is_error, reasons = False, {_NOT_DUE: len(keys)} if keys else {}
        elif status == "superseded":
            observed |= {"superseded": str(reason)}
            reasons = {}
        elif status == "absent_source":
            is_error, reasons = False, {str(reason): not_covered}
        else:
            if isinstance(reason, str):
                observed |= {"absent_families": reason}
            if bare_reasons and not reasons:
                is_error, reasons = False, {str(why): int(count) for why, count in bare_reasons.items()}
        found.append(result(day, reasons, is_error=is_error, keys=keys, observed=observed, cause=cause))
    return found
