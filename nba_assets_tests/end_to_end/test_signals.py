"""SIGINT and SIGTERM at any moment: a clear and true message, an exit code, and a command that resumes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nba_assets.runtime.interrupts import Signals, uninterrupted
from nba_assets.settings import REPOSITORY
from nba_assets.warehouses import duckdb as warehouse
from nba_assets.warehouses.duckdb import DuckDBWarehouse
from nba_assets_tests.mini_warehouse import Home

pytestmark = pytest.mark.long

TABLES = ("schedule", "players", "team_boxscores", "player_boxscores")
COMMAND = ("backfill", "--from", "2022-10-18", "--to", "2022-10-27", "--select", ",".join(TABLES))


def test_a_signal_waits_until_the_block_is_over() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        done.append("the block")
    assert done == ["the block"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_blocks_may_be_nested_and_in_threads() -> None:
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
        thread = threading.Thread(target=lambda: uninterrupted().__enter__())
        thread.start()
        thread.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_are_remembered_even_if_a_handler_swallows_them(number: signal.Signals) -> None:
    with Signals() as signals:
        signals.raise_if_any()
        before = signal.signal(number, lambda *_: None)
        signal.raise_signal(number)
        signal.signal(number, before)
        with pytest.raises(KeyboardInterrupt):
            signals.raise_if_any()
    assert (signals.first, signals.exit_code) == (number, 128 + number)


def test_sigterm_raises_as_sigint_does() -> None:
    with pytest.raises(KeyboardInterrupt), Signals():
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("statement", ["ATTACH", "USE", "DETACH", "BEGIN", "COMMIT", "ROLLBACK"])
def test_a_signal_while_a_file_is_attached_or_detached_leaves_nothing_behind(
    statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal arrives after the statement and before the code that records it."""
    house = DuckDBWarehouse(tmp_path / "nba.duckdb", 1.0)
    with house.snapshot() as snapshot:
        assert snapshot.ledger().empty

    class Interrupted:
        """A connection whose statements are interrupted by a signal."""

        def __init__(self, real: Any) -> None:
            self.real = real

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

        def execute(self, text: str) -> Any:
            found = self.real.execute(text)
            if text.startswith(statement):
                signal.raise_signal(signal.SIGINT)
            return found

        def cursor(self) -> Interrupted:
            return Interrupted(self.real.cursor())

    real = warehouse._INSTANCE._connection
    monkeypatch.setattr(warehouse._INSTANCE, "_connection", Interrupted(real))
    with pytest.raises(KeyboardInterrupt):
        if statement in ("ROLLBACK",):
            with house.snapshot():
                pass
        else:
            with house._transaction():
                pass
    monkeypatch.setattr(warehouse._INSTANCE, "_connection", real)
    assert warehouse._INSTANCE._files == {}
    with house._transaction() as opened:
        connection = opened.connection
        connection.execute("CREATE TABLE a_table (a INT)")
    with house.snapshot() as snapshot:
        assert snapshot.ledger().empty


@contextmanager
def lines_of(process: subprocess.Popen[str]) -> Iterator[Iterator[str]]:
    """The output of a process, line by line; it is killed at the end."""
    assert process.stdout is not None
    try:
        yield iter(process.stdout.readline, "")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("source:", signal.SIGINT),
        ("days:", signal.SIGTERM),
        (f"2022-23  {TABLES[0]} ", signal.SIGINT),
        (f"2022-23  {TABLES[2]} ", signal.SIGTERM),
        (f"2022-23  {TABLES[3]} .* rows ", signal.SIGINT),
    ],
)
def test_an_interrupted_backfill_reports_what_was_written_and_resumes(
    empty_home: Home, moment: str, number: signal.Signals
) -> None:
    process = empty_home.start(*COMMAND)
    with lines_of(process) as lines:
        printed = ""
        for line in lines:
            printed += line
            if re.match(moment, line):
                process.send_signal(number)
                break
        printed += "".join(lines)
        code = process.wait(timeout=120)
    assert "Traceback" not in printed, printed
    assert code == 128 + number, printed
    written = empty_home.ledger().reset_index()["table_name"].nunique()
    told = re.search(r"(\d+) of 4 tables were written completely", printed)
    assert told or "interrupted: what was written is complete" in printed, printed
    assert int(told.group(1) if told else 0) == written
    code, printed = empty_home.run(*COMMAND)
    assert code == 0, printed


def test_an_interrupt_during_exec_ends_with_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(
        "from nba_assets.cli import main\n"
        "@main.command()\n"
        "def interrupted():\n"
        "    exec('raise KeyboardInterrupt')\n"
        "main(['interrupted'])\n"
    )
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-m", "interrupted"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 128 + signal.SIGINT, done.stdout + done.stderr
    assert "interrupted: what was written is complete" in done.stdout + done.stderr
