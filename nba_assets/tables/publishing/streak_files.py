"""streak_files: streaks/{date}.json, players with an active streak before the day's games."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Product, history, on_day
from nba_assets.contracts.run import Run
from nba_assets.documents.files_contract import files_contract
from nba_assets.documents.parts import Documents, paths_of_game_days
from nba_assets.tables.publishing import streaks
from nba_assets.windows.asof import REACH_DAYS, History

CONTRACT = files_contract(
    "streak_files",
    "pregame",
    "streaks/{date}.json of each day with games: streaks over and under the line and above numbers of points of who "
    "plays on the day, as they stood before it.",
)


@daily_table(
    CONTRACT,
    inputs={
        "context": on_day("upcoming_player_game_context", columns=streaks.CONTEXT_COLUMNS),
        "games": history("player_game_summary", days=REACH_DAYS, columns=streaks.GAME_COLUMNS),
    },
    expected=Expected(
        inputs={"context": on_day("upcoming_player_game_context")},
        rule=lambda context, days: paths_of_game_days(context["game_date"], "streaks"),
    ),
    publishes=Product(),
)
def streak_files(context: pd.DataFrame, games: History, run: Run, days: pd.DatetimeIndex) -> Documents:
    """The documents of the days that have games."""
    return streaks.documents(context, games, run.publication.source)
