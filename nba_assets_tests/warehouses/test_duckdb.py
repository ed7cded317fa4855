"""The DuckDB warehouse: atomic replacement, snapshots, locks."""

import subprocess
import sys
import textwrap
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.contract import TableContract, to_arrow, validated
from nba_assets.warehouses.duckdb import DuckDBWarehouse, WarehouseBusy
from nba_assets.warehouses.protocol import QUALITY_TABLES

TABLE = TableContract(
    "points_by_day", "raw", ("player_id",), "postgame", columns("game_date", "player_id", "points"), "For these tests."
)
DAYS = [date(2024, 1, 14), date(2024, 1, 15), date(2024, 1, 16)]


TEAMS = TableContract(
    "teams_by_day", "raw", ("player_id",), "postgame", columns("game_date", "player_id", "team"), "For these tests."
)


def rows(points: dict[date, list[int]]) -> pa.Table:
    found = [(day, player, value) for day, values in points.items() for player, value in enumerate(values, 1)]
    frame = pd.DataFrame(found, columns=["game_date", "player_id", "points"])
    frame["game_date"] = pd.to_datetime(frame["game_date"])
    return to_arrow(TABLE, validated(TABLE, frame))


def ledger(days: list[date], content_hash: str, written: datetime | None = None) -> pd.DataFrame:
    written = written or datetime.now(UTC)
    frame = pd.DataFrame({name: [None] * len(days) for name in QUALITY_TABLES["partition_log"]})
    return frame.assign(
        table_name=TABLE.name, game_date=days, status="ok", rows=1, content_hash=content_hash, written_at=written
    )


def nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=list(QUALITY_TABLES["quarantine"]))


def held(warehouse: DuckDBWarehouse) -> dict[date, list[int]]:
    with warehouse.snapshot() as snapshot:
        frame = snapshot.read(TABLE, DAYS[0], DAYS[-1])
    return {day: frame.loc[frame["game_date"].dt.date == day, "points"].tolist() for day in DAYS}


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDBWarehouse:
    return DuckDBWarehouse(tmp_path / "nba.duckdb", lock_timeout_seconds=5)


def test_an_empty_warehouse_has_no_rows_and_no_ledger(warehouse: DuckDBWarehouse) -> None:
    assert held(warehouse) == {day: [] for day in DAYS}
    with warehouse.snapshot() as snapshot:
        assert snapshot.ledger().empty
        assert snapshot.read(TABLE, *DAYS[:2]).columns.tolist() == TABLE.column_names


@settings(max_examples=15, deadline=None)
@given(writes=st.lists(st.dictionaries(st.sampled_from(DAYS), st.lists(st.integers(0, 9), max_size=3)), max_size=6))
def test_the_last_write_of_a_day_is_the_day(
    tmp_path_factory: pytest.TempPathFactory, writes: list[dict[date, list[int]]]
) -> None:
    warehouse = DuckDBWarehouse(tmp_path_factory.mktemp("warehouse") / "nba.duckdb")
    expected: dict[date, list[int]] = {day: [] for day in DAYS}
    for write in writes:
        if write:
            warehouse.replace_days(TABLE, rows(write), list(write), ledger(list(write), "x"), nothing())
            expected |= write
    assert held(warehouse) == expected


def test_a_failure_inside_the_transaction_leaves_the_old_days_whole(warehouse: DuckDBWarehouse) -> None:
    warehouse.replace_days(TABLE, rows({DAYS[0]: [1, 2]}), DAYS[:1], ledger(DAYS[:1], "old"), nothing())
    broken = ledger(DAYS[:1], "new").assign(rows="many")
    with pytest.raises(pa.ArrowInvalid):
        warehouse.replace_days(TABLE, rows({DAYS[0]: [9]}), DAYS[:1], broken, nothing())
    assert held(warehouse)[DAYS[0]] == [1, 2]
    with warehouse.snapshot() as snapshot:
        assert snapshot.ledger()["content_hash"].tolist() == ["old"]


def test_the_newest_ledger_row_counts_and_older_ones_stay(warehouse: DuckDBWarehouse) -> None:
    for minute, value in enumerate(["first", "second"]):
        moment = datetime(2024, 1, 16, 12, minute, tzinfo=UTC)
        warehouse.replace_days(TABLE, rows({}), DAYS, ledger(DAYS, value, moment), nothing())
    with warehouse.snapshot() as snapshot:
        assert set(snapshot.ledger()["content_hash"]) == {"second"}
        assert len(snapshot.quality("partition_log")) == 6


def test_rows_are_read_by_what_they_hold(warehouse: DuckDBWarehouse) -> None:
    frame = pd.DataFrame(
        {"game_date": [DAYS[0], DAYS[0], DAYS[1]], "player_id": [1, 2, 1], "team": ["BOS", None, "MIA"]}
    )
    written = to_arrow(TEAMS, validated(TEAMS, frame))
    warehouse.replace_days(TEAMS, written, DAYS, ledger(DAYS, "x"), nothing())
    with warehouse.snapshot() as snapshot:
        assert snapshot.read(TEAMS, DAYS[0], DAYS[1], holding={"team": "BOS"})["player_id"].tolist() == [1]
        assert snapshot.read(TEAMS, DAYS[0], DAYS[0], ["player_id"], holding={"team": "MIA"}).empty
        assert len(snapshot.read(TEAMS, DAYS[0], DAYS[1], holding={})) == 3


def test_a_column_that_is_new_in_the_contract_is_added(warehouse: DuckDBWarehouse) -> None:
    warehouse.replace_days(TABLE, rows({DAYS[0]: [1]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
    wider = TableContract(
        TABLE.name, "raw", ("player_id",), "postgame", (*TABLE.columns, col("assists")), "For these tests."
    )
    with warehouse.snapshot() as snapshot:
        assert snapshot.read(wider, *DAYS[:2])["assists"].isna().all()
    frame = pd.DataFrame({"game_date": pd.to_datetime([DAYS[1]]), "player_id": [1], "points": [3], "assists": [4]})
    arrow = to_arrow(wider, validated(wider, frame))
    warehouse.replace_days(wider, arrow, DAYS[1:2], ledger(DAYS[1:2], "x"), nothing())
    with warehouse.snapshot() as snapshot:
        assert snapshot.read(wider, DAYS[0], DAYS[1])["assists"].fillna(-1).tolist() == [-1, 4]


def test_a_column_that_changed_its_type_is_refused(warehouse: DuckDBWarehouse) -> None:
    warehouse.replace_days(TABLE, rows({DAYS[0]: [1]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("ALTER TABLE raw.points_by_day ALTER points TYPE VARCHAR")
    with pytest.raises(RuntimeError, match=r"raw.points_by_day.points is VARCHAR in the warehouse and BIGINT"):
        warehouse.replace_days(TABLE, rows({DAYS[0]: [1]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())


HOLD = """
import duckdb, sys, time
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


def hold(path: Path, seconds: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLD), str(path), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_locked_file_is_waited_for(warehouse: DuckDBWarehouse) -> None:
    with hold(warehouse.path, 1.0) as process:
        warehouse.replace_days(TABLE, rows({DAYS[0]: [7]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
        process.wait()
    assert held(warehouse)[DAYS[0]] == [7]


def test_a_file_that_stays_locked_is_an_error_that_says_who(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(tmp_path / "nba.duckdb", lock_timeout_seconds=0.5)
    with hold(warehouse.path, 20) as process:
        with pytest.raises(WarehouseBusy, match=f"PID {process.pid}"):
            held(warehouse)
        process.kill()


def test_readers_of_one_process_share_the_file_and_a_writer_waits_for_them(warehouse: DuckDBWarehouse) -> None:
    warehouse.replace_days(TABLE, rows({DAYS[0]: [1]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
    other = DuckDBWarehouse(warehouse.path, lock_timeout_seconds=0.2)
    with warehouse.snapshot() as first:
        assert held(other)[DAYS[0]] == [1]
        with pytest.raises(WarehouseBusy, match="another use in this process"):
            other.replace_days(TABLE, rows({DAYS[0]: [2]}), DAYS[:1], ledger(DAYS[:1], "y"), nothing())
        assert first.read(TABLE, *DAYS[:2])["points"].tolist() == [1]
    other.replace_days(TABLE, rows({DAYS[0]: [2]}), DAYS[:1], ledger(DAYS[:1], "y"), nothing())
    assert held(warehouse)[DAYS[0]] == [2]


def test_a_writer_waits_for_a_reader_of_another_thread(warehouse: DuckDBWarehouse) -> None:
    warehouse.replace_days(TABLE, rows({DAYS[0]: [1]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
    is_reading, may_end = threading.Event(), threading.Event()

    def read() -> None:
        with warehouse.snapshot():
            is_reading.set()
            may_end.wait(10)

    reader = threading.Thread(target=read)
    reader.start()
    assert is_reading.wait(10)
    threading.Timer(0.3, may_end.set).start()
    warehouse.replace_days(TABLE, rows({DAYS[0]: [2]}), DAYS[:1], ledger(DAYS[:1], "y"), nothing())
    assert may_end.is_set()
    reader.join()
    assert held(warehouse)[DAYS[0]] == [2]


def test_a_program_that_reads_the_file_itself_can_use_ours_too(warehouse: DuckDBWarehouse) -> None:
    warehouse.replace_days(TABLE, rows({DAYS[0]: [1]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
    with duckdb.connect(str(warehouse.path), read_only=True) as own:
        assert held(warehouse)[DAYS[0]] == [1]
        assert own.execute("SELECT count(*) FROM raw.points_by_day").fetchall() == [(1,)]
    with duckdb.connect(str(warehouse.path)), pytest.raises(duckdb.ConnectionException):
        held(warehouse)
    assert held(warehouse)[DAYS[0]] == [1]


def test_between_two_uses_the_file_is_whole_and_free(warehouse: DuckDBWarehouse) -> None:
    """Nothing waits in a -wal file, and another process may write."""
    warehouse.replace_days(TABLE, rows({DAYS[0]: [1]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
    assert [path.name for path in warehouse.path.parent.glob(f"{warehouse.path.name}*")] == [warehouse.path.name]
    code = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('UPDATE raw.points_by_day SET points = 5')"
    subprocess.run([sys.executable, "-c", code, str(warehouse.path)], check=True)
    assert held(warehouse)[DAYS[0]] == [5]
