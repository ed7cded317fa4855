"""Where Dagster keeps its own records: below `$NBA_HOME/dagster`, which has a default.

dagster.yaml could name the folder by `env:`, which crashes when the variable is not set, or by a relative path, which
follows the working directory. These classes take the folder from the settings of the project instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.legacy_storage import CompositeStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._serdes import ConfigurableClassData

from nba_assets.dagster_ext.event_log import BatchingSqliteEventLogStorage
from nba_assets.settings import Settings


def storage_folder() -> Path:
    """`$NBA_HOME/dagster`, made when missing."""
    folder = Settings().home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class NbaStorage(CompositeStorage):
    """Runs and schedules in the stock SQLite storages, events in the batching one."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> NbaStorage:
        folder = storage_folder()
        return cls(
            run_storage=SqliteRunStorage.from_local(str(folder / "history"), inst_data=None),
            event_log_storage=BatchingSqliteEventLogStorage(str(folder / "history" / "runs")),
            schedule_storage=SqliteScheduleStorage.from_local(str(folder / "schedules"), inst_data=None),
            inst_data=inst_data,
        )


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
