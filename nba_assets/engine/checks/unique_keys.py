"""unique_keys: keys are unique and not NULL."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.findings import Finding
from nba_assets.engine.checks.evidence import Evidence, by_day, keys_of, result, rows_by_day


def unique_keys(evidence: Evidence) -> list[dict[str, object]]:
    """ERROR for duplicate keys and for NULLs in a key; one result per day."""
    rows, key = evidence.rows, evidence.contract.full_key
    is_null = rows[key].isna().any(axis=1)
    bad = rows.duplicated(key, keep=False) | is_null
    keys = by_day(keys_of(rows[bad], key), rows.loc[bad, "game_date"]) if bool(bad.any()) else {}
    nulls = is_null.groupby(rows["game_date"]).sum() if bool(is_null.any()) else pd.Series(dtype="int64")
    counts = rows_by_day(rows)
    found = []
    for day in evidence.days:
        failing = keys.get(day, [])
        null = int(nulls.get(day, 0))
        reasons = {"a key is NULL": null, "duplicate key": len(failing) - null}
        observed = {"rows": counts.get(day, 0)}
        found.append(
            result(
                day,
                {why: n for why, n in reasons.items() if n},
                keys=[Finding(key) for key in failing],
                observed=observed,
            )
        )
    return found
