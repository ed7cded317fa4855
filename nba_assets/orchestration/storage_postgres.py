"""Storage of Dagster's records for several machines: Postgres, with the batching event log."""

from __future__ import annotations

from typing import Any

from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.config import pg_config
from dagster._core.storage.legacy_storage import CompositeStorage
from dagster._serdes import ConfigurableClassData
from dagster_postgres import PostgresRunStorage, PostgresScheduleStorage
from dagster_postgres.utils import get_token_provider_from_config

from nba_assets.orchestration.event_log_postgres import BatchingPostgresEventLogStorage
from nba_assets.orchestration.postgres_url import url_from_config


class NbaPostgresStorage(CompositeStorage):
    """Runs and schedules in Dagster's Postgres storages, events in the batching one; configured like Dagster's."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return pg_config()

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> NbaPostgresStorage:
        url = url_from_config(config_value)
        creates = config_value.get("should_autocreate_tables", True)
        tokens = get_token_provider_from_config(config_value)
        return cls(
            run_storage=PostgresRunStorage(url, creates, token_provider=tokens),
            event_log_storage=BatchingPostgresEventLogStorage(url, creates, token_provider=tokens),
            schedule_storage=PostgresScheduleStorage(url, creates, token_provider=tokens),
            inst_data=inst_data,
        )
