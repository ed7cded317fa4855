"""progress_files: progress.json and progress.md, the automatic backfill log."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Product
from nba_assets.contracts.run import Run
from nba_assets.documents.files_contract import files_contract
from nba_assets.documents.parts import Documents, paths_of_every_day
from nba_assets.tables.publishing import progress
from nba_assets.tables.publishing.quality import quality_frames

CONTRACT = replace(
    files_contract(
        "progress_files",
        "postgame",
        "progress.json and progress.md as of the newest day: where the whole backfill stands, from the ledger, the "
        "check results and the graded predictions. It has no inputs, because it tells of days whose inputs are "
        "missing, too.",
    ),
    # The log contains run times, which differ between runs: its bytes cannot be compared.
    unhashed=("bytes", "sha256"),
)


@daily_table(
    CONTRACT,
    inputs={},
    expected=Expected(inputs={}, rule=lambda days: paths_of_every_day(days, *progress.PATHS)),
    publishes=Product(is_as_of=True, is_of_checks=True),
)
def progress_files(run: Run, days: pd.DatetimeIndex) -> Documents:
    """The two documents as of the day."""
    newest = days[-1].date()
    graded = run.publication.sums(progress.GRADED, FIRST_DAY, newest, progress.GRADED_COLUMNS, progress.graded_sums)
    frames = progress.ProgressFrames(quality_frames(run.publication), graded, run.publication.stale(newest))
    return progress.documents(frames, newest, run.publication.source)
