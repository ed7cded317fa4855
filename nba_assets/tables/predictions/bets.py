"""Selects the quote a system would bet on: one book's line at its own price, if it beats the price by a margin."""

from __future__ import annotations

import pandas as pd

from nba_assets.tables.predictions.distribution import probability_over

KEY = ["game_date", "game_id", "player_id", "system_id"]
MARGIN = 0.02
"""Margin by which the probability of a side must exceed the break-even probability of its price."""
MOST_VALUE = 0.75
"""Expected profit per unit above which a quote is rejected: the price, the line or the model is wrong there, and one
bad value must not top the list. The highest of four real seasons is 0.56. A line that cannot be missed, near even
money, as a misplaced decimal point makes one, gives about 0.8 and more."""
COLUMNS = ("bet_side", "bet_book", "bet_line", "bet_price", "bet_snapshot_at", "expected_value", "confidence")


def quotes_at_decision(quotes: pd.DataFrame, context: pd.DataFrame) -> pd.DataFrame:
    """The quotes available at the snapshot of the consensus line that have a price.

    Args:
        quotes: rows of prop_lines.
        context: game_id, player_id, points_line_at.

    Returns:
        game_date, game_id, player_id, bookmaker, line, over_price, under_price, snapshot_at.
    """
    seen = context.loc[context["points_line_at"].notna(), ["game_id", "player_id", "points_line_at"]]
    found = quotes.merge(seen, on=["game_id", "player_id"], how="inner", validate="many_to_one")
    has_price = found["over_price"].notna() | found["under_price"].notna()
    found = found[(found["snapshot_at"] == found["points_line_at"]) & has_price]
    names = ["game_date", "game_id", "player_id", "bookmaker", "line", "over_price", "under_price", "snapshot_at"]
    return found[names].reset_index(drop=True)


def best_bets(rows: pd.DataFrame, quotes: pd.DataFrame) -> pd.DataFrame:
    """The best quote for each row, if one is worth a bet.

    Args:
        rows: KEY and the quantiles of the distribution used for bets (see `distribution.knots`).
        quotes: result of `quotes_at_decision`.

    Returns:
        KEY and COLUMNS, at most one row per key: the side and quote with the highest expected value among those whose
        probability (given no push) exceeds the break-even of the price by MARGIN and whose expected value is at most
        MOST_VALUE; ties go to the first book by name.
    """
    pairs = rows.merge(quotes, on=KEY[:3], how="inner", suffixes=("", "_of_quote"))
    over, push = probability_over(pairs, pairs["line"])
    sides = []
    for side, price, wins in (
        ("OVER", pairs["over_price"].astype("float64"), over),
        ("UNDER", pairs["under_price"].astype("float64"), 1.0 - over - push),
    ):
        given_no_push = pd.Series(wins / (1.0 - push), index=pairs.index)
        value = pd.Series(wins * price + push - 1.0, index=pairs.index)
        found = pairs[KEY].assign(
            bet_side=side,
            bet_book=pairs["bookmaker"],
            bet_line=pairs["line"],
            bet_price=price,
            bet_snapshot_at=pairs["snapshot_at"],
            expected_value=value,
            confidence=given_no_push.clip(0.0, 1.0),
        )
        is_worth = (given_no_push - 1.0 / price >= MARGIN) & (value <= MOST_VALUE)
        sides.append(found[is_worth.fillna(False)])
    every = pd.concat(sides, ignore_index=True)
    order = [*KEY, "expected_value", "bet_book", "bet_line", "bet_side"]
    every = every.sort_values(order, ascending=[True] * 4 + [False, True, True, True], kind="stable")
    return every.drop_duplicates(KEY, ignore_index=True)
