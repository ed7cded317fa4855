"""adjusted_predictions: the predictions of a day, corrected by the recent bias of their scoring tier."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.predictions import QUANTILES
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, on_day
from nba_assets.tables.grading.scoring_tier_adjustments import ADJUSTED

KEY = ["game_date", "game_id", "player_id", "system_id"]
POINTS = ("expected_points", *QUANTILES)

CONTRACT = TableContract(
    name="adjusted_predictions",
    layer="grading",
    key=("game_id", "player_id", "system_id"),
    known="pregame",
    columns=columns(*KEY, "scoring_tier", "adjustment", "is_applied", *POINTS),
    rules={
        "quantiles in order": lambda f: (
            f["p10"].isna()
            | (
                (f["p10"] <= f["p25"])
                & (f["p25"] <= f["predicted_points"])
                & (f["predicted_points"] <= f["p75"])
                & (f["p75"] <= f["p90"])
            )
        ),
        "no adjustment where none is applied": lambda f: f["is_applied"] | (f["adjustment"] == 0),
    },
    doc="One row per row of player_prop_predictions of a base system or of the ensemble: its points shifted by the "
    "adjustment of its scoring tier if is_applied, else unchanged; never below 0.",
)


def _adjusted(predictions: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    return predictions.loc[predictions["system_id"].isin(ADJUSTED), KEY]


@daily_table(
    CONTRACT,
    inputs={
        "predictions": on_day("player_prop_predictions", columns=(*KEY, "scoring_tier", *POINTS)),
        "adjustments": on_day("scoring_tier_adjustments"),
    },
    expected=Expected(inputs={"predictions": on_day("player_prop_predictions")}, rule=_adjusted),
)
def adjusted_predictions(predictions: pd.DataFrame, adjustments: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The points of each prediction, shifted where its tier is adjusted."""
    group = ["game_date", "system_id", "scoring_tier"]
    rows = predictions[predictions["system_id"].isin(ADJUSTED)]
    rows = rows.merge(adjustments[[*group, "adjustment", "is_applied"]], on=group, how="left", validate="many_to_one")
    rows["is_applied"] = rows["is_applied"].fillna(False).astype(bool)
    rows["adjustment"] = rows["adjustment"].where(rows["is_applied"], 0.0)
    for name in POINTS:
        rows[name] = (rows[name] + rows["adjustment"]).clip(lower=0.0)
    return rows[CONTRACT.column_names]
