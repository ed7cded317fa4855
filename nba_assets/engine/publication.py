"""Writes the documents of a product and lists them: checked by their schema, written only where they differ.

Files come first, the manifest rows with their ledger rows second: a run that dies in between leaves whole files of
which nobody knows yet, and the next one finds the same bytes and only records them.
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
from nba_assets.documents import schemas
from nba_assets.documents.canonical import canonical, decoded, encoded
from nba_assets.documents.files_contract import FILES
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.engine.staleness import by_reason, staleness
from nba_assets.engine.status import expected_games
from nba_assets.stores.protocol import Store

ROOT = "v1/"
JSON, TEXT = "application/json", "text/markdown; charset=utf-8"
SOON, LATER, LONG = ("public, max-age=60", "public, max-age=300", "public, max-age=86400")
"""Cache-Control: of pointers and of days that may still change; of files as of a day and the site; of days gone by."""
Document = Mapping[str, Any] | str
_DATED = re.compile(r"/\d{4}-\d{2}-\d{2}\.json$")


@dataclass(frozen=True)
class Publication:
    """What a product's function is given, see `contracts.publication.Publication`, and the store it is written to."""

    store: Store
    now: datetime
    source: str
    platform: Platform

    def ledger(self, first: date | None = None, last: date | None = None) -> pd.DataFrame:
        with self.platform.warehouse.snapshot() as snapshot:
            return snapshot.ledger(None, first, last)

    def check_results(self, first: date | None = None, last: date | None = None) -> pd.DataFrame:
        with self.platform.warehouse.snapshot() as snapshot:
            return snapshot.quality("check_results", None, first, last)

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

    def rows(self, table: str, first: date, last: date, columns: Sequence[str]) -> pd.DataFrame:
        with self.platform.warehouse.snapshot() as snapshot:
            return snapshot.read(registry.contract(table), first, last, columns)

    def put(self, path: str, document: Document, *, cache_control: str) -> bytes:
        """Publishes a document at a path below v1/ where the file there differs; returns its bytes.

        Raises:
            SchemaError: the document is not as its schema says.
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
        table: with `publishes`.
        documents: (path below v1/, document, rows in it); those of days that were not asked for are passed over.
        days: the days asked for; of a product that is as of a day, that day alone.
        publication: where to.

    Returns:
        The manifest rows: game_date, path, rows, bytes, sha256.

    Raises:
        SchemaError: a document is not as its schema says.
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
            raise ValueError(f"{table.name}: {path} was made twice")
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
    """The documents, made without Python's search for cycles: it would walk through a million rows again and again,
    and rows of plain values have none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield from documents
    finally:
        if was_on:
            gc.enable()


def _move(pointer: str, day: str, document: Document, publication: Publication) -> None:
    """Lets the pointer show the document, unless it shows a later day."""
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
    """Removes the files of earlier manifest rows that are not published any more."""
    for path in sorted(set(earlier["path"]) - set(published["path"])):
        publication.store.delete(str(path))


@dataclass(frozen=True)
class Plan:
    """Which days of a run a table's function is asked for; all of them, unless it publishes files.

    Args:
        served: the days that the function is asked for.
        superseded: reason by day, of the days of the run that a later day stands for.
        former: days outside the run whose files, as of them, this run replaces.
        standing: days of the run whose files stay as they were: made from an incomplete history, or not over yet.
    """

    served: pd.DatetimeIndex
    superseded: Mapping[pd.Timestamp, str]
    former: Sequence[pd.Timestamp]
    standing: pd.DatetimeIndex


def plan(table: DailyTable, days: pd.DatetimeIndex, missing: pd.Series, ledger: pd.DataFrame, now: datetime) -> Plan:
    """What of a run is made: of products nothing of a day with an incomplete history, nothing of results that are open.

    Args:
        table: any.
        days: of the run.
        missing: input days missing, by day.
        ledger: newest ledger rows of the table; of a product those of all days.
        now: the moment of the run.
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
    """Writes the files of a product and removes those that are not published any more; returns its manifest rows.

    Args:
        table: with `publishes`.
        documents: what its function made of the days served; nothing where there are none.
        days: of the run.
        earlier: manifest rows of the days that the run touches, as they were before it.
        publication: where to.
    """
    published = publish(table, documents, days.served, publication)
    stands = earlier["game_date"].isin(days.standing)
    if len(days.served):
        withdraw(earlier[~stands], published, publication)
    parts = [part for part in (published, earlier[stands]) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else published


def with_superseded(ledger: pd.DataFrame, before: pd.DataFrame, days: Plan) -> pd.DataFrame:
    """The ledger rows of a run on a product that is as of a day, with those of the days that it stands for.

    These are days of the run, earlier days whose files it replaces, and earlier days that never had any.
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
        tables: any; those that publish nothing are passed over.
        read: contract -> all rows of the table.
    """
    for table in tables:
        if table.publishes is not None:
            yield read(table.contract).assign(product=table.name)
