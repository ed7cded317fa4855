"""Matches rows (odds, lines) that contain a day and teams, but no game id, to games."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from nba_assets.basketball.calendar import EASTERN

TEXT = pd.StringDtype("pyarrow")
ONE_DAY = pd.Timedelta(days=1)


def match_games(games: pd.DataFrame, day: pd.Series, home: pd.Series, away: pd.Series) -> pd.DataFrame:
    """The game of each row that has a US Eastern day and teams but no game id.

    Args:
        games: rows of `season_games` that may be matched.
        day: midnight of the day (datetime64, NaT = unknown).
        home, away: tricodes; where `away` is NULL, only the home team is matched.

    Returns:
        Aligned with the index of `day`: game_id, game_date (of the game), match. match is `exact`, `swapped` (home and
        away exchanged, neutral-site games only), `home_only`, `moved` (one day earlier or later, both teams, exactly
        one such game), `moved_swapped`, or NULL without a match.
    """
    teams = pd.unique(pd.concat([games["home_team"], games["away_team"]]).dropna())
    places = {team: place for place, team in enumerate(teams)}
    midnights = _day_numbers(day)
    homes, aways = _team_numbers(home, places), _team_numbers(away, places)
    game_days = _day_numbers(games["game_date"])
    game_homes, game_aways = (_team_numbers(games[side], places) for side in ("home_team", "away_team"))
    is_neutral = games["is_neutral_site"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    size = len(places) + 1

    def key(days: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """One number for a day and two teams; -1 where one of them is unknown."""
        return np.where((days >= 0) & (first >= 0) & (second >= 0), (days * size + first) * size + second, -1)

    known = key(game_days, game_homes, game_aways)
    swapped = np.where(is_neutral, key(game_days, game_aways, game_homes), -1)

    def moved(among: np.ndarray) -> np.ndarray:
        before, after = (_only_one(key(midnights + step, homes, aways), among) for step in (-1, 1))
        return np.where((before >= 0) & (after >= 0), -1, np.maximum(before, after))

    asked = key(midnights, homes, aways)
    by_home = _only_one(key(midnights, homes, homes), key(game_days, game_homes, game_homes))
    found = np.full(len(day), -1, dtype=np.int64)
    match = np.full(len(day), None, dtype=object)
    for name, game in (
        ("exact", _only_one(asked, known)),
        ("swapped", _only_one(asked, swapped)),
        ("home_only", np.where(away.isna(), by_home, -1)),
        ("moved", moved(known)),
        ("moved_swapped", moved(swapped)),
    ):
        is_new = (found < 0) & (game >= 0)
        found[is_new] = game[is_new]
        match[is_new] = name
    has_game = found >= 0
    game_ids, dates = np.full(len(day), None, dtype=object), np.full(len(day), "NaT", dtype="datetime64[ns]")
    game_ids[has_game] = games["game_id"].to_numpy(dtype=object)[found[has_game]]
    dates[has_game] = games["game_date"].to_numpy(dtype="datetime64[ns]")[found[has_game]]
    columns = {"game_id": pd.array(game_ids, dtype=TEXT), "game_date": dates, "match": pd.array(match, dtype=TEXT)}
    return pd.DataFrame(columns, index=day.index)


def by_distinct(values: pd.Series, function: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """The result of a function that works value by value; it is called with each distinct value once.

    Columns of source rows repeat few texts often. NULL stays NULL.
    """
    codes, distinct = pd.factorize(values)
    results = function(pd.Series(distinct, dtype=values.dtype)).array
    return pd.Series(results.take(codes, allow_fill=True), index=values.index, name=values.name)


def pad_game_id(game_ids: pd.Series) -> pd.Series:
    """Game ids as ten digits (string[pyarrow]); some publishers drop the leading zeros or print a decimal number
    (22300001.0). NULL stays NULL."""
    if pd.api.types.is_float_dtype(game_ids.dtype):
        game_ids = game_ids.astype("Int64")
    return by_distinct(game_ids.astype(TEXT), _padded)


def _padded(game_ids: pd.Series) -> pd.Series:
    return game_ids.str.strip().str.removesuffix(".0").str.pad(10, fillchar="0").astype(TEXT)


def eastern_day(moments: pd.Series) -> pd.Series:
    """The US Eastern day (naive midnight) of moments in UTC: the day by which the NBA dates a game."""
    return moments.dt.tz_convert(EASTERN.key).dt.tz_localize(None).dt.normalize().astype("datetime64[ns]")


def _day_numbers(days: pd.Series) -> np.ndarray:
    """Days since 1970; -2 where it is NULL or no midnight, so that neither neighbour is a day."""
    moments = pd.to_datetime(days).to_numpy(dtype="datetime64[ns]")
    numbers = moments.astype("datetime64[D]")
    is_day = ~np.isnat(moments) & (numbers.astype("datetime64[ns]") == moments)
    return np.where(is_day, numbers.astype(np.int64), -2)


def _team_numbers(teams: pd.Series, places: dict[str, int]) -> np.ndarray:
    """The place of each team; -1 for a team without one and for NULL."""
    codes, distinct = pd.factorize(teams)
    numbers = np.array([*(places.get(team, -1) for team in distinct), -1], dtype=np.int64)
    return numbers[codes]


def _only_one(asked: np.ndarray, games: np.ndarray) -> np.ndarray:
    """The position of the game with each asked number, -1 unless exactly one game has it."""
    numbers, positions, counts = np.unique(games, return_index=True, return_counts=True)
    is_clear = (numbers >= 0) & (counts == 1)
    numbers, positions = numbers[is_clear], positions[is_clear]
    place = np.searchsorted(numbers, asked)
    found = np.full(len(asked), -1, dtype=np.int64)
    is_inside = (asked >= 0) & (place < len(numbers))
    inside = np.flatnonzero(is_inside)
    inside = inside[numbers[place[inside]] == asked[inside]]
    found[inside] = positions[place[inside]]
    return found
