"""Published files in a bucket of Google Cloud Storage."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nba_assets.settings import GCS_SCHEME

PARALLEL = 16
"""Transfers at a time: a bucket answers after some 50 ms however small the file is."""


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
