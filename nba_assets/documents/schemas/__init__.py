"""The JSON Schema of every product, published beside the files and checked whenever one is written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any

import jsonschema_rs
import orjson

SUFFIX = ".schema.json"
FOLDER = "v1/schemas/"
MOST_ERRORS = 5


class SchemaError(ValueError):
    """A document violates its schema; the message names the file, the places and the values found."""


def names() -> list[str]:
    """The schemas by name: predictions, best-bets, ..."""
    files = resources.files(__name__).iterdir()
    return sorted(file.name.removesuffix(SUFFIX) for file in files if file.name.endswith(SUFFIX))


def text_of(name: str) -> bytes:
    """The bytes of a schema.

    Raises:
        SchemaError: there is no schema of that name.
    """
    if name not in names():
        raise SchemaError(f"there is no schema {name!r}; schemas are {', '.join(names())}")
    return resources.files(__name__).joinpath(name + SUFFIX).read_bytes()


@cache
def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for(orjson.loads(text_of(name)))


def check(path: str, document: Mapping[str, Any]) -> None:
    """Checks a document against the schema that it names.

    Raises:
        SchemaError: the document names no schema, or violates it.
    """
    named = str(document.get("schema"))
    if not (named.startswith(FOLDER) and named.endswith(SUFFIX)):
        raise SchemaError(f"{path}: its schema is {named!r}, which is not below {FOLDER}")
    validator = _validator(named.removeprefix(FOLDER).removesuffix(SUFFIX))
    if validator.is_valid(document):
        return
    errors = islice(validator.iter_errors(document), MOST_ERRORS)
    places = [f"{'/'.join(map(str, error.instance_path)) or 'the document'}: {error.message[:200]}" for error in errors]
    raise SchemaError(f"{path} is not as {named} says: {'; '.join(places)}")
