"""The code version of a table: changes when its contract, its transform or a helper that it imports changes."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import re
from functools import cache
from pathlib import Path

from nba_assets.daily_table import DailyTable

_SURROUNDINGS = frozenset(
    f"nba_assets.{name}"
    for name in (
        *("daily_table", "inputs", "registry", "platform", "settings"),
        *("contracts", "contracts.contract", "contracts.columns"),
        *("publishing", "publishing.publication", "publishing.store"),
        "grading.plots",
    )
)
"""Modules that carry a table and do not compute it. The dictionary enters by the columns of the contract; constants and
rules that a table imports from a module of `contracts` do count."""


def code_version(table: DailyTable) -> str:
    """First 16 hex digits of sha256 over the contract and the sources of the table's module and its helpers."""
    contract = table.contract
    shape = repr(
        (contract.name, contract.layer, contract.full_key, contract.known, contract.columns, sorted(contract.rules))
    )
    digest = hashlib.sha256(shape.encode())
    digest.update(repr(sorted(table.inputs.items())).encode())
    for name, content in sorted(_closure(table.function.__module__).items()):
        digest.update(f"{name}\n{content}".encode())
        digest.update(_facts_of(name, content))
    return digest.hexdigest()[:16]


@cache
def _closure(module: str) -> dict[str, str]:
    """Source text of the module and of every module of the project that it imports, by module name."""
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            text, imported = _source(name)
            if text is not None:
                found[name] = text
            waiting.extend(imported)
    return found


@cache
def _source(name: str) -> tuple[str | None, tuple[str, ...]]:
    """Source text of a module (None for what is no module) and the modules of the project that it imports."""
    spec = importlib.util.find_spec(name) if _exists(name) else None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None, ()
    text = Path(spec.origin).read_text(encoding="utf-8")
    names: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nba_assets"):
            names.append(str(node.module))
            names.extend(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names if alias.name.startswith("nba_assets."))
    return text, tuple(sorted({found for found in names if found not in _SURROUNDINGS}))


@cache
def _facts_of(module: str, text: str) -> bytes:
    """Contents of the CSV files of facts (aliases, arenas) that a module names and that lie beside it."""
    spec = importlib.util.find_spec(module)
    folder = Path(spec.origin).parent if spec is not None and spec.origin is not None else Path()
    named = sorted(set(re.findall(r'"(\w+\.csv)"', text)))
    return b"".join((folder / name).read_bytes() for name in named if (folder / name).exists())


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False  # `name` is a function or class inside a module, not a module
