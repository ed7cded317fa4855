"""The estimate of costs in BigQuery: bytes as counted by BigQuery, and the minimum billing."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

from nba_assets import cli
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.inputs import Expected, history, on_day
from nba_assets.reports.cost import LEDGER_QUERIES, LOADS, MINIMUM_BYTES, Cost, Prices, costs, logical_bytes
from nba_assets.warehouses.bigquery import billing, sql
from nba_assets.warehouses.duckdb import DuckDBWarehouse
from nba_assets_tests.mini_warehouse import Home
from nba_assets_tests.warehouses.hand_made import DAYS, POINTS, TEAMS, arrow, ledger, nothing, write

NOTHING_EXPECTED = Expected({}, lambda days: pd.DataFrame())
TABLES = {
    POINTS.name: DailyTable(POINTS, lambda days: pd.DataFrame(), {}, NOTHING_EXPECTED),
    TEAMS.name: DailyTable(
        TEAMS,
        lambda days: pd.DataFrame(),
        {"points": history(POINTS.name, 2, ("points",)), "same_day": on_day(POINTS.name)},
        NOTHING_EXPECTED,
    ),
}
OLD = date(2023, 1, 2)


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDBWarehouse:
    found = DuckDBWarehouse(tmp_path / "nba.duckdb")
    write(found, {OLD: [1], DAYS[0]: [1, 2], DAYS[1]: [3], DAYS[2]: [4, 5, 6]})
    frame = {"game_date": [DAYS[2]] * 2, "player_id": [1, 2], "team": ["MIÅ", None]}
    found.replace_days(TEAMS, arrow(TEAMS, frame), DAYS[2:], ledger(DAYS[2:], "x", TEAMS), nothing())
    return found


def estimated(warehouse: DuckDBWarehouse, prices: Prices | None = None) -> list[Cost]:
    with warehouse.snapshot() as snapshot:
        return costs(TABLES, snapshot, prices or Prices())


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["MIÅ", "", None], pa.string(), [6, 2, 0]),
        ([1, None], pa.int64(), [8, 0]),
        ([0.5, float("nan")], pa.float64(), [8, 8]),
        ([True, None], pa.bool_(), [1, 0]),
        ([DAYS[0]], pa.date32(), [8]),
    ],
)
def test_bytes_are_counted_as_in_bigquery(values: list[object], kind: pa.DataType, expected: list[int]) -> None:
    assert logical_bytes(pa.chunked_array([values], kind)).tolist() == expected


def test_rows_and_bytes_are_counted_by_day_season_and_in_total(warehouse: DuckDBWarehouse) -> None:
    day, season, everything = estimated(warehouse)
    assert [found.what for found in (day, season, everything)] == [
        "the day 2024-01-16",
        "the season 2023-24",
        "all 2 seasons",
    ]
    assert (day.days, day.rows, day.written) == (1, 5, 3 * 24 + 24 - 2 + 16)
    assert (season.days, season.rows, season.written) == (200, 8, day.written + 3 * 24)
    assert (everything.rows, everything.written) == (9, season.written + 24)


def test_queries_read_the_declared_columns_and_days(warehouse: DuckDBWarehouse) -> None:
    day, *_ = estimated(warehouse)
    points_of_three_days, points_of_the_day, teams = 6 * 8, 3 * 24, 24 - 2 + 16
    assert day.read == points_of_the_day + (points_of_three_days + points_of_the_day + teams)
    assert day.jobs == 2 * (LOADS + 2 + LEDGER_QUERIES) + 1 + 3


def test_each_table_of_each_statement_is_billed_at_least_the_minimum(warehouse: DuckDBWarehouse) -> None:
    day, *_ = estimated(warehouse)
    of_writes = sum(billing.tables_of_a_write(table.contract, DAYS[2:], ["a check"]) for table in TABLES.values())
    assert day.scanned == MINIMUM_BYTES * (of_writes + 2 * LEDGER_QUERIES + 1 + 3)


def test_the_tables_of_a_write_match_its_statements() -> None:
    """The counter, the lease, the table, three staging tables and logs, counted here without the parser."""
    names = sql.Names("project", "nba")
    staged = {part: names.staging(part) for part in ("rows", "partition_log", "quarantine")}
    statements = [
        *sql.replace_days(names, POINTS, DAYS, 1, 3, staged),
        *sql.replace_check_results(names, "t", ["a"], DAYS, names.staging("c")),
    ]
    expected = sum(
        len({word for word in re.split("[ ()]", each) if word.startswith("`project")}) for each in statements
    )
    assert billing.tables_of_a_write(POINTS, DAYS, ["a"]) == expected + 2


def test_given_prices_are_used(warehouse: DuckDBWarehouse) -> None:
    free, *_ = estimated(warehouse, Prices(0, 0, 0))
    assert (free.dollars, free.dollars_a_month) == (0, 0)
    scans, *_ = estimated(warehouse, Prices(8, 0, 0))
    assert scans.dollars == pytest.approx(8 * scans.scanned / 2**40)
    reads, *_ = estimated(warehouse, Prices(0, 2, 4))
    assert reads.dollars == pytest.approx(2 * reads.read / 2**40)
    assert reads.dollars_a_month == pytest.approx(4 * reads.written / 2**30)


def test_the_command_prints_them(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(empty_home.platform.warehouse, DuckDBWarehouse)
    write(empty_home.platform.warehouse, {DAYS[2]: [1, 2]})
    monkeypatch.setattr("nba_assets.engine.registry.tables", lambda: TABLES)
    told = CliRunner().invoke(cli.main, ["cost", "--scan-price", "0", "--read-price", "0"])
    assert told.exit_code == 0, told.output
    assert "the day 2024-01-16" in told.output
    assert "0.000" in told.output


def test_an_empty_warehouse_is_reported(empty_home: Home) -> None:
    told = CliRunner().invoke(cli.main, ["cost"])
    assert told.exit_code == 1
    assert "The warehouse has no rows" in told.output
