"""Errors that a user can fix are explained in a sentence; each is provoked here; unknown errors are re-raised."""

from __future__ import annotations

import ctypes
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import duckdb
import pytest
from click.testing import CliRunner

from nba_assets import cli
from nba_assets.orchestration import storage
from nba_assets.runtime.known_errors import ExplainedError, explained
from nba_assets.settings import REPOSITORY
from nba_assets_tests.mini_warehouse import Home, environment

AGAIN = "then run the same command again; it keeps what was written and resumes from there."
WRITES = """
import resource, sys
from pathlib import Path
import pyarrow as pa
from nba_assets.runtime.known_errors import explained
from nba_assets.warehouses.duckdb import DuckDBWarehouse

house = DuckDBWarehouse(Path(sys.argv[1]) / "nba.duckdb")
with house.snapshot():
    pass
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
with explained(), house._transaction() as opened:
    opened.connection.execute("CREATE TABLE big AS SELECT random() AS value FROM range(1_000_000)")
"""


@pytest.mark.parametrize("content", [b"", b"this is no database " * 1000], ids=["empty", "broken"])
@pytest.mark.parametrize("command", ["status", "backfill", "evaluate", "features", "reconcile"])
def test_a_warehouse_that_is_not_a_database(empty_home: Home, content: bytes, command: str) -> None:
    empty_home.folder.mkdir()
    path = empty_home.folder / "nba.duckdb"
    path.write_bytes(content)
    result = CliRunner().invoke(cli.main, [command])
    assert result.exit_code == 1
    assert f"Error: The warehouse {path} cannot be read: it is empty, damaged" in result.output
    assert f"mv {path} {path}.damaged" in result.output
    assert path.read_bytes() == content


def test_a_warehouse_with_a_damaged_block(empty_home: Home) -> None:
    empty_home.folder.mkdir()
    path = empty_home.folder / "nba.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA quality")
        connection.execute("CREATE TABLE quality.a_table AS SELECT random() AS a FROM range(300_000)")
    whole = bytearray(path.read_bytes())
    whole[4096 + 100 : 4096 + 200] = b"x" * 100
    path.write_bytes(whole)
    result = CliRunner().invoke(cli.main, ["status"])
    assert f"Error: The warehouse {path} cannot be read" in result.output


def test_a_full_disk(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITES, str(tmp_path)]
    env = os.environ | environment(tmp_path, tmp_path)
    done = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "ExplainedError: The disk is full, or the file size limit is reached (" in last
    assert f"Make room in NBA_HOME={tmp_path} or set NBA_HOME to a folder on a larger disk, {AGAIN}" in last
    with duckdb.connect(str(tmp_path / "nba.duckdb")) as connection:
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]


@pytest.mark.parametrize(("free", "said"), [(0, "The disk is full"), (1 << 40, "Dagster's records in")])
def test_an_io_error_of_dagster_s_records_is_a_full_disk_only_without_free_space(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch, free: int, said: str
) -> None:
    (empty_home.folder / "dagster").mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(ExplainedError, match=f"^{said}"), explained():
        raise sqlite3.OperationalError("disk I/O error")


def test_too_little_memory() -> None:
    with duckdb.connect() as connection, pytest.raises(ExplainedError, match="There is not enough memory") as error:
        connection.execute("SET memory_limit = '2MB'")
        with explained():
            connection.execute("CREATE TABLE a_table AS SELECT random() AS a FROM range(10_000_000)")
    assert isinstance(error.value.__cause__, duckdb.OutOfMemoryException)
    with pytest.raises(ExplainedError, match="There is not enough memory"), explained():
        bytearray(2**62)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(stat.S_IRUSR | stat.S_IXUSR)

    def without_privilege() -> None:
        ctypes.CDLL(None).prctl(
            24, 1, 0, 0, 0
        )  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE: then permissions apply to root, too

    command = [sys.executable, "-m", "nba_assets.cli", "reconcile"]
    env = os.environ | environment(home, tmp_path)
    done = subprocess.run(
        command, cwd=REPOSITORY, env=env, capture_output=True, text=True, preexec_fn=without_privilege
    )
    home.chmod(stat.S_IRWXU)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Error: A file or folder cannot be read or written ([Errno 13] Permission denied" in done.stderr
    assert f"Get write permission for NBA_HOME={home}" in done.stderr


def test_a_home_that_cannot_be_made_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("NBA_HOME", str(file / "home"))
    with pytest.raises(ExplainedError, match=r"NBA_HOME=.*file/home is no folder and cannot be made one"), explained():
        (file / "home").mkdir(parents=True)
    monkeypatch.setenv("NBA_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError), explained():
        (tmp_path / "missing").read_text()


@pytest.mark.parametrize("name", ["runs.db", "runs/index.db"])
def test_dagster_s_records_that_stay_locked(empty_home: Home, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "SQLITE_BUSY_TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr("nba_assets.orchestration.event_log_sqlite.SQLITE_BUSY_TIMEOUT_SECONDS", 0.1)
    with dg.DagsterInstance.get() as instance:
        with closing(sqlite3.connect(empty_home.folder / "dagster" / "history" / name)) as viewer:
            viewer.execute("BEGIN EXCLUSIVE")
            with pytest.raises(ExplainedError, match="stayed locked by another program") as error, explained():
                if name == "runs.db":
                    instance.add_run_tags(_a_run(instance), {"a": "b"})
                instance.report_runless_asset_event(dg.AssetMaterialization("an_asset"))
            viewer.execute("ROLLBACK")
        instance.report_runless_asset_event(dg.AssetMaterialization("an_asset"))
    assert f"Dagster's records in {empty_home.folder / 'dagster'}" in str(error.value)


def _a_run(instance: dg.DagsterInstance) -> str:
    return dg.GraphDefinition("a_job").to_job().execute_in_process(instance=instance).run_id


def test_dagster_s_records_that_are_not_a_database(empty_home: Home) -> None:
    with dg.DagsterInstance.get():
        pass
    path = empty_home.folder / "dagster" / "history" / "runs.db"
    path.write_bytes(b"this is no database " * 1000)
    for other in path.parent.glob("runs.db-*"):
        other.unlink()
    result = CliRunner().invoke(cli.main, ["reconcile"])
    folder = empty_home.folder / "dagster"
    assert result.exit_code == 1
    assert f"Error: Dagster's records in {folder} are damaged" in result.output
    assert f"mv {folder} {folder}.damaged" in result.output


@pytest.mark.parametrize("command", [["publish"], ["publish", "--verify"]])
def test_a_bucket_without_credentials(empty_home: Home, command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBA_PUBLISH", "gs://a-bucket/prefix")
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("HOME", str(empty_home.folder))
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_EMULATOR_HOST", "CLOUDSDK_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    result = CliRunner().invoke(cli.main, command)
    assert result.exit_code == 1
    assert "Error: NBA_PUBLISH=gs://a-bucket/prefix: no valid Google credentials (" in result.output
    assert "gcloud auth application-default login" in result.output


def test_an_unknown_error_keeps_its_class_and_traceback() -> None:
    for error in (KeyError("points"), ValueError("no"), duckdb.BinderException("no such column"), OSError(5, "I/O")):
        with pytest.raises(type(error)) as found, explained():
            raise error
        assert found.value is error


def test_a_dagster_run_explains_errors_like_the_command_line(empty_home: Home) -> None:
    command = ("dagster", "asset", "materialize", "-m", "nba_assets.definitions", "--select", "schedule")
    code, printed = empty_home.run(*command, "--partition-range", "2021-10-22...2021-10-20")
    assert code == 1
    assert "The range 2021-10-22...2021-10-20 has no day: write the oldest day first, as 2021-10-20..." in printed
    assert "IndexError" not in printed
    (empty_home.folder / "nba.duckdb").write_bytes(b"")
    code, printed = empty_home.run(*command, "--partition", "2021-10-20")
    assert code == 1
    assert f"ExplainedError: The warehouse {empty_home.folder / 'nba.duckdb'} cannot be read" in printed
