"""Publishes the documents of a product as files and lists them; documents are validated, unchanged files are kept.

Files are written before the manifest rows and their ledger rows: a run that is killed in between leaves complete files
that are not listed yet; the next run finds the same bytes and only lists them.
"""

from __future__ import annotations

import gc
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY, eastern_today, final_at
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.inputs import DaySums
from nba_assets.documents import schemas
from nba_assets.documents.canonical import canonical, decoded, encoded
from nba_assets.documents.files_contract import FILES
from nba_assets.engine import registry
from nba_assets.engine.kept_sums import KeptSums
from nba_assets.engine.platform import Platform
from nba_assets.engine.staleness import by_reason, staleness
from nba_assets.engine.status import expected_games
from nba_assets.stores.protocol import Store

ROOT = "v1/"
JSON, TEXT = "application/json", "text/markdown; charset=utf-8"
SOON, LATER, LONG = ("public, max-age=60", "public, max-age=300", "public, max-age=86400")
"""Cache-Control: SOON for pointers and days that may still change, LATER for as-of files and the site, LONG for past
days."""
Document = Mapping[str, Any] | str
_DATED = re.compile(r"/\d{4}-\d{2}-\d{2}\.json$")


@dataclass(frozen=True)
class Publication:
    """Implements `contracts.publication.Publication`, and writes to the store."""

    store: Store
    now: datetime
    source: str
    platform: Platform
    table: DailyTable

    def ledger(self, first: date | None = None, last: date | None = None) -> pd.DataFrame:
        with self.platform.warehouse.snapshot() as snapshot:
            return snapshot.ledger(None, first, last)

    def check_results(
        self, columns: Sequence[str], first: date | None = None, last: date | None = None
    ) -> pd.DataFrame:
        with self.platform.warehouse.snapshot() as snapshot:
            return snapshot.quality("check_results", None, first, last, columns)

    def read(self, path: str) -> dict[str, Any] | None:
        data = self.store.read(ROOT + path)
        return None if data is None else decoded(data)

    def layers(self) -> Mapping[str, str]:
        return {
            name: table.contract.layer
            for name, table in registry.tables().items()
            if table.publishes is None or not table.publishes.is_of_checks
        }

    def expected_games(self) -> pd.DataFrame:
        return expected_games(self.platform)

    def stale(self, newest: date) -> pd.DataFrame:
        return by_reason(staleness(list(self.layers()), FIRST_DAY, newest, self.platform))

    def sums(self, table: str, first: date, last: date, columns: Sequence[str], function: DaySums) -> pd.DataFrame:
        kept = KeptSums(self.platform.settings.sums, self.table, table, columns, function)
        with self.platform.warehouse.snapshot() as snapshot:
            return kept.read(first, last, snapshot)

    def put(self, path: str, document: Document, *, cache_control: str) -> bytes:
        """Publishes a document at a path below v1/ unless the same file exists; returns its bytes.

        Raises:
            SchemaError: the document does not match its schema.
        """
        if isinstance(document, str):
            data, content_type = document.encode(), TEXT
        else:
            plain = canonical(document)
            schemas.check(ROOT + path, plain)
            data, content_type = encoded(plain), JSON
        self.store.put(ROOT + path, data, content_type=content_type, cache_control=cache_control)
        return data


def publish(
    table: DailyTable, documents: Iterable[tuple[str, Document, int]], days: pd.DatetimeIndex, publication: Publication
) -> pd.DataFrame:
    """Writes the documents of a product and moves its pointer.

    Args:
        table: a table with `publishes`.
        documents: (path below v1/, document, number of rows in it); those of other days are skipped.
        days: the days to publish; for an as-of product only its day.
        publication: the store and the clock.

    Returns:
        The manifest rows: game_date, path, rows, bytes, sha256.

    Raises:
        SchemaError: a document does not match its schema.
        ValueError: two documents have the same path.
    """
    product = table.publishes
    assert product is not None
    asked = {f"{day:%Y-%m-%d}" for day in days}
    found: dict[str, tuple[pd.Timestamp, int, int, str]] = {}
    newest: tuple[str, Document] | None = None
    for path, document, rows in _uncollected(documents):
        day = f"{days[-1]:%Y-%m-%d}" if product.is_as_of else str(_day_of(document))
        if day not in asked:
            continue
        if ROOT + path in found:
            raise ValueError(f"{table.name}: two documents have the path {path}")
        data = publication.put(path, document, cache_control=_cache(path, day, publication.now))
        found[ROOT + path] = (pd.Timestamp(day), rows, len(data), hashlib.sha256(data).hexdigest())
        if product.pointer is not None and (newest is None or day >= newest[0]):
            newest = day, document
    if product.pointer is not None and newest is not None:
        _move(product.pointer, *newest, publication)
    publication.store.flush()
    rows_of = [(day, path, *rest) for path, (day, *rest) in found.items()]
    return pd.DataFrame(rows_of, columns=["game_date", *FILES]).astype({"game_date": "datetime64[ns]"})


def _uncollected(documents: Iterable[tuple[str, Document, int]]) -> Iterator[tuple[str, Document, int]]:
    """The documents, built without cyclic garbage collection: it would repeatedly traverse a million rows of plain
    values, which have no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield from documents
    finally:
        if was_on:
            gc.enable()


def _move(pointer: str, day: str, document: Document, publication: Publication) -> None:
    """Updates the pointer to the document unless it has a later day."""
    present = publication.read(pointer)
    if present is None or str(_day_of(present)) <= day:
        publication.put(pointer, document, cache_control=SOON)


def _day_of(document: Document) -> object:
    return document.get("game_date") if isinstance(document, Mapping) else None


def _cache(path: str, day: str, now: datetime) -> str:
    if not _DATED.search(f"/{path}"):
        return LATER
    return LONG if date.fromisoformat(day) < eastern_today(now) else SOON


def withdraw(earlier: pd.DataFrame, published: pd.DataFrame, publication: Publication) -> None:
    """Removes the files of earlier manifest rows that are no longer published."""
    for path in sorted(set(earlier["path"]) - set(published["path"])):
        publication.store.delete(str(path))


@dataclass(frozen=True)
class Plan:
    """The days of a run that a table's function builds; all of them, unless it publishes files.

    Args:
        served: the days that the function builds.
        superseded: reason by day, for the days of the run that a later day replaces.
        former: earlier days, outside the run, whose as-of files this run replaces.
        standing: days of the run whose files remain unchanged: built from an incomplete history, or not final.
    """

    served: pd.DatetimeIndex
    superseded: Mapping[pd.Timestamp, str]
    former: Sequence[pd.Timestamp]
    standing: pd.DatetimeIndex


def plan(table: DailyTable, days: pd.DatetimeIndex, missing: pd.Series, ledger: pd.DataFrame, now: datetime) -> Plan:
    """The plan of a run. Products do not build days with an incomplete history or, if postgame, days not final.

    Args:
        table: any table.
        days: of the run.
        missing: number of missing input days, by day.
        ledger: newest ledger rows of the table; for a product those of all days.
        now: time of the run.
    """
    product = table.publishes
    if product is None:
        return Plan(days, {}, [], days[:0])
    is_whole = missing.reindex(days) == 0
    whole = days[is_whole.to_numpy()]
    if not product.is_as_of:
        is_over = [table.contract.known == "pregame" or now >= final_at(day.date()) for day in whole]
        served = whole[is_over]
        return Plan(served, {}, [], days.difference(served))
    held = pd.DatetimeIndex(ledger.loc[ledger["rows"] > 0, "game_date"]).sort_values()
    published = held[-1] if len(held) else None
    if len(whole) == 0:
        return Plan(whole, {}, [], days)
    if published is not None and published > whole[-1]:
        reason = f"the files are as of {published:%Y-%m-%d}"
        return Plan(whole[:0], dict.fromkeys(whole, reason), [], days.difference(whole))
    reason = f"the files are as of {whole[-1]:%Y-%m-%d}"
    former = [day for day in held if day not in days]
    return Plan(whole[-1:], dict.fromkeys(whole[:-1], reason), former, days.difference(whole))


def manifest_of(
    table: DailyTable,
    documents: Iterable[tuple[str, Document, int]],
    days: Plan,
    earlier: pd.DataFrame,
    publication: Publication,
) -> pd.DataFrame:
    """Writes the files of a product and removes those that are no longer published; returns its manifest rows.

    Args:
        table: a table with `publishes`.
        documents: result of its function for the days served; empty if there are none.
        days: the plan of the run.
        earlier: manifest rows, before the run, of the days that it changes.
        publication: the store and the clock.
    """
    published = publish(table, documents, days.served, publication)
    stands = earlier["game_date"].isin(days.standing)
    if len(days.served):
        withdraw(earlier[~stands], published, publication)
    parts = [part for part in (published, earlier[stands]) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else published


def with_superseded(ledger: pd.DataFrame, before: pd.DataFrame, days: Plan) -> pd.DataFrame:
    """The ledger rows of a run of an as-of product, including rows with status superseded.

    Superseded are the earlier days of the run, days whose files the run replaces, and earlier days without ledger row.
    """
    reasons = ledger["game_date"].map(dict(days.superseded)).astype("object")
    ledger = ledger.assign(
        status=ledger["status"].mask(reasons.notna(), "superseded"),
        reason=ledger["reason"].where(reasons.isna(), reasons),
    )
    if not len(days.served):
        return ledger
    newest = days.served[-1]
    former = before[before["game_date"].isin(days.former)]
    earlier = pd.date_range(FIRST_DAY, newest - pd.Timedelta(days=1))
    never = earlier.difference(pd.DatetimeIndex([*before["game_date"], *ledger["game_date"]]))
    unmade = ledger[ledger["game_date"] == newest].iloc[np.zeros(len(never), dtype=np.int64)]
    parts = [former[ledger.columns], unmade.assign(game_date=never, duplicates=0, set_aside=0)]
    said = {"status": "superseded", "reason": f"the files are as of {newest:%Y-%m-%d}", "rows": 0}
    made = {name: ledger[name].iloc[0] for name in ("run_id", "written_at")}
    found = [ledger, *(part.assign(**said, **made) for part in parts if len(part))]
    return pd.concat(found, ignore_index=True).sort_values("game_date", ignore_index=True)


def in_manifest(tables: Iterable[DailyTable], read: Any) -> Iterator[pd.DataFrame]:
    """The manifest rows of each product: game_date, path, rows, bytes, sha256, and `product`, the table's name.

    Args:
        tables: any tables; those that publish nothing are skipped.
        read: contract -> all rows of the table.
    """
    for table in tables:
        if table.publishes is not None:
            yield read(table.contract).assign(product=table.name)
