"""The protocol of stores of published files.

Writes are atomic: in a folder a file is written under another name and then moved, in a bucket an object appears when
its upload is complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol


class StoreConflict(RuntimeError):
    """A file was replaced by another publisher since it was read; the message says which."""


class Store(Protocol):
    """Files by path; paths are relative, separated by slashes."""

    @property
    def address(self) -> str:
        """The location, for messages."""
        ...

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None if there is none."""
        ...

    def read_many(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Each path with its bytes (None if there is no file), in the order of the paths."""
        ...

    def put(self, path: str, data: bytes, *, content_type: str, cache_control: str) -> None:
        """Writes or replaces a file unless it has the same content already; complete after `flush` at the latest.

        Raises:
            StoreConflict: another publisher has replaced the file since it was read here; raised by this call or by a
                later one, at the latest by `flush`.
        """
        ...

    def delete(self, path: str) -> None:
        """Removes a file; a missing file is not an error."""
        ...

    def flush(self) -> None:
        """Waits for pending writes; raises the first error."""
        ...
