"""The box score of a player or a team."""

from nba_assets.contracts.columns.builders import count, flag, number, text
from nba_assets.contracts.contract import Column

BOX_COLUMNS = (
    count("points", "Points", 80, 60),
    count("field_goals_made", "Field goals made", 40),
    count("field_goals_attempted", "Field goals attempted", 60),
    count("threes_made", "Three-point field goals made", 20),
    count("threes_attempted", "Three-point field goals attempted", 30),
    count("free_throws_made", "Free throws made", 40),
    count("free_throws_attempted", "Free throws attempted", 45),
    count("offensive_rebounds", "Offensive rebounds", 20),
    count("defensive_rebounds", "Defensive rebounds", 30),
    count("rebounds", "Rebounds", 40),
    count("assists", "Assists", 35),
    count("steals", "Steals", 15),
    count("blocks", "Blocks", 15),
    count("turnovers", "Turnovers", 17),
    count("personal_fouls", "Personal fouls", 8),
    Column("plus_minus", "integer", "Points scored less points allowed while on court", "points", low=-80, high=80),
    number("minutes", "Playing time", "minutes", 0, 70),
    Column(
        "seconds_played",
        "integer",
        "Playing time, whole so that sums are exact",
        "seconds",
        low=0,
        high=4200,
    ),
)
LISTING = (
    text("status", "Played, did not play, did not dress, not with team", "played", "dnp", "dnd", "nwt"),
    text("reason", "Why the player did not play, as published"),
    flag("is_starter", "In the starting five; NULL if the source does not say"),
)

BOX = tuple(column.name for column in BOX_COLUMNS if column.name not in ("minutes", "seconds_played"))
"""Names of the box score columns, in the order in which every table lists them."""
