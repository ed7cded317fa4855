"""Materialising a product: which days and files are written, which are unchanged, and what survives a failure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nba_assets.basketball.calendar import FIRST_DAY, day_range
from nba_assets.contracts.daily_table import DailyTable, daily_table
from nba_assets.contracts.findings import findings
from nba_assets.contracts.inputs import Expected, Product, on_day
from nba_assets.contracts.run import Run
from nba_assets.documents import schemas
from nba_assets.documents.files_contract import files_contract
from nba_assets.documents.schemas import SchemaError
from nba_assets.engine import manifest, registry
from nba_assets.engine.checks.evaluate import evaluate
from nba_assets.engine.materialise import materialise
from nba_assets.engine.platform import Platform
from nba_assets.engine.staleness import stale_reasons
from nba_assets.settings import Settings
from nba_assets.warehouses.duckdb import DuckDBWarehouse
from nba_assets_tests.stores.bucket import BUCKET

FIRST, LAST = date(2024, 1, 10), date(2024, 1, 12)
POINTER = "streaks/latest.json"
Say = dict[str, int]
"""Content of the documents that tests change between runs: the minimum length of streaks."""


def streaks(day: str, least: int) -> dict[str, Any]:
    """A valid document of the schema `streaks` without a streak."""
    schema = json.loads(schemas.text_of("streaks"))
    found: dict[str, Any] = {}
    for name in schema["required"]:
        kind = schema["properties"][name]
        match kind.get("type"):
            case "array":
                found[name] = []
            case "integer" | "number":
                found[name] = least
            case "object":
                found[name] = dict.fromkeys(kind.get("required", []), least)
            case _:
                found[name] = kind.get("enum", ["archive"])[0]
    return found | {"schema": "v1/schemas/streaks.schema.json", "game_date": day}


def product(say: Say, *, is_as_of: bool = False, known: str = "pregame", paths: Sequence[str] = ("a",)) -> DailyTable:
    """A product with documents that contain `least`; as of a day: those of `paths`."""
    contract = files_contract("streak_files", known, "For these tests.")  # type: ignore[arg-type]

    @daily_table(
        contract,
        inputs={},
        expected=Expected({}, lambda days: pd.DataFrame({"game_date": days})),
        publishes=Product(is_as_of=is_as_of, pointer=None if is_as_of else POINTER),
    )
    def streak_files(run: Run, days: pd.DatetimeIndex) -> Iterator[tuple[str, dict[str, Any], int]]:
        for day in days.strftime("%Y-%m-%d"):
            for path in paths if is_as_of else [f"streaks/{day}"]:
                yield f"{path}.json", streaks(day, say["least"]), 1

    return streak_files


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """A separate platform without an archive: the products of these tests read nothing."""
    monkeypatch.setattr(registry, "tables", dict)
    return Platform(Settings(home=tmp_path / "home", publish=None))


@pytest.fixture
def files(platform: Platform) -> Callable[[], dict[str, tuple[int, bytes]]]:
    """() -> every published file: path -> (modification time, bytes)."""
    root = Path(platform.settings.published)

    def found() -> dict[str, tuple[int, bytes]]:
        paths = [path for path in root.rglob("v1/**/*.json") if path.is_file()]
        return {str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}

    return found


def ledger(platform: Platform) -> dict[str, str]:
    """Status by day."""
    with platform.warehouse.snapshot() as snapshot:
        found = snapshot.ledger(["streak_files"])
    return dict(zip(found["game_date"].dt.strftime("%Y-%m-%d"), found["status"], strict=True))


def rows(platform: Platform, table: DailyTable) -> pd.DataFrame:
    with platform.warehouse.snapshot() as snapshot:
        return snapshot.read(table.contract, date(2021, 10, 19), date(2030, 1, 1))


def make(table: DailyTable, platform: Platform, first: date = FIRST, last: date = LAST) -> pd.DataFrame:
    return materialise(table, day_range(first, last), platform, "run").ledger


Files = Callable[[], dict[str, tuple[int, bytes]]]


def test_manifest_rows_match_the_bytes_of_the_files(platform: Platform, files: Files) -> None:
    table = product({"least": 3})
    assert make(table, platform)["rows"].tolist() == [1, 1, 1]
    found = rows(platform, table)
    for path, size, sha256 in zip(found["path"], found["bytes"], found["sha256"], strict=True):
        data = files()[path][1]
        assert (len(data), hashlib.sha256(data).hexdigest()) == (size, sha256)
    assert set(files()) == {*found["path"], f"v1/{POINTER}"}


def test_a_rerun_writes_nothing_and_a_change_only_changed_files(platform: Platform, files: Files) -> None:
    say = {"least": 3}
    table = product(say)
    before_hashes = make(table, platform)["content_hash"].tolist()
    before = files()
    assert make(table, platform)["content_hash"].tolist() == before_hashes
    assert files() == before
    say["least"] = 4
    make(table, platform, FIRST, FIRST)
    changed = {path for path, found in files().items() if found != before[path]}
    assert changed == {f"v1/streaks/{FIRST}.json"}


def test_a_backfill_of_an_old_day_does_not_change_the_pointer(platform: Platform, files: Files) -> None:
    table = product({"least": 3})
    make(table, platform)
    before = files()
    make(table, platform, FIRST - timedelta(days=9), FIRST - timedelta(days=1))
    assert files()[f"v1/{POINTER}"] == before[f"v1/{POINTER}"]
    make(table, platform, LAST + timedelta(days=1), LAST + timedelta(days=1))
    assert json.loads(files()[f"v1/{POINTER}"][1])["game_date"] == str(LAST + timedelta(days=1))


def test_files_as_of_a_day_are_written_for_the_newest_one(platform: Platform, files: Files) -> None:
    say = {"least": 3}
    table = product(say, is_as_of=True, paths=("a", "b"))
    make(table, platform)
    before_last = {str(day): "superseded" for day in day_range(FIRST_DAY, LAST)[:-1]}
    assert ledger(platform) == before_last | {str(LAST): "ok"}, "days before it, run or not, are those of the newest"
    before = files()
    say["least"] = 4
    make(table, platform, FIRST, FIRST)
    assert files() == before, "a backfill of an old day overwrote files as of a newer one"
    assert ledger(platform)[str(FIRST)] == "superseded"
    later = LAST + timedelta(days=1)
    make(product(say, is_as_of=True, paths=("a",)), platform, later, later)
    assert set(files()) == {"v1/a.json"}, "a file that is no longer published is removed"
    assert ledger(platform) == before_last | {str(LAST): "superseded", str(later): "ok"}
    assert rows(platform, table)["game_date"].dt.date.tolist() == [later]


def test_superseded_days_are_not_stale_and_fail_no_check(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    table = product({"least": 3}, is_as_of=True)
    make(table, platform)
    with platform.warehouse.snapshot() as snapshot:
        stale = stale_reasons(table, day_range(FIRST, LAST + timedelta(days=1)), platform, snapshot)
    assert stale["game_date"].dt.date.tolist() == [LAST + timedelta(days=1)]
    rules = {**table.contract.rules, "another rule": lambda f: f["rows"] > 0}
    changed = replace(table, contract=replace(table.contract, rules=rules))
    with platform.warehouse.snapshot() as snapshot:
        stale = stale_reasons(changed, day_range(FIRST, LAST), platform, snapshot)
    assert stale["game_date"].dt.date.tolist() == [LAST], "other code makes the newest day stale and no superseded one"
    monkeypatch.setattr(registry, "tables", lambda: {table.name: table})
    results = evaluate(table, day_range(FIRST, LAST), platform, "run")
    assert results["passed"].all(), results[~results["passed"].astype(bool)].to_string()


def test_a_day_with_incomplete_history_is_not_published(
    platform: Platform, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream = registry_table("upstream")
    monkeypatch.setattr(registry, "tables", lambda: {"upstream": upstream})
    materialise(upstream, [FIRST, LAST], platform, "run")
    plain = product({"least": 3})

    def function(rows: pd.DataFrame, **given: Any) -> Iterator[tuple[str, dict[str, Any], int]]:
        yield from plain.function(**given)

    table = replace(plain, inputs={"rows": on_day("upstream")}, function=function)
    make(table, platform)
    middle = str(FIRST + timedelta(days=1))
    assert ledger(platform) == {str(FIRST): "ok", middle: "partial_history", str(LAST): "ok"}
    assert f"v1/streaks/{middle}.json" not in files()


def registry_table(name: str) -> DailyTable:
    from nba_assets.contracts.columns import columns
    from nba_assets.contracts.contract import TableContract

    contract = TableContract(name, "raw", (), "pregame", columns("game_date"), "For these tests.")
    expected = Expected({}, lambda days: pd.DataFrame({"game_date": days}))
    return daily_table(contract, inputs={}, expected=expected)(lambda days: pd.DataFrame({"game_date": days}))


def test_results_of_a_day_that_is_not_over_are_not_published(platform: Platform, files: Files) -> None:
    evening = datetime(2024, 1, 12, 23, tzinfo=UTC)
    early = Platform(platform.settings.model_copy(update={"now": evening}))
    make(product({"least": 3}, known="postgame"), early)
    assert list(ledger(platform).values()) == ["ok", "ok", "not_final"]
    assert f"v1/streaks/{LAST}.json" not in files()
    make(product({"least": 3}), early)
    assert f"v1/streaks/{LAST}.json" in files()


def test_a_run_that_dies_before_the_ledger_leaves_complete_files_which_the_next_run_records(
    platform: Platform, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = product({"least": 3})
    with monkeypatch.context() as patch:

        def dies(self: object, *parts: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(DuckDBWarehouse, "replace_days", dies)
        with pytest.raises(KeyboardInterrupt):
            make(table, platform)
    assert ledger(platform) == {}
    before = files()
    assert len(before) == 4
    make(table, platform)
    assert files() == before
    assert list(ledger(platform).values()) == ["ok", "ok", "ok"]


def test_a_document_that_breaks_its_schema_is_not_written(platform: Platform, files: Files) -> None:
    table = product({"least": 3})

    def function(run: Run, days: pd.DatetimeIndex) -> Iterator[tuple[str, dict[str, Any], int]]:
        yield "streaks/wrong.json", streaks(str(FIRST), 3) | {"extra": 1}, 1

    with pytest.raises(SchemaError, match=r"v1/streaks/wrong.json is not as .*extra"):
        make(replace(table, function=function), platform)
    assert files() == {}
    assert ledger(platform) == {}


def test_a_path_is_written_once_and_other_days_are_skipped(platform: Platform, files: Files) -> None:
    def twice(run: Run, days: pd.DatetimeIndex) -> Iterator[tuple[str, dict[str, Any], int]]:
        yield "streaks/a.json", streaks(str(FIRST), 3), 1
        yield "streaks/a.json", streaks(str(FIRST), 3), 1

    def other_day(run: Run, days: pd.DatetimeIndex) -> Iterator[tuple[str, dict[str, Any], int]]:
        yield "streaks/2023-01-01.json", streaks("2023-01-01", 3), 1

    make(replace(product({"least": 3}), function=other_day), platform, FIRST, FIRST)
    assert files() == {}
    with pytest.raises(ValueError, match=r"two documents have the path .*a.json"):
        make(replace(product({"least": 3}), function=twice), platform, FIRST, FIRST)


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_files_stand_names_the_file_that_differs(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    table = product({"least": 3})
    make(table, platform)
    monkeypatch.setattr(registry, "tables", lambda: {table.name: table})
    path = Path(platform.settings.published) / f"v1/streaks/{FIRST}.json"
    path.unlink() if damage == "gone" else path.write_bytes(path.read_bytes()[:-1] + b" ")
    found = evaluate(table, day_range(FIRST, LAST), platform, "run", ["files_stand"])
    assert found["passed"].tolist() == [False, True, True]
    assert found["severity"].tolist()[0] == "ERROR"
    (listed,) = findings(found["failing_keys"].tolist()[0])
    assert (listed.key, listed.reason) == (
        f"v1/streaks/{FIRST}.json",
        "the file is gone" if damage == "gone" else "the file has another sha256",
    )
    make(table, platform)
    assert evaluate(table, day_range(FIRST, LAST), platform, "run", ["files_stand"])["passed"].all()


def test_the_manifest_lists_all_files_and_verify_names_those_that_differ(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    say = {"least": 3}
    table = product(say)
    monkeypatch.setattr(registry, "tables", lambda: {table.name: table})
    assert manifest.verify(platform) == [
        f"v1/manifest.json: there is none in {platform.store.address}; write it with: nba-assets publish"
    ]
    make(table, platform)
    done = manifest.publish(platform)
    root = Path(platform.settings.published)
    listed = json.loads((root / "v1/manifest.json").read_text("utf-8"))
    paths = {entry["path"] for entry in listed["files"]}
    on_disk = {str(path.relative_to(root / "v1")) for path in (root / "v1").rglob("*") if path.is_file()}
    assert paths == on_disk - {"manifest.json"}
    assert done.files == len(paths)
    assert {"schemas/streaks.schema.json", "site/index.html", POINTER} <= paths
    assert listed["totals"]["rows"] == 3, "a pointer's rows are counted where it points"
    assert manifest.verify(platform) == []
    before = (root / "v1/manifest.json").stat().st_mtime_ns
    manifest.publish(platform)
    assert (root / "v1/manifest.json").stat().st_mtime_ns == before

    (root / f"v1/streaks/{FIRST}.json").unlink()
    (root / "v1/site/index.html").write_text("<p>other")
    (root / f"v1/{POINTER}").write_bytes((root / f"v1/streaks/{FIRST + timedelta(days=1)}.json").read_bytes())
    found = manifest.verify(platform)
    assert [problem.partition(":")[0] for problem in found] == [
        "v1/site/index.html",
        f"v1/streaks/{FIRST}.json",
        f"v1/{POINTER}",
        f"v1/{POINTER}",
    ]
    assert f"nba-assets backfill --force --from {FIRST} --to {FIRST} --select streak_files" in found[1]
    say["least"] = 4
    make(table, platform)
    assert any(
        "sha256 in v1/manifest.json differs from the warehouse" in problem for problem in manifest.verify(platform)
    )
    manifest.publish(platform)
    assert manifest.verify(platform) == []


def test_a_bucket_gets_the_same_files(platform: Platform, emulator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator)
    table = product({"least": 3})
    monkeypatch.setattr(registry, "tables", lambda: {table.name: table})
    in_bucket = Platform(platform.settings.model_copy(update={"publish": f"gs://{BUCKET}/prefix"}))
    make(table, in_bucket)
    manifest.publish(in_bucket)
    assert manifest.verify(in_bucket) == []
    assert evaluate(table, day_range(FIRST, LAST), in_bucket, "run", ["files_stand"])["passed"].all()
    objects = in_bucket.store._objects  # type: ignore[attr-defined]
    found = {
        name: objects.get_blob(f"prefix/v1/{name}") for name in (f"streaks/{FIRST}.json", POINTER, "manifest.json")
    }
    assert [blob.cache_control for blob in found.values()] == [
        "public, max-age=86400",
        "public, max-age=60",
        "public, max-age=60",
    ]
    assert {blob.content_type for blob in found.values()} == {"application/json"}
    page = objects.get_blob("prefix/v1/site/index.html")
    assert page.content_type.startswith("text/html")
    objects.blob(f"prefix/v1/streaks/{FIRST}.json").upload_from_string("{}")
    assert [problem.partition(":")[0] for problem in manifest.verify(in_bucket)] == [f"v1/streaks/{FIRST}.json"]
    make(table, in_bucket)
    assert manifest.verify(in_bucket) == []
