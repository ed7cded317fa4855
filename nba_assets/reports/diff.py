"""Compares two states of the platform: tables by day, row and column; check results; models; published files.

It is used to verify refactorings: two versions of the code must build equal warehouses from the same sources. Days are
compared by the content hashes in the ledgers; only days that differ are read and compared row by row.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from nba_assets.basketball.calendar import by_season
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.findings import findings
from nba_assets.engine import registry
from nba_assets.settings import BIGQUERY_SCHEME, DUCKDB_SCHEME, Settings
from nba_assets.stores.folder import FileStore
from nba_assets.stores.models import NOTES
from nba_assets.warehouses.factory import open_warehouse
from nba_assets.warehouses.protocol import Snapshot, Warehouse

SAMPLES = 3
"""Number of differing rows or values shown per table, column or document path."""

LEDGER_KEY = ["table_name", "game_date"]
CHECK_KEY = ["table_name", "check_name", "game_date"]
CHECK_VALUES = ["passed", "severity", "failing", "reasons", "failing_keys", "observed"]


class DiffError(ValueError):
    """A side of the comparison does not exist or its address is invalid; the message names it and the valid forms."""


@dataclass(frozen=True)
class Side:
    """One state of the platform.

    Args:
        address: of the warehouse.
        home: the folder that also has models and published files; None for a warehouse alone.
        at: compare the ledger as of this time (UTC), only by table, day and hash; None for the current state.
    """

    address: str
    home: Path | None = None
    at: datetime | None = None

    @classmethod
    def of_address(cls, address: str) -> Side:
        """The side at `FOLDER`, `FILE.duckdb`, `duckdb:FILE` or `bigquery://PROJECT/PREFIX`.

        Each can be followed by `@2026-11-29T12:00` (UTC) for a past state.

        Raises:
            DiffError: there is no database, or the text after the @ is not a time.
        """
        place, at_sign, moment = address.rpartition("@") if "@" in address else (address, "", "")
        at = None
        if at_sign:
            try:
                at = datetime.fromisoformat(moment)
            except ValueError as error:
                raise DiffError(f"{address}: {moment!r} is not a time; write it as 2026-11-29T12:00.") from error
            at = pd.Timestamp(at).tz_localize("UTC") if at.tzinfo is None else pd.Timestamp(at).tz_convert("UTC")
        if place.startswith(BIGQUERY_SCHEME):
            return cls(Settings(warehouse=place).warehouse_address, None, at)
        path = Path(place.removeprefix(DUCKDB_SCHEME)).expanduser()
        database = path / "nba.duckdb" if path.is_dir() else path
        if not database.is_file():
            raise DiffError(
                f"{address}: there is no warehouse. Give an NBA_HOME folder, a .duckdb file or bigquery://PROJECT/PREFIX."
            )
        return cls(f"{DUCKDB_SCHEME}{database}", path if path.is_dir() else None, at)

    @property
    def warehouse(self) -> Warehouse:
        return open_warehouse(self.address)


@dataclass
class Difference:
    """The differences between two states.

    tables: table_name, days, same, differ, only_a, only_b (numbers of days), rows_a, rows_b; one row per table.
    columns: table_name, column, rows, days, sample; one row per differing column of rows that both sides have.
    rows: table_name, only_a, only_b (rows), sample (keys); one row per table with unmatched rows.
    checks: table_name, check_name, days, sample; one row per check whose results differ.
    models, files: same, differ, only_a, only_b (counts); None if a side has no folder.
    documents: path, place, values, sample; one row per kind of differing document and place within it.
    """

    tables: pd.DataFrame
    columns: pd.DataFrame
    rows: pd.DataFrame
    checks: pd.DataFrame
    models: dict[str, int] | None = None
    files: dict[str, int] | None = None
    documents: pd.DataFrame = field(default_factory=lambda: _frame("path place values sample"))

    def is_same(self, ignored: Iterable[str] = ()) -> bool:
        """Whether nothing differs except `ignored` tables, their checks and their documents."""
        names = set(ignored)
        tables = self.tables[~self.tables["table_name"].isin(names)]
        checks = self.checks[~self.checks["table_name"].isin(names)]
        documents = self.documents[~self.documents["path"].map(lambda path: _product_of(path, names)).astype(bool)]
        has_models = self.models is None or self.models["differ"] + self.models["only_a"] + self.models["only_b"] == 0
        is_listed_alike = self.files is None or self.files["only_a"] + self.files["only_b"] == 0
        differing = int(tables[["differ", "only_a", "only_b"]].sum().sum()) + len(checks) + len(documents)
        return differing == 0 and has_models and is_listed_alike


def _product_of(path: str, names: set[str]) -> bool:
    """Whether a document of the manifest (`product path`) belongs to one of these tables."""
    return path.split(" ", 1)[0] in names


def diff(
    a: Side,
    b: Side,
    tables: Sequence[str] | None = None,
    first: date | None = None,
    last: date | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> Difference:
    """Compares two states.

    Args:
        a: one side.
        b: the other side.
        tables: names of tables; None for all. If tables or days are given, models and files are not compared.
        first: first day; None for all.
        last: last day.
        tell: receives progress messages.
    """
    chosen = list(tables) if tables is not None else list(registry.tables())
    with a.warehouse.snapshot() as of_a, b.warehouse.snapshot() as of_b:
        by_day = _ledgers(_ledger_at(of_a, a, chosen, first, last), _ledger_at(of_b, b, chosen, first, last))
        found = Difference(_by_table(by_day, chosen), _frame("table_name column rows days sample"), *_nothing())
        if a.at is not None or b.at is not None:
            return found
        columns, rows = [], []
        for name in chosen:
            days = by_day.loc[(by_day["table_name"] == name) & (by_day["state"] != "same"), "game_date"]
            if len(days):
                tell(f"{name}: {len(days)} days differ")
                by_column, unmatched = _compare(registry.contract(name), of_a, of_b, days)
                columns.append(by_column)
                rows.append(unmatched)
        found.columns = pd.concat([found.columns, *columns], ignore_index=True)
        found.rows = pd.concat([found.rows, *rows], ignore_index=True)
        tell("check results")
        results = [side.quality("check_results", None, first, last) for side in (of_a, of_b)]
        found.checks = _checks(results[0], results[1], chosen)
    if a.home is not None and b.home is not None and tables is None and first is None and last is None:
        tell("models and published files")
        found.models = _count(_models(a.home), _models(b.home))
        found.files, found.documents = _published(a.home, b.home)
    return found


def _nothing() -> tuple[pd.DataFrame, pd.DataFrame]:
    return _frame("table_name only_a only_b sample"), _frame("table_name check_name days sample")


def _frame(names: str) -> pd.DataFrame:
    return pd.DataFrame(columns=names.split(), dtype="object")


def _ledger_at(
    snapshot: Snapshot, side: Side, names: Sequence[str], first: date | None, last: date | None
) -> pd.DataFrame:
    """Newest ledger row of each table and day, as of `side.at` if given."""
    if side.at is None:
        return snapshot.ledger(names, first, last)
    log = snapshot.quality("partition_log", None, first, last)
    # Sorted by time of writing, which every warehouse records, unlike the order of appends.
    log = log[log["table_name"].isin(names) & (log["written_at"] <= side.at)]
    return log.sort_values("written_at", kind="stable").drop_duplicates(LEDGER_KEY, keep="last")


def _ledgers(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Both ledgers joined: table_name, game_date, rows_a, rows_b, state (same / differ / only_a / only_b)."""
    kept = [*LEDGER_KEY, "rows", "content_hash", "status"]
    both = a[kept].merge(b[kept], on=LEDGER_KEY, how="outer", suffixes=("_a", "_b"), indicator=True)
    is_same = both["content_hash_a"].eq(both["content_hash_b"]) & both["status_a"].eq(both["status_b"])
    state = both["_merge"].map({"left_only": "only_a", "right_only": "only_b", "both": "differ"}).astype("object")
    both["state"] = state.mask(is_same.fillna(False).astype(bool), "same")
    return both


def _by_table(by_day: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    states = ["same", "differ", "only_a", "only_b"]
    counts = by_day.pivot_table(index="table_name", columns="state", values="game_date", aggfunc="count", fill_value=0)
    rows = by_day.groupby("table_name")[["rows_a", "rows_b"]].sum()
    found = counts.reindex(columns=states, fill_value=0).join(rows)
    found = found.reindex([name for name in names if name in found.index]).astype("int64")
    found.insert(0, "days", found[states].sum(axis=1))
    return found.rename_axis("table_name").reset_index()


def _compare(contract: TableContract, a: Snapshot, b: Snapshot, days: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compares the rows of the days by key: the columns that differ, and the rows that only one side has."""
    names = [column.name for column in contract.hashed]
    values = [name for name in names if name not in contract.full_key]
    counts: Counter[str] = Counter()
    on_days: dict[str, set[Any]] = {}
    samples: dict[str, list[str]] = {}
    only: dict[str, list[pd.DataFrame]] = {"left_only": [], "right_only": []}
    for _, first, last in by_season(days.min().date(), days.max().date()):
        sides = [side.read(contract, first, last, names) for side in (a, b)]
        both = sides[0].merge(
            sides[1], on=contract.full_key, how="outer", suffixes=("_a", "_b"), indicator=True, sort=True
        )
        both = both[both["game_date"].isin(days)]
        for place, parts in only.items():
            parts.append(both.loc[both["_merge"] == place, contract.full_key])
        matched = both[both["_merge"] == "both"]
        for name in values:
            left, right = matched[f"{name}_a"], matched[f"{name}_b"]
            is_other = ~((left == right).fillna(False).astype(bool) | (left.isna() & right.isna()))
            if bool(is_other.any()):
                rows = matched[is_other]
                counts[name] += len(rows)
                on_days.setdefault(name, set()).update(rows["game_date"])
                kept = samples.setdefault(name, [])
                kept += _value_samples(contract, rows.head(SAMPLES - len(kept)), name)
    columns = [[contract.name, name, counts[name], len(on_days[name]), "; ".join(samples[name])] for name in counts]
    by_column = pd.DataFrame(columns, columns=["table_name", "column", "rows", "days", "sample"])
    unmatched = {place: pd.concat(parts, ignore_index=True) for place, parts in only.items()}
    if not any(len(part) for part in unmatched.values()):
        return by_column, _nothing()[0]
    keys = [*_keys(unmatched["left_only"].head(SAMPLES), "A"), *_keys(unmatched["right_only"].head(SAMPLES), "B")]
    row = [contract.name, len(unmatched["left_only"]), len(unmatched["right_only"]), "; ".join(keys)]
    return by_column, pd.DataFrame([row], columns=["table_name", "only_a", "only_b", "sample"])


def _value_samples(contract: TableContract, rows: pd.DataFrame, name: str) -> list[str]:
    keys = _keys(rows[contract.full_key], "")
    values = zip(keys, rows[f"{name}_a"], rows[f"{name}_b"], strict=True)
    return [f"{key}: {_text(left)} / {_text(right)}" for key, left, right in values]


def _keys(rows: pd.DataFrame, prefix: str) -> list[str]:
    if rows.empty:
        return []
    texts = rows.assign(game_date=rows["game_date"].dt.strftime("%Y-%m-%d")).astype("string").fillna("NULL")
    return [f"{prefix} {key}".strip() for key in texts.agg(" ".join, axis=1)]


def _text(value: object) -> str:
    """A value as displayed: NULL, or at most 60 characters."""
    is_null = value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)) or value is pd.NaT
    return "NULL" if is_null else str(value)[:60]


def _text_of_findings(failing_keys: str | None) -> str | None:
    """The failing keys of a result as one text."""
    return "; ".join(finding.text for finding in findings(failing_keys)) or None


def _checks(a: pd.DataFrame, b: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Check results that differ, ignoring the time and the run of the evaluation.

    Failing keys are compared by their text, because versions store them in different forms.
    """
    kept = [*CHECK_KEY, *CHECK_VALUES]
    sides = [
        side.loc[side["table_name"].isin(names), kept].assign(
            failing_keys=lambda rows: rows["failing_keys"].map(_text_of_findings)
        )
        for side in (a, b)
    ]
    if all(side.empty for side in sides):
        return _nothing()[1]  # pandas does not merge two frames of texts without rows
    both = sides[0].merge(sides[1], on=CHECK_KEY, how="outer", suffixes=("_a", "_b"), indicator=True)
    differs = (both["_merge"] != "both").to_numpy()
    what = pd.Series("", index=both.index).mask(both["_merge"] == "left_only", "only in A ")
    what = what.mask(both["_merge"] == "right_only", "only in B ")
    for name in CHECK_VALUES:
        left, right = both[f"{name}_a"], both[f"{name}_b"]
        is_other = ~((left == right).fillna(False).astype(bool) | (left.isna() & right.isna())).to_numpy()
        is_other &= (both["_merge"] == "both").to_numpy()
        differs = differs | is_other
        text = f"{name} " + left.astype("string").fillna("NULL").str[:60] + " / "
        what = what.where(~is_other, what + text + right.astype("string").fillna("NULL").str[:60] + " ")
    rows = both[differs].assign(what=what[differs])
    if rows.empty:
        return _nothing()[1]
    rows["what"] = rows["game_date"].dt.strftime("%Y-%m-%d") + ": " + rows["what"].str.strip()
    found = rows.groupby(CHECK_KEY[:2], sort=False).agg(
        days=("game_date", "size"), sample=("what", lambda texts: "; ".join(texts.head(SAMPLES)))
    )
    return found.reset_index()


def _models(home: Path) -> dict[str, str]:
    """The model files by path; a file is named by its content. Notes that only save reading training rows are none."""
    folder = home / "models"
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return {str(path): str((folder / path).stat().st_size) for path in paths if path.parts[0] != NOTES}


def _count(a: dict[str, str], b: dict[str, str]) -> dict[str, int]:
    shared = a.keys() & b.keys()
    same = sum(a[path] == b[path] for path in shared)
    return {
        "same": same,
        "differ": len(shared) - same,
        "only_a": len(a.keys() - shared),
        "only_b": len(b.keys() - shared),
    }


def _published(a: Path, b: Path) -> tuple[dict[str, int] | None, pd.DataFrame]:
    """Counts of published files by the sha256 in the manifests, and the places at which documents differ."""
    stores = [FileStore(home / "published") for home in (a, b)]
    manifests = [store.read("v1/manifest.json") for store in stores]
    if manifests[0] is None or manifests[1] is None:
        return None, _frame("path place values sample")
    entries = [{entry["path"]: entry for entry in json.loads(data)["files"]} for data in manifests if data is not None]
    hashes = [{path: entry["sha256"] for path, entry in side.items()} for side in entries]
    places: Counter[tuple[str, str]] = Counter()
    samples: dict[tuple[str, str], str] = {}
    for path in sorted(hashes[0].keys() & hashes[1].keys()):
        if hashes[0][path] == hashes[1][path]:
            continue
        kind = f"{entries[0][path]['product']} {_kind(path)}"
        for place, text in _differing(path, *(store.read(f"v1/{path}") for store in stores)):
            places[kind, place] += 1
            samples.setdefault((kind, place), f"{path}: {text}")
    rows = [[kind, place, count, samples[kind, place]] for (kind, place), count in places.items()]
    return _count(*hashes), pd.DataFrame(rows, columns=["path", "place", "values", "sample"])


def _kind(path: str) -> str:
    """A path without its day or player: documents of one kind are counted together."""
    parent, _, name = path.rpartition("/")
    return f"{parent}/*" if name[:1].isdigit() else path


def _differing(path: str, a: bytes | None, b: bytes | None) -> Iterator[tuple[str, str]]:
    """Places within a document at which two versions differ, as (place, sample); elements of a list share a place."""
    if a is None or b is None or not path.endswith(".json"):
        yield "(bytes)", f"{'none' if a is None else len(a)} / {'none' if b is None else len(b)} bytes"
        return
    yield from _walk(json.loads(a), json.loads(b), "")


def _walk(a: Any, b: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(a, dict) and isinstance(b, dict):
        for name in sorted(a.keys() | b.keys()):
            yield from _walk(a.get(name), b.get(name), f"{place}.{name}".lstrip("."))
    elif isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            yield f"{place}[]", f"{len(a)} / {len(b)} entries"
        for left, right in zip(a, b, strict=False):
            yield from _walk(left, right, f"{place}[]")
    elif a != b:
        yield place, f"{_text(a)} / {_text(b)}"
