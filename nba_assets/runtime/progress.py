"""Progress events of a run and their listeners: the progress bar of the command line, the log of a run."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass
class Step:
    """One table's rows or checks over the days of a run; `kind` is rows, checks or ahead.

    A step of kind ahead waits for work ahead of the table's run; `worked` are the processor seconds of that work.
    """

    table: str
    kind: str
    days: int
    rows: int = 0
    seconds: float | None = None
    worked: float = 0.0


Listener = Callable[[Step], None]
_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Calls the listener at the start and at the end (`seconds` is set) of every step of this process."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@contextmanager
def step(table: str, kind: str, days: int) -> Iterator[Step]:
    """Marks a step; the block sets its `rows`."""
    current = Step(table, kind, days)
    for listener in _listeners:
        listener(current)
    start = time.perf_counter()
    yield current
    current.seconds = time.perf_counter() - start
    for listener in _listeners:
        listener(current)
