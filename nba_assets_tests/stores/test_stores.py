"""Conformance suite of stores of published files: atomic writes, only of changed files; folder and bucket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nba_assets.stores.factory import open_store
from nba_assets.stores.folder import PARTIAL, FileStore
from nba_assets.stores.gcs import PARALLEL, GcsStore
from nba_assets.stores.protocol import Store, StoreConflict
from nba_assets_tests.stores.bucket import BUCKET

HEADERS = {"content_type": "application/json", "cache_control": "public, max-age=60"}


@pytest.fixture(params=["folder", "bucket_on_emulator", pytest.param("live_bucket", marks=pytest.mark.live)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    is_folder = request.param == "folder"
    return open_store(str(tmp_path / "published") if is_folder else request.getfixturevalue(request.param))


def test_files_are_read_back_as_written(store: Store) -> None:
    store.put("v1/players/index.json", b"{}", **HEADERS)
    store.put("v1/predictions/2024-01-15.json", b"[1]", **HEADERS)
    store.put("v1/players/index.json", b'{"a":1}', **HEADERS)
    store.flush()
    assert store.read("v1/players/index.json") == b'{"a":1}'
    assert store.read("v1/nowhere.json") is None
    paths = ["v1/predictions/2024-01-15.json", "v1/nowhere.json", "v1/players/index.json"]
    assert list(store.read_many(paths)) == list(zip(paths, [b"[1]", None, b'{"a":1}'], strict=True))
    store.delete("v1/players/index.json")
    store.delete("v1/nowhere.json")
    assert store.read("v1/players/index.json") is None


def test_an_unchanged_file_is_not_written_again(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.put("v1/a.json", b"{}", **HEADERS)
    before = (tmp_path / "v1" / "a.json").stat()
    store.put("v1/a.json", b"{}", **HEADERS)
    after = (tmp_path / "v1" / "a.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    store.put("v1/a.json", b"[]", **HEADERS)
    assert (tmp_path / "v1" / "a.json").stat().st_ino != before.st_ino


def test_objects_have_their_headers_and_are_not_uploaded_twice(bucket_address: str) -> None:
    store = GcsStore.of_address(bucket_address)
    store.put("v1/a.json", b"{}", **HEADERS)
    store.flush()
    first = store._objects.get_blob(f"{store.prefix}/v1/a.json")
    assert (first.content_type, first.cache_control) == ("application/json", "public, max-age=60")
    store.put("v1/a.json", b"{}", **HEADERS)
    store.flush()
    assert store._objects.get_blob(first.name).generation == first.generation
    store.put("v1/a.json", b"[]", **HEADERS)
    store.flush()
    assert store._objects.get_blob(first.name).generation != first.generation


def test_parallel_transfers_keep_their_connections(
    emulator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator)
    store = open_store(f"gs://{BUCKET}/{tmp_path.name}")
    for number in range(20 * PARALLEL):
        store.put(f"v1/{number}.json", b"{}", **HEADERS)
    store.flush()
    assert [record.getMessage() for record in caplog.records if "pool" in record.getMessage()] == []


@pytest.fixture
def publishers(bucket_address: str) -> tuple[Store, Store]:
    return open_store(bucket_address), open_store(bucket_address)


def put(store: Store, path: str, data: bytes) -> None:
    store.put(path, data, **HEADERS)
    store.flush()


@pytest.mark.parametrize("former", [None, b"{}"])
def test_a_publisher_does_not_overwrite_a_newer_version_of_another_one(
    publishers: tuple[Store, Store], former: bytes | None
) -> None:
    one, other = publishers
    if former is not None:
        put(one, "v1/manifest.json", former)
    assert other.read("v1/manifest.json") == former
    put(one, "v1/manifest.json", b'{"newer":1}')
    with pytest.raises(StoreConflict, match=r"v1/manifest.json was replaced by another publisher .*Run the same"):
        put(other, "v1/manifest.json", b'{"older":1}')
    assert one.read("v1/manifest.json") == b'{"newer":1}'
    assert other.read("v1/manifest.json") == b'{"newer":1}'
    put(other, "v1/manifest.json", b'{"newest":1}')
    put(other, "v1/manifest.json", b'{"newest":2}')
    assert one.read("v1/manifest.json") == b'{"newest":2}'


def test_of_many_concurrent_publishers_one_succeeds(publishers: tuple[Store, Store]) -> None:
    stores = [open_store(publishers[0].address) for _ in range(8)]
    assert {store.read("v1/latest.json") for store in stores} == {None}

    def publish(number: int) -> int | None:
        try:
            put(stores[number], "v1/latest.json", str(number).encode())
        except StoreConflict:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(publish, range(8)) if number is not None]
    assert len(winners) == 1
    assert publishers[0].read("v1/latest.json") == str(winners[0]).encode()


def test_an_upload_whose_reply_was_lost_is_not_a_conflict(
    publishers: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    from google.api_core.exceptions import PreconditionFailed
    from google.cloud.storage import Blob

    upload, store = Blob.upload_from_string, publishers[0]

    def and_again(self: Blob, *args: object, **kwargs: object) -> None:
        upload(self, *args, **kwargs)
        with pytest.raises(PreconditionFailed):
            upload(self, *args, **kwargs)
        raise PreconditionFailed("the second attempt of an upload that had succeeded")

    assert store.read("v1/latest.json") is None
    monkeypatch.setattr(Blob, "upload_from_string", and_again)
    put(store, "v1/latest.json", b"1")
    put(store, "v1/latest.json", b"2")
    assert store.read("v1/latest.json") == b"2"


def test_a_failed_upload_raises(emulator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from google.api_core.exceptions import NotFound

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator)
    store = open_store("gs://no-such-bucket/here")
    store.put("v1/a.json", b"{}", **HEADERS)
    with pytest.raises(NotFound):
        store.flush()


def test_addresses() -> None:
    assert open_store("gs://bucket").address == "gs://bucket"
    assert open_store("gs://bucket/a/b/").address == "gs://bucket/a/b"
    with pytest.raises(ValueError, match="NBA_PUBLISH=gs:/// names no bucket"):
        open_store("gs:///")


KILLED = """
import os, signal, sys
from pathlib import Path
from nba_assets.stores.folder import FileStore
store = FileStore(Path(sys.argv[1]))
store.put("v1/a.json", b"old", content_type="", cache_control="")
os.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
store.put("v1/a.json", b"new and longer", content_type="", cache_control="")
"""


def test_a_process_killed_while_publishing_leaves_complete_files(tmp_path: Path) -> None:
    """kill -9 between write and rename: the old file is kept, and a new run cleans up."""
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, env=os.environ.copy())
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "v1" / "a.json").read_bytes() == b"old"
    assert [path.name for path in (tmp_path / "v1").iterdir()] == ["a.json"]
    assert len(list((tmp_path / PARTIAL).iterdir())) == 1
    FileStore(tmp_path).put("v1/a.json", b"newest", **HEADERS)
    assert (tmp_path / "v1" / "a.json").read_bytes() == b"newest"
    assert list((tmp_path / PARTIAL).iterdir()) == []
