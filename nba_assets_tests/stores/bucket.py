"""Fixture: a Cloud Storage of this machine, so that no test ever speaks to the real one."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from gcp_storage_emulator.server import create_server

BUCKET = "published"


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    """The address of an emulator with an empty bucket in it, for STORAGE_EMULATOR_HOST."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = create_server("127.0.0.1", port, in_memory=True, default_bucket=BUCKET)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()
