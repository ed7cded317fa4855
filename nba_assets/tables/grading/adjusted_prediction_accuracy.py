"""adjusted_prediction_accuracy: errors of the adjusted and unadjusted predictions."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, on_day

KEY = ["game_date", "game_id", "player_id", "system_id"]
GRADED = (*KEY, "season", "outcome", "actual_points", "absolute_error", "signed_error")

CONTRACT = TableContract(
    name="adjusted_prediction_accuracy",
    layer="grading",
    key=("game_id", "player_id", "system_id"),
    known="postgame",
    columns=columns(
        *(*KEY, "season", "scoring_tier", "adjustment", "is_applied", "outcome", "actual_points"),
        *("absolute_error", "signed_error", "in_p10_p90"),
        *("unadjusted_absolute_error", "unadjusted_signed_error"),
    ),
    rules={
        "both errors where it is graded": lambda f: (
            (f["absolute_error"].notna() == (f["outcome"] == "graded"))
            & (f["unadjusted_absolute_error"].notna() == (f["outcome"] == "graded"))
        ),
        "the same error where nothing is applied": lambda f: (
            f["is_applied"] | (f["outcome"] != "graded") | (f["absolute_error"] == f["unadjusted_absolute_error"])
        ),
    },
    doc="One row per row of adjusted_predictions on a final game, with the errors of the adjusted and of the "
    "unadjusted prediction on the same row.",
)


@daily_table(
    CONTRACT,
    inputs={
        "adjusted": on_day("adjusted_predictions"),
        "graded": on_day("prediction_accuracy", columns=GRADED),
    },
    expected=Expected(
        inputs={"adjusted": on_day("adjusted_predictions"), "graded": on_day("prediction_accuracy")},
        rule=lambda adjusted, graded, days: adjusted[KEY].merge(graded[KEY], on=KEY),
    ),
)
def adjusted_prediction_accuracy(adjusted: pd.DataFrame, graded: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Errors of each adjusted prediction on a final game, and of the unadjusted one."""
    before = graded[list(GRADED)].rename(
        columns={name: f"unadjusted_{name}" for name in ("absolute_error", "signed_error")}
    )
    rows = adjusted.merge(before, on=KEY, validate="one_to_one")
    points = rows["actual_points"].astype("float64")
    is_inside = (points >= rows["p10"]) & (points <= rows["p90"])
    rows = rows.assign(
        absolute_error=(rows["predicted_points"] - points).abs(),
        signed_error=rows["expected_points"] - points,
        in_p10_p90=is_inside.astype("boolean").where(points.notna() & rows["p10"].notna()),
    )
    return rows[CONTRACT.column_names]
