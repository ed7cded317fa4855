"""The leases of this process in a warehouse that several machines share: acquired, renewed by a thread, released.

A lease expires unless it is renewed, so a process that was killed, or whose machine failed, blocks others for at most
NBA_LEASE_SECONDS. If a process did not renew its lease in time and another one has acquired it, the warehouse refuses
the writes of the first (`warehouses/protocol.py`).
"""

from __future__ import annotations

import atexit
import logging
import os
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from nba_assets.settings import Settings
from nba_assets.warehouses.protocol import RUN_LEASE, Lease, Leases, Warehouse, WarehouseRefused

log = logging.getLogger(__name__)

SIGN = "lease:"
"""Prefix of the name of a sign of life that is a lease in the warehouse, not a file."""
_RENEWALS = 4
"""Number of renewals within the lifetime of a lease."""
_POLL_SECONDS = (0.5, 10.0)

_processes: dict[tuple[int, str], ProcessLeases] = {}
_processes_lock = threading.Lock()


class RunLockTimeout(RuntimeError):
    """Another run held the run lock for longer than the timeout; the message names it."""


def command_line() -> str:
    """The command of this process, short enough for a message."""
    return " ".join([os.path.basename(sys.argv[0] or "python"), *sys.argv[1:]])[:200]


def leases_of(warehouse: Warehouse, settings: Settings) -> ProcessLeases | None:
    """The leases of this process in the warehouse; None if the warehouse is a file of one machine."""
    leases = warehouse.leases
    if leases is None:
        return None
    key = (os.getpid(), leases.address)  # a forked process is another holder
    with _processes_lock:
        return _processes.setdefault(key, ProcessLeases(leases, settings.lease_seconds))


@contextmanager
def run_lease(warehouse: Warehouse, settings: Settings, timeout: float | None = None) -> Iterator[bool]:
    """Holds the run lease of the warehouse; does nothing if the warehouse has no leases.

    Args:
        warehouse: the warehouse.
        settings: lifetime of a lease without renewal, and how long to wait for it.
        timeout: seconds to wait before giving up; None waits NBA_LOCK_TIMEOUT_SECONDS, then raises.

    Yields:
        Whether the lease is held; always true without `timeout`.

    Raises:
        RunLockTimeout: another process held it for longer than NBA_LOCK_TIMEOUT_SECONDS.
    """
    leases = leases_of(warehouse, settings)
    if leases is None:
        yield True
        return
    limit = settings.lock_timeout_seconds if timeout is None else timeout
    other = leases.acquire(limit)
    if other is not None:
        if timeout is None:
            raise RunLockTimeout(
                f"Another process has held the run lease of {leases.address} for more than {limit:.0f} s: "
                f"{other.holder} ({other.description}). Wait for it or end it, then run the command again."
            )
        yield False
        return
    try:
        yield True
    finally:
        leases.release()


class ProcessLeases:
    """The leases of this process in one warehouse; re-entrant, shared by all threads."""

    def __init__(self, leases: Leases, seconds: float) -> None:
        self.holder = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._leases = leases
        self._seconds = seconds
        self._depth = 0
        self._has_sign = False
        self._lock = threading.RLock()
        self._is_idle = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        return self._leases.address

    def acquire(self, timeout: float) -> Lease | None:
        """Acquires the run lease, or counts one more use of it.

        Returns:
            None if it is held now; the lease of the other process if it was not free within `timeout` seconds.
        """
        with self._lock:
            if self._depth == 0:
                other = self._wait(timeout)
                if other is not None:
                    return other
            self._depth += 1
            self._renew_from_now_on()
        return None

    def release(self) -> None:
        """Ends one use of the run lease; it is released with the last use."""
        with self._lock:
            self._depth -= 1
            if self._depth == 0:
                self._rest()
                self._give_back(RUN_LEASE)

    def sign_of_life(self) -> str:
        """Name of a lease that this process renews until it ends."""
        with self._lock:
            if not self._has_sign:
                self._leases.take(self._sign, self.holder, command_line(), self._seconds)
                self._has_sign = True
                atexit.register(self._end)
                self._renew_from_now_on()
        return self._sign

    def is_alive(self, sign: str) -> bool:
        """Whether the lease of another process's sign of life is current."""
        found = self._leases.look(sign)
        return found is not None and found.is_current

    @property
    def _sign(self) -> str:
        return f"{SIGN}{self.holder}"

    def _wait(self, timeout: float) -> Lease | None:
        end = time.monotonic() + timeout
        pause, longest = _POLL_SECONDS
        is_reported = False
        while True:
            lease = self._leases.take(RUN_LEASE, self.holder, command_line(), self._seconds)
            if lease.is_current and lease.holder == self.holder:
                return None
            left = end - time.monotonic()
            if left <= 0:
                return lease
            if not is_reported:
                log.warning("waiting for another process: %s (%s)", lease.holder, lease.description)
                is_reported = True
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, longest)

    def _renew_from_now_on(self) -> None:
        if self._thread is None:
            self._is_idle = threading.Event()
            self._thread = threading.Thread(target=self._renew, args=(self._is_idle,), name="leases", daemon=True)
            self._thread.start()

    def _rest(self) -> None:
        """Stops the thread if there is nothing to renew."""
        if not self._has_sign and self._thread is not None:
            self._is_idle.set()  # a renewal that is running finds no lease of this holder
            self._thread = None

    def _end(self) -> None:
        """Releases the sign of life when the process ends, so that others need not wait until it expires."""
        with self._lock:
            self._is_idle.set()
            self._give_back(self._sign)

    def _give_back(self, name: str) -> None:
        """A failure is no failure of what was done under the lease: others wait until it expires."""
        try:
            self._leases.give_back(name, self.holder)
        except WarehouseRefused as error:
            log.warning("a lease was not given back; others wait until it expires, %.0f s: %s", self._seconds, error)

    def _renew(self, is_idle: threading.Event) -> None:
        while not is_idle.wait(self._seconds / _RENEWALS):
            try:
                self._leases.renew(self.holder, self._seconds)
            except Exception:
                # The next renewal may succeed in time; if not, the warehouse refuses the writes of this process.
                log.warning("the leases of %s could not be renewed", self.holder, exc_info=True)
