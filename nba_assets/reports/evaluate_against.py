"""Compares the predictions of two states of the platform on the same rows, to evaluate a change to a system.

The paired difference of errors varies far less than the errors, so small changes can be distinguished from chance.
Intervals contain 95 % of bootstrap samples over game days.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from rich.table import Table

from nba_assets.basketball.calendar import FIRST_DAY, Season, eastern_today
from nba_assets.contracts.systems import SYSTEMS
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.reports.evaluate import LINED, PLAYED, Shown, as_table
from nba_assets.tables.grading.intervals import ALL_SEASONS, interval
from nba_assets.tables.grading.performance import SCALE
from nba_assets.warehouses.protocol import Warehouse

KEY: Final = ("game_date", "game_id", "player_id", "system_id")
ERRORS: Final = ("absolute_error", "crps")
_GROUP: Final = ["population", "season", "system_id"]


def evaluate_against(
    platform: Platform,
    other: Warehouse,
    first: date | None = None,
    last: date | None = None,
    season: str | None = None,
) -> pd.DataFrame:
    """Errors of this state minus those of the other, on the player-games that both have graded.

    Returns:
        population (all played / lined), season (a label or `all`), system_id, n, mae, other_mae, mae_difference,
        mae_difference_low, mae_difference_high, crps_difference, crps_difference_low, crps_difference_high (points).
        Rows of a system that has no distribution yet are counted in n but not in the crps columns. A system that only
        one state has is left out.
    """
    if season is not None:
        of_label = Season.of_label(season)
        first, last = max(first or FIRST_DAY, of_label.first_day), min(last or of_label.last_day, of_label.last_day)
    first, last = first or FIRST_DAY, last or eastern_today(platform.now())
    own, others = (_graded(warehouse, first, last) for warehouse in (platform.warehouse, other))
    pairs = own.merge(others[[*KEY, *ERRORS]], on=list(KEY), suffixes=("", "_other"), validate="one_to_one")
    is_lined = pairs["is_lined"].fillna(False).astype(bool)
    pairs = pd.concat([pairs.assign(population=PLAYED), pairs[is_lined].assign(population=LINED)], ignore_index=True)
    pairs = pd.concat([pairs, pairs.assign(season=ALL_SEASONS)], ignore_index=True)
    rows = [
        difference_figures(of_group) | dict(zip(_GROUP, key, strict=True)) for key, of_group in pairs.groupby(_GROUP)
    ]
    names = [*_GROUP, "n", "mae", "other_mae"]
    names += [f"{name}_difference{end}" for name in ("mae", "crps") for end in ("", "_low", "_high")]
    found = pd.DataFrame(rows, columns=names)
    places = {name: place for place, name in enumerate(SYSTEMS)}
    found = found.sort_values("system_id", key=lambda names: names.map(places), kind="stable")
    return found.sort_values(["population", "season"], kind="stable").reset_index(drop=True)


def tables(differences: pd.DataFrame) -> list[Table]:
    """The frame as tables for a terminal."""
    shown: Shown = {
        "MAE": "mae",
        "other": "other_mae",
        "difference": ("mae_difference", "mae_difference_low", "mae_difference_high"),
        "CRPS difference": ("crps_difference", "crps_difference_low", "crps_difference_high"),
    }
    title = "MAE of predicted_points minus the other state's, same player-games, {} (95 % interval over game days)"
    return [
        as_table(
            title.format(name),
            differences[differences["population"] == name].drop(columns="population"),
            shown,
            decimals=4,
        )
        for name in (PLAYED, LINED)
    ]


def _graded(warehouse: Warehouse, first: date, last: date) -> pd.DataFrame:
    with warehouse.snapshot() as snapshot:
        names = [*KEY, *ERRORS, "season", "outcome", "is_lined"]
        rows = snapshot.read(registry.contract("prediction_accuracy"), first, last, names)
    rows = rows[rows["outcome"] == "graded"].astype({"season": "object", "system_id": "object"})
    return rows.astype(dict.fromkeys(ERRORS, "float64"))


def difference_figures(rows: pd.DataFrame) -> dict[str, float]:
    """n, mae, other_mae and the differences of MAE and CRPS with their intervals over game days.

    Args:
        rows: one row per player-game: game_date, ERRORS and the same columns with the suffix `_other`.
    """
    found = {"n": len(rows), "mae": rows["absolute_error"].mean(), "other_mae": rows["absolute_error_other"].mean()}
    for name, column in (("mae", "absolute_error"), ("crps", "crps")):
        difference = SCALE * (rows[column] - rows[f"{column}_other"])
        days = difference.round().groupby(rows["game_date"]).agg(["sum", "count"]).astype(np.int64)
        low, high = interval(days["sum"].to_numpy(), days["count"].to_numpy())
        found[f"{name}_difference"] = difference.mean() / SCALE
        found |= {f"{name}_difference_low": low / SCALE, f"{name}_difference_high": high / SCALE}
    return found
