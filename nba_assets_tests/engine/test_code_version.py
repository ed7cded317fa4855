"""The code version changes with a computation, not with texts, type hints or places."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from nba_assets.engine.code_version import definitions_of
from nba_assets.settings import REPOSITORY

TABLE = """
from {package}.helpers import LIMIT, clipped


def table(rows):
    return clipped(rows, LIMIT)
"""
HELPERS = '''
"""Helpers."""

LIMIT = 3
"""A limit."""
OTHER = 4


def clipped(rows: list[int], limit: int) -> list[int]:
    """Clips."""
    return [row for row in rows if row < limit]  # only the small ones


def unused():
    return OTHER
'''
_numbers = itertools.count()
Version = Callable[..., list[str]]


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Version:
    """Files by name -> definitions that `table.table` reaches; each call creates a new package."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def made(files: Mapping[str, str] | None = None, **modules: str) -> list[str]:
        package = f"made_package_{next(_numbers)}"
        sources = {"__init__.py": "", "table.py": TABLE, "helpers.py": HELPERS}
        sources |= {f"{name}.py": text for name, text in modules.items()} | dict(files or {})
        for name, text in sources.items():
            path = tmp_path / package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).replace("{package}", package))
        return definitions_of(f"{package}.table", "table")

    return made


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"""Clips."""', '"""Clips what is too large."""'),
        ('"""A limit."""', '"""The limit of the league."""'),
        ("# only the small ones", ""),
        ("rows: list[int], limit: int", "rows, limit"),
        ("return OTHER", "return OTHER + 1"),
        ("OTHER = 4", "OTHER = 5"),
        ('"""Helpers."""', ""),
    ],
)
def test_texts_hints_and_unused_code_do_not_change_the_version(version: Version, before: str, after: str) -> None:
    assert before in HELPERS
    assert version() == version(helpers=HELPERS.replace(before, after))


@pytest.mark.parametrize(("before", "after"), [("LIMIT = 3", "LIMIT = 4"), ("row < limit", "row <= limit")])
def test_used_code_changes_the_version(version: Version, before: str, after: str) -> None:
    assert before in HELPERS
    assert version() != version(helpers=HELPERS.replace(before, after))


def test_a_moved_module_does_not_change_the_version(version: Version) -> None:
    rooms = {"rooms/__init__.py": "", "rooms/helpers.py": HELPERS}
    moved = version(rooms, table=TABLE.replace("helpers", "rooms.helpers"), helpers="")
    assert version() == moved
    inside = "def table(rows):\n    from {package}.helpers import LIMIT, clipped\n    return clipped(rows, LIMIT)\n"
    assert version(table=inside) == version(rooms, table=inside.replace("helpers", "rooms.helpers"), helpers="")


def test_a_module_attribute_counts_alone_and_a_module_passed_around_counts_completely(
    version: Version,
) -> None:
    changed = HELPERS.replace("OTHER = 4", "OTHER = 5")
    by_attribute = (
        "from {package} import helpers\n\n\ndef table(rows):\n    return helpers.clipped(rows, helpers.LIMIT)\n"
    )
    assert version(table=by_attribute) == version(table=by_attribute, helpers=changed)
    assert version(table=by_attribute) != version(table=by_attribute, helpers=HELPERS.replace("LIMIT = 3", "LIMIT = 4"))
    whole = "from {package} import helpers\n\nMODULES = (helpers,)\n\n\ndef table(rows):\n    return MODULES[0].LIMIT\n"
    assert version(table=whole) != version(table=whole, helpers=changed)


def test_a_re_exported_name_counts_where_it_is_defined(version: Version) -> None:
    table = TABLE.replace("{package}.helpers", "{package}.parts")
    handed = {"parts/__init__.py": "from {package}.helpers import LIMIT, clipped\n"}
    assert version(handed, table=table) == version()
    assert version(handed, table=table, helpers=HELPERS.replace("LIMIT = 3", "LIMIT = 4")) != version()


def test_names_count_in_defaults_and_decorators_but_not_in_hints(version: Version) -> None:
    hinted = "from {package}.helpers import OTHER\n\n\ndef table(rows: OTHER) -> OTHER:\n    return rows\n"
    changed = HELPERS.replace("OTHER = 4", "OTHER = 5")
    assert version(table=hinted) == version(table=hinted, helpers=changed)
    default = "from {package}.helpers import OTHER\n\n\ndef table(rows=OTHER):\n    return rows\n"
    assert version(table=default) != version(table=default, helpers=changed)
    decorated = "from {package}.helpers import unused\n\n\n@unused\ndef table(rows):\n    return rows\n"
    assert version(table=decorated) != version(table=decorated, helpers=changed)


def test_statements_that_run_on_import_count(version: Version) -> None:
    changed = HELPERS + "\nfor name in ('LIMIT',):\n    globals()[name] += OTHER\n"
    assert version() != version(helpers=changed)
    assert version(helpers=changed) != version(helpers=changed.replace("OTHER = 4", "OTHER = 5"))
    assert version() == version(helpers=HELPERS + "\nif __name__ == '__main__':\n    print(LIMIT)\n")


def test_a_csv_file_counts_where_it_is_named(version: Version) -> None:
    table = "FACTS = 'facts.csv'\n\n\ndef table(rows):\n    return FACTS\n"
    assert version({"facts.csv": "1,2\n"}, table=table) == version({"facts.csv": "1,2\n"}, table=table)
    assert version({"facts.csv": "1,2\n"}, table=table) != version({"facts.csv": "1,3\n"}, table=table)


def test_a_method_of_a_class_that_is_reached_counts(version: Version) -> None:
    made = "from {package}.helpers import Made\n\n\ndef table(rows):\n    return Made().rows()\n"
    helpers = "class Made:\n    def rows(self):\n        return 1\n"
    assert version(table=made, helpers=helpers) != version(table=made, helpers=helpers.replace("1", "2"))


VERSIONS = """
import json, sys
from pathlib import Path
from nba_assets.engine import code_version, registry

for file, before, after in json.loads(sys.argv[1]):
    path = Path("nba_assets") / file
    text = path.read_text()
    assert text.count(before) == 1, f"{before!r} occurs {text.count(before)} times in {file}"
    path.write_text(text.replace(before, after))
    for function in vars(code_version).values():
        getattr(function, "cache_clear", lambda: None)()
    print(json.dumps({name: code_version.code_version(table) for name, table in registry.tables().items()}))
    path.write_text(text)
"""


def test_versions_are_the_same_in_another_process() -> None:
    """They must not depend on object addresses or set order: all days would always be stale."""
    script = "import json; from nba_assets.engine import registry; "
    script += "from nba_assets.engine.code_version import code_version; "
    script += "print(json.dumps({name: code_version(table) for name, table in registry.tables().items()}))"
    printed = [
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert json.loads(printed[0]) == json.loads(printed[1])


def changed_by(project: Path, *edits: tuple[str, str, str]) -> list[set[str]]:
    """The tables whose code version each edit (file, before, after) changes, one edit at a time."""
    nothing = ("basketball/calendar.py", "FINAL_HOUR = time(5, 0)", "FINAL_HOUR = time(5, 0)  # five")
    command = [sys.executable, "-c", VERSIONS, json.dumps([nothing, *edits])]
    printed = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout
    plain, *others = [json.loads(line) for line in printed.splitlines()]
    assert len(plain) >= 44
    return [{name for name in plain if plain[name] != other[name]} for other in others]


def test_in_the_project_a_typo_makes_nothing_stale_and_a_constant_only_what_uses_it(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "nba_assets", tmp_path / "nba_assets", ignore=shutil.ignore_patterns("__pycache__"))
    typo, described, constant, reader, window = changed_by(
        tmp_path,
        ("basketball/calendar.py", "and the season calendar.", "and the calender of seasons."),
        ("tables/raw/shots.py", 'doc="Every field-goal attempt', 'doc="Each field-goal attempt'),
        ("tables/predictions/similarity.py", "FEWEST_MATCHES = 5", "FEWEST_MATCHES = 6"),
        ("sources/archive/reader.py", "_KEPT_ROWS = 50_000", "_KEPT_ROWS = 50_001"),
        ("windows/asof.py", "EWMA_GAMES = 40", "EWMA_GAMES = 39"),
    )
    assert typo == set()
    assert described == set()
    assert constant == {"base_predictions"}
    assert {"schedule", "player_boxscores", "prop_lines"} <= reader
    assert "player_game_summary" not in reader
    assert {"player_daily_cache", "upcoming_player_game_context"} <= window
    assert "schedule" not in window


KEPT = """
import json
from nba_assets.engine import code_version, registry

print(json.dumps({name: code_version.code_version(table) for name, table in registry.tables().items()}))
print("parsed" if code_version._module.cache_info().currsize else "kept")
"""


def test_versions_are_kept_for_exactly_these_sources(tmp_path: Path) -> None:
    """A second process parses nothing; a change of any source, or a damaged file, makes it parse again."""
    shutil.copytree(REPOSITORY / "nba_assets", tmp_path / "nba_assets", ignore=shutil.ignore_patterns("__pycache__"))

    def versions() -> tuple[dict[str, str], str]:
        ran = subprocess.run([sys.executable, "-c", KEPT], cwd=tmp_path, check=True, capture_output=True, text=True)
        found, how = ran.stdout.splitlines()
        return json.loads(found), how

    first, how = versions()
    assert how == "parsed"
    assert versions() == (first, "kept")
    (kept,) = tmp_path.glob("nba_assets/engine/__pycache__/*.definitions.json")
    kept.write_text("{")
    assert versions() == (first, "parsed")
    path = tmp_path / "nba_assets" / "basketball" / "odds.py"
    path.write_text(path.read_text() + "\n# a comment\n")
    assert versions() == (first, "parsed")
    assert versions() == (first, "kept")
