"""The address of Postgres from a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster_postgres.utils import pg_url_from_config

_PLAIN, _WITH_DRIVER = "postgresql://", "postgresql+psycopg2://"


def url_from_config(config_value: Mapping[str, Any]) -> str:
    """The address with the driver in it: SQLAlchemy 2.1 takes the plain scheme for another driver than Dagster's."""
    url: str = pg_url_from_config(config_value)
    return _WITH_DRIVER + url.removeprefix(_PLAIN) if url.startswith(_PLAIN) else url
