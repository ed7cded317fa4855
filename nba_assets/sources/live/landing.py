"""Landings: every reply as received, immutable, in `landing/<feed>/<game_date>/<fetched_at>-<sha>.json.zst`.

A landing is one JSON object, compressed with zstd: feed, day, subject (the requested game or event), URL without
secrets, status, relevant headers, time of the reply, and the body as text or base64. `fetched_at` determines when the
data was known: it is this machine's clock when the reply was complete, never a time printed by the publisher.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

SUFFIX = ".json.zst"
HEADERS_THAT_MATTER = (
    *("content-type", "date", "etag", "last-modified", "retry-after"),
    *("x-requests-remaining", "x-requests-used", "x-requests-last"),
)
_NAME = re.compile(r"^(\d{8}T\d{12}Z)-([0-9a-f]{16})\.json\.zst$")
_TIME = "%Y%m%dT%H%M%S%fZ"
_LARGEST = 256 * 1024 * 1024
"""Maximum size of a decompressed landing in bytes; a larger one is treated as damaged."""


class LandingError(RuntimeError):
    """A landing is unreadable or was changed after it was written; the message names the file."""


@dataclass(frozen=True)
class Landing:
    """One reply.

    Args:
        feed: the feed that sent the request.
        game_date: the requested day.
        subject: the requested game, event or report; empty if the feed has one reply per day.
        url: without secrets.
        status: HTTP status.
        headers: reply headers listed in HEADERS_THAT_MATTER, in lower case.
        fetched_at: time of the reply by this machine's clock, UTC.
        body: as received, without secrets.
        file: path in the landing folder, once it is written.
    """

    feed: str
    game_date: date
    subject: str
    url: str
    status: int
    headers: Mapping[str, str]
    fetched_at: datetime
    body: bytes
    file: str = ""

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            LandingError: the body is not JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise LandingError(
                f"{self.file or self.url}: the reply is not JSON, it starts with {self.body[:40]!r} ({error})."
            ) from None


class LandingFolder:
    """The landings of all feeds in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, landing: Landing) -> Path:
        """Writes a landing and returns its path; an existing file is never changed.

        The write is atomic: a process that is killed leaves a complete file or none.
        """
        if landing.fetched_at.tzinfo is None:
            raise ValueError("fetched_at needs a time zone")
        folder = self.root / landing.feed / landing.game_date.isoformat()
        sha = hashlib.sha256(landing.subject.encode() + b"\0" + landing.body).hexdigest()[:16]
        path = folder / f"{landing.fetched_at.astimezone(UTC).strftime(_TIME)}-{sha}{SUFFIX}"
        if path.exists():
            return path
        folder.mkdir(parents=True, exist_ok=True)
        packed = pa.BufferOutputStream()
        with pa.CompressedOutputStream(packed, "zstd") as stream:
            stream.write(json.dumps(_envelope(landing), ensure_ascii=False, sort_keys=True).encode())
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".landing-", delete=False) as opened:
            temporary = Path(opened.name)
            try:
                opened.write(packed.getvalue())
                opened.flush()
                os.fsync(opened.fileno())
                temporary.chmod(0o444)
                temporary.rename(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        return path

    def read(self, feed: str, day: date, *, is_newest_first: bool = False) -> Iterator[Landing]:
        """The landings of a feed for a day, each read on demand, oldest first by default.

        Raises:
            LandingError: a file cannot be read; it is not treated as absent.
        """
        for path in sorted(self._paths(feed, day), reverse=is_newest_first):
            yield self._one(path)

    def newest_at(self, feed: str, day: date) -> datetime | None:
        """Time of a feed's newest landing for a day, from the file name; None without landings."""
        names = [path.name for path in self._paths(feed, day)]
        return datetime.strptime(max(names).partition("-")[0], _TIME).replace(tzinfo=UTC) if names else None

    def names(self, feed: str, day: date) -> list[str]:
        """The names of the landings of a feed for a day, oldest first."""
        return sorted(path.name for path in self._paths(feed, day))

    def named(self, feed: str, day: date, name: str) -> Landing:
        """One landing.

        Raises:
            LandingError: it cannot be read.
        """
        return self._one(self.root / feed / day.isoformat() / name)

    def state(self, feed: str, day: date) -> list[tuple[str, int, int]]:
        """Name, size and modification time of each landing of a feed for a day; equal as long as no file changed."""
        found = ((path, path.stat()) for path in sorted(self._paths(feed, day)))
        return [(f"{feed}/{path.name}", stat.st_size, stat.st_mtime_ns) for path, stat in found]

    def _paths(self, feed: str, day: date) -> list[Path]:
        return list((self.root / feed / day.isoformat()).glob(f"*{SUFFIX}"))

    def days(self, feed: str) -> list[date]:
        """Days for which a feed has landings, oldest first."""
        folder = self.root / feed
        if not folder.is_dir():
            return []
        return sorted(date.fromisoformat(entry.name) for entry in folder.iterdir() if any(entry.glob(f"*{SUFFIX}")))

    def _one(self, path: Path) -> Landing:
        name = path.relative_to(self.root).as_posix()
        if _NAME.match(path.name) is None:
            raise LandingError(f"{path} does not have the name of a landing. Move it out of the landing folder.")
        try:
            with pa.input_stream(str(path), compression="zstd") as stream:
                found = json.loads(stream.read(_LARGEST))
            body = base64.b64decode(found["base64"]) if "base64" in found else found["text"].encode()
            landing = Landing(
                found["feed"],
                date.fromisoformat(found["game_date"]),
                found["subject"],
                found["url"],
                found["status"],
                found["headers"],
                datetime.fromisoformat(found["fetched_at"]),
                body,
                name,
            )
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise LandingError(
                f"{path} cannot be read as a landing ({error!r}); the disk may be damaged. Restore it, or move it "
                "away: the day is then fetched again as far as the publisher still has it."
            ) from error
        sha = hashlib.sha256(landing.subject.encode() + b"\0" + landing.body).hexdigest()[:16]
        if f"-{sha}{SUFFIX}" not in path.name:
            raise LandingError(
                f"{path}: the body has the sha {sha}, which differs from that in its name: the file was changed."
            )
        return landing


def _envelope(landing: Landing) -> dict[str, Any]:
    found: dict[str, Any] = {
        "feed": landing.feed,
        "game_date": landing.game_date.isoformat(),
        "subject": landing.subject,
        "url": landing.url,
        "status": landing.status,
        "headers": dict(landing.headers),
        "fetched_at": landing.fetched_at.astimezone(UTC).isoformat(),
    }
    try:
        found["text"] = landing.body.decode()
    except UnicodeDecodeError:
        found["base64"] = base64.b64encode(landing.body).decode()
    return found
