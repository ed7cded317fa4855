"""Lock for files that are created on first use: one process creates them, others that start meanwhile wait for it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

log = logging.getLogger(__name__)


class FirstUseTimeout(RuntimeError):
    """Another process did not finish creating the first files in time; the message says where."""


@contextmanager
def first_use(folder: Path, timeout_seconds: float = 900.0) -> Iterator[None]:
    """Holds the first-use lock of a folder, creating the folder if needed.

    Check inside the block whether the files exist: another process may have created them. The operating system
    frees the lock when the process dies.

    Raises:
        FirstUseTimeout: the lock was not free in time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / "first_use.lock")
    try:
        lock.acquire(timeout=1.0)
    except filelock.Timeout:
        log.warning("waiting for another command, which creates %s", folder)
        try:
            lock.acquire(timeout=timeout_seconds)
        except filelock.Timeout as error:
            raise FirstUseTimeout(
                f"Another process has been creating the first files in {folder} for more than {timeout_seconds:.0f} s. "
                "Wait for it or end it, then run the command again."
            ) from error
    try:
        yield
    finally:
        lock.release()
