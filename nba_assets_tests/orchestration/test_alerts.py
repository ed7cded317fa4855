"""Alerts: one message per cause and day, and no address of a webhook anywhere."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nba_assets.orchestration.alerts import alert, good_day
from nba_assets.settings import Settings

SECRET = "T0K3N-of-the-webhook"


@contextmanager
def webhook(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """An address and what it was sent; of a GET the path."""
    sent: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._answer()

        def do_GET(self) -> None:
            sent.append(self.path)
            self._answer()

        def _answer(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """The test looks at what was sent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/{SECRET}", sent
    server.shutdown()
    server.server_close()


def settings(tmp_path: Path, **secrets: str) -> Settings:
    return Settings(home=tmp_path, **secrets)  # type: ignore[arg-type]


def test_a_cause_is_told_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [datetime(2026, 11, 29, 12, tzinfo=UTC)]
    monkeypatch.setattr(Settings, "machine_clock", staticmethod(lambda: now[0]))
    with webhook() as (address, sent):
        where = settings(tmp_path, alert_webhook=address)
        assert alert(where, ["cdn refuses", "no credits", "cdn refuses"]) == ["cdn refuses", "no credits"]
        assert alert(where, ["cdn refuses"]) == []
        now[0] += timedelta(days=1)
        assert alert(where, ["cdn refuses"]) == ["cdn refuses"]
    texts = [json.loads(body)["text"] for body in sent]
    assert texts == ["nba-assets: cdn refuses\nno credits", "nba-assets: cdn refuses"]


def test_nothing_to_tell_sends_nothing(tmp_path: Path) -> None:
    with webhook() as (address, sent):
        assert alert(settings(tmp_path, alert_webhook=address), []) == []
    assert sent == []


def test_a_good_day_is_asked_for(tmp_path: Path) -> None:
    with webhook() as (address, sent):
        good_day(settings(tmp_path, good_day_ping=address))
        good_day(settings(tmp_path))
    assert sent == [f"/{SECRET}"]


def test_a_webhook_that_fails_stops_nothing_and_is_told_without_its_address(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with webhook(status=500) as (address, _):
        assert alert(settings(tmp_path, alert_webhook=address), ["a cause"]) == ["a cause"]
    gone = settings(
        tmp_path, alert_webhook=f"http://127.0.0.1:9/{SECRET}", good_day_ping=f"http://127.0.0.1:9/{SECRET}"
    )
    assert alert(gone, ["another"]) == ["another"]
    good_day(gone)
    assert "NBA_ALERT_WEBHOOK could not be reached: answered 500" in caplog.text
    assert "NBA_GOOD_DAY_PING could not be reached: ConnectionError" in caplog.text
    assert SECRET not in caplog.text + "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    assert SECRET not in repr(gone)
