"""Every snippet of docs/*.md runs as written, in a copy of the project with the mini archive's warehouse."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from nba_assets.settings import REPOSITORY
from nba_assets_tests.mini_warehouse import Home, environment

NOT_RUN = {
    "reset --simulated": "asks for confirmation, and rejects games that are not simulated: test_reset.py",
    "evaluate --truth": "the mini archive is not simulated: end_to_end/test_simulated.py",
    "evaluate --against": "two warehouses: reports/test_evaluate_against.py",
    "nba-assets simulate": "builds complete seasons: end_to_end/test_simulated.py",
    "NBA_ARCHIVE=/tmp/league": "builds complete seasons: end_to_end/test_simulated.py",
    "nba-assets demo": "serves until it is stopped",
    "make demo": "serves until it is stopped",
    "make ui": "serves until it is stopped: browser/test_dagster_ui.py",
    "make site": "serves until it is stopped: cli/test_serve.py",
    "http.server": "serves until it is stopped: site/test_files.py",
    "gs://bucket": "needs a bucket: stores/test_stores.py",
    "bigquery://": "needs a BigQuery project: warehouses/",
    "GOOGLE_APPLICATION_CREDENTIALS": "needs a BigQuery project: warehouses/",
    "make bigquery": "installs what the tests in warehouses/ use",
    "make test": "runs this test",
    "apt-get install": "changes the machine",
    "NBA_TEST_EVERY_FAULT": "takes many minutes: warehouses/test_bigquery_faults.py runs a sample",
    "NBA_LIVE=1": "needs the network: sources/live/",
    "nba-assets today": "needs the network: sources/live/",
    "nba-assets fetch": "needs the network: fetch/",
    "make fetch": "needs the network: fetch/",
    "NBA_POISON_DAYS": "needs the archive of real games: make test-long",
    "nba-home": "two warehouses: test_diff.py",
    "team_scoring_form": "the table of a recipe: test_the_recipe_of_a_table_and_its_checks",
}
"""Commands that are not run here, by a part of the command, with the reason."""
REPLACED = {
    "/path/to/archive": "mini_archive",
}


@dataclass(frozen=True)
class Snippet:
    file: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def snippets(*languages: str) -> list[Snippet]:
    found: list[Snippet] = []
    for path in sorted((REPOSITORY / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            line = text[: match.start()].count("\n") + 2
            found.append(Snippet(path.name, line, match[1], match[2]))
    return [snippet for snippet in found if not languages or snippet.language in languages]


def is_recipe(snippet: Snippet) -> bool:
    """Whether a snippet is part of the module that the recipes of how-to.md build."""
    return (
        snippet.language == "python"
        and snippet.line > min(each.line for each in snippets("python") if '"""team_scoring_form' in each.text) - 1
        and snippet.file == "how-to.md"
    )


def test_every_fence_names_a_language_that_is_run_or_drawn() -> None:
    drawn = {snippet.file for snippet in snippets("mermaid")}
    assert drawn == {"architecture.md"}, "generated; see reports/test_generated_docs.py"
    assert {snippet.language for snippet in snippets()} == {"bash", "python", "sql", "mermaid"}


@pytest.mark.parametrize("snippet", snippets("sql"), ids=str)
def test_sql(full: Home, snippet: Snippet) -> None:
    with duckdb.connect(str(full.folder / "nba.duckdb"), read_only=True) as connection:
        for statement in duckdb.extract_statements(snippet.text):
            connection.execute(statement).fetchall()


@pytest.mark.parametrize("snippet", [each for each in snippets("python") if not is_recipe(each)], ids=str)
def test_python(full: Home, snippet: Snippet) -> None:
    with duckdb.connect(str(full.folder / "nba.duckdb"), read_only=True) as db:
        exec(compile(snippet.text, str(snippet), "exec"), {"db": db})


@pytest.fixture
def project(home: Home, tmp_path: Path) -> Path:
    """A copy of the project whose default home is the test's."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("Makefile", "dagster.yaml", "workspace.yaml", "pyproject.toml", "constraints.txt"):
        shutil.copy(REPOSITORY / name, folder / name)
        os.utime(folder / name, (0, 0))  # older than .venv/.ready, so that make does not install the copy
    for name in ("nba_assets", "nba_assets_tests", "benchmarks"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    (folder / "mini_archive").symlink_to(home.archive)
    home.folder.rename(folder / ".nba")
    return folder


def run(project: Path, home: Home, script: str, stdin: str = "") -> str:
    """Output of a shell script; fails if one of its commands does."""
    env = os.environ | environment(project / ".nba", home.archive)
    env |= {"DAGSTER_HOME": str(project), "PYTHONPATH": str(project)}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=project, env=env, input=stdin, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.parametrize("snippet", snippets("bash"), ids=str)
def test_bash(home: Home, project: Path, snippet: Snippet) -> None:
    lines = [line for line in snippet.text.splitlines() if not any(part in line for part in NOT_RUN)]
    if not any(line.split("#")[0].strip() for line in lines):
        pytest.skip("; ".join(reason for part, reason in NOT_RUN.items() if part in snippet.text))
    if "make " in snippet.text and not (project / ".venv" / ".ready").exists():
        pytest.skip("make would install the copy of the project: the virtual environment is not one of make setup")
    script = "\n".join(lines).replace("status --stale ", "status --stale || test $? = 1 ")
    for written, ours in REPLACED.items():
        script = script.replace(written, ours)
    following = next((each for each in snippets("python") if each.line > snippet.line), None)
    is_session = "python -i" in script and following is not None
    run(project, home, script, following.text if is_session and following is not None else "")


def recipe() -> str:
    """The module of the recipes, assembled from the snippets."""
    module, *parts = [snippet.text for snippet in snippets("python") if is_recipe(snippet)]
    for head, argument in (
        ("CONTRACT = TableContract(", "rules=RULES"),
        ("@daily_table(\n    CONTRACT,", "checks=CHECKS"),
    ):
        assert f"`{argument}` in" in (REPOSITORY / "docs" / "how-to.md").read_text(encoding="utf-8")
        assert module.count(head) == 1
        module = module.replace(head, f"{head}\n    {argument},")
    return module.replace("\nCONTRACT = ", "\n" + "\n\n".join([*parts, "CONTRACT = "]), 1)


def test_the_recipe_of_a_table_and_its_checks(home: Home, project: Path) -> None:
    (project / "nba_assets" / "tables" / "analytics" / "team_scoring_form.py").write_text(recipe(), encoding="utf-8")
    days = "--from 2022-10-18 --to 2022-10-31"
    run(project, home, f"nba-assets backfill {days} --select team_scoring_form")
    with duckdb.connect(str(project / ".nba" / "nba.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "SELECT count(*), max(games_used_last_10) FROM analytics.team_scoring_form"
        ).fetchall()
        checks = connection.execute(
            "SELECT check_name, bool_and(passed), count(*) FROM quality.check_results "
            "WHERE table_name = 'team_scoring_form' GROUP BY ALL"
        ).fetchall()
    assert rows[0][0] > 0
    assert rows[0][1] > 0
    assert {name: passed for name, passed, _ in checks} == dict.fromkeys((name for name, _, _ in checks), True)
    assert {"both_sides", "completeness", "value_ranges"} <= {name for name, _, _ in checks}
    for snippet in snippets("bash"):
        for line in snippet.text.splitlines():
            if "team_scoring_form" in line:
                run(project, home, line)
