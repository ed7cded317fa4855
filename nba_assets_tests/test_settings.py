"""Settings: folders become absolute however they are written, and every invalid value is explained in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nba_assets.settings import REPOSITORY, Settings, SettingsError, dagster_environment, misspelt
from nba_assets_tests.mini_warehouse import DAGSTER, environment

PATHS = ("HOME", "ARCHIVE", "PUBLISH")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("NBA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def folders(settings: Settings) -> dict[str, str | None]:
    return {"HOME": str(settings.home), "ARCHIVE": settings.archive, "PUBLISH": settings.publish}


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(
    "written",
    ["~/a place", "a place", "./a place/", "~/a place//", "link/a place", "b/../a place", "{tmp}/a place"],
)
def test_a_folder_is_the_same_however_it_is_written(
    name: str, written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.setenv(f"NBA_{name}", written.format(tmp=tmp_path))
    settings = Settings()
    assert folders(settings)[name] == str(tmp_path / "a place")
    if name == "HOME":
        derived = [Path(settings.warehouse_name), settings.run_lock, settings.models, Path(settings.published)]
        assert {path.parent for path in derived} == {tmp_path / "a place"}
        assert dagster_environment()["NBA_HOME"] == str(tmp_path / "a place")


@pytest.mark.parametrize("empty", ["", " "])
def test_empty_is_unset(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unset = Settings()
    for name in Settings.model_fields:
        monkeypatch.setenv(f"NBA_{name.upper()}", empty)
    monkeypatch.setenv("DAGSTER_HOME", empty)
    assert Settings() == unset
    assert dagster_environment()["DAGSTER_HOME"] == str(REPOSITORY)
    assert unset.home == REPOSITORY / ".nba"


@pytest.mark.parametrize("url", ["gs://bucket/prefix", "gs://bucket/prefix/", "s3://bucket/prefix"])
def test_urls_stay_urls(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBA_ARCHIVE", url)
    assert Settings().archive == url.rstrip("/")
    if url.startswith("gs"):
        monkeypatch.setenv("NBA_PUBLISH", url)
        assert Settings().published == url.rstrip("/")


def test_a_bigquery_warehouse_is_not_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("bigquery://a-project/nba", "bigquery://a-project/nba?location=EU"):
        monkeypatch.setenv("NBA_WAREHOUSE", address)
        assert (Settings().database, Settings().warehouse_name) == (None, address)


WRONG = [
    ("NBA_NOW", "yesterday", "is not a timestamp; write it as 2024-01-15T15:00:00+00:00"),
    ("NBA_NOW", "2024", "is not a timestamp"),
    ("NBA_WAREHOUSE", "x", "is not known; allowed are duckdb:FILE and bigquery:"),
    ("NBA_WAREHOUSE", "bigquery://project", "names no datasets; allowed is bigquery://PROJECT/PREFIX"),
    ("NBA_WAREHOUSE", "bigquery://project/a-b", "names no datasets"),
    ("NBA_PUBLISH", "gs://", "names no bucket; allowed are a folder, gs://bucket and gs://bucket/prefix"),
    ("NBA_PUBLISH", "gs:/bucket", "names no bucket"),
    ("NBA_PUBLISH", "s3://bucket", "names no bucket"),
    ("NBA_HOME", "gs://bucket", "is a URL; allowed is a folder of this machine"),
    ("NBA_HOME", "~nobody-of-that-name/x", "is not a folder"),
    ("NBA_HOME", __file__, "is a file; allowed is a folder"),
    ("NBA_ARCHIVE", __file__, "is a file; allowed is a folder"),
    ("NBA_LOCK_TIMEOUT_SECONDS", "long", "is not a number of seconds; allowed is 0 and more"),
    ("NBA_LOCK_TIMEOUT_SECONDS", "-1", "is not a number of seconds; allowed is 0 and more"),
    ("NBA_LOCK_TIMEOUT_SECONDS", "nan", "is not a number of seconds; allowed is 0 and more"),
    ("NBA_LEASE_SECONDS", "0", "is not a number of seconds; allowed is 1 and more"),
    ("NBA_LIVE", "perhaps", "is neither 1 nor 0"),
    ("NBA_FETCH_MIRROR", "nowhere", "is no address; allowed is one that begins with http:// or https://"),
    ("NBA_FEED_MIRROR", "ftp://a/b", "is no address"),
    ("NBA_FEED_MIRROR", "http:///path", "is no address"),
]


@pytest.mark.parametrize(("name", "value", "why"), WRONG)
def test_an_invalid_value_is_reported_with_name_value_and_allowed_values(
    name: str, value: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        Settings()
    assert str(error.value).startswith(f"{name}={value} {why}")


@pytest.mark.parametrize("name", ["NBA_ALERT_WEBHOOK", "NBA_GOOD_DAY_PING", "NBA_ALERT_EMAIL"])
def test_an_invalid_secret_is_reported_by_name_and_never_printed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "hooks.example.com/a-token")
    with pytest.raises(SettingsError, match=rf"^{name}=\*\*\* (is no address|is not a mail address)") as error:
        Settings()
    assert "a-token" not in str(error.value)


def test_all_invalid_values_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBA_NOW", "yesterday")
    monkeypatch.setenv("NBA_WAREHOUSE", "x")
    with pytest.raises(SettingsError, match=r"NBA_WAREHOUSE=x is not known.* NBA_NOW=yesterday is not"):
        Settings()


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "nba_assets.cli", "status"],
        [sys.executable, "-m", "nba_assets.cli", "site"],
        [str(DAGSTER), "asset", "materialize", "-m", "nba_assets.definitions", "--select", "schedule"],
        [str(DAGSTER), "definitions", "validate", "-m", "nba_assets.definitions"],
        [str(DAGSTER), "dev", "-m", "nba_assets.definitions", "--port", "0"],
    ],
    ids=["nba-assets", "serve", "dagster asset materialize", "dagster definitions validate", "dagster dev"],
)
def test_every_command_reports_it_without_a_traceback(command: list[str], tmp_path: Path) -> None:
    env = os.environ | environment(tmp_path / "home", tmp_path) | {"NBA_NOW": "yesterday"}
    done = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, timeout=120)
    printed = done.stdout + done.stderr
    assert done.returncode != 0
    assert "NBA_NOW=yesterday is not a timestamp; write it as 2024-01-15T15:00:00+00:00" in printed
    assert "Traceback" not in printed, printed


def test_a_misspelt_variable_is_reported_with_the_closest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBA_ARCHIV", "/somewhere")
    monkeypatch.setenv("NBA_POISON_DAYS", "2024-01-15")
    monkeypatch.setenv("NBA_HOME", "home")
    assert misspelt() == ["NBA_ARCHIV is not a setting and has no effect; NBA_ARCHIVE is one."]
