"""Minutes and points of simulated games, and the true distribution of every player's points before tip-off.

A side's row contains its available players in the order of their role, best first. A game draws, for both sides alike:

    margin level  L = expected margin + MARGIN_SHIFT * z          z ~ N(0, 1), the run of the game
    blow-out      b = clip((|L| - 8) / 15, 0, 1)
    rotation      the first K of the row play; a larger b makes a larger K more likely
    minutes       m_i proportional to usual_i * exp(trust_i + spread_i * e_i) * (1 + b * blow_i); one in fifty leaves
                  early; the sum is 240, the maximum about 41
    intensity     X_i = T * q_i / sum(q), q_i = rate_i * m_i * U_i; U_i lognormal around 1
                  T = expected points of the side: pace, its players, its attack, the other's defence, home, rest, z
    counts        twos ~ Poisson(X_i * f2 / 2), threes ~ Poisson(X_i * f3 / 3), trips ~ Poisson(X_i * fT / 2p)
    points        2 * twos + 3 * threes + free throws made, of two attempts per trip

A Gaussian copula makes the counts of teammates negatively correlated, because the possessions of a side are given.
Given X_i, the counts of one player are independent of each other, so the distribution of his points is a compound
Poisson mixed over X_i, whatever the teammates do. It is computed, not simulated: X_i at NODES points of a Latin
hypercube over z, pace, e and U, then the inverse Fourier transform of

    phi(t) = mean over the nodes of exp(X_i * psi(t)),
    psi(t) = l2 (exp(2it) - 1) + l3 (exp(3it) - 1) + lT ((1 - p + p exp(it))^2 - 1)

It is conditional on what can be known before tip-off (ability, form, who is available, the schedule) and on the player
playing at all, because a prediction for a player who does not play is void.

Overtime follows a tie after regulation, and half of the games decided by one point, which a free throw ties. Each
overtime adds five minutes, played by the side's best players, until the game is decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from nba_assets.sources.simulated.league import Bools, Floats, Ints, League, Rosters

LISTED: Final = 13
USUAL_MINUTES: Final = np.array([35.2, 34.0, 32.8, 31.0, 28.4, 22.8, 19.0, 15.6, 11.6, 7.2, 4.4, 3.2, 2.7])
MINUTE_SPREAD: Final = np.array([0.07, 0.08, 0.09, 0.11, 0.14, 0.18, 0.22, 0.28, 0.38, 0.55, 0.7, 0.8, 0.85])
IN_A_BLOW_OUT: Final = np.array([-0.4, -0.4, -0.38, -0.35, -0.28, 0.0, 0.12, 0.2, 0.35, 0.8, 1.1, 1.4, 1.5])
TRUST_WEIGHT: Final = np.array([0.5, 0.55, 0.6, 0.8, 1.0, 1.3, 1.5, 1.7, 2.0, 2.0, 2.0, 2.0, 2.0])
HOT_HAND: Final = 0.35
"""Correlation of a player's minutes, as far as they vary, with his form of the day."""
LEAVES_EARLY: Final = 0.02
"""Chance of a player to leave the game early, hurt or in foul trouble."""
FEWEST: Final = 8
ROTATION: Final = np.cumsum([0.07, 0.265, 0.31, 0.155, 0.105, 0.095])
ROTATION_IN_A_BLOW_OUT: Final = np.cumsum([0.02, 0.08, 0.15, 0.15, 0.25, 0.35])
MOST_MINUTES: Final = 40.5
REGULATION: Final = 240.0
USAGE_SPREAD: Final = 0.06
POINTS_A_SIDE: Final = 110.6
PACE: Final = 100.8
PACE_SPREAD: Final = 0.042
MARGIN_SHIFT: Final = 9.2
SIDE_SPREAD: Final = 0.015
SHARED_SPREAD: Final = 0.044
HOME_EDGE: Final = 0.0092
TIRED: Final = 0.022
TALENT_WEIGHT: Final = 0.24
USUAL_TALENT: Final = 1.267
"""Mean scoring rate of a side, weighted by minutes, of the first season."""
COUPLING: Final = 0.76
NODES: Final = 40
GROUPS: Final = 20
SUPPORT: Final = 96
FEWEST_POINTS, MOST_POINTS, MOST_OF_A_PLAYER, MOST_THREES = 72, 165, 66, 17
"""Of a side and of a player in regulation."""
MOST_DRAWS: Final = 50
OVERTIME_MINUTES: Final = np.array([4.6, 4.6, 4.5, 4.4, 3.6, 1.9, 1.4, 0, 0, 0, 0, 0, 0])
TIED_BY_A_FREE_THROW: Final = 0.55
OVERTIME_CHANCE: Final = 0.055
MOST_OVERTIMES: Final = 4
ZONE_PCT: Final = (0.655, 0.435, 0.415)
"""Share made in the restricted area, in the rest of the paint and from mid-range."""
THREE_PCT: Final = 0.361
QUANTILES: Final = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)


@dataclass(frozen=True)
class Slate:
    """Games to play; arrays have one entry per game, or two per game (home, away) where they describe sides."""

    day: Ints
    teams: Ints
    game_number: Ints
    is_tired: Bools
    is_neutral: Bools

    def __len__(self) -> int:
        return len(self.day)


@dataclass(frozen=True)
class Sides:
    """What is known before tip-off about each side (2 per game: home, away) and its LISTED players, best first."""

    team: Ints
    opponent: Ints
    member: Ints
    is_available: Bools
    is_listed_out: Bools
    rate: Floats
    trust: Floats
    level: Floats
    pace: Floats
    shares: Floats
    free_throw_pct: Floats


@dataclass(frozen=True)
class Scores:
    """Results by side and player: seconds (0: did not play), twos, threes, free throws; overtimes by game."""

    sides: Sides
    played: Bools
    seconds: Ints
    twos: Ints
    threes: Ints
    free_throws: Ints
    free_throw_attempts: Ints
    overtimes: Ints
    possessions: Floats
    points: Ints


def members_of(rosters: Rosters, slate: Slate, is_morning: bool) -> tuple[Ints, Bools]:
    """All members of each side, and who of them cannot play; see `sides_of`."""
    team = slate.teams.reshape(-1)
    day, number = np.repeat(slate.day, 2), slate.game_number.reshape(-1)
    members = np.empty((2 * len(slate), rosters_size(rosters)), dtype=np.int64)
    for each in np.unique(slate.day):
        order = np.argsort(rosters.team[:, each], kind="stable").reshape(-1, members.shape[1])
        rows = day == each
        members[rows] = order[team[rows]]
    is_out = rosters.is_out[members, number[:, None]]
    if is_morning:
        is_out = is_out & ~rosters.is_late[members, number[:, None]]
    # With fewer than nine available players, the least injured ones play after all.
    short = (~is_out).sum(axis=1) < FEWEST + 1
    is_out[short] &= np.cumsum(is_out[short], axis=1) > 4
    return members, is_out


def sides_of(league: League, rosters: Rosters, slate: Slate, rng: np.random.Generator, is_morning: bool) -> Sides:
    """The sides as known before tip-off; with `is_morning`, without the absences that become known later in the day."""
    n = len(slate)
    team, opponent = slate.teams.reshape(-1), slate.teams[:, ::-1].reshape(-1)
    number = slate.game_number.reshape(-1)
    members, is_out = members_of(rosters, slate, is_morning)
    role = np.where(is_out, -1e6, 0.0) + rosters.role[members, number[:, None]]
    order = np.argsort(-role, axis=1, kind="stable")[:, :LISTED]
    member = np.take_along_axis(members, order, axis=1)
    out = np.take_along_axis(is_out, order, axis=1)
    rate = np.exp(rosters.rate[member, number[:, None]])
    players, index = league.players, rosters.members[member]
    traits = {name: players.traits[name][index] for name in ("threes", "free_throws", "free_throw_pct")}
    of_three, of_trip = traits["threes"], traits["free_throws"]
    allowed = league.zone_defence[opponent]
    shares = np.stack(
        [
            (1 - of_three - of_trip) * (0.8 * allowed[:, None, 0] + 0.2 * allowed[:, None, 1]),
            of_three * allowed[:, None, 2],
            of_trip,
        ],
        axis=-1,
    )
    edge = np.where(np.arange(2 * n) % 2 == 0, HOME_EDGE, -HOME_EDGE) * np.repeat(~slate.is_neutral, 2)
    tired = slate.is_tired.reshape(-1)
    level = league.attack[team] + league.defence[opponent] + edge - TIRED * tired + 0.25 * TIRED
    pace = (league.pace[team] + league.pace[opponent]).reshape(n, 2).mean(axis=1) * 2
    return Sides(
        team=team,
        opponent=opponent,
        member=member,
        is_available=~out,
        is_listed_out=out,
        rate=rate,
        trust=rosters.trust[member, number[:, None]],
        level=level,
        pace=pace,
        shares=shares,
        free_throw_pct=traits["free_throw_pct"],
    )


def rosters_size(rosters: Rosters) -> int:
    """Players per team, the same all season because trades are one for one."""
    return int(np.bincount(rosters.team[:, 0]).max())


def expected_margins(sides: Sides) -> Floats:
    """Expected home margin (points) of each game, from usual minutes."""
    usual = _usual_points(sides).reshape(-1, 2)
    return usual[:, 0] - usual[:, 1]


def expected_totals(sides: Sides) -> Floats:
    """Expected total points of each game."""
    return _usual_points(sides).reshape(-1, 2).sum(axis=1)


def _usual_points(sides: Sides) -> Floats:
    minutes = USUAL_MINUTES * sides.is_available * (np.arange(LISTED) < 10)
    talent = (minutes * sides.rate).sum(axis=1) / minutes.sum(axis=1)
    return _side_points(sides, talent, np.zeros(len(talent)), np.ones(len(talent)))


def _side_points(sides: Sides, talent: Floats, shift: Floats, pace: Floats) -> Floats:
    """T: expected points of a side, raised by the share `shift`; arrays may have a leading axis of nodes."""
    quality = np.exp(sides.level + TALENT_WEIGHT * np.log(talent / USUAL_TALENT) + shift)
    found: Floats = POINTS_A_SIDE * pace * np.exp(np.repeat(sides.pace, 2)) * quality
    return found


def _intensity(
    sides: Sides,
    margin: Floats,
    z: Floats,
    pace: Floats,
    shared: Floats,
    noise: Floats,
    form: Floats,
    stay: Floats,
    side: Floats,
    size: Floats,
) -> tuple[Floats, Floats, Floats, Bools]:
    """Minutes and intensity of each player if he plays, his probability of playing, and whether he does.

    All results have a leading axis of nodes.

    Args:
        margin: expected margin by game.
        z, pace, shared: standard normals by game; noise, form: by player; side: by side.
        stay: uniform numbers by player; size: uniform numbers by side.
    """
    level = margin + MARGIN_SHIFT * z
    blow_out = np.repeat(np.clip((np.abs(level) - 8.0) / 15.0, 0.0, 1.0), 2, axis=-1)
    odds = ROTATION + blow_out[..., None] * (ROTATION_IN_A_BLOW_OUT - ROTATION)
    rotation = FEWEST + (size[..., None] > odds[..., :-1]).sum(axis=-1)
    place = np.arange(LISTED)
    chance = np.ones((*blow_out.shape, LISTED))
    chance[..., FEWEST:] = 1.0 - odds[..., : LISTED - FEWEST]
    # The last player of the rotation is limited to the available players.
    chance = chance * sides.is_available
    plays = (place < rotation[..., None]) & sides.is_available
    varied = MINUTE_SPREAD * (np.sqrt(1.0 - HOT_HAND**2) * noise + HOT_HAND * form) + TRUST_WEIGHT * sides.trust
    raw = USUAL_MINUTES * np.exp(varied) * (1.0 + blow_out[..., None] * IN_A_BLOW_OUT)
    raw = raw * np.where(stay < LEAVES_EARLY, 0.1 + 0.75 * stay / LEAVES_EARLY, 1.0)
    minutes = _to_240(raw, plays)
    quantity = sides.rate * minutes * np.exp(USAGE_SPREAD * form - USAGE_SPREAD**2 / 2)
    total = (quantity * plays).sum(axis=-1, keepdims=True)
    talent = (sides.rate * minutes * plays).sum(axis=-1) / (minutes * plays).sum(axis=-1)
    run = np.repeat(MARGIN_SHIFT * z / 2 / POINTS_A_SIDE, 2, axis=-1)
    run = run * np.where(np.arange(run.shape[-1]) % 2 == 0, 1.0, -1.0)
    run = run + SIDE_SPREAD * side + SHARED_SPREAD * np.repeat(shared, 2, axis=-1)
    points = _side_points(sides, talent, run, np.repeat(np.exp(PACE_SPREAD * pace), 2, axis=-1))
    share = quantity / np.where(plays, total, total + quantity)
    return minutes, points[..., None] * share, chance, plays


def _to_240(raw: Floats, plays: Bools) -> Floats:
    """Minutes in proportion to `raw` that add up to 240, none above MOST_MINUTES.

    The value of a player who does not play is what he would get if he did.
    """
    total = (raw * plays).sum(axis=-1, keepdims=True)
    minutes = raw * REGULATION / np.where(plays, total, total + raw)
    for _ in range(2):
        capped = np.minimum(minutes, MOST_MINUTES)
        open_ = plays & (minutes < MOST_MINUTES)
        left = REGULATION - (capped * (plays & ~open_)).sum(axis=-1, keepdims=True)
        scale = left / np.maximum((capped * open_).sum(axis=-1, keepdims=True), 1.0)
        minutes = np.where(open_, capped * scale, capped)
    return np.minimum(minutes, MOST_MINUTES + 1.0)


def _hypercube(rng: np.random.Generator, nodes: int, shape: tuple[int, ...]) -> Floats:
    """Uniform numbers of a Latin hypercube: along the first axis, one in every stratum of size 1/nodes."""
    place = np.argsort(rng.random((nodes, *shape)), axis=0)
    return (place + rng.random((nodes, *shape))) / nodes


def play(sides: Sides, rng: np.random.Generator) -> Scores:
    """Plays the games once."""
    rows = len(sides.team)
    games = rows // 2
    z, pace = rng.normal(size=games), rng.normal(size=games)
    minutes, intensity, _, plays = _intensity(
        sides,
        expected_margins(sides),
        z,
        pace,
        rng.normal(size=games),
        rng.normal(size=(rows, LISTED)),
        rng.normal(size=(rows, LISTED)),
        rng.random((rows, LISTED)),
        rng.normal(size=rows),
        rng.random(rows),
    )
    intensity = intensity * plays
    seconds = _whole_seconds(minutes * plays, int(REGULATION * 60))
    rates = _count_rates(sides, intensity)
    twos, threes, attempts, made = _possible_box(rates, sides.free_throw_pct, rng)
    overtimes = np.zeros(games, dtype=np.int64)

    def totals() -> Ints:
        found: Ints = (2 * twos + 3 * threes + made).sum(axis=1).reshape(games, 2)
        return found

    def with_free_throw(who: Ints) -> None:
        """Adds one made free throw for each of these sides, by the player who takes the most."""
        taker = np.argmax(intensity[who] * sides.shares[who][..., 2], axis=1)
        attempts[who, taker] += 1
        made[who, taker] += 1

    score = totals()
    gap = score[:, 0] - score[:, 1]
    is_saved = (np.abs(gap) == 1) & (rng.random(games) < TIED_BY_A_FREE_THROW)
    behind = 2 * np.arange(games) + (gap > 0)
    with_free_throw(behind[is_saved])
    on_court = OVERTIME_MINUTES * plays
    on_court = on_court / on_court.sum(axis=1, keepdims=True) * 25.0
    fresh = sides.rate * on_court
    for period in range(1, MOST_OVERTIMES + 1):
        score = totals()
        is_tied = score[:, 0] == score[:, 1]
        if not is_tied.any():
            break
        overtimes[is_tied] += 1
        who = np.repeat(is_tied, 2)
        side_points = intensity.sum(axis=1, keepdims=True) * 5.0 / 48.0
        more = np.where(who[:, None], side_points * fresh / fresh.sum(axis=1, keepdims=True), 0.0)
        counts = _counts(_count_rates(sides, more), rng)
        twos, threes = twos + counts[..., 0], threes + counts[..., 1]
        attempts = attempts + 2 * counts[..., 2]
        made = made + rng.binomial(2 * counts[..., 2], sides.free_throw_pct)
        seconds = seconds + np.where(who[:, None], _whole_seconds(on_court, 25 * 60), 0)
        if period == MOST_OVERTIMES:
            score = totals()
            with_free_throw(2 * np.flatnonzero(score[:, 0] == score[:, 1]))
    possessions = PACE * np.exp(sides.pace + PACE_SPREAD * pace) * (1.0 + overtimes * 5.0 / 48.0)
    return Scores(
        sides=sides,
        played=plays,
        seconds=seconds,
        twos=twos,
        threes=threes,
        free_throws=made,
        free_throw_attempts=attempts,
        overtimes=overtimes,
        possessions=possessions,
        points=2 * twos + 3 * threes + made,
    )


def _count_rates(sides: Sides, intensity: Floats) -> Floats:
    """Expected twos, threes and trips of each player."""
    trip = 2.0 * sides.free_throw_pct
    return np.stack(
        [
            intensity * sides.shares[..., 0] / 2.0,
            intensity * sides.shares[..., 1] / 3.0,
            intensity * sides.shares[..., 2] / trip,
        ],
        axis=-1,
    )


def _possible_box(rates: Floats, free_throw_pct: Floats, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """Twos, threes, free throws attempted and made; the rare side with impossible counts is drawn again."""
    counts = _counts(rates, rng)
    made = rng.binomial(2 * counts[..., 2], free_throw_pct)
    for _ in range(MOST_DRAWS):
        points = 2 * counts[..., 0] + 3 * counts[..., 1] + made
        side = points.sum(axis=1)
        is_odd = (side < FEWEST_POINTS) | (side > MOST_POINTS)
        is_odd |= (points > MOST_OF_A_PLAYER).any(axis=1) | (counts[..., 1] > MOST_THREES).any(axis=1)
        again = np.flatnonzero(is_odd)
        if not len(again):
            return counts[..., 0], counts[..., 1], 2 * counts[..., 2], made
        counts[again] = _counts(rates[again], rng)
        made[again] = rng.binomial(2 * counts[again, :, 2], free_throw_pct[again])
    raise RuntimeError(f"{len(again)} sides score what never happens after {MOST_DRAWS} draws; the rates are wrong.")


def _counts(rates: Floats, rng: np.random.Generator) -> Ints:
    """Twos, threes and trips: Poisson by player, negatively correlated between teammates."""
    weights = np.sqrt(rates)
    weights /= np.maximum(np.linalg.norm(weights, axis=1, keepdims=True), 1e-12)
    normal = rng.normal(size=rates.shape)
    common = (weights * normal).sum(axis=1, keepdims=True)
    variance = 1.0 - (2.0 * COUPLING - COUPLING**2) * weights**2
    coupled = (normal - COUPLING * weights * common) / np.sqrt(np.maximum(variance, 1e-9))
    return _poisson_at(ndtr(coupled), rates)


def _poisson_at(uniform: Floats, rates: Floats) -> Ints:
    """The Poisson quantile of each uniform number."""
    found = np.zeros(rates.shape, dtype=np.int64)
    term = np.exp(-rates)
    reached = term.copy()
    for count in range(1, 60):
        is_above = uniform > reached
        if not is_above.any():
            break
        found += is_above
        term = term * rates / count
        reached = reached + term
    return found


def _whole_seconds(minutes: Floats, total: int) -> Ints:
    """Whole seconds that add up to the total (largest remainder method); at least one second for each who plays."""
    exact = minutes * 60.0
    exact = exact * total / np.maximum(exact.sum(axis=1, keepdims=True), 1e-9)
    whole = np.floor(exact).astype(np.int64)
    left = total - whole.sum(axis=1)
    rank = np.argsort(np.argsort(-(exact - whole), axis=1, kind="stable"), axis=1, kind="stable")
    return whole + (rank < left[:, None])


def expected_points(sides: Sides, rng: np.random.Generator, nodes: int = 12) -> tuple[Floats, Floats]:
    """Expected minutes and points of each player if he plays, from few nodes; used for the bookmakers' estimates."""
    minutes, intensity, weight = _nodes(sides, rng, nodes)
    total = np.maximum(weight.sum(axis=0), 1e-12)
    scored = sides.shares.sum(axis=-1)
    return (weight * minutes).sum(axis=0) / total, (weight * intensity).sum(axis=0) / total * scored


def _nodes(sides: Sides, rng: np.random.Generator, nodes: int) -> tuple[Floats, Floats, Floats]:
    rows = len(sides.team)

    def normals(*shape: int) -> Floats:
        found: Floats = ndtri(_hypercube(rng, nodes, shape))
        return found

    minutes, intensity, chance, _ = _intensity(
        sides,
        expected_margins(sides),
        normals(rows // 2),
        normals(rows // 2),
        normals(rows // 2),
        normals(rows, LISTED),
        normals(rows, LISTED),
        _hypercube(rng, nodes, (rows, LISTED)),
        normals(rows),
        _hypercube(rng, nodes, (rows,)),
    )
    return minutes, intensity, chance


@dataclass(frozen=True)
class Truth:
    """The distribution of each player's points before tip-off, given that he plays; one row per player who played."""

    row: Ints
    place: Ints
    expected_minutes: Floats
    mean: Floats
    sd: Floats
    quantiles: Floats
    prob_zero: Floats
    prob_below: Floats
    prob_at: Floats
    absolute_error: Floats
    crps: Floats


def truth_of(scores: Scores, rng: np.random.Generator) -> Truth:
    """The true distributions, and the probability of the points actually scored under them."""
    sides = scores.sides
    minutes, intensity, weight = _nodes(sides, rng, NODES)
    row, place = np.nonzero(scores.played)
    minutes, intensity, weight = (values[:, row, place] for values in (minutes, intensity, weight))
    longer = OVERTIME_CHANCE * OVERTIME_MINUTES[place] / np.maximum(minutes.mean(axis=0), 1.0)
    intensity = intensity * (1.0 + longer)
    order = np.argsort(intensity, axis=0)
    weight = np.take_along_axis(weight, order, axis=0).reshape(GROUPS, NODES // GROUPS, -1)
    sorted_ = np.take_along_axis(intensity, order, axis=0).reshape(GROUPS, NODES // GROUPS, -1)
    of_group = weight.sum(axis=1)
    level = (weight * sorted_).sum(axis=1) / of_group
    of_group = of_group / of_group.sum(axis=0)
    chances = _distribution(level, of_group, sides.shares[row, place], sides.free_throw_pct[row, place])
    below = np.cumsum(chances, axis=1)
    points = np.arange(SUPPORT)
    mean = chances @ points
    actual = scores.points[row, place]
    rows = np.arange(len(row))
    quantiles = np.stack([(below < share).sum(axis=1) for share in QUANTILES], axis=1).astype(np.float64)
    median = quantiles[:, QUANTILES.index(0.50)]
    at = np.minimum(actual, SUPPORT - 1)
    node_weight = weight.reshape(NODES, -1)
    node_minutes = np.take_along_axis(minutes, order, axis=0)
    return Truth(
        row=row,
        place=place,
        expected_minutes=(node_weight * node_minutes).sum(axis=0) / node_weight.sum(axis=0) * (1.0 + longer),
        mean=mean,
        sd=np.sqrt(np.maximum(chances @ points**2 - mean**2, 0.0)),
        quantiles=quantiles,
        prob_zero=chances[:, 0],
        prob_below=below[rows, at] - chances[rows, at],
        prob_at=chances[rows, at],
        absolute_error=(chances * np.abs(points - median[:, None])).sum(axis=1),
        crps=((below - (points >= actual[:, None])) ** 2).sum(axis=1),
    )


def _distribution(level: Floats, weight: Floats, shares: Floats, free_throw_pct: Floats) -> Floats:
    """Probabilities of 0, 1, 2, ... points (rows, SUPPORT) of compound Poissons mixed over `level` (groups, rows)."""
    angle = -2.0 * np.pi * np.arange(SUPPORT // 2 + 1) / SUPPORT
    turn = np.exp(1j * angle)
    found = np.empty((level.shape[1], SUPPORT))
    for start in range(0, level.shape[1], 4096):
        part = slice(start, start + 4096)
        share, made = shares[part], free_throw_pct[part, None]
        psi = (
            share[:, :1] / 2.0 * (turn**2 - 1.0)
            + share[:, 1:2] / 3.0 * (turn**3 - 1.0)
            + share[:, 2:] / (2.0 * made) * ((1.0 - made + made * turn) ** 2 - 1.0)
        )
        mixed = np.zeros_like(psi)
        for group in range(level.shape[0]):
            mixed += weight[group, part, None] * np.exp(level[group, part, None] * psi)
        found[part] = np.fft.irfft(mixed, n=SUPPORT, axis=1)
    found = np.clip(found, 0.0, 1.0)
    total: Floats = found / found.sum(axis=1, keepdims=True)
    return total
