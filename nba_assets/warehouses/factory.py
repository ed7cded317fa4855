"""Opens the warehouse at an address: the only module that knows the implementations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from nba_assets.contracts.contract import TableContract
from nba_assets.settings import BIGQUERY_SCHEME, DUCKDB_SCHEME
from nba_assets.warehouses.duckdb import DuckDBWarehouse
from nba_assets.warehouses.protocol import Warehouse


def open_warehouse(address: str, lock_timeout_seconds: float = 120.0) -> Warehouse:
    """Opens the warehouse at `duckdb:FILE` or `bigquery://project/prefix?location=US`.

    Raises:
        ValueError: the address has none of these forms.
    """
    if address.startswith(DUCKDB_SCHEME):
        return DuckDBWarehouse(Path(address.removeprefix(DUCKDB_SCHEME)), lock_timeout_seconds)
    if address.startswith(BIGQUERY_SCHEME):
        # Imported late: importing Google's clients and dagster-gcp takes longer than most commands.
        from nba_assets.warehouses.bigquery.warehouse import BigQueryWarehouse

        parts = urlsplit(address)
        location = parse_qs(parts.query).get("location", ["US"])[0]
        return BigQueryWarehouse(parts.netloc, parts.path.strip("/"), location, lock_timeout_seconds)
    raise ValueError(f"{address} is not the address of a warehouse; write duckdb:FILE or bigquery://project/prefix.")


def billed_by_a_write(contract: TableContract, days: Sequence[date], checks: Sequence[str]) -> int:
    """Minimum number of bytes that BigQuery bills for writing these days and their check results."""
    from nba_assets.warehouses.bigquery.billing import MINIMUM_BYTES, tables_of_a_write

    return MINIMUM_BYTES * tables_of_a_write(contract, days, checks)
