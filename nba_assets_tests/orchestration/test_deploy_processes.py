"""The commands of deploy/compose/compose.yaml as processes of this machine, with their records in a real Postgres.

No container is started: what this leaves open is the image itself, its volumes and the network between containers.
"""

from __future__ import annotations

import os
import shlex
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.engine import registry
from nba_assets.engine.checks.evaluate import checks_of
from nba_assets.settings import REPOSITORY
from nba_assets_tests.browser.test_dagster_ui import whole_group
from nba_assets_tests.end_to_end.test_checks_in_ui import in_warehouse, statuses
from nba_assets_tests.mini_archive import Truth
from nba_assets_tests.mini_warehouse import DAGSTER, Home, environment
from nba_assets_tests.orchestration.postgres_server import new_database

pytestmark = pytest.mark.long
COMPOSE = REPOSITORY / "deploy" / "compose"
START_SECONDS, RUN_SECONDS = 240, 240
TABLE = "schedule"
LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries { loadStatus locationOrLoadError {
  __typename ... on PythonError { message } } } } } }"""
DAEMONS = "{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"
LAUNCH = """
mutation($params: ExecutionParams!) { launchPipelineExecution(executionParams: $params) { __typename
  ... on LaunchRunSuccess { run { runId status } } ... on PythonError { message } } }
"""
RUN = """
query($id: ID!) { runOrError(runId: $id) { ... on Run { status eventConnection(limit: 1000) { events {
  __typename ... on MessageEvent { eventType message } } } } } }
"""
STATS = """
query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  partitionStats { numMaterialized numFailed } } } }
"""
Ask = Callable[..., dict[str, Any]]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as caller:
        caller.settimeout(1)
        return caller.connect_ex(("127.0.0.1", port)) == 0


def wait_for(what: str, is_there: Callable[[], bool], seconds: float, printed: Path) -> None:
    """Waits; fails with what the processes have printed."""
    end = time.monotonic() + seconds
    while not is_there():
        told = "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in sorted(printed.glob("*.log")))
        assert time.monotonic() < end, f"no {what} within {seconds:.0f} s; printed were:\n{told}"
        time.sleep(0.3)


@pytest.fixture(scope="module")
def deployed(
    tmp_path_factory: pytest.TempPathFactory, mini: tuple[Path, Truth], postgres_server: str
) -> Iterator[tuple[Home, Ask, Path]]:
    """The processes of compose.yaml: its home, the GraphQL interface of its webserver, the folder of its logs."""
    folder = tmp_path_factory.mktemp("compose")
    home = Home(folder / "home", *mini)
    services = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]
    code, web = free_port(), free_port()
    workspace = folder / "workspace.yaml"
    named = yaml.safe_load((COMPOSE / "workspace.yaml").read_text())
    named["load_from"][0]["grpc_server"] |= {"host": "127.0.0.1", "port": code}
    workspace.write_text(yaml.safe_dump(named))
    places = {
        "0.0.0.0": "127.0.0.1",
        "4000": str(code),
        "3000": str(web),
        "deploy/compose/workspace.yaml": str(workspace),
    }
    place, _, database = new_database(postgres_server).rpartition("/")
    host, _, port = place.rpartition("@")[2].partition(":")
    variables = {
        **environment(home.folder, home.archive),
        "DAGSTER_HOME": str(COMPOSE),
        **{
            f"NBA_POSTGRES_{name}": value
            for name, value in zip(("HOST", "PORT", "DB"), (host, port, database), strict=True)
        },
        "NBA_POSTGRES_USER": "nba",
        "NBA_POSTGRES_PASSWORD": "any",
    }
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.delenv("NBA_NOW", raising=False)

        def start(service: str) -> None:
            words = [places.get(word, word) for word in shlex.split(services[service]["command"])]
            command = [str(DAGSTER.parent / words[0]), *words[1:]]
            stack.enter_context(whole_group(command, folder / f"{service}.log"))

        start("code")
        wait_for("code server", lambda: answers(code), START_SECONDS, folder)
        start("webserver")
        start("daemon")
        wait_for("webserver", lambda: answers(web), START_SECONDS, folder)

        def ask(query: str, **values: object) -> dict[str, Any]:
            answer = requests.post(
                f"http://127.0.0.1:{web}/graphql", json={"query": query, "variables": values}, timeout=60
            )
            told = answer.json()
            assert "errors" not in told, told
            return dict(told["data"])

        yield home, ask, folder


def test_the_webserver_loads_the_code_of_the_other_process(deployed: tuple[Home, Ask, Path]) -> None:
    _, ask, folder = deployed

    def is_loaded() -> bool:
        (entry,) = ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
        assert (entry["locationOrLoadError"] or {}).get("__typename") in (None, "RepositoryLocation"), entry
        return bool(entry["loadStatus"] == "LOADED")

    wait_for("code location", is_loaded, START_SECONDS, folder)


def test_the_daemon_is_alive(deployed: tuple[Home, Ask, Path]) -> None:
    _, ask, folder = deployed

    def are_healthy() -> bool:
        daemons = ask(DAEMONS)["instance"]["daemonHealth"]["allDaemonStatuses"]
        required = {each["daemonType"]: each["healthy"] for each in daemons if each["required"]}
        assert "QUEUED_RUN_COORDINATOR" in required
        return all(required.values())

    wait_for("healthy daemon", are_healthy, START_SECONDS, folder)


def test_a_run_from_the_web_ui_goes_through_the_queue_and_makes_its_day(deployed: tuple[Home, Ask, Path]) -> None:
    home, ask, folder = deployed
    checks = [{"assetKey": {"path": [TABLE]}, "name": name} for name in checks_of(registry.tables()[TABLE])]
    params = {
        "selector": {
            "repositoryLocationName": "nba_assets",
            "repositoryName": "__repository__",
            "pipelineName": "__ASSET_JOB",
            "assetSelection": [{"path": [TABLE]}],
            "assetCheckSelection": checks,
        },
        "mode": "default",
        "runConfigData": "{}",
        "executionMetadata": {"tags": [{"key": "dagster/partition", "value": f"{FIRST_DAY}"}]},
    }
    launched = ask(LAUNCH, params=params)["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = launched["run"]["runId"]

    def is_over() -> bool:
        status = ask(RUN, id=run_id)["runOrError"]["status"]
        assert status not in ("FAILURE", "CANCELED"), ask(RUN, id=run_id)
        return bool(status == "SUCCESS")

    wait_for("end of the run", is_over, RUN_SECONDS, folder)
    events = [event.get("eventType") for event in ask(RUN, id=run_id)["runOrError"]["eventConnection"]["events"]]
    queued = ["RUN_ENQUEUED", "RUN_STARTING", "RUN_START", "RUN_SUCCESS"]
    assert [event for event in events if event in queued] == queued
    node = ask(STATS, key={"path": [TABLE]})["assetNodeOrError"]
    assert node["partitionStats"] == {"numMaterialized": 1, "numFailed": 0}
    assert statuses(ask, TABLE) == in_warehouse(home, TABLE)
    assert set(in_warehouse(home, TABLE)) == {check["name"] for check in checks}
    assert home.ledger(TABLE)["status"].tolist() == ["ok"]
    assert os.environ["DAGSTER_HOME"] == str(COMPOSE)
