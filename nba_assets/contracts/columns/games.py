"""The place of a game within its season, and its officials."""

from nba_assets.contracts.columns.builders import count, text
from nba_assets.contracts.contract import Column

SEASON_PLACE = (
    count(
        "home_game_number", "Number of the game among the home team's games of its season and season type", 82, low=1
    ),
    count(
        "away_game_number", "Number of the game among the away team's games of its season and season type", 82, low=1
    ),
    count("games_so_far", "Games of the season and season type up to and including this day", usual_high=1230, low=1),
)
OFFICIALS = (
    text("official", "Name of the official as published"),
    Column("official_id", "integer", "NBA id of the official", low=1),
    count(
        "official_slot",
        "Position in the published crew: 1 = crew chief, 4 = alternate of a play-in or playoff game",
        4,
        low=1,
    ),
)
