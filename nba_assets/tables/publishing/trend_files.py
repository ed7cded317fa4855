"""trend_files: trends/*.json, hot players, games after a bad game, factors of prediction errors, team tendencies."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import BySeason, Expected, Product, up_to_day
from nba_assets.contracts.run import Run
from nba_assets.documents.files_contract import files_contract
from nba_assets.documents.parts import Documents, paths_of_every_day
from nba_assets.tables.publishing import trends

CONTRACT = files_contract(
    "trend_files",
    "postgame",
    "trends/whos-hot.json, bounce-back.json, what-matters.json and team-tendencies.json as of the newest day, each "
    "number with the games behind it.",
)


@daily_table(
    CONTRACT,
    inputs={
        "games": up_to_day("player_game_summary", columns=trends.GAME_COLUMNS),
        "errors": up_to_day("prediction_accuracy", columns=trends.ERROR_COLUMNS, sums=trends.errors_by_game),
        "circumstances": up_to_day("upcoming_player_game_context", columns=trends.CIRCUMSTANCE_COLUMNS),
        "zones": up_to_day("team_defense_zone_analysis"),
        "offense": up_to_day("team_offense_game_summary", columns=trends.OFFENSE_COLUMNS),
        "defense": up_to_day("team_defense_game_summary", columns=trends.ALLOWED_COLUMNS),
    },
    expected=Expected(inputs={}, rule=lambda days: paths_of_every_day(days, *trends.PATHS)),
    publishes=Product(is_as_of=True),
)
def trend_files(
    games: BySeason,
    errors: BySeason,
    circumstances: BySeason,
    zones: BySeason,
    offense: BySeason,
    defense: BySeason,
    run: Run,
    days: pd.DatetimeIndex,
) -> Documents:
    """The four documents as of the day."""
    newest, source = days[-1].date(), run.publication.source
    played, zoned = games.whole(), zones.whole()
    yield from trends.whos_hot(played, newest, source)
    yield from trends.bounce_back(played, newest, source)
    yield from trends.what_matters(errors, circumstances.whole(), zoned[list(trends.DEFENSE_COLUMNS)], newest, source)
    of_newest = zoned[zoned["game_date"] == zoned["game_date"].max()]
    yield from trends.team_tendencies(offense.whole(), defense.whole(), of_newest, newest, source)
