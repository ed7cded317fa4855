"""An archive built from the publishers' files equals the archive that those files were derived from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.fetch import build, listing, pieces
from nba_assets.sources.fetch.build import Fetched, fetch
from nba_assets.sources.fetch.columns import ARROW, family_columns
from nba_assets.sources.fetch.download import Limits
from nba_assets.sources.fetch.source import SEASONS, Source
from nba_assets.sources.fetch.sources import SOURCES
from nba_assets_tests.conftest import ARCHIVE
from nba_assets_tests.mini_archive import write_mini_archive
from nba_assets_tests.sources.fetch.http_publisher import Publisher, publisher
from nba_assets_tests.sources.fetch.inverted import publish

LIMITS = Limits(interval=0.0, attempts=2, read=5.0, first_wait=0.001)
HAND_MADE = {
    "props_dk_fd_mgm": "props/dk_fd_mgm_snapshots_2024-01_2024-06.parquet",
    "props_prizepicks": "props/prizepicks_snapshots_2024-01_2024-05.parquet",
    "props_oddsapi_daily": "props/oddsapi_daily_2024-03_2024-05.parquet",
    "props_2023": "props/props_2023-02_2023-03.parquet",
    "oddsapi_event_game_map": "props/oddsapi_event_game_map.parquet",
    "oddsapi_historical_pra": "props/oddsapi_historical_pra/2023-24.parquet",
    "player_game_advanced": "player_game_advanced/2022-23.parquet",
    "shot_zones_season": "shot_zones_season/2022-23.parquet",
}
"""Families that the mini archive does not have."""


@pytest.fixture
def server() -> Iterator[Publisher]:
    with publisher() as found:
        yield found


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small archive with every family."""
    folder = tmp_path / "small"
    write_mini_archive(folder)
    historical = folder / "props" / "oddsapi_historical_player_points"
    (historical / "2022-23.parquet").rename(historical / "2023-24.parquet")
    for path in folder.glob("player_game_*/*.parquet"):
        rows = pd.read_parquet(path)
        if "_source_file" in rows:
            rows.assign(_source_file=f"teams/ATL/{path.parent.name}.csv").to_parquet(path, index=False)
    index = folder / "players" / "players_index.parquet"
    pd.read_parquet(index).head(30).to_parquet(index, index=False)  # R files are slow to write
    for family, file in HAND_MADE.items():
        write_rows(folder / file, family)
    return folder


def write_rows(path: Path, family: str) -> None:
    """Writes three rows with a value in every column, in two pieces; the second has no optional columns."""
    values = {"text": ["0012", 'b, "c"', "ü"], "integer": [1, 2, -3], "number": [1.5, 1.933333333333333, -0.1]}
    values["boolean"] = [True, False, True]
    rows = pd.DataFrame({column.name: values[column.kind] for column in family_columns()[family]})
    if "_source_file" in rows:
        rows["_source_file"] = ["2023_02_16.csv", "2023_02_16.csv", "2023_02_20.csv"]
    for moment in {"commence_time", "bookmakers.markets.last_update"} & set(rows):
        rows[moment] = "2024-03-02T20:10:00Z"
    if "_commit_time" in rows:
        rows["_commit_time"] = ["2024-01-24T23:39:24-05:00", "2024-01-24T23:39:24-05:00", "2024-01-25T04:41:39+00:00"]
    if family in FAMILIES and (where := FAMILIES[family].where) is not None:
        rows[where[0]] = where[1][0]
    if family == "props_dk_fd_mgm":
        rows.loc[2, ["pointsbet", "<<<<<<< HEAD"]] = None
    if family == "props_2023":
        rows.loc[2, ["matchup_home_team", "matchup_away_team"]] = None
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(path, index=False)


def use(monkeypatch: pytest.MonkeyPatch, server: Publisher, archive: Path) -> None:
    """Serves the publishers' files of the archive, with their own checksums."""
    found = publish(archive, SOURCES, server.files)
    rows = {
        str(path.relative_to(archive)): pq.ParquetFile(path).metadata.num_rows for path in archive.rglob("*.parquet")
    }
    monkeypatch.setattr(pieces, "listing", lambda: found)
    monkeypatch.setattr(build, "expected_rows", lambda: rows)
    held = [replace(source, seasons=_held(source, archive)) for source in SOURCES]
    monkeypatch.setattr(listing, "SOURCES", [source for source in held if source.seasons])


def _held(source: Source, archive: Path) -> tuple[str, ...]:
    """Seasons for which the archive has the source's file."""
    return tuple(season for season in source.seasons if (archive / source.files([season])[0][0]).exists())


def run(server: Publisher, folder: Path, seasons: Sequence[str] = SEASONS) -> Fetched:
    return fetch(folder, seasons, server.address, LIMITS)


def assert_same_families(one: Path, other: Path) -> int:
    """Asserts that frames and records of every family are equal, including order; returns the number of rows."""
    seasons = [Season.of_label(label) for label in SEASONS]
    total = 0
    for family in FAMILIES.values():
        every = replace(family, is_set=False)  # equal rows, too
        ours, theirs = (Archive(str(folder)).read(every, seasons) for folder in (one, other))
        assert ours.files == theirs.files, family.name
        pd.testing.assert_frame_equal(ours.frame, theirs.frame, check_exact=True, obj=family.name)
        pd.testing.assert_frame_equal(ours.records, theirs.records, check_exact=True, obj=family.name)
        total += len(ours.frame)
    return total


def assert_same_values(one: Path, other: Path) -> None:
    """Asserts that every column of every file has the same values, including columns that no family reads."""
    files = sorted(str(path.relative_to(one)) for path in one.rglob("*.parquet"))
    for file in files:
        ours, theirs = (pq.read_table(folder / file) for folder in (one, other))
        assert set(ours.column_names) <= set(theirs.column_names), file
        for column in theirs.column_names:
            kind = theirs.schema.field(column).type
            if column in ours.column_names:
                assert ours[column].cast(kind).to_pylist() == theirs[column].to_pylist(), f"{file} {column}"
            else:
                assert theirs[column].null_count == theirs.num_rows, f"{file} {column}"


def test_a_small_league_is_reconstructed_from_its_publishers(
    monkeypatch: pytest.MonkeyPatch, server: Publisher, small: Path, tmp_path: Path
) -> None:
    use(monkeypatch, server, small)
    done = run(server, tmp_path / "made")
    assert [outcome.reason for outcome in done.with_state("broken")] == []
    assert {outcome.file for outcome in done.with_state("made")} == {
        str(path.relative_to(small)) for path in small.rglob("*.parquet")
    }
    assert assert_same_families(small, tmp_path / "made") > 1000
    assert_same_values(small, tmp_path / "made")
    assert Archive(str(tmp_path / "made")).kind == "fetched"


@pytest.mark.archive
@pytest.mark.long
def test_four_seasons_are_reconstructed_from_their_publishers(
    monkeypatch: pytest.MonkeyPatch, server: Publisher, archive: Archive, tmp_path: Path
) -> None:
    use(monkeypatch, server, ARCHIVE)
    done = run(server, tmp_path / "made")
    assert [outcome.reason for outcome in done.with_state("broken")] == []
    assert len(done.with_state("made")) == len(list(ARCHIVE.rglob("*.parquet")))
    assert assert_same_families(ARCHIVE, tmp_path / "made") > 3_000_000
    assert_same_values(ARCHIVE, tmp_path / "made")


def test_content_of_archive_json_and_the_list_of_sources(
    monkeypatch: pytest.MonkeyPatch, server: Publisher, small: Path, tmp_path: Path
) -> None:
    use(monkeypatch, server, small)
    made = tmp_path / "made"
    run(server, made)
    told = orjson.loads((made / "archive.json").read_bytes())
    assert told["kind"] == "fetched"
    assert told["seasons"] == list(SEASONS)
    assert told["files"]["shots/2022-23.parquet"]["licence"] == "none stated"
    assert told["absent"]["schedule_tipoff_utc/2021-22.parquet"] == "no public file of this season is known"
    assert told["absent"]["player_box_v3/2024-25.parquet"].startswith(f"{server.address}/github.com/sportsdataverse/")
    assert "404" in told["absent"]["player_box_v3/2021-22.parquet"]
    assert "shots_nba_api_capped/2022-23.parquet" not in told["absent"]
    listed = (made / "SOURCES.md").read_text()
    for source in SOURCES:
        assert f"{source.repository}/tree/{source.commit}" in listed
    lock = orjson.loads((made / "fetch.lock.json").read_bytes())
    for address, piece in lock["pieces"].items():
        assert len(piece["sha256"]) == 64, address


def test_every_piece_of_the_list_has_a_source_and_columns() -> None:
    by_name = {source.name: source for source in SOURCES}
    for (name, season), found in pieces.listing().items():
        assert name in by_name
        assert not season or season in by_name[name].seasons
        assert all(len(piece.blob) == 40 and piece.size > 0 for piece in found)
    for source in SOURCES:
        assert {column.kind for column in family_columns()[source.family]} <= set(ARROW)
        assert len(source.commit) == 40
        for file, season in source.files(SEASONS):
            assert source.pieces(season), file
            assert file in listing.expected_rows(), file


def test_the_columns_match_those_that_the_families_read() -> None:
    for family in (family for family in FAMILIES.values() if not family.is_live):
        source = next(s for s in SOURCES if s.file == family.pattern or _matches(family.pattern, s.file))
        listed = {column.name for column in family_columns()[source.family]}
        assert set(family.columns) <= listed, family.name


def _matches(pattern: str, file: str) -> bool:
    from fnmatch import fnmatch

    return fnmatch(file, pattern.replace("{season}", "*"))
