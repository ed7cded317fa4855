"""quality_files: quality/{date}.json, the state of every table on the day and the results of its checks."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Product
from nba_assets.contracts.run import Run
from nba_assets.documents.files_contract import files_contract
from nba_assets.documents.parts import Documents, paths_of_game_days
from nba_assets.tables.publishing import quality
from nba_assets.tables.publishing.quality import quality_frames

CONTRACT = files_contract(
    "quality_files",
    "postgame",
    "quality/{date}.json of every day that is over: status, rows and check results of every table, with the failing "
    "keys. It has no inputs, because it tells of days whose inputs are missing, too.",
)


@daily_table(
    CONTRACT,
    inputs={},
    expected=Expected(inputs={}, rule=lambda days: paths_of_game_days(pd.Series(days), "quality")),
    publishes=Product(is_of_checks=True),
)
def quality_files(run: Run, days: pd.DatetimeIndex) -> Documents:
    """The documents of the days."""
    wanted = [day.date() for day in days]
    known = quality_frames(run.publication, wanted[0], wanted[-1]).until(wanted[-1])
    return quality.day_documents(known, wanted, run.publication.source)
