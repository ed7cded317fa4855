"""The pictures of a table: in the metadata of the newest day with rows, and of no other."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import dagster as dg
import pytest

from nba_assets import registry
from nba_assets.dagster_ext.assets import asset_of
from nba_assets.daily_table import Plots, Reader
from nba_assets.partitions import day_range
from nba_assets_tests.mini_warehouse import Home

PICTURE = b"\x89PNG of the day"


def metadata_of_run(home: Home, days: Sequence[date], plots: Plots | None) -> dict[str, Mapping[str, object]]:
    """Metadata by day of a run of `schedule` with these plots, from the first to the last of the days."""
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
    """Days for which pictures were drawn, each with the rows of the day that could be read."""
    return []


@pytest.fixture
def plots(asked: list[tuple[date, int]]) -> Plots:
    def draw(read: Reader, day: date) -> Mapping[str, bytes]:
        asked.append((day, len(read("schedule", day, day, ["game_date", "game_id"]))))
        return {"a picture": PICTURE}

    return draw


def test_the_newest_day_with_rows_carries_the_pictures(
    empty_home: Home, plots: Plots, asked: list[tuple[date, int]]
) -> None:
    """The range ends with days without a game, after the last day of the league."""
    newest = empty_home.last_day
    found = metadata_of_run(empty_home, day_range(newest - timedelta(days=3), newest + timedelta(days=2)), plots)
    assert len(found) == 6
    assert [day for day, metadata in found.items() if "a picture" in metadata] == [f"{newest}"]
    metadata = found[f"{newest}"]
    assert metadata["a picture"] == dg.MarkdownMetadataValue(
        f"![a picture](data:image/png;base64,{base64.b64encode(PICTURE).decode()})"
    )
    assert {"content_hash", "status", "dagster/partition_row_count"} <= set(metadata)
    rows = empty_home.ledger("schedule").loc[("schedule", f"{newest}"), "rows"]
    assert rows > 0
    assert asked == [(newest, rows)]


def test_no_rows_and_no_plots_no_pictures(empty_home: Home, plots: Plots, asked: list[tuple[date, int]]) -> None:
    after = empty_home.last_day + timedelta(days=1)
    found = metadata_of_run(empty_home, [after, after], plots)
    assert list(found) == [f"{after}"]
    assert "a picture" not in found[f"{after}"]
    assert asked == []
    assert "content_hash" in metadata_of_run(empty_home, [empty_home.last_day] * 2, None)[f"{empty_home.last_day}"]
