"""Declarations of tables in Dagster's terms: the daily partitions and the columns of a contract."""

from __future__ import annotations

import dagster as dg

from nba_assets.basketball.calendar import EASTERN, FIRST_DAY, eastern_today
from nba_assets.contracts.contract import Column, TableContract
from nba_assets.settings import Settings


def _days_from_yesterday() -> int:
    """Number of partitions after yesterday: today, and more if NBA_NOW pins the clock to a later day.

    Dagster computes partitions from the machine's clock. An earlier NBA_NOW removes none: it replays an existing day.
    """
    settings = Settings()
    ahead = eastern_today(settings.clock()) - eastern_today(settings.machine_clock())
    return 1 + max(ahead.days, 0)


daily_partitions = dg.DailyPartitionsDefinition(
    start_date=FIRST_DAY.isoformat(), timezone=EASTERN.key, end_offset=_days_from_yesterday()
)
"""The daily partitions of all assets."""


def column_schema(contract: TableContract) -> dg.TableSchema:
    """The column schema for the asset's page."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.kind,
                _described(column),
                constraints=dg.TableColumnConstraints(nullable=column.is_nullable),
                tags={"key": ""} if column.name in contract.full_key else {},
            )
            for column in contract.columns
        ]
    )


def _described(column: Column) -> str:
    bounds = f" [{column.low:g}, {column.high:g}]" if column.low is not None and column.high is not None else ""
    return f"{column.doc} ({column.unit}){bounds}" if column.unit else f"{column.doc}{bounds}"
