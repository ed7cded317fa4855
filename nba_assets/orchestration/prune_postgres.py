"""Deletes outdated records of Dagster from Postgres.

In Postgres `event_logs` is both the log of each run and the index of all runs. So of the events that the index no
longer needs, the last one of each table and check of each run is kept, as in a run's file on SQLite. Evaluations are
not shortened, because the project has never written long ones to Postgres.

VACUUM makes the space of deleted rows available for new ones. Returning it to the operating system requires VACUUM
FULL, which locks the tables while it copies them; that is left to the database administrator. Reported sizes are
therefore those of rows, not of files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as db
from sqlalchemy.engine import Connection

from nba_assets.orchestration.outdated import (
    EVALUATION,
    IS_FINISHED,
    MADE,
    OUTDATED_TAGS,
    PLANNED,
    PLANS_OF_MADE,
    REPLACED_EVALUATIONS,
    REPLACED_MATERIALIZATIONS,
    Pruned,
)

_TABLES = ("event_logs", "asset_check_executions", "asset_event_tags")
_MEMORY = "256MB"
"""work_mem for the lists of ids to keep: if a list does not fit, Postgres searches it linearly for each row."""
_OF_EVALUATION = "event::json #>> '{dagster_event,event_specific_data"


def _is_not_last_in_run(kind: str, *alike: str) -> str:
    """Condition: a later event of the run has the same type and equal values in these columns."""
    columns = ", ".join(["run_id", *alike])
    return f"id NOT IN (SELECT max(id) FROM event_logs WHERE dagster_event_type = '{kind}' GROUP BY {columns})"


_RECORDS = {
    "evaluations of a check and day that a newer one replaces": ("asset_check_executions", REPLACED_EVALUATIONS),
    "copies of evaluations": (
        "event_logs",
        f"dagster_event_type = '{EVALUATION}' AND {IS_FINISHED} AND "
        # The column asset_key is NULL for evaluations.
        + _is_not_last_in_run(EVALUATION, f"{_OF_EVALUATION},asset_key}}'", f"{_OF_EVALUATION},check_name}}'"),
    ),
    "plans of materializations that were made": (
        "event_logs",
        f"{PLANS_OF_MADE} AND {_is_not_last_in_run(PLANNED, 'asset_key')}",
    ),
    "tags of materializations that a newer one replaces": ("asset_event_tags", OUTDATED_TAGS),
    "materializations of a table and day that a newer one replaces": (
        "event_logs",
        f"{REPLACED_MATERIALIZATIONS} AND {_is_not_last_in_run(MADE, 'asset_key')}",
    ),
}
"""What is deleted, in this order: table and condition."""


def prune_postgres(
    connection: Connection, finished: Sequence[str], is_dry: bool, tell: Callable[[str], None]
) -> Pruned:
    """Deletes the outdated records.

    Args:
        connection: connection to the database in autocommit mode.
        finished: ids of the finished runs, and ''.
        is_dry: count only.
        tell: called with a description of each step.
    """
    connection.exec_driver_sql(f"SET work_mem = '{_MEMORY}'")
    try:
        connection.exec_driver_sql("CREATE TEMP TABLE finished (run_id text PRIMARY KEY)")
        connection.execute(db.text("INSERT INTO finished VALUES (:run_id)"), [{"run_id": run} for run in finished])
        connection.exec_driver_sql("ANALYZE finished")
        before = sum(_counted(connection, table, "TRUE")[1] for table in _TABLES)
        rows, freed = {}, 0
        for what, (table, condition) in _RECORDS.items():
            rows[what], size = _counted(connection, table, condition)
            freed += size
            if rows[what] and not is_dry:
                tell(f"{rows[what]:,} {what}")
                _write(connection, f"DELETE FROM {table} WHERE {condition}")
        if freed and not is_dry:
            tell("making their space available for new records")
            _write(connection, f"VACUUM (ANALYZE) {', '.join(_TABLES)}")
    finally:
        # The connection returns to a pool.
        connection.exec_driver_sql("DROP TABLE IF EXISTS finished")
        connection.exec_driver_sql("RESET work_mem")
    return Pruned(rows, before, before - freed)


def _counted(connection: Connection, table: str, condition: str) -> tuple[int, int]:
    """Number of rows and their size in bytes."""
    of_rows = f"SELECT count(*), coalesce(sum(pg_column_size({table}.*)), 0) FROM {table} WHERE {condition}"
    count, size = connection.exec_driver_sql(of_rows).one()
    return int(count), int(size)


def _write(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)
