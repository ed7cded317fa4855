"""quality_calendar_files: quality/calendar.json, tables by days at a glance and what is broken now."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Product
from nba_assets.contracts.run import Run
from nba_assets.documents.files_contract import files_contract
from nba_assets.documents.parts import Documents, paths_of_every_day
from nba_assets.tables.publishing import quality
from nba_assets.tables.publishing.quality import quality_frames

CONTRACT = files_contract(
    "quality_calendar_files",
    "postgame",
    "quality/calendar.json as of the newest day: a heat map of tables by days, and the standing list of what is broken "
    "now, each with the command that repairs it. It has no inputs, see quality_files.",
)


@daily_table(
    CONTRACT,
    inputs={},
    expected=Expected(inputs={}, rule=lambda days: paths_of_every_day(days, quality.CALENDAR_PATH)),
    publishes=Product(is_as_of=True, is_of_checks=True),
)
def quality_calendar_files(run: Run, days: pd.DatetimeIndex) -> Documents:
    """The document as of the day."""
    newest = days[-1].date()
    yield quality.calendar_document(quality_frames(run.publication).until(newest), newest, run.publication.source)
