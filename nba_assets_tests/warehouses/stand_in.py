"""Fixture: a BigQuery of this machine (local-bigquery), in an environment and a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator

import pytest
import requests

from nba_assets.settings import REPOSITORY

FOLDER = REPOSITORY / ".bigquery"
PROJECT = "stand-in"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def bigquery_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment variables that lead to a running stand-in; skips where it is not installed."""
    # Imported late, as below: conftest imports this module, and most tests need no client of Google's.
    from nba_assets.warehouses.bigquery.connection import EMULATOR, STORAGE_EMULATOR

    if not (FOLDER / "ready").exists():
        pytest.skip("the stand-in for BigQuery is not installed: make bigquery (needs Python 3.12)")
    port, grpc_port = _free_port(), _free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--grpc-port", str(grpc_port), "--project", PROJECT]
    folder = tmp_path_factory.mktemp("local-bigquery")
    command = [str(FOLDER / "venv" / "bin" / "local-bigquery"), *options, "--data-dir", str(folder / "data"), "serve"]
    address = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "HOME": str(FOLDER)}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=environment) as server,
    ):
        for _ in range(600):
            try:
                requests.get(f"{address}/bigquery/v2/projects/{PROJECT}/datasets", timeout=30).raise_for_status()
                break
            except requests.ConnectionError:
                assert server.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
        yield {EMULATOR: address, STORAGE_EMULATOR: f"127.0.0.1:{grpc_port}"}
        server.terminate()


@pytest.fixture
def bigquery_address(bigquery_server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a warehouse of its own on the stand-in, which the environment leads to."""
    for name, value in bigquery_server.items():
        monkeypatch.setenv(name, value)
    return f"bigquery://{PROJECT}/t_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def live_address() -> Iterator[str]:
    """The address of a warehouse of its own in a real project, whose datasets are deleted afterwards."""
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
