"""The distribution around a prediction, estimated from the errors of the same system's earlier predictions.

Errors are divided by a unit (the usual absolute error of such a player-game), so that all player-games of a band can be
pooled. The quantiles of the scaled errors of the last game days, times today's unit, are today's distribution.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nba_assets.contracts.columns.predictions import QUANTILES
from nba_assets.tables.predictions.bands import banded
from nba_assets.windows.asof import History

TRAILING_DAYS = 365
"""Days used for the shift of the median: it is small, and over two months mostly noise, which costs .005 of MAE."""
SHIFT_PRIOR_ROWS = 2000.0
"""Weight, in errors, of the prior that the median needs no shift: a learned median needs little."""
TRAILING_GAME_DAYS = 60
"""Number of game days used for a distribution, the newest ones within TRAILING_DAYS: two months. With a year, the
spread of the previous season remains in it: p10-p90 contained 82 % of results in 2022-23, with two months 80 %."""
BAND_EDGES = (3.0, 6.0, 10.0, 15.0, 20.0)
BANDS = ("0-3", "3-6", "6-10", "10-15", "15-20", "20-60")
"""Edges of predicted points: the errors of bench players are skewed, those of stars are not."""
FEWEST_ERRORS = 300
"""Minimum of errors in a band; below it those of the system with the longest history are used."""
STAND_IN = "moving_average"
UNIT_OF_ROOT = 1.35
"""Before the first model the unit is this times the square root of (predicted points + 1), which matches how the mean
absolute error grows in 2021-22."""
SCALE_PRIOR_ROWS = 30_000.0
"""Weight, in training rows, of that rule against the scale head. The head learns from errors on its training rows, and
those on later games are larger: 1.18 times what it says with 8,000 to 25,000 rows (stars 1.24), 1.05 with 60,000."""
LOWEST, HIGHEST, WIDTH = -6.0, 14.0, 0.02
"""Bins of scaled errors; four in a hundred thousand are outside."""
THOUSANDTHS = 1000


def unit_of(sigma: pd.Series, predicted: pd.Series) -> pd.Series:
    """Unit of errors in points: sigma of base_predictions; before the first model `usual_error`."""
    return sigma.astype("float64").fillna(usual_error(predicted))


def usual_error(predicted: pd.Series) -> pd.Series:
    """Mean absolute error that predictions of so many points usually have, in points."""
    return UNIT_OF_ROOT * np.sqrt(predicted.clip(lower=0.0) + 1.0)


def shrunk_scale(scale: pd.Series, predicted: pd.Series, training_rows: pd.Series) -> pd.Series:
    """The scale head's value shrunk towards `usual_error`, the more the fewer rows it was trained on; NULL without a
    model."""
    share = training_rows / (training_rows + SCALE_PRIOR_ROWS)
    return share * scale + (1.0 - share) * usual_error(predicted)


def with_errors(said: History) -> History:
    """The rows with their errors. The rows of a day count as one game, so that windows count game days.

    Args:
        said: predicted_points, expected_points, sigma and points (actual; NULL if the player did not play).

    Added: calibration_band, error (of the median, in units), mean_error (of the mean, thousandths of a point) and
    square_error (of the mean, hundredths of a squared unit), all NULL without points.
    """

    def made(f: pd.DataFrame) -> pd.DataFrame:
        unit = unit_of(f["sigma"], f["predicted_points"])
        off = f["points"].astype("float64") - f["expected_points"]
        return pd.DataFrame(
            {
                "game_id": f["game_date"],
                "calibration_band": banded(f["predicted_points"], BAND_EDGES, BANDS),
                "error": (f["points"].astype("float64") - f["predicted_points"]) / unit,
                "mean_error": (THOUSANDTHS * off).round().astype("Int64"),
                "square_error": (100 * (off / unit) ** 2).round().astype("Int64"),
            },
            index=f.index,
        )

    return said.assign_many(made)


def distributions(rows: pd.DataFrame, said: Mapping[str, History]) -> pd.DataFrame:
    """Quantiles, mean and standard deviation of the errors of the last game days, for each row.

    Args:
        rows: game_date, system_id, calibration_band.
        said: results of `with_errors` by system.

    Returns:
        Indexed like the rows: the columns QUANTILES (units), mean_shift (points) and deviation (units); NULL if neither
        the system nor STAND_IN has FEWEST_ERRORS in the band.
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
    """The quantiles shifted to a median of 0, without a shift of the mean: the bias of one system does not apply to
    another. The moving average uses its median as its mean; a model predicts the mean itself."""
    moved = {name: shape[name] - shape["recent_median"] for name in QUANTILES if name != "predicted_points"}
    return shape.assign(**moved, predicted_points=0.0, mean_shift=0.0)


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
