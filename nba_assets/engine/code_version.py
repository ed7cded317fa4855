"""The code version of a table: it changes if, and only if, code that can change its rows or its checks changes.

It is a hash over the definitions (functions, classes, constants) that the table reaches: its decorated function, the
definitions that this uses, those that they use, and so on through the project's modules. A definition is hashed as its
syntax tree without comments, docstrings, descriptions and type hints, and without the name of its module. So a
corrected typo or a moved module makes no day stale, and a changed constant makes stale exactly the tables that use it.

If the used part of a module cannot be determined (the module itself is passed around), the whole module counts.

Parsing the sources takes a second at every start, so the result is kept next to Python's bytecode, for exactly these
sources.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from nba_assets.contracts.contract import Column
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.inputs import Input
from nba_assets.engine import registry
from nba_assets.sources.families import FAMILIES, READERS
from nba_assets.sources.protocol import Family

_SURROUNDINGS = frozenset(
    f"nba_assets.{name}"
    for name in (
        *("contracts", "contracts.contract", "contracts.columns", "contracts.daily_table", "contracts.inputs"),
        *("contracts.publication", "documents", "engine.registry", "engine.platform", "settings", "stores.protocol"),
        "tables.grading.plots",
    )
)
"""Modules that serve every table but do not compute rows. The columns of the contract are hashed separately; constants
and rules that a table imports from other modules of `contracts` do count."""
_HANDED = {
    "history": (("nba_assets.windows.asof", "History"),),
    "source": tuple((reader.__module__, reader.__name__) for reader in READERS),
}
"""Definitions that a table uses through the kind of its input, without importing them."""
_ALL = "*"
"""All definitions of a module; for an import: the module itself."""
_EFFECTS = ""
"""The top-level statements of a module that define nothing."""


@dataclass(frozen=True)
class _Module:
    """A parsed module of the project.

    definitions: the top-level statements that bind a name, by name.
    imports: imported name -> (module, name in it); the name is `*` if it is a module.
    effects: other top-level statements; they run whenever the module is used.
    """

    folder: Path
    package: str
    definitions: Mapping[str, tuple[ast.stmt, ...]]
    imports: Mapping[str, tuple[str, str]]
    effects: tuple[ast.stmt, ...]


def code_version(table: DailyTable) -> str:
    """First 16 hex digits of sha256 over the table's contract, its inputs and the definitions that it reaches."""
    contract = table.contract
    columns = [_facts_of(column) for column in contract.columns]
    shape = (contract.name, contract.layer, contract.full_key, contract.known, columns, sorted(contract.rules))
    families = [_facts_of(FAMILIES[item.name]) for item in table.inputs.values() if item.reach == "source"]
    inputs = sorted((argument, _facts_of(item)) for argument, item in table.inputs.items())
    digest = hashlib.sha256(repr((shape, inputs, families)).encode())
    texts: set[str] = set()
    for place in _entries(table):
        texts.update(_kept_definitions().get(place) or definitions_of(*place))
    for text in sorted(texts):
        digest.update(text.encode())
    return digest.hexdigest()[:16]


def _entries(table: DailyTable) -> list[tuple[str, str]]:
    """The definitions that a table names: its function, and what it uses through the kind of its inputs."""
    reaches = sorted({item.reach for item in table.inputs.values()} & _HANDED.keys())
    return [
        (table.function.__module__, table.function.__name__),
        *(each for reach in reaches for each in _HANDED[reach]),
    ]


@cache
def _kept_definitions() -> Mapping[tuple[str, str], Sequence[str]]:
    """`definitions_of` the entries of every table of the registry, from the file of these sources; it is written if
    there is none."""
    sources, path = _fingerprint(), Path(importlib.util.cache_from_source(__file__)).with_suffix(".definitions.json")
    with contextlib.suppress(OSError, ValueError):  # a file that is absent or damaged is written again
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["sources"] == sources:
            texts = held["texts"]
            return {(module, name): [texts[place] for place in places] for module, name, places in held["entries"]}
    entries = {entry for table in registry.tables().values() for entry in _entries(table)}
    found = {entry: definitions_of(*entry) for entry in sorted(entries)}
    texts = sorted({text for texts in found.values() for text in texts})
    places = {text: place for place, text in enumerate(texts)}
    listed = [(*entry, [places[text] for text in of_entry]) for entry, of_entry in found.items()]
    with contextlib.suppress(OSError):  # as for bytecode: a folder that cannot be written costs time only
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(json.dumps({"sources": sources, "texts": texts, "entries": listed}), encoding="utf-8")
        partial.replace(path)
    return found


def _fingerprint() -> str:
    """sha256 of everything that `definitions_of` reads: the sources and CSV files of the project, and the version of
    Python, whose syntax trees they become."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(path for path in root.rglob("*") if path.suffix in (".py", ".csv")):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def _facts_of(declared: Column | Family | Input) -> tuple[object, ...]:
    """The fields of a declaration without its description, and without what the table's definition shows anyway:
    functions, and whether the function asks for the rows of an input itself."""
    values = (
        getattr(declared, each.name) for each in fields(declared) if each.name not in ("doc", "sums", "is_on_demand")
    )
    return tuple(value for value in values if not callable(value))


def definitions_of(module: str, name: str) -> list[str]:
    """Normalised texts, sorted, of the definitions that a definition reaches, itself included.

    A name that the module does not define at its top level (a nested function) counts as the whole module.
    """
    waiting = [(module, name if name in _module(module).definitions else _ALL)]
    reached: set[tuple[str, str]] = set()
    while waiting:
        place = waiting.pop()
        if place not in reached:
            reached.add(place)
            waiting.extend(_references(*place))
    return sorted({text for place in reached for text in _texts(*place)})


@dataclass(frozen=True)
class _Part:
    """A parsed statement: its normalised source, the names in it (see `_Reader`), the strings in it that name files."""

    source: str
    names: frozenset[tuple[str, str | None]]
    imports: Mapping[str, tuple[str, str]]
    files: frozenset[str]


@cache
def _parts(module: str, name: str) -> tuple[_Part, ...]:
    """The statements behind a name of a module: of one definition, of all (`*`), or the effects."""
    parsed = _module(module)
    if name == _ALL:
        return tuple(part for each in parsed.definitions for part in _parts(module, each))
    statements = parsed.effects if name == _EFFECTS else parsed.definitions[name]
    return tuple(_read(statement, parsed.package) for statement in statements)


def _read(statement: ast.stmt, package: str) -> _Part:
    reader = _Reader(package)
    source = ast.unparse(reader.visit(statement))
    return _Part(source, frozenset(reader.names), reader.imports, frozenset(reader.files))


@cache
def _texts(module: str, name: str) -> tuple[str, ...]:
    """The texts that a definition adds to the hash: its source, and the CSV files (aliases, arenas) that it names."""
    folder = _module(module).folder
    texts = []
    for part in _parts(module, name):
        texts.append(f"{part.source}\n")
        facts = [folder / file for file in sorted(part.files)]
        texts.extend(f"{path.name}\n{path.read_text(encoding='utf-8')}\n" for path in facts if path.exists())
    return tuple(texts)


@cache
def _references(module: str, name: str) -> frozenset[tuple[str, str]]:
    """The definitions of the project that a definition uses, and the effects of its module."""
    parsed = _module(module)
    places: set[tuple[str, str]] = set() if name == _EFFECTS else {(module, _EFFECTS)}
    for part in _parts(module, name):
        for used, attribute in part.names:
            if used in parsed.definitions:
                places.add((module, used))
            elif used in (imports := part.imports if used in part.imports else parsed.imports):
                source, imported = imports[used]
                places |= _resolved(source, (attribute or _ALL) if imported == _ALL else imported)
    return frozenset(places)


@cache
def _resolved(module: str, name: str) -> frozenset[tuple[str, str]]:
    """The places where a name of a module is defined, following imports; empty if outside the project."""
    if module in _SURROUNDINGS or not _is_module(module):
        return frozenset()
    parsed = _module(module)
    if name in parsed.imports and name not in parsed.definitions:
        return _resolved(*parsed.imports[name])
    if _is_module(f"{module}.{name}"):
        return _resolved(f"{module}.{name}", _ALL)
    return frozenset({(module, name if name in parsed.definitions else _ALL)})


@cache
def _module(name: str) -> _Module:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name} has no source file", name=name)
    path = Path(spec.origin)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    definitions: dict[str, list[ast.stmt]] = {}
    imports: dict[str, tuple[str, str]] = {}
    effects: list[ast.stmt] = []
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports |= _imported(statement, package)
        elif bound := _bound(statement):
            for each in bound:
                definitions.setdefault(each, []).append(statement)
        elif not _is_of_other_uses(statement):
            effects.append(statement)
            for node in ast.walk(statement):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    imports |= _imported(node, package)
    return _Module(
        path.parent, package, {each: tuple(parts) for each, parts in definitions.items()}, imports, tuple(effects)
    )


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a top-level statement defines."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return set()


def _is_of_other_uses(statement: ast.stmt) -> bool:
    """Whether it is a block for type checkers or for a module that is run as a program."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id in ("TYPE_CHECKING", "__name__") for node in ast.walk(statement.test)
    )


def _imported(statement: ast.Import | ast.ImportFrom, package: str) -> dict[str, tuple[str, str]]:
    """The names that an import of the project's modules binds, as in `_Module.imports`."""
    root = package.split(".")[0]
    if isinstance(statement, ast.Import):
        # `import a.b` binds `a`; one attribute does not show which part of it is used, so all of a.b counts.
        named = [alias for alias in statement.names if alias.name.split(".")[0] == root]
        return {alias.asname or root: (alias.name, _ALL) for alias in named}
    source = statement.module or ""
    if statement.level:
        base = package.split(".")
        source = ".".join([*base[: len(base) - statement.level + 1], *([source] if source else [])])
    if source.split(".")[0] != root:
        return {}
    modules = {alias.name: f"{source}.{alias.name}" for alias in statement.names}
    return {
        alias.asname or alias.name: (modules[alias.name], _ALL)
        if _is_module(modules[alias.name])
        else (source, alias.name)
        for alias in statement.names
    }


@cache
def _is_module(name: str) -> bool:
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return False  # `name` is a function or class inside a module
    return spec is not None and spec.origin is not None and spec.origin.endswith(".py")


class _Reader(ast.NodeTransformer):
    """Normalises a statement and collects the names in it.

    It drops what computes nothing: string statements (docstrings), type hints of functions, strings passed as `doc=`;
    and imports, because the imported definitions are included themselves.

    names: each name with the attribute that is read from it; names in type hints of variables are left out.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        self.names: set[tuple[str, str | None]] = set()
        self.imports: dict[str, tuple[str, str]] = {}
        self.files: set[str] = set()

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return ast.Pass()
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.visit(node.target)
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.keywords = [each for each in node.keywords if not (each.arg == "doc" and _is_text(each.value))]
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name):
            self.names.add((node.value.id, node.attr))
            return node
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        self.names.add((node.id, None))
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str) and node.value.endswith(".csv"):
            self.files.add(node.value)
        return node

    def visit_Import(self, node: ast.Import) -> ast.AST:
        self.imports |= _imported(node, self.package)
        return ast.Pass()

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        self.imports |= _imported(node, self.package)
        return ast.Pass()


def _is_text(node: ast.expr) -> bool:
    """Whether an expression is a string, including f-strings."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return all(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in parts)
