"""Asset check states that are kept in memory and recomputed only for the assets that changed.

What belongs here: the status of every check and partition, as the web UI asks for it. What does not: how events are
written.

`EventLogStorage.get_asset_check_state` of Dagster recomputes the state of every check from all its rows at each poll,
one set union per partition: 1.4 s for an asset with seven checks and 1,343 days, minutes for all checks of the
project. `KeptCheckStates` gives the same answers but

* caches them with the version of the asset that they were computed from. Triggers in the database raise the version in
  the transaction that changes the rows, whoever writes: another process, an older version of the project, a deletion. A
  cached state is used only while the version is the same, so it can be missing but never wrong;
* reads the newest row of each check and partition of an asset with one query over a covering index;
* builds the partitions of a status from ranges of days instead of day by day.

The states are cached in memory. A new webserver computes all states of four seasons in about two seconds, and a copy on
disk could differ from the rows.

The mixin is placed before any SqlEventLogStorage. Only the text of the triggers depends on the SQL dialect: a database
needs an entry in `TRIGGERS` to use it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
import numpy as np
import sqlalchemy as db
from dagster import AssetCheckKey, AssetKey, DagsterEventType
from dagster._core.asset_graph_view.serializable_entity_subset import SerializableEntitySubset
from dagster._core.definitions.partitions.definition import TimeWindowPartitionsDefinition
from dagster._core.definitions.partitions.subset import TimeWindowPartitionsSubset
from dagster._core.definitions.partitions.utils import PersistedTimeWindow, TimeWindow
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecordStatus,
    AssetCheckExecutionResolvedStatus,
)
from dagster._core.storage.asset_check_state import AssetCheckState
from dagster._core.storage.dagster_run import FINISHED_STATUSES, DagsterRunStatus, RunsFilter
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from sqlalchemy.engine import Connection

_executions = AssetCheckExecutionsTable
_metadata = db.MetaData()
VERSIONS = db.Table(
    "check_state_versions",
    _metadata,
    db.Column("asset_key", db.Text, primary_key=True),
    # Starts at a random number: versions must not repeat after the database was deleted and created again.
    db.Column("version", db.BigInteger, nullable=False),
)
_COVERING_INDEX = "idx_asset_check_executions_states"
_COVERED = (
    *("asset_key", "check_name", "partition", "id", "evaluation_event_storage_id"),
    *("materialization_event_storage_id", "execution_status", "run_id"),
)
_MOST_SUBSETS = 4096
_FIRST_VERSION = {"sqlite": "random() / 2", "postgresql": "floor(random() * 4611686018427387904)::bigint"}
_IS_MADE = f"{{row}}.dagster_event_type = '{DagsterEventType.ASSET_MATERIALIZATION.value}'"
_WATCHED = {
    "executions": ("asset_check_executions", "", "", "asset_key"),
    "materializations": ("event_logs", f" AND {_IS_MADE}", "", "asset_key, dagster_event_type"),
    # Dagster also stores caches in asset_keys, which do not change a state.
    "assets": (
        "asset_keys",
        "",
        " OF wipe_timestamp, last_materialization, asset_details, asset_key",
        "asset_key",
    ),
}
"""Changes of the rows that a state is computed from; they raise the version of the asset. By name: table, further
condition, relevant columns, columns that could move a row to another asset."""


def _sqlite_triggers() -> dict[str, str]:
    """SQL text of each trigger by name."""
    found = {}
    for what, (table, condition, columns, moving) in _WATCHED.items():
        for name, event, row in (
            ("insert", "INSERT", "NEW"),
            ("delete", "DELETE", "OLD"),
            ("update", f"UPDATE{columns}", "NEW"),
            ("move", f"UPDATE OF {moving}", "OLD"),
        ):
            trigger = f"check_state_{what}_{name}"
            found[trigger] = (
                f"CREATE TRIGGER IF NOT EXISTS {trigger} AFTER {event} ON {table} "
                f"WHEN {row}.asset_key IS NOT NULL{condition.format(row=row)} BEGIN "
                f"INSERT INTO {VERSIONS.name} (asset_key, version) "
                f"VALUES ({row}.asset_key, {_FIRST_VERSION['sqlite']}) "
                "ON CONFLICT (asset_key) DO UPDATE SET version = version + 1; END"
            )
    return found


_OF_ASSETS = ("asset_key", "wipe_timestamp", "last_materialization", "asset_details")


def _postgres_triggers() -> dict[str, str]:
    """SQL text of each trigger by name; called per statement because each raise of a version leaves a dead row."""
    found = {}
    for what, (table, condition, _, _) in _WATCHED.items():
        for event, changed in (("INSERT", ["new"]), ("DELETE", ["old"]), ("UPDATE", ["new", "old"])):
            name = f"check_state_{what}_{event.lower()}"
            rows = " UNION ".join(
                f"SELECT asset_key FROM {each}_rows WHERE asset_key IS NOT NULL{condition.format(row=f'{each}_rows')}"
                for each in changed
            )
            if what == "assets" and event == "UPDATE":
                new, old = (", ".join(f"{each}_rows.{column}" for column in _OF_ASSETS) for each in changed)
                rows = " UNION ".join(
                    f"SELECT {each}_rows.asset_key FROM new_rows JOIN old_rows USING (id) "
                    f"WHERE ({new}) IS DISTINCT FROM ({old})"
                    for each in changed
                )
            tables = " ".join(f"{each.upper()} TABLE AS {each}_rows" for each in changed)
            # Sorted, so that two transactions never wait for each other.
            found[name] = (
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"INSERT INTO {VERSIONS.name} AS held (asset_key, version) "
                f"SELECT asset_key, {_FIRST_VERSION['postgresql']} FROM (SELECT DISTINCT asset_key FROM ({rows}) AS a "
                "ORDER BY asset_key) AS changed "
                "ON CONFLICT (asset_key) DO UPDATE SET version = held.version + 1; RETURN NULL; END $$; "
                f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table} REFERENCING {tables} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
            )
    return found


TRIGGERS: Mapping[str, Mapping[str, str]] = {"sqlite": _sqlite_triggers(), "postgresql": _postgres_triggers()}
"""SQL text of each trigger by dialect and name."""


def names_of_check_states(dialect: str) -> set[str]:
    """Names of the objects that `prepare_check_states` creates."""
    return {VERSIONS.name, _COVERING_INDEX, *TRIGGERS[dialect]}


def prepare_check_states(connection: Connection) -> None:
    """Creates the table of versions, the triggers and the covering index if they are missing.

    In one transaction that excludes writers: an asset that is written to before it has a version would look unchanged.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE asset_check_executions, event_logs, asset_keys IN EXCLUSIVE MODE")
    _metadata.create_all(connection)
    for text in TRIGGERS[connection.dialect.name].values():
        connection.exec_driver_sql(text)
    columns = ", ".join(f'"{column}"' for column in _COVERED)
    connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {_COVERING_INDEX} ON {_executions.name} ({columns})")
    connection.exec_driver_sql(
        f"INSERT INTO {VERSIONS.name} (asset_key, version) SELECT asset_key, "
        f"{_FIRST_VERSION[connection.dialect.name]} FROM asset_keys "
        "WHERE asset_key IS NOT NULL ON CONFLICT (asset_key) DO NOTHING"
    )


_FEWEST_ROWS_AT_ONCE = 100
"""Rows from which on it takes less time to replace the triggers than to run them."""
_OF_EXECUTIONS = ("check_state_executions_insert", "check_state_executions_update")


@contextmanager
def versions_raised_once(connection: Connection, asset_keys: Sequence[str], rows: int) -> Iterator[None]:
    """Within the block rows of these assets are inserted into or updated in `asset_check_executions`.

    SQLite runs a trigger for each row, which takes longer than writing the row. For many rows the versions are raised
    once, and the triggers are absent meanwhile. No other connection sees that: creating and dropping triggers belongs
    to the transaction, which excludes other writers and is rolled back as a whole.
    """
    if connection.dialect.name != "sqlite" or rows < _FEWEST_ROWS_AT_ONCE:
        yield
        return
    for name in _OF_EXECUTIONS:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    yield
    for name in _OF_EXECUTIONS:
        connection.exec_driver_sql(TRIGGERS["sqlite"][name])
    raised = (
        f"INSERT INTO {VERSIONS.name} (asset_key, version) VALUES (?, {_FIRST_VERSION['sqlite']}) "
        "ON CONFLICT (asset_key) DO UPDATE SET version = version + 1"
    )
    connection.exec_driver_sql(raised, [(key,) for key in sorted(set(asset_keys))])


@dataclass(frozen=True)
class _Outcomes:
    """Outcomes of a check from its rows, before run statuses are looked up; days are positions in the calendar."""

    latest_storage_id: int
    by_status: Mapping[AssetCheckExecutionResolvedStatus, Sequence[int]]
    planned: Mapping[str, Sequence[int]]
    """By run id."""


@dataclass(frozen=True)
class _Kept:
    version: int
    calendar: _Calendar
    outcomes: _Outcomes
    run_statuses: Mapping[str, DagsterRunStatus]
    state: AssetCheckState


class _Calendar:
    """The partitions of a definition at a given time, and subsets of them by position."""

    def __init__(self, partitions_def: TimeWindowPartitionsDefinition, end: object) -> None:
        self.partitions_def, self.end = partitions_def, end
        keys = partitions_def.get_partition_keys()
        windows = partitions_def.time_windows_for_partition_keys(frozenset(keys), validate=False)
        self._windows = sorted(windows, key=lambda window: window.start.timestamp())
        self.position = {key: position for position, key in enumerate(keys)}
        self._subsets: dict[bytes, TimeWindowPartitionsSubset] = {}

    def subset(self, positions: Sequence[int]) -> TimeWindowPartitionsSubset:
        """The partitions at the positions; cached, because many checks share the same ones."""
        places = np.unique(np.asarray(positions, dtype=np.int64))
        name = places.tobytes()
        if name not in self._subsets:
            if len(self._subsets) >= _MOST_SUBSETS:  # during a run each poll may see different days
                self._subsets.clear()
            zone = self.partitions_def.timezone
            ranges = np.split(places, np.flatnonzero(np.diff(places) != 1) + 1) if len(places) else []
            self._subsets[name] = TimeWindowPartitionsSubset(
                self.partitions_def,
                num_partitions=len(places),
                included_time_windows=[
                    PersistedTimeWindow.from_public_time_window(
                        TimeWindow(self._windows[of_range[0]].start, self._windows[of_range[-1]].end), zone
                    )
                    for of_range in ranges
                ],
            )
        return self._subsets[name]


class KeptCheckStates(SqlEventLogStorage):
    """Answers `get_asset_check_state` from memory while nothing that it depends on has changed."""

    _ATTEMPTS = 3
    """How often rows are read again if they changed during the read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._kept: dict[tuple[AssetCheckKey, dg.PartitionsDefinition[Any]], _Kept] = {}
        self._calendars: dict[dg.PartitionsDefinition[Any], _Calendar] = {}
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]

    def get_asset_check_state(
        self, keys: Sequence[tuple[AssetCheckKey, dg.PartitionsDefinition[Any] | None]]
    ) -> Mapping[AssetCheckKey, AssetCheckState]:
        """The state of each check, equal to what Dagster's own storage computes from the same rows.

        Checks without partitions, or whose partitions are no gapless time windows, are left to Dagster.
        """
        ours: dict[AssetKey, list[tuple[AssetCheckKey, _Calendar]]] = defaultdict(list)
        stock = []
        calendars: dict[dg.PartitionsDefinition[Any], _Calendar] = {}
        for key, partitions_def in keys:
            if isinstance(partitions_def, TimeWindowPartitionsDefinition) and not partitions_def.exclusions:
                if partitions_def not in calendars:
                    calendars[partitions_def] = self._calendar(partitions_def)
                ours[key.asset_key].append((key, calendars[partitions_def]))
            else:
                stock.append((key, partitions_def))
        found = dict(super().get_asset_check_state(stock)) if stock else {}
        outcomes: dict[AssetCheckKey, tuple[int | None, _Calendar, _Outcomes]] = {}
        versions = self._versions(list(ours))
        for asset_key, wanted in ours.items():
            missing = []
            for key, calendar in wanted:
                kept = self._kept.get((key, calendar.partitions_def))
                if kept and kept.version == versions.get(asset_key) and kept.calendar is calendar:
                    outcomes[key] = (kept.version, calendar, kept.outcomes)
                else:
                    missing.append((key, calendar))
            if missing:
                outcomes |= self._read(asset_key, missing)
        run_ids = {run_id for _, _, of_check in outcomes.values() for run_id in of_check.planned}
        finished = self._finished_runs(run_ids)
        for key, (version, calendar, of_check) in outcomes.items():
            statuses = {run_id: finished[run_id] for run_id in of_check.planned if run_id in finished}
            kept = self._kept.get((key, calendar.partitions_def))
            if kept is not None and kept.outcomes is of_check and kept.run_statuses == statuses:
                found[key] = kept.state
                continue
            found[key] = _state(key, calendar, of_check, statuses)
            if version is not None:
                self._kept[key, calendar.partitions_def] = _Kept(version, calendar, of_check, statuses, found[key])
        return found

    def _calendar(self, partitions_def: TimeWindowPartitionsDefinition) -> _Calendar:
        """The current calendar: a new day adds a partition."""
        end = (partitions_def.get_first_partition_window(), partitions_def.get_last_partition_window())
        known = self._calendars.get(partitions_def)
        if known is None or known.end != end:
            known = self._calendars[partitions_def] = _Calendar(partitions_def, end)
        return known

    def _versions(self, asset_keys: Sequence[AssetKey]) -> dict[AssetKey, int]:
        names = {key.to_string(): key for key in asset_keys}
        query = db.select(VERSIONS.c.asset_key, VERSIONS.c.version).where(VERSIONS.c.asset_key.in_(list(names)))
        with self.index_connection() as connection:
            return {names[name]: version for name, version in connection.execute(query)}

    def _read(
        self, asset_key: AssetKey, wanted: Sequence[tuple[AssetCheckKey, _Calendar]]
    ) -> dict[AssetCheckKey, tuple[int | None, _Calendar, _Outcomes]]:
        """Outcomes of an asset's checks, and the version of the asset that they belong to.

        The version is None, so that they are not cached, if there is none or if a run changes the rows faster than they
        are read.
        """
        for _ in range(self._ATTEMPTS):
            before = self._versions([asset_key]).get(asset_key)
            rows = self._newest_rows(asset_key, [key.name for key, _ in wanted])
            unpartitioned = self._get_latest_unpartitioned_materialization_storage_ids([asset_key]).get(asset_key)
            is_same = before == self._versions([asset_key]).get(asset_key)
            if is_same:
                break
        by_name: dict[str, list[Sequence[Any]]] = defaultdict(list)
        for row in rows:
            by_name[row[0]].append(row)
        version = before if is_same else None
        return {
            key: (version, calendar, _outcomes(by_name[key.name], calendar, unpartitioned)) for key, calendar in wanted
        }

    def _newest_rows(self, asset_key: AssetKey, check_names: Sequence[str]) -> Sequence[Sequence[Any]]:
        """The newest row of each check and partition: check, partition, status, event, target, run, materialization."""
        made = self._latest_event_ids_by_partition_subquery(asset_key, [DagsterEventType.ASSET_MATERIALIZATION])
        rows = _executions.c
        newest = (
            db.select(rows.check_name, rows.partition, db.func.max(rows.id).label("id"))
            .where(rows.asset_key == asset_key.to_string())
            .where(rows.check_name.in_(check_names))
            .where(rows.evaluation_event_storage_id.is_not(None))
            .group_by(rows.check_name, rows.partition)
            .subquery()
        )
        # The conditions before the id are redundant; with them only the covering index is read.
        is_newest = db.and_(
            rows.asset_key == asset_key.to_string(),
            rows.check_name == newest.c.check_name,
            rows.partition.is_not_distinct_from(newest.c.partition),
            rows.id == newest.c.id,
        )
        query = db.select(
            rows.check_name,
            rows.partition,
            rows.execution_status,
            rows.evaluation_event_storage_id,
            rows.materialization_event_storage_id,
            rows.run_id,
            made.c.id,
        ).select_from(newest.join(_executions, is_newest).outerjoin(made, made.c.partition == rows.partition))
        with self.index_connection() as connection:
            return connection.execute(query).fetchall()

    def _finished_runs(self, run_ids: set[str]) -> dict[str, DagsterRunStatus]:
        if not run_ids:
            return {}
        chosen = RunsFilter(run_ids=sorted(run_ids), statuses=FINISHED_STATUSES)
        return {run.run_id: run.status for run in self._instance.get_runs(filters=chosen)}


def _outcomes(rows: Sequence[Sequence[Any]], calendar: _Calendar, unpartitioned: int | None) -> _Outcomes:
    status = AssetCheckExecutionResolvedStatus
    planned_value = AssetCheckExecutionRecordStatus.PLANNED.value
    by_value = {
        AssetCheckExecutionRecordStatus.SUCCEEDED.value: status.SUCCEEDED,
        AssetCheckExecutionRecordStatus.FAILED.value: status.FAILED,
    }
    latest_storage_id = 0
    by_status: dict[AssetCheckExecutionResolvedStatus, list[int]] = defaultdict(list)
    planned: dict[str, list[int]] = defaultdict(list)
    for _, partition, value, event_id, target, run_id, materialization in rows:
        made = max(materialization or 0, unpartitioned or 0)
        latest_storage_id = max(latest_storage_id, event_id, made)
        position = calendar.position.get(partition)
        if position is None:
            continue
        if value == planned_value:
            planned[run_id].append(position)
        elif not made or made == target:  # a result for an older materialization does not apply to the newest
            by_status[by_value[value]].append(position)
    return _Outcomes(latest_storage_id, by_status, planned)


def _state(
    key: AssetCheckKey, calendar: _Calendar, outcomes: _Outcomes, run_statuses: Mapping[str, DagsterRunStatus]
) -> AssetCheckState:
    """State of a check. Planned checks of a finished run were skipped, those of a failed run failed to execute."""
    status = AssetCheckExecutionResolvedStatus
    days = {**dict.fromkeys(status, ()), **outcomes.by_status}
    in_progress = {}
    for run_id, positions in outcomes.planned.items():
        match run_statuses.get(run_id):
            case None:
                in_progress[run_id] = SerializableEntitySubset(key, calendar.subset(positions))
                resolved = status.IN_PROGRESS
            case DagsterRunStatus.FAILURE:
                resolved = status.EXECUTION_FAILED
            case _:
                resolved = status.SKIPPED
        days[resolved] = [*days[resolved], *positions]
    return AssetCheckState(
        latest_storage_id=outcomes.latest_storage_id,
        subsets={name: SerializableEntitySubset(key, calendar.subset(days[name])) for name in status},
        in_progress_runs=in_progress,
    )
