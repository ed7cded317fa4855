"""The true distributions of a simulated archive: what the generator knows about each player before his game."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import fsspec
import pandas as pd

from nba_assets.basketball.calendar import Season
from nba_assets.sources.protocol import SourceError

COLUMNS: Final = ("game_id", "player_id", "mean", "sd", "p10", "p50", "p90", "crps", "actual_points")


def read_truth(root: str, seasons: Sequence[Season], columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
    """The rows of `truth/player_games/<season>.parquet` below an archive, one per player-game.

    Raises:
        SourceError: a season has no such file.
    """
    files, path = fsspec.core.url_to_fs(root)
    parts = []
    for season in seasons:
        name = f"{path}/truth/player_games/{season.label}.parquet"
        try:
            with files.open(name, "rb") as opened:
                parts.append(pd.read_parquet(opened, columns=list(columns)))
        except FileNotFoundError as error:
            raise SourceError(
                f"{root}/truth/player_games/{season.label}.parquet is not there: the archive has no truth of "
                f"{season.label}. Make it with: nba-assets simulate --to {root}"
            ) from error
    return pd.concat(parts, ignore_index=True)
