"""Members of a team, and the players who cannot play."""

from nba_assets.contracts.columns.builders import count, flag, of, text
from nba_assets.contracts.contract import Column

EVIDENCE = ("last_30_days", "last_10_games", "injured_list", "season_opening", "prop_line")
"""The rules of membership in order; a row names the first that applies."""

TRANSACTIONS = (
    of(
        "date",
        "transaction_date",
        "Day that the source gives; earlier than game_date for rows from before the first partition",
    ),
    text("direction", "out = onto the injured or inactive list, in = off it", "out", "in"),
    Column("row", "integer", "Position among the source's rows of its date, from 1", low=1),
    text("notes", "Notes of the source: the ailment, or that the player returned"),
    text(
        "list_kind",
        "injured_list if the notes name the IL, else status (day to day, out, back)",
        "injured_list",
        "status",
    ),
    text(
        "outlook", "Expected length of the absence; NULL if the notes do not say", "day_to_day", "indefinite", "season"
    ),
    flag("is_day_to_day", "The notes say DTD"),
)
REPORT_STATUSES = ("out", "doubtful", "questionable", "probable", "available")
"""The NBA defines them as probabilities of playing of 0, 25, 50, 75 and 100 %."""
REPORTS = (
    of("timestamp", "report_at", "Time in the title of the injury report"),
    text("report_status", "Status of the player in the NBA's injury report", *REPORT_STATUSES),
    text("report_reason", "Reason given in the injury report; NULL if none"),
)
ROSTERS = (
    text("evidence", "First rule of membership that applies", *EVIDENCE),
    of("date", "evidence_on", "Day of the newest evidence of his team (box score listing or injury row)"),
    of("date", "last_listed_on", "Day of his newest box score listing, with any team; NULL if none in 400 days"),
    of("date", "last_played_on", "Day on which he last played, for any team; NULL if not in 400 days"),
    count("games_missed_in_a_row", "Games of the team since he last played; NULL if he has not in 400 days", 200),
    flag(
        "on_injured_list",
        "The team put him on the injured or inactive list, and he has neither come off it nor played since",
    ),
    count("team_games_played_season", "Competitive games of the team in this season before the day", 110),
)
