"""SIGINT and SIGTERM: deferred where an interrupt would leave incomplete work, and never lost.

Dagster replaces the signal handlers while it executes a run and loses a signal that arrives between two steps. So the
signals are recorded by the interpreter (`signal.set_wakeup_fd`), independently of the installed handler.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def is_no_interrupt(record: logging.LogRecord) -> bool:
    """Filter for log handlers: drops what a library logs when Ctrl-C interrupts it, because the command reports that.

    SQLAlchemy logs any exception that interrupts the closing of a connection, with its traceback, and raises it again.
    """
    return record.exc_info is None or not isinstance(record.exc_info[1], KeyboardInterrupt)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Defers the signals until the block ends, then passes them to the installed handlers."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python handles signals in the main thread only
        return
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)

    handlers = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if received:
            signal.raise_signal(received[0])


class Signals:
    """Records the signals that arrive; within the block SIGTERM raises KeyboardInterrupt, as SIGINT does."""

    def __enter__(self) -> Signals:
        self._first: int | None = None
        self._is_over = threading.current_thread() is not threading.main_thread()
        if self._is_over:
            return self  # Python handles signals in the main thread only
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._fd_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._term_before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_over:
            return
        self._look()
        self._is_over = True
        signal.signal(signal.SIGTERM, self._term_before)
        signal.set_wakeup_fd(self._fd_before)
        os.close(self._read)
        os.close(self._write)

    def raise_if_any(self) -> None:
        """Raises KeyboardInterrupt if a signal has arrived, even if no handler acted on it."""
        if self.first is not None:
            raise KeyboardInterrupt

    @property
    def first(self) -> int | None:
        """The first signal that arrived; None if there was none."""
        self._look()
        return self._first

    @property
    def exit_code(self) -> int:
        """The conventional exit code of a command ended by a signal: 130 for SIGINT, 143 for SIGTERM."""
        return 128 + (self.first or signal.SIGINT)

    def _look(self) -> None:
        if self._first is not None or self._is_over:
            return
        try:
            came = [number for number in os.read(self._read, 4096) if number in SIGNALS]
        except BlockingIOError:
            return
        self._first = came[0] if came else None
