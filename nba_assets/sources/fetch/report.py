"""The metadata of a fetched archive: archive.json and SOURCES.md next to its files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from nba_assets.sources.fetch.listing import all_makers
from nba_assets.sources.fetch.lock import Lock, write_whole
from nba_assets.sources.fetch.source import Maker

if TYPE_CHECKING:
    from nba_assets.sources.fetch.build import Outcome

NOTE = (
    "These files are downloaded from public repositories by `nba-assets fetch`; their rows are the publishers' own. "
    "The licence is what the repository states. Where none is stated none was given: do not redistribute the file."
)


def write_archive_json(folder: Path, lock: Lock, seasons: Sequence[str], outcomes: Sequence[Outcome]) -> None:
    """Writes archive.json: the kind of archive, its files, and what is absent for which reason.

    Written only if there is at least one file: a folder without files is not an archive. Entries of an earlier fetch of
    other seasons are preserved.
    """
    if not lock.files:
        return
    path = folder / "archive.json"
    before = orjson.loads(path.read_bytes()) if path.exists() else {}
    absent = dict(before.get("absent", {}))
    for outcome in outcomes:
        absent.pop(outcome.file, None)
        if outcome.state in ("absent", "broken"):
            absent[outcome.file] = outcome.reason
    content = {
        "kind": "fetched",
        "seasons": sorted({*before.get("seasons", ()), *seasons}),
        "files": {
            file: {name: of_file[name] for name in ("rows", "source", "address", "licence")}
            for file, of_file in lock.files.items()
        },
        "absent": absent,
    }
    write_whole(path, orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))


def source_rows(makers: Sequence[Maker] | None = None) -> list[tuple[str, str, str, str]]:
    """(file, description, address with commit, licence) of every source."""
    return [(maker.file, maker.doc, maker.address, maker.licence) for maker in makers or all_makers()]


def write_sources(folder: Path) -> None:
    """Writes SOURCES.md, the list of sources."""
    lines = ["# Sources", "", NOTE, "", "| file | what it is | address | licence |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in source_rows()]
    write_whole(folder / "SOURCES.md", ("\n".join(lines) + "\n").encode())
