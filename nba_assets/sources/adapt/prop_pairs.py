"""Builds quotes from outcomes: removes duplicates, pairs over and under, marks the bookmaker's main line."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from nba_assets.basketball.odds import distance_from_even
from nba_assets.sources.adapt.games import TEXT
from nba_assets.sources.quarantine import RECORD_COLUMNS, RECORD_TYPES, as_records, together

BOOK_MARGIN = (-0.10, 0.20)
"""Margin of one bookmaker's two prices of a line. The archive's quotes hold -.070 to .149; below 0 are rows that a
publisher put together from two moments. A price of another format lies far outside."""
LONGEST_PRICE = 50.0
"""Of a price without a counterpart; the longest of the archive is 46."""
ODDS_AT_THE_LINE = 3.0
"""A price without a counterpart at the player's main line may pay at most this profit for a unit; the archive's pay up
to 1.2."""
NO_MARKET = "the two prices are no market of one bookmaker"
TOO_LONG = "the price is too long for the line, by the player's other quotes"
FURTHEST_LINE = 3.7
"""Log odds by which the two prices of a line may differ from those that the player's main line implies for it: such a
line is of another player or market, or its point is misplaced. The archive's quotes hold up to 3.61."""
FEWEST_BOOKS = 3
"""Bookmakers with a main line of the player from which on they are compared: of two nobody knows which one is wrong."""
WRONG_LINE = "the line is not the player's, by his main lines at the other bookmakers"

SNAPSHOT = ["game_id", "player_id", "bookmaker", "snapshot_at"]
"""What one bookmaker says about a player at one time; more than one line in it are alternates."""


def without_repeats(outcomes: pd.DataFrame, priority: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per outcome, by the sources' priority; of several prices in one source the lowest.

    The lowest price never makes a bet look better than it was, and does not depend on the order of the source.

    Returns:
        The outcomes kept, and records of the others: `duplicate`, or `disagreement` where the price differs.
    """
    outcome = [*SNAPSHOT, "line", "side"]
    rank = outcomes["source"].map({name: place for place, name in enumerate(priority)}).astype("int64")
    # Sorted is a frame of few columns, because sorting copies all of them.
    place = outcomes[["price", "_file", "_row"]].assign(
        rank=rank, number=outcomes.groupby(outcome, sort=False, dropna=False).ngroup()
    )
    place = place.sort_values(["rank", "price", "_file", "_row"], kind="stable")
    again = place.duplicated("number")
    first = place[~again].sort_values(["rank", "_file", "_row"], kind="stable")
    kept = outcomes.loc[first.index]
    taken_by = pd.Series(first.index, first["number"]).reindex(place.loc[again, "number"])
    others = outcomes.loc[place.index[again]].reset_index(drop=True)
    used = outcomes.loc[taken_by, ["price", "source"]].reset_index(drop=True)
    others = others.assign(price_kept=used["price"], source_kept=used["source"])
    price = others["price"].astype(TEXT) + " (" + others["source"] + ")"
    taken = others["price_kept"].astype(TEXT) + " (" + others["source_kept"] + ")"
    is_same = (others["price"] == others["price_kept"]) | (others["price"].isna() & others["price_kept"].isna())
    reason = pd.Series("the same outcome at another price", index=others.index)
    records = records_of(
        others,
        action=pd.Series("disagreement", index=others.index).mask(is_same, "duplicate"),
        reason=reason.mask(is_same, "the same outcome again"),
        column_name=others["side"].str.lower() + "_price",
        value="taken " + taken + ", other " + price,
    )
    return kept, records


def paired(outcomes: pd.DataFrame) -> pd.DataFrame:
    """One row per quote: over_price, under_price, is_main, known_at, player_name and the outcome's other columns.

    The main line of a bookmaker's snapshot is the one nearest even money; of equally near lines the lower, of lines
    without prices the first one listed (PrizePicks lists its standard line before the alternates).
    """
    key = [*SNAPSHOT, "line"]
    quotes = outcomes.drop_duplicates(key).set_index(key)
    for side in ("Over", "Under"):
        quotes[f"{side.lower()}_price"] = outcomes[outcomes["side"] == side].set_index(key)["price"]
    quotes = quotes.reset_index()
    distance = distance_from_even(quotes["over_price"], quotes["under_price"])
    place = quotes["_row"].where(distance.isna(), 0)
    ordered = quotes[[*SNAPSHOT, "line"]].assign(distance=distance.fillna(np.inf), place=place)
    ordered = ordered.sort_values(["distance", "place", "line"], kind="stable")
    quotes["is_main"] = (~ordered.duplicated(SNAPSHOT)).reindex(quotes.index)
    quotes["known_at"] = quotes["snapshot_at"]
    return quotes.rename(columns={"name": "player_name"})


def implausible(outcomes: pd.DataFrame) -> pd.Series:
    """The reason why the quote of an outcome is implausible, on both of its sides; NULL for all other outcomes.

    Where both sides are priced, the bookmaker's margin must be within BOOK_MARGIN. A price without a counterpart is
    compared with the player's main lines of all bookmakers that price both sides: the odds against an outcome grow with
    the distance from the main line, at most by a factor e for each square root of the main line (in the archive's
    slowest ladders by half of that). Without such a main line, the price must be at most LONGEST_PRICE. By the same
    measure both prices of a line must be within FURTHEST_LINE of what the main lines of FEWEST_BOOKS or more imply.
    """
    key = [*SNAPSHOT, "line"]
    number = outcomes.groupby(key, sort=False, dropna=False).ngroup().to_numpy()
    prices = {}
    for side in ("Over", "Under"):
        is_side = (outcomes["side"] == side).to_numpy(dtype=bool)
        found = np.full(int(number.max(initial=-1)) + 1, np.nan)
        found[number[is_side]] = outcomes["price"].to_numpy(dtype="float64", na_value=np.nan)[is_side]
        prices[side] = found[number]
    over, under = pd.Series(prices["Over"], outcomes.index), pd.Series(prices["Under"], outcomes.index)
    margin = 1 / over + 1 / under - 1
    is_single = over.isna() ^ under.isna()
    reason = pd.Series(pd.NA, index=outcomes.index, dtype=TEXT)
    reason = reason.mask((margin < BOOK_MARGIN[0]) | (margin > BOOK_MARGIN[1]), NO_MARKET)
    fair = outcomes[[*SNAPSHOT, "line"]].assign(distance=distance_from_even(over, under))
    fair = fair[margin.notna() & reason.isna()]
    fair = fair.sort_values(["distance", "line"], kind="stable").drop_duplicates(SNAPSHOT)
    main = fair.groupby(["game_id", "player_id"]).agg(line=("line", "median"), books=("bookmaker", "nunique"))
    of_player = main.reindex(pd.MultiIndex.from_frame(outcomes[["game_id", "player_id"]])).set_axis(outcomes.index)
    main_line = of_player["line"]
    beyond = (outcomes["line"] - main_line) / np.sqrt(main_line)
    off_by = (beyond + np.log((1 / over) / (1 / under))).abs()
    is_wrong_line = reason.isna() & (off_by > FURTHEST_LINE) & (of_player["books"] >= FEWEST_BOOKS)
    longest = 1 + ODDS_AT_THE_LINE * np.exp(beyond.where(over.notna(), -beyond))
    is_too_long = is_single & (outcomes["price"] > longest.fillna(LONGEST_PRICE).clip(upper=LONGEST_PRICE))
    return reason.mask(is_wrong_line, WRONG_LINE).mask(is_too_long, TOO_LONG)


def records_of_identity(quotes: pd.DataFrame, known_bookmakers: Collection[str]) -> pd.DataFrame:
    """Records of event ids and bookmakers that cannot be right; the quotes stay as printed.

    A game has one event id and an event id belongs to one game. Of several ids of a game the usual one is that of the
    fewest games (a placeholder belongs to many), then of the most quotes. A bookmaker that is not known may be new.
    """
    seen = _counted(quotes, ["game_id", "event_id"])
    seen["games"] = seen.groupby("event_id")["game_id"].transform("size")
    seen = seen.sort_values(["game_id", "games", "rows", "event_id"], ascending=[True, True, False, True])
    is_other = seen.duplicated("game_id")
    usual = seen[~is_other].set_index("game_id")["event_id"]
    other, shared = seen[is_other], seen[~is_other & seen["event_id"].isin(usual[usual.duplicated()])]
    return together(
        _identity_records(
            other,
            "event_id",
            "another event id than the game's usual one",
            other=other["game_id"].map(usual).astype(TEXT),
        ),
        _identity_records(shared, "event_id", "one event id for several games"),
        records_of_bookmakers(quotes, known_bookmakers),
    )


def records_of_bookmakers(quotes: pd.DataFrame, known_bookmakers: Collection[str]) -> pd.DataFrame:
    """Records of bookmakers that are not known, one per game, with the number of quotes."""
    books = _counted(quotes[~quotes["bookmaker"].isin(known_bookmakers)], ["game_id", "bookmaker"])
    return _identity_records(books, "bookmaker", "a bookmaker that is not known")


def _identity_records(seen: pd.DataFrame, column: str, reason: str, other: pd.Series | None = None) -> pd.DataFrame:
    value = seen[column] if other is None else "taken " + seen[column] + ", other " + other
    day, key = seen["game_date"], seen["game_id"]
    found = as_records(seen, "disagreement", day=day, reason=reason, key=key, column_name=column, value=value)
    return found.assign(rows=seen["rows"].to_numpy()).astype(RECORD_TYPES)


def _counted(quotes: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """The distinct values of `key` with their number of quotes (`rows`), the day, and the place of the first quote."""
    grouped = quotes.groupby(key, sort=False, as_index=False)
    return grouped.agg(
        game_date=("game_date", "first"), _file=("_file", "first"), _row=("_row", "first"), rows=("_row", "size")
    )


def records_of(outcomes: pd.DataFrame, **columns: object) -> pd.DataFrame:
    """Records (quarantine.RECORD_COLUMNS) of outcomes: day, key, file and row of each, the other columns as given."""
    found = pd.DataFrame(
        {
            "game_date": outcomes["game_date"],
            "key": outcomes["game_id"].fillna("no game") + " " + outcomes["name"] + " " + outcomes["bookmaker"],
            "source_file": outcomes["_file"],
            "source_row": outcomes["_row"],
            "rows": 1,
        }
    )
    return found.assign(**columns)[list(RECORD_COLUMNS)]
