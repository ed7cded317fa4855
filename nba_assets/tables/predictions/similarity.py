"""Similarity: how much players like him, in games like this one, deviated from their baseline of rate and form.

Players are similar if they are in the same band of form (points_ewma) and of projected minutes; games are similar by
the opponent's rating, the venue and the days of rest. The resulting cells are combined from coarse to fine, weighted by
their number of games: where few games match in all respects, those that match in fewer dominate. All sums are over
windows of earlier games, in integer thousandths of a point, so that they are exact.

Baseline, cap and weights are the best of a few tried on the player-games of 2021-22 to 2023-24 (three earlier games or
more); the median and the bands of form, minutes and rest were set by hand. The errors of those seasons are in-sample.
Mean absolute error in points (in brackets that of the mean of the last 10 games):

    2021-22 4.568 (4.694), 2022-23 4.597 (4.764), 2023-24 4.467 (4.651); on 2024-25, out of sample, 4.571 (4.735).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from nba_assets.basketball import as_float
from nba_assets.contracts.columns.predictions import MINUTES_EDGES
from nba_assets.tables.predictions.moving_average import added_up, known
from nba_assets.windows.asof import REACH_DAYS, History, Window

BY_RATE, FORM, SEASON_RATE = 0.70, 0.15, 0.15
"""The baseline: projected minutes at the weighted points per minute, points_ewma, projected minutes at the season's."""
MEDIAN = -0.6
"""Median minus mean of a player's points."""
FORM_EDGES = (4.0, 7.0, 10.0, 13.0, 17.0, 22.0)
"""Bands of points_ewma; a band includes its lower bound."""
RATING_EDGES = (110.0, 114.0)
"""Tiers of opponent_def_rating: about the terciles of 2021-22 to 2023-24."""
REST_EDGES = (1.0, 2.0, 3.0)
"""Days of rest: none, one, two, three or more."""
FEWEST_MATCHES = 5
"""Minimum of matching games; with fewer there is no prediction."""
CAP = 3_000
"""Cap of a miss in thousandths of a point: the mean of capped misses is near the median, which minimises the absolute
error."""
THOUSANDTHS = 1000.0
BANDS: dict[str, tuple[str, tuple[float, ...]]] = {
    "form": ("points_ewma", FORM_EDGES),
    "minutes": ("projected_minutes", MINUTES_EDGES),
    "opponent": ("opponent_def_rating", RATING_EDGES),
    "venue": ("home_away", (1.0,)),
    "rest": ("rest_days_capped", REST_EDGES),
}
"""Column and band edges of each matching criterion."""
READ = (
    *("projected_points_by_rate", "points_ewma", "projected_minutes", "points_per_minute_season"),
    *("opponent_def_rating", "home_away", "rest_days_capped"),
)
"""Features that the system reads."""


@dataclass(frozen=True)
class Cells:
    """A way to match past games.

    Args:
        name: column with the cell numbers.
        respects: keys of BANDS that must all match.
        weight: weight of the coarser cells, in games.
    """

    name: str
    respects: tuple[str, ...]
    weight: float


SIMILAR = (
    Cells("alike", ("form", "minutes"), 50.0),
    Cells("alike_opponent", ("form", "minutes", "opponent"), 100.0),
    Cells("alike_opponent_venue", ("form", "minutes", "opponent", "venue"), 100.0),
    Cells("alike_in_all", ("form", "minutes", "opponent", "venue", "rest"), 100.0),
)
"""Games of all players, including the player himself, from coarse to fine cells."""
OWN = Cells("opponent_venue", ("opponent", "venue"), 200.0)
"""The player's own games, regardless of form and minutes."""


def similarity(rows: pd.DataFrame, past: History) -> pd.DataFrame:
    """Median points of each player if he plays, from matching games of the past 400 days; with their spread.

    Args:
        rows: ml_feature_store_v2: game_date, player_id and READ.
        past: the same columns of earlier rows with `points` (actual; NULL if he did not play).

    Returns:
        Indexed like the rows: `points` (float64, 0 or more; NULL, like components and spread, with fewer than 5 matches
        or without a baseline), `similar_games_count` (int64: matches in the finest cell with 5 of them, else in the
        coarsest), `spread` (float64, points: weighted standard deviation of the misses), and the components of `points`
        in points: baseline, median, similar_games, own_games, clip.
    """
    target = rows.assign(**_CELL_NUMBERS)
    played = _misses(past)
    said = _Said.nothing(rows)
    matches = pd.Series(0, index=rows.index)
    for cells in SIMILAR:
        window = played.by(cells.name).last_days(target, REACH_DAYS)
        matches = matches.where((window.count < FEWEST_MATCHES) & (matches > 0), window.count)
        said = said.and_by(window, cells.weight)
    with_own = said.and_by(played.by("player_id", OWN.name).last_days(target, REACH_DAYS), OWN.weight)
    baseline = _baseline(rows)
    is_known = baseline.notna() & (matches >= FEWEST_MATCHES)
    parts = {
        "baseline": baseline,
        "median": pd.Series(MEDIAN, index=rows.index),
        "similar_games": said.capped,
        "own_games": with_own.capped - said.capped,
    }
    made = added_up(parts, is_known)
    made.insert(1, "similar_games_count", matches)
    made.insert(2, "spread", with_own.spread.where(is_known))
    return made


@dataclass(frozen=True)
class _Said:
    """Running weighted means over the cells processed so far, one per target row.

    Args:
        capped: mean of the capped misses (points), shrunk towards 0 by the weight not covered by games.
        miss: mean of the uncapped misses (points), shrunk likewise.
        square: mean of their squares.
        taken: share of the weight covered by games, 0 to 1.
    """

    capped: pd.Series
    miss: pd.Series
    square: pd.Series
    taken: pd.Series

    @classmethod
    def nothing(cls, rows: pd.DataFrame) -> _Said:
        zero = pd.Series(0.0, index=rows.index)
        return cls(zero, zero, zero, zero)

    def and_by(self, window: Window, weight: float) -> _Said:
        """Adds the games of a finer cell; the previous means weigh as much as `weight` games."""
        games = window.count

        def with_games(total: pd.Series, before: pd.Series) -> pd.Series:
            return (total + weight * before) / (games + weight)

        return _Said(
            capped=with_games(_total(window, "capped") / THOUSANDTHS, self.capped),
            miss=with_games(_total(window, "miss") / THOUSANDTHS, self.miss),
            square=with_games(_total(window, "square") / THOUSANDTHS**2, self.square),
            taken=with_games(as_float(games), self.taken),
        )

    @property
    def spread(self) -> pd.Series:
        """Standard deviation of the uncapped misses (points); NULL without a game."""
        taken = self.taken.where(self.taken > 0)
        return np.sqrt((self.square / taken - (self.miss / taken) ** 2).clip(lower=0.0))


def _total(window: Window, column: str) -> pd.Series:
    """Exact sum as float64, 0 without games."""
    return known(window.sum(column))


def _baseline(rows: pd.DataFrame) -> pd.Series:
    """Points from rate and form (float64); before the season's first game the recent rate replaces the season's."""
    by_rate = as_float(rows["projected_points_by_rate"])
    season = as_float(rows["projected_minutes"]) * as_float(rows["points_per_minute_season"])
    return BY_RATE * by_rate + FORM * as_float(rows["points_ewma"]) + SEASON_RATE * season.fillna(by_rate)


def _misses(past: History) -> History:
    """The played games with their cells and misses: points minus baseline and median.

    Added, Int64: miss, capped (thousandths of a point), square (of miss), and the numbers of the cells.
    """
    missed = past.assign(
        miss=lambda f: (THOUSANDTHS * (as_float(f["points"]) - _baseline(f) - MEDIAN)).round().astype("Int64")
    ).where(lambda f: f["miss"].notna())
    return missed.assign(
        capped=lambda f: f["miss"].clip(-CAP, CAP), square=lambda f: f["miss"] * f["miss"], **_CELL_NUMBERS
    )


def _cell_number(rows: pd.DataFrame, respects: tuple[str, ...]) -> pd.Series:
    """Number of the cell of each row (Int64); NULL, which matches nothing, if a criterion is unknown."""
    number = np.zeros(len(rows), dtype=np.int64)
    is_known = np.ones(len(rows), dtype=bool)
    for respect in respects:
        column, edges = BANDS[respect]
        values = as_float(rows[column]).to_numpy()
        is_known &= ~np.isnan(values)
        number = number * (len(edges) + 1) + np.searchsorted(edges, values, side="right")
    return pd.Series(pd.arrays.IntegerArray(number, ~is_known), index=rows.index)


_CELL_NUMBERS = {cells.name: partial(_cell_number, respects=cells.respects) for cells in (*SIMILAR, OWN)}
