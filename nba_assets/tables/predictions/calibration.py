"""The distribution around a prediction, from how earlier predictions of the same system came out.

Errors are divided by a unit (how far off such a player-game usually is), so that those of all player-games of a band
can be laid over each other; the quantiles of the errors of the last game days, times the unit, are the distribution of
today's.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nba_assets.contracts.columns.predictions import QUANTILES
from nba_assets.tables.predictions.bands import banded
from nba_assets.windows.asof import History

TRAILING_DAYS = 365
"""Days behind the shift of the median: it is small, and of two months mostly noise, which costs .005 of MAE."""
SHIFT_PRIOR_ROWS = 2000.0
"""The shift of the median counts as if so many more errors of the band had had a median of 0: a median that was learned
needs little of it."""
TRAILING_GAME_DAYS = 60
"""Game days behind a distribution, the newest ones within TRAILING_DAYS: two months. With a whole year the spread of
the season before stays in it: 82 % lay from p10 to p90 in 2022-23, with two months 80 %."""
BAND_EDGES = (3.0, 6.0, 10.0, 15.0, 20.0)
BANDS = ("0-3", "3-6", "6-10", "10-15", "15-20", "20-60")
"""Of predicted points: the errors of bench players are lopsided, those of stars are not."""
FEWEST_ERRORS = 300
"""Errors of a band below which those of the system that has spoken longest stand in."""
STAND_IN = "moving_average"
UNIT_OF_ROOT = 1.35
"""Before the first model the unit is this times the root of the predicted points (and a point): the mean absolute error
grows so on 2021-22."""
LOWEST, HIGHEST, WIDTH = -6.0, 14.0, 0.02
"""Bins of errors in units; four in a hundred thousand lie outside."""
THOUSANDTHS = 1000


def unit_of(sigma: pd.Series, predicted: pd.Series) -> pd.Series:
    """Points that an error is measured in: the scale head's, before the first model a root of the predicted points."""
    return sigma.astype("float64").fillna(UNIT_OF_ROOT * np.sqrt(predicted.clip(lower=0.0) + 1.0))


def with_errors(said: History) -> History:
    """The rows with what calibration needs of them, the rows of a day as one game, so that windows count game days.

    Args:
        said: predicted_points, expected_points, sigma and points (what was scored; NULL where he did not play).

    Added: calibration_band, error (of the median, in units), mean_error (of the mean, thousandths of a point) and
    square_error (of the mean, hundredths of a unit squared), all NULL without points.
    """

    def made(f: pd.DataFrame) -> pd.DataFrame:
        unit = unit_of(f["sigma"], f["predicted_points"])
        off = f["points"].astype("float64") - f["expected_points"]
        return pd.DataFrame(
            {
                "game_id": f["game_date"].dt.strftime("%Y-%m-%d").astype("string[pyarrow]"),
                "calibration_band": banded(f["predicted_points"], BAND_EDGES, BANDS),
                "error": (f["points"].astype("float64") - f["predicted_points"]) / unit,
                "mean_error": (THOUSANDTHS * off).round().astype("Int64"),
                "square_error": (100 * (off / unit) ** 2).round().astype("Int64"),
            },
            index=f.index,
        )

    return said.assign_many(made)


def distributions(rows: pd.DataFrame, said: Mapping[str, History]) -> pd.DataFrame:
    """What to add to each row: quantiles of the error and its mean and deviation, from the last game days.

    Args:
        rows: game_date, system_id, calibration_band.
        said: `with_errors` by system.

    Returns:
        With the index of the rows: the columns of QUANTILES (units), mean_shift (points) and deviation (units); NULL
        where neither the system nor STAND_IN has FEWEST_ERRORS in the band.
    """
    target = rows[["game_date", "calibration_band"]].drop_duplicates().reset_index(drop=True)
    found = {system: _of_system(target, errors) for system, errors in said.items()}
    stand_in = _centred(found[STAND_IN])
    parts = []
    for system, own in found.items():
        is_few = own["count"] < FEWEST_ERRORS
        filled = own.mask(is_few, stand_in)
        parts.append(target.join(filled.mask(filled["count"] < FEWEST_ERRORS)).assign(system_id=system))
    every = pd.concat(parts, ignore_index=True).drop(columns=["count", "recent_median"])
    key = ["game_date", "system_id", "calibration_band"]
    joined = rows[key].merge(every, on=key, how="left", validate="many_to_one")
    return joined.drop(columns=key).set_index(rows.index)


def _centred(shape: pd.DataFrame) -> pd.DataFrame:
    """The same shape around a median of 0: where the errors of one system lie is not where those of another do."""
    moved = {name: shape[name] - shape["recent_median"] for name in QUANTILES if name != "predicted_points"}
    return shape.assign(**moved, predicted_points=0.0)


def _of_system(target: pd.DataFrame, errors: History) -> pd.DataFrame:
    by_band = errors.by("calibration_band")
    year = by_band.last_days(target, TRAILING_DAYS)
    recent = by_band.last_games(target, TRAILING_GAME_DAYS, TRAILING_DAYS)
    quantiles = recent.quantiles("error", list(QUANTILES.values()), LOWEST, HIGHEST, WIDTH)
    median = year.quantiles("error", [QUANTILES["predicted_points"]], LOWEST, HIGHEST, WIDTH)
    rows = year.count_of("error").astype("float64")
    return quantiles.set_axis(list(QUANTILES), axis=1).assign(
        predicted_points=median.iloc[:, 0] * rows / (rows + SHIFT_PRIOR_ROWS),
        recent_median=quantiles.iloc[:, list(QUANTILES).index("predicted_points")],
        count=recent.count_of("error"),
        mean_shift=recent.mean("mean_error") / THOUSANDTHS,
        deviation=np.sqrt(recent.mean("square_error") / 100),
    )
