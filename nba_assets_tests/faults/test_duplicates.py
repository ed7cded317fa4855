"""Duplicate rows of every family, before and after the others: the same rows, and a record of them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_assets.sources.archive.families import FAMILIES
from nba_assets_tests.faults.deviations import Deviation, League, content, fresh
from nba_assets_tests.mini_archive import SCHEMAS, Truth

ROWS = 3
"""Rows of a file that are there a second time."""
EVENTS_ONLY = ("events_oddsapi_closing", "events_oddsapi_historical")
"""Families of the same files as the quotes, for which one row per quote is no duplicate."""
WITH_FILES = {
    name: files[-1]
    for name, family in FAMILIES.items()
    if name not in EVENTS_ONLY
    and (files := sorted(file for file in SCHEMAS if Path(file).match(family.pattern.format(season="*"))))
}
"""Family -> its last file in the mini archive."""

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def league(mini: tuple[Path, Truth], tmp_path_factory: pytest.TempPathFactory) -> League:
    return League(mini[0], tmp_path_factory.mktemp("duplicates"))


@pytest.mark.parametrize("name", WITH_FILES)
def test_rows_that_are_there_twice_count_once_in_either_order(league: League, name: str) -> None:
    file = WITH_FILES[name]
    table = pq.read_table(league.folder / file)
    first = table.slice(0, ROWS)
    unchanged = league.results(Deviation(file, None, "unchanged", table))
    for changed in (pa.concat_tables([table, first]), pa.concat_tables([first, table])):
        for reader, (rows, records) in league.results(Deviation(file, None, "twice", changed)).items():
            before, records_before = unchanged[reader]
            ignored = ["row"] if reader == "injury_transactions" else []  # the row number is a part of a move
            assert content(rows, ignored) == content(before, ignored), reader
            found = fresh(records, records_before)
            assert int(found.loc[found["action"] == "duplicate", "rows"].sum()) > 0, reader


@pytest.mark.parametrize("name", WITH_FILES)
def test_a_corrected_row_has_one_result_in_either_order_and_a_record(league: League, name: str) -> None:
    """The values of a number column are raised by 2 in the rows that are there a second time."""
    file = WITH_FILES[name]
    deviations = {deviation.kind: deviation for deviation in league.deviations(file, ["corrected"])}
    columns = sorted({kind.split()[1] for kind in deviations})
    if not columns:
        pytest.skip(f"{name} has no column of numbers")
    column = columns[len(columns) // 2]
    appended = league.results(deviations[f"corrected {column} appended"])
    put_first = league.results(deviations[f"corrected {column} put first"])
    unchanged = league.results(Deviation(file, None, "unchanged", pq.read_table(league.folder / file)))
    recorded = set()
    for reader, (rows, records) in appended.items():
        other, other_records = put_first[reader]
        before, records_before = unchanged[reader]
        assert content(rows, []) == content(other, []), (reader, column)
        is_recorded = [len(fresh(found, records_before)) > 0 for found in (records, other_records)]
        assert all(is_recorded) or content(rows, []) == content(before, []), (reader, column)
        recorded |= {reader} if all(is_recorded) else set()
    assert recorded, column
