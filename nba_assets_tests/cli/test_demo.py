"""`make demo` without building its season: the servers that it starts, how they stop, and used ports."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import psutil
import pytest

from nba_assets.cli import demo
from nba_assets.settings import REPOSITORY
from nba_assets_tests.mini_warehouse import environment

pytestmark = pytest.mark.long

WITHOUT_A_SEASON = """
import sys
import click
from nba_assets import cli
from nba_assets.cli import demo
from nba_assets.sources import choice
demo.backfill = click.Command("backfill", callback=lambda: None)
choice.make_league = lambda *_: None
cli.main(["demo", "--port", "0", "--ui-port", "0", "--home", sys.argv[1]])
"""


@contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The demo without its season, after it has printed the addresses; with its output."""
    printed = folder / "printed.txt"
    with printed.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", WITHOUT_A_SEASON, str(folder / "home")],
            cwd=REPOSITORY,
            env=os.environ | environment(folder / "other", folder / "archive"),
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        deadline = time.monotonic() + 120
        while "Ctrl-C stops both" not in printed.read_text():
            assert process.poll() is None and time.monotonic() < deadline, printed.read_text()
            time.sleep(0.1)
        yield process, printed.read_text()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_site_and_ui_and_leaves_no_process_when_stopped(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "home" / "published" / "v1" / "site").mkdir(parents=True)
    (tmp_path / "home" / "published" / "v1" / "site" / "index.html").write_text("tonight")
    with started(tmp_path) as (process, printed):
        site, ui, *_ = re.findall(r"http://127\.0\.0\.1:\d+/", printed)
        with urllib.request.urlopen(site, timeout=10) as response:
            assert response.read() == b"tonight"
        with urllib.request.urlopen(f"{ui}server_info", timeout=10) as response:
            assert response.status == 200
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 3, "web server, daemon and code server"
        process.send_signal(number)
        assert process.wait(timeout=60) == 0
        _, left = psutil.wait_procs(family, timeout=5)
        assert left == []
    assert (tmp_path / "printed.txt").read_text().rstrip().endswith("stopped")


def test_used_ports_are_reported_before_the_work() -> None:
    with socket.socket() as taken:
        taken.bind((demo.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(click.ClickException, match=rf"Port {port} cannot be used .* make demo UI_PORT={port + 1}"):
            demo.require_free({"PORT": 0, "UI_PORT": port})
    demo.require_free({"PORT": port, "UI_PORT": 0})


def test_the_same_port_for_both_is_rejected() -> None:
    with pytest.raises(click.ClickException, match="PORT and UI_PORT are the same port"):
        demo.require_free({"PORT": 8000, "UI_PORT": 8000})
    demo.require_free({"PORT": 0, "UI_PORT": 0})


def test_a_ui_that_does_not_start_is_reported_with_its_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(click.ClickException, match="does not answer") as raised, demo.dagster_ui(0, tmp_path / "log"):
        pass
    assert "nowhere" in str(raised.value)
