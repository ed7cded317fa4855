"""The rest of the box score, the shots and the published shares of simulated games, derived from the scores.

A team's possessions are given, and its missed shots follow from them: misses = (possessions - .44 FTA - turnovers -
FGM) / (1 - share of the misses that the team rebounds). Misses are assigned to players in proportion to each player's
expected misses. Rebounds, assists, steals, blocks, turnovers and fouls are multinomial by minutes and trait. Team rows
are sums of players. The zone of a shot is drawn: for a made shot in proportion to attempts times share made, for a
missed shot in proportion to attempts times share missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from nba_assets.sources.simulated.league import Floats, Ints, League, Rosters
from nba_assets.sources.simulated.scores import THREE_PCT, ZONE_PCT, Scores

TURNOVERS: Final = 13.4
OWN_REBOUNDS: Final = 0.215
TEAM_REBOUNDS: Final = 0.855
"""Share of the missed shots that a player rebounds; the others are team rebounds."""
STEALS_A_TURNOVER: Final = 0.575
BLOCKS_A_MISS: Final = 0.157
FOULS: Final = 19.6
MOST_FOULS: Final = 6
MOST_THREES_TRIED: Final = 26
FOULS_DRAWN: Final = 19.6
ZONES: Final = ("restricted_area", "paint", "mid_range", "left_corner", "right_corner", "above_the_break", "backcourt")
THREE_SHARES: Final = (0.132, 0.122, 0.740, 0.006)
THREE_PCTS: Final = (0.388, 0.390, 0.356, 0.022)


@dataclass(frozen=True)
class Box:
    """Counts by side and player (`counts`), made and attempted shots by zone, points by type of play."""

    counts: dict[str, Ints]
    made: Ints
    missed: Ints


def box_of(scores: Scores, league: League, rosters: Rosters, rng: np.random.Generator) -> Box:
    """The box score of the games."""
    sides, played = scores.sides, scores.played
    traits = {name: values[rosters.members[sides.member]] * played for name, values in league.players.traits.items()}
    minutes = scores.seconds / 60.0
    rows = len(played)
    made = scores.twos + scores.threes
    field_goals = made.sum(axis=1)
    free_throws = scores.free_throw_attempts.sum(axis=1)
    possessions = np.repeat(scores.possessions, 2)
    longer = 1.0 + np.repeat(scores.overtimes, 2) * 5.0 / 48.0
    usage = made + 0.44 * scores.free_throw_attempts + 0.03 * minutes

    turnover_count = np.rint(np.clip(rng.normal(TURNOVERS * longer, 3.4), 4, 26)).astype(np.int64)
    turnovers = rng.multinomial(turnover_count, _odds((usage + 0.12 * minutes) * traits["turnovers"]))
    own = np.clip(rng.normal(OWN_REBOUNDS, 0.055, rows), 0.08, 0.37)
    misses = np.rint((possessions - 0.44 * free_throws - turnover_count - field_goals) / (1.0 - own))
    misses = np.maximum(misses, 22).astype(np.int64)
    zone_odds, zone_pct = _two_zones(traits)
    two_pct = (zone_odds * zone_pct).sum(axis=-1)
    three_pct = np.clip(THREE_PCT * traits["three_pct"], 0.2, 0.5)
    # Expected misses: half from made shots, half from usual usage and minutes, so a player without a make has misses.
    level = 0.5 * usage + 0.5 * minutes * sides.rate * 0.42
    is_three = sides.shares[..., 1] / 3.0 / (sides.shares[..., 0] / 2.0 + sides.shares[..., 1] / 3.0)
    missing = np.stack(
        [
            level * (1.0 - is_three) * (1.0 - two_pct) / np.maximum(two_pct, 0.2),
            level * is_three * (1.0 - three_pct) / np.maximum(three_pct, 0.2),
        ],
        axis=-1,
    )
    missed = rng.multinomial(misses, _odds(missing.reshape(rows, -1))).reshape(*played.shape, 2)
    too_many = np.maximum(missed[..., 1] + scores.threes - MOST_THREES_TRIED, 0)
    missed += np.stack([too_many, -too_many], axis=-1)
    missed_free_throws = free_throws - scores.free_throws.sum(axis=1)
    loose = misses + np.rint(0.42 * missed_free_throws).astype(np.int64)
    # The possession formula solved for offensive rebounds, so that both sides of a game have equal possessions.
    exact = misses + field_goals + 0.44 * free_throws + turnover_count - possessions
    offensive_count = np.clip(np.rint(exact), 1, loose).astype(np.int64)
    others = np.arange(rows) ^ 1
    defensive_count = rng.binomial((loose - offensive_count)[others], TEAM_REBOUNDS)
    offensive = rng.multinomial(offensive_count, _odds(minutes * traits["offensive_rebounds"]))
    defensive = rng.multinomial(defensive_count, _odds(minutes * traits["defensive_rebounds"]))

    assisted_twos = rng.binomial(scores.twos, np.where(played, traits["assisted_twos"], 0.0))
    assisted_threes = rng.binomial(scores.threes, np.where(played, traits["assisted_threes"], 0.0))
    assist_count = (assisted_twos + assisted_threes).sum(axis=1)
    assists = rng.multinomial(assist_count, _odds(minutes * traits["assists"]))
    steals = rng.multinomial(rng.binomial(turnover_count[others], STEALS_A_TURNOVER), _odds(minutes * traits["steals"]))
    missed_twos = missed[..., 0].sum(axis=1)
    block_count = rng.binomial(missed_twos[others], BLOCKS_A_MISS * 1.28)
    blocks = rng.multinomial(block_count, _odds(minutes * traits["blocks"]))
    blocked = rng.multinomial(block_count[others], _odds(missed[..., 0] + 1e-6 * played))
    blocked = np.minimum(blocked, missed.sum(axis=-1))
    fouls = rng.multinomial(rng.poisson(FOULS * longer), _odds(minutes * traits["fouls"]))
    drawn = rng.multinomial(rng.poisson(FOULS_DRAWN * longer), _odds(scores.free_throw_attempts + 0.05 * minutes))

    zones_made, zones_missed = _zones(scores, missed, zone_odds, zone_pct, sides.opponent, league, rng)
    paint_points = 2 * zones_made[..., :2].sum(axis=-1)
    points = scores.points
    counts = {
        "seconds": scores.seconds,
        "points": points,
        "field_goals_made": made,
        "field_goals_attempted": made + missed.sum(axis=-1),
        "threes_made": scores.threes,
        "threes_attempted": scores.threes + missed[..., 1],
        "free_throws_made": scores.free_throws,
        "free_throws_attempted": scores.free_throw_attempts,
        "offensive_rebounds": offensive,
        "defensive_rebounds": defensive,
        "assists": assists,
        "steals": steals,
        "blocks": blocks,
        "turnovers": turnovers,
        "personal_fouls": np.minimum(fouls, MOST_FOULS),
        "plus_minus": _plus_minus(scores, rng),
        "attempts_blocked": blocked,
        "fouls_drawn": drawn,
        "assisted_twos": assisted_twos,
        "assisted_threes": assisted_threes,
        "points_in_paint": paint_points,
        "fast_break_points": rng.binomial(paint_points // 2, 0.24) * 2,
        "points_off_turnovers": rng.binomial(points, 0.15),
        "second_chance_points": rng.binomial(points, 0.12),
    }
    return Box(counts, zones_made, zones_missed)


def _odds(weights: Floats) -> Floats:
    total = weights.sum(axis=-1, keepdims=True)
    found: Floats = weights / total
    # multinomial gives the last category the remainder to 1, so the last category must not be a player without minutes.
    found[..., 0] += 1.0 - found.sum(axis=-1)
    return np.clip(found, 0.0, 1.0) * (1.0 - 1e-12)


def _two_zones(traits: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Shares of two-point attempts by zone, and field-goal percentage by zone (fraction)."""
    rim = np.where(traits["rim"] > 0, traits["rim"], 0.5)
    paint = np.where(traits["paint"] > 0, traits["paint"], 0.3)
    mid = np.clip(1.0 - rim - paint, 0.04, None)
    odds = np.stack([rim, paint, mid], axis=-1)
    odds /= odds.sum(axis=-1, keepdims=True)
    finishing = np.where(traits["finishing"] > 0, traits["finishing"], 1.0)
    pct = np.clip(np.array(ZONE_PCT) * finishing[..., None], 0.2, 0.85)
    return odds, pct


def _zones(
    scores: Scores,
    missed: Ints,
    odds: Floats,
    pct: Floats,
    opponent: Ints,
    league: League,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Made and missed shots by zone, in the order of ZONES."""
    allowed = league.zone_defence[opponent][:, None, :]
    made_twos = odds * pct * np.stack([allowed[..., 0], allowed[..., 0], allowed[..., 1]], axis=-1)
    made_twos = made_twos / made_twos.sum(axis=-1, keepdims=True)
    missed_twos = odds * (1.0 - pct)
    missed_twos = missed_twos / missed_twos.sum(axis=-1, keepdims=True)
    made_threes = np.array(THREE_SHARES) * np.array(THREE_PCTS)
    missed_threes = np.array(THREE_SHARES) * (1.0 - np.array(THREE_PCTS))
    found = []
    for twos, threes, of_two, of_three in (
        (scores.twos, scores.threes, made_twos, made_threes),
        (missed[..., 0], missed[..., 1], missed_twos, missed_threes),
    ):
        inside = rng.multinomial(twos, of_two)
        outside = rng.multinomial(threes, of_three / of_three.sum())
        found.append(np.concatenate([inside, outside], axis=-1))
    return found[0], found[1]


def _plus_minus(scores: Scores, rng: np.random.Generator) -> Ints:
    """Plus-minus: in proportion to minutes, with noise; the values of a side add up to five times its margin."""
    margin = scores.points.sum(axis=1)
    margin = margin - margin[np.arange(len(margin)) ^ 1]
    minutes = scores.seconds / 60.0
    noise = rng.normal(0.0, 1.35, minutes.shape) * np.sqrt(minutes)
    total = minutes.sum(axis=1, keepdims=True)
    noise -= minutes * noise.sum(axis=1, keepdims=True) / total
    exact = margin[:, None] * 5.0 * minutes / total + noise
    whole = np.floor(exact).astype(np.int64) * scores.played
    left = 5 * margin - whole.sum(axis=1)
    rank = np.argsort(np.argsort(-np.where(scores.played, exact - whole, -9.0), axis=1), axis=1)
    return (whole + (rank < left[:, None])) * scores.played
