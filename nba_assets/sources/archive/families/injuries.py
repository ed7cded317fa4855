"""Moves on and off the injured and inactive lists, and the careers that distinguish players of the same name."""

from nba_assets.sources.cells import NAME, WORDS, days, moments
from nba_assets.sources.protocol import Family, all_of

FAMILIES = (
    Family(
        "prosports_transactions",
        "injuries/prosports_transactions.parquet",
        all_of("text", "Date Team Acquired Relinquished Notes"),
        "Pro Sports Transactions from 2021-07-01 to 2025-05-13. A player is in Relinquished when he goes on the "
        "list, in Acquired when he comes off it; a few cells contain the ailment instead of the player.",
        has_gaps=("Team", "Acquired", "Relinquished"),
        forms={"Notes": WORDS},
        dates={"Date": days("%Y-%m-%d")},
        day="Date",
    ),
    Family(
        "player_careers",
        "players/players_index.parquet",
        all_of("text", "display_first_last") | all_of("integer", "person_id from_year.x to_year.x"),
        "NBA.com player index: names and the start years of the first and last season; distinguishes players with the "
        "same name.",
        forms={"display_first_last": NAME},
    ),
    Family(
        "injury_report",
        "injury_report/{season}.parquet",
        all_of("text", "report_at known_at game_date matchup team player_name status reason"),
        "The NBA's official injury report, one row per report and player of a game (a team that has not reported: "
        "status NOT YET SUBMITTED without a player). report_at is the time in the report's title; known_at is when "
        "this machine received it, or report_at for reports downloaded later.",
        may_be_empty=("player_name",),
        has_gaps=("reason",),
        minor=("reason",),
        forms={"reason": WORDS},
        dates={
            "report_at": moments("ISO8601"),
            "known_at": moments("ISO8601"),
            "game_date": days("%Y-%m-%d"),
        },
        day="game_date",
        is_live=True,
    ),
)
