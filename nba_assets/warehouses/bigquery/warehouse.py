"""The warehouse in BigQuery datasets.

A write loads its rows into staging tables; one script then moves them into place in a transaction, together with the
ledger rows. Readers see all tables as of one moment by the server's clock.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime
from functools import cached_property
from typing import Any

import pandas as pd
import pyarrow as pa
import tenacity
from google.api_core import exceptions
from google.auth.exceptions import DefaultCredentialsError, RefreshError
from google.cloud import bigquery

from nba_assets.contracts.contract import TableContract, typed_from_arrow
from nba_assets.warehouses.bigquery import sql
from nba_assets.warehouses.bigquery.connection import Clients, connect
from nba_assets.warehouses.bigquery.jobs import REQUEST_SECONDS, Jobs, is_conflict, is_transient, read_all
from nba_assets.warehouses.bigquery.leases import BigQueryLeases, writer_of
from nba_assets.warehouses.protocol import QUALITY_TABLES, RUN_LEASE, ColumnTypeChanged, WarehouseRefused
from nba_assets.warehouses.quality import quality_arrow, quality_frame

log = logging.getLogger(__name__)

_TYPES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
"""API names of types that have other names in SQL."""
MOST_ATTEMPTS = 12


class BigQueryWarehouse:
    """Warehouse in the datasets `<prefix>_<layer>` of a project; missing datasets and tables are created."""

    def __init__(self, project: str, prefix: str, location: str = "US", patience: float = 120.0) -> None:
        self.names = sql.Names(project, prefix)
        self.location = location
        self.patience = patience
        self._lock = threading.Lock()
        self._is_quality_prepared = False
        self._prepared: dict[str, tuple[str, pa.Schema]] = {}

    @property
    def address(self) -> str:
        return f"bigquery://{self.names.project}/{self.names.prefix}"

    @cached_property
    def clients(self) -> Clients:
        return connect(self.names.project, self.location)

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self.clients.bigquery, self.patience)

    @cached_property
    def leases(self) -> BigQueryLeases:
        """Leases that decide which process may write, across machines."""
        return BigQueryLeases(self)

    def execute(self, what: str, statement: str, patience: float | None = None) -> list[Any]:
        """Runs a statement or script on quality tables until it succeeds.

        Args:
            what: part of the job's id.
            statement: the statement or script.
            patience: seconds to try, instead of those of the warehouse; also the limit of a single request.

        Returns:
            The rows of its result.
        """
        jobs = self.jobs if patience is None else Jobs(self.clients.bigquery, patience, patience)
        found: list[Any] = []
        with self._explained(jobs.patience):
            self._prepare_quality()
            self._attempts(lambda _: found.append(jobs.query(statement, _job_id(what))), jobs.patience)
            return jobs.call(lambda: list(found[-1].result(retry=None, timeout=jobs.timeout)))

    @contextmanager
    def snapshot(self) -> Iterator[BigQuerySnapshot]:
        """The tables as of one moment, which is fixed at the first read."""
        with self._explained():
            yield BigQuerySnapshot(self)

    def kept_open(self) -> AbstractContextManager[None]:
        """Does nothing: the client keeps its connections anyway."""
        return nullcontext()

    def record_source(self, source: str, at: datetime) -> None:
        """Records the kind of rows the warehouse will contain, in a table of one row."""
        parameters = (
            bigquery.ScalarQueryParameter("source", "STRING", source),
            bigquery.ScalarQueryParameter("recorded_at", "TIMESTAMP", at),
        )
        with self._explained():
            self._prepare_quality()
            self._attempts(lambda _: self.jobs.query(sql.record_source(self.names), _job_id("source"), parameters))

    def replace_days(
        self,
        contract: TableContract,
        rows: pa.Table,
        days: Sequence[date],
        ledger: pd.DataFrame,
        records: pd.DataFrame,
    ) -> None:
        """Replaces the days of a table with their quarantine and ledger rows in one transaction."""
        numbered = ledger.assign(sequence=range(1, 1 + len(ledger)))
        parts = {
            "rows": rows,
            "partition_log": quality_arrow("partition_log", numbered),
            "quarantine": quality_arrow("quarantine", records),
        }
        with self._explained():
            self._prepare_quality()
            self._prepare_table(contract)
            self._commit(
                contract.name,
                parts,
                lambda staged: sql.replace_days(
                    self.names, contract, sorted(set(days)), rows.num_rows, len(ledger), staged
                ),
            )

    def replace_check_results(
        self, results: pd.DataFrame, table: str, checks: Sequence[str], days: Sequence[date]
    ) -> None:
        """Replaces the results of these checks on these days in one transaction."""
        if not checks or not days:
            return
        with self._explained():
            self._prepare_quality()
            self._commit(
                f"{table}_checks",
                {"check_results": quality_arrow("check_results", results)},
                lambda staged: sql.replace_check_results(
                    self.names, table, checks, sorted(set(days)), staged.get("check_results")
                ),
            )

    def _commit(
        self, what: str, parts: Mapping[str, pa.Table], statements: Callable[[Mapping[str, str]], list[str]]
    ) -> None:
        """Stages the parts that have rows and runs the transaction, with retries.

        It is repeated if another transaction committed first or the service failed, including the staging if a staging
        table expired.

        Staging tables and jobs have names unique to the call and attempt: a repeated request finds its own job, and an
        attempt never interferes with an earlier one.
        """
        token = uuid.uuid4().hex[:12]
        writer = writer_of(self.address)
        staged: dict[str, str] = {}

        def attempt(number: int) -> None:
            if not staged:
                staged.update(self._stage(what, parts, f"{token}_{number}"))
            script = sql.transaction([sql.require_lease(self.names, writer), *statements(staged)])
            try:
                self.jobs.query(script, f"nba_{what}_{token}_{number}")
            except exceptions.NotFound:
                staged.clear()
                raise
            except exceptions.GoogleAPICallError as error:
                if sql.LEASE_LOST not in str(error):
                    raise
                raise WarehouseRefused(self._lease_lost(what, writer)) from error

        try:
            self._attempts(attempt)
        finally:
            self._drop_staged(staged)

    def _lease_lost(self, what: str, writer: str | None) -> str:
        """Why a write was refused by `sql.require_lease`."""
        now = self.leases.look(RUN_LEASE)
        other = "no process" if now is None or now.holder is None else f"{now.holder} ({now.description})"
        if writer is None:
            return (
                f"{self.address}: {what} was not written, because another process is writing: {other}. Wait until it "
                "is done, then run the command again."
            )
        return (
            f"{self.address}: {what} was not written. This process, {writer}, lost the run lease: it could not renew "
            f"it before it expired, and another process took it; {other} has it now. What was written before is kept; "
            "run the command again to build the rest."
        )

    def _attempts(self, attempt: Callable[[int], object], patience: float | None = None) -> None:
        """Repeats the attempt with back-off, up to a limit; a failed attempt must not have changed anything."""
        waiting = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: _is_worth_another_attempt(error, self.names)),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=20.0),
            stop=tenacity.stop_after_attempt(MOST_ATTEMPTS) | tenacity.stop_before_delay(patience or self.patience),
            reraise=True,
        )
        for trial in waiting:
            with trial:
                attempt(trial.retry_state.attempt_number)

    def _stage(self, what: str, parts: Mapping[str, pa.Table], token: str) -> dict[str, str]:
        staged = {part: self.names.staging(f"{what}_{part}_{token}") for part, rows in parts.items() if rows.num_rows}
        loads = [
            self.jobs.load(parts[part], table, f"nba_load_{what}_{part}_{token}") for part, table in staged.items()
        ]
        for wait in loads:
            wait()
        return staged

    def _drop_staged(self, staged: Mapping[str, str]) -> None:
        """Deletes staging tables; those that remain expire by the dataset's default."""
        for table in staged.values():
            try:
                self.clients.bigquery.delete_table(table, retry=None, timeout=REQUEST_SECONDS, not_found_ok=True)
            except Exception as error:
                if not (is_transient(error) or is_conflict(error)):
                    raise
                log.info("the staging table %s remains until it expires: %s", table, error)

    # Tables

    def table(self, name: str) -> Any | None:
        """A table with its schema; None if it does not exist."""

        def get() -> Any | None:
            try:
                return self.clients.bigquery.get_table(name, retry=None, timeout=REQUEST_SECONDS)
            except exceptions.NotFound:
                return None

        return self.jobs.call(get)

    def place_of(self, contract: TableContract) -> tuple[str, Any | None]:
        """The table with the rows: in the dataset of its layer, or where an earlier version stored it."""
        own = self.names.table(contract.layer, contract.name)
        found = self.table(own)
        if found is not None:
            return own, found
        prefix = f"{self.names.prefix}_"
        datasets = self.jobs.call(lambda: list(self.clients.bigquery.list_datasets(retry=None)))
        layers = sorted(
            dataset.dataset_id.removeprefix(prefix) for dataset in datasets if dataset.dataset_id.startswith(prefix)
        )
        for layer in layers:
            if layer not in (contract.layer, "quality", "staging"):
                other = self.table(self.names.table(layer, contract.name))
                if other is not None:
                    return self.names.table(layer, contract.name), other
        return own, None

    def _ddl(self, *statements: str) -> None:
        """Runs statements one after the other; each must be idempotent."""
        self._attempts(lambda _: self.jobs.query(";\n".join(statements), _job_id("ddl")))

    def _prepare_quality(self) -> None:
        """Creates datasets, quality tables and views, or adapts their columns; once per process."""
        with self._lock:
            if self._is_quality_prepared:
                return
            # Created last, so that an interrupted or older preparation is completed.
            if self.table(self.names.quality("leases")) is None:
                datasets = [sql.create_dataset(self.names, name, self.location) for name in ("quality", "staging")]
                self._ddl(*datasets, *sql.create_quality(self.names))
            for name in QUALITY_TABLES:
                log_table = self.names.quality(sql.LOGS[name])
                self._bring_in_line(log_table, self.table(log_table), sql.fields_of_log(name))
            self._is_quality_prepared = True

    def _prepare_table(self, contract: TableContract) -> None:
        """Creates the table, moves it from another layer, or adapts its columns to the contract."""
        with self._lock:
            if self._prepared.get(contract.name) == (contract.layer, contract.arrow_schema):
                return
            own = self.names.table(contract.layer, contract.name)
            place, found = self.place_of(contract)
            if found is not None:
                self._require_types(place, found, sql.fields_of(contract))
            if place == own and found is not None:
                self._bring_in_line(own, found, sql.fields_of(contract))
            else:
                held = [] if found is None else [field.name for field in found.schema]
                former = None if found is None else place
                self._ddl(
                    sql.create_dataset(self.names, contract.layer, self.location),
                    sql.create_table(self.names, contract, former, held),
                    *([] if former is None else [sql.drop_table(former)]),
                )
            self._prepared[contract.name] = (contract.layer, contract.arrow_schema)

    def _require_types(self, table: str, existing: Any, fields: Sequence[sql.Field]) -> None:
        held = {field.name: _TYPES.get(field.field_type, field.field_type) for field in existing.schema}
        for field in fields:
            if held.get(field.name, field.kind) != field.kind:
                short = table.removeprefix(f"{self.names.project}.{self.names.prefix}_")
                raise ColumnTypeChanged(
                    f"{short}.{field.name} is {held[field.name]} in the warehouse and {field.kind} in the contract. "
                    f"Drop the table ({table}) and build its days again."
                )

    def _bring_in_line(self, table: str, existing: Any, fields: Sequence[sql.Field]) -> None:
        self._require_types(table, existing, fields)
        held = {field.name: field for field in existing.schema}
        wanted = {field.name: field for field in fields}
        changes = [sql.drop_column(table, name) for name in held if name not in wanted]
        changes += [sql.add_column(table, field) for field in fields if field.name not in held]
        if changes:
            self._ddl(*changes)

    # Errors

    @contextmanager
    def _explained(self, patience: float | None = None) -> Iterator[None]:
        """Converts errors that a user can fix to WarehouseRefused with a sentence."""
        try:
            yield
        except (DefaultCredentialsError, RefreshError) as error:
            raise WarehouseRefused(
                f"{self.address}: no valid Google credentials ({_first_line(error)}). Run `gcloud auth "
                "application-default login` or set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file."
            ) from error
        except exceptions.Forbidden as error:
            raise WarehouseRefused(f"{self.address}: {_refusal(error)} ({_first_line(error)}).") from error
        except exceptions.NotFound as error:
            raise WarehouseRefused(
                f"{self.address}: there is no such project, dataset or table, or it is in another location than "
                f"{self.location} ({_first_line(error)}). Correct NBA_WAREHOUSE; write the location of the datasets as "
                f"{self.address}?location=EU."
            ) from error
        except Exception as error:
            if not (is_transient(error) or is_conflict(error)):
                raise
            raise WarehouseRefused(
                f"{self.address} did not answer, or other writers came first, for {patience or self.patience:.0f} s "
                f"({_first_line(error)}). Nothing was written partially; run the same command again."
            ) from error


class BigQuerySnapshot:
    """Reads all tables as of one moment."""

    def __init__(self, warehouse: BigQueryWarehouse) -> None:
        self._warehouse = warehouse
        self._tables: dict[str, Any | None] = {}

    @cached_property
    def moment(self) -> datetime:
        """When the snapshot was taken, by the server's clock."""
        (row,) = self._warehouse.jobs.query(sql.current_time(), _job_id("moment")).result()
        return row.moment

    def read(
        self,
        contract: TableContract,
        first: date,
        last: date,
        columns: Sequence[str] | None = None,
        holding: Mapping[str, str] | None = None,
    ) -> pd.DataFrame:
        """Rows of the days in contract dtypes, sorted by the full key; see the protocol."""
        names = list(columns) if columns is not None else contract.column_names
        schema = pa.schema([contract.arrow_schema.field(name) for name in names])
        moment = self.moment
        place, found = self._place_of(contract)
        if found is None:
            return typed_from_arrow(contract, schema.empty_table())
        held = {field.name for field in found.schema}
        needed = list(dict.fromkeys([*names, *contract.full_key]))
        kinds = {field.name: field.kind for field in sql.fields_of(contract)}
        chosen = {name: f"`{name}`" if name in held else f"CAST(NULL AS {kinds[name]})" for name in needed}
        rows = self._rows(sql.select_rows(place, chosen, first, last, holding or {}, moment))
        ordered = rows.sort_by([(name, "ascending") for name in contract.full_key]).select(names)
        return typed_from_arrow(contract, ordered.cast(pa.schema([field.with_nullable(True) for field in schema])))

    def ledger(
        self,
        tables: Sequence[str] | None = None,
        first: date | None = None,
        last: date | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Newest partition_log row of each (table, day); see the protocol."""
        conditions = sql.conditions_of(tables, first, last)
        found = self._quality(
            "partition_log", lambda names, moment: sql.newest_ledger(names, conditions, moment), "table_name game_date"
        )
        return found if columns is None else found[list(columns)]

    def source(self) -> str | None:
        """The kind of rows in the warehouse; see the protocol."""
        names, moment = self._warehouse.names, self.moment
        if self._is_there(names.quality("warehouse_source")):
            return str(self._rows(sql.select_source(names, moment)).column("source")[0].as_py())
        is_filled = self._is_there(names.quality("partition_log")) and self._rows(sql.is_filled(names, moment)).num_rows
        return "archive" if is_filled else None

    def quality(
        self,
        name: str,
        table: str | None = None,
        first: date | None = None,
        last: date | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Rows of a quality table; see the protocol."""
        conditions = sql.conditions_of(None if table is None else [table], first, last)

        def select(names: sql.Names, moment: datetime) -> str:
            if name == "partition_log":
                return sql.all_ledger(names, conditions, moment, columns)
            return sql.current_rows(names, name, conditions, moment, columns)

        return self._quality(name, select, columns=columns)

    def failed_checks(self, table: str) -> pd.DataFrame:
        """Rows of quality.check_results that did not pass, for all days of a table."""
        return self._quality("check_results", lambda names, moment: sql.failing_results(names, table, moment))

    def _quality(
        self,
        name: str,
        select: Callable[[sql.Names, datetime], str],
        order: str = "",
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        names, moment = self._warehouse.names, self.moment
        schema = pa.schema([(column, QUALITY_TABLES[name][column]) for column in columns or QUALITY_TABLES[name]])
        if not self._is_there(names.quality(sql.LOGS[name])):
            return quality_frame(schema.empty_table())
        rows = self._rows(select(names, moment)).select(schema.names).cast(schema)
        return quality_frame(rows.sort_by([(column, "ascending") for column in order.split() or schema.names]))

    def _rows(self, statement: str) -> pa.Table:
        warehouse = self._warehouse
        job = warehouse.jobs.query(statement, _job_id("read"))
        return warehouse.jobs.call(lambda: read_all(warehouse.clients.storage, job.destination))

    def _place_of(self, contract: TableContract) -> tuple[str, Any | None]:
        place, found = self._warehouse.place_of(contract)
        return place, found if found is not None and found.created <= self.moment else None

    def _is_there(self, table: str) -> bool:
        """Whether the table existed at the moment of the snapshot; a younger one cannot be read as of it."""
        if table not in self._tables:
            found = self._warehouse.table(table)
            self._tables[table] = found if found is not None and found.created <= self.moment else None
        return self._tables[table] is not None


def _job_id(what: str) -> str:
    return f"nba_{what}_{uuid.uuid4().hex[:20]}"


def _is_worth_another_attempt(error: BaseException, names: sql.Names) -> bool:
    is_expired = isinstance(error, exceptions.NotFound) and f"{names.prefix}_staging." in str(error)
    return is_conflict(error) or is_transient(error) or is_expired


def _refusal(error: exceptions.Forbidden) -> str:
    said = str(error).lower()
    if "billing" in said or "free tier" in said:
        return "billing is not enabled for the project, and without it BigQuery runs no DML; enable it"
    if "has not been used in project" in said or "accessnotconfigured" in said or "is disabled" in said:
        return (
            "the BigQuery API is not enabled for the project; enable bigquery.googleapis.com and "
            "bigquerystorage.googleapis.com"
        )
    if "quota" in said:
        return "a quota of the project is used up; see the limits in docs/deploy.md"
    return (
        "these credentials may not do that; they need the roles BigQuery Data Owner of the datasets, and BigQuery Job "
        "User and BigQuery Read Session User of the project"
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200].rstrip(". ") if lines else type(error).__name__
