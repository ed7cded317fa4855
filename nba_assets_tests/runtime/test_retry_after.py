"""The Retry-After header: seconds, a date, and what cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nba_assets.runtime.retry_after import retry_after

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("90", 90.0),
        ("Sun, 29 Nov 2026 12:01:30 GMT", 90.0),
        ("Sun, 29 Nov 2026 14:01:30 +0200", 90.0),
        ("Sun, 29 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 29 Nov 2026 12:01:30 -0000", None),
        ("soon", None),
    ],
)
def test_seconds_until_the_next_request(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
