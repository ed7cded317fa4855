"""Small tables, rows and ledgers for the tests of warehouses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa

from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.contract import TableContract, to_arrow, validated
from nba_assets.warehouses.protocol import QUALITY_TABLES, Warehouse

DAYS = [date(2024, 1, 14), date(2024, 1, 15), date(2024, 1, 16)]


def contract(name: str, layer: str, *names: str) -> TableContract:
    """A contract whose key is game_date and player_id."""
    return TableContract(
        name, layer, ("player_id",), "postgame", columns("game_date", "player_id", *names), "For these tests."
    )


POINTS = contract("points_by_day", "raw", "points")
TEAMS = contract("teams_by_day", "raw", "team")


def with_columns(table: TableContract, *names: str) -> TableContract:
    """The same table with other columns after its key."""
    key = tuple(column for column in table.columns if column.name in table.full_key)
    return TableContract(table.name, table.layer, table.key, "postgame", (*key, *map(col, names)), table.doc)


def arrow(table: TableContract, values: Mapping[str, Sequence[object]]) -> pa.Table:
    """Rows of a table from its columns."""
    return to_arrow(table, validated(table, pd.DataFrame(values)))


def rows(points: Mapping[date, Sequence[int]], table: TableContract = POINTS) -> pa.Table:
    """Rows of `points_by_day`: the points of each player of each day, players numbered from 1."""
    found = [(day, player, value) for day, values in points.items() for player, value in enumerate(values, 1)]
    frame = pd.DataFrame(found, columns=["game_date", "player_id", "points"])
    frame["game_date"] = pd.to_datetime(frame["game_date"])
    return to_arrow(table, validated(table, frame))


def ledger(days: Sequence[date], content_hash: str, table: TableContract = POINTS) -> pd.DataFrame:
    """A ledger row for each day."""
    frame = pd.DataFrame({name: [None] * len(days) for name in QUALITY_TABLES["partition_log"]})
    return frame.assign(
        table_name=table.name,
        game_date=list(days),
        status="ok",
        rows=1,
        content_hash=content_hash,
        written_at=datetime.now(UTC),
    )


def quarantined(day: date, reasons: Sequence[str], table: TableContract = POINTS) -> pd.DataFrame:
    """Quarantine rows of a day, one for each reason."""
    frame = pd.DataFrame({name: [None] * len(reasons) for name in QUALITY_TABLES["quarantine"]})
    return frame.assign(table_name=table.name, game_date=day, action="set_aside", reason=list(reasons), rows=1)


def results(outcomes: Mapping[tuple[str, date], bool], table: TableContract = POINTS) -> pd.DataFrame:
    """Check results: whether each check passed on each day."""
    frame = pd.DataFrame({name: [None] * len(outcomes) for name in QUALITY_TABLES["check_results"]})
    return frame.assign(
        table_name=table.name,
        check_name=[check for check, _ in outcomes],
        game_date=[day for _, day in outcomes],
        passed=list(outcomes.values()),
        evaluated_at=datetime(2024, 1, 17, tzinfo=UTC),
    )


def nothing() -> pd.DataFrame:
    """No quarantine rows."""
    return pd.DataFrame(columns=list(QUALITY_TABLES["quarantine"]))


def write(warehouse: Warehouse, points: Mapping[date, Sequence[int]], content_hash: str = "x") -> None:
    """Replaces the days of `points_by_day`."""
    warehouse.replace_days(POINTS, rows(points), list(points), ledger(list(points), content_hash), nothing())


def held(warehouse: Warehouse, table: TableContract = POINTS) -> dict[date, list[int]]:
    """The points of each day, in the order of the players."""
    with warehouse.snapshot() as snapshot:
        frame = snapshot.read(table, DAYS[0], DAYS[-1])
    return {day: frame.loc[frame["game_date"].dt.date == day, "points"].tolist() for day in DAYS}
