"""Which games a source family covers; declared with an input: `source(..., covers=...)`."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd


def of_types(*season_types: str) -> Callable[[pd.DataFrame], pd.Series]:
    """The family covers all games of these season types."""

    def covers(games: pd.DataFrame) -> pd.Series:
        return games["season_type"].isin(season_types)

    return covers


def between(*spans: tuple[str, str]) -> Callable[[pd.DataFrame], pd.Series]:
    """The family covers all games from the first to the last day (ISO dates, both included) of each span."""

    def covers(games: pd.DataFrame) -> pd.Series:
        found = pd.Series(False, index=games.index)
        for first, last in spans:
            found |= games["game_date"].between(pd.Timestamp(first), pd.Timestamp(last))
        return found

    return covers
