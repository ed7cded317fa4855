"""Quotes of the simulated bookmakers: player points twelve hours before tip-off, closing lines of the games.

A book knows what the generator knows about a player in the morning (ability, form, who is out then) and nothing about
the result; its estimate is the expected number of points plus an error that all books share. Books differ in the margin
and occasionally by a point. Two of them offer alternate lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import ndtr

from nba_assets.sources.simulated.league import Bools, Floats, Ints

BOOKS: Final = pd.DataFrame(
    [
        ("draftkings", "DraftKings", 1.068, 0.97, 0.80),
        ("fanduel", "FanDuel", 1.062, 0.96, 0.80),
        ("betmgm", "BetMGM", 1.071, 0.69, 0.78),
        ("williamhill_us", "Caesars", 1.078, 0.93, 0.78),
        ("bovada", "Bovada", 1.068, 0.94, 0.76),
        ("betonlineag", "BetOnline.ag", 1.064, 0.76, 0.76),
        ("pointsbetus", "PointsBet (US)", 1.069, 0.94, 0.76),
        ("betrivers", "BetRivers", 1.086, 0.70, 0.74),
        ("unibet_us", "Unibet", 1.086, 0.70, 0.74),
    ],
    columns=["key", "title", "overround", "events", "players"],
)
"""Books with their overround, the share of the events and of an event's players that each quotes."""
WITH_ALTERNATES: Final = ("betrivers", "unibet_us")
ALTERNATE_STEPS: Final = (-4.0, -2.0, 2.0, 4.0)
ALTERNATE_SHARE: Final = 0.55
SHARED_ERROR: Final = (0.25, 0.034)
"""Standard deviation of the error that all books share: a constant and a share of the points."""
ABOVE_THE_MEAN: Final = 0.07
"""Points by which the estimate of the books lies above the mean: bettors like the over."""
SHIFTED: Final = 0.075
"""Share of the quotes whose line is a point off the others'."""
PRICE_NOISE: Final = 0.012
WITHOUT_QUOTES: Final = 0.02
"""Share of the games without quotes."""
LOWEST_LINE: Final = 3.5
FEWEST_POINTS: Final = 5.2
USUAL_MINUTES_FOR_A_LINE: Final = 25.8


@dataclass(frozen=True)
class Quotes:
    """One row per quote: game and member (indices), book (row of BOOKS), line, over and under in decimal odds."""

    game: Ints
    member: Ints
    book: Ints
    line: Floats
    over: Floats
    under: Floats


def player_quotes(rng: np.random.Generator, game: Ints, member: Ints, minutes: Floats, points: Floats) -> Quotes:
    """Quotes on the players of the games.

    Args:
        game, member: indices of each player who is expected to play.
        minutes, points: expected values in the morning.
    """
    chance = ndtr((minutes - USUAL_MINUTES_FOR_A_LINE) / 4.0) * (points > FEWEST_POINTS)
    games = int(game.max()) + 1 if len(game) else 0
    is_quoted = (rng.random(games) >= WITHOUT_QUOTES)[game]
    is_lined = is_quoted & (rng.random(len(game)) < chance)
    game, member, points = game[is_lined], member[is_lined], points[is_lined]
    constant, share = SHARED_ERROR
    estimate = points + ABOVE_THE_MEAN + rng.normal(0.0, 1.0, len(points)) * (constant + share * points)
    line = np.maximum(np.floor(estimate) + 0.5, LOWEST_LINE)
    offers = (rng.random((games, len(BOOKS))) < BOOKS["events"].to_numpy())[game]
    offers &= rng.random((len(game), len(BOOKS))) < BOOKS["players"].to_numpy()
    player, book = np.nonzero(offers)
    shift = np.where(rng.random(len(player)) < SHIFTED, rng.choice([-1.0, 1.0], len(player)), 0.0)
    lines = np.maximum(line[player] + shift, LOWEST_LINE)
    has_more = np.isin(BOOKS["key"].to_numpy()[book], WITH_ALTERNATES) & (rng.random(len(player)) < ALTERNATE_SHARE)
    more = np.flatnonzero(has_more)
    steps = np.tile(ALTERNATE_STEPS, len(more))
    more = np.repeat(more, len(ALTERNATE_STEPS))
    player = np.concatenate([player, player[more]])
    book = np.concatenate([book, book[more]])
    lines = np.concatenate([lines, lines[more] + steps])
    kept = lines >= LOWEST_LINE
    player, book, lines = player[kept], book[kept], lines[kept]
    spread = 1.34 + 1.36 * np.sqrt(np.maximum(estimate[player], 1.0))
    # The line already contains half of the book's own opinion, so prices stay near even money.
    distance = np.where(np.abs(lines - line[player]) < 1.5, 0.35, 1.0) * (estimate[player] - 0.35 - lines)
    over = np.clip(ndtr(distance / spread) + rng.normal(0.0, PRICE_NOISE, len(player)), 0.04, 0.96)
    margin = BOOKS["overround"].to_numpy()[book]
    return Quotes(
        game=game[player],
        member=member[player],
        book=book,
        line=lines,
        over=np.maximum(np.round(1.0 / (over * margin), 2), 1.02),
        under=np.maximum(np.round(1.0 / ((1.0 - over) * margin), 2), 1.02),
    )


@dataclass(frozen=True)
class GameLines:
    """Closing lines by game: handicap of the home team, total, American moneylines."""

    spread_home: Floats
    total: Floats
    moneyline_home: Ints
    moneyline_away: Ints


POINTS_A_LOGIT: Final = 6.8
GAME_MARGIN: Final = 1.044
SPREAD_ERROR, TOTAL_ERROR = 1.1, 1.6


def game_lines(rng: np.random.Generator, margin: Floats, total: Floats) -> GameLines:
    """Closing lines from the expected margin and total, with the market's error."""
    spread = -np.round(2.0 * (margin + rng.normal(0.0, SPREAD_ERROR, len(margin)))) / 2.0
    spread = np.clip(spread, -19.5, 19.5)
    # A spread of 0 has no favourite that the moneylines could agree with.
    spread = np.where(spread == 0.0, rng.choice([-1.0, 1.0], len(spread)), spread)
    totals = np.round(2.0 * (total + rng.normal(0.0, TOTAL_ERROR, len(total)))) / 2.0
    home = 1.0 / (1.0 + np.exp(spread / POINTS_A_LOGIT))
    return GameLines(spread, totals, american(home * GAME_MARGIN), american((1.0 - home) * GAME_MARGIN))


def american(probability: Floats) -> Ints:
    """American odds for an implied probability: whole numbers, <= -100 or >= 100."""
    probability = np.clip(probability, 0.02, 0.975)
    is_favourite: Bools = probability >= 0.5
    favourite = -np.rint(100.0 * probability / (1.0 - probability))
    outsider = np.rint(100.0 * (1.0 - probability) / probability)
    found = np.where(is_favourite, np.minimum(favourite, -101.0), np.maximum(outsider, 101.0))
    return found.astype(np.int64)
