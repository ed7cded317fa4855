"""Hand-made evidence: a table of a later layer, its ledger and the ledger of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import Column, Known, TableContract
from nba_assets.contracts.daily_table import DailyTable, daily_table
from nba_assets.contracts.inputs import Expected, Input, history, on_day, up_to_day
from nba_assets.engine.checks.evidence import Evidence
from nba_assets.engine.checks.value_ranges import FEWEST_ROWS
from nba_assets.stores.folder import FileStore

DAYS = pd.date_range("2024-01-01", "2024-03-31")
INPUT_DAYS = pd.date_range("2023-12-01", "2024-03-31")
"""Days of the inputs, from the start of the longest window of cascade before DAYS."""
READ_AT = pd.Timestamp("2024-06-01 12:00", tz="UTC")
USAGE = Column("usage_rate", "number", "For these tests.").nulls(0.0, 0.05)
UNREAD = Column("age", "number", "For these tests.").nulls(0.0, 0.05)

MakeEvidence = Callable[..., Evidence]


def table(name: str, layer: str, extra: Sequence[Column] = (), known: Known = "pregame", **inputs: Input) -> DailyTable:
    """A table with inputs and columns only."""
    contract = TableContract(name, layer, (), known, columns("game_date", *extra), "For these tests.")
    return daily_table(contract, inputs=inputs, expected=Expected({}, lambda days: pd.DataFrame()))(
        lambda days, **_: pd.DataFrame({"game_date": days})
    )


GAMES = table("games", "raw")
FORM = table("form", "analytics", (USAGE, UNREAD))
PEOPLE = table("people", "raw")
RESULTS = table("results", "raw", known="postgame")
LATER = table(
    "later",
    "precompute",
    games=on_day("games"),
    form=history("form", days=400, columns=("game_date", "usage_rate")),
    people=up_to_day("people"),
)


def ledger_of(name: str, days: Sequence[pd.Timestamp] = DAYS, status: str = "ok", rows: int = 5) -> pd.DataFrame:
    """A ledger row per day, written an hour before READ_AT."""
    found = pd.DataFrame({"table_name": name, "game_date": days, "status": status, "rows": rows, "read_at": READ_AT})
    found["content_changed_at"] = READ_AT - pd.Timedelta(hours=1)
    return found.astype({"table_name": "string[pyarrow]", "status": "string[pyarrow]", "rows": "Int64"})


def changed(ledger: pd.DataFrame, name: str, day: date | str, **values: object) -> pd.DataFrame:
    """The ledger with changed values in the row of a table and day; without values the row is removed."""
    is_row = (ledger["table_name"] == name) & (ledger["game_date"] == pd.Timestamp(day))
    assert is_row.sum() == 1, f"{name} {day}"
    if not values:
        return ledger[~is_row]
    found = ledger.copy()
    for column, value in values.items():
        found.loc[is_row, column] = value
    return found


def evidence(**parts: object) -> Evidence:
    """The evidence of `later`; without arguments every day of DAYS is complete."""
    empty = pd.DataFrame()
    inputs = pd.concat([ledger_of(name, INPUT_DAYS) for name in ("games", "form", "people")], ignore_index=True)
    default: dict[str, object] = {
        "table": LATER,
        "days": DAYS,
        "rows": empty,
        "ledger": ledger_of("later"),
        "quarantine": empty,
        "others": {},
        "expected": pd.DataFrame({"game_date": DAYS}),
        "not_covered": pd.DataFrame({"game_date": DAYS[:0], "reason": ""}),
        "check_ledger": empty,
        "unmade": {},
        "not_over": DAYS[:0],
        "season_extremes": empty,
        "input_ledger": inputs,
        "input_rows": {"form": pd.DataFrame({"game_date": DAYS.repeat(FEWEST_ROWS), "usage_rate": 20.0})},
        "store": FileStore(Path("nowhere")),
    }
    return Evidence(**(default | parts))  # type: ignore[arg-type]
