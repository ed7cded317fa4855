"""The makers of each file, in the order in which they are tried, and the files that no maker covers."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from nba_assets.sources.fetch.releases import RELEASES
from nba_assets.sources.fetch.source import Maker
from nba_assets.sources.fetch.sources import SOURCES


def all_makers() -> tuple[Maker, ...]:
    """Sources at named commits first, then releases.

    A named commit has fixed bytes with a known checksum and gives every user the same rows. Release files are rewritten
    by their publisher, so they are used only for what no commit has: later seasons, and files of deleted repositories.
    """
    return (*SOURCES, *RELEASES)


def makers_of(seasons: Sequence[str]) -> dict[str, list[tuple[Maker, str | None]]]:
    """Makers by file, each with the season of the file (None for a file of all seasons)."""
    found: dict[str, list[tuple[Maker, str | None]]] = {}
    for maker in all_makers():
        for file, season in maker.files(seasons):
            found.setdefault(file, []).append((maker, season))
    return found


def not_covered(seasons: Sequence[str]) -> dict[str, str]:
    """The files of the seasons that no maker covers, with the reason."""
    made = makers_of(seasons)
    patterns = {source.file for source in SOURCES if "{season}" in source.file and not source.is_stopgap}
    files = sorted(pattern.format(season=season) for pattern in patterns for season in seasons)
    return {file: "no public file of this season is known" for file in files if file not in made}


@cache
def expected_rows() -> Mapping[str, int]:
    """Number of rows of each file at the named commits, from files.csv."""
    with Path(__file__).with_name("files.csv").open(encoding="utf-8", newline="") as opened:
        return {row["file"]: int(row["rows"]) for row in csv.DictReader(opened)}
