"""Reading season files: types, duplicates, cells of the wrong type, unreadable files."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.cells import Form, days
from nba_assets.sources.protocol import Family, SourceError, all_of

BOX = Family(
    "box",
    "box/{season}.parquet",
    all_of("text", "game day") | all_of("integer", "player points") | all_of("number", "share"),
    "For these tests.",
    has_gaps=("points", "share"),
    dates={"day": days("%Y-%m-%d")},
    day="day",
)
SEASON = Season(2023)


def write(root: Path, columns: dict[str, list[object]], season: str = "2023-24") -> Archive:
    (root / "box").mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), root / "box" / f"{season}.parquet")
    return Archive(str(root))


def box(**changes: list[object]) -> dict[str, list[object]]:
    base: dict[str, list[object]] = {
        "game": ["1", "1", "2"],
        "day": ["2024-01-14", "2024-01-14", "2024-01-15"],
        "player": [7, 8, 7],
        "points": [10, None, 3],
        "share": [0.5, None, 1.0],
    }
    return base | changes


def test_rows_have_the_declared_types_and_their_position(tmp_path: Path) -> None:
    read = write(tmp_path, box(player=["7", "8", "7"])).read(BOX, [SEASON])
    assert read.frame.dtypes.astype(str).to_dict() == {
        "_row": "int64",
        "game": "string",
        "day": "string",
        "player": "Int64",
        "points": "Int64",
        "share": "float64",
        "_file": "string",
    }
    assert read.frame["points"].isna().tolist() == [False, True, False]
    assert read.frame["_file"].unique().tolist() == ["box/2023-24.parquet"]
    assert read.frame["_row"].tolist() == [0, 1, 2]
    assert read.records.empty


def test_a_text_in_a_number_column_is_set_aside_with_file_row_and_column(tmp_path: Path) -> None:
    read = write(tmp_path, box(points=["10", "", "three"])).read(BOX, [SEASON])
    assert read.frame["_row"].tolist() == [0, 1]
    assert read.frame["points"].isna().tolist() == [False, True]
    (record,) = read.records.to_dict("records")
    assert (record["source_file"], record["source_row"]) == ("box/2023-24.parquet", 2)
    assert (record["column_name"], record["value"], record["action"]) == ("points", "three", "set_aside")
    assert record["game_date"] == pd.Timestamp("2024-01-15")


def test_a_fraction_in_an_integer_column_is_set_aside(tmp_path: Path) -> None:
    read = write(tmp_path, box(points=[10.0, None, 3.5])).read(BOX, [SEASON])
    assert read.frame["_row"].tolist() == [0, 1]
    assert read.records["value"].tolist() == ["3.5"]


def test_identical_rows_are_dropped_once_and_counted(tmp_path: Path) -> None:
    twice = {name: [*values, values[0], values[0]] for name, values in box().items()}
    read = write(tmp_path, twice).read(BOX, [SEASON])
    assert read.frame["_row"].tolist() == [0, 1, 2]
    (record,) = read.records.to_dict("records")
    assert (record["action"], record["rows"], record["game_date"]) == ("duplicate", 2, pd.Timestamp("2024-01-14"))


def test_a_bad_row_whose_day_cannot_be_read_has_a_record_without_a_day(tmp_path: Path) -> None:
    read = write(tmp_path, box(points=["10", "", "three"], day=["2024-01-14", "2024-01-14", "?"])).read(BOX, [SEASON])
    assert read.records["game_date"].isna().tolist() == [True, True]
    assert read.records["column_name"].tolist() == ["day", "points"]
    assert read.frame["_row"].tolist() == [0, 1]


def test_a_truncated_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    archive = write(tmp_path, box())
    path = tmp_path / "box" / "2023-24.parquet"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SourceError, match=r"box/2023-24.parquet cannot be read as parquet .* truncated"):
        archive.read(BOX, [SEASON])


def test_a_missing_column_is_an_error_that_names_it(tmp_path: Path) -> None:
    columns = box()
    del columns["points"]
    with pytest.raises(SourceError, match=r"box/2023-24.parquet: column points is missing"):
        write(tmp_path, columns).read(BOX, [SEASON])


def test_a_family_without_files_has_typed_columns_and_no_rows(tmp_path: Path) -> None:
    read = Archive(str(tmp_path)).read(BOX, [SEASON])
    assert read.files == {}
    assert set(read.frame.columns) == {*BOX.columns, "_file", "_row"}
    assert str(read.frame["points"].dtype) == "Int64"


def test_only_the_files_of_the_seasons_are_read_and_fingerprinted(tmp_path: Path) -> None:
    write(tmp_path, box())
    archive = write(tmp_path, box(points=[1, 2, 3]), "2022-23")
    assert archive.read(BOX, [Season(2022)]).frame["points"].tolist() == [1, 2, 3]
    assert len(archive.read(BOX, [Season(2022), SEASON]).frame) == 6
    before = archive.fingerprint(BOX, [SEASON])
    other = archive.fingerprint(BOX, [Season(2022)])
    write(tmp_path, box(points=[10, None, 4]))
    assert archive.fingerprint(BOX, [SEASON]) != before
    assert archive.fingerprint(BOX, [Season(2022)]) == other


def test_rows_of_other_markets_are_not_read_and_keep_their_numbers(tmp_path: Path) -> None:
    only = Family("box", BOX.pattern, BOX.columns, "x", where=("game", ("2",)), others="1")
    read = write(tmp_path, box(points=["x", "y", "3"])).read(only, [SEASON])
    assert read.frame["_row"].tolist() == [2]
    assert read.records.empty


def test_rows_of_no_known_market_are_recorded_by_day(tmp_path: Path) -> None:
    only = replace(BOX, where=("game", ("2",)), others="1")
    read = write(tmp_path, box(game=["1", "?", "2"], points=["x", "y", "3"])).read(only, [SEASON])
    assert read.frame["_row"].tolist() == [2]
    (record,) = read.records.to_dict("records")
    assert (record["action"], record["column_name"], record["value"]) == ("set_aside", "game", "?")
    assert (record["game_date"], record["source_row"], record["rows"]) == (pd.Timestamp("2024-01-14"), 1, 1)


def test_a_filtered_family_reads_text_views(tmp_path: Path) -> None:
    views = {"game": pa.array(["1", "1", "2"], pa.string_view()), "day": pa.array(box()["day"], pa.string_view())}
    read = write(tmp_path, box() | views).read(replace(BOX, where=("game", ("2",)), others="1"), [SEASON])  # type: ignore[arg-type]
    assert read.frame[["game", "day"]].to_numpy().tolist() == [["2", "2024-01-15"]]


def test_a_folder_without_any_family_is_not_an_archive(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"holds no file of any family \(box/\*.parquet"):
        Archive(str(tmp_path)).require([BOX])
    with pytest.raises(SourceError, match="holds no file"):
        Archive(str(tmp_path / "nowhere")).require([BOX])
    write(tmp_path, box()).require([BOX])


def test_a_day_column_saved_as_timestamps_is_read_as_its_text(tmp_path: Path) -> None:
    plain = write(tmp_path, box()).read(BOX, [SEASON]).frame
    saved = write(tmp_path, box(day=[pd.Timestamp(day) for day in box()["day"]])).read(BOX, [SEASON])
    pd.testing.assert_frame_equal(saved.frame, plain)
    assert saved.records.empty


def test_a_column_of_another_kind_is_an_error_with_file_column_row_and_first_value(tmp_path: Path) -> None:
    archive = write(tmp_path, box(day=["2024-01-14", "14.01.2024", "15.01.2024"]))
    with pytest.raises(SourceError, match=r"box/2023-24.parquet: column day .* 2 of its 3 .* '14.01.2024' in row 1"):
        archive.read(BOX, [SEASON])


def test_a_column_without_a_single_value_is_an_error_unless_it_may_be_empty(tmp_path: Path) -> None:
    archive = write(tmp_path, {name: values * 10 for name, values in box(points=[None, None, None]).items()})
    with pytest.raises(SourceError, match=r"box/2023-24.parquet: column points has no value in any of the 30 rows"):
        archive.read(BOX, [SEASON])
    sparse = Family("sparse", BOX.pattern, BOX.columns, "x", may_be_empty=("points",))
    assert archive.read(sparse, [SEASON]).frame["points"].isna().all()


def test_a_missing_value_of_a_column_without_gaps_is_recorded_by_day(tmp_path: Path) -> None:
    read = write(tmp_path, box(game=[None, "", "2"])).read(BOX, [SEASON])
    assert read.frame["_row"].tolist() == [0, 1, 2], "the rows stay"
    (record,) = read.records.to_dict("records")
    assert (record["action"], record["column_name"], record["source_row"], record["rows"]) == ("nulled", "game", 0, 2)
    assert record["game_date"] == pd.Timestamp("2024-01-14")


def test_a_text_of_another_form_is_set_aside(tmp_path: Path) -> None:
    family = replace(BOX, forms={"game": Form(r"\d", "a digit")})
    read = write(tmp_path, box(game=["1", " 3 ", "x"])).read(family, [SEASON])
    assert read.frame["_row"].tolist() == [0, 1]
    (record,) = read.records.to_dict("records")
    assert (record["action"], record["reason"], record["value"]) == ("set_aside", "not a digit", "x")
    with pytest.raises(SourceError, match=r"column game is to hold a digit, and 2 of its 3 values are none"):
        write(tmp_path, box(game=["1", "y", "x"])).read(family, [SEASON])


def test_an_unreadable_value_of_a_minor_column_is_set_to_null_and_its_row_is_used(tmp_path: Path) -> None:
    family = replace(BOX, minor=("share",))
    read = write(tmp_path, box(share=["0.5", "half", "1"], points=[1, 2, 3])).read(family, [SEASON])
    assert read.frame["share"].isna().tolist() == [False, True, False]
    assert read.frame["points"].tolist() == [1, 2, 3]
    (record,) = read.records.to_dict("records")
    assert (record["action"], record["column_name"], record["value"]) == ("nulled", "share", "half")
    assert (record["source_file"], record["source_row"]) == ("box/2023-24.parquet", 1)
    both = write(tmp_path, box(share=["0.5", "half", "1"], points=["1", "two", "3"])).read(family, [SEASON])
    assert both.frame["_row"].tolist() == [0, 2], "another column of the row sets it aside"
    with pytest.raises(SourceError, match="column share is to hold"):
        write(tmp_path, box(share=["none", "half", "1"])).read(family, [SEASON])


def test_in_a_short_file_a_column_without_a_value_is_recorded(tmp_path: Path) -> None:
    rows = write(tmp_path, box(points=[None, None, None])).read(BOX, [SEASON])
    assert len(rows.frame) == 3
    (record,) = rows.records.to_dict("records")
    assert (record["action"], record["column_name"], record["rows"]) == ("nulled", "points", 3)
    assert (record["source_file"], record["reason"]) == ("box/2023-24.parquet", "no row of the file has a value")


def test_a_file_without_rows_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"box/2023-24.parquet holds no row. Fetch the file again, or remove it"):
        write(tmp_path, {name: [] for name in box()}).read(BOX, [SEASON])


def test_a_file_in_which_no_row_is_of_the_wanted_market_is_an_error(tmp_path: Path) -> None:
    only = Family("box", BOX.pattern, BOX.columns, "x", where=("game", ("player_points",)))
    with pytest.raises(SourceError, match=r"no row has player_points in column game, found '1', '2'"):
        write(tmp_path, box()).read(only, [SEASON])


@pytest.mark.parametrize("folder", ["archive [v2]", "a*b", "what?", "[!x]"])
def test_a_path_with_glob_characters_is_an_archive_like_any_other(tmp_path: Path, folder: str) -> None:
    root = tmp_path / folder
    root.mkdir()
    archive = write(root, box())
    archive.require([BOX])
    assert archive.files(BOX, [SEASON]) == [("box/2023-24.parquet", SEASON)]
    assert len(archive.read(BOX, [SEASON]).frame) == 3
