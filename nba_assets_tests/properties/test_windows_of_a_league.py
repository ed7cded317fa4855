"""Windows over random league schedules equal a loop over the games: trades, absences, dense weeks, long breaks.

test_asof.py draws independent rows; here a league is simulated, so that rows are consistent: a player has one team per
day, a team at most one game per day, often on consecutive days, and every player of both teams is listed, whether he
played or not.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_assets.basketball.calendar import Season
from nba_assets.windows.asof import Grouped, History, Window

TEAMS = ("BOS", "MIA", "DEN", "LAL")
PLAYERS = range(1, 9)
FIRST = date(2021, 12, 27)
REACH = 400
SUMMER = timedelta(days=170)


@dataclass(frozen=True)
class League:
    """listed: one row per listed player-game. asked: day, player, his team then, an earlier day or none."""

    listed: list[dict[str, object]]
    asked: list[tuple[date, int, str, date | None]]


FIXTURES = ((), (("BOS", "MIA"),), (("BOS", "MIA"), ("DEN", "LAL")), (("MIA", "DEN"), ("LAL", "BOS")))
"""The games of a day: none, one, or two."""
WEEK = st.lists(st.sampled_from(FIXTURES), min_size=7, max_size=7)
BREAK = st.sampled_from([timedelta(0), timedelta(days=101), SUMMER])


@st.composite
def leagues(draw: st.DrawFn) -> League:
    """Weeks with short and long breaks between them; trades, line-ups and scores come from a seed."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    day, teams = FIRST, {player: TEAMS[player % 4] for player in PLAYERS}
    league = League([], [])
    for week in draw(st.lists(WEEK, min_size=2, max_size=5)):
        for games in week:
            if chance.random() < 0.4:
                teams[chance.choice(PLAYERS)] = chance.choice(TEAMS)
            for player in chance.sample(PLAYERS, 2):
                first_day = day - timedelta(days=chance.randrange(420)) if chance.random() < 0.8 else None
                league.asked.append((day, player, teams[player], first_day))
            for number, sides in enumerate(games):
                for player, team in sorted(teams.items()):
                    if team in sides:
                        played = chance.random() < 0.7
                        row = {"game_date": day, "game_id": f"{day}-{number}", "player_id": player, "team": team}
                        points = chance.randrange(40) if played else None
                        league.listed.append(row | {"is_played": played, "points": points})
            day += timedelta(days=1)
        day += draw(BREAK)
    return league


def frames(league: League) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    names = "game_date game_id player_id team is_played points".split()
    rows = pd.DataFrame(league.listed, columns=names).astype(
        {"player_id": "int64", "points": "Int64", "is_played": "boolean", "game_date": "datetime64[ns]"}
    )
    text = pd.StringDtype("pyarrow")
    rows = rows.astype({"game_id": text, "team": text})
    asked = pd.DataFrame(league.asked, columns=["game_date", "player_id", "team", "first_day"])
    asked = asked.astype({"game_date": "datetime64[ns]", "first_day": "datetime64[ns]", "team": text})
    return rows, asked, asked.pop("first_day")


def windows(rows: Grouped, asked: pd.DataFrame, first_day: pd.Series) -> dict[str, Window]:
    return {
        "last 3 games": rows.last_games(asked, 3),
        "last 10 games in 90 days": rows.last_games(asked, 10, days=90),
        "last 7 days": rows.last_days(asked, 7),
        "season": rows.season_to_date(asked),
        "since": rows.since(asked, first_day),
    }


def looped(mine: list[dict[str, object]], day: date, first_day: date | None) -> dict[str, list[dict[str, object]]]:
    """The rows of each window from a key's rows, by its definition."""
    before = [row for row in mine if row["game_date"] < day]
    near = [row for row in before if (day - row["game_date"]).days <= REACH]

    def newest(rows: list[dict[str, object]], n: int) -> list[dict[str, object]]:
        games = list(dict.fromkeys((row["game_date"], row["game_id"]) for row in rows))[-n:]
        return [row for row in rows if (row["game_date"], row["game_id"]) in games]

    return {
        "last 3 games": newest(near, 3),
        "last 10 games in 90 days": newest([row for row in near if (day - row["game_date"]).days <= 90], 10),
        "last 7 days": [row for row in near if (day - row["game_date"]).days <= 7],
        "season": [row for row in before if Season.of_day(row["game_date"]) == Season.of_day(day)],
        "since": [row for row in near if first_day is None or row["game_date"] >= first_day],
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(leagues())
def test_windows_of_a_league_equal_a_loop_over_its_games(league: League) -> None:
    """By player across teams, by player and team (separated by trades), by team over all its rows."""
    rows, asked, first_day = frames(league)
    played = History(rows).where(lambda f: f["is_played"])
    for keys, of_keys in (
        (("player_id",), lambda row, player, team: row["player_id"] == player),
        (("player_id", "team"), lambda row, player, team: (row["player_id"], row["team"]) == (player, team)),
        (("team",), lambda row, player, team: row["team"] == team),
    ):
        found = {
            name: list(
                zip(
                    window.count,
                    window.games,
                    window.sum("points").fillna(0),
                    window.days_since.fillna(0),
                    strict=True,
                )
            )
            for name, window in windows(played.by(*keys), asked, first_day).items()
        }
        for position, (day, player, team, first) in enumerate(league.asked):
            mine = [row for row in league.listed if row["is_played"] and of_keys(row, player, team)]
            for name, rows_of_window in looped(mine, day, first).items():
                games = {row["game_id"] for row in rows_of_window}
                points = sum(row["points"] for row in rows_of_window)
                days_since = (day - rows_of_window[-1]["game_date"]).days if rows_of_window else 0
                expected = (len(rows_of_window), len(games), points, days_since)
                assert found[name][position] == expected, (keys, name, day, player)
