"""What identifies the rows of past days, without reading them: the content hashes of the ledger."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.engine.code_version import code_version
from nba_assets.warehouses.protocol import Snapshot


def identity(reader: DailyTable, table: str, first: date, last: date, snapshot: Snapshot) -> str | None:
    """sha256 of what determines a result of `reader` from the rows of a table on the days from `first` to `last`.

    That is the content hash of each day, the code version of `reader` and the version of pandas. There are no days
    before the first partition. None if a day has no content hash: its rows, if it has any, are not identified.
    """
    days = pd.date_range(max(first, FIRST_DAY), last)
    ledger = snapshot.ledger([table], max(first, FIRST_DAY), last, ["game_date", "content_hash"])
    hashes = ledger.set_index("game_date")["content_hash"].reindex(days)
    if bool(hashes.isna().any()):
        return None
    content = [table, f"{max(first, FIRST_DAY)}", hashes.tolist()]
    return hashlib.sha256(json.dumps([code_version(reader), pd.__version__, content]).encode()).hexdigest()
