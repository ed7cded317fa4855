"""The text of the repository uses the vocabulary of docs/decisions/0028-plain-english.md."""

import re
from pathlib import Path

import pytest

from nba_assets.settings import REPOSITORY

FORBIDDEN = (
    r"parted by",
    r"stands? twice",
    r"in silence",
    r"has something to say",
    r"no more than this",
    r"\b(row|result|line|file|column) a (row|table|file|system|season|check|key|player|game|team|day)\b",
    r"backfill --again",
)
"""Phrases that the vocabulary replaces, as regular expressions."""
FOLDERS = ("nba_assets", "nba_assets_tests", "benchmarks", "docs")
SUFFIXES = {".py", ".md", ".js", ".json"}
EXCEPTIONS = {
    "docs/decisions/0028-plain-english.md",
    "nba_assets_tests/test_vocabulary.py",
    "nba_assets_tests/cli/test_cli.py",
}
GENERATED = "docs/tables/"
NOT_CHANGED = {
    # Part of the code version of every published product: a new text would make all their days stale.
    "nba_assets/documents/files_contract.py": "A row a file",
}


def texts() -> dict[str, str]:
    """The text files of the project by path, without generated ones."""
    paths = [path for name in FOLDERS for path in (REPOSITORY / name).rglob("*") if path.suffix in SUFFIXES]
    paths = [path for path in paths if path.parent.name != "__pycache__"]
    names = {path.relative_to(REPOSITORY).as_posix(): path for path in [*paths, *REPOSITORY.glob("*.md")]}
    return {
        name: path.read_text(encoding="utf-8").replace(NOT_CHANGED.get(name, "\0"), "")
        for name, path in names.items()
        if name not in EXCEPTIONS and not name.startswith(GENERATED)
    }


def offences(name: str, text: str) -> list[str]:
    """Lines with a phrase that the vocabulary replaces."""
    pattern = re.compile("|".join(FORBIDDEN), re.IGNORECASE)
    return [f"{name}:{n}: {line.strip()}" for n, line in enumerate(text.splitlines(), 1) if pattern.search(line)]


def test_no_text_uses_a_phrase_that_the_vocabulary_replaces() -> None:
    assert [each for name, text in texts().items() for each in offences(name, text)] == []


@pytest.mark.parametrize(
    "line", ["values parted by commas", "one row a player", "A key stands twice", "a result a check"]
)
def test_such_a_phrase_is_detected(line: str) -> None:
    assert offences(str(Path("docs/page.md")), line) == [f"docs/page.md:1: {line}"]
