"""One line per game from several sources, and the implied total of each team."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.game_quotes import CONSENSUS_COLUMNS, LINES, consensus_game_line, implied_totals

TIP = pd.Timestamp("2023-01-10T00:10Z")
NONE = float("nan")
PRIORITY = ("kaggle_sbr", "spreads_by_season", "sbr", "oddsapi_consensus_closing")


def lines(*rows: tuple[object, ...]) -> pd.DataFrame:
    """(game id, source, spread, total, moneyline home, away, is_time_known, known_at) as rows of raw.game_lines."""
    names = ["game_id", "source", *LINES, "is_time_known", "known_at"]
    made = pd.DataFrame(list(rows), columns=names)
    made = made.astype(dict.fromkeys(LINES, "float64") | {"is_time_known": "boolean"})
    return made.assign(game_date=pd.Timestamp("2023-01-09"), bookmaker="consensus", snapshot_at=made["known_at"])


def test_each_market_from_the_first_source_that_has_it() -> None:
    found = consensus_game_line(
        lines(
            ("1", "oddsapi_consensus_closing", -4.5, 221.0, 1.5, 2.6, False, TIP),
            ("1", "spreads_by_season", -4.0, NONE, NONE, NONE, False, TIP),
            ("1", "sbr", -3.5, 222.5, NONE, 2.7, False, TIP),
        ),
        PRIORITY,
    )
    assert list(found.columns) == list(CONSENSUS_COLUMNS)
    line = found.iloc[0]
    # Spread of spreads_by_season, total of sbr, moneylines of the one row that has both.
    assert (line["spread_home"], line["total"]) == (-4.0, 222.5)
    assert (line["moneyline_home"], line["moneyline_away"]) == (1.5, 2.6)
    assert line["line_source"] == "spreads_by_season"
    assert line["line_known_at"] == TIP
    assert not line["line_is_time_known"]


def test_the_newest_quote_of_a_source_and_the_newest_part_count() -> None:
    early, late = TIP - pd.Timedelta(hours=6), TIP - pd.Timedelta(hours=1)
    found = consensus_game_line(
        lines(
            ("1", "kaggle_sbr", -3.0, NONE, NONE, NONE, True, early),
            ("1", "kaggle_sbr", -5.0, NONE, NONE, NONE, True, late),
            ("1", "sbr", -7.0, 210.0, NONE, NONE, True, early),
        ),
        PRIORITY,
    )
    line = found.iloc[0]
    assert (line["spread_home"], line["total"]) == (-5.0, 210.0)
    assert line["line_known_at"] == late
    assert line["line_is_time_known"]


def test_a_part_without_a_time_makes_the_line_untimed() -> None:
    found = consensus_game_line(
        lines(
            ("1", "kaggle_sbr", -3.0, NONE, NONE, NONE, True, TIP), ("1", "sbr", NONE, 210.0, NONE, NONE, False, TIP)
        ),
        PRIORITY,
    )
    assert not found.loc[0, "line_is_time_known"]


def test_games_without_a_usable_market_have_no_line() -> None:
    found = consensus_game_line(
        lines(
            ("1", "sbr", NONE, NONE, 1.8, NONE, False, TIP),
            ("2", "sbr", NONE, 215.0, NONE, NONE, False, TIP),
        ),
        PRIORITY,
    )
    assert list(found["game_id"]) == ["2"]
    assert found.loc[0, "line_source"] == "sbr"
    assert list(consensus_game_line(lines(), PRIORITY).columns) == list(CONSENSUS_COLUMNS)


def test_implied_totals_give_the_favourite_half_the_spread() -> None:
    frame = pd.DataFrame({"total": [220.0, 219.5, NONE], "spread_home": [-6.0, 3.5, 1.0]}, index=[7, 8, 9])
    found = implied_totals(frame)
    assert found.loc[7].tolist() == [113.0, 107.0]
    # Home is the underdog by 3.5: 109.75 - 1.75.
    assert found.loc[8].tolist() == [108.0, 111.5]
    assert found.loc[9].isna().all()
