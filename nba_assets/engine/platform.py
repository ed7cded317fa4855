"""The environment of a run: settings, warehouse, archive, store, and the lock that makes it the only writer."""

from __future__ import annotations

import atexit
import fcntl
import json
import logging
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import filelock

from nba_assets.engine.leases import SIGN, RunLockTimeout, command_line, leases_of, run_lease
from nba_assets.settings import Settings
from nba_assets.sources.choice import Choice, choose, opened
from nba_assets.sources.protocol import Source, SourceError
from nba_assets.stores.factory import open_store
from nba_assets.stores.protocol import Store
from nba_assets.warehouses.factory import open_warehouse
from nba_assets.warehouses.protocol import Warehouse

log = logging.getLogger(__name__)

_signs: dict[Path, str] = {}
"""Names of the signs of life of this process, by their folder."""


@dataclass(frozen=True)
class Platform:
    """Settings and the back ends that they select."""

    settings: Settings
    tell: Callable[[str], None] = log.info
    """Receives messages about slow work before a run begins."""

    @cached_property
    def warehouse(self) -> Warehouse:
        return open_warehouse(self.settings.warehouse_address, self.settings.lock_timeout_seconds)

    @cached_property
    def choice(self) -> Choice:
        """The chosen archive, and why it was chosen."""
        return choose(self.settings)

    @cached_property
    def archive(self) -> Source:
        """The archive of raw rows; the simulated league is generated if it was chosen and does not exist yet.

        Raises:
            SourceError: the chosen archive does not exist.
        """
        return opened(self.choice, self.settings, self.tell)

    @cached_property
    def store(self) -> Store:
        """The store of the published files."""
        return open_store(self.settings.published)

    @property
    def held_source(self) -> str | None:
        """Kind of the rows in the warehouse: `archive` (real games) or `simulated`; None while it is empty."""
        with self.warehouse.snapshot() as snapshot:
            return snapshot.source()

    @property
    def source(self) -> str:
        """Kind of the rows in the warehouse; that of the archive while the warehouse is empty."""
        return self.held_source or self.archive.source

    def require_one_source(self) -> str:
        """Ensures that simulated and real rows are not mixed, in the warehouse or among the published files.

        Returns:
            Kind of the rows of this archive: `archive` or `simulated`.

        Raises:
            SourceError: the warehouse or the published files are of the other kind.
        """
        source, held = self.archive.source, self.held_source
        if held not in (None, source):
            raise SourceError(_mixed(f"The warehouse {self.settings.warehouse_name}", held, self.archive))
        published = self.store.read("v1/manifest.json")
        stands = None if published is None else str(json.loads(published)["source"])
        if stands not in (None, source):
            raise SourceError(_mixed(f"What is published in {self.store.address}", stands, self.archive))
        return source

    @cached_property
    def writing_source(self) -> str:
        """Kind of the rows that are written; it is recorded in the warehouse when the first rows are.

        Raises:
            SourceError: see `require_one_source`; nothing was written.
        """
        source = self.require_one_source()
        if self.held_source is None:
            self.warehouse.record_source(source, self.now())
        return source

    def now(self) -> datetime:
        return self.settings.clock()

    @contextmanager
    def run_lock(self) -> Iterator[None]:
        """Holds the run lock: tables with history depend on other days, so there is one writer at a time.

        It is a file below NBA_HOME, which the operating system unlocks when the process ends for any reason; if other
        machines share the warehouse, it is also a lease in it. Re-entrant within a process.

        Raises:
            RunLockTimeout: the lock was not free within NBA_LOCK_TIMEOUT_SECONDS.
        """
        with self._file_lock(), run_lease(self.warehouse, self.settings), self.warehouse.kept_open():
            yield

    @contextmanager
    def _file_lock(self) -> Iterator[None]:
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
                since = self.now().isoformat()
                holder.write_text(json.dumps({"pid": os.getpid(), "command": command_line(), "since": since}))
            yield
        finally:
            lock.release()

    @contextmanager
    def try_run_lock(self) -> Iterator[bool]:
        """Holds the run lock if it is free, without waiting; yields whether it is held."""
        lock, _ = self._lock()
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            yield False
            return
        try:
            with run_lease(self.warehouse, self.settings, timeout=0) as is_held:
                yield is_held
        finally:
            lock.release()

    def sign_of_life(self) -> str:
        """Name of a file below NBA_HOME that this process keeps locked until it ends for any reason.

        Any process that can open the file can tell whether this one is alive, even from another container, or after
        the machine was renamed. If other machines share the warehouse, it is a lease there, which all of them can read.
        """
        leases = leases_of(self.warehouse, self.settings)
        if leases is not None:
            return leases.sign_of_life()
        folder = self.settings.home / "processes"
        if folder not in _signs or not (folder / _signs[folder]).exists():
            folder.mkdir(parents=True, exist_ok=True)
            name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}.lock"
            # Never closed: the operating system closes the file, and so unlocks it, when the process ends.
            fcntl.flock(os.open(folder / name, os.O_CREAT | os.O_RDWR), fcntl.LOCK_EX)
            atexit.register((folder / name).unlink, missing_ok=True)
            _signs[folder] = name
        return _signs[folder]

    def is_alive(self, sign: str) -> bool:
        """Whether the process of this sign of life is alive; the file of a dead process is removed."""
        if sign.startswith(SIGN):
            leases = leases_of(self.warehouse, self.settings)
            return leases is not None and leases.is_alive(sign)
        path = self.settings.home / "processes" / sign
        try:
            with path.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        path.unlink(missing_ok=True)
        return False

    def _lock(self) -> tuple[filelock.BaseFileLock, Path]:
        path = self.settings.run_lock
        path.parent.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(path, thread_local=False, is_singleton=True), path.with_suffix(".holder.json")


def _mixed(holder: str, held: str, archive: Source) -> str:
    """Message for a run whose archive is of another kind than the existing rows or files."""
    games = {"simulated": "games of the simulated league", "archive": "real games"}
    remedy = ", or delete what was simulated with: nba-assets reset --simulated" if held == "simulated" else ""
    return (
        f"{holder} has {games.get(held, held)}, but the archive {archive.root} has {games[archive.source]}. The two "
        f"are never mixed; nothing was written. Set NBA_HOME to another folder{remedy}."
    )


def _describe(holder: Path) -> str:
    try:
        found = json.loads(holder.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "its process is not known yet"
    return f"process {found['pid']} ({found['command']}), since {found['since']}"
