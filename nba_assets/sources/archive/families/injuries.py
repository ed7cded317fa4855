"""Moves on and off the injured and inactive lists, and the careers by which their names are told apart."""

from nba_assets.sources.cells import days
from nba_assets.sources.protocol import Family, all_of

FAMILIES = (
    Family(
        "prosports_transactions",
        "injuries/prosports_transactions.parquet",
        all_of("text", "Date Team Acquired Relinquished Notes"),
        "Pro Sports Transactions from 2021-07-01 to 2025-05-13. A player stands under Relinquished when he goes on the "
        "list, under Acquired when he comes off it; a few cells hold the ailment instead of the player.",
        dates={"Date": days("%Y-%m-%d")},
        day="Date",
    ),
    Family(
        "player_careers",
        "players/players_index.parquet",
        all_of("text", "display_first_last") | all_of("integer", "person_id from_year.x to_year.x"),
        "NBA.com player index: names and the start years of the first and last season, to tell homonyms apart.",
    ),
)
