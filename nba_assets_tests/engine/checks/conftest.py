"""Fixtures of the tests of checks."""

from __future__ import annotations

import pytest

from nba_assets.engine import registry
from nba_assets_tests.engine.checks.hand_made_evidence import (
    FORM,
    GAMES,
    LATER,
    PEOPLE,
    RESULTS,
    MakeEvidence,
    evidence,
)


@pytest.fixture
def make_evidence(monkeypatch: pytest.MonkeyPatch) -> MakeEvidence:
    """`evidence`, with its tables in the registry."""
    tables = {declared.name: declared for declared in (GAMES, FORM, PEOPLE, RESULTS, LATER)}
    monkeypatch.setattr(registry, "tables", lambda: tables)
    return evidence
