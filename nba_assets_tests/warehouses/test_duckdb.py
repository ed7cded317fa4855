"""Specifics of the DuckDB warehouse: its file and locks. The rest is in test_conformance.py."""

import subprocess
import sys
import textwrap
import threading
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_assets.warehouses.duckdb import DuckDBSnapshot, DuckDBWarehouse, WarehouseBusy
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


def write(warehouse: DuckDBWarehouse, day: date, content_hash: str) -> None:
    warehouse.replace_days(POINTS, rows({day: [1]}), [day], ledger([day], content_hash), nothing())


def forgetful(warehouse: DuckDBWarehouse) -> pd.DataFrame:
    """The ledger as a process reads it that knows nothing about the file, from the rows alone."""
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return DuckDBSnapshot(connection).ledger()


def remembered(warehouse: DuckDBWarehouse, *arguments: Any, **named: Any) -> pd.DataFrame:
    with warehouse.snapshot() as snapshot:
        return snapshot.ledger(*arguments, **named)


def test_the_remembered_ledger_is_that_of_the_file(warehouse: DuckDBWarehouse) -> None:
    for step, day in enumerate([DAYS[1], DAYS[0], DAYS[2], DAYS[1]]):
        with warehouse.kept_open():
            remembered(warehouse)
            write(warehouse, day, f"run {step}")
            found = remembered(warehouse)
        pd.testing.assert_frame_equal(found, forgetful(warehouse))
    assert remembered(warehouse)["content_hash"].tolist() == ["run 1", "run 3", "run 2"]
    some = remembered(warehouse, [POINTS.name, "nothing"], DAYS[1], DAYS[1], ["game_date", "content_hash", "rows"])
    assert some.to_dict("list") == {"game_date": [pd.Timestamp(DAYS[1])], "content_hash": ["run 3"], "rows": [1]}
    some.loc[0, ["content_hash", "rows"]] = ["changed", 2]
    pd.testing.assert_frame_equal(remembered(warehouse), forgetful(warehouse))
    assert remembered(warehouse, ["nothing"]).dtypes.to_dict() == forgetful(warehouse).iloc[:0].dtypes.to_dict()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE quality.partition_log SET content_hash = 'other'",
        "DELETE FROM quality.partition_log WHERE sequence = 1",
        "ALTER TABLE quality.partition_log DROP COLUMN content_hash",
        "DROP TABLE quality.partition_log",
    ],
)
def test_what_another_program_changed_is_not_remembered(warehouse: DuckDBWarehouse, statement: str) -> None:
    write(warehouse, DAYS[0], "run 0")
    write(warehouse, DAYS[1], "run 1")
    assert len(remembered(warehouse)) == 2
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute(statement)
    pd.testing.assert_frame_equal(remembered(warehouse), forgetful(warehouse))
    write(warehouse, DAYS[0], "run 2")
    pd.testing.assert_frame_equal(remembered(warehouse), forgetful(warehouse))


def test_a_file_that_is_kept_open_is_read_by_others_and_written_by_this_process(warehouse: DuckDBWarehouse) -> None:
    write(warehouse, DAYS[0], "run 0")
    read = "import duckdb, sys; print(duckdb.connect(sys.argv[1], read_only=True).sql('FROM quality.partition_log'))"
    opened = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('CREATE OR REPLACE TABLE other (x INT)')"

    def other(program: str) -> int:
        return subprocess.run([sys.executable, "-c", program, str(warehouse.path)], capture_output=True).returncode

    with warehouse.kept_open():
        assert len(remembered(warehouse)) == 1
        assert (other(read), other(opened)) == (0, 1)  # between two uses it is still open, for reading
        with warehouse.kept_open():
            write(warehouse, DAYS[1], "run 1")
        assert other(opened) == 0  # written and not read since
        assert len(remembered(warehouse)) == 2
    assert other(opened) == 0
