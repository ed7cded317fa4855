"""Accuracy of any set of predictions: the counts of each row, and the figures computed from them.

Everything is counted in integers, errors in millionths of a point, so that sums over days, windows and groups are exact
and independent of the order of addition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from nba_assets.contracts.columns.predictions import DIMENSIONS

SCALE = 1_000_000
TENTHS = 10
LONGEST_REST = 3
"""Days of rest from which on all games are one group."""
READ = (
    *("game_date", "system_id", "minutes_band", "scoring_tier", "is_home", "days_rest", "player_id"),
    *("recommendation", "confidence", "prob_over", "points_line", "outcome", "actual_points"),
    *("signed_error", "absolute_error", "naive_absolute_error", "line_absolute_error", "crps", "in_p10_p90"),
    *("within_3", "within_5", "projected_minutes_error", "is_lined", "bet_side", "bet_result", "bet_profit"),
)
"""Columns of prediction_accuracy that the figures need."""
FIGURES = (
    *("predictions", "graded", "voids", "void_rate"),
    *("mae", "naive_mae", "bias", "rmse", "mean_crps", "coverage_p10_p90", "share_within_3", "share_within_5"),
    "minutes_mae",
    *("lined", "lined_mae", "line_mae", "lined_naive_mae", "lined_bias", "overs", "unders", "passes"),
    *("bets", "wins", "losses", "pushes", "accuracy", "over_accuracy", "under_accuracy", "profit", "roi"),
    *("mean_prob_over", "observed_over"),
)
"""Columns returned by `figures`."""
COUNTS = (
    *("predictions", "graded", "voids", "absolute", "naive_rows", "naive", "signed", "squared", "distributed", "crps"),
    *("covered", "within_3", "within_5", "minutes_rows", "minutes", "lined", "lined_absolute", "line"),
    *("lined_naive_rows", "lined_naive", "lined_signed", "overs", "unders", "passes", "wins", "losses", "pushes"),
    *("over_wins", "over_decided", "under_wins", "under_decided", "profit", "called", "prob_over", "went_over"),
)
"""Columns returned by `counted`."""
RULES: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "graded and void are among the predictions": lambda f: f["graded"] + f["voids"] <= f["predictions"],
    "lined are among the graded": lambda f: f["lined"] <= f["graded"],
    "a bet is won, lost or pushed": lambda f: f["wins"] + f["losses"] + f["pushes"] == f["bets"],
    "an error where something is graded": lambda f: f["mae"].notna() == (f["graded"] > 0),
    "a line to compare with where something is lined": lambda f: f["line_mae"].notna() == (f["lined"] > 0),
}

Integers = npt.NDArray[np.int64]


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Contribution of each row of prediction_accuracy to the sums: int64 columns, 0 where it does not count."""
    graded, lined = rows["outcome"] == "graded", rows["is_lined"]
    graded_lined = graded & lined
    result, side = rows["bet_result"], rows["bet_side"]
    is_decided = result.isin(["WIN", "LOSS"])
    called = graded_lined & rows["prob_over"].notna() & (rows["actual_points"] != rows["points_line"])
    found: dict[str, Integers] = {
        "predictions": np.ones(len(rows), dtype=np.int64),
        "graded": _flags(graded),
        "voids": _flags(rows["outcome"] == "void"),
        "absolute": _scaled(rows["absolute_error"], graded),
        "naive_rows": _flags(graded & rows["naive_absolute_error"].notna()),
        "naive": _scaled(rows["naive_absolute_error"], graded),
        "signed": _scaled(rows["signed_error"], graded),
        "squared": _scaled(rows["signed_error"] ** 2, graded),
        "distributed": _flags(graded & rows["in_p10_p90"].notna()),
        "crps": _scaled(rows["crps"], graded),
        "covered": _flags(rows["in_p10_p90"]),
        "within_3": _flags(rows["within_3"]),
        "within_5": _flags(rows["within_5"]),
        "minutes_rows": _flags(graded & rows["projected_minutes_error"].notna()),
        "minutes": _scaled(rows["projected_minutes_error"].abs(), graded),
        "lined": _flags(graded_lined),
        "lined_absolute": _scaled(rows["absolute_error"], graded_lined),
        "line": _scaled(rows["line_absolute_error"], graded_lined),
        "lined_naive_rows": _flags(graded_lined & rows["naive_absolute_error"].notna()),
        "lined_naive": _scaled(rows["naive_absolute_error"], graded_lined),
        "lined_signed": _scaled(rows["signed_error"], graded_lined),
        "overs": _flags(rows["recommendation"] == "OVER"),
        "unders": _flags(rows["recommendation"] == "UNDER"),
        "passes": _flags(rows["recommendation"] == "PASS"),
        "wins": _flags(result == "WIN"),
        "losses": _flags(result == "LOSS"),
        "pushes": _flags(result == "PUSH"),
        "over_wins": _flags((result == "WIN") & (side == "OVER")),
        "over_decided": _flags(is_decided & (side == "OVER")),
        "under_wins": _flags((result == "WIN") & (side == "UNDER")),
        "under_decided": _flags(is_decided & (side == "UNDER")),
        "profit": _scaled(rows["bet_profit"], result.notna()),
        "called": _flags(called),
        "prob_over": _scaled(rows["prob_over"], called),
        "went_over": _flags(called & (rows["actual_points"] > rows["points_line"])),
    }
    return pd.DataFrame(found, index=rows.index, copy=False)


def figures(sums: pd.DataFrame) -> pd.DataFrame:
    """The columns FIGURES, computed row by row from sums of `counted`; a mean over no rows is NULL."""
    bets = sums["wins"] + sums["losses"] + sums["pushes"]
    found = sums[["predictions", "graded", "voids", "lined", "overs", "unders", "passes", "wins", "losses", "pushes"]]
    return found.assign(
        void_rate=_share(sums["voids"], sums["predictions"]),
        mae=_mean(sums["absolute"], sums["graded"]),
        naive_mae=_mean(sums["naive"], sums["naive_rows"]),
        bias=_mean(sums["signed"], sums["graded"]),
        rmse=np.sqrt(_mean(sums["squared"], sums["graded"])),
        mean_crps=_mean(sums["crps"], sums["distributed"]),
        coverage_p10_p90=_share(sums["covered"], sums["distributed"]),
        share_within_3=_share(sums["within_3"], sums["graded"]),
        share_within_5=_share(sums["within_5"], sums["graded"]),
        minutes_mae=_mean(sums["minutes"], sums["minutes_rows"]),
        lined_mae=_mean(sums["lined_absolute"], sums["lined"]),
        line_mae=_mean(sums["line"], sums["lined"]),
        lined_naive_mae=_mean(sums["lined_naive"], sums["lined_naive_rows"]),
        lined_bias=_mean(sums["lined_signed"], sums["lined"]),
        bets=bets,
        accuracy=_share(sums["wins"], sums["wins"] + sums["losses"]),
        over_accuracy=_share(sums["over_wins"], sums["over_decided"]),
        under_accuracy=_share(sums["under_wins"], sums["under_decided"]),
        profit=(sums["profit"] / SCALE).where(bets > 0),
        roi=_mean(sums["profit"], bets),
        mean_prob_over=_mean(sums["prob_over"], sums["called"]),
        observed_over=_share(sums["went_over"], sums["called"]),
    )


def values_of(rows: pd.DataFrame, dimension: str) -> pd.Series:
    """Value of the dimension (text) for each row of prediction_accuracy; NULL = in no group.

    Raises:
        ValueError: the dimension is unknown.
    """
    match dimension:
        case "overall":
            return pd.Series("all", index=rows.index, dtype="string[pyarrow]")
        case "tier":
            return rows["scoring_tier"]
        case "minutes_band" | "recommendation":
            return rows[dimension]
        case "confidence" | "prob_over":
            return _named(_tenth(rows[dimension]), [f"{n / 10:.1f}-{(n + 1) / 10:.1f}" for n in range(TENTHS)])
        case "home_away":
            return _named(rows["is_home"].astype("Int64"), ["away", "home"])
        case "rest":
            return _named(rows["days_rest"].clip(upper=LONGEST_REST), ["0", "1", "2", f"{LONGEST_REST}+"])
        case "player":
            return rows["player_id"].astype("string[pyarrow]")
    raise ValueError(f"there is no dimension {dimension!r}; there are {', '.join(DIMENSIONS)}")


def _tenth(share: pd.Series) -> pd.Series:
    """Tenth that contains the share, 0 to 9; its lower bound is included."""
    return np.floor(share * TENTHS).clip(0, TENTHS - 1).astype("Int64")


def _named(place: pd.Series, names: list[str]) -> pd.Series:
    """The names at the positions; NULL where the position is NULL."""
    taken = pd.array(names, dtype="string[pyarrow]").take(place.fillna(-1).to_numpy(dtype="int64"), allow_fill=True)
    return pd.Series(taken, index=place.index)


def _flags(condition: pd.Series) -> Integers:
    return condition.fillna(False).to_numpy(dtype=bool).astype(np.int64)


def _scaled(values: pd.Series, keep: pd.Series) -> Integers:
    """Values in millionths where `keep` is true and the value is known, else 0."""
    number = values.to_numpy(dtype="float64", na_value=np.nan)
    wanted = keep.fillna(False).to_numpy(dtype=bool) & ~np.isnan(number)
    return np.rint(np.where(wanted, number, 0.0) * SCALE).astype(np.int64)


def _mean(total: pd.Series, rows: pd.Series) -> pd.Series:
    return _share(total, rows * SCALE)


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part.astype("float64") / whole.astype("float64").where(whole > 0)
