"""Kept readings: what is loaded equals what is read, and a file that changes, disappears or breaks is noticed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.sources.archive import reader, readings
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.archive.readings import KeptReadings
from nba_assets.sources.cells import days, moments
from nba_assets.sources.protocol import Family, SourceError, SourceRows, all_of

BOX = Family(
    "box",
    "box/{season}.parquet",
    all_of("text", "game day seen")
    | all_of("integer", "player points")
    | all_of("number", "share")
    | {"in": "boolean"},
    "For these tests.",
    has_gaps=("points", "share"),
    minor=("points",),
    dates={"day": days("%Y-%m-%d"), "seen": moments("ISO8601")},
    day="day",
)
SEASON = Season(2023)
FILE = "box/2023-24.parquet"


@pytest.fixture(autouse=True)
def _new_process() -> Iterator[None]:
    """No test sees the readings that this process remembers of another one."""
    reader._read_before.clear()
    yield
    reader._read_before.clear()


def write(root: Path, **changes: list[object]) -> None:
    columns: dict[str, list[object]] = {
        "game": ["1", "1", "1", "2", "3", "3", None],
        "day": ["2024-01-14", "2024-01-14", "2024-01-14", "2024-01-15", "2024-01-16", "2024-01-17", "never"],
        "seen": [datetime(2024, 1, 14, 5)] * 7,
        "player": ["7", "8", "8", "7", "7", "9", "8"],
        "points": ["10", None, None, "three", "1", "2", "3"],
        "share": [0.5, None, None, 1.0, float("nan"), 0.1, 0.2],
        "in": [True, False, False, None, True, True, True],
    }
    (root / "box").mkdir(exist_ok=True)
    pq.write_table(pa.table(columns | changes), root / FILE)


def read(root: Path, family: Family = BOX, span: tuple[date, date] | None = None) -> SourceRows:
    """As a new process reads the archive, with readings kept beside it."""
    reader._read_before.clear()
    return Archive(str(root), KeptReadings(root / "readings")).read(family, [SEASON], span)


def refuse_to_read_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("the file is read although its reading is kept")

    monkeypatch.setattr(Archive, "_read_file", refused)


def assert_same(found: SourceRows, expected: SourceRows) -> None:
    pd.testing.assert_frame_equal(found.frame, expected.frame)
    pd.testing.assert_frame_equal(found.records, expected.records)
    assert found.files == expected.files


def kept(root: Path) -> list[Path]:
    return sorted((root / "readings").iterdir())


def test_a_kept_reading_has_the_rows_and_records_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    expected = Archive(str(tmp_path)).read(BOX, [SEASON])
    assert len(expected.records) > 3  # a misfit that was nulled, one set aside, a gap, a duplicate
    assert_same(read(tmp_path), expected)
    refuse_to_read_files(monkeypatch)
    assert_same(read(tmp_path), expected)


def test_a_file_without_bad_cells_has_no_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"points": list("1234567"), "day": ["2024-01-14"] * 7, "in": [True] * 7}
    write(tmp_path, **good, game=list("1234567"))
    expected = read(tmp_path)
    refuse_to_read_files(monkeypatch)
    assert expected.records.empty
    assert_same(read(tmp_path), expected)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    write(tmp_path)
    read(tmp_path)
    write(tmp_path, player=["1", "2", "2", "1", "1", "3", "2"])
    assert read(tmp_path).frame["player"].tolist() == [1, 2, 1, 1, 3]


def test_a_file_that_breaks_is_an_error_although_its_reading_is_kept(tmp_path: Path) -> None:
    write(tmp_path)
    read(tmp_path)
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:-20])
    with pytest.raises(SourceError, match=r"box/2023-24\.parquet cannot be read as parquet"):
        read(tmp_path)


def test_a_file_that_disappears_is_absent_although_its_reading_is_kept(tmp_path: Path) -> None:
    write(tmp_path)
    read(tmp_path)
    (tmp_path / FILE).unlink()
    found = read(tmp_path)
    assert (len(found.frame), found.files) == (0, {})


@pytest.mark.parametrize("part", ["rows", "records"])
@pytest.mark.parametrize("damage", ["missing", "truncated", "empty"])
def test_a_damaged_reading_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, damage: str
) -> None:
    write(tmp_path)
    expected = read(tmp_path)
    (path,) = (path for path in kept(tmp_path) if ("records" in path.name) == (part == "records"))
    whole = path.read_bytes()
    match damage:
        case "missing":
            path.unlink()
        case "truncated":
            path.write_bytes(whole[:-30])
        case _:
            path.write_bytes(b"")
    assert_same(read(tmp_path), expected)
    refuse_to_read_files(monkeypatch)
    assert_same(read(tmp_path), expected)


def test_a_changed_byte_is_no_other_value(tmp_path: Path) -> None:
    write(tmp_path)
    rows = Archive(str(tmp_path)).read(BOX, [SEASON]).frame
    folder = KeptReadings(tmp_path / "readings")
    folder.save(b"content", FILE, BOX, (rows, []), None)
    (path,) = kept(tmp_path)
    whole = path.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    for place in range(4, footer, 5):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        found = folder.load(b"content", FILE, BOX, rows.dtypes.to_dict())
        if found is not None:  # the byte has no meaning
            pd.testing.assert_frame_equal(found[0], rows)


def test_another_declaration_or_other_code_does_not_use_a_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    read(tmp_path)
    assert read(tmp_path, replace(BOX, minor=())).frame["_row"].tolist() == [0, 1, 4, 5]
    monkeypatch.setattr(readings, "_code", lambda: "other code")
    refuse_to_read_files(monkeypatch)
    with pytest.raises(AssertionError, match="the file is read"):
        read(tmp_path)


def test_a_file_that_changes_while_it_is_read_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    whole = Archive._read_file

    def replaced(self: Archive, family: Family, name: str, season: Season | None) -> readings.Reading:
        write(tmp_path, player=["70", "80", "80", "70", "70", "90", "80"])
        return whole(self, family, name, season)

    monkeypatch.setattr(Archive, "_read_file", replaced)
    assert read(tmp_path).frame["player"].tolist() == [70, 80, 70, 70, 90]
    assert not (tmp_path / "readings").exists()


def test_a_span_leaves_out_rows_of_other_days_but_none_without_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "_GROUP", 2)
    family = replace(BOX, minor=("points", "day", "game"))
    write(tmp_path, day=["2024-01-17", "2024-01-14", "2024-01-14", "2024-01-15", "never", "2024-01-13", "2024-01-14"])
    span = (date(2024, 1, 15), date(2024, 1, 15))
    whole = read(tmp_path, family, span)
    assert whole.frame["_row"].tolist() == [0, 1, 3, 4, 5, 6]  # nothing was kept, so all rows are there
    part = read(tmp_path, family, span)
    assert part.frame["_row"].tolist() == [0, 3, 4, 6]  # two groups of two rows: the one of the day, that without a day
    pd.testing.assert_frame_equal(part.records, whole.records)
    assert_same(read(tmp_path, family), whole)


def test_a_part_of_a_file_is_not_taken_for_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "_GROUP", 1)
    write(tmp_path)
    span = (date(2024, 1, 14), date(2024, 1, 14))
    whole = read(tmp_path, span=span)
    reader._read_before.clear()
    archive = Archive(str(tmp_path), KeptReadings(tmp_path / "readings"))
    assert len(archive.read(BOX, [SEASON], span).frame) < len(whole.frame)
    assert_same(archive.read(BOX, [SEASON]), whole)


def test_readings_that_were_not_used_for_longest_are_deleted(tmp_path: Path) -> None:
    def save(content: bytes, most_bytes: int) -> KeptReadings:
        write(tmp_path)
        found = Archive(str(tmp_path)).read(BOX, [SEASON])
        folder = KeptReadings(tmp_path / "readings", most_bytes)
        folder.save(content, FILE, BOX, (found.frame, []), None)
        return folder

    def is_kept(content: bytes) -> bool:
        return KeptReadings(tmp_path / "readings").load(content, FILE, BOX, dtypes) is not None

    dtypes = Archive(str(tmp_path)).read(BOX, []).frame.dtypes.to_dict()
    for content in (b"a", b"b", b"c"):
        save(content, 2**20)
    size = sum(path.stat().st_size for path in kept(tmp_path))
    assert is_kept(b"a")  # and is used last
    save(b"d", size)
    assert [is_kept(content) for content in (b"a", b"b", b"c", b"d")] == [True, False, True, True]


def test_of_a_set_each_distinct_row_is_read_once_and_no_repeat_is_recorded(tmp_path: Path) -> None:
    good = {"points": list("1112345"), "day": ["2024-01-14"] * 7, "in": [True] * 7, "share": [0.5] * 7}
    write(tmp_path, **good, game=list("1111234"), player=list("7777777"))
    found = read(tmp_path, replace(BOX, has_real_repeats=True, is_set=True))
    assert found.frame["_row"].tolist() == [0, 3, 4, 5, 6]
    assert found.records.empty


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path)
    (tmp_path / "readings").write_text("a file in the place of the folder")
    for _ in range(2):
        assert len(read(tmp_path).frame) > 0
    assert caplog.text.count("cannot be kept in") == 2 and FILE in caplog.text
