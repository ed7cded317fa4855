"""From the outcomes of a quote to the quote: one printing of each, both sides in a row, the bookmaker's main line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nba_assets.sources.archive import RECORD_COLUMNS
from nba_assets.sources.games import TEXT
from nba_assets.sources.odds import distance_from_even

SNAPSHOT = ["game_id", "player_id", "bookmaker", "snapshot_at"]
"""What one bookmaker says about a player at one time; more than one line in it are alternates."""


def without_repeats(outcomes: pd.DataFrame, priority: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The first printing of every outcome, by the sources' priority, then in the order of the source.

    Returns:
        the outcomes kept, and records of the others: `duplicate`, or `disagreement` where the price differs.
    """
    outcome = [*SNAPSHOT, "line", "side"]
    rank = outcomes["source"].map({name: place for place, name in enumerate(priority)}).astype("int64")
    ordered = outcomes.assign(rank=rank).sort_values(["rank", "_file", "_row"], kind="stable")
    again = ordered.duplicated(outcome)
    kept = ordered[~again]
    others = ordered[again].merge(kept, on=outcome, how="left", suffixes=("", "_kept"))
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
    """One row a quote: over_price, under_price, is_main, known_at, player_name beside the outcome's other columns.

    The main line of a bookmaker's snapshot is nearest even money; of equally near ones the lower, of lines without
    prices the one that is printed first (the alternates of PrizePicks follow its standard line).
    """
    key = [*SNAPSHOT, "line"]
    quotes = outcomes.drop_duplicates(key).set_index(key)
    for side in ("Over", "Under"):
        quotes[f"{side.lower()}_price"] = outcomes[outcomes["side"] == side].set_index(key)["price"]
    quotes = quotes.reset_index()
    distance = distance_from_even(quotes["over_price"], quotes["under_price"])
    place = quotes["_row"].where(distance.isna(), 0)
    ordered = quotes.assign(distance=distance.fillna(np.inf), place=place)
    ordered = ordered.sort_values(["distance", "place", "line"], kind="stable")
    quotes["is_main"] = (~ordered.duplicated(SNAPSHOT)).reindex(quotes.index)
    quotes["known_at"] = quotes["snapshot_at"]
    return quotes.rename(columns={"name": "player_name"})


def records_of(outcomes: pd.DataFrame, **columns: object) -> pd.DataFrame:
    """Records (archive.RECORD_COLUMNS) of outcomes; what they say beside day, key and place in the source is given."""
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
