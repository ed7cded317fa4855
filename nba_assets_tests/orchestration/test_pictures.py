"""The plots of a table: in the metadata of the newest day with rows only."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import dagster as dg
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nba_assets.basketball.calendar import day_range
from nba_assets.contracts.daily_table import Plots, Reader
from nba_assets.engine import registry
from nba_assets.orchestration.assets import asset_of
from nba_assets.orchestration.pictures import (
    FAILED,
    NO_DAY,
    NOT_CHECKED,
    PASSED,
    TITLE,
    WARNING,
    codes,
    seasons_picture,
)
from nba_assets_tests.mini_warehouse import Home

PICTURE = b"\x89PNG of the day"


def metadata_of_run(home: Home, days: Sequence[date], plots: Plots | None) -> dict[str, Mapping[str, object]]:
    """Metadata by day of a run of `schedule` with these plots, over the range of the days."""
    table = replace(registry.tables()["schedule"], plots=plots)
    ends = zip(("start", "end"), (days[0], days[-1]), strict=True)
    tags = {f"dagster/asset_partition_range_{end}": f"{day}" for end, day in ends}
    with dg.DagsterInstance.get() as instance, warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        asset = asset_of(table)
        result = dg.materialize([asset], instance=instance, tags=tags, resources={"platform": home.platform})
    events = result.asset_materializations_for_node("schedule")
    return {str(event.partition): event.metadata for event in events}


@pytest.fixture
def asked() -> list[tuple[date, int]]:
    """Days for which plots were drawn, with the number of rows that could be read."""
    return []


@pytest.fixture
def plots(asked: list[tuple[date, int]]) -> Plots:
    def draw(read: Reader, day: date) -> Mapping[str, bytes]:
        asked.append((day, len(read("schedule", day, day, ["game_date", "game_id"]))))
        return {"a picture": PICTURE}

    return draw


def test_the_newest_day_with_rows_has_the_plots(empty_home: Home, plots: Plots, asked: list[tuple[date, int]]) -> None:
    """The range ends with days without games, after the last day of the league."""
    newest = empty_home.last_day
    found = metadata_of_run(empty_home, day_range(newest - timedelta(days=3), newest + timedelta(days=2)), plots)
    assert len(found) == 6
    assert [day for day, metadata in found.items() if "a picture" in metadata] == [f"{newest}"]
    last = f"{newest + timedelta(days=2)}"
    assert [day for day, metadata in found.items() if TITLE in metadata] == [last]
    total = sum(int(metadata["dagster/partition_row_count"].value) for metadata in found.values())  # type: ignore[attr-defined]
    assert found[last]["dagster/row_count"] == dg.IntMetadataValue(total)
    metadata = found[f"{newest}"]
    assert metadata["a picture"] == dg.MarkdownMetadataValue(
        f"![a picture](data:image/png;base64,{base64.b64encode(PICTURE).decode()})"
    )
    assert {"content_hash", "status", "dagster/partition_row_count"} <= set(metadata)
    rows = empty_home.ledger("schedule").loc[("schedule", f"{newest}"), "rows"]
    assert rows > 0
    assert asked == [(newest, rows)]


def test_without_rows_there_are_no_plots(empty_home: Home, plots: Plots, asked: list[tuple[date, int]]) -> None:
    after = empty_home.last_day + timedelta(days=1)
    found = metadata_of_run(empty_home, [after, after], plots)
    assert list(found) == [f"{after}"]
    assert "a picture" not in found[f"{after}"]
    assert asked == []
    assert "content_hash" in metadata_of_run(empty_home, [empty_home.last_day] * 2, None)[f"{empty_home.last_day}"]


def test_codes_of_checks_by_day() -> None:
    days = pd.DatetimeIndex(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"])
    failed = pd.DataFrame(
        {
            "check_name": ["a", "b", "b", "b", "gone"],
            "game_date": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-04", "2024-01-01"]),
            "severity": ["ERROR", "WARN", "ERROR", "ERROR", "ERROR"],
        }
    )
    found = codes(days, failed, ["a", "b"], not_checked=[days[3]])
    assert found.tolist() == [[FAILED, PASSED, PASSED, NOT_CHECKED], [WARNING, FAILED, PASSED, NOT_CHECKED]]


def test_picture_of_rows_and_checks_over_the_seasons() -> None:
    """One line per season, two pixels per day from 1 July on; the file is small, because every run stores one."""
    days = pd.to_datetime(["2021-10-19", "2022-10-18"])
    ledger = pd.DataFrame({"game_date": days, "rows": [10, 5]})
    failed = pd.DataFrame({"check_name": ["a"], "game_date": days[1:], "severity": ["ERROR"]})
    text = seasons_picture(ledger, failed, ["a"]).md_str
    assert len(text) < 8_000
    png = base64.b64decode(text.split("base64,")[1].split(")")[0])
    image = Image.open(io.BytesIO(png))
    pixels = np.asarray(image)
    width, height = image.size
    assert (width, height) == (52 + 2 * 366 + 4, 14 + 2 * 22 + 14 + 2 * 6 + 4)
    of_check = pixels[14 + 2 * 22 + 14 : height - 4 : 6, 52 : width - 4 : 2]
    column = [(day - pd.Timestamp(day.year, 7, 1)).days for day in days]
    assert of_check.shape == (2, 366)
    assert of_check[0, column[0]] == PASSED and of_check[1, column[1]] == FAILED
    assert sorted(set(of_check.ravel().tolist())) == [PASSED, FAILED, NO_DAY]
    bars = pixels[14 : 14 + 2 * 22, 52 : width - 4 : 2].reshape(2, 22, 366) == 5
    assert bars[0, :, column[0]].sum() == 20 and bars[1, :, column[1]].sum() == 10
    assert bars.sum() == 30


def test_a_table_without_rows_has_a_picture() -> None:
    ledger = pd.DataFrame({"game_date": pd.to_datetime(["2021-10-19"]), "rows": [0]})
    failed = pd.DataFrame({"check_name": [], "game_date": pd.to_datetime([]), "severity": []})
    assert "data:image/png" in seasons_picture(ledger, failed, ["a"]).md_str
