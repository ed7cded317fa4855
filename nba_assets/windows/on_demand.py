"""History that a table reads only if it needs the rows, for results that are kept for the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from nba_assets.windows.asof import History


@dataclass(frozen=True)
class HistoryOnDemand:
    """Rows of earlier days that are not read yet.

    Args:
        read: reads the rows.
        identity: (first day, last day) -> a text that is the same exactly if the rows of these days, the code version
            of the table that reads them and the version of pandas are the same; None if that is not known. It does not
            read the rows. Raises ValueError for days outside the declared window.
    """

    read: Callable[[], History]
    identity: Callable[[date, date], str | None]
