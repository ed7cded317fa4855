"""Quotes of bookmakers: bookmaker, time, line and price; and the movement of the consensus line."""

from nba_assets.contracts.columns.builders import flag, number, of, text
from nba_assets.contracts.contract import Column

# Columns of every table of quotes, player props and game lines alike.
QUOTE = (
    text("bookmaker", "Key of the bookmaker: draftkings, fanduel, betmgm, caesars, ...; 'consensus' if none is named"),
    of("timestamp", "snapshot_at", "When the quote was seen; tip-off if the source does not say"),
    text("event_id", "The odds provider's id of the game; NULL if the source has none"),
)

PROPS = (
    number("line", "Points that the player must exceed for Over", "points", 0.5, 60.5, 3.5, 45.5),
    Column("over_price", "number", "Decimal odds of Over; NULL if not offered", "decimal odds", low=1.0001),
    Column("under_price", "number", "Decimal odds of Under; NULL if not offered", "decimal odds", low=1.0001),
    flag("is_main", "Among the bookmaker's lines for the player in the snapshot, the one closest to even money"),
)

MOVEMENT = (
    number("points_line_first_seen", "Consensus line in the first snapshot of the game", "points", 0.5, 60.5),
    of("timestamp", "points_line_first_seen_at", "Time of the snapshot of points_line_first_seen"),
    number("points_line_movement", "points_line minus points_line_first_seen", "points", -60, 60),
)

COLUMNS = (*QUOTE, *PROPS, *MOVEMENT)
