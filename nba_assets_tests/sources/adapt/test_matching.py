"""Matching by the rules, one row at a time; functions of distinct values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nba_assets.sources.adapt.matching import ONE_DAY, TEXT, by_distinct, match_games, pad_game_id

TEAMS = ["BOS", "LAL", "DEN", "MIA"]
MONDAY = pd.Timestamp("2024-01-15")


def random_games(seed: int, size: int = 30) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    sides = [random.choice(TEAMS, 2, replace=False) for _ in range(size)]
    return pd.DataFrame(
        {
            "game_id": pd.Series([f"00223{number:05}" for number in range(size)], dtype=TEXT),
            "game_date": MONDAY + pd.to_timedelta(random.integers(0, 9, size), unit="D"),
            "home_team": pd.Series([home for home, _ in sides], dtype=TEXT),
            "away_team": pd.Series([away for _, away in sides], dtype=TEXT),
            "is_neutral_site": pd.Series(random.choice([True, False, None], size), dtype="boolean"),
        }
    )


def random_rows(seed: int, size: int = 300) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    day = pd.Series(MONDAY + pd.to_timedelta(random.integers(-2, 8, size), unit="D"))
    day = day.mask(random.random(size) < 0.05).mask(random.random(size) < 0.03, MONDAY + pd.Timedelta(hours=7))
    teams = np.array([*TEAMS, "???", None], dtype=object)
    rows = pd.DataFrame({"day": day, "home": random.choice(teams, size), "away": random.choice(teams, size)})
    return rows.set_index(pd.Index(random.permutation(size)))


def matched(games: pd.DataFrame, day: pd.Timestamp, home: object, away: object) -> tuple[object, object]:
    """The game of one row and how it was found, as the docstring of `match_games` says."""

    def only(on: pd.Timestamp, one: object, other: object, is_neutral: bool) -> str | None:
        among = games[games["is_neutral_site"].fillna(False).astype(bool)] if is_neutral else games
        found = among[(among["game_date"] == on) & (among["home_team"] == one).fillna(False).astype(bool)]
        if other is not None:
            found = found[(found["away_team"] == other).fillna(False).astype(bool)]
        return str(found["game_id"].iloc[0]) if len(found) == 1 else None

    def moved(one: object, other: object, is_neutral: bool) -> str | None:
        found = [only(day + step, one, other, is_neutral) for step in (-ONE_DAY, ONE_DAY)]
        return None if all(found) else found[0] or found[1]

    if pd.isna(day) or home is None:
        return None, None
    if away is None:
        game = only(day, home, None, False)
        return (game, "home_only") if game else (None, None)
    for name, game in (
        ("exact", only(day, home, away, False)),
        ("swapped", only(day, away, home, True)),
        ("moved", moved(home, away, False)),
        ("moved_swapped", moved(away, home, True)),
    ):
        if game:
            return game, name
    return None, None


@pytest.mark.parametrize("seed", range(4))
def test_rows_match_by_the_rules(seed: int) -> None:
    games, rows = random_games(seed), random_rows(seed)
    found = match_games(games, rows["day"], rows["home"].astype(TEXT), rows["away"].astype(TEXT))
    assert found.index.equals(rows.index)
    assert found.dtypes.astype(str).to_dict() == {"game_id": "string", "game_date": "datetime64[ns]", "match": "string"}
    expected = [matched(games, *row) for row in rows.itertuples(index=False)]
    assert (
        list(
            zip(
                *(found[name].astype(object).where(found[name].notna(), None) for name in ("game_id", "match")),
                strict=True,
            )
        )
        == expected
    )
    assert {how for _, how in expected} >= {"exact", "swapped", "home_only", "moved", None}
    dates = found["game_id"].map(games.set_index("game_id")["game_date"])
    pd.testing.assert_series_equal(found["game_date"], dates, check_names=False)


def test_without_games_or_rows_nothing_matches() -> None:
    games, rows = random_games(1), random_rows(1)
    home, away = rows["home"].astype(TEXT), rows["away"].astype(TEXT)
    assert match_games(games[:0], rows["day"], home, away)["game_id"].isna().all()
    assert match_games(games, rows["day"][:0], home[:0], away[:0]).empty


def test_a_function_of_distinct_values_is_called_once_with_each() -> None:
    texts = pd.Series(["b", None, "a", "b"], index=[7, 3, 5, 1], dtype=TEXT, name="text")
    seen: list[list[str]] = []

    def upper(values: pd.Series) -> pd.Series:
        seen.append(values.tolist())
        return values.str.upper()

    found = by_distinct(texts, upper)
    assert seen == [["b", "a"]]
    pd.testing.assert_series_equal(found, texts.str.upper())


def test_game_ids_have_ten_digits_however_they_are_printed() -> None:
    printed = pd.Series(["22300001", " 0022300001 ", "22300001.0", None], dtype=TEXT)
    assert pad_game_id(printed).tolist() == ["0022300001"] * 3 + [pd.NA]
    assert pad_game_id(pd.Series([22300001.0, None])).tolist() == ["0022300001", pd.NA]
