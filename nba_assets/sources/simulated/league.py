"""The players of the simulated league: 480 invented players in thirty teams, season by season.

A player has a value (which decides his minutes), a scoring rate, a shot profile and rates for the rest of the box
score, all drawn once and drifting from season to season. Each summer players leave, rookies replace them and some
players change teams; trades happen in the middle of each season. All of this is decided before the first game of a
season and does not depend on results.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from nba_assets.sources.simulated.calendar import TEAMS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ROSTER: Final = 16
ACTIVE: Final = TEAMS * ROSTER
FIRST_ID: Final = 90_000_001
"""Ids of the NBA have at most seven digits."""
FORMER_PLAYERS: Final = 4_650
"""Careers that ended before the first season: the players table expects those of 1946 to 2021."""
ROOKIES: Final = (75, 91)
SUMMER_MOVES: Final = 110
TRADES: Final = (16, 23)
TRADE_DAYS: Final = (40, 113)
"""Days after opening night between which players are traded: December to the deadline in February."""
CAREER_GAMES: Final = 125
"""Games of a team that a season can have, the playoffs included."""
POSITIONS: Final = ("G", "F", "C")
POSITION_NAMES: Final = ("Guard", "Forward", "Center")
_POSITION_SHARES = (0.42, 0.38, 0.20)
_HEIGHTS = (75.5, 79.5, 82.5)
# By position: share of points from threes and from free throws; share of two-point attempts in the restricted area and
# in the rest of the paint; weights for rebounds, assists, steals, blocks, turnovers, fouls.
_THREES = (0.37, 0.36, 0.13)
_FREE_THROWS = (0.14, 0.145, 0.182)
_RIM = (0.42, 0.50, 0.62)
_PAINT = (0.33, 0.31, 0.28)
_OFFENSIVE_REBOUNDS = (0.45, 1.0, 2.3)
_DEFENSIVE_REBOUNDS = (0.75, 1.05, 1.65)
_ASSISTS = (1.55, 0.8, 0.7)
_STEALS = (1.15, 0.95, 0.75)
_BLOCKS = (0.5, 0.9, 2.3)
_FOULS = (0.85, 1.0, 1.35)
_ASSISTED_TWOS = (0.36, 0.54, 0.66)
_ASSISTED_THREES = (0.76, 0.90, 0.93)
_FREE_THROW_PCT = (0.822, 0.787, 0.732)


@dataclass
class Players:
    """All players since the first season, one array per trait, by player index; grows every summer."""

    position: Ints
    number: Ints
    height: Ints
    birth_year: Ints
    birth_day: Ints
    first_season: Ints
    last_season: Ints
    value: Floats
    rate: Floats
    traits: dict[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.position)

    @property
    def player_id(self) -> Ints:
        return FIRST_ID + np.arange(len(self))

    @property
    def names(self) -> npt.NDArray[np.str_]:
        """Names such as `Sim Guard 017`, which cannot be mistaken for a real player."""
        words = np.array(POSITION_NAMES)[self.position]
        return np.array([f"Sim {word} {number:03d}" for word, number in zip(words, self.number, strict=True)])


@dataclass(frozen=True)
class Rosters:
    """The players of a season.

    members: player indices of the season, in the order of all other arrays (480).
    team: team of each member on each day after opening night (480, days).
    rate: scoring rate, including form, by member and game of his team (480, CAREER_GAMES).
    role: score that ranks him for minutes, same shape.
    trust: log of the ratio of his minutes to those usual for his rank, same shape.
    is_out: cannot play, same shape.
    is_late: the absence became known only after the morning of its first game, same shape.
    trades: (day, member, other member); the two teams exchange them before that day.
    """

    members: Ints
    team: Ints
    rate: Floats
    role: Floats
    trust: Floats
    is_out: Bools
    is_late: Bools
    trades: list[tuple[int, int, int]]


def newcomers(rng: np.random.Generator, count: int, season: int, known: Players | None) -> Players:
    """Players who enter in a season: rookies, except in the first season, which has players of all ages."""
    position = rng.choice(3, size=count, p=_POSITION_SHARES)
    before = np.zeros(3, dtype=np.int64) if known is None else np.bincount(known.position, minlength=3)
    number = np.zeros(count, dtype=np.int64)
    for kind in range(3):
        of_kind = np.flatnonzero(position == kind)
        number[of_kind] = before[kind] + 1 + np.arange(len(of_kind))
    if known is None:
        served = np.minimum(rng.geometric(0.19, count) - 1, 16)
        age = 20 + served + rng.integers(0, 4, count)
        value = rng.normal(0.0, 1.0, count)
    else:
        served = np.zeros(count, dtype=np.int64)
        age = rng.integers(19, 24, count)
        value = rng.normal(-0.35, 0.95, count)

    def by(table: tuple[float, float, float], spread: float) -> Floats:
        """A trait by position; `spread` is the standard deviation of its logarithm."""
        found: Floats = np.array(table)[position] * np.exp(rng.normal(0.0, spread, count))
        return found

    value = value - value.mean() * (known is None)
    return Players(
        position=position,
        number=number,
        height=np.rint(np.array(_HEIGHTS)[position] + rng.normal(0, 2.0, count)).astype(np.int64),
        birth_year=season - age,
        birth_day=rng.integers(0, 365, count),
        first_season=season - served,
        last_season=np.full(count, season),
        value=value,
        rate=0.31 * value + rng.normal(0.0, 0.16, count),
        traits={
            "threes": np.clip(by(_THREES, 0.35), 0.01, 0.62),
            "free_throws": np.clip(by(_FREE_THROWS, 0.25), 0.04, 0.34),
            "free_throw_pct": np.clip(np.array(_FREE_THROW_PCT)[position] + rng.normal(0, 0.06, count), 0.45, 0.93),
            "rim": np.clip(by(_RIM, 0.2), 0.1, 0.85),
            "paint": np.clip(by(_PAINT, 0.2), 0.05, 0.6),
            "finishing": np.exp(rng.normal(0.0, 0.04, count)),
            "three_pct": np.exp(rng.normal(0.0, 0.055, count)),
            "offensive_rebounds": np.minimum(by(_OFFENSIVE_REBOUNDS, 0.35), 3.3),
            "defensive_rebounds": np.minimum(by(_DEFENSIVE_REBOUNDS, 0.25), 2.4),
            "assists": np.minimum(by(_ASSISTS, 0.5) * np.exp(0.25 * value), 4.5),
            "steals": np.minimum(by(_STEALS, 0.3), 2.2),
            "blocks": np.minimum(by(_BLOCKS, 0.45), 4.5),
            "turnovers": np.minimum(np.exp(rng.normal(0.0, 0.2, count) + 0.1 * value), 1.8),
            "fouls": by(_FOULS, 0.2),
            "assisted_twos": np.clip(by(_ASSISTED_TWOS, 0.25), 0.1, 0.92),
            "assisted_threes": np.clip(by(_ASSISTED_THREES, 0.08), 0.4, 0.98),
            "fragility": np.exp(rng.normal(0.0, 0.35, count)),
        },
    )


def joined(players: Players, others: Players) -> Players:
    """Both sets of players, `others` appended."""
    arrays = {
        name: np.concatenate([getattr(players, name), getattr(others, name)])
        for name in Players.__dataclass_fields__
        if name != "traits"
    }
    traits = {name: np.concatenate([values, others.traits[name]]) for name, values in players.traits.items()}
    return Players(**arrays, traits=traits)


class League:
    """The players and their teams, advanced season by season."""

    def __init__(self, rng: np.random.Generator, season: int) -> None:
        self.players = newcomers(rng, ACTIVE, season, None)
        self.season = season
        # Snake order: every team gets about the same total value.
        order = np.argsort(-self.players.value, kind="stable")
        self.team = np.empty(ACTIVE, dtype=np.int64)
        for place in range(ROSTER):
            self.team[order[place * TEAMS : (place + 1) * TEAMS]] = rng.permutation(TEAMS)
        self.members = np.arange(ACTIVE)
        self.attack = rng.normal(0.0, 0.012, TEAMS)
        self.defence = rng.normal(0.0, 0.023, TEAMS)
        self.pace = rng.normal(0.0, 0.010, TEAMS)
        self.zone_defence = np.exp(rng.normal(0.0, 0.03, (TEAMS, 3)))

    def next_season(self, rng: np.random.Generator, season: int) -> None:
        """A summer: form and teams drift, the weakest and the old leave, rookies come, players change teams."""
        players, members = self.players, self.members
        self.season = season
        age = season - players.birth_year[members]
        players.value[members] += rng.normal(0.0, 0.22, ACTIVE) + np.clip((27 - age) * 0.035, -0.3, 0.25)
        players.rate[members] += rng.normal(0.0, 0.05, ACTIVE) + np.clip((27 - age) * 0.008, -0.07, 0.06)
        leaving = np.argsort(
            players.value[members] - 0.10 * np.maximum(age - 31, 0) + rng.normal(0, 0.35, ACTIVE), kind="stable"
        )[: int(rng.integers(*ROOKIES))]
        rookies = newcomers(rng, len(leaving), season, players)
        first = len(players)
        self.players = joined(players, rookies)
        self.members = members.copy()
        self.members[leaving] = first + np.arange(len(leaving))
        movers = rng.choice(ACTIVE, size=SUMMER_MOVES, replace=False)
        self.team[movers] = self.team[rng.permutation(movers)]
        self.players.last_season[self.members] = season
        self.attack = 0.7 * self.attack + rng.normal(0.0, 0.0086, TEAMS)
        self.defence = 0.7 * self.defence + rng.normal(0.0, 0.0164, TEAMS)
        self.pace = 0.75 * self.pace + rng.normal(0.0, 0.0066, TEAMS)
        self.zone_defence = np.exp(0.6 * np.log(self.zone_defence) + rng.normal(0.0, 0.024, (TEAMS, 3)))

    def rosters(self, rng: np.random.Generator, days: int) -> Rosters:
        """The members of this season with their teams by day, their form and their absences by game."""
        team = np.repeat(self.team[:, None], days, axis=1)
        value, rate = self.players.value[self.members], self.players.rate[self.members]
        trades = self._trades(rng, team, value)
        is_out, is_late = absences(rng, self.players.traits["fragility"][self.members], value)
        return Rosters(
            members=self.members.copy(),
            team=team,
            rate=rate[:, None] + drift(rng, ACTIVE, sd=0.105, persistence=0.97),
            role=value[:, None] + drift(rng, ACTIVE, sd=0.22, persistence=0.95),
            trust=0.06 * value[:, None] + drift(rng, ACTIVE, sd=0.12, persistence=0.9),
            is_out=is_out,
            is_late=is_late,
            trades=trades,
        )

    def _trades(self, rng: np.random.Generator, team: Ints, value: Floats) -> list[tuple[int, int, int]]:
        """Swaps pairs of players of similar value, in `team` from the day of the trade on; nobody is traded twice."""
        found: list[tuple[int, int, int]] = []
        traded: set[int] = set()
        for day in sorted(rng.integers(*TRADE_DAYS, size=int(rng.integers(*TRADES))).tolist()):
            one = int(rng.integers(ACTIVE))
            gap = np.abs(value - value[one]) + np.where(self.team == self.team[one], 1e9, 0.0)
            other = int(np.argsort(gap, kind="stable")[int(rng.integers(4))])
            if one in traded or other in traded:
                continue
            traded |= {one, other}
            team[one, day:], team[other, day:] = self.team[other], self.team[one]
            found.append((int(day), one, other))
        for _, one, other in found:
            self.team[one], self.team[other] = self.team[other], self.team[one]
        return found


def drift(rng: np.random.Generator, count: int, sd: float, persistence: float) -> Floats:
    """A stationary autoregressive series of each player over the games of a season (count, CAREER_GAMES)."""
    found = np.empty((count, CAREER_GAMES))
    found[:, 0] = rng.normal(0.0, sd, count)
    fresh = rng.normal(0.0, sd * np.sqrt(1 - persistence**2), (count, CAREER_GAMES))
    for game in range(1, CAREER_GAMES):
        found[:, game] = persistence * found[:, game - 1] + fresh[:, game]
    return found


_SPELL_LENGTHS = np.array([1, 2, 3, 4, 5, *range(6, 11), *range(11, 21), *range(21, 51)])
_SPELL_ODDS = np.concatenate(
    [[0.57, 0.15], np.full(3, 0.16 / 3), np.full(5, 0.066 / 5), np.full(10, 0.044 / 10), np.full(30, 0.022 / 30)]
)
SPELL_HAZARD: Final = 0.066
"""Chance of a game to be the first of a spell of absence, of a player of usual fragility."""
LATE_SHARE: Final = 0.4
"""Share of the spells that become known after the morning of their first game."""


def absences(rng: np.random.Generator, fragility: Floats, value: Floats) -> tuple[Bools, Bools]:
    """Which games each player misses, and whether that was still unknown in the morning; both (count, CAREER_GAMES)."""
    count = len(fragility)
    hazard = np.clip(SPELL_HAZARD * fragility / fragility.mean(), 0.0, 0.2)
    starts = rng.random((count, CAREER_GAMES)) < hazard[:, None]
    lengths = rng.choice(_SPELL_LENGTHS, size=(count, CAREER_GAMES), p=_SPELL_ODDS / _SPELL_ODDS.sum())
    is_late = rng.random((count, CAREER_GAMES)) < LATE_SHARE
    is_out = np.zeros((count, CAREER_GAMES), dtype=bool)
    late = np.zeros_like(is_out)
    left = np.where(rng.random(count) < 0.07, rng.choice(_SPELL_LENGTHS[10:], count), 0)
    was_out = np.zeros(count, dtype=bool)
    for game in range(CAREER_GAMES):
        # At least one game separates two absences, so that they never look like one.
        begins = starts[:, game] & (left == 0) & ~was_out
        left = np.where(begins, lengths[:, game], left)
        is_out[:, game] = left > 0
        late[:, game] = begins & is_late[:, game]
        was_out = left > 0
        left = np.maximum(left - 1, 0)
    return is_out, late
