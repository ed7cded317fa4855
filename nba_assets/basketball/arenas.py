"""Where games are played: arenas, sites away from the home arena, distances and time zones.

`arenas.csv` has the home arena of each team with its first and last day (a renamed building has one row per name) and,
without a team, the other buildings used in these seasons. `sites.csv` has the games that were not played in the home
team's arena, by day and home team; the Spurs' home games in Austin and in the Alamodome are not at a neutral site. Both
files are maintained by hand; coordinates are decimal degrees of the building, to about a hundred metres.

Pre-season games are often played in other cities: their arena is NULL unless `sites.csv` has them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

TEXT = pd.StringDtype("pyarrow")
EARTH_RADIUS_MILES = 3958.7613
"""Mean radius of the Earth, R1 = 6371.0088 km (IUGG, Moritz 2000, Geodetic Reference System 1980), in statute miles."""
_FOLDER = Path(__file__).parent
_OPEN_END = pd.Timestamp("2262-01-01")


@cache
def arenas() -> pd.DataFrame:
    """The buildings: team (NULL if no team's home), arena, city, latitude, longitude, timezone, from_day, to_day."""
    text = dict.fromkeys(["team", "arena", "city", "timezone"], TEXT)
    found = pd.read_csv(_FOLDER / "arenas.csv", dtype=text, parse_dates=["from_day", "to_day"])
    found["to_day"] = found["to_day"].fillna(_OPEN_END)
    return found


@cache
def other_sites() -> pd.DataFrame:
    """Games away from the home team's arena: game_date, home_team, arena, is_neutral_site."""
    text = dict.fromkeys(["home_team", "arena"], TEXT)
    return pd.read_csv(_FOLDER / "sites.csv", dtype=text | {"is_neutral_site": "boolean"}, parse_dates=["game_date"])


def sites(games: pd.DataFrame) -> pd.DataFrame:
    """The place of each game: from `sites.csv` if it has the game, else the home team's arena on that day.

    Args:
        games: game_date, home_team, season_type.

    Returns:
        With the index of `games`: arena, latitude, longitude (degrees), timezone (IANA), is_neutral_site; NULL for a
        pre-season or all-star game that `sites.csv` does not have.
    """
    asked = games[["game_date", "home_team", "season_type"]].reset_index(drop=True)
    special = asked.merge(other_sites(), on=["game_date", "home_team"], how="left", validate="many_to_one")
    homes = asked.reset_index(names="_at").merge(
        arenas().dropna(subset=["team"]), left_on="home_team", right_on="team", how="inner"
    )
    homes = homes[(homes["from_day"] <= homes["game_date"]) & (homes["game_date"] <= homes["to_day"])].set_index("_at")
    home_arena = homes["arena"].reindex(asked.index)
    is_elsewhere = special["arena"].notna()
    is_at_home = ~is_elsewhere & ~asked["season_type"].isin(["preseason", "all_star"])
    buildings = arenas().drop_duplicates("arena").set_index("arena")
    found = pd.DataFrame({"arena": special["arena"].fillna(home_arena.where(is_at_home)).astype(TEXT)})
    for column in ("latitude", "longitude", "timezone"):
        found[column] = found["arena"].map(buildings[column])
    found["timezone"] = found["timezone"].astype(TEXT)
    found["is_neutral_site"] = special["is_neutral_site"].mask(is_at_home, False)
    return found.set_index(games.index)


def locate(games: pd.DataFrame) -> pd.DataFrame:
    """Coordinates of each game: game_id, latitude, longitude (degrees), timezone (IANA), in the order of `games`.

    Args:
        games: game_id, game_date, home_team, season_type (from `season_games` or the table `schedule`).
    """
    places = sites(games)[["latitude", "longitude", "timezone"]]
    return pd.concat([games[["game_id"]], places], axis=1)


def miles(
    latitude_from: pd.Series | np.ndarray,
    longitude_from: pd.Series | np.ndarray,
    latitude_to: pd.Series | np.ndarray,
    longitude_to: pd.Series | np.ndarray,
) -> np.ndarray:
    """Great-circle distance in statute miles between points in degrees; NaN if a coordinate is unknown.

    Haversine formula (R. W. Sinnott, Virtues of the Haversine, Sky and Telescope 68 (2), 1984) on a sphere. Rounded to
    a tenth of a mile, the precision of the coordinates: the last bits of a float differ between machines.
    """
    lat_1, lon_1, lat_2, lon_2 = (
        np.radians(np.asarray(values, dtype="float64"))
        for values in (latitude_from, longitude_from, latitude_to, longitude_to)
    )
    half = np.sin((lat_2 - lat_1) / 2) ** 2 + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2) ** 2
    return np.round(2 * EARTH_RADIUS_MILES * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))), 1)


def utc_offset_hours(timezone: pd.Series, days: pd.Series) -> pd.Series:
    """UTC offset in hours at noon (UTC) of each day: -5.0 in New York in winter; NaN if the zone is unknown."""
    noon = pd.to_datetime(days) + pd.Timedelta(hours=12)
    found = pd.Series(np.nan, index=timezone.index, dtype="float64")
    for zone in timezone.dropna().unique():
        here = (timezone == zone).fillna(False).astype(bool)
        local = noon[here]
        ahead = local - local.dt.tz_localize(zone).dt.tz_convert("UTC").dt.tz_localize(None)
        found[here] = ahead.dt.total_seconds() / 3600
    return found
