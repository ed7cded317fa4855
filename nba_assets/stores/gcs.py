"""Published files in a bucket of Google Cloud Storage, through dagster-gcp's resource."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nba_assets.settings import GCS_SCHEME
from nba_assets.stores.protocol import StoreConflict

PARALLEL = 16
"""Concurrent transfers: a request takes about 50 ms even for a small file."""


@dataclass
class GcsStore:
    """Objects of a bucket below a prefix, accessed through dagster-gcp's resource with the usual credentials.

    `STORAGE_EMULATOR_HOST` makes the library use an emulator. Uploads run concurrently until `flush`.

    Every upload has a generation precondition: an object that was read before is replaced only if it is unchanged since
    then, any other object only if it is unchanged since the comparison. So a pointer or a manifest that another
    publisher has updated in the meantime is not set back.
    """

    bucket: str
    prefix: str = ""
    _waiting: dict[str, Future[None]] = field(default_factory=dict, repr=False)
    _read: dict[str, int] = field(default_factory=dict, repr=False)
    """Generation of each path when it was last read or uploaded here; 0 if there was no object."""

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
        # Imported late: importing it takes longer than most commands, which need no bucket.
        from dagster_gcp import GCSResource
        from requests.adapters import HTTPAdapter

        client = GCSResource().get_client()
        # With its default of 10, connections of the other transfers are thrown away, with a warning for each. One more
        # than there are threads in the pool, because the calling thread reads too.
        for scheme in ("https://", "http://"):
            client._http.mount(scheme, HTTPAdapter(pool_maxsize=PARALLEL + 1))
        return client.bucket(self.bucket)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(PARALLEL, thread_name_prefix="gcs")

    def _object(self, path: str) -> Any:
        return self._objects.blob(f"{self.prefix}/{path}" if self.prefix else path)

    def read(self, path: str) -> bytes | None:
        from google.api_core.exceptions import NotFound

        self._settle(path)
        found = self._object(path)
        try:
            data: bytes = found.download_as_bytes()
        except NotFound:
            self._read[path] = 0
            return None
        self._read[path] = int(found.generation)
        return data

    def read_many(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        yield from zip(paths, self._pool.map(self.read, paths), strict=True)

    def put(self, path: str, data: bytes, *, content_type: str, cache_control: str) -> None:
        self._settle(path)
        self._waiting[path] = self._pool.submit(self._upload, path, data, content_type, cache_control)

    def _settle(self, path: str) -> None:
        """Waits for a running upload to this path: two concurrent ones could finish in either order."""
        if path in self._waiting:
            self._waiting.pop(path).result()

    def _upload(self, path: str, data: bytes, content_type: str, cache_control: str) -> None:
        """Uploads the object unless the existing one has the same md5 (computed by the bucket) and cache control.

        Raises:
            StoreConflict: another publisher has replaced it since it was read.
        """
        from google.api_core.exceptions import PreconditionFailed

        found = self._object(path)
        md5 = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()

        def current() -> tuple[int, bool]:
            present = self._objects.get_blob(found.name)
            if present is None:
                return 0, False
            return int(present.generation), (present.md5_hash, present.cache_control) == (md5, cache_control)

        generation, is_same = current()
        if not is_same:
            found.cache_control = cache_control
            expected = self._read.get(path, generation)
            try:
                found.upload_from_string(
                    data, content_type=content_type, checksum="crc32c", if_generation_match=expected
                )
                generation = int(found.generation)
            except PreconditionFailed as error:
                # If the reply to an upload was lost, the library's retry meets the object that the first try wrote.
                generation, is_same = current()
                if not is_same:
                    raise StoreConflict(
                        f"{self.address}/{path} was replaced by another publisher since it was read (generation "
                        f"{generation}, expected {expected}); it was left as it is. Run the same command again."
                    ) from error
        self._read[path] = generation

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
