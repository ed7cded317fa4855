"""Who belongs to a team, and who cannot play."""

from nba_assets.contracts.columns.builders import count, flag, of, text
from nba_assets.contracts.contract import Column

EVIDENCE = ("last_30_days", "last_10_games", "injured_list", "season_opening", "prop_line")
"""The rules of membership, in the order in which the first that holds is named."""

TRANSACTIONS = (
    of("date", "transaction_date", "Day that the source gives; before the first partition it lies before game_date"),
    text("direction", "out = onto the injured or inactive list, in = off it", "out", "in"),
    Column("row", "integer", "Place among the rows of its date in the source, from 1", low=1),
    text("notes", "What the source says: the ailment, or that the player came back"),
    text(
        "list_kind",
        "injured_list where the notes name the IL, else status (day to day, out, back)",
        "injured_list",
        "status",
    ),
    text("outlook", "For how long; NULL where the notes do not say", "day_to_day", "indefinite", "season"),
    flag("is_day_to_day", "The notes say DTD"),
)
REPORT_STATUSES = ("out", "doubtful", "questionable", "probable", "available")
"""As the NBA defines them: chances of playing of 0, 25, 50, 75 and 100 %."""
REPORTS = (
    of("timestamp", "report_at", "Time in the title of the injury report"),
    text("report_status", "What the NBA's injury report says of his playing", *REPORT_STATUSES),
    text("report_reason", "Reason that the injury report gives; NULL where it gives none"),
)
ROSTERS = (
    text("evidence", "Why he is a member: the first rule that holds", *EVIDENCE),
    of("date", "evidence_on", "Day of the newest evidence of his team (box score listing or injury row)"),
    of("date", "last_listed_on", "Day of his newest box score listing, with any team; NULL without one in 400 days"),
    of("date", "last_played_on", "Day on which he last played, for any team; NULL if not in 400 days"),
    count("games_missed_in_a_row", "Games of the team since he last played; NULL if he has not in 400 days", 200),
    flag(
        "on_injured_list",
        "The team put him on the injured or inactive list; he has neither come off it nor played since",
    ),
    count("team_games_played_season", "Competitive games of the team in this season before the day", 110),
)
