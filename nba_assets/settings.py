"""The configuration. Every setting is an environment variable that starts with NBA_."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import click
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent
GCS_SCHEME = "gs://"
DUCKDB_SCHEME = "duckdb:"
BIGQUERY_SCHEME = "bigquery://"
_BIGQUERY = re.compile(r"bigquery://[a-z][a-z0-9.:-]+/[A-Za-z_][A-Za-z0-9_]*(\?location=[A-Za-z0-9-]+)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""Matches the start of a URL; one slash is enough, so that a mistyped `gs:/bucket` does not become a folder."""


class SettingsError(click.ClickException):
    """Settings with invalid values; the message has one sentence per setting.

    A ClickException, so that Dagster's commands, which load the settings too, print the message without a traceback.
    """


def folder(value: str | Path) -> Path:
    """The absolute folder for a user-supplied path: `~` is expanded, symbolic links are resolved.

    Raises:
        ValueError: the path is a file, or `~name` is not a user of this machine.
    """
    try:
        found = Path(value).expanduser().resolve()
    except RuntimeError as error:
        raise ValueError(f"is not a folder: {error}") from error
    if found.exists() and not found.is_dir():
        raise ValueError("is a file; allowed is a folder")
    return found


class Settings(BaseSettings):
    """Locations, back ends and waiting times.

    An empty variable counts as not set. Paths are made absolute: `~` is expanded, and a relative path starts at the
    working directory.

    NBA_HOME: folder of everything that the project writes.
    NBA_ARCHIVE: folder or URL of the raw files.
    NBA_WAREHOUSE: `duckdb:FILE` or `bigquery://project/prefix`; by default nba.duckdb in NBA_HOME.
    NBA_PUBLISH: folder of the published files, or `gs://bucket/prefix`; by default a folder in NBA_HOME.
    NBA_NOW: ISO timestamp that pins the clock, to replay a past morning; by default the machine's clock is used.
    NBA_LIVE: 1 or 0, turns live feeds and their schedules on or off.
    NBA_FETCH_MIRROR: mirror for `nba-assets fetch`, which requests `<mirror>/<host>/<path>`.
    NBA_FEED_MIRROR: mirror for live feeds, used in the same way.
    NBA_LOCK_TIMEOUT_SECONDS: how long to wait for another run or for the DuckDB file.
    NBA_LEASE_SECONDS: how long a process that does not respond keeps the run lease of a warehouse in BigQuery.
    NBA_ODDS_API_KEY: key of the odds publisher (secret).
    NBA_ALERT_WEBHOOK, NBA_ALERT_EMAIL: addresses that receive a message for each problem (secret).
    NBA_GOOD_DAY_PING: URL that is requested after each day without problems (secret).

    Raises:
        SettingsError: a variable has an invalid value.
    """

    model_config = SettingsConfigDict(env_prefix="NBA_", frozen=True)

    home: Path = REPOSITORY / ".nba"
    archive: str | None = None
    warehouse: str | None = None
    now: datetime | None = None
    publish: str | None = None
    fetch_mirror: str | None = None
    live: bool = False
    feed_mirror: str | None = None
    odds_api_key: SecretStr | None = None
    alert_webhook: SecretStr | None = None
    alert_email: SecretStr | None = None
    good_day_ping: SecretStr | None = None
    lock_timeout_seconds: float = Field(default=900.0, ge=0, allow_inf_nan=False)
    lease_seconds: float = Field(default=120.0, ge=1, allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise SettingsError(" ".join(_sentences(error))) from None

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if not (isinstance(value, str) and not value.strip())}

    @field_validator("home", mode="before")
    @classmethod
    def _home_is_a_folder(cls, value: str | Path) -> Path:
        if _SCHEME.match(str(value)):
            raise ValueError("is a URL; allowed is a folder of this machine")
        if "?" in str(value):
            raise ValueError("contains a question mark, which the database URLs of Dagster's records must not")
        return folder(value)

    @field_validator("archive")
    @classmethod
    def _archive_is_a_folder_or_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        return value.rstrip("/") if _SCHEME.match(value) else str(folder(value))

    @field_validator("publish")
    @classmethod
    def _publish_is_a_folder_or_bucket(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if value.startswith(GCS_SCHEME) and value.removeprefix(GCS_SCHEME).strip("/"):
            return value.rstrip("/")
        if _SCHEME.match(value):
            raise ValueError("names no bucket; allowed are a folder, gs://bucket and gs://bucket/prefix")
        return str(folder(value))

    @field_validator("warehouse")
    @classmethod
    def _warehouse_has_an_address(cls, value: str | None) -> str | None:
        if value is None or value == "duckdb":
            return None
        if value.startswith("bigquery:"):
            if not _BIGQUERY.fullmatch(value):
                raise ValueError(
                    "names no datasets; allowed is bigquery://PROJECT/PREFIX, where the prefix has letters, digits and "
                    "underscores, followed by ?location=EU (for example) if the datasets are not in the US"
                )
            return value
        place = value.removeprefix(DUCKDB_SCHEME)
        if place in (value, ""):
            raise ValueError("is not known; allowed are duckdb:FILE and bigquery://PROJECT/PREFIX")
        path = Path(place).expanduser().resolve()
        if path.is_dir():
            raise ValueError("is a folder; allowed is duckdb:FILE")
        return f"{DUCKDB_SCHEME}{path}"

    @field_validator("now", mode="before")
    @classmethod
    def _now_is_a_timestamp(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return datetime.fromisoformat(value)  # Pydantic alone reads a plain number as seconds since 1970
        except ValueError:
            allowed = "write it as 2024-01-15T15:00:00+00:00 (UTC where no zone is given)"
            raise ValueError(f"is not a timestamp; {allowed}") from None

    @field_validator("fetch_mirror", "feed_mirror", "alert_webhook", "good_day_ping")
    @classmethod
    def _is_an_address(cls, value: str | SecretStr | None) -> str | SecretStr | None:
        if value is None:
            return None
        parts = urlsplit(value.get_secret_value() if isinstance(value, SecretStr) else value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("is no address; allowed is one that begins with http:// or https://")
        return value

    @field_validator("alert_email")
    @classmethod
    def _email_has_a_server_and_a_recipient(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or "to" not in dict(parse_qsl(parts.query)):
            raise ValueError("is not a mail address; allowed is smtp://USER:PASSWORD@HOST:PORT?to=ADDRESS, or smtps")
        return value

    @property
    def database(self) -> Path | None:
        """The file of the DuckDB warehouse; None where the warehouse is not a file."""
        address = self.warehouse_address
        return Path(address.removeprefix(DUCKDB_SCHEME)) if address.startswith(DUCKDB_SCHEME) else None

    @property
    def warehouse_address(self) -> str:
        """Where the tables are: `duckdb:FILE` or `bigquery://project/prefix`."""
        return self.warehouse or f"{DUCKDB_SCHEME}{self.home / 'nba.duckdb'}"

    @property
    def warehouse_name(self) -> str:
        """The warehouse, for messages: its file or its address."""
        return str(self.database or self.warehouse_address)

    @property
    def models(self) -> Path:
        """Folder of the trained models."""
        return self.home / "models"

    @property
    def sums(self) -> Path:
        """Folder of the kept sums of past days (`engine.kept_sums`); it can be deleted at any time."""
        return self.home / "sums"

    @property
    def published(self) -> str:
        """Folder or gs:// address of the published files."""
        return self.publish or str(self.home / "published")

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """Values that must not appear in any file, log or message."""
        held = (self.odds_api_key, self.alert_webhook, self.alert_email, self.good_day_ping)
        return tuple(secret for secret in held if secret is not None)

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


def _sentences(error: ValidationError) -> Iterator[str]:
    """One sentence per setting: its name, the value found, the values allowed."""
    allowed = {
        "lock_timeout_seconds": "is not a number of seconds; allowed is 0 and more",
        "lease_seconds": "is not a number of seconds; allowed is 1 and more",
        "live": "is neither 1 nor 0",
    }
    for problem in error.errors():
        name = str(problem["loc"][0])
        why = allowed.get(name) or str(problem.get("ctx", {}).get("error") or problem["msg"])
        is_secret = "SecretStr" in str(Settings.model_fields[name].annotation)
        yield f"NBA_{name.upper()}={'***' if is_secret else problem['input']} {why}."


def misspelt() -> list[str]:
    """One sentence per environment variable that is not a setting but has a name similar to one."""
    known = [f"NBA_{name.upper()}" for name in Settings.model_fields]
    found: list[str] = []
    for name in sorted(os.environ):
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
        if name.startswith("NBA") and name not in known and nearest:
            found.append(f"{name} is not a setting and has no effect; {nearest[0]} is one.")
    return found


def dagster_environment(settings: Settings | None = None) -> dict[str, str]:
    """The environment variables that every Dagster process of the project needs.

    Folders are absolute: Dagster requires that, and a process that it starts may have another working directory.
    """
    settings = settings or Settings()
    wanted = {"NBA_HOME": str(settings.home), "DAGSTER_HOME": str(_dagster_home())}
    return wanted if os.environ.get("DAGSTER_EVENT_BATCH_SIZE") else {**wanted, "DAGSTER_EVENT_BATCH_SIZE": "500"}


def _dagster_home() -> Path:
    try:
        return folder(os.environ.get("DAGSTER_HOME", "").strip() or REPOSITORY)
    except ValueError as error:
        raise SettingsError(f"DAGSTER_HOME={os.environ['DAGSTER_HOME']} {error}.") from None
