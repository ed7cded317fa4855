"""Matches rows (odds, lines) that contain a day and teams, but no game id, to games."""

from __future__ import annotations

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
    asked = pd.DataFrame(
        {
            "game_date": pd.to_datetime(day).astype("datetime64[ns]").to_numpy(),
            "home_team": home.astype(TEXT).to_numpy(),
            "away_team": away.astype(TEXT).to_numpy(),
        }
    ).astype({"home_team": TEXT, "away_team": TEXT})
    known = games[["game_id", "game_date", "home_team", "away_team", "is_neutral_site"]]
    neutral = known[known["is_neutral_site"].astype("boolean").fillna(False).astype(bool)]
    swapped = neutral.rename(columns={"home_team": "away_team", "away_team": "home_team"})
    both = ["game_date", "home_team", "away_team"]

    def moved(among: pd.DataFrame) -> pd.Series:
        before = _game_of(asked.assign(game_date=asked["game_date"] - ONE_DAY), among, both)
        after = _game_of(asked.assign(game_date=asked["game_date"] + ONE_DAY), among, both)
        return before.fillna(after).mask(before.notna() & after.notna())

    found = pd.Series(pd.NA, index=asked.index, dtype=TEXT)
    match = found.copy()
    for name, game in (
        ("exact", _game_of(asked, known, both)),
        ("swapped", _game_of(asked, swapped, both)),
        ("home_only", _game_of(asked, known, ["game_date", "home_team"]).mask(asked["away_team"].notna())),
        ("moved", moved(known)),
        ("moved_swapped", moved(swapped)),
    ):
        is_new = found.isna() & game.notna()
        found = found.mask(is_new, game)
        match = match.mask(is_new, name)
    dates = found.map(games.set_index("game_id")["game_date"]).astype("datetime64[ns]")
    return pd.DataFrame({"game_id": found, "game_date": dates, "match": match}).set_index(day.index)


def pad_game_id(game_ids: pd.Series) -> pd.Series:
    """Game ids as ten digits (string[pyarrow]); some publishers drop the leading zeros or print a decimal number
    (22300001.0). NULL stays NULL."""
    if pd.api.types.is_float_dtype(game_ids.dtype):
        game_ids = game_ids.astype("Int64")
    return game_ids.astype(TEXT).str.strip().str.removesuffix(".0").str.pad(10, fillchar="0").astype(TEXT)


def eastern_day(moments: pd.Series) -> pd.Series:
    """The US Eastern day (naive midnight) of moments in UTC: the day by which the NBA dates a game."""
    return moments.dt.tz_convert(EASTERN.key).dt.tz_localize(None).dt.normalize().astype("datetime64[ns]")


def _game_of(asked: pd.DataFrame, games: pd.DataFrame, on: list[str]) -> pd.Series:
    """Game id of each row of `asked` by these columns, NULL unless exactly one game matches."""
    candidates = games.drop_duplicates(on, keep=False)[[*on, "game_id"]]
    return asked[on].merge(candidates, on=on, how="left")["game_id"].astype(TEXT)
