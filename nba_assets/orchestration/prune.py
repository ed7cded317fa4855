"""Deletes outdated records of Dagster, keeping the newest per day and check, and frees the disk space.

What belongs here: deleting records of finished runs that nothing displays any more. What does not: the tables
themselves, and the runs, which remain in the list of runs with their tags, status and steps.

What is kept is defined in outdated.py. This module deletes from SQLite, where the log of a run is a file of its own
beside the index of all runs; prune_postgres.py deletes from Postgres, where both are one table.

Each statement is a separate transaction that leaves consistent records, so an interrupted prune loses nothing and the
next one resumes. Ids are never reused, because the newest row of each table is always kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS

from nba_assets.engine.platform import Platform
from nba_assets.orchestration.event_log import BatchedEvents
from nba_assets.orchestration.event_log_sqlite import BatchingSqliteEventLogStorage
from nba_assets.orchestration.event_texts import BRIEFLY_WITHOUT
from nba_assets.orchestration.outdated import (
    EVALUATION,
    EVALUATION_PLANNED,
    IS_FINISHED,
    MADE,
    OUTDATED_TAGS,
    PLANNED,
    PLANS_OF_MADE,
    REPLACED_EVALUATIONS,
    REPLACED_MATERIALIZATIONS,
    Pruned,
)
from nba_assets.orchestration.prune_postgres import prune_postgres
from nba_assets.runtime.known_errors import ExplainedError

_IS_BRIEF = "json_type(evaluation_event, '$.dagster_event.pid') IS NULL"
_LEFT_OUT = ", ".join(f"'$.dagster_event.{name}'" for name in BRIEFLY_WITHOUT)
_BRIEF = f"json_set(json_remove(evaluation_event, '$.message', {_LEFT_OUT}), '$.user_message', '')"
"""The text that event_log.brief returns."""

_INDEX = {
    "evaluations of a check and day that a newer one replaces": ("asset_check_executions", REPLACED_EVALUATIONS),
    "copies of evaluations": (
        "event_logs",
        f"dagster_event_type IN ('{EVALUATION}', '{EVALUATION_PLANNED}') AND {IS_FINISHED} "
        "AND id < (SELECT max(id) FROM event_logs)",
    ),
    "plans of materializations that were made": ("event_logs", PLANS_OF_MADE),
    "tags of materializations that a newer one replaces": ("asset_event_tags", OUTDATED_TAGS),
    "materializations of a table and day that a newer one replaces": ("event_logs", REPLACED_MATERIALIZATIONS),
}
"""What is deleted from the index, in this order: table and condition. `finished` contains the finished runs, and ''."""
_RUN = {
    kind: (
        "event_logs",
        f"dagster_event_type = '{kind}' AND id NOT IN (SELECT max(id) FROM event_logs "
        f"WHERE dagster_event_type = '{kind}' GROUP BY asset_key, "
        # the column is NULL for evaluations
        "json_extract(event, '$.dagster_event.event_specific_data.asset_key'), "
        "json_extract(event, '$.dagster_event.event_specific_data.check_name')) "
        "AND id < (SELECT max(id) FROM event_logs)",
    )
    for kind in (EVALUATION, MADE, PLANNED)
}
"""What is deleted from the file of a finished run."""


def prune(instance: dg.DagsterInstance, platform: Platform, *, is_dry: bool, tell: Callable[[str], None]) -> Pruned:
    """Prunes the records of finished runs; the web UI may keep running.

    Args:
        instance: Dagster's instance.
        platform: its run lock is taken, so that no run starts to write.
        is_dry: count only.
        tell: called with a description of each step.

    Raises:
        ExplainedError: a run is writing, or the records are in no storage of this project.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, BatchedEvents):
        raise ExplainedError(
            f"Dagster's events are in {type(storage).__name__}; prune supports only the storages of this project. Set "
            "DAGSTER_HOME to the folder of the project, or to one whose dagster.yaml names NbaPostgresStorage."
        )
    with platform.try_run_lock() as is_free:
        if not is_free:
            raise ExplainedError(
                "A run is writing, and its records must stay as they are. Run nba-assets prune again when it is over; "
                "nba-assets status and the page Runs of the web UI show it."
            )
        finished = [run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=FINISHED_STATUSES))]
        if isinstance(storage, BatchingSqliteEventLogStorage):
            return _prune(finished, Path(storage.path_for_shard("index")), is_dry, tell)
        with storage.index_connection() as connection:
            return prune_postgres(connection, ["", *finished], is_dry, tell)


def _prune(finished: Sequence[str], index: Path, is_dry: bool, tell: Callable[[str], None]) -> Pruned:
    files = [(index, _INDEX, ["", *finished])]
    files += [(path, _RUN, []) for run_id in finished if (path := index.with_name(f"{run_id}.db")).exists()]
    rows: dict[str, int] = {}
    before, freed = _size(index.parent), 0
    for path, records, runs in files:
        with _opened(path, runs) as connection:
            for what, (table, condition) in records.items():
                name = what if path == index else "events of run files that the index or the tables hold too"
                count, size = _count(connection, table, condition)
                rows[name] = rows.get(name, 0) + count
                freed += size
                if count and not is_dry:
                    tell(f"{path.name}: {count:,} {what}")
                    _write(connection, f"DELETE FROM {table} WHERE {condition}")
            if path == index:
                of_finished = f"{IS_FINISHED} AND execution_status <> 'PLANNED' AND NOT {_IS_BRIEF}"
                count, _ = _count(connection, "asset_check_executions", of_finished, "0")
                rows["evaluations written shorter"] = count
                if count and not is_dry:
                    tell(f"{path.name}: {count:,} evaluations written shorter")
                    _write(
                        connection,
                        f"UPDATE asset_check_executions SET evaluation_event = {_BRIEF} WHERE {of_finished}",
                    )
            if not is_dry:
                _give_back(connection, path, tell)
    return Pruned(rows, before, before - freed if is_dry else _size(index.parent))


@contextmanager
def _opened(path: Path, runs: Sequence[str]) -> Iterator[sqlite3.Connection]:
    """A connection in autocommit mode, with the finished runs in the temporary table `finished`."""
    with closing(sqlite3.connect(path, timeout=SQLITE_BUSY_TIMEOUT_SECONDS, isolation_level=None)) as connection:
        connection.execute("CREATE TEMP TABLE finished (run_id TEXT PRIMARY KEY)")
        connection.executemany("INSERT INTO finished VALUES (?)", [(run_id,) for run_id in runs])
        yield connection


def _count(connection: sqlite3.Connection, table: str, condition: str, size: str | None = None) -> tuple[int, int]:
    """Number of rows and their approximate size in bytes."""
    text = {"event_logs": "event", "asset_check_executions": "evaluation_event"}.get(table, "value")
    measured = size or f"coalesce(sum(length({text})), 0)"
    count, found = connection.execute(f"SELECT count(*), {measured} FROM {table} WHERE {condition}").fetchone()
    return int(count), int(found)


def _write(connection: sqlite3.Connection, statement: str) -> None:
    connection.execute(statement)


def _give_back(connection: sqlite3.Connection, path: Path, tell: Callable[[str], None]) -> None:
    """Runs VACUUM if at least a tenth of the file is free; readers can continue, writers wait."""
    (pages,), (free,) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count"))
    if free * 10 >= pages:
        tell(f"{path.name}: giving back {free / pages:.0%} of the file")
        connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
