"""A polite HTTP client: bounded time, size and retries, rate-limited per host, and no secret in any message.

A host that refuses (403, a connection that hangs) is recorded in a file with the reason and the time of the next
attempt, so that other processes do not ask it either. The API key of a publisher is a query parameter that is added
only to the request itself: URLs in messages and landings never contain it, and it is removed from a reply that repeats
it.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from nba_assets.runtime.retry_after import retry_after
from nba_assets.sources.live.landing import HEADERS_THAT_MATTER

BLOCK = 1 << 16
REMOVED = "***"
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
STATS_HOST = "stats.nba.com"
INJURY_HOST = "ak-static.cms.nba.com"


class Refused(Exception):
    """A host that refuses requests for now.

    Args:
        sentence: what happened, for the user.
        until: time of the next attempt, UTC.
        since: first refusal after the last good reply, UTC.
    """

    def __init__(self, host: str, sentence: str, until: datetime, since: datetime) -> None:
        super().__init__(f"{sentence} {host} is asked again after {until:%Y-%m-%d %H:%M} UTC.")
        self.host = host
        self.sentence = sentence
        self.until = until
        self.since = since


class BadReply(Exception):
    """The host answers, but after all attempts no reply is usable."""


class _Retry(Exception):
    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass(frozen=True)
class Limits:
    """Limits of the client; times in seconds.

    Args:
        interval: minimum time between two requests to a host, unless `intervals` names the host.
        attempts: maximum number of attempts per request.
        connect: timeout for connecting.
        read: longest time without a byte.
        per_attempt: timeout of one attempt, so that a host that sends slowly cannot block a run.
        first_wait: wait before the second attempt; doubled for each further one.
        longest_wait: longest wait between attempts; if a host asks for more, a later run asks again.
        failures: failed replies in a row after which a host counts as refusing.
        refused: how long a refusing host is not asked.
        largest: maximum size of a reply in bytes.
    """

    interval: float = 0.25
    intervals: Mapping[str, float] = field(default_factory=lambda: {STATS_HOST: 1.0, INJURY_HOST: 0.5})
    attempts: int = 3
    connect: float = 10.0
    read: float = 30.0
    per_attempt: float = 120.0
    first_wait: float = 1.0
    longest_wait: float = 60.0
    failures: int = 3
    refused: float = 1800.0
    largest: int = 64 * 1024 * 1024


@dataclass(frozen=True)
class Reply:
    """A complete reply: URL and body without secrets, status, relevant headers, and the time of arrival (UTC)."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass
class Client:
    """Sends requests to publishers.

    Args:
        clock: returns the current time, UTC; dates replies.
        secrets: texts that must not appear in any message or landing.
        state: file with the refusing hosts; shared by all processes.
        mirror: base URL that serves the same paths as `<mirror>/<host>/...`; None for the publishers themselves.
    """

    clock: Callable[[], datetime]
    secrets: Collection[str] = ()
    state: Path | None = None
    mirror: str | None = None
    limits: Limits = field(default_factory=Limits)
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        # urllib3 logs complete URLs, including keys, at debug level.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
        self.calls = 0
        self.bytes = 0
        self._session = requests.Session()
        self._last_request: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._refusing = self._kept()

    def clean(self, text: str) -> str:
        """The text without secrets, in any spelling that a URL or JSON can have."""
        for spelling in self._spellings():
            text = text.replace(spelling, REMOVED)
        return text

    def _spellings(self) -> list[str]:
        found: set[str] = set()
        for secret in self.secrets:
            found |= {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), secret.replace("/", r"\/")}
        return sorted(found - {""}, key=len, reverse=True)

    def refused(self) -> dict[str, Refused]:
        """The hosts that are not asked for now."""
        now = self.clock()
        return {
            host: Refused(host, sentence, until, since)
            for host, (sentence, until, since) in self._refusing.items()
            if until > now
        }

    def refuse(self, host: str, sentence: str, until: datetime) -> Refused:
        """Records that a host is not asked before `until`, and returns the exception to raise."""
        sentence = self.clean(sentence)
        since = self._refusing[host][2] if host in self._refusing else self.clock()
        self._refusing[host] = (sentence, until, since)
        self._keep()
        return Refused(host, sentence, until, since)

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        secret: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        answers: Collection[int] = (),
        is_good: Callable[[bytes], bool] = bool,
    ) -> Reply:
        """Requests a URL and returns the reply.

        Args:
            url: URL without query.
            params: query parameters; shown in messages and landings.
            secret: query parameters that are not shown anywhere.
            headers: request headers.
            answers: statuses other than 200 that the caller handles; such a reply is returned as is.
            is_good: whether a body looks valid; if not, the request is repeated.

        Raises:
            Refused: the host refuses or does not answer; it is not asked again before `until` of the exception.
            BadReply: the host answers, but no reply is usable.
        """
        host = urlsplit(url).netloc
        if (known := self.refused().get(host)) is not None:
            raise known
        shown = self.clean(f"{url}?{urlencode(params)}" if params else url)
        retrying = Retrying(
            stop=stop_after_attempt(self.limits.attempts),
            wait=self._wait,
            retry=retry_if_exception_type(_Retry),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            reply = retrying(self._attempt, url, {**(params or {}), **(secret or {})}, headers or {}, shown, answers)
            is_bad = reply.status == 200 and not is_good(reply.body)
        except _Retry as error:
            failure, wait = str(error), error.wait
        else:
            if not is_bad:
                self._failures[host] = 0
                if self._refusing.pop(host, None) is not None:
                    self._keep()
                return reply
            failure, wait = f"{shown} answered with {_seen(reply)}", None
        # Raised outside the handler: the HTTP library's exception contains the complete URL and would become the
        # context.
        self._failures[host] = self._failures.get(host, 0) + 1
        if wait is not None or self._failures[host] >= self.limits.failures or "no answer" in failure:
            seconds = max(wait or 0.0, self.limits.refused)
            raise self.refuse(host, f"{failure}.", self.clock() + timedelta(seconds=seconds))
        raise BadReply(f"{failure}; {self.limits.attempts} attempts at most.")

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.wait if isinstance(error, _Retry) else None
        doubling = self.limits.first_wait * 2.0 ** (state.attempt_number - 1)
        return min(max(asked or 0.0, doubling), self.limits.longest_wait)

    def _attempt(
        self, url: str, query: Mapping[str, str], headers: Mapping[str, str], shown: str, answers: Collection[int]
    ) -> Reply:
        host = urlsplit(url).netloc
        self._keep_pace(host)
        failure = None
        try:
            with self._session.get(
                self._address(url),
                params=query,
                headers=dict(headers),
                stream=True,
                timeout=(self.limits.connect, self.limits.read),
                allow_redirects=False,  # a key is for one host
            ) as reply:
                body = self._body(reply, shown)
                status, heard = reply.status_code, {name.lower(): value for name, value in reply.headers.items()}
        except requests.exceptions.RequestException as error:
            failure = _reason_of(error)
        if failure is not None:
            raise _Retry(f"{shown}: {failure}")
        kept = {name: self.clean(heard[name]) for name in HEADERS_THAT_MATTER if name in heard}
        if status == 200 or status in answers:
            return Reply(shown, status, kept, self._without_secrets(body), self.clock())
        said = f"{shown} answered {status}"
        wait = retry_after(heard.get("retry-after"), self.clock())
        if status in RETRIED:
            if wait is not None and wait > self.limits.longest_wait:
                sentence = f"{said} and asks to wait {wait:.0f} s."
                raise self.refuse(host, sentence, self.clock() + timedelta(seconds=wait))
            raise _Retry(said, wait)
        if status in (401, 403):
            until = self.clock() + timedelta(seconds=max(wait or 0.0, self.limits.refused))
            raise self.refuse(host, f"{said}: it refuses this machine or this key.", until)
        raise BadReply(said)

    def _address(self, url: str) -> str:
        if self.mirror is None:
            return url
        parts = urlsplit(url)
        return f"{self.mirror.rstrip('/')}/{parts.netloc}{parts.path}"

    def _body(self, reply: requests.Response, shown: str) -> bytes:
        end, body = time.monotonic() + self.limits.per_attempt, bytearray()
        for block in reply.iter_content(BLOCK):
            body += block
            self.bytes += len(block)
            if len(body) > self.limits.largest:
                raise _Retry(f"{shown}: more than {self.limits.largest} bytes")
            if time.monotonic() > end:
                raise _Retry(f"{shown}: no complete answer after {self.limits.per_attempt:.0f} s")
        return bytes(body)

    def _without_secrets(self, body: bytes) -> bytes:
        for spelling in self._spellings():
            body = body.replace(spelling.encode(), REMOVED.encode())
        return body

    def _keep_pace(self, host: str) -> None:
        interval = self.limits.intervals.get(host, self.limits.interval)
        since = time.monotonic() - self._last_request.get(host, float("-inf"))
        if since < interval:
            self.sleep(interval - since)
        self._last_request[host] = time.monotonic()
        self.calls += 1

    def _kept(self) -> dict[str, tuple[str, datetime, datetime]]:
        if self.state is None or not self.state.exists():
            return {}
        found = json.loads(self.state.read_text(encoding="utf-8"))
        return {
            host: (item["sentence"], *(datetime.fromisoformat(item[name]) for name in ("until", "since")))
            for host, item in found.items()
        }

    def _keep(self) -> None:
        if self.state is None:
            return
        self.state.parent.mkdir(parents=True, exist_ok=True)
        held = {
            host: {
                "sentence": sentence,
                "until": until.astimezone(UTC).isoformat(),
                "since": since.astimezone(UTC).isoformat(),
            }
            for host, (sentence, until, since) in self._refusing.items()
        }
        with tempfile.NamedTemporaryFile("w", dir=self.state.parent, delete=False, encoding="utf-8") as opened:
            json.dump(held, opened, indent=1, sort_keys=True)
        os.replace(opened.name, self.state)


def _seen(reply: Reply) -> str:
    if not reply.body:
        return "an empty body"
    start = reply.body[:200].lstrip().lower()
    return "a web page" if start.startswith((b"<!doctype", b"<html")) else f"what starts with {reply.body[:40]!r}"


def _reason_of(error: requests.exceptions.RequestException) -> str:
    """A short description; the library's own text contains the complete URL."""
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return "the reply was cut"
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(error).lower():
        return "no answer in time"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "no answer, the connection failed"
    return f"no answer ({type(error).__name__})"
