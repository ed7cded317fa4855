"""The systemd units in `deploy/`: systemd accepts them, and their commands and settings exist."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from dagster._daemon.cli import create_dagster_daemon_cli
from dagster_webserver.cli import create_dagster_webserver_cli

from nba_assets.settings import REPOSITORY, Settings

DEPLOY = REPOSITORY / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMMANDS = {"dagster-daemon": create_dagster_daemon_cli, "dagster-webserver": create_dagster_webserver_cli}
SETTINGS = {"DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE"} | {f"NBA_{name.upper()}" for name in Settings.model_fields}
NEEDED = {"DAGSTER_HOME", "NBA_HOME", "NBA_LIVE"}


def parsed(command: list[str]) -> click.Context:
    """Parses the command line like the program itself, without starting anything.

    Raises:
        click.UsageError: the program does not know an option or a subcommand.
    """
    name, *arguments = command
    program = COMMANDS[Path(name).name]()
    context = program.make_context(Path(name).name, list(arguments))
    if isinstance(program, click.Group):
        sub = program.get_command(context, arguments[0])
        assert sub is not None
        sub.make_context(arguments[0], arguments[1:])
    return context


def unit(path: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=True, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(path.read_text())
    return found


def test_there_are_units_of_the_daemon_and_the_web_ui() -> None:
    assert [path.name for path in UNITS] == ["nba-assets-daemon.service", "nba-assets-webserver.service"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_a_command_that_exists_with_settings_that_exist(path: Path) -> None:
    service = unit(path)["Service"]
    parsed(service["ExecStart"].split())
    names = {item.partition("=")[0] for item in service["Environment"].split()}
    assert names <= SETTINGS and names >= NEEDED
    assert service["Restart"] == "always" and re.fullmatch(r"\d+G", service["MemoryMax"])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_accepts_a_unit(path: Path, tmp_path: Path) -> None:
    installed = tmp_path / path.name
    installed.write_text(path.read_text().replace("%h/nba_assets", str(REPOSITORY)))
    (tmp_path / "wrong.service").write_text("[Service]\nExecStart=/no/such/program\nRestrt=always\n")
    verify = ["systemd-analyze", "verify", "--user", "--man=no"]
    env = {"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    ran = subprocess.run([*verify, str(installed)], capture_output=True, text=True, env=env, check=False)
    assert [line for line in ran.stderr.splitlines() if path.name in line] == []
    wrong = subprocess.run(
        [*verify, str(tmp_path / "wrong.service")], capture_output=True, text=True, env=env, check=False
    )
    assert "wrong.service" in wrong.stderr, "systemd-analyze reports nothing here"
