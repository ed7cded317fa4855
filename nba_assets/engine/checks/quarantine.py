"""quarantine: no input row of a raw table was set aside."""

from __future__ import annotations

from nba_assets.contracts.findings import Finding
from nba_assets.engine.checks.evidence import MOST_KEYS, Evidence, result


def quarantine(evidence: Evidence) -> list[dict[str, object]]:
    """WARN if input rows were set aside, with the count per reason and the first keys; duplicates are only counted."""
    records = evidence.quarantine
    is_aside = records["action"] == "set_aside"
    counts = records.groupby(["game_date", is_aside, "action", "reason"], sort=True)["rows"].sum()
    reasons: dict[object, dict[str, int]] = {}
    observed: dict[object, dict[str, int]] = {}
    for (day, aside, action, reason), count in counts.items():
        if aside:
            reasons.setdefault(day, {})[str(reason)] = int(count)
        else:
            of_day = observed.setdefault(day, {})
            of_day[str(action)] = of_day.get(str(action), 0) + int(count)
    aside_rows = records[is_aside]
    place = aside_rows["source_file"] + " row " + aside_rows["source_row"].astype("string")
    texts = aside_rows["key"].fillna(place).dropna().sort_values()
    first = texts.groupby(aside_rows["game_date"].reindex(texts.index).to_numpy()).head(MOST_KEYS)
    keys = {
        day: [Finding(key) for key in group]
        for day, group in first.groupby(aside_rows["game_date"].reindex(first.index).to_numpy())
    }
    return [
        result(day, reasons.get(day, {}), is_error=False, keys=keys.get(day, []), observed=observed.get(day))
        for day in evidence.days
    ]
