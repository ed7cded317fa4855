"""Arenas, distances and time zones: cases checked by hand, then every game of the archive."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nba_assets.basketball.arenas import arenas, locate, miles, other_sites, sites, utc_offset_hours
from nba_assets.basketball.calendar import Season
from nba_assets.basketball.teams import to_tricode
from nba_assets.contracts.columns.identity import COMPETITIVE, TEAMS
from nba_assets.sources.adapt.games import eastern_day, match_games, season_games
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive

TEXT = pd.StringDtype("pyarrow")
SEASONS = [Season(year) for year in (2021, 2022, 2023, 2024)]


def games(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """(game_date, home_team, season_type), indexed from 5."""
    frame = pd.DataFrame(rows, columns=["game_date", "home_team", "season_type"], index=range(5, 5 + len(rows)))
    frame["game_date"] = pd.to_datetime(frame["game_date"])
    return frame.astype({"home_team": TEXT, "season_type": TEXT}).assign(game_id=[f"g{n}" for n in range(len(rows))])


def test_every_team_has_one_arena_on_every_day() -> None:
    homes = arenas().dropna(subset=["team"])
    assert set(homes["team"]) == set(TEAMS)
    days = pd.DataFrame({"day": pd.date_range("2021-10-01", "2025-12-31")})
    held = homes.merge(days, how="cross")
    held = held[(held["from_day"] <= held["day"]) & (held["day"] <= held["to_day"])]
    assert set(held.groupby(["team", "day"]).size()) == {1}
    assert len(held) == len(days) * 30


def test_every_site_is_a_known_building() -> None:
    assert set(other_sites()["arena"]) <= set(arenas()["arena"])
    assert not other_sites().duplicated(["game_date", "home_team"]).any()
    places = arenas().groupby("arena")[["latitude", "longitude", "timezone"]].nunique()
    assert bool((places == 1).all().all()), "one building, one place"


@pytest.mark.parametrize(
    ("day", "team", "season_type", "arena", "is_neutral"),
    [
        ("2021-12-24", "LAC", "regular", "Staples Center", False),
        ("2021-12-25", "LAC", "regular", "Crypto.com Arena", False),
        ("2024-04-14", "LAC", "regular", "Crypto.com Arena", False),
        ("2024-10-23", "LAC", "regular", "Intuit Dome", False),
        ("2024-10-23", "LAL", "regular", "Crypto.com Arena", False),
        ("2023-01-19", "DET", "regular", "Accor Arena", True),
        ("2023-01-21", "DET", "regular", "Little Caesars Arena", False),
        ("2024-12-17", "OKC", "cup_final", "T-Mobile Arena", True),
        ("2023-04-06", "SAS", "regular", "Moody Center", False),
        ("2024-10-04", "DEN", "preseason", "Etihad Arena", True),
        ("2024-10-05", "DEN", "preseason", None, None),
        ("2024-02-18", "EST", "all_star", None, None),
    ],
)
def test_sites(day: str, team: str, season_type: str, arena: str | None, is_neutral: bool | None) -> None:
    found = sites(games((day, team, season_type)))
    assert list(found.index) == [5]
    place = found.iloc[0]
    assert place["arena"] == arena if arena else pd.isna(place["arena"])
    assert place["is_neutral_site"] == is_neutral if is_neutral is not None else pd.isna(place["is_neutral_site"])
    assert pd.isna(place["latitude"]) == (arena is None) == pd.isna(place["timezone"])


def test_locate_keeps_the_order_of_the_games() -> None:
    found = locate(games(("2024-01-05", "LAL", "regular"), ("2024-01-05", "BOS", "regular")))
    assert list(found.columns) == ["game_id", "latitude", "longitude", "timezone"]
    assert list(found["game_id"]) == ["g0", "g1"]
    assert list(found["timezone"]) == ["America/Los_Angeles", "America/New_York"]
    assert list(found["latitude"].round()) == [34, 42]


def test_miles() -> None:
    # a quarter of the great circle: pi / 2 * 3958.7613; Boston - Los Angeles is about 2,600 miles by air
    assert miles([0.0], [0.0], [0.0], [90.0])[0] == pytest.approx(6218.4, abs=0.1)
    assert miles([90.0], [0.0], [-90.0], [0.0])[0] == pytest.approx(12436.8, abs=0.1)
    coast = miles([42.3662], [-71.0621], [34.0430], [-118.2673])[0]
    assert 2585 < coast < 2615
    assert miles([42.0], [-71.0], [42.0], [-71.0])[0] == 0
    assert np.isnan(miles([np.nan], [0.0], [0.0], [0.0])[0])


def test_miles_of_a_row_do_not_depend_on_other_rows() -> None:
    places = arenas()
    lat, lon = places["latitude"], places["longitude"]
    together = miles(lat, lon, lat.to_numpy()[::-1].copy(), lon.to_numpy()[::-1].copy())
    alone = [
        miles([a], [b], [c], [d])[0]
        for a, b, c, d in zip(lat, lon, lat.to_numpy()[::-1], lon.to_numpy()[::-1], strict=True)
    ]
    assert together.tolist() == alone


def test_utc_offset_hours() -> None:
    zones = ["America/New_York", "America/New_York", "America/Phoenix", "America/Phoenix", "Europe/Paris", None]
    days = ["2024-01-05", "2024-04-05", "2024-01-05", "2024-04-05", "2025-01-23", "2024-01-05"]
    index = range(3, 9)
    found = utc_offset_hours(pd.Series(zones, index=index, dtype=TEXT), pd.Series(pd.to_datetime(days), index=index))
    assert list(found.index) == list(index)
    assert found.tolist()[:5] == [-5.0, -4.0, -7.0, -7.0, 1.0]
    assert np.isnan(found.iloc[5])


@pytest.mark.archive
def test_archive_every_competitive_game_has_a_place(archive: Archive) -> None:
    found = season_games(*(archive.read(FAMILIES[name], SEASONS).frame for name in ("schedule", "team_game_logs")))
    found = found[found["season_type"].isin(COMPETITIVE)]
    assert not locate(found).isna().any().any()
    assert set(sites(found)["timezone"]) >= {"Europe/Paris", "America/Mexico_City"}


@pytest.mark.archive
def test_archive_arenas_match_the_published_schedule(archive: Archive) -> None:
    """`Location` of schedule_tipoff_utc is the same building, under its name at the time of the file."""
    names = ("schedule", "team_game_logs", "schedule_tipoff_utc")
    schedule, logs, tipoffs = (archive.read(FAMILIES[name], SEASONS).frame for name in names)
    planned = pd.to_datetime(tipoffs["Date"], format="%d/%m/%Y %H:%M", utc=True)
    found = season_games(schedule, logs)
    home, away = to_tricode(tipoffs["Home Team"]), to_tricode(tipoffs["Away Team"])
    matched = match_games(found, eastern_day(planned), home, away)
    ours = tipoffs.assign(game_id=matched["game_id"]).merge(found, on="game_id")
    buildings = arenas().drop_duplicates("arena").set_index("arena")["latitude"]
    assert len(ours) == 3612
    assert ours["Location"].map(buildings).equals(ours["arena"].map(buildings))
