"""Fixture: a BigQuery emulator (local-bigquery), in a separate environment and process."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import requests
from filelock import FileLock, Timeout

from nba_assets.settings import REPOSITORY

FOLDER = REPOSITORY / ".bigquery"
PROJECT = "test-project"  # not "emulator": local-bigquery has its own catalog of that name
START_SECONDS = 120
MOST_STARTS = 5


class _PortTaken(Exception):
    """Another process took the port between its choice and its use."""


def _reserved_port(stack: ExitStack) -> int:
    """A free port that no other test process chooses while the stack is open.

    gRPC shares a used port without an error, so one of two emulators would answer for the other.
    """
    while True:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        lock = FileLock(Path(tempfile.gettempdir()) / f"nba-assets-tests-port-{port}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        stack.callback(lock.release)
        return port


@contextmanager
def _running(folder: Path) -> Iterator[tuple[str, str]]:
    """Starts an emulator with its data in a folder; yields the addresses of its two interfaces."""
    with ExitStack() as stack:
        port, grpc_port = _reserved_port(stack), _reserved_port(stack)
        options = ["--host", "127.0.0.1", "--port", str(port), "--grpc-port", str(grpc_port), "--project", PROJECT]
        program = str(FOLDER / "venv" / "bin" / "local-bigquery")
        log = stack.enter_context((folder / "log").open("w"))
        server = subprocess.Popen(
            [program, *options, "--data-dir", str(folder / "data"), "serve"],
            stdout=log,
            stderr=log,
            env={**os.environ, "HOME": str(FOLDER)},
        )
        stack.callback(_end, server)
        end = time.monotonic() + START_SECONDS
        while True:
            with suppress(requests.ConnectionError):
                requests.get(f"http://127.0.0.1:{port}/bigquery/v2/projects/{PROJECT}/datasets", timeout=30)
                break
            told = (folder / "log").read_text()
            if server.poll() is not None and "address already in use" in told.lower():
                raise _PortTaken
            assert server.poll() is None, f"the emulator ended: {told}"
            assert time.monotonic() < end, f"the emulator did not answer for {START_SECONDS} s: {told}"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", f"127.0.0.1:{grpc_port}"


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def bigquery_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment variables for a running emulator; skips if it is not installed.

    One per module: it becomes slower with every table that was ever created in it.
    """
    with running_emulator(lambda: tmp_path_factory.mktemp("local-bigquery")) as variables:
        yield variables


@contextmanager
def running_emulator(new_folder: Callable[[], Path]) -> Iterator[dict[str, str]]:
    """See `bigquery_server`; each start gets a new folder for its data."""
    # Imported late, as below: conftest imports this module, and most tests do not need Google's clients.
    from nba_assets.warehouses.bigquery.connection import EMULATOR, STORAGE_EMULATOR

    if not (FOLDER / "ready").exists():
        why = FOLDER / "missing"
        told = why.read_text().strip() if why.exists() else "run `make bigquery`"
        pytest.skip(f"the BigQuery emulator is not installed: {told}")
    with ExitStack() as stack:
        for attempt in range(MOST_STARTS):
            try:
                running = _running(new_folder())
                address, grpc_address = stack.enter_context(running)
                break
            except _PortTaken:
                assert attempt < MOST_STARTS - 1, "no port is free for the emulator"
        yield {EMULATOR: address, STORAGE_EMULATOR: grpc_address}


@pytest.fixture(params=["emulator", pytest.param("live", marks=pytest.mark.live)])
def bigquery_address(request: pytest.FixtureRequest) -> str:
    """The address of a new warehouse on the emulator, or in a real project."""
    return str(request.getfixturevalue(f"{request.param}_address"))


@pytest.fixture
def emulator_address(bigquery_server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a new warehouse on the emulator, which the environment points to."""
    for name, value in bigquery_server.items():
        monkeypatch.setenv(name, value)
    return f"bigquery://{PROJECT}/t_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def live_address() -> Iterator[str]:
    """The address of a new warehouse in a real project; its datasets are deleted afterwards."""
    from nba_assets.warehouses.bigquery.warehouse import BigQueryWarehouse
    from nba_assets.warehouses.factory import open_warehouse

    given = os.environ.get("NBA_LIVE_WAREHOUSE", "")
    if not given:
        pytest.skip("no real project of BigQuery: set NBA_LIVE_WAREHOUSE=bigquery://PROJECT/PREFIX and its credentials")
    place, _, location = given.partition("?")
    address = f"{place}_{uuid.uuid4().hex[:8]}{'?' if location else ''}{location}"
    yield address
    warehouse = open_warehouse(address)
    assert isinstance(warehouse, BigQueryWarehouse)
    client = warehouse.clients.bigquery
    for dataset in client.list_datasets():
        if dataset.dataset_id.startswith(f"{warehouse.names.prefix}_"):
            client.delete_dataset(dataset.reference, delete_contents=True)
