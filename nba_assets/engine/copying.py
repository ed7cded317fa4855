"""Copies tables from one warehouse to another: days with their ledger rows, quarantine and check results.

Every copied day is read back, and its content hash is compared with that of the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from nba_assets.contracts.contract import TableContract, to_arrow
from nba_assets.engine import registry
from nba_assets.engine.content_hash import day_hashes
from nba_assets.warehouses.protocol import Snapshot, Warehouse

DAYS_AT_ONCE = 200
"""Days per write: about a season, so that the widest table fits into memory."""


class CopyError(RuntimeError):
    """Two warehouses cannot be combined, or rows differ from their ledger; the message names table and days."""


@dataclass(frozen=True)
class Copied:
    """The result of copying a table: number of copied days and rows."""

    table: str
    days: int
    rows: int
    skipped: int
    """Days that the target already had with the same content and the same time of writing."""


def copy(
    source: Warehouse,
    target: Warehouse,
    names: Sequence[str],
    now: datetime,
    first: date | None = None,
    last: date | None = None,
) -> Iterator[Copied]:
    """Copies tables; days that the target already has are skipped, so an interrupted copy resumes.

    Raises:
        CopyError: the source is empty, the target has rows of the other kind (simulated and real ones are never
            mixed), a day of the source differs from its ledger, or a day that was read back differs from what was
            written.
    """
    with source.snapshot() as snapshot:
        kind = snapshot.source()
        if kind is None:
            raise CopyError("The warehouse to copy from is empty; nothing was copied.")
        with target.snapshot() as existing:
            held = existing.source()
        if held not in (None, kind):
            raise CopyError(
                f"The warehouse to copy to has rows of kind {held}, the other one {kind}; nothing was copied."
            )
        if held is None:
            target.record_source(kind, now)
        for name in names:
            yield _copy_table(registry.contract(name), snapshot, target, first, last)


def _copy_table(
    contract: TableContract, source: Snapshot, target: Warehouse, first: date | None, last: date | None
) -> Copied:
    ledger = source.ledger([contract.name], first, last)
    with target.snapshot() as existing:
        present = existing.ledger([contract.name], first, last)
    same = ledger.merge(present, on=["game_date", "content_hash", "written_at"], suffixes=("", "_present"))
    missing = ledger[~ledger["game_date"].isin(same["game_date"])]
    rows = 0
    for start in range(0, len(missing), DAYS_AT_ONCE):
        rows += _copy_days(contract, missing.iloc[start : start + DAYS_AT_ONCE], source, target)
    return Copied(contract.name, len(missing), rows, len(same))


def _copy_days(contract: TableContract, ledger: pd.DataFrame, source: Snapshot, target: Warehouse) -> int:
    days = [day.date() for day in ledger["game_date"]]
    first, last = days[0], days[-1]

    def of_these(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["game_date"].isin(ledger["game_date"])].reset_index(drop=True)

    rows = to_arrow(contract, of_these(source.read(contract, first, last)))
    hashes = day_hashes(contract, rows, days)
    _require_same(contract, dict(zip(days, ledger["content_hash"], strict=True)), hashes, "the ledger of the source")
    history = of_these(source.quality("partition_log", contract.name, first, last)).sort_values("sequence")
    quarantine = of_these(source.quality("quarantine", contract.name, first, last))
    results = of_these(source.quality("check_results", contract.name, first, last))
    target.replace_days(contract, rows, days, history, quarantine)
    if len(results):
        target.replace_check_results(results, contract.name, sorted(results["check_name"].unique()), days)
    with target.snapshot() as written:
        back = to_arrow(contract, of_these(written.read(contract, first, last)))
    _require_same(contract, hashes, day_hashes(contract, back, days), "the rows that were written")
    return rows.num_rows


def _require_same(contract: TableContract, expected: dict[date, str], found: dict[date, str], what: str) -> None:
    wrong = [day for day, content in expected.items() if found[day] != content]
    if wrong:
        raise CopyError(
            f"{contract.name}: {len(wrong)} days differ from {what}, first {wrong[0]}: content hash "
            f"{found[wrong[0]][:12]}, expected {expected[wrong[0]][:12]}. Rebuild these days: nba-assets backfill "
            f"--force --select {contract.name} --from {wrong[0]} --to {wrong[-1]}"
        )
