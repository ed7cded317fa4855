"""system_daily_performance: accuracy of each system on a day."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, on_day
from nba_assets.tables.grading import plots
from nba_assets.tables.grading.performance import FIGURES, READ, RULES, counted, figures

KEY = ["game_date", "system_id"]

CONTRACT = TableContract(
    name="system_daily_performance",
    layer="grading",
    key=("system_id",),
    known="postgame",
    columns=columns(
        *("game_date", "system_id"), *(col(name).varying("season") if name == "mae" else name for name in FIGURES)
    ),
    rules=RULES,
    doc="One row per system that predicted a final game of the day, over all players who played; lined_* over those "
    "with a consensus line, with the errors of the line and of the naive prediction on the same rows.",
)


@daily_table(
    CONTRACT,
    inputs={"graded": on_day("prediction_accuracy", columns=READ)},
    expected=Expected(
        inputs={"graded": on_day("prediction_accuracy")}, rule=lambda graded, days: graded[KEY].drop_duplicates()
    ),
    plots=plots.daily_performance,
)
def system_daily_performance(graded: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The figures of each day and system."""
    sums = counted(graded).groupby([graded[name] for name in KEY]).sum().reset_index()
    return pd.concat([sums[KEY], figures(sums)], axis=1)[CONTRACT.column_names]
