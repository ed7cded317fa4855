"""Every command of the README, run in a fresh clone without an archive.

The clone uses the virtual environment of this test run, because creating another one takes minutes. All commands see a
proxy that does not answer: nothing needs the network. The demo builds its complete season; commands without a range end
at LAST_DAY, after the first models were trained.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psutil
import pytest

from nba_assets.engine import registry
from nba_assets.settings import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SERVING = ("make demo", "make site", "make ui")
"""Commands that run until Ctrl-C."""
NOT_RUN = {
    "make fetch": "needs the network; the tests of fetch use local servers",
    "make fetch && make backfill": "likewise",
    "make test": "runs this test",
    "make test-long": "runs this test",
    "make bench": "takes a quarter of an hour; the tests of benchmarks call it",
}


def commands_of(text: str) -> list[str]:
    """The commands in the README's code blocks and backticks that can be run as they are, in order."""
    found: list[str] = []
    pattern = re.compile(r"^```(?:bash)?\n(.*?)^```$|`((?:make|\.venv/bin/)[^`]*)`", re.MULTILINE | re.DOTALL)
    for block, inline in pattern.findall(text):
        lines = [inline] if inline else block.splitlines()
        found.extend(line.partition("  #")[0].strip() for line in lines)
    is_command = re.compile(r"(make [a-z]|\.venv/bin/|export )")
    return [line for line in dict.fromkeys(" ".join(each.split()) for each in found) if is_command.match(line)]


LAST_DAY = "2022-01-10"
WITH_LAST_DAY = (".venv/bin/nba-assets status --stale", ".venv/bin/nba-assets backfill --stale")
"""Commands that process every day up to the last one of the archive unless given a range."""
COMMANDS = commands_of(README)


def environment(clone: Path) -> dict[str, str]:
    """The environment of a shell in the clone without this project's settings.

    Variables of a surrounding make are removed, too: a nested make prints the directories it enters.
    """
    set_by_others = ("NBA_", "DAGSTER_", "MAKE", "MFLAGS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(set_by_others)}
    nowhere = "http://127.0.0.1:9"
    return kept | {
        "PYTHONPATH": str(clone),
        "http_proxy": nowhere,
        "https_proxy": nowhere,
        "no_proxy": "127.0.0.1,localhost",
        "COLUMNS": "200",
        "TO": LAST_DAY,
    }


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files tracked by git, without any others."""
    folder = tmp_path_factory.mktemp("newcomer") / "repository"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in listed.rstrip("\0").split("\0"):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    (folder / ".venv").mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name != ".ready":
            (folder / ".venv" / entry.name).symlink_to(entry)
    (folder / ".venv" / ".ready").write_text("0 0\n")  # newer than pyproject.toml, so that make installs nothing
    return folder


def run(clone: Path, command: str) -> str:
    """Runs a command, which must succeed; returns its output."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=clone,
        env=environment(clone),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=3600,
    )
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout[-6000:]}"
    assert "Traceback" not in done.stdout, f"{command}\n{done.stdout[-6000:]}"
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answer(url: str) -> str | None:
    """The answer of a server; None while there is none."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return str(response.read().decode())
    except (urllib.error.URLError, OSError):
        return None


def served(clone: Path, command: str) -> Iterator[tuple[str, str]]:
    """Starts a serving command, yields its two addresses, and stops it like Ctrl-C: no process may remain."""
    site, ui = free_port(), free_port()
    printed = clone.parent / f"{command.replace(' ', '-')}.txt"
    with printed.open("w") as out:
        process = subprocess.Popen(
            [*command.split(), f"PORT={site}", f"UI_PORT={ui}"],
            cwd=clone,
            env=environment(clone),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    addresses = f"http://127.0.0.1:{site}/", f"http://127.0.0.1:{ui}/"
    awaited = {"make site": addresses[0], "make ui": f"{addresses[1]}server_info"}
    deadline = time.monotonic() + 1800
    try:
        while True:
            told = printed.read_text()
            if answer(awaited[command]) if command in awaited else "Ctrl-C stops both" in told:
                break
            assert process.poll() is None and time.monotonic() < deadline, f"{command}\n{told[-6000:]}"
            time.sleep(0.5)
        family = psutil.Process(process.pid).children(recursive=True)
        yield addresses
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends Ctrl-C to the foreground process group
        process.wait(timeout=60)
        _, left = psutil.wait_procs(family, timeout=30)
        assert left == [], f"{command} left {left}"
        assert "Traceback" not in printed.read_text().partition("KeyboardInterrupt")[0]
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=60)


def test_every_command_of_the_readme_is_run_or_excluded() -> None:
    assert set(SERVING) | set(NOT_RUN) <= set(COMMANDS)
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    for command in COMMANDS:
        for target in re.findall(r"make ([a-z-]+)", command):
            assert target in targets, command


def test_the_pictures_of_the_readme_exist_and_are_small() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert len(pictures) == 2
    for name in pictures:
        assert 5_000 < (REPOSITORY / name).stat().st_size < 150_000, name


@pytest.mark.long
def test_every_command_of_the_readme_works_in_a_fresh_clone(clone: Path) -> None:
    printed: dict[str, str] = {}
    exports: list[str] = []
    assert COMMANDS[0] == "make demo"
    for command in [each for each in COMMANDS if each not in NOT_RUN]:
        if command.startswith("export "):
            exports.append(command)
        elif command in SERVING:
            for site, ui in served(clone, command):
                if command != "make ui":
                    page = answer(site)
                    assert page is not None and "<title>Tonight" in page, command
                    assert json.loads(answer(f"{site}v1/predictions/today.json") or "{}")["source"] == "simulated"
                if command == "make demo":
                    _require_complete(clone / ".nba-demo", days=200)
                if command != "make site":
                    assert "dagster_version" in (answer(f"{ui}server_info") or ""), command
        elif "reset" not in command:
            typed = f"{command} --to {LAST_DAY}" if command in WITH_LAST_DAY else command
            printed[command] = run(clone, " && ".join([*exports, typed]))
            if command == "make backfill":
                _require_complete(clone / ".nba", days=60)
    assert "simulated league at" in printed["make backfill"].splitlines()[0]
    assert "These games are simulated" in printed["make backfill"]
    assert "min" in printed["make backfill"].splitlines()[-1] and "set-up" in printed["make backfill"].splitlines()[-1]
    python = "\n".join(re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
    assert "load_table" in python
    run(clone, f".venv/bin/python -c '{python}\nassert len({python.strip().splitlines()[-1]}) > 1000'")
    (reset,) = [each for each in COMMANDS if "reset" in each]
    told = run(clone, f"{reset} --yes")
    assert "nba.duckdb" in told and not (clone / ".nba" / "nba.duckdb").exists()


def _require_complete(home: Path, days: int) -> None:
    """Asserts that all tables have rows on more than `days` days, no ERROR check failed, and the site exists."""
    with duckdb.connect(str(home / "nba.duckdb"), read_only=True) as connection:
        ((tables, held),) = connection.sql(
            "SELECT count(DISTINCT table_name), count(DISTINCT game_date) FROM quality.partition_log WHERE rows > 0"
        ).fetchall()
        failed = connection.sql(
            "SELECT table_name, check_name, game_date, reasons FROM quality.check_results "
            "WHERE NOT passed AND severity = 'ERROR' ORDER BY ALL LIMIT 20"
        ).fetchall()
    assert failed == []
    assert tables == len(registry.tables())
    assert held > days
    published = home / "published" / "v1"
    assert (published / "site" / "index.html").is_file()
    assert "Simulated data" in (published / "progress.md").read_text()
