"""The one configuration object. Every setting is an environment variable that starts with NBA_."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent


def _default_archive() -> str | None:
    beside = REPOSITORY.parent / "shared" / "data"
    return str(beside) if beside.is_dir() else None


class Settings(BaseSettings):
    """Where things are, which back ends are used, and how long to wait for another run or for the DuckDB file.

    `NBA_NOW` (ISO timestamp) pins the clock, to replay a morning of the past; without it the clock is the machine's.
    `NBA_PUBLISH` is the folder of the published files, or `gs://bucket/prefix`; without it they lie below NBA_HOME.
    """

    model_config = SettingsConfigDict(env_prefix="NBA_", frozen=True)

    home: Path = REPOSITORY / ".nba"
    archive: str | None = None
    warehouse: Literal["duckdb"] = "duckdb"
    now: datetime | None = None
    publish: str | None = None
    lock_timeout_seconds: float = 900.0

    @property
    def archive_root(self) -> str | None:
        """Folder or URL of the archive to read raw rows from; None when there is none."""
        return self.archive or _default_archive()

    @property
    def database(self) -> Path:
        return self.home / "nba.duckdb"

    @property
    def models(self) -> Path:
        """Folder of the trained models."""
        return self.home / "models"

    @property
    def published(self) -> str:
        """Folder or gs:// address of the published files."""
        return self.publish or str(self.home / "published")

    @property
    def run_lock(self) -> Path:
        return self.home / "run.lock"

    @staticmethod
    def machine_clock() -> datetime:
        """Now by the machine's clock, timezone-aware UTC."""
        return datetime.now(UTC)

    def clock(self) -> datetime:
        """Now, timezone-aware UTC: the only clock of the project."""
        if self.now is None:
            return self.machine_clock()
        return self.now.astimezone(UTC) if self.now.tzinfo else self.now.replace(tzinfo=UTC)


def dagster_environment(settings: Settings | None = None) -> dict[str, str]:
    """Environment that every Dagster process of the project needs, for the parts that are not set yet."""
    settings = settings or Settings()
    wanted = {
        "DAGSTER_HOME": str(REPOSITORY),
        "NBA_HOME": str(settings.home.expanduser().resolve()),
        "DAGSTER_EVENT_BATCH_SIZE": "500",
    }
    return {name: value for name, value in wanted.items() if not os.environ.get(name)}
