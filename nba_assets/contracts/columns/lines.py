"""Lines of a game: spread, total, moneylines. The bookmaker and the time of a quote are in quotes.py."""

from nba_assets.contracts.columns.builders import flag, number, of, text
from nba_assets.contracts.contract import Column


def price(name: str, doc: str) -> Column:
    """A decimal price, stake included. No pregame price of a game was below 1.01."""
    return Column(name, "number", doc, "decimal odds", low=1.01, high=60)


GAME_LINES = (
    text("snapshot_kind", "Opening line, a snapshot in between, closing line", "opening", "snapshot", "closing"),
    flag(
        "is_time_known",
        "The source gives the time of the quote; if not, snapshot_at is the latest possible time, tip-off",
    ),
    number(
        "spread_home",
        "Handicap of the home team: -5.5 = favoured by 5.5, positive = underdog",
        "points",
        -35,
        35,
        -25,
        25,
    ),
    number("total", "Line on the points of both teams together", "points", 150, 290),
    price("moneyline_home", "Price on a home win"),
    price("moneyline_away", "Price on an away win"),
    price("spread_price_home", "Price on the home side of the spread"),
    price("spread_price_away", "Price on the away side of the spread"),
    price("total_over_price", "Price on over the total"),
    price("total_under_price", "Price on under the total"),
)
CONSENSUS_LINE = (
    text("line_source", "Source of the game's spread, or of its total if it has no spread"),
    flag("line_is_time_known", "The source gives the time of each of the game's lines in this row"),
    of("timestamp", "line_known_at", "When the newest of the game's lines in this row became known"),
)

COLUMNS = (*GAME_LINES, *CONSENSUS_LINE)
