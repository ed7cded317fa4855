"""Inputs that are read season by season."""

from __future__ import annotations

from datetime import date

import pandas as pd

from nba_assets.contracts.inputs import BySeason


def test_each_season_is_read_on_demand() -> None:
    asked: list[tuple[date, date]] = []

    def read(first: date, last: date) -> pd.DataFrame:
        asked.append((first, last))
        return pd.DataFrame({"game_date": [pd.Timestamp(first)]})

    seasons = iter(BySeason(read, date(2021, 10, 19), date(2023, 11, 2)))
    assert asked == []
    assert next(seasons)["game_date"].tolist() == [pd.Timestamp(2021, 10, 19)]
    assert len(asked) == 1
    rest = list(seasons)
    assert len(rest) == 2
    assert [first for first, _ in asked[1:]] == [last + pd.Timedelta(days=1) for _, last in asked[:-1]]
    assert asked[-1][1] == date(2023, 11, 2)


def test_a_small_table_is_read_at_once() -> None:
    first, last = date(2021, 10, 19), date(2023, 11, 2)
    found = BySeason(lambda start, end: pd.DataFrame({"first": [start], "last": [end]}), first, last).whole()
    assert found.to_dict("records") == [{"first": first, "last": last}]
