"""Documents as published: encoded, read again, and validated against the schema that they name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from nba_assets.documents import schemas
from nba_assets.documents.canonical import canonical, encoded
from nba_assets.documents.parts import Document


def written(documents: Iterable[Document]) -> dict[str, Any]:
    """The documents by path; text files unchanged.

    Raises:
        SchemaError: a document does not match its schema.
    """
    found: dict[str, Any] = {}
    for path, document, _ in documents:
        if isinstance(document, str):
            found[path] = document
            continue
        plain = canonical(document)
        schemas.check(path, plain)
        found[path] = json.loads(encoded(plain))
    return found
