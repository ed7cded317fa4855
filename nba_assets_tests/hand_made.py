"""Hand-made rows of tables, typed as read from the warehouse, and an empty box score of a team."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import pytest

from nba_assets.contracts.columns.box import BOX
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.run import Run as GivenRun
from nba_assets.engine import registry
from nba_assets.stores.models import ModelStore
from nba_assets.windows.asof import History
from nba_assets.windows.on_demand import HistoryOnDemand

TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def table_rows() -> TableRows:
    """(table, *rows as dicts, **values of all rows) -> frame of the table; omitted columns are NULL."""

    def build(table: str, *rows: Mapping[str, object], **shared: object) -> pd.DataFrame:
        contract = registry.contract(table)
        full = [{**shared, **row} for row in rows]
        unknown = {name for row in full for name in row} - set(contract.column_names)
        assert not unknown, f"{table} has no column {unknown}"
        made: dict[str, pd.Series] = {}
        for column in contract.columns:
            has_null = any(row.get(column.name) is None for row in full)
            kind: Any = replace(column, is_nullable=has_null or column.is_nullable).pandas_dtype
            values = [row.get(column.name) for row in full]
            if column.kind == "timestamp":
                made[column.name] = pd.Series(pd.to_datetime(values, utc=True), dtype=kind)
            elif column.kind == "date":
                made[column.name] = pd.Series(pd.to_datetime(values), dtype=kind)
            else:
                made[column.name] = pd.Series(values, dtype=kind)
        return pd.DataFrame(made)

    return build


def given_run(**parts: object) -> GivenRun:
    """The run context of a table's function; unused parts are None."""
    return GivenRun(**(dict.fromkeys(("models", "publication", "live", "making")) | parts))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def run() -> Run:
    """(table, days, **frames by input argument) -> its rows; history inputs contain rows before the newest day."""

    def transform(
        table: DailyTable, *days: str, store: ModelStore | None = None, **frames: pd.DataFrame
    ) -> pd.DataFrame:
        wanted = pd.DatetimeIndex(days)
        given: dict[str, Any] = {"run": given_run(models=store)} if table.is_given_run else {}
        for argument, item in table.inputs.items():
            frame = frames[argument]
            if item.columns is not None:
                frame = frame[list(item.columns)]
            if item.sums is not None:
                frame = item.sums(frame)
            match item.reach:
                case "on_day":
                    given[argument] = frame[frame["game_date"].isin(wanted)].reset_index(drop=True)
                case "up_to_day":
                    given[argument] = frame[frame["game_date"] <= wanted.max()].reset_index(drop=True)
                case "history":
                    before = frame[frame["game_date"] < wanted.max()].reset_index(drop=True)
                    read = partial(History, before, item.days)
                    given[argument] = HistoryOnDemand(read, lambda *_: None) if item.is_on_demand else read()
                case _:
                    raise AssertionError(f"{table.name} reads a source: {argument}")
        result = table.function(**given, days=wanted)
        assert isinstance(result, pd.DataFrame)
        return result

    return transform


@pytest.fixture(scope="session")
def empty_box() -> dict[str, object]:
    """A box score of zeros."""
    return dict.fromkeys(BOX, 0)
