"""Alerts: one message per cause and day, and no message contains the address of a webhook."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nba_assets.orchestration.alerts import alert, good_day
from nba_assets.settings import Settings, SettingsError

SECRET = "T0K3N-of-the-webhook"


@contextmanager
def webhook(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """A URL and the bodies that were posted to it; for a GET the path."""
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
            """No log: the test checks what was sent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/{SECRET}", sent
    server.shutdown()
    server.server_close()


def settings(tmp_path: Path, **secrets: str) -> Settings:
    return Settings(home=tmp_path, **secrets)  # type: ignore[arg-type]


def test_a_cause_is_sent_once_per_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [datetime(2026, 11, 29, 12, tzinfo=UTC)]
    monkeypatch.setattr(Settings, "machine_clock", staticmethod(lambda: now[0]))
    with webhook() as (address, sent):
        where = settings(tmp_path, alert_webhook=address)
        causes = {"refused cdn": "cdn refuses until 13:00", "credits": "no credits"}
        assert alert(where, causes) == list(causes.values())
        assert alert(where, {"refused cdn": "cdn refuses until 13:30"}) == []
        now[0] += timedelta(days=1)
        assert alert(where, {"refused cdn": "cdn refuses until 12:30"}) == ["cdn refuses until 12:30"]
    texts = [json.loads(body)["text"] for body in sent]
    assert texts == ["nba-assets: cdn refuses until 13:00\nno credits", "nba-assets: cdn refuses until 12:30"]


def test_without_causes_nothing_is_sent(tmp_path: Path) -> None:
    with webhook() as (address, sent):
        assert alert(settings(tmp_path, alert_webhook=address), {}) == []
    assert sent == []


def test_a_good_day_requests_the_heartbeat_url(tmp_path: Path) -> None:
    with webhook() as (address, sent):
        good_day(settings(tmp_path, good_day_ping=address))
        good_day(settings(tmp_path))
    assert sent == [f"/{SECRET}"]


def test_a_failing_webhook_is_logged_without_its_address(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with webhook(status=500) as (address, _):
        assert alert(settings(tmp_path, alert_webhook=address), {"one": "a cause"}) == ["a cause"]
    gone = settings(
        tmp_path,
        alert_webhook=f"http://127.0.0.1:9/{SECRET}",
        alert_email=f"smtp://me:{SECRET}@127.0.0.1:9?to=you@example.org",
        good_day_ping=f"http://127.0.0.1:9/{SECRET}",
    )
    assert alert(gone, {"two": "another"}) == ["another"]
    good_day(gone)
    assert "NBA_ALERT_WEBHOOK could not be reached: answered 500" in caplog.text
    assert "NBA_ALERT_EMAIL could not be used: ConnectionRefusedError" in caplog.text
    assert "NBA_GOOD_DAY_PING could not be reached: ConnectionError" in caplog.text
    assert SECRET not in caplog.text + "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    assert SECRET not in repr(gone)


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    """The port of a minimal SMTP server, and the lines that it received."""
    heard: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            is_letter = False
            for line in (raw.decode().rstrip("\r\n") for raw in self.rfile):
                heard.append(line)
                if is_letter:
                    is_letter = line != "."
                    if not is_letter:
                        self._say("250 taken")
                elif line.upper().startswith("EHLO"):
                    self._say("250-here\r\n250 AUTH PLAIN")
                elif line.startswith("AUTH"):
                    self._say("235 welcome")
                elif line.upper() == "DATA":
                    is_letter = True
                    self._say("354 go on")
                else:
                    self._say("221 bye" if line.upper() == "QUIT" else "250 fine")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server.server_address[1], heard
        server.shutdown()


def test_mail_is_sent_to_the_address_of_the_setting(tmp_path: Path) -> None:
    with mail_server() as (port, heard):
        address = f"smtp://me%40home:{SECRET}@127.0.0.1:{port}?to=you@example.org&from=nba@example.org"
        assert alert(settings(tmp_path, alert_email=address), {"credits": "no credits"}) == ["no credits"]
    login = next(line.split()[-1] for line in heard if line.startswith("AUTH"))
    assert base64.b64decode(login).decode() == f"\0me@home\0{SECRET}"
    assert "Subject: nba-assets: no credits" in heard and "To: you@example.org" in heard and "no credits" in heard
    assert any(line.startswith("mail FROM:<nba@example.org>") for line in heard)


def test_a_secret_in_a_sentence_is_masked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert alert(settings(tmp_path, odds_api_key=SECRET), {"x": f"failed at ?apiKey={SECRET}"}) == [
        "failed at ?apiKey=***"
    ]
    assert SECRET not in caplog.text


@pytest.mark.parametrize("address", [f"https://{SECRET}", f"smtp://me:{SECRET}@host:25", f"smtp:{SECRET}?to=you"])
def test_an_invalid_mail_address_is_rejected_and_not_shown(address: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="NBA_ALERT_EMAIL") as refused:
        settings(tmp_path, alert_email=address)
    assert SECRET not in str(refused.value)
