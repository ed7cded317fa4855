"""Writes what the benchmarks measure into docs/performance.md, between two comments that name the section."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from nba_assets.settings import REPOSITORY

PAGE = REPOSITORY / "docs" / "performance.md"
Body = tuple[Sequence[str], Sequence[Sequence[str]]]
"""Headings and rows of a table."""


def markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    rule = ["---", *("---:" for _ in headings[1:])]
    lines = [headings, rule, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_section(name: str, tables: Sequence[Body], text: str, repeats: int, page: Path = PAGE) -> None:
    """Replaces a section of the page.

    Args:
        name: of the section, as the page's comments have it.
        tables: to write.
        text: below them.
        repeats: of each measurement, for the line above them.
        page: the file.

    Raises:
        ValueError: the page has no such section.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    held = page.read_text(encoding="utf-8")
    if begin not in held or end not in held:
        raise ValueError(f"{page} has no section between {begin} and {end}")
    above, rest = held.split(begin, 1)
    below = rest.split(end, 1)[1]
    how = "one run" if repeats == 1 else f"medians of {repeats}"
    measured = f"Measured on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {how}."
    parts = [measured, *(markdown(*table) for table in tables), text]
    page.write_text(f"{above}{begin}\n\n" + "\n\n".join(parts) + f"\n\n{end}{below}", encoding="utf-8")
