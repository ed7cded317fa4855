"""Pieces: the files that are downloaded, each with its address and, at a named commit, its Git checksum.

pieces.csv lists every file of every source at a named commit. Its blob id is Git's own checksum (SHA-1 over a header
and the content): it proves that a piece is the file of that commit, whichever server sent it.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

RAW_HOST = "raw.githubusercontent.com"


@dataclass(frozen=True)
class Piece:
    """One file to download.

    Args:
        address: https address.
        path: path below the source's folder; the publisher's name of the piece.
        store: where the piece is stored, below the archive's folder of pieces.
        commit_time: when this version was committed, for sources that consist of several versions of a file.
        blob: Git blob id, None where the publisher may change the file.
        size: size in bytes, None where the publisher may change the file.
    """

    address: str
    path: str
    store: str
    commit_time: str | None = None
    blob: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class Listed:
    """A row of pieces.csv; where `commit` is empty, the source's commit applies."""

    path: str
    commit: str
    commit_time: str
    size: int
    blob: str


@cache
def listing() -> Mapping[tuple[str, str], tuple[Listed, ...]]:
    """Pieces by (source, season), in reading order; season is empty for a piece that is not of one season."""
    found: dict[tuple[str, str], list[Listed]] = defaultdict(list)
    with Path(__file__).with_name("pieces.csv").open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            found[row["source"], row["season"]].append(
                Listed(row["path"], row["commit"], row["commit_time"], int(row["bytes"]), row["blob"])
            )
    return {key: tuple(pieces) for key, pieces in found.items()}


def committed_pieces(source: str, season: str | None, repository: str, commit: str, folder: str) -> tuple[Piece, ...]:
    """The pieces of a source at its commit, for one season or (None) for all."""
    pieces = listing().get((source, season or ""), ()) or listing().get((source, ""), ())
    return tuple(_piece(listed, repository, listed.commit or commit, folder) for listed in pieces)


def _piece(listed: Listed, repository: str, commit: str, folder: str) -> Piece:
    path = f"{repository}/{commit}/{folder}{listed.path}"
    return Piece(
        address=f"https://{RAW_HOST}/{quote(path)}",
        path=listed.path,
        store=path,
        commit_time=listed.commit_time or None,
        blob=listed.blob,
        size=listed.size,
    )


def checksums(path: Path) -> tuple[str, str]:
    """(SHA-256, Git blob id) of a file."""
    sha256 = hashlib.sha256()
    blob = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as opened:
        while block := opened.read(1 << 20):
            sha256.update(block)
            blob.update(block)
    return sha256.hexdigest(), blob.hexdigest()
