"""The plots: their series for given rows; they are small PNGs, equal for equal rows."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nba_assets.tables.grading import plots

TableRows = Callable[..., pd.DataFrame]
DAYS = pd.date_range("2024-01-01", periods=60)


def series(axes: Any) -> dict[str, tuple[list[Any], list[float]]]:
    """x and y of each curve, by its name in the legend."""
    found = {}
    for line in axes.get_lines():
        found[line.get_label()] = (list(line.get_xdata()), [round(float(y), 6) for y in line.get_ydata()])
    return found


@pytest.fixture
def over_time() -> pd.DataFrame:
    """Two systems on all rows, one on lined rows only; the first day has too few rows."""
    rows = []
    for place, day in enumerate(DAYS[:4]):
        for system, mae in (("moving_average", 5.0), ("ensemble", 4.5), ("market_informed", 5.2)):
            rows.append((day, system, 100 if place == 0 else 400, mae + place / 100, 4.7 + place / 100))
    frame = pd.DataFrame(rows, columns=["game_date", "system_id", "graded", "mae", "naive_mae"])
    return frame.assign(lined=frame["graded"], lined_mae=frame["mae"] + 1, line_mae=5.25)


def test_errors_over_time_are_compared_with_naive_and_market(over_time: pd.DataFrame) -> None:
    everyone, lined = plots.errors_over_time(over_time, "MAE").get_axes()
    left, right = series(everyone), series(lined)
    assert set(left) == {"moving_average", "ensemble", "naive last 10"}
    assert set(right) == {"moving_average", "ensemble", "market_informed", "market line"}
    days, errors = left["ensemble"]
    assert [pd.Timestamp(day) for day in days] == list(DAYS[1:4])
    assert errors == [4.51, 4.52, 4.53]
    assert left["naive last 10"][1] == [4.71, 4.72, 4.73]
    assert right["ensemble"][1] == [5.51, 5.52, 5.53]
    assert right["market line"][1] == [5.25] * 3


def test_errors_of_a_day_are_pooled_with_those_of_the_days_before() -> None:
    frame = pd.DataFrame({"game_date": DAYS[:30], "system_id": "ensemble", "graded": [100] + [300] * 29})
    frame["mae"], frame["naive_mae"] = np.where(frame.index == 0, 8.0, 4.0), 5.0
    frame["lined"], frame["lined_mae"], frame["line_mae"] = 0, np.nan, np.nan
    found = plots.pooled(frame)
    assert found["mae"].iloc[0] == 8.0
    assert found["mae"].iloc[1] == pytest.approx((100 * 8 + 300 * 4) / 400)
    assert found["mae"].iloc[plots.POOLED_DAYS - 1] > 4.0
    assert found["mae"].iloc[plots.POOLED_DAYS] == 4.0
    assert found["graded"].iloc[-1] == 300 * plots.POOLED_DAYS
    assert found["lined_mae"].isna().all()


def test_calibration_shows_predicted_and_observed_shares() -> None:
    tenths = pd.DataFrame(
        [
            ("ensemble", 0.55, 0.52, 200),
            ("ensemble", 0.35, 0.40, 100),
            ("ensemble", 0.95, 0.10, 19),
            ("similarity", 0.5, 0.5, 90),
        ],
        columns=["system_id", "mean_prob_over", "observed_over", "lined"],
    )
    (axes,) = plots.calibration(tenths).get_axes()
    assert series(axes) == {"as said": ([0, 1], [0, 1]), "ensemble": ([0.35, 0.55], [0.4, 0.52])}
    sizes = axes.collections[0].get_sizes()
    assert sizes[0] < sizes[1]


def test_errors_by_tier() -> None:
    tiers = pd.DataFrame(
        [
            ("ensemble", "star", 6.7, 6.8, 6.6, 6.5),
            ("ensemble", "bench", 3.7, 3.8, 4.2, 4.1),
            ("similarity", "bench", 9, 9, 9, 9),
        ],
        columns=["system_id", "value", "mae", "naive_mae", "lined_mae", "line_mae"],
    )
    for axes, expected in zip(
        plots.errors_by_tier(tiers).get_axes(),
        (
            {"ensemble": [3.7, 0, 0, 6.7], "naive last 10": [3.8, 0, 0, 6.8]},
            {"ensemble": [4.2, 0, 0, 6.6], "market line": [4.1, 0, 0, 6.5]},
        ),
        strict=True,
    ):
        assert {bars.get_label(): [bar.get_height() for bar in bars] for bars in axes.containers} == expected
        assert [text.get_text() for text in axes.get_xticklabels()] == ["bench", "rotation", "starter", "star"]


def size(picture: bytes) -> tuple[int, int]:
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_plots_are_small_and_equal_for_equal_rows(over_time: pd.DataFrame) -> None:
    first, again = (plots.png(plots.errors_over_time(over_time, "MAE")) for _ in range(2))
    assert first == again
    assert size(first) == (600, 272)
    assert len(first) < 45_000
    assert plots.png(plots.errors_over_time(over_time.assign(mae=4.0), "MAE")) != first


@pytest.mark.parametrize(
    ("make", "titles"),
    [
        (plots.daily_performance, ["MAE over 14 days"]),
        (
            plots.performance_summary,
            ["MAE over 30 days", "Calibration of prob_over, season", "MAE by scoring tier, season"],
        ),
    ],
)
@pytest.mark.parametrize("has_rows", [True, False])
def test_what_a_page_shows(table_rows: TableRows, make: Any, titles: list[str], has_rows: bool) -> None:
    """Reads the season up to the day and no later day; without rows the plots say so."""
    asked = []

    def read(table: str, first: date, last: date, columns: Sequence[str]) -> pd.DataFrame:
        asked.append((first, last))
        rows = [
            {"game_date": day, "system_id": "ensemble", "graded": 400, "mae": 4.5, "naive_mae": 4.7, "lined": 0}
            for day in DAYS
        ]
        if table == "prediction_performance_summary":
            rows = [{**row, "time_window": "30_days", "dimension": "overall", "value": "all"} for row in rows]
        return table_rows(table, *(rows if has_rows else []))[list(columns)]

    pictures = make(read, date(2024, 2, 29))
    assert list(pictures) == titles
    assert all(size(picture) == (600, 272) for picture in pictures.values())
    assert asked == [(date(2023, 7, 1), date(2024, 2, 29))]
