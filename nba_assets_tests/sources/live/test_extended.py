"""The archive extended by days of live feeds, as the engine reads it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.engine import registry
from nba_assets.engine.coverage import uncovered_games
from nba_assets.engine.fingerprints import inputs_state
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.choice import LIVE_DAYS, choose, opened
from nba_assets.sources.families import FAMILIES
from nba_assets.sources.live.extended import ExtendedSource, by_day, day_file
from nba_assets.sources.protocol import Growing, SourceError
from nba_assets_tests.mini_archive import write_mini_archive

SEASON = Season(2022)
SCHEDULE = FAMILIES["schedule"]


def added(root: Path, day: str, game: str) -> Path:
    """A game added on a day."""
    path = root / "schedule" / SEASON.label / f"{day}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {"gid": [game], "gcode": ["x"], "date": [day], "home": ["MIL"], "away": ["BKN"]}
    scores = {name: pa.array([None], pa.int64()) for name in ("home_score", "away_score")}
    pq.write_table(pa.table({**row, **scores}), path)
    return path


def settings(tmp_path: Path, **values: object) -> Settings:
    return Settings(home=tmp_path / "home", archive=str(tmp_path / "archive"), **values)  # type: ignore[arg-type]


def test_rows_of_the_base_come_first_and_every_row_names_its_file(tmp_path: Path) -> None:
    write_mini_archive(tmp_path / "base")
    added(tmp_path / "live", "2022-12-01", "0022200900")
    base = Archive(str(tmp_path / "base"))
    source = ExtendedSource(base, tmp_path / "live")
    rows, before = source.read(SCHEDULE, [SEASON]), base.read(SCHEDULE, [SEASON])
    assert len(rows.frame) == len(before.frame) + 1
    assert rows.frame.iloc[-1][["gid", "_file", "_row"]].tolist() == [
        "0022200900",
        "schedule/2022-23/2022-12-01.parquet",
        0,
    ]
    assert set(rows.files) == {"schedule/2022-23.parquet", "schedule/2022-23/2022-12-01.parquet"}
    assert source.fingerprint(SCHEDULE, [SEASON]) == base.fingerprint(SCHEDULE, [SEASON])


def test_a_season_from_live_feeds_only_is_covered(tmp_path: Path) -> None:
    source = ExtendedSource(Archive(str(tmp_path / "none")), tmp_path / "live")
    assert not source.covers(SCHEDULE, [SEASON])
    added(tmp_path / "live", "2022-12-01", "0022200900")
    assert source.covers(SCHEDULE, [SEASON])
    assert len(source.read(SCHEDULE, [SEASON]).frame) == 1


def test_a_family_without_season_files_is_not_extended(tmp_path: Path) -> None:
    players = FAMILIES["players_index"]
    assert by_day(players) is None
    with pytest.raises(ValueError, match="no season files"):
        day_file(tmp_path, players, SEASON.first_day)


def test_without_live_feeds_only_the_archive_is_read(tmp_path: Path) -> None:
    write_mini_archive(tmp_path / "archive")
    without = settings(tmp_path)
    assert not isinstance(opened(choose(without), without, print), Growing)
    with_feeds = settings(tmp_path, live=True)
    assert isinstance(opened(choose(with_feeds), with_feeds, print), Growing)


def test_added_days_remain_when_the_feeds_are_turned_off(tmp_path: Path) -> None:
    write_mini_archive(tmp_path / "archive")
    added(tmp_path / "home" / LIVE_DAYS, "2022-12-01", "0022200900")
    without = settings(tmp_path)
    rows = opened(choose(without), without, print).read(SCHEDULE, [SEASON]).frame
    assert "0022200900" in set(rows["gid"])


def test_an_added_day_makes_itself_and_later_days_stale(tmp_path: Path) -> None:
    write_mini_archive(tmp_path / "archive")
    days = [date(2022, 11, 30), date(2022, 12, 1), date(2022, 12, 2)]
    table = registry.tables()["schedule"]

    def fingerprints(is_live: bool) -> list[str]:
        platform = Platform(settings(tmp_path, live=is_live))
        with platform.warehouse.snapshot() as snapshot:
            return inputs_state(table, days, platform, snapshot).inputs_hash

    without = fingerprints(False)
    assert fingerprints(True) == without
    added(tmp_path / "home" / LIVE_DAYS, "2022-12-01", "0022200900")
    after = fingerprints(True)
    assert [one == other for one, other in zip(without, after, strict=True)] == [True, False, False]
    assert len(set(after)) == 2  # the same games were added up to both later days


def test_a_later_addition_does_not_cover_an_earlier_day(tmp_path: Path) -> None:
    """A day without a source remains so, whether it is built before or after the season's first addition."""
    write_mini_archive(tmp_path / "archive")
    days = [date(2022, 11, 30), date(2022, 12, 1), date(2022, 12, 2)]
    table, family = registry.tables()["injury_reports"], FAMILIES["injury_report"]
    games = pd.DataFrame({"game_date": pd.to_datetime(days), "game_id": ["1", "2", "3"], "season_type": "regular"})
    games["season"] = "2022-23"

    def absent() -> tuple[list[bool], list[str]]:
        platform = Platform(settings(tmp_path, live=True))
        with platform.warehouse.snapshot() as snapshot:
            state = inputs_state(table, days, platform, snapshot)
        uncovered = uncovered_games(table, games, platform.archive)["game_id"].tolist()
        return state.absent.notna().tolist(), uncovered

    assert absent() == ([True, True, True], ["1", "2", "3"])
    for day in days[1:]:
        path = day_file(tmp_path / "home" / LIVE_DAYS, family, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({name: pa.array([""]) for name in family.columns}), path)
        assert absent() == ([True, False, False], ["1"])


def test_real_days_are_not_added_to_simulated_games(tmp_path: Path) -> None:
    write_mini_archive(tmp_path / "archive")
    (tmp_path / "archive" / "archive.json").write_text('{"kind": "simulated"}')
    with_feeds = settings(tmp_path, live=True)
    with pytest.raises(SourceError, match="never mixed"):
        opened(choose(with_feeds), with_feeds, print)
