"""The SQL statements that the warehouse sends to BigQuery; no other module contains SQL for it.

Days are literals, because only for literals does BigQuery document that deleting whole partitions scans nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from nba_assets.contracts.contract import TableContract
from nba_assets.warehouses.protocol import QUALITY_TABLES, RUN_LEASE

SQL_TYPES = {
    pa.string(): "STRING",
    pa.int64(): "INT64",
    pa.float64(): "FLOAT64",
    pa.bool_(): "BOOL",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP",
}
MOST_CLUSTERING_COLUMNS = 4
STAGING_DAYS = 1
"""Time after which BigQuery deletes staging tables that a killed run left behind."""

LOGS = {"partition_log": "partition_log", "quarantine": "quarantine_log", "check_results": "check_results_log"}
"""The table behind each quality table. Nothing is ever deleted from one: two transactions that delete from a table
abort each other, two that insert do not."""


@dataclass(frozen=True)
class Names:
    """The names of datasets and tables: one dataset for each layer, for quality and for staging."""

    project: str
    prefix: str

    def dataset(self, layer: str) -> str:
        return f"{self.project}.{self.prefix}_{layer}"

    def table(self, layer: str, name: str) -> str:
        return f"{self.dataset(layer)}.{name}"

    def quality(self, name: str) -> str:
        return self.table("quality", name)

    def staging(self, name: str) -> str:
        return self.table("staging", name)


@dataclass(frozen=True)
class Field:
    """A column as declared in BigQuery."""

    name: str
    kind: str
    doc: str = ""
    is_required: bool = False

    @property
    def declaration(self) -> str:
        required = " NOT NULL" if self.is_required else ""
        options = f" OPTIONS(description={text(self.doc)})" if self.doc else ""
        return f"`{self.name}` {self.kind}{required}{options}"


def fields_of(contract: TableContract) -> list[Field]:
    """The columns of a table. Only key columns are NOT NULL: a column that is added later is NULL on earlier days."""
    keys = set(contract.full_key)
    return [
        Field(
            column.name,
            SQL_TYPES[arrow.type],
            f"{column.doc}{f' ({column.unit})' if column.unit else ''}"[:1024],
            column.name in keys,
        )
        for column, arrow in zip(contract.columns, contract.arrow_schema, strict=True)
    ]


def fields_of_log(name: str) -> list[Field]:
    """The columns of the table behind a quality table."""
    fields = [Field(column, SQL_TYPES[kind]) for column, kind in QUALITY_TABLES[name].items()]
    if name == "partition_log":
        return fields
    return [
        *fields,
        Field("sequence", "INT64", "Number of the write; only the rows of a day's newest write are current"),
        Field("is_marker", "BOOL", "True: not a row of the table, but marks earlier rows of the day as outdated"),
    ]


def text(value: str) -> str:
    """A string literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def day(value: date) -> str:
    """A DATE literal."""
    return f"DATE '{value:%Y-%m-%d}'"


def days_in(days: Iterable[date]) -> str:
    """Condition that selects the rows of the days."""
    return f"game_date IN ({', '.join(day(value) for value in days)})"


def at_time(moment: datetime | None) -> str:
    """Clause that reads a table as of a moment; empty for None."""
    return "" if moment is None else f" FOR SYSTEM_TIME AS OF TIMESTAMP '{moment.isoformat(timespec='microseconds')}'"


# Tables


def create_dataset(names: Names, layer: str, location: str) -> str:
    expires = f", default_table_expiration_days={STAGING_DAYS}" if layer == "staging" else ""
    return f"CREATE SCHEMA IF NOT EXISTS `{names.dataset(layer)}` OPTIONS(location={text(location)}{expires})"


def create_table(names: Names, contract: TableContract, former: str | None = None, held: Sequence[str] = ()) -> str:
    """Statement that creates the table of a contract, empty or with the rows of its former table.

    Args:
        names: names in the warehouse.
        contract: contract of the table.
        former: the former table, in the dataset of another layer.
        held: columns of the former table.
    """
    fields = fields_of(contract)
    of_key = [name for name in contract.full_key[1:] if contract.column(name).kind != "number"]
    cluster = f" CLUSTER BY {', '.join(f'`{name}`' for name in of_key[:MOST_CLUSTERING_COLUMNS])}" if of_key else ""
    rows = ""
    if former is not None:
        chosen = ", ".join(
            f"`{field.name}`" if field.name in held else f"CAST(NULL AS {field.kind}) AS `{field.name}`"
            for field in fields
        )
        rows = f" AS SELECT {chosen} FROM `{former}` WHERE game_date >= DATE '0001-01-01'"
    return (
        f"CREATE TABLE IF NOT EXISTS `{names.table(contract.layer, contract.name)}` "
        f"({', '.join(field.declaration for field in fields)}) PARTITION BY game_date{cluster} "
        f"OPTIONS(require_partition_filter=TRUE, description={text(contract.doc[:16000])}){rows}"
    )


def drop_table(table: str) -> str:
    return f"DROP TABLE IF EXISTS `{table}`"


def add_column(table: str, field: Field) -> str:
    """Added columns are never NOT NULL: BigQuery allows that only in a table without rows."""
    declared = Field(field.name, field.kind, field.doc).declaration
    return f"ALTER TABLE `{table}` ADD COLUMN IF NOT EXISTS {declared}"


def drop_column(table: str, name: str) -> str:
    return f"ALTER TABLE `{table}` DROP COLUMN IF EXISTS `{name}`"


def create_quality(names: Names) -> list[str]:
    """Statements that create the quality tables, the write counter, and the views of the current state."""
    return [
        *(
            f"CREATE TABLE IF NOT EXISTS `{names.quality(LOGS[name])}` "
            f"({', '.join(field.declaration for field in fields_of_log(name))}) CLUSTER BY `table_name`, `game_date`"
            for name in QUALITY_TABLES
        ),
        f"CREATE TABLE IF NOT EXISTS `{names.quality('write_counter')}` AS SELECT 0 AS value",
        f"CREATE OR REPLACE VIEW `{names.quality('quarantine')}` AS {current_rows(names, 'quarantine')}",
        f"CREATE OR REPLACE VIEW `{names.quality('check_results')}` AS {current_rows(names, 'check_results')}",
        f"CREATE OR REPLACE VIEW `{names.quality('ledger')}` AS {newest_ledger(names)}",
        # One row exists from the start: concurrent updates of a row conflict, insertions do not, so two could succeed.
        f"CREATE TABLE IF NOT EXISTS `{names.quality('leases')}` AS SELECT {text(RUN_LEASE)} AS name, "
        "CAST(NULL AS STRING) AS holder, '' AS description, TIMESTAMP '1970-01-01 00:00:00+00' AS expires_at",
    ]


# Reading


def current_time() -> str:
    return "SELECT CURRENT_TIMESTAMP() AS moment"


def select_rows(
    table: str,
    columns: Mapping[str, str],
    first: date,
    last: date,
    holding: Mapping[str, str],
    moment: datetime | None,
) -> str:
    """Query of the rows of a range of days.

    Args:
        table: the table.
        columns: expression of each column, by name.
        first: first day.
        last: last day.
        holding: only rows with these values in these text columns.
        moment: reads the table as of this moment.
    """
    chosen = ", ".join(f"{expression} AS `{name}`" for name, expression in columns.items())
    conditions = [f"game_date BETWEEN {day(first)} AND {day(last)}"]
    conditions += [f"`{name}` = {text(value)}" for name, value in holding.items()]
    return f"SELECT {chosen} FROM `{table}`{at_time(moment)} WHERE {' AND '.join(conditions)}"


def conditions_of(tables: Sequence[str] | None, first: date | None, last: date | None) -> list[str]:
    """Conditions that select rows of a quality table."""
    found: list[str] = []
    if tables is not None:
        found.append(f"table_name IN ({', '.join(text(name) for name in tables)})" if tables else "FALSE")
    if first is not None:
        found.append(f"game_date >= {day(first)}")
    if last is not None:
        found.append(f"game_date <= {day(last)}")
    return found


def _chosen(name: str, columns: Sequence[str] | None = None) -> str:
    return ", ".join(f"`{column}`" for column in columns or QUALITY_TABLES[name])


def _where(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions) or 'TRUE'}"


def all_ledger(
    names: Names,
    conditions: Sequence[str] = (),
    moment: datetime | None = None,
    columns: Sequence[str] | None = None,
) -> str:
    log = f"`{names.quality(LOGS['partition_log'])}`{at_time(moment)}"
    return f"SELECT {_chosen('partition_log', columns)} FROM {log} {_where(conditions)}"


def newest_ledger(names: Names, conditions: Sequence[str] = (), moment: datetime | None = None) -> str:
    """Query of the row with the highest sequence of each table and day."""
    newest = "ROW_NUMBER() OVER (PARTITION BY table_name, game_date ORDER BY sequence DESC) = 1"
    return f"{all_ledger(names, conditions, moment)} QUALIFY {newest}"


def current_rows(
    names: Names,
    name: str,
    conditions: Sequence[str] = (),
    moment: datetime | None = None,
    columns: Sequence[str] | None = None,
) -> str:
    """Query of the current rows of `quarantine` or `check_results`.

    Current are those of the newest write of a day, or of a check and day. Conditions may use only table_name and
    game_date; see `failing_results` for conditions on the result.
    """
    log = f"`{names.quality(LOGS[name])}`{at_time(moment)}"
    if name == "quarantine":
        is_newest = "sequence = MAX(sequence) OVER (PARTITION BY table_name, game_date)"
    else:
        cleared = "MAX(IF(check_name IS NULL, sequence, 0)) OVER (PARTITION BY table_name, game_date)"
        of_check = "MAX(sequence) OVER (PARTITION BY table_name, game_date, check_name)"
        is_newest = f"sequence = {of_check} AND sequence > {cleared}"
    inner = f"SELECT *, {is_newest} AS is_newest FROM {log} {_where(conditions)}"
    return f"SELECT {_chosen(name, columns)} FROM ({inner}) WHERE is_newest AND NOT is_marker"


def failing_results(names: Names, table: str, moment: datetime | None = None) -> str:
    rows = current_rows(names, "check_results", conditions_of([table], None, None), moment)
    return f"SELECT * FROM ({rows}) WHERE NOT passed"


# Writing


def _count_write(names: Names, numbers: int) -> str:
    """Statement that takes numbers from the write counter.

    Every write updates its only row, so that concurrent transactions conflict even if neither has rows to delete.
    """
    return f"UPDATE `{names.quality('write_counter')}` SET value = value + {max(numbers, 1)} WHERE TRUE"


def _counter(names: Names) -> str:
    return f"(SELECT value FROM `{names.quality('write_counter')}`)"


def _markers(names: Names, name: str, table: str, days: Sequence[date]) -> str:
    listed = ", ".join(day(value) for value in days)
    return (
        f"INSERT INTO `{names.quality(LOGS[name])}` (table_name, game_date, sequence, is_marker) "
        f"SELECT {text(table)}, a_day, {_counter(names)}, TRUE FROM UNNEST([{listed}]) AS a_day"
    )


def _append(names: Names, name: str, staged: str) -> str:
    chosen = _chosen(name)
    return (
        f"INSERT INTO `{names.quality(LOGS[name])}` ({chosen}, sequence, is_marker) "
        f"SELECT {chosen}, {_counter(names)}, FALSE FROM `{staged}`"
    )


def replace_days(
    names: Names,
    contract: TableContract,
    days: Sequence[date],
    rows: int,
    ledger_rows: int,
    staged: Mapping[str, str],
) -> list[str]:
    """The statements of the transaction that replaces days.

    Args:
        names: names in the warehouse.
        contract: contract of the table.
        days: days to replace.
        rows: number of new rows.
        ledger_rows: number of appended ledger rows, numbered from 1 in their staging table.
        staged: staging tables of `rows`, `partition_log` and `quarantine`, as far as they have rows.
    """
    table = names.table(contract.layer, contract.name)
    found = [_count_write(names, ledger_rows)]
    found.append(f"DELETE FROM `{table}` WHERE {days_in(days)}")
    if "rows" in staged:
        columns = ", ".join(f"`{name}`" for name in contract.column_names)
        found.append(f"INSERT INTO `{table}` ({columns}) SELECT {columns} FROM `{staged['rows']}`")
    found.append(
        f"ASSERT (SELECT COUNT(*) FROM `{table}` WHERE {days_in(days)}) = {rows} "
        f"AS {text(f'{contract.name}: the days do not have the {rows} staged rows; nothing was written')}"
    )
    found += [_markers(names, name, contract.name, days) for name in ("quarantine", "check_results")]
    if "quarantine" in staged:
        found.append(_append(names, "quarantine", staged["quarantine"]))
    if "partition_log" in staged:
        columns = _chosen("partition_log")
        numbered = columns.replace("`sequence`", f"{_counter(names)} - {ledger_rows} + `sequence`")
        log = names.quality(LOGS["partition_log"])
        found.append(f"INSERT INTO `{log}` ({columns}) SELECT {numbered} FROM `{staged['partition_log']}`")
    return found


def replace_check_results(
    names: Names, table: str, checks: Sequence[str], days: Sequence[date], staged: str | None
) -> list[str]:
    """The statements of the transaction that replaces check results.

    A marker for every check and day invalidates earlier results, in the same write as the new ones.
    """
    listed = ", ".join(day(value) for value in days)
    named = ", ".join(text(check) for check in checks)
    found = [
        _count_write(names, 1),
        f"INSERT INTO `{names.quality(LOGS['check_results'])}` "
        f"(table_name, check_name, game_date, sequence, is_marker) "
        f"SELECT {text(table)}, a_check, a_day, {_counter(names)}, TRUE "
        f"FROM UNNEST([{named}]) AS a_check CROSS JOIN UNNEST([{listed}]) AS a_day",
    ]
    return [*found, _append(names, "check_results", staged)] if staged is not None else found


# Leases, by the server's clock alone

LEASE_LOST = "the run lease is held by another process"


def _leases(names: Names) -> str:
    return f"`{names.quality('leases')}`"


def _expiry(seconds: float) -> str:
    return f"TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL {round(seconds * 1000)} MILLISECOND)"


def take_lease(names: Names, name: str, holder: str, description: str, seconds: float) -> list[str]:
    """The statements of the transaction that takes a lease which is free, expired or the holder's own.

    The write counter is updated, too, so that the transaction conflicts with a write of the former holder: either that
    write commits first, or it is aborted and its next attempt finds another holder.
    """
    return [
        f"UPDATE {_leases(names)} SET holder = {text(holder)}, description = {text(description)}, "
        f"expires_at = {_expiry(seconds)} WHERE name = {text(name)} "
        f"AND (holder IS NULL OR holder = {text(holder)} OR expires_at <= CURRENT_TIMESTAMP())",
        f"UPDATE `{names.quality('write_counter')}` SET value = value + 0 WHERE TRUE",
    ]


def insert_lease(names: Names, name: str, holder: str, description: str, seconds: float) -> str:
    """Statement for a lease that no other process takes: its name is unique to the holder."""
    return (
        f"INSERT INTO {_leases(names)} (name, holder, description, expires_at) "
        f"VALUES ({text(name)}, {text(holder)}, {text(description)}, {_expiry(seconds)})"
    )


def renew_leases(names: Names, holder: str, seconds: float) -> str:
    return f"UPDATE {_leases(names)} SET expires_at = {_expiry(seconds)} WHERE holder = {text(holder)}"


def give_back_lease(names: Names, name: str, holder: str) -> str:
    return (
        f"UPDATE {_leases(names)} SET holder = NULL, description = '', expires_at = CURRENT_TIMESTAMP() "
        f"WHERE name = {text(name)} AND holder = {text(holder)}"
    )


def delete_old_leases(names: Names) -> str:
    """Removes leases that expired more than a week ago."""
    return (
        f"DELETE FROM {_leases(names)} WHERE name != {text(RUN_LEASE)} "
        "AND expires_at < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 7 DAY)"
    )


def select_lease(names: Names, name: str) -> str:
    return (
        "SELECT holder, description, TIMESTAMP_DIFF(expires_at, CURRENT_TIMESTAMP(), MILLISECOND) / 1000 "
        f"AS seconds_left FROM {_leases(names)} WHERE name = {text(name)} ORDER BY expires_at DESC LIMIT 1"
    )


def require_lease(names: Names, holder: str | None) -> str:
    """Statement that aborts a write's transaction if another process holds the run lease."""
    refused = f"SELECT COUNT(*) FROM {_leases(names)} WHERE name = {text(RUN_LEASE)}"
    if holder is None:
        condition = f"({refused} AND holder IS NOT NULL AND expires_at > CURRENT_TIMESTAMP()) = 0"
    else:
        condition = f"({refused} AND holder = {text(holder)}) = 1"
    return f"ASSERT {condition} AS {text(LEASE_LOST)}"


def transaction(statements: Sequence[str]) -> str:
    """One script that executes all statements or none. COMMIT is the last one, so a job without error has committed."""
    return ";\n".join(["BEGIN TRANSACTION", *statements, "COMMIT TRANSACTION"]) + ";"


def record_source(names: Names) -> str:
    """Statement with the parameters @source and @recorded_at."""
    return (
        f"CREATE OR REPLACE TABLE `{names.quality('warehouse_source')}` AS "
        "SELECT @source AS source, @recorded_at AS recorded_at"
    )


def select_source(names: Names, moment: datetime | None = None) -> str:
    return f"SELECT source FROM `{names.quality('warehouse_source')}`{at_time(moment)}"


def is_filled(names: Names, moment: datetime | None = None) -> str:
    return f"SELECT 1 FROM `{names.quality(LOGS['partition_log'])}`{at_time(moment)} LIMIT 1"
