"""Documents completed from their schema: null where allowed, else the minimal value of the type.

Properties that a schema does not require are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _schema(product: str) -> dict[str, Any]:
    found = files("nba_assets.documents.schemas").joinpath(f"{product}.schema.json").read_text()
    return dict(json.loads(found))


def filled(product: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """A document with its missing fields filled in.

    Raises:
        KeyError: the document has a field that is not in its schema.
    """
    schema = _schema(product)
    return dict(_filled(schema, {"schema": f"v1/schemas/{product}.schema.json", **value}, schema, product))


def _filled(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], where: str) -> Any:
    schema = _resolved(schema, value, root)
    if isinstance(value, Mapping) and "properties" in schema:
        known = schema["properties"]
        if extra := set(value) - set(known):
            raise KeyError(f"{where}: {sorted(extra)} are not in the schema")
        return {
            name: _filled(part, value[name], root, f"{where}.{name}") if name in value else _least(part, root, where)
            for name, part in known.items()
            if name in value or name in schema.get("required", known)
        }
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_filled(schema["items"], item, root, f"{where}[]") for item in value]
    return value


def _resolved(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        found: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    for option in schema.get("anyOf", schema.get("oneOf", ())):
        if (option.get("type") == "null") == (value is None):
            return _resolved(option, value, root)
    return schema


def _least(schema: Mapping[str, Any], root: Mapping[str, Any], where: str) -> Any:
    options = schema.get("anyOf", schema.get("oneOf"))
    if options and any(option.get("type") == "null" for option in options):
        return None
    schema = _resolved(schema, {}, root)
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "const" in schema:
        return schema["const"]
    if "null" in kinds:
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if "object" in kinds:
        return _filled(schema, {}, root, where)
    least: dict[str, Any] = {"array": [], "integer": 0, "number": 0, "boolean": False, "string": "2025-01-01"}
    return least[kinds[0]]
