"""The generated pages of docs/ are up to date, and the architecture page is drawn from the code."""

from pathlib import Path

import pytest

from nba_assets.engine import registry
from nba_assets.reports.architecture import architecture, direct, package_imports, table_reads, write_architecture
from nba_assets.reports.reference import write_reference
from nba_assets.settings import REPOSITORY

DOCS = REPOSITORY / "docs"
REMEDY = "run `make docs` and commit docs/"


def test_the_stored_pages_are_up_to_date(tmp_path: Path) -> None:
    written = [write_architecture(tmp_path / "architecture.md"), *write_reference(tmp_path / "tables")]
    outdated = [
        path.name
        for path in written
        if (DOCS / path.relative_to(tmp_path)).read_text("utf-8") != path.read_text("utf-8")
    ]
    assert outdated == [], REMEDY
    removed = {path.name for path in (DOCS / "tables").iterdir()} - {path.name for path in written}
    assert removed == set(), f"pages of tables that no longer exist: {REMEDY}"


def test_every_table_is_a_box_and_every_input_an_arrow() -> None:
    page = architecture()
    for name in registry.tables():
        assert f"  {name}[{name}]\n" in page
    assert ("player_boxscores", "player_game_summary") in table_reads()
    assert "  player_boxscores --> player_game_summary\n" in page


def test_imports_are_read_from_functions_and_from_packages(tmp_path: Path) -> None:
    package = tmp_path / "nba_assets"
    for name, text in {
        "basketball": "",
        "contracts": "from nba_assets import basketball\nimport pandas.core\n",
        "engine": "def f():\n    from nba_assets.contracts import contract\n    import nba_assets.basketball.odds\n",
    }.items():
        (package / name).mkdir(parents=True)
        (package / name / "module.py").write_text(text, encoding="utf-8")
    expected = [("contracts", "basketball"), ("engine", "basketball"), ("engine", "contracts")]
    assert package_imports(package) == expected
    assert direct(expected) == [("contracts", "basketball"), ("engine", "contracts")]


@pytest.mark.parametrize("pair", [("cli", "orchestration"), ("warehouses", "contracts")])
def test_the_packages_are_drawn(pair: tuple[str, str]) -> None:
    assert f"  {pair[0]} --> {pair[1]}\n" in architecture()
