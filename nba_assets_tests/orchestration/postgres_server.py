"""Fixture: a local Postgres server with a temporary data folder."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

OLDEST = 14
"""The first version with CREATE OR REPLACE TRIGGER."""


def _programs() -> Path | None:
    """The folder with initdb and postgres of the newest installed version."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += Path("/usr/lib/postgresql").glob("*/bin")
    versions = {int(folder.parent.name): folder for folder in found if folder.parent.name.isdigit()}
    newest = max(versions, default=0)
    return versions[newest] if newest >= OLDEST and (versions[newest] / "initdb").exists() else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running server, without a database name; skips if Postgres is not installed."""
    with running_postgres() as address:
        yield address


@contextmanager
def running_postgres() -> Iterator[str]:
    """See `postgres_server`."""
    pytest.importorskip("dagster_postgres", reason="dagster-postgres is not installed: pip install '.[postgres]'")
    programs = _programs()
    if programs is None:
        pytest.skip(f"no Postgres {OLDEST} or newer is installed here: apt-get install postgresql")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nba-postgres-")))
        account = None
        if os.geteuid() == 0:  # Postgres refuses to run as root
            account = next((name for name in ("postgres", "nobody") if _exists(name)), None)
            if account is None:
                pytest.skip("Postgres does not run as root, and this machine has no user postgres or nobody")
            shutil.chown(folder, account)
        as_account = {"user": account} if account else {}
        subprocess.run(
            [programs / "initdb", "--pgdata", folder / "data", "--username", "nba", "--auth", "trust", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
            **as_account,
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        control = [programs / "pg_ctl", "--pgdata", folder / "data", "--wait"]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        start = [*control, "--log", folder / "log", "--options", options, "start"]
        # Not a pipe, which the server would inherit and keep open.
        done = subprocess.run(start, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **as_account)
        assert done.returncode == 0, (folder / "log").read_text()
        stop = [*control, "--mode", "immediate", "stop"]
        stack.callback(subprocess.run, stop, stdout=subprocess.DEVNULL, cwd=folder, **as_account)
        yield f"postgresql://nba@127.0.0.1:{port}"


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def new_database(server: str, template: str = "template1") -> str:
    """The address of a new database on the server, empty or a copy of the database `template`."""
    import psycopg2

    name = f"t_{uuid.uuid4().hex[:12]}"
    connection = psycopg2.connect(f"{server}/postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    connection.close()
    return f"{server}/{name}"
