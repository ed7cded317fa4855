"""`make demo`: builds a simulated season from raw rows to the site, then serves site and Dagster's UI until Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import click
import psutil

from nba_assets.cli import serve
from nba_assets.cli.backfill import backfill
from nba_assets.cli.common import console
from nba_assets.settings import REPOSITORY, Settings

SEASONS = 1
HOST = serve.HOST
START_SECONDS = 90.0
"""Timeout in seconds for the start of Dagster's web UI."""
STOP_SECONDS = 15.0
"""Seconds that its processes have to end by themselves."""


def require_free(ports: dict[str, int]) -> None:
    """Checks that the ports are free before spending minutes of work.

    Args:
        ports: the port by the make variable that sets it; 0 means any free one.

    Raises:
        click.ClickException: a port is in use, or two ports are equal; the message names the make variable.
    """
    if len({port for port in ports.values() if port}) < sum(port != 0 for port in ports.values()):
        raise click.ClickException(f"{' and '.join(ports)} are the same port; give two.")
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise click.ClickException(
                    f"Port {port} cannot be used ({error.strerror}); choose another one: make demo {name}={port + 1}"
                ) from error


@contextmanager
def stops_on_signals() -> Iterator[None]:
    """Makes SIGTERM and SIGHUP stop this process like Ctrl-C, so that its child processes are stopped, too."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def site(folder: Path, port: int) -> Iterator[str]:
    """Serves a published folder from a thread of this process; yields the address."""
    server = serve.server(folder, port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def dagster_ui(port: int, log: Path) -> Iterator[str]:
    """Runs Dagster's web UI with its daemon and code server; yields its address once it responds.

    Args:
        port: to serve on; 0 takes a free one.
        log: file for the output of the processes.

    Raises:
        click.ClickException: it ended or does not respond; the message has its output.
    """
    if port == 0:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("dagster")), "dev", "--workspace", "workspace.yaml"]
    with log.open("wb") as printed:
        process = subprocess.Popen(
            [*command, "--host", HOST, "--port", str(port)],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            # Its own process group: Ctrl-C reaches only this process, which then ends the others in order.
            start_new_session=True,
            # If SIGINT is ignored, as in a shell's background job, Dagster's processes would never end.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        address = f"http://{HOST}:{port}/"
        deadline = time.monotonic() + START_SECONDS
        while not _answers(f"{address}server_info"):
            if process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise click.ClickException(f"Dagster's web UI does not answer on port {port}; it printed:\n{tail}")
            time.sleep(0.2)
        yield address
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and its group: `dagster dev` first, then the remaining processes, finally with SIGKILL.

    The code server would end by itself only about ten seconds after its parent.
    """
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    for number, seconds in ((signal.SIGTERM, STOP_SECONDS / 3), (signal.SIGKILL, STOP_SECONDS)):
        group = _group(process.pid)
        for member in group:
            with suppress(psutil.NoSuchProcess):
                member.send_signal(number)
        psutil.wait_procs(group, timeout=seconds)
    process.wait()


def _group(pid: int) -> list[psutil.Process]:
    """The living processes of a process group."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getpgid(process.pid) == pid and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def tour(site_address: str, ui_address: str, home: Path, seconds: float) -> str:
    """The text that tells the user which addresses to open."""
    return f"""
The season is built and published, {seconds:.0f} s after the start. Everything is in {home}.

  {site_address}
      The site. Tonight: predictions of the newest day with range, line and bets. Results: how accurate they were.
      Systems: each compared with the naive prediction and the market. Players, Trends, Data quality, Progress.
  {ui_address}asset-groups
      Dagster's web UI: the graph from the source files to the published files.
  {ui_address}assets/player_prop_predictions
      One table: columns with units and bounds, and, under Checks, a result for each day.

All games are simulated. Ctrl-C stops both.
"""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port of the site.")
@click.option("--ui-port", type=click.IntRange(0, 65535), default=3000, show_default=True, help="Port of Dagster's UI.")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    default=REPOSITORY / ".nba-demo",
    help="Folder to use as NBA_HOME; default: .nba-demo in the repository.",
)
@click.pass_context
def demo(context: click.Context, port: int, ui_port: int, home: Path) -> None:
    """Build one simulated season in its own folder, then serve the site and Dagster's web UI until Ctrl-C."""
    from nba_assets.sources.choice import make_league

    start = time.perf_counter()
    require_free({"PORT": port, "UI_PORT": ui_port})
    league = home / "simulated"
    os.environ |= {"NBA_HOME": str(home), "NBA_ARCHIVE": str(league)}
    os.environ.pop("NBA_PUBLISH", None)
    settings = Settings()
    with stops_on_signals():
        try:
            make_league(league, SEASONS, settings.lock_timeout_seconds, console.print)
            context.invoke(backfill)
            console.print("starting the site and Dagster's web UI")
            with (
                site(settings.home / "published", port) as address,
                dagster_ui(ui_port, settings.home / "dagster_dev.log") as ui_address,
            ):
                click.echo(tour(address, ui_address, settings.home, time.perf_counter() - start))
                while True:
                    time.sleep(3600)
        except KeyboardInterrupt:
            click.echo("stopped")
