"""Leases as rows of a BigQuery table."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from nba_assets.warehouses.bigquery import sql
from nba_assets.warehouses.protocol import RUN_LEASE, Lease

if TYPE_CHECKING:
    from nba_assets.warehouses.bigquery.warehouse import BigQueryWarehouse

GIVE_BACK_SECONDS = 10.0
"""How long to try to give a lease back. It expires by itself, so a process that ends must not wait for a warehouse that
it cannot reach."""

_writers: dict[str, str] = {}
"""By warehouse address: the holder name under which this process has taken the run lease and not given it back."""
_lock = threading.Lock()


def writer_of(address: str) -> str | None:
    """Holder name under which this process writes; None if it has not taken the run lease."""
    with _lock:
        return _writers.get(address)


class BigQueryLeases:
    """See `nba_assets.warehouses.protocol.Leases`."""

    def __init__(self, warehouse: BigQueryWarehouse) -> None:
        self._warehouse = warehouse

    @property
    def address(self) -> str:
        """The address of the warehouse."""
        return self._warehouse.address

    def take(self, name: str, holder: str, description: str, seconds: float) -> Lease:
        """Takes a lease if possible; see the protocol."""
        names = self._warehouse.names
        found = self.look(name)
        if name != RUN_LEASE:
            if found is None:
                self._warehouse.execute("lease", sql.insert_lease(names, name, holder, description, seconds))
                self._warehouse.execute("lease", sql.delete_old_leases(names))
        elif found is None or not found.is_current or found.holder == holder:
            statements = sql.take_lease(names, name, holder, description, seconds)
            self._warehouse.execute("lease", sql.transaction(statements))
        now = self.look(name)
        assert now is not None, f"{self.address}: the row of the lease {name} was deleted"
        if name == RUN_LEASE and now.is_current and now.holder == holder:
            with _lock:
                _writers[self.address] = holder
        return now

    def renew(self, holder: str, seconds: float) -> None:
        """Extends all leases of the holder."""
        self._warehouse.execute("lease", sql.renew_leases(self._warehouse.names, holder, seconds))

    def give_back(self, name: str, holder: str) -> None:
        """Ends a lease of the holder."""
        if name == RUN_LEASE:
            with _lock:
                _writers.pop(self.address, None)
        statement = sql.give_back_lease(self._warehouse.names, name, holder)
        self._warehouse.execute("lease", statement, GIVE_BACK_SECONDS)

    def look(self, name: str) -> Lease | None:
        """The current lease; None if it was never taken."""
        rows = self._warehouse.execute("lease", sql.select_lease(self._warehouse.names, name))
        return next((Lease(row.holder, row.description, float(row.seconds_left)) for row in rows), None)
