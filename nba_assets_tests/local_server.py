"""A local HTTP server whose replies are computed by a function of the test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Answer:
    """What the server sends. cut: body bytes before the connection is closed; hang: seconds without a byte."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    hang: float = 0.0


Answering = Callable[[str, dict[str, str]], Answer]
"""(path with the host as its first part, query) -> the answer."""


@dataclass
class LocalServer:
    """address: URL of the server; asked: path and query of every request, in order."""

    address: str
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def serving(answer: Answering) -> Iterator[LocalServer]:
    """Serves until the block is left."""
    silence = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two packets are delayed (Nagle's algorithm)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            server.asked.append((parts.path, query))
            found = answer(parts.path.lstrip("/"), query)
            if found.hang:
                silence.wait(found.hang)
                self.close_connection = True
                return
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body if found.cut is None else found.body[: found.cut])
            if found.cut is not None:
                self.wfile.flush()
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """No log: tests count the requests themselves."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = LocalServer(f"http://127.0.0.1:{http.server_address[1]}")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        silence.set()
        http.shutdown()
        http.server_close()
        thread.join()
