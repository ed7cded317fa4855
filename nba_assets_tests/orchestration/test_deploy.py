"""Every dagster.yaml is valid for this version of Dagster and of the project."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import yaml
from dagster import DagsterInstance
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.errors import DagsterInvalidConfigError
from dagster._core.launcher import DefaultRunLauncher, LaunchRunContext
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.test_utils import create_run_for_test
from dagster._core.workspace.load_target import WorkspaceFileTarget

from nba_assets.engine import registry
from nba_assets.orchestration.assets import asset_of
from nba_assets.orchestration.event_log import BatchedEvents
from nba_assets.orchestration.event_log_sqlite import BatchingSqliteEventLogStorage
from nba_assets.settings import REPOSITORY
from nba_assets_tests.orchestration.postgres_server import new_database

DEPLOY = REPOSITORY / "deploy"
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A separate home; no bucket and no cluster."""
    monkeypatch.setenv("NBA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NBA_IMAGE", "registry.example/nba-assets:1")
    monkeypatch.setenv("NBA_LOG_BUCKET", "a-bucket")
    return tmp_path


def opened(source: Path, folder: Path, server: str | None, monkeypatch: pytest.MonkeyPatch) -> DagsterInstance:
    """The instance of a dagster.yaml, with its records on the test server."""
    folder.mkdir(parents=True)
    shutil.copy(source, folder / "dagster.yaml")
    if server is not None:
        address, _, name = new_database(server).rpartition("/")
        host, _, port = address.rpartition("@")[2].partition(":")
        values = {"HOST": host, "PORT": port, "USER": "nba", "PASSWORD": "any", "DB": name}
        for variable, value in values.items():
            monkeypatch.setenv(f"NBA_POSTGRES_{variable}", value)
    return DagsterInstance.from_config(str(folder))


def test_one_machine(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(REPOSITORY / "dagster.yaml", environment / "instance", None, monkeypatch) as instance:
        assert isinstance(instance.event_log_storage, BatchingSqliteEventLogStorage)
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1  # type: ignore[union-attr]
        assert instance.get_runs() == []


def test_compose(environment: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = DEPLOY / "compose" / "dagster.yaml"
    with opened(file, environment / "instance", postgres_server, monkeypatch) as instance:
        assert isinstance(instance.event_log_storage, BatchedEvents)
        assert not isinstance(instance.event_log_storage, BatchingSqliteEventLogStorage)
        assert isinstance(instance.run_launcher, DefaultRunLauncher)
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1  # type: ignore[union-attr]
        assert instance.get_runs() == []
        assert list(instance.all_instigator_state()) == []
        # The process of a launched run opens it from this.
        with DagsterInstance.from_ref(instance.get_ref()) as again:
            assert type(again.event_log_storage) is type(instance.event_log_storage)


def test_kubernetes(environment: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    launcher = pytest.importorskip("dagster_k8s.launcher", reason="dagster-k8s is not installed: .[kubernetes]")
    monkeypatch.setattr("kubernetes.config.load_incluster_config", lambda: None)
    monkeypatch.setattr("google.cloud.storage.Client", MagicMock())
    file = DEPLOY / "kubernetes" / "dagster.yaml"
    with opened(file, environment / "instance", postgres_server, monkeypatch) as instance:
        assert isinstance(instance.run_launcher, launcher.K8sRunLauncher)
        assert instance.run_launcher.job_image == "registry.example/nba-assets:1"
        assert type(instance.compute_log_manager).__name__ == "GCSComputeLogManager"
        assert isinstance(instance.event_log_storage, BatchedEvents)
        assert instance.run_monitoring_enabled


def test_a_run_in_kubernetes_is_a_job_with_the_settings_and_the_folder_of_models(
    environment: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job that Dagster's launcher sends to the cluster, which is not there: it is compared as JSON."""
    launcher = pytest.importorskip("dagster_k8s.launcher", reason="dagster-k8s is not installed: .[kubernetes]")
    from kubernetes.client import ApiClient

    monkeypatch.setattr("kubernetes.config.load_incluster_config", lambda: None)
    monkeypatch.setattr("google.cloud.storage.Client", MagicMock())
    origin = JobPythonOrigin(
        "backfill", RepositoryPythonOrigin(sys.executable, ModuleCodePointer("nba_assets.definitions", "defs"), None)
    )
    file = DEPLOY / "kubernetes" / "dagster.yaml"
    with opened(file, environment / "instance", postgres_server, monkeypatch) as instance:
        run = create_run_for_test(instance, job_code_origin=origin)
        assert isinstance(instance.run_launcher, launcher.K8sRunLauncher)
        batch = instance.run_launcher._api_client.batch_api = MagicMock()
        instance.run_launcher.launch_run(LaunchRunContext(run, None))
        (sent,) = [call.kwargs for call in batch.create_namespaced_job.call_args_list]
        started = [event.message for event in instance.all_logs(run.run_id)]
    assert any("Kubernetes run worker job created" in message for message in started)
    assert sent["namespace"] == "nba-assets"
    job = ApiClient().sanitize_for_serialization(sent["body"])
    if os.environ.get("NBA_TEST_KUBERNETES_JOB"):
        Path(os.environ["NBA_TEST_KUBERNETES_JOB"]).write_text(json.dumps(job))
    pod = job["spec"]["template"]["spec"]
    assert (job["kind"], pod["restartPolicy"], job["spec"]["backoffLimit"]) == ("Job", "Never", 0)
    assert pod["serviceAccountName"] == "nba-assets"
    (container,) = pod["containers"]
    assert container["image"] == "registry.example/nba-assets:1"
    assert container["args"][1:5] == ["-m", "dagster", "api", "execute_run"]
    assert run.run_id in container["args"][5]
    assert container["resources"]["limits"] == {"memory": "6Gi"}
    of_maps = [*(each.get("configMapRef", each.get("secretRef")) for each in container["envFrom"])]
    assert [each["name"] for each in of_maps] == ["nba-settings", "nba-postgres"]
    (home,) = [each["value"] for each in container["env"] if each["name"] == "DAGSTER_HOME"]
    image = (DEPLOY / "compose" / "Dockerfile").read_text()
    assert "\nWORKDIR /app\n" in image
    assert "\nCOPY deploy deploy\n" in image
    assert REPOSITORY / Path(home).relative_to("/app") == file.parent
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    mounted = {mount["mountPath"]: volumes[mount["name"]] for mount in container["volumeMounts"]}
    assert mounted[image.partition("NBA_HOME=")[2].split()[0]]["persistentVolumeClaim"] == {"claimName": "nba-home"}


def test_a_misspelt_key_is_rejected(environment: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (DEPLOY / "compose" / "dagster.yaml").read_text().replace("hostname:", "host_name:")
    (environment / "wrong.yaml").write_text(text)
    with pytest.raises(DagsterInvalidConfigError, match="host_name"):
        opened(environment / "wrong.yaml", environment / "instance", postgres_server, monkeypatch)


@pytest.mark.parametrize(("address", "kind"), [("", "duckdb"), ("bigquery://project/prefix", "bigquery")])
def test_assets_name_the_warehouse_that_they_are_in(monkeypatch: pytest.MonkeyPatch, address: str, kind: str) -> None:
    monkeypatch.setenv("NBA_WAREHOUSE", address)
    assert asset_of(registry.tables()["schedule"]).get_asset_spec().kinds == {"python", kind}


@pytest.fixture(scope="module")
def compose() -> Iterator[dict[str, Any]]:
    with (DEPLOY / "compose" / "compose.yaml").open() as file:
        yield yaml.safe_load(file)


def test_the_containers_have_the_variables_that_their_dagster_yaml_names(compose: dict[str, Any]) -> None:
    text = (DEPLOY / "compose" / "dagster.yaml").read_text()
    named = {part.partition("}")[0].strip() for part in text.split("env:")[1:]}
    assert len(named) == 5
    for name in ("code", "webserver", "daemon"):
        assert named <= set(compose["services"][name]["environment"]), name


def test_the_workspace_points_to_the_code_server(compose: dict[str, Any]) -> None:
    (origin,) = WorkspaceFileTarget([str(DEPLOY / "compose" / "workspace.yaml")]).create_origins()
    assert (origin.host, origin.port) == ("code", 4000)  # type: ignore[attr-defined]
    assert "--host 0.0.0.0 --port 4000" in compose["services"]["code"]["command"]
