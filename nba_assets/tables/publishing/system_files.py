"""system_files: systems/performance.json, the accuracy of every system."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import BySeason, Expected, Product, up_to_day
from nba_assets.contracts.run import Run
from nba_assets.documents.files_contract import files_contract
from nba_assets.documents.parts import Documents, paths_of_every_day
from nba_assets.tables.publishing import systems

CONTRACT = files_contract(
    "system_files",
    "postgame",
    "systems/performance.json as of the newest day: errors, distributions and bets of every system beside the naive "
    "prediction and the line, by season and window, band and tier, live and reconstructed apart; and what counts "
    "most in the newest linear model.",
)


@daily_table(
    CONTRACT,
    inputs={
        "graded": up_to_day("prediction_accuracy", columns=systems.GRADED_COLUMNS, sums=systems.day_sums),
        "models": up_to_day("points_models", columns=systems.MODEL_COLUMNS),
    },
    expected=Expected(inputs={}, rule=lambda days: paths_of_every_day(days, systems.PATH)),
    publishes=Product(is_as_of=True),
)
def system_files(graded: BySeason, models: BySeason, run: Run, days: pd.DatetimeIndex) -> Documents:
    """The document as of the day."""
    return systems.documents(graded, models.whole(), days[-1].date(), run.publication.source)
