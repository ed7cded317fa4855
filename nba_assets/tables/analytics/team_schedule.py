"""Games from the perspective of each of the two teams, and a team's schedule before a game: rest, load, travel."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.basketball.arenas import locate, miles, utc_offset_hours
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.windows.asof import History, Window

EARLY_GAMES = 20
MIDDLE_GAMES = 60
"""The regular season of a team: its games 1-20 are early, 21-60 mid, 61-82 late."""


def sides(schedule: pd.DataFrame) -> pd.DataFrame:
    """Two rows per competitive game, one per team.

    Args:
        schedule: rows of the table schedule.

    Returns:
        game_date, game_id, season, season_type, tipoff_at, is_neutral_site, team, opponent, is_home, latitude,
        longitude, timezone; sorted by game_date, game_id, team.
    """
    games = schedule[schedule["season_type"].isin(COMPETITIVE)].reset_index(drop=True)
    kept = games[["game_date", "game_id", "season", "season_type", "tipoff_at", "is_neutral_site"]]
    kept = kept.join(locate(games)[["latitude", "longitude", "timezone"]])
    home = kept.assign(team=games["home_team"], opponent=games["away_team"], is_home=True)
    away = kept.assign(team=games["away_team"], opponent=games["home_team"], is_home=False)
    both = pd.concat([home, away], ignore_index=True)
    return both.sort_values(["game_date", "game_id", "team"], kind="stable", ignore_index=True)


def season_phase(season_type: pd.Series, game_number: pd.Series) -> pd.Series:
    """In the regular season early | mid | late by the team's game number, else the season type."""
    by_number = np.select([game_number <= EARLY_GAMES, game_number <= MIDDLE_GAMES], ["early", "mid"], "late")
    return season_type.astype("string[pyarrow]").mask(season_type == "regular", pd.Series(by_number, season_type.index))


def rest_days(earlier: Window) -> pd.Series:
    """Days without a game before the day (Int64): 0 = played yesterday, NULL = nothing in the window."""
    return earlier.days_since - 1


def is_back_to_back(days_rest: pd.Series) -> pd.Series:
    """Whether the team played yesterday; false without an earlier game in the window."""
    return (days_rest == 0).fillna(False).astype(bool)


def back_to_backs(two_weeks: Window) -> pd.Series:
    """Number of games of the last 14 days on the day after another game (int64), from a window of 15 days.

    The fifteenth day is needed for the first game of a back-to-back whose second game is on the fourteenth.
    """
    games = two_weeks.rows("game_date")
    is_second = (games["target"].diff() == 0) & (games["game_date"].diff() == pd.Timedelta(days=1))
    counts = np.bincount(games.loc[is_second, "target"], minlength=len(two_weeks.count))
    return pd.Series(counts.astype("int64"), index=two_weeks.count.index)


def with_load(target: pd.DataFrame, earlier_sides: History) -> pd.DataFrame:
    """The target rows (sides) with the team's schedule load before the game.

    Added: game_number_in_season (without the Cup final, as in the standings), season_phase, days_rest,
    back_to_back, games_in_last_7_days, games_in_last_14_days, back_to_backs_last_14_days, travel_miles and
    time_zones_crossed (see `travel`).
    """
    rows = target.copy()
    games = earlier_sides.by("team")
    counted = earlier_sides.where(lambda f: f["season_type"] != "cup_final").by("team")
    rows["game_number_in_season"] = counted.season_to_date(rows).games + 1
    rows["season_phase"] = season_phase(rows["season_type"], rows["game_number_in_season"])
    rows["days_rest"] = rest_days(games.earlier(rows))
    rows["back_to_back"] = is_back_to_back(rows["days_rest"])
    for days in (7, 14):
        rows[f"games_in_last_{days}_days"] = games.last_days(rows, days).games
    rows["back_to_backs_last_14_days"] = back_to_backs(games.last_days(rows, 15))
    return rows.join(travel(rows, games.season_to_date(rows)))


def travel(target: pd.DataFrame, season: Window) -> pd.DataFrame:
    """The travel from the arena of the team's last game of this season to the arena of this game.

    Returns:
        travel_miles: great-circle distance, to a tenth of a mile; NULL for the first game of a season, because the
            starting point is unknown. Returning home between two away games is not considered.
        time_zones_crossed: change of local time in hours (east positive), with both offsets on the day of this game, so
            that a change to summer time does not count as travel.
    """
    last = pd.DataFrame({name: season.newest(name) for name in ("latitude", "longitude", "timezone")})
    way = miles(last["latitude"], last["longitude"], target["latitude"], target["longitude"])
    here = utc_offset_hours(target["timezone"], target["game_date"])
    there = utc_offset_hours(last["timezone"].astype("string[pyarrow]"), target["game_date"])
    return pd.DataFrame({"travel_miles": np.round(way, 1), "time_zones_crossed": here - there}, index=target.index)
