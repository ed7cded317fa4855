"""The floor plan: which package may import which, read from the imports of every module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nba_assets.engine.registry import LAYERS
from nba_assets.settings import REPOSITORY

ROOMS = (
    ("settings",),
    ("runtime",),
    ("basketball",),
    ("contracts",),
    ("windows", "documents"),
    ("sources", "warehouses", "stores"),
    ("tables", "site"),
    ("engine",),
    ("reports",),
    ("orchestration",),
    ("cli", "definitions"),
)
"""Packages from the bottom up: each may import from lower floors and from itself."""
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
ONLY_IN_FACTORIES = {
    "nba_assets.warehouses.duckdb": "nba_assets.warehouses.factory",
    "nba_assets.warehouses.bigquery": "nba_assets.warehouses.factory",
    "nba_assets.stores.folder": "nba_assets.stores.factory",
    "nba_assets.stores.gcs": "nba_assets.stores.factory",
    "nba_assets.sources.simulated": "nba_assets.sources.choice",
    "nba_assets.sources.archive": "nba_assets.sources.choice",
}
"""Concrete implementations, with the modules outside their own package that may import them."""
OTHER_USES = {
    # The list of all families and readers; an archive that live feeds extend with files of the same kind.
    "nba_assets.sources.archive": {"nba_assets.sources.families", "nba_assets.sources.live.extended"},
    # Deletes the partial files of a folder; serves a folder over HTTP; reads two folders of published files.
    "nba_assets.stores.folder": {"nba_assets.engine.reset", "nba_assets.cli.serve", "nba_assets.reports.diff"},
    # The command that writes an archive of the simulated league, and the report that reads its truth.
    "nba_assets.sources.simulated": {"nba_assets.cli.simulate", "nba_assets.reports.evaluate_truth"},
}


@dataclass(frozen=True)
class Import:
    """One import of a module."""

    module: str
    imported: str
    line: int

    def __str__(self) -> str:
        return f"{self.module.replace('.', '/')}.py:{self.line} imports {self.imported}"


def modules(root: Path) -> dict[str, Path]:
    """The modules of the package in a folder, by dotted name."""
    found: dict[str, Path] = {}
    for path in sorted((root / "nba_assets").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(root: Path) -> Iterator[Import]:
    """Every import in the package, including those in functions and for type checkers."""
    known = modules(root)
    for module, path in known.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (Import(module, alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0 and node.module is not None, f"{module}: relative import in line {node.lineno}"
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    yield Import(module, full if full in known else node.module, node.lineno)


def package_of(module: str) -> str | None:
    """The subpackage of nba_assets that contains a module; None for the package itself and other projects."""
    parts = module.split(".")
    return parts[1] if parts[0] == "nba_assets" and len(parts) > 1 else None


def upward(found: Import) -> bool:
    """Whether an import goes up, or sideways to another package on the same floor."""
    own, other = package_of(found.module), package_of(found.imported)
    if own is None or other is None or own == other:
        return False
    if (own, other) == ("site", "stores"):
        return False
    return FLOOR[other] >= FLOOR[own]


def to_a_later_layer(found: Import) -> bool:
    """Whether a module of a layer imports from a layer that builds on it."""
    own, other = (name.split(".")[2:3] for name in (found.module, found.imported))
    if package_of(found.module) != "tables" or package_of(found.imported) != "tables" or not own or not other:
        return False
    return LAYERS.index(other[0]) > LAYERS.index(own[0])


def outside_of_factories(found: Import) -> bool:
    """Whether a concrete warehouse, store or source is imported outside its package and factory."""
    for concrete, factory in ONLY_IN_FACTORIES.items():
        if found.imported == concrete or found.imported.startswith(f"{concrete}."):
            is_own = found.module == concrete or found.module.startswith(f"{concrete}.")
            return not is_own and found.module not in {factory, *OTHER_USES.get(concrete, ())}
    return False


def dagster_elsewhere(found: Import) -> bool:
    """Whether Dagster is imported outside orchestration; only modules with Google's clients may import dagster-gcp."""
    clients = ("nba_assets.warehouses.bigquery.connection", "nba_assets.stores.gcs")
    if found.module in clients and found.imported == "dagster_gcp":
        return False
    return found.imported.split(".")[0].startswith("dagster") and package_of(found.module) != "orchestration"


RULES = (upward, to_a_later_layer, outside_of_factories, dagster_elsewhere)


def test_every_module_is_in_a_package_of_the_floor_plan() -> None:
    rooms = {package_of(module) for module in modules(REPOSITORY)} - {None}
    assert rooms == set(FLOOR)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_import_breaks_the_floor_plan(rule: object) -> None:
    assert callable(rule)
    assert [str(found) for found in imports(REPOSITORY) if rule(found)] == []


@pytest.mark.parametrize(
    ("module", "text", "rule"),
    [
        ("basketball/rotations.py", "from nba_assets.contracts.contract import Column", upward),
        ("contracts/rules.py", "def f():\n    from nba_assets.engine import registry", upward),
        ("warehouses/cached.py", "from nba_assets.stores.protocol import Store", upward),
        ("tables/raw/rebounds.py", "from nba_assets.tables.analytics.zones import ZONES", to_a_later_layer),
        ("engine/shortcut.py", "from nba_assets.warehouses.duckdb import DuckDBWarehouse", outside_of_factories),
        ("engine/shortcut.py", "from nba_assets.sources.simulated.league import League", outside_of_factories),
        ("engine/shortcut.py", "from nba_assets.sources.archive.reader import Archive", outside_of_factories),
        ("tables/raw/rebounds.py", "from nba_assets.sources.archive.families import FAMILIES", outside_of_factories),
        ("engine/shortcut.py", "from nba_assets.warehouses.bigquery.jobs import Jobs", outside_of_factories),
        ("engine/hooks.py", "import dagster as dg", dagster_elsewhere),
        ("warehouses/clients.py", "from dagster_gcp import BigQueryResource", dagster_elsewhere),
        ("stores/folder.py", "from dagster_gcp import GCSResource", dagster_elsewhere),
        ("cli/shortcut.py", "from dagster import DagsterInstance", dagster_elsewhere),
    ],
)
def test_an_import_that_breaks_the_plan_is_detected(tmp_path: Path, module: str, text: str, rule: object) -> None:
    path = tmp_path / "nba_assets" / module
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert callable(rule)
    (found,) = imports(tmp_path)
    assert rule(found)
    assert not any(other(found) for other in RULES if other is not rule)
