"""Conformance suite of readers of raw rows. A new reader is added to READERS with a function that fills it.

A reader is filled with rows of one family, by season, and opened; it must then cover, read and fingerprint them as
specified by `nba_assets.sources.protocol.Source`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.cells import days
from nba_assets.sources.families import FAMILIES, READERS
from nba_assets.sources.live.extended import ExtendedSource, day_file
from nba_assets.sources.protocol import Family, Growing, Source, SourceError, all_of
from nba_assets.sources.quarantine import RECORD_COLUMNS, RECORD_TYPES

FAMILY = Family(
    "box",
    "box/{season}.parquet",
    all_of("text", "game day") | all_of("integer", "points") | all_of("number", "share"),
    "For these tests.",
    has_gaps=("points", "share"),
    dates={"day": days("%Y-%m-%d")},
    day="day",
)
EARLIER, LATER, NEITHER = Season(2022), Season(2023), Season(2021)
Rows = Mapping[str, list[object]]
Fill = Callable[[Path, Mapping[Season, Rows]], Source]
ROWS: Rows = {
    "game": ["1", "1", "2"],
    "day": ["2024-01-14", "2024-01-14", "2024-01-15"],
    "points": [10, None, 3],
    "share": [0.5, None, 1.0],
}
OTHER_ROWS: Rows = {"game": ["9"], "day": ["2023-01-02"], "points": [7], "share": [0.25]}


def archive_in_a_folder(folder: Path, rows: Mapping[Season, Rows]) -> Source:
    (folder / "box").mkdir(exist_ok=True)
    for season, columns in rows.items():
        pq.write_table(pa.table(columns), folder / "box" / f"{season.label}.parquet")
    return Archive(str(folder))


def archive_at_a_url(folder: Path, rows: Mapping[Season, Rows]) -> Source:
    archive_in_a_folder(folder, rows)
    return Archive(f"file://{folder}")


def archive_with_days(folder: Path, rows: Mapping[Season, Rows]) -> Source:
    """The later season is not in the archive but in an added daily file."""
    base = archive_in_a_folder(folder, {season: columns for season, columns in rows.items() if season != LATER})
    file = day_file(folder / "added", FAMILY, date(2024, 1, 14))
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(rows[LATER]), file)
    return ExtendedSource(base, folder / "added")


FILLS: Mapping[str, Fill] = {
    "archive in a folder": archive_in_a_folder,
    "archive at a URL": archive_at_a_url,
    "archive with days added": archive_with_days,
}


@pytest.fixture(params=list(FILLS))
def fill(request: pytest.FixtureRequest) -> Fill:
    return FILLS[request.param]


@pytest.fixture
def source(fill: Fill, tmp_path: Path) -> Source:
    return fill(tmp_path, {EARLIER: OTHER_ROWS, LATER: ROWS})


def test_every_reader_of_the_project_is_tested_here(tmp_path: Path) -> None:
    examined = set()
    for number, each in enumerate(FILLS.values()):
        (folder := tmp_path / str(number)).mkdir()
        examined.add(type(each(folder, {LATER: ROWS})))
    assert examined == set(READERS)


def test_rows_have_the_declared_types_and_their_position(source: Source) -> None:
    frame = source.read(FAMILY, [LATER]).frame
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "game": "string",
        "day": "string",
        "points": "Int64",
        "share": "float64",
        "_file": "string",
        "_row": "int64",
    }
    assert frame["game"].tolist() == ["1", "1", "2"]
    assert frame["points"].isna().tolist() == [False, True, False]
    assert frame["_row"].is_unique and frame["_file"].notna().all()


def test_each_file_that_rows_name_is_listed_with_its_season(source: Source) -> None:
    rows = source.read(FAMILY, [EARLIER, LATER])
    assert set(rows.frame["_file"]) == set(rows.files)
    assert set(rows.files.values()) == {EARLIER, LATER}
    assert len(rows.frame) == 4


def test_only_the_seasons_asked_for_are_read(source: Source) -> None:
    assert source.read(FAMILY, [EARLIER]).frame["game"].tolist() == ["9"]


def test_a_missing_season_is_not_covered_and_reads_as_no_rows_of_the_same_types(source: Source) -> None:
    assert source.covers(FAMILY, [LATER]) and source.covers(FAMILY, [NEITHER, LATER])
    assert not source.covers(FAMILY, [NEITHER])
    absent, present = source.read(FAMILY, [NEITHER]), source.read(FAMILY, [LATER])
    assert absent.frame.empty and absent.files == {} and absent.records.empty
    assert absent.frame.dtypes.to_dict() == present.frame.dtypes.to_dict()


def known_of(source: Source, season: Season) -> tuple[str, str]:
    """Fingerprint of a season's rows, and of its additions up to the last day."""
    added = source.additions(FAMILY, [season.last_day]) if isinstance(source, Growing) else {}
    return source.fingerprint(FAMILY, [season]), str(added)


def test_the_fingerprint_depends_on_the_rows_of_the_seasons(fill: Fill, source: Source, tmp_path: Path) -> None:
    before = {season: known_of(source, season) for season in (NEITHER, EARLIER, LATER)}
    assert len(set(before.values())) == 3
    assert before == {season: known_of(source, season) for season in before}, "reading the fingerprint changes nothing"
    corrected = fill(tmp_path, {EARLIER: OTHER_ROWS, LATER: {**ROWS, "points": [11, None, 3]}})
    after = {season: known_of(corrected, season) for season in before}
    assert {season for season in before if before[season] != after[season]} == {LATER}


def test_rows_that_were_read_may_be_modified(source: Source) -> None:
    first = source.read(FAMILY, [LATER])
    kept = first.frame.copy()
    first.frame["points"] = 0
    first.frame.drop(index=first.frame.index, inplace=True)
    pd.testing.assert_frame_equal(source.read(FAMILY, [LATER]).frame, kept)


def test_a_value_of_another_type_becomes_a_record_with_file_row_and_day(fill: Fill, tmp_path: Path) -> None:
    source = fill(tmp_path, {LATER: {**ROWS, "points": ["10", "", "three"]}})
    rows = source.read(FAMILY, [LATER])
    assert rows.frame["_row"].tolist() == [0, 1]
    assert tuple(rows.records.columns) == RECORD_COLUMNS
    assert {name: str(dtype) for name, dtype in rows.records.dtypes.items()} == {
        name: str(pd.Series(dtype=kind).dtype) for name, kind in RECORD_TYPES.items()
    }
    (record,) = rows.records.to_dict("records")
    assert record["source_file"] in rows.files
    assert (record["source_row"], record["column_name"], record["value"]) == (2, "points", "three")
    assert (record["action"], record["game_date"]) == ("set_aside", pd.Timestamp("2024-01-15"))


def test_a_missing_column_is_rejected_and_named(fill: Fill, tmp_path: Path) -> None:
    source = fill(tmp_path, {LATER: {name: values for name, values in ROWS.items() if name != "share"}})
    with pytest.raises(SourceError, match="share"):
        source.read(FAMILY, [LATER])


def test_it_has_its_address_and_the_kind_of_its_rows(source: Source, tmp_path: Path) -> None:
    assert str(tmp_path) in source.root
    assert source.source == "archive"


def test_every_family_is_declared_under_its_own_name() -> None:
    assert {name: family.name for name, family in FAMILIES.items()} == {name: name for name in FAMILIES}
