"""Downloads pieces one after another, politely and without unneeded requests.

Every call has a time-out, retries are bounded and wait as long as the server asks (Retry-After), requests to one host
are spaced out, an interrupted download is resumed, and a host that fails for several pieces in a row is given up. A
piece is stored only when it is complete and, where its checksum is known, correct.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from nba_assets.runtime.retry_after import retry_after
from nba_assets.settings import Settings
from nba_assets.sources.fetch.pieces import Piece, checksums

BLOCK = 1 << 16
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
ASKS_TO_WAIT = frozenset({403, *RETRIED})
WEB_PAGE = (b"<!doctype", b"<html", b"<?xml")
LFS_POINTER = b"version https://git-lfs.github.com/"


class Unavailable(Exception):
    """A piece is not available now; the message is the reason shown to the user."""


class _Retry(Exception):
    """An attempt that failed and is worth another.

    Args:
        reason: shown to the user.
        wait: the wait that the server asked for, in seconds.
        is_host: the host failed, not only this piece.
    """

    def __init__(self, reason: str, wait: float | None = None, is_host: bool = True) -> None:
        super().__init__(reason)
        self.wait = wait
        self.is_host = is_host


@dataclass(frozen=True)
class Limits:
    """Time-outs, waits and retry limits of the downloader; times in seconds.

    Args:
        interval: minimum time between two requests to a host.
        attempts: maximum number of attempts per piece.
        connect: time-out for connecting.
        read: time-out without receiving a byte.
        per_attempt: time-out for one attempt on a piece, so that a very slow server cannot block a run.
        first_wait: wait before the second attempt; doubled before each further one.
        longest_wait: maximum wait between attempts; when a server asks for more, the piece is not retried.
        failures: consecutive failed pieces after which a host is given up for this run.
    """

    interval: float = 0.1
    attempts: int = 5
    connect: float = 10.0
    read: float = 30.0
    per_attempt: float = 900.0
    first_wait: float = 1.0
    longest_wait: float = 120.0
    failures: int = 3


@dataclass(frozen=True)
class Got:
    """A stored piece: its file, its checksums, and the ETag with which it was served."""

    path: Path
    sha256: str
    blob: str
    size: int
    etag: str | None = None
    fetched_at: str | None = None


@dataclass
class Downloader:
    """Downloads pieces into a folder.

    Args:
        folder: where pieces are stored.
        mirror: address that serves the same paths below `<mirror>/<host>/...`; None for the publishers themselves.
        heard: called with the number of bytes received.
    """

    folder: Path
    mirror: str | None = None
    limits: Limits = field(default_factory=Limits)
    heard: Callable[[int], None] = lambda size: None
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self.requests = 0
        self._session = requests.Session()
        # No transfer compression: a compressed download could be neither resumed nor compared with its expected size.
        self._session.headers.update({"User-Agent": "nba-assets fetch", "Accept-Encoding": "identity"})
        self._last_request: dict[str, float] = {}
        self._failures: Counter[str] = Counter()
        self._given_up: dict[str, str] = {}

    def address(self, piece: Piece) -> str:
        """The address that the piece is requested from: the mirror's or the publisher's."""
        if self.mirror is None:
            return piece.address
        parts = urlsplit(piece.address)
        return f"{self.mirror.rstrip('/')}/{parts.netloc}{parts.path}"

    def get(self, piece: Piece, known: Got | None = None, renew: bool = False) -> Got:
        """Downloads the piece unless it is already stored; with `renew`, checks whether it has changed.

        Args:
            known: the record of the piece by an earlier run.
            renew: ask the publisher whether there is a newer version.

        Raises:
            Unavailable: the piece is not available; a stored earlier version is left unchanged.
            OSError: the piece cannot be written.
        """
        path = self.folder / piece.store
        if path.exists() and not renew and (held := _in_place(piece, path, known)) is not None:
            return held
        host = urlsplit(self.address(piece)).netloc
        if host in self._given_up:
            raise Unavailable(self._given_up[host])
        earlier = known if known is not None and known.etag is not None and renew and path.exists() else None
        retrying = Retrying(
            stop=stop_after_attempt(self.limits.attempts),
            wait=self._wait,
            retry=retry_if_exception_type(_Retry),
            sleep=self.sleep,
            reraise=True,
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            got = retrying(self._attempt, piece, path, earlier)
        except _Retry as error:
            if error.is_host:
                self._count_failure(host, error)
            raise Unavailable(
                f"{error}; {self.limits.attempts} attempts at most. Run the command again later"
            ) from error
        self._failures[host] = 0
        return got

    def _count_failure(self, host: str, error: _Retry) -> None:
        self._failures[host] += 1
        if self._failures[host] >= self.limits.failures:
            self._given_up[host] = (
                f"not asked for: {host} failed for {self._failures[host]} files in a row, the last time: {error}"
            )

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.wait if isinstance(error, _Retry) else None
        doubling = self.limits.first_wait * 2 ** (state.attempt_number - 1)
        return min(max(asked or 0.0, doubling), self.limits.longest_wait)

    def _attempt(self, piece: Piece, path: Path, earlier: Got | None) -> Got:
        """One attempt; the earlier version when the publisher has nothing newer."""
        part = path.with_name(f"{path.name}.part")
        start = part.stat().st_size if piece.blob is not None and part.exists() else 0
        headers = {"Range": f"bytes={start}-"} if start else {}
        if earlier is not None and earlier.etag is not None:
            headers["If-None-Match"] = earlier.etag
        address = self.address(piece)
        self._keep_distance(urlsplit(address).netloc)
        try:
            reply = self._session.get(
                address, headers=headers, stream=True, timeout=(self.limits.connect, self.limits.read)
            )
            with reply:
                if reply.status_code == 304 and earlier is not None:
                    return replace(earlier, fetched_at=_now())
                if reply.status_code == 416:
                    part.unlink(missing_ok=True)
                    raise _Retry(f"{address} does not continue at byte {start}")
                self._refuse_status(reply, address)
                is_continued = reply.status_code == 206 and reply.headers.get("Content-Range", "").startswith(
                    f"bytes {start}-"
                )
                self._write(reply, part, "ab" if is_continued and start else "wb", address)
        except requests.exceptions.RequestException as error:
            raise _Retry(f"{address}: {_reason_of(error)}") from error
        sha256, blob = checksums(part)
        _refuse_content(piece, part, blob, address)
        size = part.stat().st_size
        part.replace(path)
        return Got(path, sha256, blob, size, reply.headers.get("ETag"), _now())

    def _keep_distance(self, host: str) -> None:
        since = time.monotonic() - self._last_request.get(host, float("-inf"))
        if since < self.limits.interval:
            self.sleep(self.limits.interval - since)
        self._last_request[host] = time.monotonic()
        self.requests += 1

    def _refuse_status(self, reply: requests.Response, address: str) -> None:
        status = reply.status_code
        if status in (200, 206):
            return
        wait = retry_after(reply.headers.get("Retry-After"), Settings.machine_clock())
        said = f"{address} answered {status} {reply.reason}".rstrip()
        if status in RETRIED or (status in ASKS_TO_WAIT and wait is not None):
            if _is_long(wait, self.limits):
                host = urlsplit(address).netloc
                self._given_up[host] = f"{said} and asks to wait {wait:.0f} s"
                raise Unavailable(f"{self._given_up[host]}. Run the command again after that")
            raise _Retry(said, wait)
        raise Unavailable(said)

    def _write(self, reply: requests.Response, part: Path, mode: str, address: str) -> None:
        end = time.monotonic() + self.limits.per_attempt
        with part.open(mode) as opened:
            for block in reply.iter_content(BLOCK):
                opened.write(block)
                self.heard(len(block))
                if time.monotonic() > end:
                    raise _Retry(f"{address} was not complete after {self.limits.per_attempt:.0f} s")


def _in_place(piece: Piece, path: Path, known: Got | None) -> Got | None:
    """The stored piece if it matches its checksum, or the earlier record where the checksum is unknown; else None."""
    sha256, blob = checksums(path)
    if piece.blob is not None:
        return Got(path, sha256, blob, path.stat().st_size) if blob == piece.blob else None
    return known if known is not None and known.sha256 == sha256 else None


def _now() -> str:
    return Settings.machine_clock().isoformat(timespec="seconds")


def _refuse_content(piece: Piece, part: Path, blob: str, address: str) -> None:
    """Deletes wrong content (a web page, a Git LFS pointer, a wrong checksum) and raises, so that it is retried."""
    if blob == piece.blob:
        return
    with part.open("rb") as opened:
        start = opened.read(200).lstrip().lower()
    size = part.stat().st_size
    if start.startswith(LFS_POINTER):
        part.unlink()
        raise Unavailable(f"{address} is a pointer to Git LFS, not the file")
    is_page = start.startswith(WEB_PAGE)
    if is_page:
        reason = "answered with a web page instead of the file"
    elif size == 0:
        reason = "answered with an empty file"
    elif piece.blob is None:
        return
    else:
        reason = (
            f"is not the file of its commit: expected the Git blob {piece.blob} ({piece.size} bytes), "
            f"found {blob} ({size} bytes)"
        )
    part.unlink()
    raise _Retry(f"{address} {reason}", is_host=is_page)


def _is_long(wait: float | None, limits: Limits) -> bool:
    return wait is not None and wait > limits.longest_wait


def _reason_of(error: requests.exceptions.RequestException) -> str:
    """A short error message for an exception of requests."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return "the answer was cut"
    if isinstance(error, requests.exceptions.ConnectionError):
        # A read time-out in the middle of a body arrives as a ConnectionError.
        return "no answer in time" if "timed out" in str(error).lower() else "no connection"
    return type(error).__name__
