"""Facts about a player that do not change from day to day."""

from nba_assets.contracts.columns.builders import of, text
from nba_assets.contracts.contract import Column

COLUMNS = (
    text("name_variants", "Spellings of the name in the sources, separated by |, player_name first"),
    text(
        "position",
        "Guard, forward, center; the first of two is the primary one",
        "G",
        "F",
        "C",
        "G-F",
        "F-G",
        "F-C",
        "C-F",
    ),
    Column("height_inches", "integer", "Height", "inches", low=60, high=96),
    of("date", "birth_date", "Date of birth"),
    Column("first_season", "integer", "Start year of his first season", "year", low=1946, high=2100),
)
