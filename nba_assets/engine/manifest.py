"""v1/manifest.json: every published file with size and sha256; and the verification of all files against it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.documents import schemas
from nba_assets.documents.canonical import canonical, decoded, encoded
from nba_assets.documents.schemas import SchemaError
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.engine.publication import JSON, LATER, ROOT, SOON, in_manifest
from nba_assets.site.files import publish_site
from nba_assets.stores.protocol import Store

MANIFEST = "manifest.json"
SITE, SCHEMAS = "site", "schemas"


@dataclass(frozen=True)
class Published:
    """The result of `publish`: number of files, bytes and rows, and the address."""

    address: str
    files: int
    bytes: int
    rows: int


def manifest_rows(platform: Platform) -> pd.DataFrame:
    """The manifest rows of all products, sorted by path: game_date, path, rows, bytes, sha256, product (the table)."""
    with platform.warehouse.snapshot() as snapshot:
        parts = list(in_manifest(registry.tables().values(), lambda c: snapshot.read(c, FIRST_DAY, date.max)))
    return pd.concat(parts, ignore_index=True).sort_values("path", ignore_index=True)


def publish(platform: Platform) -> Published:
    """Writes schemas and site next to the documents, then the manifest of all files; unchanged files are kept."""
    store = platform.store
    rows = manifest_rows(platform)
    beside = [(f"{SCHEMAS}/{name}{schemas.SUFFIX}", schemas.text_of(name)) for name in schemas.names()]
    for path, data in beside:
        store.put(ROOT + path, data, content_type=JSON, cache_control=LATER)
    of_site = publish_site(store)
    store.flush()
    listed = [
        *rows.assign(game_date=rows["game_date"].dt.strftime("%Y-%m-%d")).to_dict("records"),
        *_copies(rows, store),
        *(_entry(path, data, SCHEMAS) for path, data in beside),
        *(_entry(path, data, SITE) for path, data in of_site),
    ]
    totals = _write(listed, int(rows["rows"].sum()), platform.source, store)
    return Published(store.address, totals["files"], totals["bytes"], totals["rows"])


def renew_site(store: Store) -> None:
    """Writes the current version of the site next to published documents, and lists it in their manifest.

    Needs no warehouse.

    Raises:
        FileNotFoundError: there is no manifest.
    """
    data = store.read(ROOT + MANIFEST)
    if data is None:
        raise FileNotFoundError(_no_manifest(store))
    document = read_manifest(data, store)
    of_site = publish_site(store)
    kept = [{**entry, "path": ROOT + entry["path"]} for entry in document["files"] if entry["product"] != SITE]
    listed = [*kept, *(_entry(path, data, SITE) for path, data in of_site)]
    _write(listed, document["totals"]["rows"], document["source"], store)


def _write(listed: list[dict[str, object]], rows: int, source: str, store: Store) -> dict[str, int]:
    """Writes the manifest of the entries; returns its totals."""
    names = ("path", "product", "game_date", "rows", "bytes", "sha256")
    files = pd.DataFrame(listed, columns=list(names)).sort_values("path", ignore_index=True)
    files["path"] = files["path"].str.removeprefix(ROOT)
    totals = {"files": len(files), "bytes": int(files["bytes"].sum()), "rows": rows}
    document = canonical(
        {
            "schema": f"{schemas.FOLDER}manifest{schemas.SUFFIX}",
            "source": source,
            "totals": totals,
            "products": _by_product(files),
            "files": files.astype({"game_date": object}).where(files.notna(), None).to_dict("records"),
        }
    )
    schemas.check(ROOT + MANIFEST, document)
    store.put(ROOT + MANIFEST, encoded(document), content_type=JSON, cache_control=SOON)
    store.flush()
    return totals


def _entry(path: str, data: bytes, product: str) -> dict[str, object]:
    sha256 = hashlib.sha256(data).hexdigest()
    return {"path": ROOT + path, "product": product, "game_date": None, "rows": 0, "bytes": len(data), "sha256": sha256}


def _copies(rows: pd.DataFrame, store: Store) -> Iterator[dict[str, object]]:
    """Manifest entries of the existing pointers; their rows count as 0, because the copied document counts them."""
    for table in registry.tables().values():
        pointer = None if table.publishes is None else table.publishes.pointer
        data = None if pointer is None else store.read(ROOT + pointer)
        if pointer is not None and data is not None:
            day = str(decoded(data)["game_date"])
            yield {**_entry(pointer, data, table.name), "game_date": day}


def _by_product(files: pd.DataFrame) -> list[dict[str, object]]:
    groups = files.groupby("product", sort=True)
    found = groups.agg(
        files=("path", "size"), bytes=("bytes", "sum"), rows=("rows", "sum"), newest=("game_date", "max")
    ).reset_index()
    return found.astype({"newest": object}).where(found.notna(), None).to_dict("records")


def verify(platform: Platform) -> list[str]:
    """Reads every published file back and compares it with the manifest, and the manifest with the warehouse.

    Returns:
        One sentence per problem, starting with the path; empty if there are none.
    """
    store = platform.store
    data = store.read(ROOT + MANIFEST)
    if data is None:
        return [_no_manifest(store)]
    try:
        listed = {ROOT + entry["path"]: entry for entry in read_manifest(data, store)["files"]}
    except SchemaError as error:
        return [str(error)]
    rows = manifest_rows(platform)
    return [*_unlisted(rows, listed), *_changed(listed, store), *_astray(rows, store)]


def read_manifest(data: bytes, store: Store, key: str = "files") -> dict[str, Any]:
    """The manifest from its bytes; it must have the key.

    Raises:
        SchemaError: it is damaged.
    """
    try:
        document = decoded(data)
    except ValueError as error:
        raise SchemaError(_damaged(store, str(error))) from error
    if not isinstance(document, dict) or key not in document:
        raise SchemaError(_damaged(store, f"it has no {key}"))
    return document


def _damaged(store: Store, why: str) -> str:
    return f"{ROOT}{MANIFEST} in {store.address} is damaged ({why}); write it again with: nba-assets publish"


def _no_manifest(store: Store) -> str:
    return f"{ROOT}{MANIFEST}: there is none in {store.address}; write it with: nba-assets publish"


def _unlisted(rows: pd.DataFrame, listed: dict[str, dict[str, object]]) -> Iterator[str]:
    """Rows of the warehouse's manifest tables that are missing from manifest.json or differ from it."""
    for path, sha256 in zip(rows["path"], rows["sha256"], strict=True):
        entry = listed.get(path)
        if entry is None:
            yield f"{path}: is not in {ROOT}{MANIFEST}; write it again with: nba-assets publish"
        elif entry["sha256"] != sha256:
            yield f"{path}: its sha256 in {ROOT}{MANIFEST} differs from the warehouse; run nba-assets publish"


def _changed(listed: dict[str, dict[str, object]], store: Store) -> Iterator[str]:
    """Files that are missing or whose bytes differ from manifest.json."""
    for path, data in store.read_many(list(listed)):
        entry = listed[path]
        again = _remedy(entry)
        if data is None:
            yield f"{path}: is gone; {again}"
        elif len(data) != entry["bytes"]:
            yield f"{path}: has {len(data)} bytes, expected {entry['bytes']}; {again}"
        elif (found := hashlib.sha256(data).hexdigest()) != entry["sha256"]:
            yield f"{path}: has sha256 {found[:12]}, expected {str(entry['sha256'])[:12]}; {again}"


def _remedy(entry: dict[str, object]) -> str:
    day = entry["game_date"]
    if day is None:
        return "put it back with: nba-assets publish"
    return f"rebuild it with: nba-assets backfill --force --from {day} --to {day} --select {entry['product']}"


def _astray(rows: pd.DataFrame, store: Store) -> Iterator[str]:
    """Pointers that are missing or are not a copy of the newest published document."""
    for table in registry.tables().values():
        pointer = None if table.publishes is None else table.publishes.pointer
        own = rows[rows["product"] == table.name]
        if pointer is None or own.empty:
            continue
        data = store.read(ROOT + pointer)
        newest = own.loc[own["game_date"].idxmax()]
        command = f"nba-assets backfill --force --from {newest['game_date']:%Y-%m-%d} --select {table.name}"
        if data is None:
            yield f"{ROOT}{pointer}: is gone; rebuild it with: {command}"
        elif hashlib.sha256(data).hexdigest() != newest["sha256"]:
            yield f"{ROOT}{pointer}: is not a copy of the newest document, {newest['path']}; rebuild it with: {command}"


def publishes_any(names: Iterable[str]) -> bool:
    """Whether one of the tables is in the publishing layer."""
    return any(registry.contract(name).layer == "publishing" for name in names)
