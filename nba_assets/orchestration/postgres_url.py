"""URL of a Postgres database from a Dagster configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster_postgres.utils import pg_url_from_config

_PLAIN, _WITH_DRIVER = "postgresql://", "postgresql+psycopg2://"


def url_from_config(config_value: Mapping[str, Any]) -> str:
    """The URL with an explicit driver: SQLAlchemy 2.1 maps the plain scheme to another driver than Dagster uses."""
    url: str = pg_url_from_config(config_value)
    return _WITH_DRIVER + url.removeprefix(_PLAIN) if url.startswith(_PLAIN) else url
