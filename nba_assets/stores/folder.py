"""Published files in a folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PARTIAL = ".partial"
"""Folder of unfinished files; leftovers of a killed run are deleted by the next run."""


@dataclass(frozen=True)
class FileStore:
    """Files in a folder, which is created if it is missing. Content type and cache control are up to its web server."""

    folder: Path

    @property
    def address(self) -> str:
        return str(self.folder)

    def read(self, path: str) -> bytes | None:
        try:
            return (self.folder / path).read_bytes()
        except FileNotFoundError:
            return None

    def read_many(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        for path in paths:
            yield path, self.read(path)

    def put(self, path: str, data: bytes, *, content_type: str, cache_control: str) -> None:
        """Writes a temporary file, then moves it into place: readers see either the old or the new file."""
        target = self.folder / path
        if self._is_same(target, data):
            return
        partial = self._partial / f"{os.getpid()}-{path.replace('/', '-')}"
        partial.write_bytes(data)
        try:
            os.replace(partial, target)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(partial, target)

    @staticmethod
    def _is_same(target: Path, data: bytes) -> bool:
        try:
            return target.stat().st_size == len(data) and target.read_bytes() == data
        except FileNotFoundError:
            return False

    @cached_property
    def _partial(self) -> Path:
        """An empty folder on the same disk, because a move within a disk is atomic. Only one run writes at a time."""
        folder = self.folder / PARTIAL
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def delete(self, path: str) -> None:
        (self.folder / path).unlink(missing_ok=True)

    def flush(self) -> None:
        """Does nothing: a write is complete when `put` returns."""
