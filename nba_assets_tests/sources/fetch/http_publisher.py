"""A local server instead of the publishers, with every kind of server fault.

Based on http.server, because test clients of frameworks cannot cut a body, hang, or send a wrong length.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

WEB_PAGE = b"<!DOCTYPE html><html><body>Please sign in</body></html>"


@dataclass(frozen=True)
class Fault:
    """The answer to one request instead of the file.

    Args:
        status: HTTP status.
        headers: headers of the answer.
        body: body instead of the file; with status 200 a wrong file.
        cut_at: number of bytes after which the answer ends, although its length is that of the complete file.
        hang: seconds without any byte, or until the server closes.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    cut_at: int | None = None
    hang: float = 0.0


@dataclass
class Publisher:
    """Files by path, faults by path (the first one is used by the next request), and the requests received.

    asked: paths. ranges: Range headers. unchanged: ETags that were answered with 304.
    """

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    asked: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    has_ranges: bool = True
    closing: threading.Event = field(default_factory=threading.Event)

    def etag(self, path: str) -> str:
        return f'"{hashlib.sha256(self.files[path]).hexdigest()[:16]}"'


def _handler(publisher: Publisher) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """No log: the tests check `asked`."""

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path).lstrip("/")
            publisher.asked.append(path)
            if self.headers.get("Range"):
                publisher.ranges.append(self.headers["Range"])
            fault = publisher.faults[path].pop(0) if publisher.faults.get(path) else None
            if fault is not None and fault.hang:
                publisher.closing.wait(fault.hang)
                self.close_connection = True
                return
            if fault is not None and (fault.status != 200 or fault.body is not None):
                self._send(fault.status, dict(fault.headers), b"no" if fault.body is None else fault.body)
                return
            if path not in publisher.files:
                self._send(404, {}, b"404: Not Found")
                return
            self._file(publisher.files[path], publisher.etag(path), fault.cut_at if fault else None)

        def _file(self, body: bytes, etag: str, cut_at: int | None) -> None:
            if self.headers.get("If-None-Match") == etag:
                publisher.unchanged.append(etag)
                self._send(304, {"ETag": etag}, b"")
                return
            start = int(self.headers.get("Range", "bytes=0-")[6:-1]) if publisher.has_ranges else 0
            headers = {"ETag": etag}
            if start >= len(body) > 0:
                self._send(416, {}, b"")
                return
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self._send(206 if start else 200, headers, body[start:], cut_at)

        def _send(self, status: int, headers: dict[str, str], body: bytes, cut_at: int | None = None) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if cut_at is None else body[:cut_at])
            if cut_at is not None:
                self.close_connection = True

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """No log: clients that close the connection are expected."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            raise


@contextmanager
def publisher() -> Iterator[Publisher]:
    """A server on a free local port."""
    found = Publisher("")
    with _Server(("127.0.0.1", 0), _handler(found)) as server:
        found.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            found.closing.set()
            server.shutdown()
            thread.join()
