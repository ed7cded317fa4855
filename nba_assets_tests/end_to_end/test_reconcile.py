"""Runs whose process is gone are reported as failed, on any machine; running and waiting ones are not."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.test_utils import create_run_for_test
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from nba_assets.orchestration.reconcile import PROCESS_TAG, reconcile
from nba_assets_tests.mini_warehouse import Home

Status = dg.DagsterRunStatus
UNFINISHED = [Status.NOT_STARTED, Status.STARTING, Status.STARTED, Status.CANCELING]
_LOCATION = ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name="nba_assets.definitions"))
ORIGIN = RemoteJobOrigin(RemoteRepositoryOrigin(_LOCATION, "__repository__"), "a_job")
LIVES = """
import sys
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings

print(Platform(Settings()).sign_of_life(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def instance(empty_home: Home) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as found:
        yield found


def a_run(instance: dg.DagsterInstance, status: Status, home: Home, is_old: bool = True, **tags: str) -> str:
    """A run in Dagster's records, last changed an hour ago unless it is new."""
    run = create_run_for_test(instance, "a_job", status=status, tags=tags, remote_job_origin=ORIGIN)
    if is_old:
        then = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=1)
        with closing(sqlite3.connect(home.folder / "dagster" / "history" / "runs.db")) as records, records:
            records.execute("UPDATE runs SET update_timestamp = ? WHERE run_id = ?", [f"{then}", run.run_id])
    return run.run_id


@pytest.fixture
def living(empty_home: Home) -> Iterator[subprocess.Popen[str]]:
    """Another process with a liveness lock, whose name it prints first; it ends when its input does."""
    process = subprocess.Popen(
        [sys.executable, "-c", LIVES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("status", UNFINISHED)
def test_a_run_is_alive_as_long_as_its_process_whatever_the_host_name(
    instance: dg.DagsterInstance, empty_home: Home, living: subprocess.Popen[str], status: Status
) -> None:
    assert living.stdout is not None
    sign = living.stdout.readline().strip()
    # As left by an earlier version of the project, which compared host names.
    host = {".dagster/nba_host": "a machine that is gone"}
    run = a_run(instance, status, empty_home, **{PROCESS_TAG: sign, **host})
    assert reconcile(instance, empty_home.platform) == []
    living.kill()
    living.wait()
    assert (empty_home.folder / "processes" / sign).exists(), "a killed process leaves its file, unlocked"
    assert reconcile(instance, empty_home.platform) == [
        f"run {run} was reported failed: it was {status.value} and its process is gone"
    ]
    found = instance.get_run_by_id(run)
    assert found is not None
    assert found.status is Status.FAILURE
    assert not (empty_home.folder / "processes" / sign).exists()
    assert reconcile(instance, empty_home.platform) == []


def test_a_process_that_ends_removes_its_liveness_file(empty_home: Home, living: subprocess.Popen[str]) -> None:
    assert living.stdout is not None
    sign = living.stdout.readline().strip()
    assert empty_home.platform.is_alive(sign)
    living.communicate("")
    assert not (empty_home.folder / "processes" / sign).exists()
    assert not empty_home.platform.is_alive(sign)


@pytest.mark.parametrize("status", UNFINISHED)
def test_an_untagged_run_is_dead_only_after_a_while(
    instance: dg.DagsterInstance, empty_home: Home, status: Status
) -> None:
    new, old = (a_run(instance, status, empty_home, is_old=is_old) for is_old in (False, True))
    other = a_run(instance, status, empty_home, **{".dagster/nba_host": "a machine that is gone"})
    told = reconcile(instance, empty_home.platform)
    assert sorted(sentence.split()[1] for sentence in told) == sorted([old, other])
    found = instance.get_run_by_id(new)
    assert found is not None
    assert found.status is status


@pytest.mark.parametrize("is_old", [True, False])
def test_runs_that_wait_for_the_web_ui_s_daemon_stay(
    instance: dg.DagsterInstance, empty_home: Home, is_old: bool
) -> None:
    for name, status in (("goes_on", BulkActionStatus.REQUESTED), ("is_over", BulkActionStatus.CANCELED)):
        backfill = PartitionBackfill(
            name,
            status,
            from_failure=False,
            tags={},
            backfill_timestamp=time.time(),
            serialized_asset_backfill_data="{}",
        )
        instance.add_backfill(backfill)
    a_run(instance, Status.QUEUED, empty_home, is_old=is_old)
    a_run(instance, Status.NOT_STARTED, empty_home, is_old=is_old, **{"dagster/backfill": "goes_on"})
    assert reconcile(instance, empty_home.platform) == []
    if is_old:
        run = a_run(instance, Status.NOT_STARTED, empty_home, **{"dagster/backfill": "is_over"})
        assert [sentence.split()[1] for sentence in reconcile(instance, empty_home.platform)] == [run]


def test_a_run_that_waits_for_the_run_lock_is_alive(instance: dg.DagsterInstance, empty_home: Home) -> None:
    with empty_home.platform.run_lock():
        waiting = empty_home.start(
            *("dagster", "asset", "materialize", "-m", "nba_assets.definitions"),
            *("--select", "schedule", "--partition", "2021-10-20"),
        )
        end = time.monotonic() + 120
        while not (runs := [run for run in instance.get_runs() if PROCESS_TAG in run.tags]):
            assert waiting.poll() is None
            assert time.monotonic() < end
            time.sleep(0.1)
        with closing(sqlite3.connect(empty_home.folder / "dagster" / "history" / "runs.db")) as records, records:
            records.execute("UPDATE runs SET update_timestamp = '2021-10-20 00:00:00'")
        assert reconcile(instance, empty_home.platform) == []
    printed, _ = waiting.communicate(timeout=120)
    assert waiting.returncode == 0, printed
    found = instance.get_run_by_id(runs[0].run_id)
    assert found is not None
    assert found.status is Status.SUCCESS


def test_an_unknown_process_is_not_alive(empty_home: Home) -> None:
    assert not empty_home.platform.is_alive(f"{uuid.uuid4()}.lock")
