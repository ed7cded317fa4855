"""Conformance suite of warehouses, run against each implementation."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from nba_assets.contracts.contract import Column, TableContract, to_arrow, validated
from nba_assets.engine.content_hash import day_hashes
from nba_assets.warehouses.factory import open_warehouse
from nba_assets.warehouses.protocol import ColumnTypeChanged, Warehouse
from nba_assets_tests.warehouses.hand_made import (
    DAYS,
    POINTS,
    TEAMS,
    arrow,
    contract,
    held,
    ledger,
    nothing,
    quarantined,
    results,
    rows,
    with_columns,
    write,
)

OTHERS = [
    Column("an_integer", "integer", "Any integer."),
    Column("a_number", "number", "Any number."),
    Column("a_boolean", "boolean", "True, false or NULL."),
    Column("a_text", "text", "Any text."),
    Column("a_timestamp", "timestamp", "Any moment."),
]

Reopen = Callable[[], Warehouse]


@pytest.fixture(
    params=["duckdb", pytest.param("bigquery", marks=pytest.mark.long), pytest.param("live", marks=pytest.mark.live)]
)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """Opens the same warehouse each time; it is empty at first."""
    of_service = {"bigquery": "emulator_address", "live": "live_address"}.get(request.param)
    address = request.getfixturevalue(of_service) if of_service else f"duckdb:{tmp_path / 'nba.duckdb'}"
    return lambda: open_warehouse(address, lock_timeout_seconds=300)


@pytest.fixture
def warehouse(reopen: Reopen) -> Warehouse:
    return reopen()


def test_an_empty_warehouse_reads_as_empty_tables(warehouse: Warehouse) -> None:
    with warehouse.snapshot() as snapshot:
        assert snapshot.source() is None
        assert snapshot.ledger().empty
        assert snapshot.quality("check_results").empty
        assert snapshot.failed_checks(POINTS.name).empty
        frame = snapshot.read(POINTS, DAYS[0], DAYS[-1])
        assert snapshot.read(POINTS, DAYS[0], DAYS[-1], ["points"]).columns.tolist() == ["points"]
    assert frame.dtypes.to_dict() == {column.name: column.pandas_dtype for column in POINTS.columns}
    assert frame.empty


def test_days_are_replaced_and_other_days_kept(warehouse: Warehouse, reopen: Reopen) -> None:
    write(warehouse, {DAYS[0]: [1, 2], DAYS[1]: [3], DAYS[2]: [4, 5, 6]})
    write(warehouse, {DAYS[0]: [7], DAYS[1]: []})
    assert held(reopen()) == {DAYS[0]: [7], DAYS[1]: [], DAYS[2]: [4, 5, 6]}


def test_rows_are_sorted_by_key_whichever_columns_are_read(warehouse: Warehouse) -> None:
    frame = {"game_date": [DAYS[1], DAYS[0], DAYS[0]], "player_id": [1, 20, 3], "team": ["BOS", "MIA", "NYK"]}
    warehouse.replace_days(TEAMS, arrow(TEAMS, frame), DAYS, ledger(DAYS, "x", TEAMS), nothing())
    with warehouse.snapshot() as snapshot:
        assert snapshot.read(TEAMS, DAYS[0], DAYS[1])["player_id"].tolist() == [3, 20, 1]
        only = snapshot.read(TEAMS, DAYS[0], DAYS[1], ["team"])
    assert only.columns.tolist() == ["team"]
    assert only["team"].tolist() == ["NYK", "MIA", "BOS"]
    assert only["team"].dtype == pd.StringDtype("pyarrow")


def test_rows_are_selected_by_the_texts_of_columns(warehouse: Warehouse) -> None:
    text = 'it\'s \\ "quoted"\nNeymar'
    frame = {"game_date": [DAYS[0]] * 3 + [DAYS[1]], "player_id": [1, 2, 3, 1], "team": ["BOS", None, text, "MIA"]}
    warehouse.replace_days(TEAMS, arrow(TEAMS, frame), DAYS, ledger(DAYS, "x", TEAMS), nothing())
    with warehouse.snapshot() as snapshot:
        assert snapshot.read(TEAMS, DAYS[0], DAYS[1], holding={"team": "BOS"})["player_id"].tolist() == [1]
        assert snapshot.read(TEAMS, DAYS[0], DAYS[1], holding={"team": text})["player_id"].tolist() == [3]
        assert snapshot.read(TEAMS, DAYS[0], DAYS[0], ["player_id"], holding={"team": "MIA"}).empty
        assert len(snapshot.read(TEAMS, DAYS[0], DAYS[1], holding={})) == 4


def test_values_of_every_type_are_read_as_written(warehouse: Warehouse) -> None:
    """Extreme numbers, NULLs, empty and non-ASCII texts, microseconds: the content hash is the same."""
    table = TableContract(
        "all_types", "analytics", ("player_id",), "postgame", (*POINTS.columns[:2], *OTHERS), "Types."
    )
    frame = pd.DataFrame(
        {
            "game_date": [DAYS[0]] * 5,
            "player_id": [2**62, 1, 2, 3, 4],
            "an_integer": pd.array([-40, None, 0, 1, 2], dtype="Int64"),
            "a_number": [5e-324, -0.0, np.nan, 1 / 3, 0.1 + 0.2],
            "a_boolean": pd.array([True, False, None, True, None], dtype="boolean"),
            "a_text": ["Jokić", "", None, "a'b\\c\n", "\U0001f3c0"],
            "a_timestamp": pd.to_datetime(
                ["2024-01-15T00:00:00.000001Z", None, "2024-01-14T23:59:59.999999Z"] + ["1970-01-01T00:00:00Z"] * 2,
                format="ISO8601",
            ),
        }
    )
    written = to_arrow(table, validated(table, frame))
    warehouse.replace_days(table, written, DAYS[:1], ledger(DAYS[:1], "x", table), nothing())
    with warehouse.snapshot() as snapshot:
        back = snapshot.read(table, DAYS[0], DAYS[0])
    assert day_hashes(table, to_arrow(table, back), DAYS[:1]) == day_hashes(table, written, DAYS[:1])
    assert back.dtypes.to_dict() == {column.name: column.pandas_dtype for column in table.columns}


def test_the_ledger_is_numbered_in_the_order_of_the_appends(warehouse: Warehouse, reopen: Reopen) -> None:
    """The newest row is the one with the highest number, even if a replayed morning wrote an earlier time."""
    write(warehouse, {day: [1] for day in DAYS}, "first")
    second = ledger(DAYS[1:], "second").assign(written_at=datetime(2020, 1, 1, tzinfo=UTC))
    reopen().replace_days(POINTS, rows({}), DAYS[1:], second, nothing())
    with warehouse.snapshot() as snapshot:
        newest, everything = snapshot.ledger(), snapshot.quality("partition_log")
        assert snapshot.ledger(["another_table"]).empty
        assert len(snapshot.ledger([POINTS.name, "another_table"], DAYS[1], DAYS[1])) == 1
        some = snapshot.ledger([POINTS.name], columns=["game_date", "content_hash"])
        assert list(some.columns) == ["game_date", "content_hash"]
        assert some.equals(newest[["game_date", "content_hash"]])
    assert newest["content_hash"].tolist() == ["first", "second", "second"]
    assert newest["game_date"].dt.date.tolist() == DAYS
    assert sorted(everything["sequence"]) == [1, 2, 3, 4, 5]
    assert set(everything.loc[everything["sequence"] > 3, "content_hash"]) == {"second"}


def test_a_ledger_row_of_a_day_that_is_not_replaced_keeps_its_rows(warehouse: Warehouse) -> None:
    warehouse.replace_days(POINTS, rows({DAYS[0]: [5]}), DAYS[:1], ledger(DAYS[:1], "x"), quarantined(DAYS[0], ["old"]))
    warehouse.replace_days(POINTS, rows({DAYS[1]: [6]}), DAYS[1:2], ledger(DAYS[:2], "y"), nothing())
    assert held(warehouse) == {DAYS[0]: [5], DAYS[1]: [6], DAYS[2]: []}
    with warehouse.snapshot() as snapshot:
        assert snapshot.ledger()["content_hash"].tolist() == ["y", "y"]
        assert snapshot.quality("quarantine")["reason"].tolist() == ["old"]


def test_quarantine_and_check_results_are_replaced_with_their_days(warehouse: Warehouse) -> None:
    for reasons in (["a", "a", "b"], ["c"]):
        warehouse.replace_days(POINTS, rows({}), DAYS[:2], ledger(DAYS[:2], "x"), quarantined(DAYS[0], reasons))
    checks = {(check, day): check == "keys" for check in ("keys", "bounds") for day in DAYS[:2]}
    warehouse.replace_check_results(results(checks), POINTS.name, ["keys", "bounds"], DAYS[:2])
    with warehouse.snapshot() as snapshot:
        assert snapshot.quality("quarantine", POINTS.name)["reason"].tolist() == ["c"]
        assert snapshot.quality("quarantine", "another_table").empty
        assert len(snapshot.quality("check_results", POINTS.name, DAYS[0], DAYS[0])) == 2
        assert snapshot.failed_checks(POINTS.name)["check_name"].tolist() == ["bounds", "bounds"]
        some = snapshot.quality("check_results", POINTS.name, columns=["check_name", "game_date", "passed"])
        assert some.equals(snapshot.quality("check_results")[["check_name", "game_date", "passed"]])
        reasons = snapshot.quality("quarantine", columns=["game_date", "reason"])
        assert reasons.columns.tolist() == ["game_date", "reason"]
        assert snapshot.quality("partition_log", columns=["game_date", "sequence"])["sequence"].tolist() == [1, 3, 2, 4]
    warehouse.replace_days(POINTS, rows({}), DAYS[:1], ledger(DAYS[:1], "x"), nothing())
    with warehouse.snapshot() as snapshot:
        assert snapshot.quality("quarantine").empty
        assert snapshot.quality("check_results")["game_date"].dt.date.tolist() == [DAYS[1]] * 2


def test_results_of_other_checks_and_days_are_kept(warehouse: Warehouse) -> None:
    both = {(check, day): False for check in ("keys", "bounds") for day in DAYS}
    warehouse.replace_check_results(results(both), POINTS.name, ["keys", "bounds"], DAYS)
    warehouse.replace_check_results(results({("keys", DAYS[0]): True}), POINTS.name, ["keys"], DAYS[:2])
    with warehouse.snapshot() as snapshot:
        found = snapshot.quality("check_results")
        failed = snapshot.failed_checks(POINTS.name)
    now = {(check, day.date()) for check, day in zip(found["check_name"], found["game_date"], strict=True)}
    assert now == {(check, day) for check, day in both if (check, day) != ("keys", DAYS[1])}
    assert len(found) == 5
    assert len(failed) == 4
    warehouse.replace_check_results(results({}), POINTS.name, ["keys", "bounds"], DAYS)
    with warehouse.snapshot() as snapshot:
        assert snapshot.quality("check_results").empty


def test_a_new_column_is_null_on_the_days_before_it(warehouse: Warehouse, reopen: Reopen) -> None:
    write(warehouse, {DAYS[0]: [1]})
    wider = with_columns(POINTS, "points", "assists")
    with warehouse.snapshot() as snapshot:
        assert snapshot.read(wider, *DAYS[:2])["assists"].isna().all()
    added = arrow(wider, {"game_date": [DAYS[1]], "player_id": [1], "points": [3], "assists": [4]})
    warehouse.replace_days(wider, added, DAYS[1:2], ledger(DAYS[1:2], "x"), nothing())
    with reopen().snapshot() as snapshot:
        assert snapshot.read(wider, DAYS[0], DAYS[1])["assists"].fillna(-1).tolist() == [-1, 4]


def test_a_column_removed_from_the_contract_is_dropped(warehouse: Warehouse, reopen: Reopen) -> None:
    wider = with_columns(POINTS, "points", "assists")
    frame = arrow(wider, {"game_date": [DAYS[0]], "player_id": [1], "points": [3], "assists": [4]})
    warehouse.replace_days(wider, frame, DAYS[:1], ledger(DAYS[:1], "x"), nothing())
    write(warehouse, {DAYS[1]: [5]})
    assert held(reopen()) == {DAYS[0]: [3], DAYS[1]: [5], DAYS[2]: []}
    with reopen().snapshot() as snapshot:
        assert snapshot.read(wider, *DAYS[:2])["assists"].isna().all()


def test_a_column_of_another_type_is_rejected_and_nothing_is_lost(warehouse: Warehouse) -> None:
    write(warehouse, {DAYS[0]: [1]})
    as_text = (*POINTS.columns[:2], Column("points", "text", "Points, as text."))
    text = TableContract(POINTS.name, POINTS.layer, POINTS.key, "postgame", as_text, POINTS.doc)
    frame = arrow(text, {"game_date": [DAYS[0]], "player_id": [1], "points": ["many"]})
    with pytest.raises(ColumnTypeChanged, match=r"raw\.points_by_day\.points is .+ in the warehouse and .+ in the"):
        warehouse.replace_days(text, frame, DAYS[:1], ledger(DAYS[:1], "y"), nothing())
    assert held(warehouse)[DAYS[0]] == [1]
    with warehouse.snapshot() as snapshot:
        assert snapshot.ledger()["content_hash"].tolist() == ["x"]


def test_a_table_of_another_layer_is_read_there_and_moved_by_the_next_write(
    warehouse: Warehouse, reopen: Reopen
) -> None:
    write(warehouse, {DAYS[0]: [1, 2]})
    moved = contract(POINTS.name, "record", "points")
    assert held(reopen(), moved)[DAYS[0]] == [1, 2]
    warehouse.replace_days(moved, rows({DAYS[1]: [3]}, moved), DAYS[1:2], ledger(DAYS[1:2], "x"), nothing())
    assert held(reopen(), moved) == {DAYS[0]: [1, 2], DAYS[1]: [3], DAYS[2]: []}


def test_the_source_is_the_last_one_recorded(warehouse: Warehouse, reopen: Reopen) -> None:
    for source in ("archive", "simulated"):
        warehouse.record_source(source, datetime(2024, 1, 1, tzinfo=UTC))
        with reopen().snapshot() as snapshot:
            assert snapshot.source() == source


def test_a_failed_write_does_not_change_the_days(warehouse: Warehouse) -> None:
    warehouse.replace_days(
        POINTS, rows({DAYS[0]: [1, 2]}), DAYS[:1], ledger(DAYS[:1], "old"), quarantined(DAYS[0], ["old"])
    )
    broken = ledger(DAYS[:1], "new").assign(rows="many")
    with pytest.raises(pa.ArrowInvalid):
        warehouse.replace_days(POINTS, rows({DAYS[0]: [9]}), DAYS[:1], broken, nothing())
    assert held(warehouse)[DAYS[0]] == [1, 2]
    with warehouse.snapshot() as snapshot:
        assert snapshot.ledger()["content_hash"].tolist() == ["old"]
        assert snapshot.quality("quarantine")["reason"].tolist() == ["old"]


def test_a_snapshot_does_not_change_after_it_was_opened(warehouse: Warehouse, reopen: Reopen) -> None:
    """Whether a writer waits for the reader depends on the warehouse."""
    write(warehouse, {DAYS[0]: [1]}, "before")
    writer = threading.Thread(target=lambda: write(reopen(), {DAYS[0]: [2, 3]}, "after"))
    with warehouse.snapshot() as snapshot:
        assert snapshot.read(POINTS, *DAYS[:2])["points"].tolist() == [1]
        writer.start()
        writer.join(timeout=3)
        assert snapshot.read(POINTS, *DAYS[:2])["points"].tolist() == [1]
        assert snapshot.ledger()["content_hash"].tolist() == ["before"]
    writer.join(timeout=30)
    assert held(warehouse)[DAYS[0]] == [2, 3]


def test_concurrent_writers_of_a_day_leave_it_complete(reopen: Reopen) -> None:
    versions = {str(number): [number] * (number + 1) for number in range(6)}
    start = threading.Barrier(2)

    def writer(names: list[str]) -> None:
        start.wait()
        for name in names:
            write(reopen(), {DAYS[0]: versions[name]}, name)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(writer, ["0", "1", "2"]), pool.submit(writer, ["3", "4", "5"])]:
            done.result()
    with reopen().snapshot() as snapshot:
        (newest,) = snapshot.ledger()["content_hash"]
        everything = snapshot.quality("partition_log")
    assert newest in {"2", "5"}
    assert held(reopen())[DAYS[0]] == versions[newest]
    assert sorted(everything["sequence"]) == [1, 2, 3, 4, 5, 6]
    assert sorted(everything["content_hash"]) == sorted(versions)


def test_concurrent_writers_of_two_days_lose_neither(reopen: Reopen) -> None:
    start = threading.Barrier(2)

    def writer(day: date, value: int) -> None:
        start.wait()
        for step in range(3):
            write(reopen(), {day: [value] * (step + 1)})

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(writer, DAYS[0], 1), pool.submit(writer, DAYS[1], 2)]:
            done.result()
    assert held(reopen()) == {DAYS[0]: [1] * 3, DAYS[1]: [2] * 3, DAYS[2]: []}


def test_many_days_are_replaced_at_once(warehouse: Warehouse) -> None:
    days = [date(2020, 10, 1) + timedelta(days=number) for number in range(840)]
    for value in (1, 2):
        write(warehouse, {day: [value] * 3 for day in days})
    with warehouse.snapshot() as snapshot:
        frame = snapshot.read(POINTS, days[0], days[-1])
        assert len(snapshot.ledger()) == 840
    assert len(frame) == 3 * 840
    assert set(frame["points"]) == {2}
