"""A warehouse with a hand-made ledger, and tables that have only inputs."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY, day_range
from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract, to_arrow, validated
from nba_assets.contracts.daily_table import DailyTable, daily_table
from nba_assets.contracts.inputs import Expected, Input
from nba_assets.engine.fingerprints import InputsState, inputs_state
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings
from nba_assets.warehouses.protocol import QUALITY_TABLES

DAYS = day_range(FIRST_DAY, FIRST_DAY + timedelta(days=9))


def table(name: str, known: str = "postgame", **inputs: Input) -> DailyTable:
    contract = TableContract(name, "raw", (), known, columns("game_date"), "For these tests.")  # type: ignore[arg-type]
    expected = Expected({n: i for n, i in inputs.items() if i.reach == "on_day"}, lambda days, **_: pd.DataFrame())
    return daily_table(contract, inputs=inputs, expected=expected)(lambda days, **_: pd.DataFrame({"game_date": days}))


UPSTREAM = table("upstream", "pregame")


class World:
    """A warehouse with a hand-made ledger."""

    def __init__(self, home: Path) -> None:
        self.platform = Platform(Settings(home=home, archive=str(home)))
        self.writes = 0

    def write(
        self, days: list[date], content: str, status: str = "ok", reason: str | None = None, of: DailyTable = UPSTREAM
    ) -> None:
        """Writes one ledger row per day, with a hash that starts with the content (hex) and the current inputs."""
        self.writes += 1
        state = self.state(of, days)
        ledger = pd.DataFrame({name: [None] * len(days) for name in QUALITY_TABLES["partition_log"]}).assign(
            table_name=of.name,
            game_date=days,
            status=status,
            reason=reason,
            content_hash=content.ljust(64, "0"),
            inputs_hash=state.inputs_hash,
            code_version=state.code_version,
            written_at=datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=self.writes),
        )
        empty = to_arrow(of.contract, validated(of.contract, pd.DataFrame({"game_date": []})))
        self.platform.warehouse.replace_days(of.contract, empty, days, ledger, pd.DataFrame())

    def state(self, downstream: DailyTable, days: list[date] = DAYS) -> InputsState:
        with self.platform.warehouse.snapshot() as snapshot:
            return inputs_state(downstream, days, self.platform, snapshot)
