"""Where published files are kept: a folder, or a bucket of Google Cloud Storage; the same calls for both.

A file is whole or not there: in a folder it is written under another name and then moved, in a bucket an object
appears when its upload is complete.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from nba_assets.settings import GCS_SCHEME

PARALLEL = 16
"""Transfers at a time: a bucket answers after some 50 ms however small the file is."""
PARTIAL = ".partial"
"""Folder of files that are being written; what a killed run left there is cleared by the next one."""


class Store(Protocol):
    """Files by path; paths are relative, parted by slashes."""

    @property
    def address(self) -> str:
        """Where it is, for messages."""
        ...

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None when there is none."""
        ...

    def read_many(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Each path with its bytes, None where there is no file; in the order of the paths."""
        ...

    def put(self, path: str, data: bytes, *, content_type: str, cache_control: str) -> None:
        """Puts a file in place of what is there, unless that is the same; complete after `flush` at the latest."""
        ...

    def delete(self, path: str) -> None:
        """Removes a file; one that is not there is as it should be."""
        ...

    def flush(self) -> None:
        """Waits for what is still under way; raises the first error that there was."""
        ...


@dataclass(frozen=True)
class FileStore:
    """Files below a folder, which is made when it is missing. Headers are the business of whoever serves the folder."""

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
        """Writes the file beside the others, then moves it into place: readers see the old one or the new one."""
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
        """An empty folder on the same disk: a move within a disk is atomic. Only the holder of the run lock writes."""
        folder = self.folder / PARTIAL
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def delete(self, path: str) -> None:
        (self.folder / path).unlink(missing_ok=True)

    def flush(self) -> None:
        """Nothing is under way: a write is complete when it returns."""


@dataclass
class GcsStore:
    """Objects of a bucket below a prefix, through the public client library and its usual credentials.

    `STORAGE_EMULATOR_HOST` leads the library to an emulator. Uploads run side by side until `flush`.
    """

    bucket: str
    prefix: str = ""
    _waiting: dict[str, Future[None]] = field(default_factory=dict, repr=False)

    @classmethod
    def of_address(cls, address: str) -> GcsStore:
        """The store of `gs://bucket/prefix`.

        Raises:
            ValueError: no bucket is named.
        """
        bucket, _, prefix = address.removeprefix(GCS_SCHEME).partition("/")
        if not bucket:
            raise ValueError(f"NBA_PUBLISH={address} names no bucket; write it as gs://bucket or gs://bucket/prefix")
        return cls(bucket, prefix.strip("/"))

    @property
    def address(self) -> str:
        return "/".join(part for part in (f"{GCS_SCHEME}{self.bucket}", self.prefix) if part)

    @cached_property
    def _objects(self) -> Any:
        # Imported late, as all of Google's client is: it takes longer than most commands, which need no bucket.
        from google.cloud import storage

        return storage.Client().bucket(self.bucket)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(PARALLEL, thread_name_prefix="gcs")

    def _object(self, path: str) -> Any:
        return self._objects.blob(f"{self.prefix}/{path}" if self.prefix else path)

    def read(self, path: str) -> bytes | None:
        from google.api_core.exceptions import NotFound

        self._settle(path)
        try:
            data: bytes = self._object(path).download_as_bytes()
        except NotFound:
            return None
        return data

    def read_many(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        yield from zip(paths, self._pool.map(self.read, paths), strict=True)

    def put(self, path: str, data: bytes, *, content_type: str, cache_control: str) -> None:
        self._settle(path)
        self._waiting[path] = self._pool.submit(self._upload, path, data, content_type, cache_control)

    def _settle(self, path: str) -> None:
        """Waits for an upload to this path that is under way: two of them would end in either order."""
        if path in self._waiting:
            self._waiting.pop(path).result()

    def _upload(self, path: str, data: bytes, content_type: str, cache_control: str) -> None:
        """Uploads the object unless the one there has the same md5, which the bucket counts itself, and headers."""
        found = self._object(path)
        present = self._objects.get_blob(found.name)
        md5 = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        if present is not None and (present.md5_hash, present.cache_control) == (md5, cache_control):
            return
        found.cache_control = cache_control
        found.upload_from_string(data, content_type=content_type, checksum="crc32c")

    def delete(self, path: str) -> None:
        from google.api_core.exceptions import NotFound

        self._settle(path)
        try:
            self._object(path).delete()
        except NotFound:
            return

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for upload in waiting.values():
            upload.result()


def open_store(address: str) -> Store:
    """The store at `gs://bucket/prefix`, or in a folder."""
    return GcsStore.of_address(address) if address.startswith(GCS_SCHEME) else FileStore(Path(address))
