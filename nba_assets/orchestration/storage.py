"""Storage of Dagster's own records: `$NBA_HOME/dagster`, which has a default.

In dagster.yaml `env:` crashes if the variable is not set, and a relative path depends on the working directory. These
classes take the folder from the project's settings instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as db
from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.legacy_storage import CompositeStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS, create_db_conn_string
from dagster._serdes import ConfigurableClassData

from nba_assets.orchestration.event_log_sqlite import BatchingSqliteEventLogStorage
from nba_assets.runtime.first_use import first_use
from nba_assets.settings import Settings


def storage_folder() -> Path:
    """`$NBA_HOME/dagster`, created if missing."""
    folder = Settings().home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class _Waits:
    """Connections that wait for a lock as long as those of the event log; Dagster's give up after 5 s."""

    _conn_string: str

    @contextmanager
    def connect(self) -> Iterator[db.Connection]:
        waits = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
        engine = db.create_engine(self._conn_string, poolclass=db.NullPool, connect_args=waits)
        with engine.begin() as connection:
            yield connection


class Runs(_Waits, SqliteRunStorage):
    """Dagster's storage of runs, with a longer lock timeout."""


class Schedules(_Waits, SqliteScheduleStorage):
    """Dagster's storage of schedules, with a longer lock timeout."""


class NbaStorage(CompositeStorage):
    """Runs and schedules in Dagster's SQLite storages, events in the batching one."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> NbaStorage:
        folder = storage_folder()
        # Dagster's storages create missing tables without expecting another process to do the same.
        with first_use(folder):
            runs = Runs.from_local(str(folder / "history"))
            events = BatchingSqliteEventLogStorage(str(folder / "history" / "runs"))
            SqliteScheduleStorage.from_local(str(folder / "schedules"))  # creates the file; the class is fixed
        schedules = Schedules(create_db_conn_string(str(folder / "schedules"), "schedules"))
        return cls(run_storage=runs, event_log_storage=events, schedule_storage=schedules, inst_data=inst_data)


class NbaComputeLogs(LocalComputeLogManager):
    """Captured output of runs."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> NbaComputeLogs:
        return cls(base_dir=str(storage_folder() / "compute_logs"), inst_data=inst_data)


class NbaArtifacts(LocalArtifactStorage):
    """Files stored by Dagster itself."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> NbaArtifacts:
        return cls(base_dir=str(storage_folder()), inst_data=inst_data)
