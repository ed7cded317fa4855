"""The lock file of a fetched archive: checksums of every piece and file, so that a later run knows what is stored."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from nba_assets.sources.fetch.download import Got

NAME = "fetch.lock.json"


@dataclass
class Lock:
    """pieces: by address. files: by path below the archive, with sha256, rows, source, address and recipe."""

    folder: Path
    pieces: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Lock:
        """The lock file of the folder; empty where there is none.

        Raises:
            ValueError: the lock file is not valid JSON.
        """
        path = folder / NAME
        if not path.exists():
            return cls(folder)
        try:
            found = orjson.loads(path.read_bytes())
            return cls(folder, found["pieces"], found["files"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} is not a lock file of nba-assets fetch ({error}). Delete it: pieces at named commits are "
                "verified without it."
            ) from error

    def write(self) -> None:
        write_whole(
            self.folder / NAME,
            orjson.dumps(
                {"pieces": self.pieces, "files": self.files}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
            ),
        )

    def piece(self, address: str, path: Path) -> Got | None:
        """The recorded state of a piece; None without a record."""
        found = self.pieces.get(address)
        if found is None:
            return None
        return Got(path, found["sha256"], found["blob"], found["bytes"], found.get("etag"), found.get("fetched_at"))

    def record(self, address: str, got: Got) -> None:
        """Records a piece; the time of an earlier record is preserved if the piece is unchanged."""
        before = self.pieces.get(address, {})
        is_same = before.get("sha256") == got.sha256
        self.pieces[address] = {
            "sha256": got.sha256,
            "blob": got.blob,
            "bytes": got.size,
            "etag": got.etag or (before.get("etag") if is_same else None),
            "fetched_at": got.fetched_at or (before.get("fetched_at") if is_same else None),
        }

    def has(self, file: str, recipe: str) -> bool:
        """Whether the file was built by this recipe and has not changed since."""
        recorded = self.files.get(file)
        path = self.folder / file
        return (
            recorded is not None
            and recorded["recipe"] == recipe
            and path.exists()
            and sha256_of(path) == recorded["sha256"]
        )


def sha256_of(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file atomically: after a failure the previous file is unchanged."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
