"""Bets: one posted quote at its own price, only if the probability exceeds the break-even by the margin."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.tables.predictions.bets import KEY, best_bets, quotes_at_decision
from nba_assets.tables.predictions.distribution import probability_over

Row = dict[str, object]
TableRows = Callable[..., pd.DataFrame]
GAME: Row = {"game_date": pd.Timestamp("2024-01-10"), "game_id": "0022300500", "player_id": 1}
SNAPSHOT = "2024-01-10T17:00Z"
# Uniform from 10 to 30 between p10 and p90: one point is four percent.
QUANTILES: Row = {"p10": 10.0, "p25": 13.75, "predicted_points": 20.0, "p75": 26.25, "p90": 30.0}


def system(name: str = "ensemble", **more: object) -> Row:
    return {**GAME, "system_id": name, **QUANTILES, **more}


def quote(book: str, line: float, over: float | None = 1.91, under: float | None = 1.91, **more: object) -> Row:
    found = {**GAME, "bookmaker": book, "line": line, "over_price": over, "under_price": under}
    return {**found, "snapshot_at": pd.Timestamp(SNAPSHOT), **more}


def bets(*quotes: Row, rows: tuple[Row, ...] = (system(),)) -> pd.DataFrame:
    return best_bets(pd.DataFrame(rows), pd.DataFrame(quotes))


def test_a_quote_that_beats_its_price_is_taken_at_its_own_line_and_price() -> None:
    bet = bets(quote("draftkings", 16.5)).iloc[0]
    over = float(probability_over(pd.DataFrame([QUANTILES]), [16.5])[0][0])
    assert over == pytest.approx(0.64)
    assert (bet["bet_side"], bet["bet_book"], bet["bet_line"], bet["bet_price"]) == ("OVER", "draftkings", 16.5, 1.91)
    assert bet["expected_value"] == pytest.approx(0.64 * 1.91 - 1)
    assert bet["confidence"] == pytest.approx(0.64)


def test_a_bet_on_the_under() -> None:
    bet = bets(quote("draftkings", 23.5)).iloc[0]
    assert (bet["bet_side"], bet["confidence"]) == ("UNDER", pytest.approx(0.64))


@pytest.mark.parametrize(("line", "is_taken"), [(19.5, False), (18.9, False), (18.5, True)])
def test_the_margin_above_the_break_even(line: float, is_taken: bool) -> None:
    """1.91 breaks even at .5236, so .5436 is needed: 18.9 gives .544 less the rounding, 19.5 gives .52."""
    if line == 18.9:
        assert bets(quote("draftkings", line, over=1.83, under=1.83)).empty
    else:
        assert bets(quote("draftkings", line)).empty != is_taken


def test_an_integer_line_can_push_and_a_push_costs_nothing() -> None:
    bet = bets(quote("draftkings", 16.0)).iloc[0]
    win, push = (float(values[0]) for values in probability_over(pd.DataFrame([QUANTILES]), [16.0]))
    assert (win, push) == (pytest.approx(0.64), pytest.approx(0.04))
    assert bet["expected_value"] == pytest.approx(win * 1.91 + push - 1)
    assert bet["confidence"] == pytest.approx(win / (1 - push))


def test_the_quote_with_the_highest_value_wins_and_ties_go_to_the_first_book() -> None:
    found = bets(
        quote("fanduel", 17.5), quote("betmgm", 15.5, over=1.5), quote("draftkings", 16.5), quote("caesars", 16.5)
    )
    assert found["bet_book"].tolist() == ["caesars"]


def test_a_quote_that_is_too_good_to_be_true_is_not_taken() -> None:
    """1.91 printed as 105: no system bets on it, and other quotes are not affected."""
    assert bets(quote("draftkings", 16.5, over=105.0)).empty
    bet = bets(quote("draftkings", 16.5, over=105.0), quote("fanduel", 16.5)).iloc[0]
    assert (bet["bet_book"], bet["bet_price"]) == ("fanduel", 1.91)
    assert bets(quote("draftkings", 16.5, over=2.7)).iloc[0]["expected_value"] == pytest.approx(0.64 * 2.7 - 1)


def test_a_line_that_cannot_be_missed_near_even_money_is_not_taken() -> None:
    """24.5 printed as 2.45: both prices are those of a market, and the line alone would win the day."""
    assert bets(quote("draftkings", 0.5)).empty
    assert bets(quote("draftkings", 0.5), quote("fanduel", 16.5)).iloc[0]["bet_book"] == "fanduel"


def test_the_price_of_one_line_is_not_used_for_another() -> None:
    found = bets(quote("fanduel", 23.5, over=3.0, under=None), quote("betmgm", 16.5, over=1.4, under=None))
    bet = found.iloc[0]
    assert (bet["bet_line"], bet["bet_price"]) == (23.5, 3.0)


def test_without_a_price_there_is_no_bet() -> None:
    assert bets(quote("prizepicks", 5.5, over=None, under=None)).empty


def test_every_system_has_its_own_bets() -> None:
    low = {"p10": 4.0, "p25": 8.0, "predicted_points": 12.0, "p75": 15.0, "p90": 20.0}
    found = bets(quote("draftkings", 16.5), rows=(system(), system("similarity", **low)))
    assert found.set_index("system_id")["bet_side"].to_dict() == {"ensemble": "OVER", "similarity": "UNDER"}
    assert not found.duplicated(KEY).any()


def test_only_quotes_of_the_snapshot_of_the_line_can_be_taken(table_rows: TableRows) -> None:
    keys: Row = {"game_date": "2024-01-10", "game_id": "0022300500", "player_id": 1, "line": 16.5, "over_price": 1.9}
    quotes = table_rows(
        "prop_lines",
        {**keys, "bookmaker": "early", "snapshot_at": "2024-01-10T12:00Z"},
        {**keys, "bookmaker": "then", "snapshot_at": SNAPSHOT},
        {**keys, "bookmaker": "late", "snapshot_at": "2024-01-10T23:00Z"},
        {**keys, "bookmaker": "unpriced", "snapshot_at": SNAPSHOT, "over_price": None},
        {**keys, "bookmaker": "stranger", "snapshot_at": SNAPSHOT, "player_id": 2},
    )
    context = table_rows(
        "upcoming_player_game_context",
        {"game_id": "0022300500", "player_id": 1, "points_line_at": SNAPSHOT},
        {"game_id": "0022300500", "player_id": 2},
    )
    assert quotes_at_decision(quotes, context)["bookmaker"].tolist() == ["then"]
