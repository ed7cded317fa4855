"""Lines of a game: spread, total, moneylines. Who quoted them and when is in quotes.py."""

from nba_assets.contracts.columns.builders import flag, number, of, text
from nba_assets.contracts.contract import Column


def price(name: str, doc: str) -> Column:
    """A decimal price, the stake included. Shorter than 1.01 no game was priced before it began."""
    return Column(name, "number", doc, "decimal odds", low=1.01, high=60)


GAME_LINES = (
    text("snapshot_kind", "Opening line, a snapshot in between, closing line", "opening", "snapshot", "closing"),
    flag("is_time_known", "The source says when it was quoted; else snapshot_at is the latest that it can be, tip-off"),
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
    text("line_source", "Source of the game's spread, of its total where it has no spread"),
    flag("line_is_time_known", "Each of the game's lines that stands here has a quote time of its own"),
    of("timestamp", "line_known_at", "When the newest of the game's lines that stand here became known"),
)

COLUMNS = (*GAME_LINES, *CONSENSUS_LINE)
