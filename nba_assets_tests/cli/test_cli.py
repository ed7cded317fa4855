"""The command line: its output, and what it rejects."""

import io
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from nba_assets import cli
from nba_assets.basketball.calendar import Season
from nba_assets.cli.backfill import _bar
from nba_assets.cli.common import say
from nba_assets.runtime import progress
from nba_assets.settings import REPOSITORY


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_shows_season_step_days_and_rows(monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
    printed = io.StringIO()
    console = Console(file=printed, force_terminal=is_terminal, width=160)
    monkeypatch.setattr("nba_assets.cli.backfill.console", console)
    with _bar() as (steps, began):
        began(Season(2021), date(2021, 10, 19), date(2021, 10, 28), ["schedule", "players"])
        with progress.step("schedule", "rows", 10) as step:
            step.rows = 1234
        with progress.step("schedule", "checks", 10) as step:
            step.rows = 40
    text = printed.getvalue()
    assert [(season, step.table, step.kind, step.rows) for season, step in steps] == [
        ("2021-22", "schedule", "rows", 1234),
        ("2021-22", "schedule", "checks", 40),
    ]
    assert "2021-22" in text
    assert "1,234" in text
    has_lines = any(line.startswith("2021-22  schedule") for line in text.splitlines())
    assert has_lines != is_terminal
    assert ("2/4" in text) == is_terminal


UNKNOWN = "matches no table. Allowed are tables and layers, separated by commas"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("backfill --from 2024-02-30", "'2024-02-30' is not a day; write it as 2024-01-15"),
        ("backfill --from 2021-10-18 --to 2021-10-20", "allowed are days from 2021-10-19 to"),
        ("backfill --from 2024-01-02 --to 2024-01-01", "the first not after the last"),
        ("backfill --select no_such_table", f"--select 'no_such_table': 'no_such_table' {UNKNOWN}"),
        ("backfill --select schedule,no_such_table", f"'no_such_table' {UNKNOWN}"),
        ("backfill --select ''", f"--select '': an empty part {UNKNOWN}"),
        ("backfill --select schedule,", f"--select 'schedule,': an empty part {UNKNOWN}"),
        ("backfill --select 'group:'", f"'group:' {UNKNOWN}"),
        ("backfill --select 'key:source/*'", f"'key:source/*' {UNKNOWN}"),
        ("backfill --force --stale", "--force rebuilds every day of the range"),
        ("backfill --again --stale", "--force rebuilds every day of the range"),
        ("status --from 2024-01-02 --to 2024-01-01", "the first not after the last"),
        ("status --from 2999-01-01", "allowed are days from 2021-10-19 to"),
        ("status --stale --from 2024-01-02 --to 2024-01-01", "the first not after the last"),
        ("evaluate --from 2024-01-02 --to 2024-01-01", "the first not after the last"),
        ("evaluate --season 2023-25", "'2023-25' is not a season; allowed are 2021-22, 2022-23"),
        ("evaluate --season 1999-00", "'1999-00' is not a season; allowed are 2021-22, 2022-23"),
        ("evaluate --season ''", "'' is not a season; allowed are 2021-22, 2022-23"),
        ("diff a b --from 2024-01-02 --to 2024-01-01", "--from 2024-01-02 --to 2024-01-01: there is no such day"),
        (
            "copy --from duckdb:a --to duckdb:b --first 2024-01-02 --last 2024-01-01",
            "--first 2024-01-02 --last 2024-01-01: there is no such day; give the oldest day first",
        ),
        ("site --port 65536", "65536 is not in the range 0<=x<=65535"),
        ("demo --port -1", "-1 is not in the range 0<=x<=65535"),
        (f"docs --to {__file__}", "is a file"),
        (f"simulate --to {__file__}", "is a file"),
        (f"fetch --to {__file__}", "is a file"),
        ("fetch --season 2023-25", "'2023-25' is not a season; allowed are 2021-22, 2022-23"),
    ],
)
def test_an_invalid_command_is_rejected_with_a_sentence(
    arguments: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBA_HOME", str(tmp_path))
    result = CliRunner().invoke(cli.main, shlex.split(arguments))
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.split()).replace("│ ", "")


def test_a_clock_before_the_first_day_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBA_HOME", str(tmp_path))
    monkeypatch.setenv("NBA_NOW", "2021-10-01T12:00:00+00:00")
    for command in ("backfill", "status", "evaluate"):
        result = CliRunner().invoke(cli.main, [command])
        assert result.exit_code == 2, result.output
        assert "NBA_NOW=2021-10-01 12:00:00+00:00 is before 2021-10-19" in result.output


def test_a_misspelt_setting_is_reported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBA_HOME", str(tmp_path))
    monkeypatch.setenv("NBA_PUBLISHED", str(tmp_path))
    result = CliRunner().invoke(cli.main, ["docs", "--to", str(tmp_path)])
    assert result.output.count("NBA_PUBLISHED is not a setting and has no effect; NBA_PUBLISH is one.") == 1


@pytest.mark.parametrize(("root", "why"), [("nosuch://bucket", "Protocol not known"), ("s3://bucket", "Install s3fs")])
def test_an_archive_of_an_unknown_kind_is_rejected(
    root: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBA_HOME", str(tmp_path))
    monkeypatch.setenv("NBA_ARCHIVE", root)
    result = CliRunner().invoke(cli.main, ["backfill"])
    assert result.exit_code == 1
    assert f"NBA_ARCHIVE={root} cannot be read" in result.output
    assert why in result.output


def test_without_arguments_the_help_shows_the_first_steps() -> None:
    result = CliRunner().invoke(cli.main)
    assert result.exit_code == 0
    for step in ("nba-assets backfill", "nba-assets status", "nba-assets demo"):
        assert step in result.output
    assert "Options:" not in result.output


def test_read_only_commands_import_neither_dagster_nor_the_bucket_client() -> None:
    script = "import sys, nba_assets.cli.status_page, nba_assets.engine.registry as r; r.tables(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "nba_assets" in loaded
    assert not loaded & {"dagster", "google", "matplotlib"}


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (["FROM=", "TO="], "nba-assets backfill"),
        (["FROM=2024-01-01", "TO=2024-01-31"], "nba-assets backfill --from 2024-01-01 --to 2024-01-31"),
    ],
)
def test_make_treats_an_empty_variable_as_not_set(variables: list[str], told: str) -> None:
    asked = ["make", "-n", "backfill", "site", "ui", "PORT=", "UI_PORT=", "PYTHON=", *variables]
    done = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert [line for line in lines if "backfill" in line][-1].endswith(told)
    assert any(line.endswith("nba-assets site --port 8000") for line in lines)
    assert any(line.endswith("--port 3000") for line in lines)


def test_help_imports_neither_pandas_nor_dagster() -> None:
    script = "import sys, nba_assets.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "nba_assets" in loaded
    assert not loaded & {"pandas", "numpy", "pyarrow", "duckdb", "dagster"}


@pytest.mark.parametrize("first", ["import pandas, nba_assets", "import nba_assets, pandas"])
def test_frames_use_copy_on_write_in_any_order_of_imports(first: str) -> None:
    script = f"{first}; print(pandas.options.mode.copy_on_write)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_brackets_of_a_path_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    say("archive at /data [v2] (NBA_ARCHIVE)")
    assert capsys.readouterr().out == "archive at /data [v2] (NBA_ARCHIVE)\n"
