"""Compares the predictions with the true distributions of the simulated league, which serve as an oracle.

The oracle knows the distribution of every player's points before tip-off, which the generator wrote next to its archive
(docs/simulated-league.md). No system can beat it except by luck, so the difference from it is the largest possible
improvement, and a system that beats it uses future data. Systems that do not need a line are compared on the rows that
all of them predicted; on rows with a line all systems are compared.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from rich.table import Table

from nba_assets.basketball.calendar import FIRST_DAY, Season, eastern_today, seasons_of
from nba_assets.contracts.systems import OF_LINES, SYSTEMS
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.reports.evaluate import LINED, PLAYED, as_table
from nba_assets.sources.protocol import SourceError
from nba_assets.sources.simulated.truth import read_truth
from nba_assets.tables.grading.intervals import ALL_SEASONS, interval
from nba_assets.tables.grading.performance import SCALE

"""Systems that predict lined rows only."""
READ: Final = (
    *("game_date", "game_id", "player_id", "system_id", "season", "outcome", "is_lined"),
    *("predicted_points", "expected_points", "absolute_error", "crps", "in_p10_p90"),
)
KEY: Final = ["game_id", "player_id"]


@dataclass(frozen=True)
class AgainstTruth:
    """Each system compared with the oracle; a season is a label or `all`.

    systems: population (all played / lined), season, system_id, n, median_distance (mean absolute difference between
        predicted_points and the true median), mean_distance (between expected_points and the true mean), mean_bias
        (mean signed difference), mae, oracle_mae, above_oracle (mae - oracle_mae) with its interval over game days,
        crps, oracle_crps, coverage (share of results from p10 to p90), oracle_coverage (from the true p10 to p90).
    """

    systems: pd.DataFrame

    def as_json(self) -> str:
        """Records; an unknown number is null."""
        known = self.systems.astype(object).where(self.systems.notna(), None)
        return json.dumps({"systems": known.to_dict("records")}, indent=1, allow_nan=False)


def evaluate_truth(
    platform: Platform, first: date | None = None, last: date | None = None, season: str | None = None
) -> AgainstTruth:
    """The comparison over the days from `first` to `last`, over a season, or over all graded days.

    Raises:
        SourceError: the archive is not of the simulated league, so the true distributions are unknown; no prediction is
            graded; or the warehouse was built from another league.
    """
    if platform.archive.source != "simulated":
        raise SourceError(
            f"evaluate --truth: {platform.archive.root} has real games, whose true "
            "distributions are unknown. Create a simulated league with nba-assets simulate, set NBA_ARCHIVE to it and "
            "NBA_HOME to a separate folder, and run nba-assets backfill."
        )
    if season is not None:
        of_label = Season.of_label(season)
        first, last = max(first or FIRST_DAY, of_label.first_day), min(last or of_label.last_day, of_label.last_day)
    first, last = first or FIRST_DAY, last or eastern_today(platform.now())
    with platform.warehouse.snapshot() as snapshot:
        graded = snapshot.read(registry.contract("prediction_accuracy"), first, last, READ)
    graded = graded[graded["outcome"] == "graded"].reset_index(drop=True)
    if graded.empty:
        raise SourceError(
            f"evaluate --truth: no prediction from {first} to {last} is graded; build the tables with "
            f"nba-assets backfill --from {first} --to {last}."
        )
    truth = read_truth(platform.archive.root, seasons_of([graded["game_date"].min(), graded["game_date"].max()]))
    rows = graded.merge(truth, on=KEY, how="left", validate="many_to_one", suffixes=("", "_true"))
    if bool(rows["mean"].isna().any()):
        bad = rows[rows["mean"].isna()].iloc[0]
        raise SourceError(
            f"evaluate --truth: {int(rows['mean'].isna().sum()):,} graded rows have no truth, first game "
            f"{bad['game_id']}, player {bad['player_id']}; the warehouse was built from another league than "
            f"{platform.archive.root}. Run nba-assets backfill --force with this archive, or use another NBA_HOME."
        )
    return AgainstTruth(_systems(rows))


def _systems(rows: pd.DataFrame) -> pd.DataFrame:
    actual = rows["actual_points"]
    found = rows.assign(
        median_distance=(rows["predicted_points"] - rows["p50"]).abs(),
        mean_distance=(rows["expected_points"] - rows["mean"]).abs(),
        mean_bias=rows["expected_points"] - rows["mean"],
        oracle_error=(actual - rows["p50"]).abs(),
        oracle_covered=actual.between(rows["p10"], rows["p90"]),
    )
    parts = []
    for population, systems in ((PLAYED, [name for name in SYSTEMS if name not in OF_LINES]), (LINED, list(SYSTEMS))):
        of = found[found["system_id"].isin(systems)]
        if population == LINED:
            of = of[of["is_lined"]]
        parts.append(_figures(_common(of)).assign(population=population))
    both = pd.concat(parts, ignore_index=True)
    places = {name: place for place, name in enumerate(SYSTEMS)}
    both = both.sort_values("system_id", key=lambda names: names.map(places), kind="stable")
    both = both.sort_values(["population", "season"], kind="stable", ignore_index=True)
    return both[["population", *both.columns.drop("population")]]


def _common(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of player-games that all systems in `rows` predicted."""
    systems = rows.groupby(KEY)["system_id"].transform("nunique")
    return rows[systems == rows["system_id"].nunique()]


def _figures(rows: pd.DataFrame) -> pd.DataFrame:
    rows = pd.concat([rows, rows.assign(season=ALL_SEASONS)], ignore_index=True)
    found = []
    for (season, system), part in rows.groupby(["season", "system_id"]):
        by_day = part.groupby("game_date")
        lost = by_day["absolute_error"].sum() - by_day["oracle_error"].sum()
        low, high = interval((lost * SCALE).round().to_numpy(dtype=np.int64), by_day.size().to_numpy())
        mean = part[["median_distance", "mean_distance", "mean_bias", "crps", "crps_true"]].mean()
        found.append(
            {
                "season": season,
                "system_id": system,
                "n": len(part),
                "median_distance": mean["median_distance"],
                "mean_distance": mean["mean_distance"],
                "mean_bias": mean["mean_bias"],
                "mae": part["absolute_error"].mean(),
                "oracle_mae": part["oracle_error"].mean(),
                "above_oracle": lost.sum() / len(part),
                "above_oracle_low": low / SCALE,
                "above_oracle_high": high / SCALE,
                "crps": mean["crps"],
                "oracle_crps": mean["crps_true"],
                "coverage": part["in_p10_p90"].astype("float64").mean(),
                "oracle_coverage": part["oracle_covered"].mean(),
            }
        )
    return pd.DataFrame(found)


def tables(distances: AgainstTruth) -> list[Table]:
    """The figures as tables for a terminal."""
    shown: dict[str, str | tuple[str, str, str]] = {
        "off median": "median_distance",
        "off mean": "mean_distance",
        "bias": "mean_bias",
        "MAE": "mae",
        "oracle": "oracle_mae",
        "above the oracle": ("above_oracle", "above_oracle_low", "above_oracle_high"),
        "CRPS": "crps",
        "oracle CRPS": "oracle_crps",
        "p10-p90": "coverage",
    }
    titles = {
        PLAYED: "distance from the true distribution in points, player-games predicted by every system (95 % interval "
        "over game days)",
        LINED: "the same for rows with a line, all systems",
    }
    return [
        as_table(title, distances.systems[distances.systems["population"] == population], shown)
        for population, title in titles.items()
    ]
