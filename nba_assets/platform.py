"""The surroundings of a run: settings, warehouse, archive, and the lock that makes it the only writer."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import filelock
import psutil

from nba_assets.publishing.store import Store, open_store
from nba_assets.settings import Settings
from nba_assets.sources.archive import Archive, SourceError
from nba_assets.sources.families import FAMILIES
from nba_assets.warehouse.duckdb import DuckDBWarehouse
from nba_assets.warehouse.protocol import Warehouse

log = logging.getLogger(__name__)


class RunLockTimeout(RuntimeError):
    """Another run kept the run lock for longer than the time-out; the message says which."""


@dataclass(frozen=True)
class Platform:
    """What a run works with."""

    settings: Settings

    @cached_property
    def warehouse(self) -> Warehouse:
        return DuckDBWarehouse(self.settings.database, self.settings.lock_timeout_seconds)

    @cached_property
    def archive(self) -> Archive:
        """The archive of raw rows.

        Raises:
            SourceError: there is no archive beside the repository and NBA_ARCHIVE leads to none.
        """
        root = self.settings.archive_root
        if root is None:
            raise SourceError(
                "No archive to read raw rows from. Set NBA_ARCHIVE to the folder or URL of the season files."
            )
        archive = Archive(root)
        archive.require(FAMILIES.values())
        return archive

    @cached_property
    def store(self) -> Store:
        """The store of the published files."""
        return open_store(self.settings.published)

    @property
    def source(self) -> str:
        """Where raw rows come from, as published documents say it."""
        return "archive"

    def now(self) -> datetime:
        return self.settings.clock()

    @contextmanager
    def run_lock(self) -> Iterator[None]:
        """Holds the run lock: tables with history depend on other days, so there is one writer at a time.

        Re-entrant within a process. The operating system frees it when the process dies, however it dies.

        Raises:
            RunLockTimeout: the lock was not free within NBA_LOCK_TIMEOUT_SECONDS.
        """
        lock, holder = self._lock()
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            log.warning("waiting for another run: %s", _describe(holder))
            try:
                lock.acquire(timeout=self.settings.lock_timeout_seconds, poll_interval=0.2)
            except filelock.Timeout as error:
                raise RunLockTimeout(
                    f"Another run has held the run lock for more than {self.settings.lock_timeout_seconds:.0f} s: "
                    f"{_describe(holder)}. Wait for it or end it, then run the command again."
                ) from error
        try:
            if lock.lock_counter == 1:
                command = " ".join([os.path.basename(sys.argv[0] or "python"), *sys.argv[1:]])[:200]
                holder.write_text(json.dumps({"pid": os.getpid(), "command": command, "since": self.now().isoformat()}))
            yield
        finally:
            lock.release()

    @contextmanager
    def try_run_lock(self) -> Iterator[bool]:
        """Holds the run lock when it is free at once; yields whether it is held."""
        lock, _ = self._lock()
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def _lock(self) -> tuple[filelock.BaseFileLock, Path]:
        path = self.settings.run_lock
        path.parent.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(path, thread_local=False, is_singleton=True), path.with_suffix(".holder.json")


def _describe(holder: Path) -> str:
    try:
        found = json.loads(holder.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "its process is not known yet"
    return f"process {found['pid']} ({found['command']}), since {found['since']}"


def this_process() -> str:
    """This process by pid and start time, because pids are used again."""
    return f"{os.getpid()}@{psutil.Process().create_time():.2f}"


def process_is_alive(process: str) -> bool:
    """Whether a process (as `this_process` names it) of this machine is still running; a zombie is not."""
    pid, _, started = process.partition("@")
    try:
        found = psutil.Process(int(pid))
        return found.status() != psutil.STATUS_ZOMBIE and f"{found.create_time():.2f}" == started
    except psutil.NoSuchProcess:
        return False
