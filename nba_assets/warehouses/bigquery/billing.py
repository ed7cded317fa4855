"""What BigQuery bills for the statements of a write, apart from the rows themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from nba_assets.contracts.contract import TableContract
from nba_assets.warehouses.bigquery import sql

MINIMUM_BYTES = 10 * 2**20
"""Billed for each table of each statement, at least."""
_NAMES = sql.Names("project", "nba")
_TABLE = re.compile(r"`project\.[^`]+`")


def tables_of_a_write(contract: TableContract, days: Sequence[date], checks: Sequence[str]) -> int:
    """How often the statements that replace days and their check results name a table, each statement for itself."""
    staged = {part: _NAMES.staging(part) for part in ("rows", "partition_log", "quarantine")}
    statements = [
        sql.require_lease(_NAMES, "a process"),
        *sql.replace_days(_NAMES, contract, days, 1, len(days), staged),
        sql.require_lease(_NAMES, "a process"),
        *sql.replace_check_results(_NAMES, contract.name, checks, days, _NAMES.staging("check_results")),
    ]
    return sum(len(set(_TABLE.findall(statement))) for statement in statements)
