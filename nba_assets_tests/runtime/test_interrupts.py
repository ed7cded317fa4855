"""Logged interrupts: what a library logs about Ctrl-C is not printed, every other error is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from sqlalchemy import create_engine

from nba_assets.runtime.interrupts import is_no_interrupt


@pytest.fixture
def printed() -> Iterator[list[str]]:
    """Messages that a handler with the filter prints."""
    found: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    handler = Kept()
    handler.addFilter(is_no_interrupt)
    logging.getLogger().addHandler(handler)
    yield found
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize(("raised", "lines"), [(KeyboardInterrupt, 0), (OSError, 1)])
def test_an_interrupt_while_a_connection_is_closed_is_not_logged(
    printed: list[str], monkeypatch: pytest.MonkeyPatch, raised: type[BaseException], lines: int
) -> None:
    engine = create_engine("sqlite://")

    def closed(connection: object) -> None:
        raise raised

    monkeypatch.setattr(engine.dialect, "do_close", closed)
    with pytest.raises(KeyboardInterrupt) if raised is KeyboardInterrupt else nullcontext():
        engine.connect().invalidate()
    assert len(printed) == lines
