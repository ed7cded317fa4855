"""scoring_tier_adjustments: each system's bias over the graded days before a day, by scoring tier."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.columns.predictions import SCORING_TIERS
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, history, on_day
from nba_assets.contracts.systems import BASE_SYSTEMS
from nba_assets.tables.grading.performance import SCALE
from nba_assets.windows.asof import History, Window

ADJUSTED = (*BASE_SYSTEMS, "ensemble")
WINDOW_DAYS = 30
SHRINK_ROWS = 200
"""Weight, in rows, of the prior that there is no bias; a star tier has about that many rows in 30 days."""
LEAST_ROWS = 100
"""Minimum of graded rows with an adjustment before an adjustment can be applied."""
LEAST_GAIN = 0.02
"""Points by which the adjustment must have reduced the error. In 2021-22, 2022-23 and 2023-24 smaller recent gains
were, over all systems, not followed by any gain."""
KEY = ["game_date", "system_id", "scoring_tier"]
GROUP = KEY[1:]

CONTRACT = TableContract(
    name="scoring_tier_adjustments",
    layer="grading",
    key=("system_id", "scoring_tier"),
    known="pregame",
    columns=columns(*KEY, "tier_rows", "tier_bias", "adjustment", "mae_without", "mae_with", "is_applied"),
    rules={
        "a bias where there are rows": lambda f: f["tier_bias"].notna() == (f["tier_rows"] > 0),
        "the adjustment turns the bias round": lambda f: (
            (f["adjustment"] * f["tier_bias"].fillna(0) <= 0)
            & (f["adjustment"].abs() <= f["tier_bias"].abs().fillna(0))
        ),
        "both errors are of the same rows": lambda f: f["mae_with"].notna() == f["mae_without"].notna(),
        "applied only where the error fell": lambda f: ~f["is_applied"] | (f["mae_with"] < f["mae_without"]),
    },
    doc="Rows for every day with a competitive game: base systems and ensemble by scoring tier. The bias is that of "
    "the graded days of the 30 days before; the adjustment is its negative, shrunk by n / (n + 200). mae_with "
    "applies to each of those days the adjustment computed for that day; is_applied: this would have reduced the "
    "error by at least .02 points.",
)


def _every_tier(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Each system and tier on each day with a competitive game."""
    games = schedule[schedule["season_type"].isin(COMPETITIVE)]
    return _tiers_on(games["game_date"].drop_duplicates())


def _tiers_on(days: pd.Series) -> pd.DataFrame:
    found = pd.DataFrame({"game_date": days.to_numpy()})
    for name, values in (("system_id", ADJUSTED), ("scoring_tier", SCORING_TIERS)):
        found = found.merge(pd.DataFrame({name: pd.Series(values, dtype="string[pyarrow]")}), how="cross")
    return found


@daily_table(
    CONTRACT,
    inputs={
        "schedule": on_day("schedule"),
        "graded": history(
            "prediction_accuracy",
            days=2 * WINDOW_DAYS,
            columns=(*KEY, "outcome", "predicted_points", "actual_points", "signed_error", "absolute_error"),
        ),
    },
    expected=Expected(inputs={"schedule": on_day("schedule")}, rule=_every_tier),
)
def scoring_tier_adjustments(schedule: pd.DataFrame, graded: History, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Bias, adjustment and its effect on past days, of each system and tier on each game day."""
    graded = graded.where(lambda f: (f["outcome"] == "graded") & f["system_id"].isin(ADJUSTED))
    graded = graded.assign(signed=lambda f: _millionths(f["signed_error"]))
    earlier = _adjustments(graded, _tiers_on(graded.distinct("game_date")["game_date"]))
    tried = graded.join(History(earlier[earlier["tier_rows"] > 0]), on=GROUP, columns=["adjustment"])
    tried = tried.where(lambda f: f["adjustment"].notna()).assign(
        without=lambda f: _millionths(f["absolute_error"]),
        adjusted=lambda f: _millionths((f["predicted_points"] + f["adjustment"] - f["actual_points"]).abs()),
    )
    rows = _adjustments(graded, _every_tier(schedule, days))
    window = tried.by(*GROUP).last_days(rows, WINDOW_DAYS)
    rows["mae_without"], rows["mae_with"] = _points(window, "without"), _points(window, "adjusted")
    rows["is_applied"] = (window.count >= LEAST_ROWS) & (rows["mae_without"] - rows["mae_with"] >= LEAST_GAIN)
    return rows[CONTRACT.column_names]


def _adjustments(graded: History, target: pd.DataFrame) -> pd.DataFrame:
    """The target with tier_rows, tier_bias and adjustment from the 30 days before each day."""
    window = graded.by(*GROUP).last_days(target, WINDOW_DAYS)
    rows, bias = window.count, _points(window, "signed")
    adjustment = -bias.fillna(0.0) * rows / (rows + SHRINK_ROWS)
    return target.assign(tier_rows=rows, tier_bias=bias, adjustment=adjustment)


def _points(window: Window, name: str) -> pd.Series:
    return window.mean(name) / SCALE


def _millionths(points: pd.Series) -> pd.Series:
    """Integers, so that window sums are exact."""
    return pd.Series(np.rint(points.to_numpy(dtype="float64") * SCALE).astype(np.int64), index=points.index)
