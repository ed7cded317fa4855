"""ensemble_weights: weight of each system in the ensemble and in market_informed, from earlier days only."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nba_assets.basketball.cutoffs import FIRST_CUTOFF
from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.predictions import LINED_BAND, MINUTES_BANDS
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, history, on_day
from nba_assets.contracts.systems import BASE_SYSTEMS
from nba_assets.tables.predictions.bands import minutes_band
from nba_assets.tables.predictions.combining import convex_weights, shrunk
from nba_assets.tables.raw.rosters_checks import game_days
from nba_assets.windows.asof import History, Window

TRAILING_DAYS = 365
"""Days of errors used for the weights."""
ENSEMBLE_PRIOR: Mapping[str, float] = dict.fromkeys(BASE_SYSTEMS, 0.0) | {
    "moving_average": 0.2,
    "linear": 0.4,
    "gradient_boosting": 0.4,
}
ENSEMBLE_PRIOR_ROWS = 2000.0
"""Prior weights: the two learned systems share most of them; chosen on the seasons up to 2023-24."""
MARKET_PRIOR: Mapping[str, float] = {"gradient_boosting": 0.2, "market_line": 0.8}
MARKET_PRIOR_ROWS = 1000.0
"""Prior weights of market_informed: mostly the line."""
HUNDREDTHS = 100
"""Errors are in integer hundredths of a point, so that sums of their products are exact."""

CONTRACT = TableContract(
    name="ensemble_weights",
    layer="predictions",
    key=("band", "system_id"),
    known="pregame",
    columns=columns("game_date", "band", "system_id", "weight", "weight_rows"),
    doc="Rows for every game day from 2021-12-18 on: the weights of the base systems in each band of projected "
    "minutes, and in band `lined` those of gradient_boosting and market_line in market_informed. They minimise "
    "the variance of the error over the 365 days before, are at least 0 and add up to 1 per band; they are fitted "
    "on weight_rows player-games and shrunk to a fixed prior, most with few rows.",
)


def due(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The keys of the game days from the first cut-off on: game_date, band, system_id."""
    dates = pd.DataFrame({"game_date": game_days(schedule, days[days >= FIRST_CUTOFF])})
    pairs = [(band, system) for band in MINUTES_BANDS for system in BASE_SYSTEMS]
    pairs += [(LINED_BAND, system) for system in MARKET_PRIOR]
    return dates.merge(pd.DataFrame(pairs, columns=["band", "system_id"]), how="cross")


@daily_table(
    CONTRACT,
    inputs={
        "schedule": on_day("schedule"),
        "past": history(
            "base_predictions",
            days=TRAILING_DAYS,
            columns=("game_date", "game_id", "player_id", "system_id", "predicted_points"),
        ),
        "context": history(
            "upcoming_player_game_context",
            days=TRAILING_DAYS,
            columns=("game_date", "game_id", "player_id", "projected_minutes"),
        ),
        "played": history(
            "player_game_summary", days=TRAILING_DAYS, columns=("game_date", "game_id", "player_id", "points")
        ),
    },
    expected=Expected(inputs={"schedule": on_day("schedule")}, rule=due),
)
def ensemble_weights(
    schedule: pd.DataFrame, past: History, context: History, played: History, days: pd.DatetimeIndex
) -> pd.DataFrame:
    """The weights of each band on each game day."""
    key, systems = ["game_id", "player_id"], list(dict.fromkeys([*ENSEMBLE_PRIOR, *MARKET_PRIOR]))
    said = past.pivot(key, "system_id", systems, ["predicted_points"])
    games = played.join(context, on=key).join(said, on=key)
    rows = due(schedule, days)
    is_lined = rows["band"] == LINED_BAND
    by_minutes = _with_errors(games, ENSEMBLE_PRIOR).assign(band=lambda f: minutes_band(f["projected_minutes"]))
    lined = _with_errors(games, MARKET_PRIOR).assign(
        band=lambda f: pd.Series(LINED_BAND, index=f.index, dtype="string[pyarrow]")
    )
    parts = [
        _weights(rows[~is_lined], by_minutes, ENSEMBLE_PRIOR, ENSEMBLE_PRIOR_ROWS),
        _weights(rows[is_lined], lined, MARKET_PRIOR, MARKET_PRIOR_ROWS),
    ]
    return pd.concat(parts, ignore_index=True)[CONTRACT.column_names]


def _with_errors(games: History, systems: Mapping[str, float]) -> History:
    """The games with predictions of all systems, with their errors (hundredths of a point) and products of errors."""
    names = {system: f"predicted_points {system}" for system in systems}
    found = games.where(lambda f: f[list(names.values())].notna().all(axis=1))

    def errors(f: pd.DataFrame) -> pd.DataFrame:
        own = {
            system: (HUNDREDTHS * (f[names[system]] - f["points"].astype("float64"))).round().astype("int64")
            for system in systems
        }
        products = {_product(a, b): own[a] * own[b] for a in systems for b in systems if a <= b}
        return pd.DataFrame(own | products, index=f.index)

    return found.assign_many(errors)


def _product(a: str, b: str) -> str:
    return f"{min(a, b)} x {max(a, b)}"


def _weights(rows: pd.DataFrame, games: History, prior: Mapping[str, float], prior_rows: float) -> pd.DataFrame:
    """The rows with weight and weight_rows: minimum variance over the window, shrunk towards the prior."""
    target = rows[["game_date", "band"]].drop_duplicates().reset_index(drop=True)
    window = games.by("band").last_days(target, TRAILING_DAYS)
    weights = shrunk(convex_weights(_covariance(window, list(prior))), window.count, prior, prior_rows)
    wide = target.assign(weight_rows=window.count, **dict(zip(prior, weights.T, strict=True)))
    long = wide.melt(["game_date", "band", "weight_rows"], list(prior), "system_id", "weight")
    return rows.merge(long, on=["game_date", "band", "system_id"], how="left", validate="one_to_one")


def _covariance(window: Window, systems: list[str]) -> np.ndarray:
    """Covariance of the errors over each window, n x k x k; NaN for an empty window."""
    count = window.count.to_numpy(dtype="float64")
    count = np.where(count > 0, count, np.nan)
    sums = {system: window.sum(system).to_numpy(dtype="float64", na_value=np.nan) / count for system in systems}
    return np.stack(
        [
            np.stack(
                [
                    window.sum(_product(a, b)).to_numpy(dtype="float64", na_value=np.nan) / count - sums[a] * sums[b]
                    for b in systems
                ],
                axis=-1,
            )
            for a in systems
        ],
        axis=-1,
    )
