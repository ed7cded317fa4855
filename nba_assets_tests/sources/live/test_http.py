"""The HTTP client with a local server: failures are retried or recorded, always bounded, and no key is exposed."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nba_assets.sources.live.http import BadReply, Client, Limits, Refused
from nba_assets_tests.local_server import Answer, LocalServer, serving

KEY = "k3y/with+signs=="
URL = "https://api.the-odds-api.com/v4/sports/basketball_nba/odds"
HOST = "api.the-odds-api.com"
NOW = datetime(2026, 11, 29, 15, tzinfo=UTC)
FAST = Limits(interval=0.0, intervals={}, connect=0.5, read=0.3, per_attempt=1.0, first_wait=0.01, longest_wait=5.0)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def client(server: LocalServer, tmp_path: Path, waits: list[float] | None = None, limits: Limits = FAST) -> Client:
    waits = [] if waits is None else waits
    return Client(
        Clock(),
        secrets=[KEY],
        state=tmp_path / "refused.json",
        mirror=server.address,
        limits=limits,
        sleep=waits.append,
    )


def ask(asking: Client) -> bytes:
    return asking.get(URL, {"regions": "us"}, secret={"apiKey": KEY}).body


def test_a_reply_has_its_time_and_headers_and_no_key(tmp_path: Path) -> None:
    body = json.dumps({"you": KEY}).encode()
    answer = Answer(body, headers={"x-requests-remaining": "499", "Set-Cookie": "session=1"})
    with serving(lambda path, query: answer) as server:
        reply = client(server, tmp_path).get(URL, {"regions": "us"}, secret={"apiKey": KEY})
        assert server.asked == [(f"/{HOST}/v4/sports/basketball_nba/odds", {"regions": "us", "apiKey": KEY})]
    assert reply.at == NOW
    assert reply.url == f"{URL}?regions=us"
    assert reply.body == b'{"you": "***"}'
    assert reply.headers["x-requests-remaining"] == "499" and "set-cookie" not in reply.headers


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_transient_failure_is_retried(tmp_path: Path, status: int) -> None:
    answers = iter([Answer(status=status, headers={"Retry-After": "3"}), Answer(b"{}")])
    waits: list[float] = []
    with serving(lambda path, query: next(answers)) as server:
        assert ask(client(server, tmp_path, waits)) == b"{}"
    assert waits == [3.0]


def test_a_host_that_asks_for_a_long_wait_is_not_asked_before(tmp_path: Path) -> None:
    answer = Answer(status=429, headers={"Retry-After": "7200"})
    with serving(lambda path, query: answer) as server:
        asking = client(server, tmp_path)
        with pytest.raises(Refused) as raised:
            ask(asking)
        assert raised.value.until == NOW + timedelta(hours=2)
        with pytest.raises(Refused):
            ask(asking)
        assert len(server.asked) == 1


def test_a_refusal_is_shared_with_other_processes_and_expires(tmp_path: Path) -> None:
    answers = iter([Answer(b"<html>Access Denied</html>", status=403), Answer(b"{}")])
    with serving(lambda path, query: next(answers)) as server:
        with pytest.raises(Refused, match=r"answered 403.*asked again after 2026-11-29 15:30 UTC"):
            ask(client(server, tmp_path))
        another = client(server, tmp_path)
        with pytest.raises(Refused, match="answered 403"):
            ask(another)
        assert len(server.asked) == 1
        clock = another.clock
        assert isinstance(clock, Clock)
        clock.now += timedelta(minutes=31)
        assert ask(another) == b"{}"


def test_a_hanging_host_runs_into_the_timeout(tmp_path: Path) -> None:
    with serving(lambda path, query: Answer(hang=30.0)) as server:
        begun = time.monotonic()
        with pytest.raises(Refused, match="no answer in time"):
            ask(client(server, tmp_path))
        assert time.monotonic() - begun < 5.0
        assert len(server.asked) == FAST.attempts


@pytest.mark.parametrize(
    "answer", [Answer(b"<!DOCTYPE html>sorry"), Answer(b""), Answer(status=404), Answer(b"{" * 90, cut=10)]
)
def test_an_unusable_reply_is_not_a_refusal_of_the_host(tmp_path: Path, answer: Answer) -> None:
    with serving(lambda path, query: answer) as server:
        asking = client(server, tmp_path)
        with pytest.raises(BadReply):
            asking.get(URL, is_good=lambda body: body.startswith(b"{"))
        assert asking.refused() == {}


def test_after_several_bad_replies_the_host_is_not_asked(tmp_path: Path) -> None:
    with serving(lambda path, query: Answer(b"<html>")) as server:
        asking = client(server, tmp_path)
        raised = []
        for _ in range(4):
            try:
                asking.get(URL, is_good=lambda body: body.startswith(b"{"))
            except (BadReply, Refused) as error:
                raised.append(type(error))
        assert raised == [BadReply, BadReply, Refused, Refused]
        assert len(server.asked) == 3


def test_requests_to_a_host_are_spaced_out(tmp_path: Path) -> None:
    waits: list[float] = []
    with serving(lambda path, query: Answer(b"{}")) as server:
        asking = client(server, tmp_path, waits, Limits(interval=0.0, intervals={HOST: 1.0}))
        ask(asking)
        ask(asking)
    assert len(waits) == 1 and 0.5 < waits[0] <= 1.0


def test_a_redirect_does_not_send_the_key_elsewhere(tmp_path: Path) -> None:
    with serving(lambda path, query: Answer(status=302, headers={"Location": "/elsewhere"})) as server:
        with pytest.raises(BadReply, match="answered 302"):
            ask(client(server, tmp_path))
        assert len(server.asked) == 1


FAILURES: dict[str, Callable[[], Answer]] = {
    "refused": lambda: Answer(f"bad key {KEY}".encode(), status=401),
    "hangs": lambda: Answer(hang=30.0),
    "cut": lambda: Answer(KEY.encode() * 10, cut=5),
    "overloaded": lambda: Answer(KEY.encode(), status=500),
    "not found": lambda: Answer(KEY.encode(), status=404),
    "waits": lambda: Answer(status=429, headers={"Retry-After": "9999", "Date": KEY}),
}


@pytest.mark.parametrize("name", FAILURES)
def test_no_failure_exposes_the_key(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving(lambda path, query: FAILURES[name]()) as server, caplog.at_level(logging.DEBUG):
        asking = client(server, tmp_path)
        logging.getLogger().setLevel(logging.DEBUG)
        with pytest.raises((Refused, BadReply)) as raised:
            ask(asking)
        assert server.asked[0][1]["apiKey"] == KEY
    told = "".join(traceback.format_exception(raised.value)) + caplog.text
    seen: BaseException | None = raised.value
    while seen is not None:
        told += repr(seen)
        seen = seen.__context__ or seen.__cause__
    told += "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert "regions=us" in told
    for spelling in (KEY, "k3y%2Fwith%2Bsigns%3D%3D", "k3y/with"):
        assert spelling not in told


def test_a_failed_connection_does_not_expose_the_key(tmp_path: Path) -> None:
    asking = Client(Clock(), secrets=[KEY], mirror="http://127.0.0.1:9", limits=FAST, sleep=lambda _: None)
    with pytest.raises(Refused, match="the connection failed") as raised:
        ask(asking)
    assert raised.value.__context__ is None
