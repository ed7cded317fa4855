"""The measurement of a screen ends although requests of the screen before it were aborted."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import sync_playwright

from nba_assets_tests.browser.screens import seconds_until_rest
from nba_assets_tests.browser.test_dagster_ui import FLAGS, path_of_chromium

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_SLOW = 5.0
_PAGE = b"""<html><body><script>
if (location.search === '?polls') setInterval(() => fetch('/graphql?slow'), 50); else fetch('/graphql');
</script></body></html>"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.endswith("slow"):
            time.sleep(_SLOW)
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(_PAGE)))
        self.end_headers()
        try:
            self.wfile.write(_PAGE)
        except (BrokenPipeError, ConnectionResetError):
            assert self.path.endswith("slow"), "the browser aborts only the requests of the screen that it left"

    def log_message(self, format: str, *args: object) -> None:
        """No output."""


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_screen_is_at_rest_when_the_screen_before_it_was_left_with_open_requests(address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of_chromium(), args=FLAGS)
        page = browser.new_page()
        page.goto(f"{address}/?polls")

        def go() -> None:
            page.wait_for_timeout(300)  # requests of the first screen start while the second one is measured
            page.goto(f"{address}/?next")

        assert seconds_until_rest(page, go, asks=False) < _SLOW
        browser.close()
