"""Work that a backfill does ahead, in threads, while the main thread builds other tables: the training of models."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from nba_assets.basketball.calendar import Season, day_range
from nba_assets.engine import registry
from nba_assets.engine.materialise import work_ahead
from nba_assets.engine.platform import Platform
from nba_assets.runtime import progress

log = logging.getLogger(__name__)

THREADS = 2
"""Models trained at once. Each has one thread of its own, which holds Python's lock for a small part of its time."""
NICENESS = 10
"""Of the threads: the main thread, which builds the tables, comes first, and they take what it leaves."""


def in_two(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The tables without those that wait for work ahead, and those: tables with such work and all that read them."""
    late: set[str] = set()
    for name, table in registry.tables().items():
        reads = {item.name for item in table.inputs.values() if item.reach != "source"}
        if (table.ahead is not None and name in names) or reads & late:
            late.add(name)
    return [name for name in names if name not in late], [name for name in names if name in late]


@dataclass
class Ahead:
    """Pieces of work by season and table, running or waiting for a thread; days, and processor seconds so far."""

    platform: Platform
    pool: ThreadPoolExecutor
    pieces: dict[tuple[Season, str], list[Future[None]]] = field(default_factory=dict)
    days: dict[Season, int] = field(default_factory=dict)
    worked: dict[Season, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, names: Sequence[str], season: Season, first: date, last: date) -> None:
        """Reads the inputs of the work ahead of these tables and queues it."""
        days = day_range(first, last)
        self.days[season] = len(days)
        for name in names:
            pieces = work_ahead(registry.tables()[name], days, self.platform)
            self.pieces[season, name] = [self.pool.submit(self._timed, piece, season) for piece in pieces]

    def _timed(self, piece: Callable[[], object], season: Season) -> None:
        start = time.thread_time()
        try:
            piece()
        finally:
            with self.lock:
                self.worked[season] = self.worked.get(season, 0.0) + time.thread_time() - start

    def finish(self, season: Season) -> None:
        """Waits for the work of a season. The run of the table repeats work that failed, and reports its error."""
        for (of_season, name), pieces in self.pieces.items():
            if of_season != season or not pieces:
                continue
            with progress.step(name, "ahead", self.days[season]) as told:
                wait(pieces)
                told.worked = self.worked.pop(season, 0.0)
            for piece in pieces:
                if (error := piece.exception()) is not None:
                    log.warning("%s: work ahead of its run in %s failed, the run repeats it: %s", name, season, error)
            pieces.clear()


@contextmanager
def working_ahead(platform: Platform) -> Iterator[Ahead]:
    """Threads for work ahead; at the end of the block work that no thread has begun is dropped."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="ahead", initializer=_be_nice)
    try:
        yield Ahead(platform, pool)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _be_nice() -> None:
    """Lowers the priority of the calling thread on Linux; elsewhere a niceness is that of the whole process."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(os.getpriority(os.PRIO_PROCESS, thread), NICENESS))
