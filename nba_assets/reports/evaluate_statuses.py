"""What the statuses of players are worth: who really played, by status, and what a second state without reports lacks.

A prediction is void when the player does not play. The site shows the players whose status is in COUNT_AS_OUT as likely
to miss the game and everyone else as playing, so the void rate of the latter is what a reader suffers from. The second
state is the same league without its injury reports; MAE differences are paired, on player-games that both have graded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from rich.table import Table

from nba_assets.basketball.calendar import FIRST_DAY, Season, eastern_today
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.reports.evaluate import Shown, as_table
from nba_assets.reports.evaluate_against import ERRORS, difference_figures
from nba_assets.tables.analytics.absences import COUNT_AS_OUT, REGULAR_MINUTES
from nba_assets.tables.grading.intervals import interval
from nba_assets.warehouses.protocol import Warehouse

SYSTEM: Final = "ensemble"
"""The system whose predictions are counted; which player-games are void is the same for all."""
KEY: Final = ["game_date", "game_id", "player_id"]
ORDER: Final = (
    *("ruled_out", "doubtful", "questionable", "probable", "injured_list", "missed_games", "missed_last", "available"),
)
EVERYONE, SHOWN, REGULARS = (
    "all predictions",
    "shown as playing",
    f"shown, projected {REGULAR_MINUTES:.0f} minutes or more",
)
GAMES_ALL, GAMES_OTHER, GAMES_SAME = "all", "other teammates out", "same teammates out"


@dataclass(frozen=True)
class Statuses:
    """Frames for printing.

    by_status: state, injury_status, n (predictions), played (share who played), regulars and regulars_played (the same
        of those with REGULAR_MINUTES or more projected minutes).
    voids: state, population, n, voids, void_rate with its interval over game days.
    errors: of player-games that both states graded: population (all, or by whether teammates_out_minutes differs),
        n, mae, other_mae, mae_difference and crps_difference with their intervals. Empty without a second state.
    """

    by_status: pd.DataFrame
    voids: pd.DataFrame
    errors: pd.DataFrame

    def as_json(self) -> str:
        """Records by frame; an unknown number is null."""
        frames = {"by_status": self.by_status, "voids": self.voids, "errors": self.errors}
        found = {
            name: frame.astype(object).where(frame.notna(), None).to_dict("records") for name, frame in frames.items()
        }
        return json.dumps(found, indent=1, allow_nan=False)


def evaluate_statuses(
    platform: Platform,
    other: Warehouse | None = None,
    first: date | None = None,
    last: date | None = None,
    season: str | None = None,
) -> Statuses:
    """The figures of the days from `first` to `last`, or of a season, or of everything that is graded.

    Args:
        platform: the state with statuses.
        other: the state to compare with, made without injury reports.
        first: first day.
        last: last day.
        season: a label.
    """
    if season is not None:
        of_label = Season.of_label(season)
        first, last = max(first or FIRST_DAY, of_label.first_day), min(last or of_label.last_day, of_label.last_day)
    first, last = first or FIRST_DAY, last or eastern_today(platform.now())
    states = {"this": _predictions(platform.warehouse, first, last)}
    if other is not None:
        states["other"] = _predictions(other, first, last)
    return Statuses(
        pd.concat([_by_status(rows).assign(state=name) for name, rows in states.items()], ignore_index=True),
        pd.concat([_voids(rows).assign(state=name) for name, rows in states.items()], ignore_index=True),
        _errors(states["this"], states["other"]) if other is not None else pd.DataFrame(),
    )


def _predictions(warehouse: Warehouse, first: date, last: date) -> pd.DataFrame:
    """The graded and void predictions of SYSTEM with what was known about the player before the game."""
    with warehouse.snapshot() as snapshot:
        rows = snapshot.read(
            registry.contract("prediction_accuracy"), first, last, [*KEY, "system_id", "outcome", *ERRORS]
        )
        about = [*KEY, "injury_status", "projected_minutes", "teammates_out_minutes"]
        context = snapshot.read(registry.contract("upcoming_player_game_context"), first, last, about)
    rows = rows[(rows["system_id"] == SYSTEM) & rows["outcome"].isin(["graded", "void"])]
    found = rows.drop(columns="system_id").merge(context, on=KEY, how="inner", validate="one_to_one")
    if len(found) < len(rows):
        raise ValueError(
            f"evaluate --statuses: {len(rows) - len(found):,} of {len(rows):,} predictions from {first} to {last} have "
            "no row in upcoming_player_game_context; make the stale days with nba-assets backfill --stale."
        )
    found = found.astype(dict.fromkeys((*ERRORS, "projected_minutes", "teammates_out_minutes"), "float64"))
    return found.assign(
        is_void=found["outcome"] == "void",
        is_shown=~found["injury_status"].isin(COUNT_AS_OUT),
        is_regular=found["projected_minutes"] >= REGULAR_MINUTES,
    )


def _by_status(rows: pd.DataFrame) -> pd.DataFrame:
    played = (~rows["is_void"]).astype("float64")
    found = pd.DataFrame(
        {
            "n": rows.groupby("injury_status").size(),
            "played": played.groupby(rows["injury_status"]).mean(),
            "regulars": rows.groupby("injury_status")["is_regular"].sum(),
            "regulars_played": played.where(rows["is_regular"]).groupby(rows["injury_status"]).mean(),
        }
    )
    found = found.reindex([name for name in ORDER if name in found.index])
    return found.rename_axis("injury_status").reset_index()


def _voids(rows: pd.DataFrame) -> pd.DataFrame:
    parts = {EVERYONE: rows, SHOWN: rows[rows["is_shown"]], REGULARS: rows[rows["is_shown"] & rows["is_regular"]]}
    found = []
    for name, part in parts.items():
        days = part.groupby("game_date")["is_void"].agg(["sum", "count"]).astype(np.int64)
        low, high = interval(days["sum"].to_numpy(), days["count"].to_numpy())
        voids = int(part["is_void"].sum())
        rate = voids / len(part) if len(part) else float("nan")
        found.append((name, len(part), voids, rate, low, high))
    return pd.DataFrame(found, columns=["population", "n", "voids", "void_rate", "void_rate_low", "void_rate_high"])


def _errors(this: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    graded = [rows[rows["outcome"] == "graded"] for rows in (this, other)]
    pairs = graded[0].merge(
        graded[1][[*KEY, *ERRORS, "teammates_out_minutes"]], on=KEY, suffixes=("", "_other"), validate="one_to_one"
    )
    is_other = pairs["teammates_out_minutes"] != pairs["teammates_out_minutes_other"]
    parts = {GAMES_ALL: pairs, GAMES_OTHER: pairs[is_other], GAMES_SAME: pairs[~is_other]}
    return pd.DataFrame([{"population": name} | difference_figures(part) for name, part in parts.items() if len(part)])


def tables(statuses: Statuses) -> list[Table]:
    """The figures as tables for a terminal."""
    by_status: Shown = {
        "state": "state",
        "status": "injury_status",
        "predictions": "predictions",
        "played": "played",
        f"of {REGULAR_MINUTES:.0f} minutes": "regulars",
        "of these played": "regulars_played",
    }
    voids: Shown = {
        "state": "state",
        "predictions of": "population",
        "number": "number",
        "void": "voids",
        "void rate": ("void_rate", "void_rate_low", "void_rate_high"),
    }
    errors: Shown = {
        "player-games": "population",
        "MAE": "mae",
        "other": "other_mae",
        "difference": ("mae_difference", "mae_difference_low", "mae_difference_high"),
        "of CRPS": ("crps_difference", "crps_difference_low", "crps_difference_high"),
    }
    shown = [
        as_table(
            "how many of a status played (this state, other state)",
            statuses.by_status.rename(columns={"n": "predictions"}),
            by_status,
        ),
        as_table(
            "predictions of players who then did not play (95 % interval over game days)",
            statuses.voids.rename(columns={"n": "number"}),
            voids,
        ),
    ]
    if len(statuses.errors):
        title = f"MAE of {SYSTEM} less that of the other state, same player-games (95 % interval over game days)"
        shown.append(as_table(title, statuses.errors, errors, decimals=4))
    return shown
