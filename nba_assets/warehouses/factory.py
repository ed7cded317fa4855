"""Opens the warehouse that an address names: the one place that knows the implementations."""

from __future__ import annotations

from pathlib import Path

from nba_assets.settings import DUCKDB_SCHEME
from nba_assets.warehouses.duckdb import DuckDBWarehouse
from nba_assets.warehouses.protocol import Warehouse


def open_warehouse(address: str, lock_timeout_seconds: float = 120.0) -> Warehouse:
    """The warehouse at `duckdb:FILE`.

    Raises:
        ValueError: no implementation knows the address.
    """
    if address.startswith(DUCKDB_SCHEME):
        return DuckDBWarehouse(Path(address.removeprefix(DUCKDB_SCHEME)), lock_timeout_seconds)
    raise ValueError(f"{address} names no warehouse; write it as duckdb:FILE.")
