"""The columns that identify a game, a team, a player and the origin of a row."""

from nba_assets.contracts.columns.builders import flag, of, text
from nba_assets.contracts.contract import Column

SEASON_TYPES = ("preseason", "regular", "play_in", "playoffs", "cup_final", "all_star")
COMPETITIVE = ("regular", "play_in", "playoffs", "cup_final")
"""Season types that the layers after raw use."""
TEAMS = tuple(
    (
        "ATL BOS BKN CHA CHI CLE DAL DEN DET GSW HOU IND LAC LAL MEM "
        "MIA MIL MIN NOP NYK OKC ORL PHI PHX POR SAC SAS TOR UTA WAS"
    ).split()
)

IDENTITY = (
    of("date", "game_date", "Day of the partition, US Eastern").required(),
    Column("game_id", "text", "NBA game id, ten digits", is_nullable=False),
    Column("player_id", "integer", "NBA player id", low=1),
    text("player_name", "Name as the source prints it"),
    text("team", "Tricode of the team"),
    text("opponent", "Tricode of the opponent"),
    text("home_team", "Tricode of the home team; at a neutral site, the designated home team"),
    text("away_team", "Tricode of the away team"),
    text("season", "Season label, such as 2021-22"),
    text("season_type", "Kind of game, from the third digit of the game id", *SEASON_TYPES),
    flag("is_home", "The team is the home team"),
    flag("won", "The team won"),
    text("source", "Source family that the row comes from; `simulated` in rows of the simulated league"),
    of("timestamp", "known_at", "When the row became known"),
)
SCHEDULE = (
    flag("is_neutral_site", "Played in neither team's arena"),
    of("timestamp", "tipoff_at", "Tip-off; NULL if no source gives it"),
    text("arena", "Arena"),
)
