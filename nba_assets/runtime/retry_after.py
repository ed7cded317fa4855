"""The Retry-After header of HTTP."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by the header, which contains seconds or a date; None if it is absent or unreadable.

    A date without a time zone (`-0000`) is unreadable.

    Args:
        value: of the header.
        now: the current time, with a time zone.
    """
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((until - now).total_seconds(), 0.0) if until.tzinfo else None
