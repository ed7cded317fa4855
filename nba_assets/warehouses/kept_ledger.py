"""The ledger of a DuckDB file in memory: a run reads it several times for each table and appends a row at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa

from nba_assets.warehouses.protocol import QUALITY_TABLES

_COLUMNS = ", ".join(f'"{name}"' for name in QUALITY_TABLES["partition_log"])
_NEWEST = "QUALIFY row_number() OVER (PARTITION BY table_name, game_date ORDER BY sequence DESC) = 1"


@dataclass(frozen=True)
class _OfTable:
    """Newest row of each day of a table. days: since 1970, ascending. rows: in the order of the days."""

    days: np.ndarray
    rows: pa.Table


@dataclass(frozen=True)
class KeptLedger:
    """Newest row of each table and day as of a snapshot.

    appended: number of rows of the ledger. sequence: the highest one.
    """

    appended: int
    sequence: int
    by_table: dict[str, _OfTable]

    @classmethod
    def up_to_date(cls, former: KeptLedger | None, connection: duckdb.DuckDBPyConnection) -> KeptLedger:
        """The ledger as of the connection's transaction; rows that `former` does not have yet are read."""
        query = "SELECT count(*), coalesce(max(sequence), 0) FROM quality.partition_log"
        ((appended, sequence),) = connection.execute(query).fetchall()
        if former is not None and (former.appended, former.sequence) == (appended, sequence):
            return former
        # Unless rows were only appended, all are read.
        is_grown = former is not None and former.appended + _count(connection, former.sequence) == appended
        held, since = (former.by_table, former.sequence) if former is not None and is_grown else ({}, 0)
        new = _split(_read(connection, since))
        merged = {name: _merged(held[name], rows) if name in held else rows for name, rows in new.items()}
        return cls(appended, sequence, {**held, **merged})

    def rows(
        self, tables: Sequence[str] | None, first: date | None, last: date | None, columns: Sequence[str]
    ) -> pa.Table:
        """Rows of these tables and days, sorted by both; a copy."""
        chosen = sorted(self.by_table if tables is None else self.by_table.keys() & set(tables))
        parts = []
        for name in chosen:
            days, rows = self.by_table[name].days, self.by_table[name].rows
            start = 0 if first is None else int(np.searchsorted(days, _number(first)))
            stop = len(days) if last is None else int(np.searchsorted(days, _number(last), side="right"))
            parts.append(rows.select(columns).take(np.arange(start, max(start, stop))))
        schema = pa.schema([(name, QUALITY_TABLES["partition_log"][name]) for name in columns])
        return pa.concat_tables(parts).combine_chunks() if parts else schema.empty_table()


def _read(connection: duckdb.DuckDBPyConnection, since: int) -> pa.Table:
    """Newest of the rows after a sequence number of each table and day, sorted by both."""
    query = f"SELECT {_COLUMNS} FROM quality.partition_log WHERE sequence > ? {_NEWEST} ORDER BY table_name, game_date"
    return connection.sql(query, params=[since]).to_arrow_table().combine_chunks()


def _count(connection: duckdb.DuckDBPyConnection, since: int) -> int:
    query = "SELECT count(*) FROM quality.partition_log WHERE sequence > ?"
    ((found,),) = connection.execute(query, [since]).fetchall()
    return int(found)


def _split(rows: pa.Table) -> dict[str, _OfTable]:
    """Rows sorted by table and day, by table."""
    if not len(rows):
        return {}
    names = rows.column("table_name").to_numpy()
    days = rows.column("game_date").cast(pa.int32()).to_numpy()
    bounds = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1).tolist(), len(names)]
    return {
        str(names[start]): _OfTable(days[start:stop], rows.slice(start, stop - start))
        for start, stop in pairwise(bounds)
    }


def _merged(former: _OfTable, new: _OfTable) -> _OfTable:
    """The rows of both; `new` replaces rows of the same day."""
    days = np.concatenate([former.days, new.days])
    order = np.argsort(days, kind="stable")
    ordered = days[order]
    is_last = np.r_[ordered[1:] != ordered[:-1], True]
    chosen = order[is_last]
    return _OfTable(days[chosen], pa.concat_tables([former.rows, new.rows]).take(chosen).combine_chunks())


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days
