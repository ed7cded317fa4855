"""What BigQuery bills for the statements of a write, without the rows themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from nba_assets.contracts.contract import TableContract
from nba_assets.warehouses.bigquery import sql

MINIMUM_BYTES = 10 * 2**20
"""Minimum billed per table and statement."""
_NAMES = sql.Names("project", "nba")
_TABLE = re.compile(r"`project\.[^`]+`")


def tables_of_a_write(contract: TableContract, days: Sequence[date], checks: Sequence[str]) -> int:
    """Number of table references in the statements that replace days and their check results."""
    staged = {part: _NAMES.staging(part) for part in ("rows", "partition_log", "quarantine")}
    statements = [
        sql.require_lease(_NAMES, "a process"),
        *sql.replace_days(_NAMES, contract, days, 1, len(days), staged),
        sql.require_lease(_NAMES, "a process"),
        *sql.replace_check_results(_NAMES, contract.name, checks, days, _NAMES.staging("check_results")),
    ]
    return sum(len(set(_TABLE.findall(statement))) for statement in statements)
