"""The command line: what it says, and what it refuses."""

import io
from datetime import date

import pytest
from click.testing import CliRunner
from rich.console import Console

from nba_assets import cli, progress
from nba_assets.partitions import Season


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_says_season_step_days_and_rows(monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
    printed = io.StringIO()
    console = Console(file=printed, force_terminal=is_terminal, width=160)
    monkeypatch.setattr(cli, "console", console)
    with cli._bar() as (steps, began):
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "2024-02-30"], "'2024-02-30' is no day; write it as 2024-01-15"),
        (["--from", "2021-10-18", "--to", "2021-10-20"], "days run from 2021-10-19 to"),
        (["--from", "2024-01-02", "--to", "2024-01-01"], "oldest first"),
        (["--select", "no_such_table"], "--select no_such_table matches no table; tables are"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_in_a_sentence(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(cli.main, ["backfill", *arguments])
    assert result.exit_code == 2
    assert message in " ".join(result.output.split()).replace("│ ", "")
