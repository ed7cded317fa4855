"""Alerts, one per cause, to the log and to a webhook and e-mail if configured; and a heartbeat after each good day.

The addresses are secrets: no message contains them, not even the one that reports their failure.
"""

from __future__ import annotations

import hashlib
import json
import logging
import smtplib
from collections.abc import Mapping
from email.message import EmailMessage
from urllib.parse import parse_qsl, unquote, urlsplit

import requests

from nba_assets.settings import Settings

log = logging.getLogger(__name__)
TIMEOUT = (5.0, 10.0)
REMEMBERED_DAYS = 7


def alert(settings: Settings, causes: Mapping[str, str]) -> list[str]:
    """Sends the sentence of each cause that was not sent today already; returns the sentences sent now.

    Args:
        settings: addresses, and the folder that remembers sent alerts.
        causes: cause -> sentence. A sentence may change (it may contain a time); its cause is sent once per day.
    """
    path = settings.home / "live" / "alerts.json"
    today = settings.machine_clock().date().isoformat()
    sent: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    new = {cause: _clean(settings, text) for cause, text in causes.items() if _mark(cause) not in sent.get(today, [])}
    if not new:
        return []
    for sentence in new.values():
        log.error("%s", sentence)
    message = "\n".join(new.values())
    if settings.alert_webhook is not None:
        _post(settings.alert_webhook.get_secret_value(), {"text": f"nba-assets: {message}"})
    if settings.alert_email is not None:
        _mail(settings.alert_email.get_secret_value(), message)
    sent[today] = [*sent.get(today, []), *map(_mark, new)]
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = dict(sorted(sent.items())[-REMEMBERED_DAYS:])
    path.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return list(new.values())


def _mark(cause: str) -> str:
    return hashlib.sha256(cause.encode()).hexdigest()[:16]


def _clean(settings: Settings, text: str) -> str:
    for secret in settings.secrets:
        text = text.replace(secret.get_secret_value(), "***")
    return text


def good_day(settings: Settings) -> None:
    """Requests the heartbeat URL; an external monitor raises an alarm if the request is missing."""
    if settings.good_day_ping is not None:
        _post(settings.good_day_ping.get_secret_value(), None)


def _post(address: str, body: dict[str, str] | None) -> None:
    failure = None
    try:
        if body is None:
            reply = requests.get(address, timeout=TIMEOUT, allow_redirects=False)
        else:
            reply = requests.post(address, json=body, timeout=TIMEOUT, allow_redirects=False)
        if reply.status_code >= 300:
            failure = f"answered {reply.status_code}"
    except requests.exceptions.RequestException as error:
        failure = type(error).__name__  # its text contains the address
    if failure is not None:
        setting = "NBA_GOOD_DAY_PING" if body is None else "NBA_ALERT_WEBHOOK"
        log.error("the address of %s could not be reached: %s", setting, failure)


def _mail(address: str, message: str) -> None:
    """Sends a message; the address is `smtp://user:password@host:port?to=...&from=...`, or smtps."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query))
    letter = EmailMessage()
    letter["Subject"] = f"nba-assets: {message.splitlines()[0][:100]}"
    letter["From"], letter["To"] = query.get("from", query["to"]), query["to"]
    letter.set_content(message)
    failure = None
    try:
        kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        with kind(parts.hostname or "", parts.port or 0, timeout=TIMEOUT[1]) as server:
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:
        failure = type(error).__name__
    if failure is not None:
        log.error("the mail server of NBA_ALERT_EMAIL could not be used: %s", failure)
