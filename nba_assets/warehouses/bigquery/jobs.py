"""BigQuery jobs that run exactly once, however often a request or its reply is lost.

A job has its id before it is submitted. A request whose reply was lost is sent again with the same id: if BigQuery has
the job already, it answers 409, and the existing job is awaited. The client library's own job retries are off, because
they use new ids.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import requests
import tenacity
from google.api_core import exceptions
from google.auth.exceptions import TransportError
from google.cloud import bigquery, bigquery_storage

log = logging.getLogger(__name__)

_TRANSIENT = (
    exceptions.InternalServerError,
    exceptions.BadGateway,
    exceptions.ServiceUnavailable,
    exceptions.GatewayTimeout,
    exceptions.TooManyRequests,
    requests.ConnectionError,
    requests.Timeout,
    ConnectionError,
    TransportError,
)
_TRANSIENT_REASONS = {"backendError", "internalError", "rateLimitExceeded", "jobRateLimitExceeded"}
_CONFLICTS = (
    "aborted due to concurrent update",
    "could not serialize access",
    "already exists",  # the slower of two statements that create the same table, even with IF NOT EXISTS
    # The same by the emulator:
    "failed to commit ducklake transaction",
    "violates primary key constraint",
    "primary key or unique constraint violation",
    "conflict on update",
)
REQUEST_SECONDS = 60.0
_POLL_SECONDS = (0.05, 2.0)


def is_transient(error: BaseException) -> bool:
    """Whether a request that failed with this error may succeed if repeated."""
    if isinstance(error, _TRANSIENT):
        return True
    reasons = {str(item.get("reason")) for item in getattr(error, "errors", ())}
    return isinstance(error, exceptions.Forbidden) and not reasons.isdisjoint(_TRANSIENT_REASONS)


def is_conflict(error: BaseException) -> bool:
    """Whether another transaction or DDL statement committed first; nothing was written."""
    return isinstance(error, exceptions.GoogleAPICallError) and any(known in str(error).lower() for known in _CONFLICTS)


def read_all(client: Any, table: Any) -> pa.Table:
    """All rows of a result through the Storage Read API: as Arrow, ten times as fast as pages of JSON."""
    session = client.create_read_session(
        parent=f"projects/{table.project}",
        read_session=bigquery_storage.ReadSession(
            table=f"projects/{table.project}/datasets/{table.dataset_id}/tables/{table.table_id}",
            data_format=bigquery_storage.DataFormat.ARROW,
        ),
    )
    schema = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
    batches = [
        pa.ipc.read_record_batch(pa.py_buffer(message.arrow_record_batch.serialized_record_batch), schema)
        for stream in session.streams
        for message in client.read_rows(stream.name)
    ]
    return pa.Table.from_batches(batches, schema)


class Jobs:
    """Runs jobs; requests are retried with back-off for `patience` seconds, each limited to `timeout` seconds."""

    def __init__(self, client: Any, patience: float, timeout: float = REQUEST_SECONDS) -> None:
        self._client = client
        self.patience = patience
        self.timeout = timeout

    def query(self, sql: str, job_id: str, parameters: tuple[Any, ...] = ()) -> Any:
        """Runs a statement or script.

        Returns:
            The finished job, without error.

        Raises:
            google.api_core.exceptions.GoogleAPICallError: the job failed, or `patience` is over.
        """
        config = bigquery.QueryJobConfig(query_parameters=list(parameters))
        return self._run(
            job_id,
            lambda: self._client.query(
                sql, job_id=job_id, job_config=config, retry=None, job_retry=None, timeout=self.timeout
            ),
        )

    def load(self, rows: pa.Table, destination: str, job_id: str) -> Callable[[], None]:
        """Submits a load job of rows into a new table; the returned function waits for its end."""
        data = io.BytesIO()
        pq.write_table(rows, data)
        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
        )
        job = self._submit(
            job_id,
            lambda: self._client.load_table_from_file(
                data,
                destination,
                rewind=True,
                size=data.getbuffer().nbytes,
                job_id=job_id,
                job_config=config,
                num_retries=0,
                timeout=self.timeout,
            ),
        )
        return lambda: self._wait(job)

    def call(self, request: Callable[[], Any]) -> Any:
        """Sends a request with retries; it must be idempotent."""
        waiting = tenacity.Retrying(
            retry=tenacity.retry_if_exception(is_transient),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=20.0),
            stop=tenacity.stop_before_delay(self.patience),
            before_sleep=_tell,
            reraise=True,
        )
        return waiting(request)

    def _run(self, job_id: str, submit: Callable[[], Any]) -> Any:
        job = self._submit(job_id, submit)
        self._wait(job)
        return job

    def _submit(self, job_id: str, submit: Callable[[], Any]) -> Any:
        def once() -> Any:
            try:
                return submit()
            except exceptions.Conflict as conflict:
                try:
                    return self._client.get_job(job_id, retry=None, timeout=self.timeout)
                except exceptions.NotFound:
                    raise conflict from None  # not because of this job

        return self.call(once)

    def _wait(self, job: Any) -> None:
        pause, longest = _POLL_SECONDS
        while not self.call(lambda: job.done(retry=None, timeout=self.timeout)):
            time.sleep(pause)
            pause = min(pause * 1.5, longest)
        error = job.exception()
        if error is not None:
            raise error


def _tell(state: tenacity.RetryCallState) -> None:
    if state.attempt_number == 3 and state.outcome is not None:
        log.warning("waiting for BigQuery: %s", str(state.outcome.exception()).splitlines()[0])
