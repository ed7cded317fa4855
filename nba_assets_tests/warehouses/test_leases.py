"""One writer of a warehouse that several machines share: leases that expire, and writes that need them.

The processes of these tests have separate homes, as on machines that share only the warehouse.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from nba_assets.engine.leases import ProcessLeases, RunLockTimeout, command_line
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.reconcile import PROCESS_TAG, reconcile
from nba_assets.settings import Settings
from nba_assets.warehouses.bigquery import leases as bigquery_leases
from nba_assets.warehouses.bigquery import sql
from nba_assets.warehouses.bigquery.warehouse import BigQueryWarehouse
from nba_assets.warehouses.factory import open_warehouse
from nba_assets.warehouses.protocol import RUN_LEASE, WarehouseRefused
from nba_assets_tests.warehouses.hand_made import DAYS, held, write

pytestmark = pytest.mark.long
LONG = 600.0
HOLDS = """
import sys, time
from datetime import datetime, timezone
real = time.time
time.time = lambda: real() + float(sys.argv[1])
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings

platform = Platform(Settings())
print(platform.sign_of_life(), flush=True)
with platform.run_lock():
    print("held", flush=True)
    sys.stdin.readline()
print("free", flush=True)
sys.stdin.read()
"""
"""Another process: prints the name of its liveness lock and that it holds the run lock. Its clock is off by its
argument."""
ENDS_WITHOUT_A_WAREHOUSE = """
import requests
from requests.adapters import HTTPAdapter
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings
from nba_assets.warehouses.bigquery import leases

class Away(HTTPAdapter):
    def send(self, request, *args, **kwargs):
        raise requests.ConnectionError("injected: unreachable")

leases.GIVE_BACK_SECONDS = 2.0
platform = Platform(Settings())
print(platform.sign_of_life(), flush=True)
with platform.run_lock():
    for scheme in ("http://", "https://"):
        platform.warehouse.clients.bigquery._http.mount(scheme, Away())
print("done", flush=True)
"""
"""Another process: its warehouse becomes unreachable while it holds the run lease, and it ends."""
NUMBERS = "UNNEST(GENERATE_ARRAY(1, 17000))"
SLOW = f"SELECT COUNTIF(MOD(a * b, 7) = 3) FROM {NUMBERS} AS a, {NUMBERS} AS b"
"""A statement of some seconds, for which the transaction around it stays open."""
STATEMENTS = 7
"""Of the transaction that replaces a day, without quarantine."""
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def warehouse(bigquery_address: str) -> Iterator[BigQueryWarehouse]:
    found = open_warehouse(bigquery_address, 60)
    assert isinstance(found, BigQueryWarehouse)
    yield found
    bigquery_leases._writers.pop(found.address, None)


@pytest.fixture
def start(bigquery_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts another process with a separate home."""
    started: list[subprocess.Popen[str]] = []

    def run(seconds: float, clock: float = 0.0) -> subprocess.Popen[str]:
        monkeypatch.setenv("NBA_WAREHOUSE", bigquery_address)
        monkeypatch.setenv("NBA_LEASE_SECONDS", str(seconds))
        monkeypatch.setenv("NBA_HOME", str(tmp_path / f"home_{len(started)}"))
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", HOLDS, str(clock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def here(address: str, folder: Path, seconds: float = 60.0, timeout: float = 60.0) -> Platform:
    """The platform of this process, with a separate home as on another machine."""
    return Platform(Settings(home=folder, warehouse=address, lease_seconds=seconds, lock_timeout_seconds=timeout))


def test_a_lease_has_one_holder_until_it_is_given_back(warehouse: BigQueryWarehouse) -> None:
    leases = warehouse.leases
    first = leases.take(RUN_LEASE, "a", "it's a", LONG)
    assert (first.holder, first.description) == ("a", "it's a")
    assert LONG - 60 < first.seconds_left <= LONG
    assert leases.take(RUN_LEASE, "b", "b", LONG).holder == "a"
    leases.give_back(RUN_LEASE, "b")
    leases.renew("b", 2 * LONG)
    again = leases.take(RUN_LEASE, "a", "again", LONG)
    assert (again.holder, again.description) == ("a", "again")
    assert again.seconds_left <= LONG
    leases.renew("a", 2 * LONG)
    assert leases.take(RUN_LEASE, "b", "b", LONG).seconds_left > LONG
    leases.give_back(RUN_LEASE, "a")
    free = leases.look(RUN_LEASE)
    assert free is not None
    assert not free.is_current
    assert leases.take(RUN_LEASE, "b", "b", LONG).holder == "b"


def test_of_many_concurrent_takers_one_gets_the_lease(bigquery_address: str, warehouse: BigQueryWarehouse) -> None:
    warehouse.leases.look(RUN_LEASE)
    barrier = threading.Barrier(4)
    seen: list[tuple[str, str | None]] = []

    def take(name: str) -> None:
        other = open_warehouse(bigquery_address, 60)
        barrier.wait()
        seen.append((name, other.leases.take(RUN_LEASE, name, "", LONG).holder))  # type: ignore[union-attr]

    threads = [threading.Thread(target=take, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    holders = {holder for _, holder in seen}
    assert len(seen) == 4
    assert len(holders) == 1, seen


def test_a_writer_that_lost_its_lease_writes_nothing(warehouse: BigQueryWarehouse) -> None:
    leases = warehouse.leases
    assert leases.take(RUN_LEASE, "a", "slow", 10).holder == "a"
    write(warehouse, {DAYS[0]: [1]}, "before")
    leases.renew("a", 0.01)
    time.sleep(0.1)
    write(warehouse, {DAYS[0]: [2]}, "expired, but no other process took it")
    warehouse.execute("lease", sql.transaction(sql.take_lease(warehouse.names, RUN_LEASE, "b", "nba-assets x", LONG)))
    with pytest.raises(WarehouseRefused, match=r"This process, a, lost the run lease: .* b \(nba-assets x\) has it"):
        write(warehouse, {DAYS[0]: [3]}, "lost")
    leases.renew("a", LONG)
    warehouse.execute("lease", sql.give_back_lease(warehouse.names, RUN_LEASE, "b"))
    with pytest.raises(WarehouseRefused, match="no process has it now"):
        write(warehouse, {DAYS[0]: [4]}, "other days may have changed since")
    assert held(warehouse)[DAYS[0]] == [2]
    with warehouse.snapshot() as snapshot:
        assert len(snapshot.quality("partition_log")) == 2


def test_a_writer_without_the_lease_is_rejected_while_another_has_it(warehouse: BigQueryWarehouse) -> None:
    write(warehouse, {DAYS[0]: [1]})
    warehouse.execute("lease", sql.transaction(sql.take_lease(warehouse.names, RUN_LEASE, "b", "nba-assets x", LONG)))
    with pytest.raises(WarehouseRefused, match=r"another process is writing: b \(nba-assets x\)"):
        write(warehouse, {DAYS[0]: [2]})
    assert held(warehouse)[DAYS[0]] == [1]
    warehouse.execute("lease", sql.give_back_lease(warehouse.names, RUN_LEASE, "b"))
    write(warehouse, {DAYS[0]: [3]})
    assert held(warehouse)[DAYS[0]] == [3]


def test_a_process_on_another_machine_is_waited_for(bigquery_address: str, start: Start, tmp_path: Path) -> None:
    other = start(20)
    line(other)
    assert line(other) == "held"
    platform = here(bigquery_address, tmp_path / "here", timeout=1)
    with pytest.raises(RunLockTimeout, match=r"run lease of bigquery://.* for more than 1 s: .*-\d+-\w+ \(-c 0\.0\)"):
        platform.run_lock().__enter__()
    with platform.try_run_lock() as is_held:
        assert not is_held
    threading.Timer(2, lambda: other.stdin.write("\n") and other.stdin.flush()).start()  # type: ignore[union-attr]
    with here(bigquery_address, tmp_path / "here").run_lock():
        assert line(other) == "free"
        write(open_warehouse(bigquery_address), {DAYS[0]: [1]})


def test_a_killed_holder_is_waited_for_until_its_lease_expires_whatever_its_clock(
    bigquery_address: str, start: Start, tmp_path: Path
) -> None:
    """A living holder keeps its lease for longer than it lasts without renewal."""
    other = start(8, 86_400)
    line(other)
    assert line(other) == "held"
    platform = here(bigquery_address, tmp_path / "here", timeout=9)
    with pytest.raises(RunLockTimeout):
        platform.run_lock().__enter__()
    other.kill()
    other.wait()
    with here(bigquery_address, tmp_path / "here").run_lock():
        write(open_warehouse(bigquery_address), {DAYS[0]: [1]})


def test_a_run_of_another_machine_is_dead_when_its_process_stops_renewing(
    bigquery_address: str, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = start(8, -86_400)
    sign = line(other)
    assert line(other) == "held"
    platform = here(bigquery_address, tmp_path / "here")
    with dg.DagsterInstance.ephemeral() as instance:
        run = create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED, tags={PROCESS_TAG: sign})
        assert reconcile(instance, platform) == [], "the other process holds the run lock"
        assert other.stdin is not None
        other.stdin.write("\n")
        other.stdin.flush()
        assert line(other) == "free"
        time.sleep(9)
        assert platform.is_alive(sign)
        assert reconcile(instance, platform) == []
        other.kill()
        end = time.monotonic() + 60
        while platform.is_alive(sign):
            assert time.monotonic() < end
            time.sleep(0.5)
        told = reconcile(instance, platform)
        assert told == [f"run {run.run_id} was reported failed: it was STARTED and its process is gone"]
        assert not platform.is_alive("lease:of-nobody")


def test_a_process_that_ends_gives_its_leases_back(bigquery_address: str, start: Start, tmp_path: Path) -> None:
    other = start(LONG)
    sign = line(other)
    platform = here(bigquery_address, tmp_path / "here")
    assert line(other) == "held"
    assert platform.is_alive(sign)
    other.communicate("\n", timeout=60)
    assert not platform.is_alive(sign)
    with platform.try_run_lock() as is_held:
        assert is_held


def test_a_process_whose_warehouse_is_unreachable_ends_soon(
    bigquery_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would wait for a write, but not to give back leases, which expire by themselves."""
    settings = {"WAREHOUSE": bigquery_address, "HOME": str(tmp_path / "other"), "LOCK_TIMEOUT_SECONDS": "900"}
    for name, value in (settings | {"LEASE_SECONDS": "12"}).items():
        monkeypatch.setenv(f"NBA_{name}", value)
    done = subprocess.run(
        [sys.executable, "-c", ENDS_WITHOUT_A_WAREHOUSE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    sign, told = done.stdout.split()
    assert told == "done"
    assert done.stderr.count("a lease was not given back; others wait until it expires, 12 s") == 2, done.stderr
    platform = here(bigquery_address, tmp_path / "here")
    with platform.run_lock():
        assert not platform.is_alive(sign)


def test_the_lock_is_reentrant_and_its_thread_ends_with_it(bigquery_address: str, tmp_path: Path) -> None:
    platform = here(bigquery_address, tmp_path / "here")
    with platform.run_lock():
        with here(bigquery_address, tmp_path / "here").run_lock(), platform.try_run_lock() as is_held:
            assert is_held
        lease = platform.warehouse.leases.look(RUN_LEASE)  # type: ignore[union-attr]
        assert lease is not None
        assert lease.is_current
        assert lease.description == command_line()
        (thread,) = [thread for thread in threading.enumerate() if thread.name == "leases"]
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_a_failed_renewal_is_retried(
    bigquery_address: str, warehouse: BigQueryWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew, failed = warehouse.leases.renew, threading.Event()

    def fail_once(holder: str, seconds: float) -> None:
        if not failed.is_set():
            failed.set()
            raise WarehouseRefused("injected")
        renew(holder, seconds)

    monkeypatch.setattr(warehouse.leases, "renew", fail_once)
    process = ProcessLeases(warehouse.leases, 8)
    assert process.acquire(60) is None
    time.sleep(10)
    now = warehouse.leases.look(RUN_LEASE)
    assert failed.is_set()
    assert now is not None
    assert now.is_current
    process.release()


@pytest.mark.parametrize("place", [0, STATEMENTS], ids=["before its first change", "before its commit"])
def test_a_write_that_is_open_while_another_process_takes_the_lease_is_refused(
    bigquery_address: str, warehouse: BigQueryWarehouse, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """The transaction has already seen that its process holds the lease, and is aborted nevertheless."""
    leases, statements = warehouse.leases, sql.replace_days
    write(warehouse, {DAYS[0]: [1]}, "before")
    assert leases.take(RUN_LEASE, "a", "slow", LONG).holder == "a"
    writer = open_warehouse(bigquery_address, 60)
    assert isinstance(writer, BigQueryWarehouse)
    query = writer.jobs.query
    jobs: list[str] = []
    raised: list[BaseException] = []

    def slowed(*what: Any) -> list[str]:
        found = statements(*what)
        assert len(found) == STATEMENTS
        return [*found[:place], SLOW, *found[place:]]

    def noted(statement: str, job_id: str, *rest: Any) -> Any:
        jobs.append(job_id)
        return query(statement, job_id, *rest)

    def slow_write() -> None:
        try:
            write(writer, {DAYS[0]: [2, 3]}, "slow")
        except BaseException as error:
            raised.append(error)

    with monkeypatch.context() as patch:
        patch.setattr(sql, "replace_days", slowed)
        patch.setattr(writer.jobs, "query", noted)
        thread = threading.Thread(target=slow_write)
        thread.start()
        end = time.monotonic() + 60
        while not any(job.job_id in jobs and job.state == "RUNNING" for job in all_jobs(warehouse)):
            assert thread.is_alive(), raised
            assert time.monotonic() < end, f"none of {jobs} was seen running"
            time.sleep(0.05)
        script = jobs[-1]
        leases.renew("a", 0.01)
        while leases.take(RUN_LEASE, "b", "nba-assets x", LONG).holder != "b":
            time.sleep(0.1)
        state = warehouse.clients.bigquery.get_job(script).state
        thread.join()
    assert state == "RUNNING", "the write was over before the lease was taken: make SLOW slower"
    (error,) = raised
    assert isinstance(error, WarehouseRefused), error
    assert "This process, a, lost the run lease" in str(error)
    assert "b (nba-assets x) has it now" in str(error)
    assert held(warehouse)[DAYS[0]] == [1]
    write(warehouse, {DAYS[0]: [7]}, "of the new holder")
    assert held(warehouse)[DAYS[0]] == [7]
    with warehouse.snapshot() as snapshot:
        ledger = snapshot.quality("partition_log").sort_values("sequence")
    assert ledger["content_hash"].tolist() == ["before", "of the new holder"]


def all_jobs(warehouse: BigQueryWarehouse) -> list[Any]:
    """The newest jobs of the server, with their states."""
    return list(warehouse.clients.bigquery.list_jobs(max_results=50))
