"""Writes to BigQuery in which every request fails, in every way, before and after the server has processed it.

Whatever fails, a day is the old or the new one, with its ledger row; transient faults are retried, and the write is
done once.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from google.api_core import exceptions
from requests.adapters import HTTPAdapter

from nba_assets.warehouses.bigquery import sql
from nba_assets.warehouses.bigquery.warehouse import BigQueryWarehouse
from nba_assets.warehouses.factory import open_warehouse
from nba_assets.warehouses.protocol import WarehouseRefused
from nba_assets_tests.warehouses.hand_made import DAYS, POINTS, ledger, quarantined, rows

pytestmark = pytest.mark.long
OLD, NEW = [1, 2], [7, 8, 9]
CLIENT_FAULTS = ("killed", "connection cut")
IS_EXHAUSTIVE = bool(os.environ.get("NBA_TEST_EVERY_FAULT"))
"""Whether every fault is injected into every request, which takes minutes."""
STATEMENTS = 8
"""Of the transaction of these writes."""
WRITES = 4
"""Requests of these writes that submit a job at least: the loads of rows, ledger and quarantine, and the script."""


class Killed(BaseException):
    """Simulates a killed process: no handler may catch it."""


def _response(
    request: requests.PreparedRequest, status: int, reason: str, message: str = "injected"
) -> requests.Response:
    found = requests.Response()
    found.status_code = status
    found.headers["Content-Type"] = "application/json"
    error = {"code": status, "message": f"{message}: {reason}", "errors": [{"reason": reason, "message": message}]}
    found._content = requests.compat.json.dumps({"error": error}).encode()
    found.request, found.url = request, request.url or ""
    return found


def _kill(request: requests.PreparedRequest) -> requests.Response:
    raise Killed


def _cut(request: requests.PreparedRequest) -> requests.Response:
    raise requests.ConnectionError("injected: connection reset by peer")


FAULTS: Mapping[str, Callable[[requests.PreparedRequest], requests.Response]] = {
    "killed": _kill,
    "connection cut": _cut,
    "500": lambda request: _response(request, 500, "backendError"),
    "503": lambda request: _response(request, 503, "backendError"),
    "429": lambda request: _response(request, 429, "rateLimitExceeded"),
    "403 rate limit": lambda request: _response(request, 403, "rateLimitExceeded"),
    "409": lambda request: _response(request, 409, "duplicate", "Already Exists, injected"),
}


class Faulty(HTTPAdapter):
    """Forwards requests; the one with a given number fails, before it is sent or after the server has answered."""

    def __init__(self, number: int | None = None, fault: str = "killed", *, is_after: bool = False) -> None:
        super().__init__()
        self.number, self.fault, self.is_after = number, fault, is_after
        self.sent: list[str] = []
        self.is_done = False

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.sent.append(f"{request.method} {str(request.url).split('?')[0].rsplit('/', 1)[-1][:20]}")
        is_it = len(self.sent) - 1 == self.number
        self.is_done |= is_it
        if is_it and not self.is_after:
            return FAULTS[self.fault](request)
        response = super().send(request, *args, **kwargs)
        if not is_it:
            return response
        response.close()
        return FAULTS[self.fault](request)


_opened: list[BigQueryWarehouse] = []


def _wait_for_jobs(warehouse: BigQueryWarehouse) -> None:
    """Waits until the server has finished the jobs of a killed client."""
    client, end = warehouse.clients.bigquery, time.monotonic() + 60
    while any(job.state != "DONE" for job in client.list_jobs(max_results=50)):
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Closes the connections of the test."""
    yield
    while _opened:
        _opened.pop().clients.bigquery.close()


def opened(address: str, adapter: Faulty | None = None, patience: float = 60) -> BigQueryWarehouse:
    warehouse = open_warehouse(address, patience)
    assert isinstance(warehouse, BigQueryWarehouse)
    _opened.append(warehouse)
    if adapter is not None:
        for scheme in ("http://", "https://"):
            warehouse.clients.bigquery._http.mount(scheme, adapter)
    return warehouse


def replace(warehouse: BigQueryWarehouse, points: list[int], content: str) -> None:
    warehouse.replace_days(
        POINTS, rows({DAYS[0]: points}), DAYS[:1], ledger(DAYS[:1], content), quarantined(DAYS[0], [content])
    )


def state(address: str) -> tuple[list[int], list[str], list[str], list[str]]:
    """The day, the newest ledger rows, all ledger rows, the quarantine."""
    with opened(address).snapshot() as snapshot:
        points = snapshot.read(POINTS, DAYS[0], DAYS[0])["points"].tolist()
        newest = snapshot.ledger()["content_hash"].tolist()
        everything = snapshot.quality("partition_log").sort_values("sequence")["content_hash"].tolist()
        quarantine = snapshot.quality("quarantine")["reason"].tolist()
    return points, newest, everything, quarantine


def test_every_request_of_a_write_fails_in_every_way(
    bigquery_address: str, record_property: Callable[[str, object], None]
) -> None:
    """Requests fail before they are sent and after the server has answered.

    A 409 after the server has answered is what a repeated request gets; before it, no job of this client exists.

    Refusals of the service are injected into requests that submit or delete something, because others only read; by
    default only into the submission of the transaction.
    """
    first = opened(bigquery_address)
    replace(first, OLD, "old")

    def prepared(adapter: Faulty) -> BigQueryWarehouse:
        """A client for which all tables exist, so that every request belongs to the write."""
        warehouse = opened(bigquery_address, adapter)
        warehouse._is_quality_prepared, warehouse._prepared = True, dict(first._prepared)
        return warehouse

    counting = Faulty()
    replace(prepared(counting), OLD, "again")
    day, _, written, _ = state(bigquery_address)
    assert written == ["old", "again"]
    injections: Counter[str] = Counter()
    script = max(number for number, sent in enumerate(counting.sent) if sent.startswith("POST"))
    for fault, number, is_after in itertools.product(FAULTS, range(len(counting.sent)), (False, True)):
        if fault not in CLIENT_FAULTS and number != script and not IS_EXHAUSTIVE:
            continue
        if fault not in CLIENT_FAULTS and counting.sent[number].startswith("GET"):
            continue
        points, content = (NEW, "new") if day == OLD else (OLD, "old")
        adapter = Faulty(number, fault, is_after=is_after)
        while len(_opened) > 1:
            _opened.pop().clients.bigquery.close()
        where = f"{fault} {'after' if is_after else 'before'} request {number}: {counting.sent[number]}"
        is_killed = False
        try:
            replace(prepared(adapter), points, content)
        except Killed:
            is_killed = True
        assert is_killed == (fault == "killed" and adapter.is_done), where
        if is_killed:
            _wait_for_jobs(first)
        injections[fault] += adapter.is_done
        before, (day, newest, everything, quarantine) = day, state(bigquery_address)
        is_new = everything == [*written, content]
        assert is_new or (is_killed and everything == written), (where, everything, written)
        assert day == (points if is_new else before), where
        assert newest == everything[-1:], where
        assert quarantine == [content] if is_new else len(quarantine) == 1, where
        written = everything
    record_property("injections", dict(injections))
    print(f"{injections.total()} injections: {dict(injections)}")  # noqa: T201
    assert all(injections[fault] >= (2 * WRITES if fault in CLIENT_FAULTS else 2) for fault in FAULTS), injections


def test_an_unavailable_service_is_reported_and_nothing_is_written(bigquery_address: str) -> None:
    replace(opened(bigquery_address), OLD, "old")

    class Away(Faulty):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            return FAULTS["503"](request)

    with pytest.raises(WarehouseRefused, match=r"did not answer, or other writers came first, for 1 s .*503"):
        replace(opened(bigquery_address, Away(), patience=1), NEW, "new")
    assert state(bigquery_address) == (OLD, ["old"], ["old"], ["old"])


def test_an_aborted_transaction_is_retried(bigquery_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    replace(opened(bigquery_address), OLD, "old")
    warehouse = opened(bigquery_address)
    run, aborted = warehouse.jobs.query, []

    def abort_twice(statement: str, job_id: str, *rest: Any) -> Any:
        if statement.startswith("BEGIN TRANSACTION") and len(aborted) < 2:
            aborted.append(job_id)
            raise exceptions.BadRequest("Transaction is aborted due to concurrent update against table nba.t")
        return run(statement, job_id, *rest)

    monkeypatch.setattr(warehouse.jobs, "query", abort_twice)
    replace(warehouse, NEW, "new")
    assert len(set(aborted)) == 2
    assert state(bigquery_address) == (NEW, ["new"], ["old", "new"], ["new"])


def test_clients_that_prepare_an_empty_warehouse_at_once_all_succeed(bigquery_address: str) -> None:
    """Each creates the same datasets and tables."""
    clients = 6
    for trial in range(2):
        address = f"{bigquery_address}_{trial}"
        barrier = threading.Barrier(clients)

        def prepare(warehouse: BigQueryWarehouse, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            warehouse._prepare_quality()
            warehouse._prepare_table(POINTS)

        warehouses = [opened(address) for _ in range(clients)]
        with ThreadPoolExecutor(clients) as pool:
            for done in [pool.submit(prepare, warehouse) for warehouse in warehouses]:
                done.result()
    replace(warehouses[0], NEW, "new")
    assert state(address) == (NEW, ["new"], ["new"], ["new"])


def test_a_table_that_another_client_creates_first_is_used(
    bigquery_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BigQuery refuses the slower of two statements, even with IF NOT EXISTS: 409 with the reason `duplicate`."""
    warehouse = opened(bigquery_address)
    run, refused = warehouse.jobs.query, []

    def refuse_once(statement: str, job_id: str, *rest: Any) -> Any:
        job = run(statement, job_id, *rest)
        if statement.startswith("CREATE") and not any(statement == known for known in refused):
            refused.append(statement)
            raise exceptions.Conflict("Already Exists: Table stand-in:nba_quality.leases", [{"reason": "duplicate"}])
        return job

    monkeypatch.setattr(warehouse.jobs, "query", refuse_once)
    replace(warehouse, NEW, "new")
    assert len(refused) == 2, "once for the quality tables, once for the table"
    assert state(bigquery_address) == (NEW, ["new"], ["new"], ["new"])


def test_a_staging_table_that_expired_is_loaded_again(bigquery_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    replace(opened(bigquery_address), OLD, "old")
    warehouse = opened(bigquery_address)
    stage, staged = warehouse._stage, []

    def expire_once(*what: Any) -> dict[str, str]:
        found = stage(*what)
        if not staged:
            warehouse.clients.bigquery.delete_table(found["rows"])
        staged.append(found)
        return found

    monkeypatch.setattr(warehouse, "_stage", expire_once)
    replace(warehouse, NEW, "new")
    assert len(staged) == 2
    assert state(bigquery_address) == (NEW, ["new"], ["old", "new"], ["new"])


def test_a_script_that_breaks_at_any_statement_writes_nothing(
    bigquery_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing statement is inserted before each statement of the transaction, and after the last."""
    replace(opened(bigquery_address), OLD, "old")
    statements = sql.replace_days
    for step in range(STATEMENTS + 1):

        def broken(*what: Any, step: int = step) -> list[str]:
            found = statements(*what)
            assert len(found) == STATEMENTS
            return [*found[:step], "SELECT ERROR('injected')", *found[step:]]

        with monkeypatch.context() as patch:
            patch.setattr(sql, "replace_days", broken)
            with pytest.raises(exceptions.GoogleAPICallError, match="injected"):
                replace(opened(bigquery_address), NEW, "new")
        assert state(bigquery_address) == (OLD, ["old"], ["old"], ["old"]), step
