"""One message per cause of trouble: to the log, and to a webhook where one is set; and a sign of each good day.

The address of the webhook is a secret: it is in no message, not even in that of its own failure.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence

import requests

from nba_assets.settings import Settings

log = logging.getLogger(__name__)
TIMEOUT = (5.0, 10.0)
REMEMBERED_DAYS = 7


def alert(settings: Settings, sentences: Sequence[str]) -> list[str]:
    """Tells each sentence that was not told today already; returns those that were told now."""
    path = settings.home / "live" / "alerts.json"
    today = settings.machine_clock().date().isoformat()
    told: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    marks = {sentence: hashlib.sha256(sentence.encode()).hexdigest()[:16] for sentence in sentences}
    new = [sentence for sentence in dict.fromkeys(sentences) if marks[sentence] not in told.get(today, [])]
    if not new:
        return []
    for sentence in new:
        log.error("%s", sentence)
    if settings.alert_webhook is not None:
        _post(settings.alert_webhook.get_secret_value(), {"text": "nba-assets: " + "\n".join(new)})
    told[today] = [*told.get(today, []), *(marks[sentence] for sentence in new)]
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = dict(sorted(told.items())[-REMEMBERED_DAYS:])
    path.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return new


def good_day(settings: Settings) -> None:
    """Asks for the address that expects a sign after each good day; who watches it alarms when none comes."""
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
        failure = type(error).__name__  # its text holds the address
    if failure is not None:
        setting = "NBA_GOOD_DAY_PING" if body is None else "NBA_ALERT_WEBHOOK"
        log.error("the address of %s could not be reached: %s", setting, failure)
