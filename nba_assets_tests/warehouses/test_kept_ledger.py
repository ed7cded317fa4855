"""The ledger in memory: appended rows are added to it, and any other change makes it read all rows again."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from nba_assets.warehouses.kept_ledger import KeptLedger
from nba_assets.warehouses.protocol import QUALITY_TABLES

TABLE = "quality.partition_log"
INSERT = f"INSERT INTO {TABLE} (table_name, game_date, content_hash, sequence) VALUES "


@pytest.mark.parametrize(
    "change",
    [
        INSERT + "('a', '2024-01-02', 'newer', 3)",
        f"DELETE FROM {TABLE} WHERE sequence = 1",
        f"DELETE FROM {TABLE} WHERE sequence = 1; {INSERT} ('a', '2024-01-03', 'third', 3)",
    ],
    ids=["appended", "deleted", "deleted and appended"],
)
def test_a_ledger_that_is_brought_up_to_date_equals_one_that_is_read(change: str) -> None:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA quality")
    connection.register("nothing", pa.schema(list(QUALITY_TABLES["partition_log"].items())).empty_table())
    connection.execute(f"CREATE TABLE {TABLE} AS SELECT * FROM nothing")
    connection.execute(INSERT + "('a', '2024-01-01', 'first', 1), ('a', '2024-01-02', 'second', 2)")
    former = KeptLedger.up_to_date(None, connection)
    connection.execute(change)
    columns = ["table_name", "game_date", "content_hash", "sequence"]
    found = KeptLedger.up_to_date(former, connection).rows(None, None, None, columns)
    assert found.equals(KeptLedger.up_to_date(None, connection).rows(None, None, None, columns))
