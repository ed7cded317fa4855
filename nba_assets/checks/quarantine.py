"""quarantine: no input row of a raw table was set aside."""

from __future__ import annotations

from nba_assets.checks.evidence import Evidence, result


def quarantine(evidence: Evidence) -> list[dict[str, object]]:
    """WARN when input rows were set aside, with the count by reason and the first keys; duplicates are only counted."""
    records = evidence.quarantine
    sums = records.groupby(["game_date", "action", "reason"])["rows"].sum() if len(records) else None
    found = []
    for day in evidence.due():
        of_day = records[records["game_date"] == day] if sums is not None else records
        aside = of_day[of_day["action"] == "set_aside"]
        counts = aside.groupby("reason")["rows"].sum().sort_index()
        others = of_day[of_day["action"] != "set_aside"].groupby("action")["rows"].sum()
        observed = {str(name): int(count) for name, count in others.items()}
        reasons = {str(reason): int(count) for reason, count in counts.items()}
        keys = aside["key"].fillna(aside["source_file"] + " row " + aside["source_row"].astype("string")).dropna()
        found.append(result(day, reasons, is_error=False, keys=sorted(keys.tolist()), observed=observed))
    return found
