"""The registry of tables: every module of a layer that declares a table with the module's name.

Adding a module adds a table; there is no list of tables.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import DailyTable

LAYERS = ("raw", "analytics", "precompute", "predictions", "record", "grading", "publishing")
"""Layers in dependency order: each is a package, a Dagster group and a warehouse schema."""


@cache
def tables() -> dict[str, DailyTable]:
    """Every table by name, upstream before downstream.

    Raises:
        ValueError: a module and its table differ in name, a table reads a table that does not exist or that it may not
            read, or tables read one another in a cycle.
    """
    found: dict[str, DailyTable] = {}
    for layer in LAYERS:
        package = importlib.import_module(f"nba_assets.tables.{layer}")
        for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
            declared = getattr(importlib.import_module(f"nba_assets.tables.{layer}.{module}"), module, None)
            if isinstance(declared, DailyTable):
                if declared.name != module or declared.contract.layer != layer:
                    raise ValueError(
                        f"nba_assets/tables/{layer}/{module}.py declares {declared.contract.layer}.{declared.name}"
                    )
                found[module] = declared
    for table in found.values():
        _check_inputs(table, found)
    return _in_order(found)


def contract(name: str) -> TableContract:
    """The contract of a table.

    Raises:
        KeyError: there is no such table; the message lists the tables.
    """
    if name not in tables():
        raise KeyError(f"there is no table {name!r}; tables are {', '.join(tables())}")
    return tables()[name].contract


def _check_inputs(table: DailyTable, tables: dict[str, DailyTable]) -> None:
    for item in table.inputs.values():
        if item.reach == "source":
            continue
        if item.name not in tables:
            raise ValueError(f"{table.name} reads {item.name}, which is no table")
        sees_the_day = item.reach in ("on_day", "up_to_day")
        if table.contract.known == "pregame" and sees_the_day and tables[item.name].contract.known == "postgame":
            raise ValueError(
                f"{table.name} is pregame and may read the postgame table {item.name} only through history()"
            )


def _in_order(tables: dict[str, DailyTable]) -> dict[str, DailyTable]:
    ordered: dict[str, DailyTable] = {}

    def place(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(f"tables read one another in a cycle: {' -> '.join((*path, name))}")
        if name not in ordered:
            for item in tables[name].inputs.values():
                if item.reach != "source":
                    place(item.name, (*path, name))
            ordered[name] = tables[name]

    for name in tables:
        place(name, ())
    return ordered
