"""Kept sums of past days: the same as from the rows, computed again exactly when content or code of a day changed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from nba_assets.basketball.calendar import day_range
from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract, to_arrow, typed
from nba_assets.contracts.daily_table import DailyTable, daily_table
from nba_assets.contracts.inputs import Expected, up_to_day
from nba_assets.engine import kept_sums, registry
from nba_assets.engine.content_hash import day_hashes
from nba_assets.engine.kept_sums import KeptSums
from nba_assets.engine.materialise import materialise
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings
from nba_assets.warehouses.protocol import QUALITY_TABLES

DAYS = day_range(date(2022, 6, 28), date(2022, 7, 3))
"""Days of two seasons, so of two files."""
UPSTREAM = TableContract(
    "upstream", "analytics", ("game_id",), "postgame", columns("game_date", "game_id", "season", "points"), "For tests."
)
TOTALS = TableContract("totals", "analytics", (), "postgame", columns("game_date", "points"), "For tests.")


def points_by_season(rows: pd.DataFrame) -> pd.DataFrame:
    """The sum of the points of each day and season."""
    return rows.groupby(["game_date", "season"])["points"].sum().astype("int64").reset_index()


@daily_table(
    TOTALS,
    inputs={
        "sums": up_to_day("upstream", days=3, columns=("game_date", "season", "points"), sums=points_by_season),
    },
    expected=Expected({}, lambda days: pd.DataFrame({"game_date": days})),
)
def totals(sums: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The points of the last four days, by day."""
    newest = days[-1]
    return pd.DataFrame({"game_date": [newest], "points": [sums["points"].sum()]})


def upstream(days: pd.DatetimeIndex) -> pd.DataFrame:
    return pd.DataFrame({"game_date": days})


class League:
    """A warehouse with the points of each day, and the sums that are kept of them."""

    def __init__(self, home: Path, function: kept_sums.DaySums = points_by_season) -> None:
        (home / "player_box_v3").mkdir()
        (home / "player_box_v3" / "2022-23.parquet").touch()  # makes the folder an archive; nothing here reads it
        self.platform = Platform(Settings(home=home, archive=str(home)))
        self.summed: list[str] = []
        self.function = function
        for place, day in enumerate(DAYS):
            self.write(day, place + 1, 10)

    def write(self, day: date, *points: int, has_ledger: bool = True) -> None:
        """Replaces the rows of a day; without a ledger row only the rows."""
        rows = pd.DataFrame({"points": points, "game_date": pd.Timestamp(day), "season": "2022-23"})
        rows["game_id"] = [f"{place}" for place in range(len(points))]
        arrow = to_arrow(UPSTREAM, typed(UPSTREAM, rows))
        ledger = pd.DataFrame({name: [None] for name in QUALITY_TABLES["partition_log"]}).assign(
            table_name="upstream",
            game_date=day,
            status="ok",
            rows=len(points),
            content_hash=list(day_hashes(UPSTREAM, arrow, [day]).values()),
            written_at=datetime(2024, 1, 1, tzinfo=UTC),
        )
        kept = ledger if has_ledger else ledger.iloc[:0]
        self.platform.warehouse.replace_days(UPSTREAM, arrow, [day], kept, pd.DataFrame())

    def _counted(self, rows: pd.DataFrame) -> pd.DataFrame:
        self.summed += rows["game_date"].dt.strftime("%m-%d").unique().tolist()
        return self.function(rows)

    @property
    def folder(self) -> Path:
        return self.platform.settings.sums

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def read(self, first: date = DAYS[0], last: date = DAYS[-1]) -> dict[str, int]:
        """Points by day according to the sums; `summed` has the days whose rows were read for it."""
        self.summed = []
        kept = KeptSums(self.folder, totals, "upstream", ("game_date", "season", "points"), self._counted)
        with self.platform.warehouse.snapshot() as snapshot:
            found = kept.read(first, last, snapshot)
        assert found.dtypes.astype(str).to_dict() == {
            "game_date": "datetime64[ns]",
            "season": "string",
            "points": "int64",
        }
        return dict(zip(found["game_date"].dt.strftime("%m-%d"), found["points"].tolist(), strict=True))


@pytest.fixture
def league(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> League:
    expected = Expected({}, lambda days: pd.DataFrame({"game_date": days}))
    tables: dict[str, DailyTable] = {
        "upstream": daily_table(UPSTREAM, inputs={}, expected=expected)(upstream),
        "totals": totals,
    }
    monkeypatch.setattr(registry, "tables", lambda: tables)
    return League(tmp_path)


ALL = {"06-28": 11, "06-29": 12, "06-30": 13, "07-01": 14, "07-02": 15, "07-03": 16}


def test_every_day_is_summed_once(league: League) -> None:
    assert league.read() == ALL
    assert league.summed == list(ALL)
    assert league.read() == ALL
    assert league.summed == []
    assert [path.name for path in league.files()] == ["_counted.2021-22", "_counted.2022-23"]


def test_a_day_whose_content_changed_is_summed_again_and_no_other(league: League) -> None:
    league.read()
    league.write(DAYS[1], 100)
    assert league.read() == {**ALL, "06-29": 100}
    assert league.summed == ["06-29"]
    league.write(DAYS[1])
    assert league.read() == {day: points for day, points in ALL.items() if day != "06-29"}
    league.write(DAYS[1], 100)
    assert league.read() == {**ALL, "06-29": 100}


def test_a_window_has_no_other_days_though_they_are_kept(league: League) -> None:
    league.read()
    assert league.read(DAYS[1], DAYS[3]) == {"06-29": 12, "06-30": 13, "07-01": 14}
    assert league.summed == []
    league.write(DAYS[2], 50)
    assert league.read(DAYS[1], DAYS[3]) == {"06-29": 12, "06-30": 50, "07-01": 14}
    assert league.read() == {**ALL, "06-30": 50}
    assert league.summed == []


def test_a_table_adds_up_the_kept_sums_of_its_window_and_no_later_day(league: League) -> None:
    def made(day: date) -> int:
        materialise(totals, [day], league.platform, "run")
        with league.platform.warehouse.snapshot() as snapshot:
            return int(snapshot.read(TOTALS, day, day)["points"].sum())

    assert made(DAYS[5]) == 13 + 14 + 15 + 16
    assert made(DAYS[3]) == 11 + 12 + 13 + 14
    league.write(DAYS[4], 20)
    assert made(DAYS[3]) == 11 + 12 + 13 + 14
    assert made(DAYS[5]) == 13 + 14 + 20 + 16


def test_two_functions_of_a_table_have_their_own_sums(league: League) -> None:
    def read(columns: Sequence[str], function: kept_sums.DaySums) -> list[int]:
        with league.platform.warehouse.snapshot() as snapshot:
            kept = KeptSums(league.folder, totals, "upstream", columns, function)
            return kept.read(DAYS[0], DAYS[0], snapshot)["points"].tolist()

    def doubled(rows: pd.DataFrame) -> pd.DataFrame:
        return points_by_season(rows.assign(points=2 * rows["points"]))

    def counted(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.groupby("game_date").size().rename("points").reset_index()

    whole, narrow = ("game_date", "season", "points"), ("game_date",)
    for _ in range(2):
        assert read(whole, points_by_season) == [11]
        assert read(whole, doubled) == [22]
        assert read(narrow, counted) == [2]
    doubled.__name__ = points_by_season.__name__
    assert read(whole, doubled) == [22]
    assert read(whole, points_by_season) == [11]


@pytest.mark.parametrize("version", ["code", "pandas"])
def test_other_code_sums_every_day_again(league: League, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    league.read()
    if version == "code":
        monkeypatch.setattr(kept_sums, "code_version", lambda table: "0123456789abcdef")
    else:
        monkeypatch.setattr(pd, "__version__", "9.9.9")
    assert league.read() == ALL
    assert league.summed == list(ALL)
    assert league.read() == ALL
    assert league.summed == []


@pytest.mark.parametrize("damage", ["emptied", "cut", "changed"])
def test_a_damaged_file_is_reported_and_written_again(
    league: League, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    league.read()
    path = league.files()[0]
    data = path.read_bytes()
    changed = bytes([data[-9] ^ 1])
    path.write_bytes(
        {"emptied": b"", "cut": data[: len(data) // 2], "changed": data[:-9] + changed + data[-8:]}[damage]
    )
    with caplog.at_level(logging.WARNING):
        assert league.read() == ALL
    assert f"{path} is damaged" in caplog.text
    assert league.summed == ["06-28", "06-29", "06-30"]
    assert league.read() == ALL
    assert league.summed == []


def test_without_a_folder_for_the_files_the_sums_are_the_same(league: League, caplog: pytest.LogCaptureFixture) -> None:
    league.folder.write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        assert league.read() == ALL
    assert "cannot be written" in caplog.text


def test_rows_without_a_ledger_row_are_read_each_time(league: League) -> None:
    league.read()
    later = date(2022, 7, 4)
    league.write(later, 70, has_ledger=False)
    for points in (70, 71):
        league.write(later, points, has_ledger=False)
        assert league.read(DAYS[0], later) == {**ALL, "07-04": points}
        assert league.summed == ["07-04"]


def test_a_league_without_rows_has_no_sums(league: League) -> None:
    assert league.read(date(2021, 10, 19), date(2021, 10, 21)) == {}
    assert league.files() == []
