"""Inputs with a margin: rows of other days than those near the days built change nothing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.inputs import Rows
from nba_assets.engine import registry
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.archive.readings import KeptReadings
from nba_assets.sources.families import FAMILIES
from nba_assets_tests.mini_archive import Truth

LIMITED = [
    (name, argument)
    for name, table in registry.tables().items()
    for argument, item in table.inputs.items()
    if item.margin is not None
]


def test_there_are_inputs_with_a_margin() -> None:
    assert ("prop_lines", "props_oddsapi_historical") in LIMITED


@pytest.mark.parametrize("name", sorted({name for name, _ in LIMITED}))
def test_a_day_is_the_same_without_the_rows_of_days_beyond_the_margin(
    mini: tuple[Path, Truth], tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, truth = mini
    monkeypatch.setattr("nba_assets.sources.archive.readings._GROUP", 1)
    monkeypatch.setattr("nba_assets.sources.archive.reader._read_before", {})
    monkeypatch.setattr("nba_assets.sources.archive.reader._KEPT_ROWS", 0)
    table = registry.tables()[name]
    whole, limited = Archive(str(folder)), Archive(str(folder), KeptReadings(tmp_path))
    days = truth.game_days[:: max(1, len(truth.game_days) // 8)]
    left_out = 0
    for day in days:
        results = []
        for archive in (whole, limited, limited):  # the second reads files and keeps them, the third reads spans
            frames = {}
            for argument, item in table.inputs.items():
                span = None if item.margin is None else _around(day, item.margin)
                frames[argument] = archive.read(FAMILIES[item.name], [Season.of_day(day)], span).frame
            results.append(table.function(**frames, days=pd.DatetimeIndex([day])))
            sizes = sum(len(frame) for frame in frames.values())
            left_out += sizes if archive is whole else 0
        left_out -= sizes
        for other in results[1:]:
            assert_same(other, results[0])
    assert left_out > 0


def _around(day: date, margin: int) -> tuple[date, date]:
    return day - timedelta(days=margin), day + timedelta(days=margin)


def assert_same(found: Rows, expected: Rows) -> None:
    pd.testing.assert_frame_equal(found.frame.reset_index(drop=True), expected.frame.reset_index(drop=True))
    assert found.absent == expected.absent
    if found.records is None or expected.records is None:
        assert found.records is expected.records
        return
    pd.testing.assert_frame_equal(found.records.reset_index(drop=True), expected.records.reset_index(drop=True))
