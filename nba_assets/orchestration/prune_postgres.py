"""Deletes outdated records of Dagster from Postgres.

Here `event_logs` is the log of each run and the index of all runs in one. So of the events that the index needs no
more, the last of each table and check of each run stays, as in a run's file on SQLite. Evaluations are not written
shorter: this project has never written long ones into Postgres.

VACUUM makes the space of deleted rows available for new ones. Returning it to the operating system takes VACUUM FULL,
which locks the tables while it copies them; that is left to the administrator of the database. The sizes reported are
therefore those of the rows, not of the files.
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
"""For the lists of ids that stay. Beyond work_mem Postgres searches such a list from its beginning for each row."""
_OF_EVALUATION = "event::json #>> '{dagster_event,event_specific_data"


def _is_not_last_in_run(kind: str, *alike: str) -> str:
    """The condition that a later event of the run has the same type and the same values of these columns."""
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
        connection: to the database, which commits each statement by itself.
        finished: ids of the runs that are over, and ''.
        is_dry: count only.
        tell: hears of each step.
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
        # The connection goes back to a pool.
        connection.exec_driver_sql("DROP TABLE IF EXISTS finished")
        connection.exec_driver_sql("RESET work_mem")
    return Pruned(rows, before, before - freed)


def _counted(connection: Connection, table: str, condition: str) -> tuple[int, int]:
    """The number of rows and their bytes."""
    of_rows = f"SELECT count(*), coalesce(sum(pg_column_size({table}.*)), 0) FROM {table} WHERE {condition}"
    count, size = connection.exec_driver_sql(of_rows).one()
    return int(count), int(size)


def _write(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)
