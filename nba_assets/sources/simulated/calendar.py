"""The calendar of the simulated league: the days of a season and its 1,230 regular-season games.

The dates follow the real calendar: opening night on the Tuesday from 18 to 24 October, the last of 174 days on a Sunday
in April, no games on Thanksgiving, Christmas Eve and during the All-Star break, the Cup final on a separate day from
2023-24 on, the play-in from the Tuesday after the regular season, the playoffs from the following Saturday.

Opponents: 4 games against each of the 4 division rivals, 4 games against 6 and 3 against 4 of the other teams of the
conference, 2 against each team of the other conference: 82 games, 41 at home. The games are divided into
rounds in which each team plays once at home and once away (perfect matchings of a regular bipartite graph, which always
exist). Each round has a window of four days; the day of a game is chosen for rest and the usual load of the weekday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from nba_assets.basketball.teams import TRICODES

Ints = npt.NDArray[np.int64]

DIVISIONS = (
    ("BOS", "BKN", "NYK", "PHI", "TOR"),
    ("CHI", "CLE", "DET", "IND", "MIL"),
    ("ATL", "CHA", "MIA", "ORL", "WAS"),
    ("DEN", "MIN", "OKC", "POR", "UTA"),
    ("GSW", "LAC", "LAL", "PHX", "SAC"),
    ("DAL", "HOU", "MEM", "NOP", "SAS"),
)
"""The six divisions, the eastern conference first."""
TEAMS = len(TRICODES)
DIVISION_OF = np.array([next(n for n, teams in enumerate(DIVISIONS) if team in teams) for team in TRICODES])
IS_EAST = DIVISION_OF < 3
REGULAR_DAYS = 174
ROUND_DAYS = 4
FIRST_CUP = 2023
USUAL_LOAD = (7.5, 5.5, 11.5, 3.5, 11.0, 8.0, 5.5)
"""Games of a day by weekday, Monday first."""
SWEEPS = 4
BACK_TO_BACK, THREE_IN_A_ROW, IDLE, LOAD = 0.55, 40.0, 0.5, 0.08
"""Costs of choosing a day: a game on the day before or after, on both, nobody two days away, games above the load."""


@dataclass(frozen=True)
class SeasonDates:
    """The days of a season by the year in which it starts."""

    start_year: int

    @property
    def opening(self) -> date:
        """The Tuesday from 18 to 24 October."""
        first = date(self.start_year, 10, 18)
        return first + timedelta(days=(1 - first.weekday()) % 7)

    @property
    def last_regular_day(self) -> date:
        return self.opening + timedelta(days=REGULAR_DAYS - 1)

    @property
    def all_star_sunday(self) -> date:
        """The third Sunday of February."""
        first = date(self.start_year + 1, 2, 1)
        return first + timedelta(days=(6 - first.weekday()) % 7 + 14)

    @property
    def cup_final(self) -> date | None:
        """The third Tuesday of December, from 2023-24 on."""
        first = date(self.start_year, 12, 1)
        return first + timedelta(days=(1 - first.weekday()) % 7 + 14) if self.start_year >= FIRST_CUP else None

    @property
    def without_games(self) -> set[date]:
        """Days of the regular season on which no regular-season game is played."""
        november = date(self.start_year, 11, 1)
        thanksgiving = november + timedelta(days=(3 - november.weekday()) % 7 + 21)
        break_days = {self.all_star_sunday + timedelta(days=n) for n in range(-2, 4)}
        cup = {self.cup_final} if self.cup_final else set()
        return {thanksgiving, date(self.start_year, 12, 24), *break_days, *cup}

    def day(self, offset: int) -> date:
        """The day `offset` days after opening night."""
        return self.opening + timedelta(days=int(offset))

    def offset(self, day: date) -> int:
        return (day - self.opening).days


def regular_season(dates: SeasonDates, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """The regular season: day (days after opening night), home team and away team of each of 1,230 games, by day."""
    open_days = [n for n in range(REGULAR_DAYS) if dates.day(n) not in dates.without_games]
    rounds = _rounds(_meetings(rng), rng)
    home = np.concatenate([np.arange(TEAMS) for _ in rounds[:-1]] + [rounds[-1][0]])
    away = np.concatenate([away for _, away in rounds])
    windows: list[list[int]] = []
    for number in range(len(rounds) - 2):
        windows += [open_days[ROUND_DAYS * number : ROUND_DAYS * (number + 1)]] * TEAMS
    # All thirty teams play on the last day; the other half round is played on the three days before it.
    home = np.concatenate([home[: TEAMS * (len(rounds) - 2)], rounds[-2][0], rounds[-1][0]])
    windows += [open_days[ROUND_DAYS * (len(rounds) - 2) : -1]] * len(rounds[-2][0])
    windows += [[open_days[-1]]] * len(rounds[-1][0])
    day = _chosen_days(home, away, windows, dates, rng)
    order = np.lexsort((rng.random(len(day)), day))
    return day[order], home[order], away[order]


def _meetings(rng: np.random.Generator) -> Ints:
    """Number of home games of each team (row) against each opponent (column); every row and column sums to 41."""
    games = np.zeros((TEAMS, TEAMS), dtype=np.int64)
    place = {team: n for n, team in enumerate(TRICODES)}
    shift = rng.integers(5, size=(6, 6))
    for one in range(TEAMS):
        for other in range(TEAMS):
            if one == other:
                continue
            games[one, other] = 1 if IS_EAST[one] != IS_EAST[other] else 2
    for first in range(6):
        for second in range(first + 1, 6):
            if (first < 3) != (second < 3):
                continue
            for n in range(5):
                # Two of five opponents of another division are met three times: once at home and once away.
                visitor = place[DIVISIONS[second][(n + shift[first, second]) % 5]]
                host = place[DIVISIONS[second][(n + shift[first, second] + 1) % 5]]
                team = place[DIVISIONS[first][n]]
                games[visitor, team] = 1
                games[team, host] = 1
    return games


def _rounds(games: Ints, rng: np.random.Generator) -> list[tuple[Ints, Ints]]:
    """Rounds of games (home, away): forty with one home and one away game per team, then two half rounds."""
    east, west = np.flatnonzero(IS_EAST), np.flatnonzero(~IS_EAST)
    last, one_before = rng.permutation(west), rng.permutation(west)
    left = games.copy()
    left[east, last] -= 1
    left[one_before, east] -= 1
    found = []
    for _ in range(40):
        cost = np.where(left > 0, rng.random(left.shape) - 0.3 * left, 1e6)
        home, away = linear_sum_assignment(cost)
        left[home, away] -= 1
        found.append((home, away))
    return [*found, (one_before, east), (east, last)]


def _chosen_days(
    home: Ints, away: Ints, windows: list[list[int]], dates: SeasonDates, rng: np.random.Generator
) -> Ints:
    """The day of each game within its window: at most one game per team per day, few back-to-backs, usual weekdays."""
    margin = 3
    busy = [[0] * (REGULAR_DAYS + 2 * margin) for _ in range(TEAMS)]
    load = [0] * (REGULAR_DAYS + 2 * margin)
    usual = [USUAL_LOAD[(dates.opening.weekday() + n - margin) % 7] for n in range(len(load))]
    chosen = [-1] * len(home)
    teams = list(zip(home.tolist(), away.tolist(), strict=True))

    def cost(game: int, day: int) -> float:
        total = LOAD * (load[day] + 1 - usual[day]) * abs(load[day] + 1 - usual[day])
        for team in teams[game]:
            days = busy[team]
            if days[day]:
                return 1e9
            beside = days[day - 1] + days[day + 1]
            total += BACK_TO_BACK * beside
            if beside == 2 or (days[day - 1] and days[day - 2]) or (days[day + 1] and days[day + 2]):
                total += THREE_IN_A_ROW
            total += IDLE * (2 - days[day - 2] - days[day + 2])
        return total

    for sweep in range(SWEEPS):
        order = np.arange(len(home)) if sweep == 0 else rng.permutation(len(home))
        jitter = rng.random((len(home), ROUND_DAYS)) * (0.6 if sweep < SWEEPS - 1 else 0.3)
        for game in order.tolist():
            if chosen[game] >= 0:
                for team in teams[game]:
                    busy[team][chosen[game]] = 0
                load[chosen[game]] -= 1
            options = [day + margin for day in windows[game]]
            costs = [cost(game, day) + jitter[game, n % ROUND_DAYS] for n, day in enumerate(options)]
            best = options[costs.index(min(costs))]
            chosen[game] = best
            for team in teams[game]:
                busy[team][best] += 1
            load[best] += 1
    return np.array(chosen) - margin
