"""How much of a system's disagreement with the betting line to believe.

Bookmakers have information that is in no table here (who will sit out, who has a minutes limit), so a system that is
unbiased overall is biased where it disagrees with them. Actual points exceed the line by only a share of what the
system predicts above it. That share, estimated over the past year, is applied to today's disagreement: the distribution
of points around lines is shifted by it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nba_assets.contracts.columns.predictions import QUANTILES
from nba_assets.windows.asof import History

TRAILING_DAYS = 365
HUNDREDTHS = 100
LOWEST_GAP, HIGHEST_GAP = -3.0, 1.0
"""Disagreement (points) is clipped to these bounds. In 2023-24 51 % of rows went over when the ensemble was half a
point above the line, but only 49 % when it was two points above. Below the line the effect grows up to three points."""
PRIOR_SHARE, PRIOR_ROWS = 0.25, 1000.0
"""Prior of the share, and its weight in player-games."""


def counted_gap(points: pd.Series, line: pd.Series) -> pd.Series:
    """Prediction minus line (points), clipped."""
    return (points - line).clip(LOWEST_GAP, HIGHEST_GAP)


def with_gaps(errors: History) -> History:
    """The rows with a line, with the terms of the regression (integer hundredths of a point and their products).

    Args:
        errors: predicted_points (uncalibrated), points_line, points (actual).

    Added: gap = `counted_gap`, beyond = points - line, gap_gap, gap_beyond.
    """

    def made(f: pd.DataFrame) -> pd.DataFrame:
        gap = (HUNDREDTHS * counted_gap(f["predicted_points"], f["points_line"])).round().astype("int64")
        beyond = (HUNDREDTHS * (f["points"].astype("float64") - f["points_line"])).round().astype("int64")
        return pd.DataFrame({"gap": gap, "beyond": beyond, "gap_gap": gap * gap, "gap_beyond": gap * beyond})

    lined = errors.where(lambda f: f["points_line"].notna() & f["points"].notna() & f["predicted_points"].notna())
    return lined.assign_many(made)


def believed_shares(rows: pd.DataFrame, errors: Mapping[str, History]) -> pd.Series:
    """Share of the disagreement with the line to believe, 0 to 1, indexed like the rows.

    Slope of the least-squares regression (with intercept) of beyond on gap over the past year, shrunk towards
    PRIOR_SHARE.

    Args:
        rows: game_date, system_id.
        errors: by system, see `with_gaps`.
    """
    target = rows[["game_date"]].drop_duplicates().reset_index(drop=True)
    parts = []
    for system, of_system in errors.items():
        window = with_gaps(of_system).by().last_days(target, TRAILING_DAYS)
        count = window.count.to_numpy(dtype="float64")
        known = np.where(count > 0, count, np.nan)
        mean = {
            name: window.sum(name).to_numpy(dtype="float64", na_value=np.nan) / known
            for name in ("gap", "beyond", "gap_gap", "gap_beyond")
        }
        variance = mean["gap_gap"] - mean["gap"] ** 2
        together = mean["gap_beyond"] - mean["gap"] * mean["beyond"]
        slope = np.divide(together, variance, out=np.full(len(count), np.nan), where=variance > 0)
        weight = np.where(np.isnan(slope), 0.0, count / (count + PRIOR_ROWS))
        share = weight * np.nan_to_num(np.clip(slope, 0.0, 1.0)) + (1 - weight) * PRIOR_SHARE
        parts.append(target.assign(system_id=system, share=share))
    found = rows[["game_date", "system_id"]].merge(pd.concat(parts), on=["game_date", "system_id"], how="left")
    return found["share"].set_axis(rows.index)


def moved(around_line: pd.DataFrame, move: pd.Series) -> pd.DataFrame:
    """The quantiles of points around the line (columns QUANTILES), shifted by `move` points, at least 0."""
    found = np.maximum(around_line[list(QUANTILES)].to_numpy(dtype="float64") + move.to_numpy()[:, None], 0.0)
    return pd.DataFrame(found, columns=list(QUANTILES), index=around_line.index)
