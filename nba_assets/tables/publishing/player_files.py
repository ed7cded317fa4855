"""player_files: players/{player_id}.json for every player who has played, and players/index.json."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import BySeason, Expected, Product, on_day, up_to_day
from nba_assets.contracts.run import Run
from nba_assets.documents.files_contract import files_contract
from nba_assets.documents.parts import Documents, paths_of_every_day
from nba_assets.tables.publishing import players as player_documents
from nba_assets.tables.publishing.players import PlayerFrames

CONTRACT = files_contract(
    "player_files",
    "postgame",
    "players/{player_id}.json and players/index.json as of the newest day: seasons, game log, splits, our record on "
    "him, his next game, for everyone with a game in the data.",
)


@daily_table(
    CONTRACT,
    inputs={
        "games": up_to_day("player_game_summary", columns=player_documents.GAME_COLUMNS),
        "graded": up_to_day("prediction_accuracy", columns=player_documents.PREDICTION_COLUMNS),
        "players": up_to_day("players"),
        "rosters": on_day("rosters", columns=("game_date", "player_id", "team")),
        "context": up_to_day("upcoming_player_game_context", columns=player_documents.CONTEXT_COLUMNS),
        "defense": up_to_day("team_defense_zone_analysis", columns=player_documents.DEFENSE_COLUMNS),
        "predictions": on_day("player_prop_predictions", columns=player_documents.SAID_COLUMNS),
    },
    expected=Expected(
        inputs={}, rule=lambda days: paths_of_every_day(days, player_documents.INDEX_PATH), is_exact=False
    ),
    publishes=Product(is_as_of=True),
)
def player_files(
    games: BySeason,
    graded: BySeason,
    players: BySeason,
    rosters: pd.DataFrame,
    context: BySeason,
    defense: BySeason,
    predictions: pd.DataFrame,
    run: Run,
    days: pd.DatetimeIndex,
) -> Documents:
    """The documents as of the day."""
    frames = PlayerFrames(
        games.whole(), graded, players.whole(), rosters, context.whole(), defense.whole(), predictions
    )
    return player_documents.documents(frames, days[-1].date(), run.publication.source)
