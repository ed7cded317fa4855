"""files_stand: the published files of the day match its manifest rows; every file is read back."""

from __future__ import annotations

import hashlib

import pandas as pd

from nba_assets.contracts.findings import Finding
from nba_assets.engine.checks.evidence import Evidence, result, rows_by_day

_GONE, _OTHER = "the file is gone", "the file has another sha256"


def files_stand(evidence: Evidence) -> list[dict[str, object]]:
    """ERROR if a file of the manifest is missing or its bytes differ; the failing keys are paths."""
    rows = evidence.rows.reset_index(drop=True)
    found = dict(evidence.store.read_many(rows["path"].tolist()))
    reasons: dict[pd.Timestamp, dict[str, int]] = {}
    keys: dict[pd.Timestamp, list[Finding]] = {}
    for day, path, sha256 in zip(rows["game_date"], rows["path"], rows["sha256"], strict=True):
        data = found[path]
        if data is not None and hashlib.sha256(data).hexdigest() == sha256:
            continue
        reason = _GONE if data is None else _OTHER
        of_day = reasons.setdefault(day, {})
        of_day[reason] = of_day.get(reason, 0) + 1
        found_hash = "no file" if data is None else hashlib.sha256(data).hexdigest()
        keys.setdefault(day, []).append(Finding(path, found_hash, sha256, reason))
    counts, sizes = rows_by_day(rows), rows.groupby("game_date")["bytes"].sum().to_dict()
    results = []
    for day in evidence.days:
        observed: dict[str, object] = {"files": counts.get(day, 0), "bytes": int(sizes.get(day, 0))}
        if day in reasons:
            observed["what_to_do"] = (
                f"nba-assets backfill --force --from {day:%Y-%m-%d} --to {day:%Y-%m-%d} --select {evidence.table.name}"
            )
        results.append(result(day, reasons.get(day, {}), keys=keys.get(day, []), observed=observed))
    return results
