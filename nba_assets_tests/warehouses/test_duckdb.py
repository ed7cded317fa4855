"""Specifics of the DuckDB warehouse: its file and locks. The rest is in test_conformance.py."""

import subprocess
import sys
import textwrap
import threading
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_assets.warehouses.duckdb import DuckDBWarehouse, WarehouseBusy
from nba_assets_tests.warehouses.hand_made import DAYS, POINTS, held, ledger, nothing, rows


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDBWarehouse:
    return DuckDBWarehouse(tmp_path / "nba.duckdb", lock_timeout_seconds=5)


@settings(max_examples=15, deadline=None)
@given(writes=st.lists(st.dictionaries(st.sampled_from(DAYS), st.lists(st.integers(0, 9), max_size=3)), max_size=6))
def test_the_last_write_of_a_day_is_the_day(
    tmp_path_factory: pytest.TempPathFactory, writes: list[dict[date, list[int]]]
) -> None:
    warehouse = DuckDBWarehouse(tmp_path_factory.mktemp("warehouse") / "nba.duckdb")
    expected: dict[date, list[int]] = {day: [] for day in DAYS}
    for write in writes:
        if write:
            warehouse.replace_days(POINTS, rows(write), list(write), ledger(list(write), "x"), nothing())
            expected |= write
    assert held(warehouse) == expected


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
        warehouse.replace_days(POINTS, rows({DAYS[0]: [7]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
        process.wait()
    assert held(warehouse)[DAYS[0]] == [7]


def test_a_file_that_stays_locked_is_an_error_that_names_the_process(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(tmp_path / "nba.duckdb", lock_timeout_seconds=0.5)
    with hold(warehouse.path, 20) as process:
        with pytest.raises(WarehouseBusy, match=f"PID {process.pid}"):
            held(warehouse)
        process.kill()


def test_readers_of_one_process_share_the_file_and_a_writer_waits_for_them(warehouse: DuckDBWarehouse) -> None:
    warehouse.replace_days(POINTS, rows({DAYS[0]: [1]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
    other = DuckDBWarehouse(warehouse.path, lock_timeout_seconds=0.2)
    with warehouse.snapshot() as first:
        assert held(other)[DAYS[0]] == [1]
        with pytest.raises(WarehouseBusy, match="another use in this process"):
            other.replace_days(POINTS, rows({DAYS[0]: [2]}), DAYS[:1], ledger(DAYS[:1], "y"), nothing())
        assert first.read(POINTS, *DAYS[:2])["points"].tolist() == [1]
    other.replace_days(POINTS, rows({DAYS[0]: [2]}), DAYS[:1], ledger(DAYS[:1], "y"), nothing())
    assert held(warehouse)[DAYS[0]] == [2]


def test_a_writer_waits_for_a_reader_of_another_thread(warehouse: DuckDBWarehouse) -> None:
    warehouse.replace_days(POINTS, rows({DAYS[0]: [1]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
    is_reading, may_end = threading.Event(), threading.Event()

    def read() -> None:
        with warehouse.snapshot():
            is_reading.set()
            may_end.wait(10)

    reader = threading.Thread(target=read)
    reader.start()
    assert is_reading.wait(10)
    threading.Timer(0.3, may_end.set).start()
    warehouse.replace_days(POINTS, rows({DAYS[0]: [2]}), DAYS[:1], ledger(DAYS[:1], "y"), nothing())
    assert may_end.is_set()
    reader.join()
    assert held(warehouse)[DAYS[0]] == [2]


def test_a_program_that_has_opened_the_file_can_use_the_warehouse(warehouse: DuckDBWarehouse) -> None:
    warehouse.replace_days(POINTS, rows({DAYS[0]: [1]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
    with duckdb.connect(str(warehouse.path), read_only=True) as own:
        assert held(warehouse)[DAYS[0]] == [1]
        assert own.execute("SELECT count(*) FROM raw.points_by_day").fetchall() == [(1,)]
    with duckdb.connect(str(warehouse.path)), pytest.raises(duckdb.ConnectionException):
        held(warehouse)
    assert held(warehouse)[DAYS[0]] == [1]


def test_between_two_uses_the_file_is_complete_and_unlocked(warehouse: DuckDBWarehouse) -> None:
    """Nothing remains in a -wal file, and another process may write."""
    warehouse.replace_days(POINTS, rows({DAYS[0]: [1]}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
    assert [path.name for path in warehouse.path.parent.glob(f"{warehouse.path.name}*")] == [warehouse.path.name]
    code = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('UPDATE raw.points_by_day SET points = 5')"
    subprocess.run([sys.executable, "-c", code, str(warehouse.path)], check=True)
    assert held(warehouse)[DAYS[0]] == [5]
