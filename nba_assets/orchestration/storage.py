"""Where Dagster keeps its own records: below `$NBA_HOME/dagster`, which has a default.

dagster.yaml could name the folder by `env:`, which crashes when the variable is not set, or by a relative path, which
follows the working directory. These classes take the folder from the settings of the project instead.
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

from nba_assets.orchestration.event_log import BatchingSqliteEventLogStorage
from nba_assets.runtime.first_use import first_use
from nba_assets.settings import Settings


def storage_folder() -> Path:
    """`$NBA_HOME/dagster`, made when missing."""
    folder = Settings().home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class _Waits:
    """Connections that wait for a lock as long as the event log's; the stock ones give up after 5 s."""

    _conn_string: str

    @contextmanager
    def connect(self) -> Iterator[db.Connection]:
        waits = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
        engine = db.create_engine(self._conn_string, poolclass=db.NullPool, connect_args=waits)
        with engine.begin() as connection:
            yield connection


class Runs(_Waits, SqliteRunStorage):
    """The stock storage of runs, with more patience."""


class Schedules(_Waits, SqliteScheduleStorage):
    """The stock storage of schedules, with more patience."""


class NbaStorage(CompositeStorage):
    """Runs and schedules in the stock SQLite storages, events in the batching one."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> NbaStorage:
        folder = storage_folder()
        with first_use(folder):  # the stock storages create missing tables and do not expect another process to do so
            runs = Runs.from_local(str(folder / "history"))
            events = BatchingSqliteEventLogStorage(str(folder / "history" / "runs"))
            SqliteScheduleStorage.from_local(str(folder / "schedules"))  # makes the file; the class is fixed
        schedules = Schedules(create_db_conn_string(str(folder / "schedules"), "schedules"))
        return cls(run_storage=runs, event_log_storage=events, schedule_storage=schedules, inst_data=inst_data)


class NbaComputeLogs(LocalComputeLogManager):
    """What runs print."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> NbaComputeLogs:
        return cls(base_dir=str(storage_folder() / "compute_logs"), inst_data=inst_data)


class NbaArtifacts(LocalArtifactStorage):
    """What Dagster itself stores as files."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> NbaArtifacts:
        return cls(base_dir=str(storage_folder()), inst_data=inst_data)
