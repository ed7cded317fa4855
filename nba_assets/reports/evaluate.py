"""Accuracy of the predictions by season, from prediction_accuracy, with the population of every figure.

Every error is reported with the error of the naive prediction and of the line on the same rows. Intervals contain 95 %
of bootstrap samples over game days, because the errors of a day are correlated (same games, same absences).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

import numpy as np
import pandas as pd
from rich.table import Table

from nba_assets.basketball.calendar import FIRST_DAY, Season, eastern_today, season_label
from nba_assets.contracts.columns.predictions import SCORING_TIERS
from nba_assets.contracts.systems import OF_LINES, REFERENCES, SYSTEMS
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.engine.status import expected_game_days
from nba_assets.tables.grading.intervals import ALL_SEASONS, FIRST_PREDICTED, interval
from nba_assets.tables.grading.performance import READ, SCALE, counted, figures, values_of
from nba_assets.warehouses.protocol import Snapshot

PLAYED, LINED = "all played", "lined"
MOST_DAYS_NAMED = 5
_NOT_LISTED = "not in the box score"


@dataclass(frozen=True)
class Evaluation:
    """Frames for printing and publishing; a season is a label or `all`.

    accuracy: population (all played / lined), season, system_id, n, mae, mae_low, mae_high, naive_mae, line_mae,
        above_line, above_line_low, above_line_high (MAE minus the line's; lined only), bias, coverage, crps; in points.
    coverage: season, system_id, scoring_tier, n, coverage of p10-p90; all played.
    days: season, system_id, game_days, predicted, missing (the first missing days).
    voids: season, predictions, voids, void_rate, not_ingested; counts of player-games, not of rows per system.
    void_reasons: season, status, reason, n; from the box score, for players who did not play.
    bets: season, system_id, bets, wins, losses, pushes, accuracy, profit, roi.
    calibration: season, system_id, value (tenth of prob_over), n, mean_prob_over, observed_over; without pushes.
    adjusted: season, system_id, is_applied, n, mae, unadjusted_mae; adjusted_predictions on the same rows.
    """

    accuracy: pd.DataFrame
    coverage: pd.DataFrame
    days: pd.DataFrame
    voids: pd.DataFrame
    void_reasons: pd.DataFrame
    bets: pd.DataFrame
    calibration: pd.DataFrame
    adjusted: pd.DataFrame

    def as_json(self) -> dict[str, list[dict[str, object]]]:
        """Records by frame; an unknown number is null."""
        found: dict[str, list[dict[str, object]]] = {}
        for each in fields(self):
            frame: pd.DataFrame = getattr(self, each.name)
            known = frame.astype(object).where(frame.notna(), None)
            found[each.name] = [{str(name): value for name, value in row.items()} for row in known.to_dict("records")]
        return found


def evaluate(
    platform: Platform, first: date | None = None, last: date | None = None, season: str | None = None
) -> Evaluation:
    """The accuracy over the days from `first` to `last`, over a season, or over all graded days."""
    if season is not None:
        of_label = Season.of_label(season)
        first, last = max(first or FIRST_DAY, of_label.first_day), min(last or of_label.last_day, of_label.last_day)
    first, last = first or FIRST_DAY, last or eastern_today(platform.now())
    game_days = expected_game_days(platform)
    game_days = game_days[(game_days >= pd.Timestamp(first)) & (game_days <= pd.Timestamp(last))]
    with platform.warehouse.snapshot() as snapshot:

        def read(table: str, columns: Sequence[str]) -> pd.DataFrame:
            return snapshot.read(registry.contract(table), first, last, columns)

        graded = read("prediction_accuracy", [*READ, "game_id", "season"])
        listed = read("player_boxscores", ["game_date", "game_id", "player_id", "status", "reason"])
        adjusted = _adjusted(snapshot, first, last)
    counts = counted(graded)
    by_day = pd.concat([_daily(graded, counts, PLAYED), _daily(graded, counts, LINED)], ignore_index=True)
    sums = by_day.drop(columns="game_date").groupby(["population", "season", "system_id"]).sum()
    by_season = sums.reset_index()
    return Evaluation(
        _accuracy(by_day, by_season),
        _coverage(graded, counts),
        _days(graded, game_days),
        _voids(graded),
        _void_reasons(graded, listed),
        _bets(by_season),
        _calibration(graded, counts),
        adjusted,
    )


def _daily(graded: pd.DataFrame, counts: pd.DataFrame, population: str) -> pd.DataFrame:
    """Sums over a population by season (and over all seasons), system and day."""
    keep = counts["graded"].to_numpy() > 0 if population == LINED else np.ones(len(counts), dtype=bool)
    if population == LINED:
        keep &= counts["lined"].to_numpy() > 0
    keys = [graded.loc[keep, name] for name in ("season", "system_id", "game_date")]
    found = counts[keep].groupby(keys).sum().reset_index()
    found = pd.concat([found, found.assign(season=ALL_SEASONS)], ignore_index=True)
    found.insert(0, "population", population)
    return found


def _accuracy(by_day: pd.DataFrame, by_season: pd.DataFrame) -> pd.DataFrame:
    keys = ["population", "season", "system_id"]
    made = figures(by_season)
    found = by_season[keys].assign(n=made["graded"])
    for name in ("mae", "naive_mae", "line_mae", "bias", "coverage_p10_p90", "mean_crps"):
        found[name] = made[name]
    found["above_line"] = (made["lined_mae"] - made["line_mae"]).where(found["population"] == LINED)
    found["line_mae"] = found["line_mae"].where(found["population"] == LINED)
    ranges = []
    for key, days in by_day.groupby(keys):
        rows = days["graded"].to_numpy()
        low, high = interval(days["absolute"].to_numpy(), rows)
        row = {**dict(zip(keys, key, strict=True)), "mae_low": low / SCALE, "mae_high": high / SCALE}
        if key[0] == LINED:
            low, high = interval((days["lined_absolute"] - days["line"]).to_numpy(), rows)
            row |= {"above_line_low": low / SCALE, "above_line_high": high / SCALE}
        ranges.append(row)
    names = [*keys, "mae_low", "mae_high", "above_line_low", "above_line_high"]
    found = found.merge(pd.DataFrame(ranges, columns=names).astype(dict.fromkeys(keys, "object")), on=keys)
    return _sorted(found.rename(columns={"coverage_p10_p90": "coverage", "mean_crps": "crps"}))


def _coverage(graded: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    found = _by_season(graded, counts[["distributed", "covered"]], ["system_id", "scoring_tier"])
    found = found[found["distributed"] > 0]
    found["coverage"] = found.pop("covered") / found["distributed"]
    tiers = {name: place for place, name in enumerate(SCORING_TIERS)}
    found = found.sort_values("scoring_tier", key=lambda names: names.map(tiers), kind="stable")
    return _sorted(found.rename(columns={"distributed": "n"}))


def _days(graded: pd.DataFrame, game_days: pd.DatetimeIndex) -> pd.DataFrame:
    """Game days from FIRST_PREDICTED on with a graded or void prediction, for systems that do not need a line."""
    due = game_days[game_days >= pd.Timestamp(FIRST_PREDICTED)]
    seasons = season_label(pd.Series(due))
    held = graded[["system_id", "game_date"]].drop_duplicates().groupby("system_id")["game_date"].agg(pd.DatetimeIndex)
    rows = []
    for system in SYSTEMS:
        if system in OF_LINES:
            continue
        has_rows = due.isin(held.get(system, pd.DatetimeIndex([])))
        for label in sorted(seasons.unique()):
            of_season = (seasons == label).to_numpy(dtype=bool)
            missing = due[of_season & ~has_rows]
            named = ", ".join(f"{day:%Y-%m-%d}" for day in missing[:MOST_DAYS_NAMED])
            rows.append((label, system, int(of_season.sum()), int((of_season & has_rows).sum()), named or None))
    return _sorted(pd.DataFrame(rows, columns=["season", "system_id", "game_days", "predicted", "missing"]))


def _player_games(graded: pd.DataFrame) -> pd.DataFrame:
    """One row per player-game, because the outcome is the same for every system."""
    found = graded[["season", "game_date", "game_id", "player_id", "outcome"]].drop_duplicates()
    return pd.concat([found, found.assign(season=ALL_SEASONS)], ignore_index=True)


def _voids(graded: pd.DataFrame) -> pd.DataFrame:
    games = _player_games(graded)
    found = pd.crosstab(games["season"], games["outcome"]).reindex(columns=["graded", "void", "not_ingested"])
    found = found.fillna(0).astype("int64")
    total = found.sum(axis=1)
    found = found.assign(predictions=total, voids=found["void"], void_rate=found["void"] / total)
    return _sorted(found[["predictions", "voids", "void_rate", "not_ingested"]].reset_index())


def _void_reasons(graded: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    games = _player_games(graded)
    voids = games[games["outcome"] == "void"].merge(listed, on=["game_date", "game_id", "player_id"], how="left")
    voids["status"] = voids["status"].fillna(_NOT_LISTED)
    found = voids.groupby(["season", "status", "reason"], dropna=False).size().rename("n").reset_index()
    return _sorted(found.sort_values("n", ascending=False, kind="stable"))


def _bets(by_season: pd.DataFrame) -> pd.DataFrame:
    names = ["bets", "wins", "losses", "pushes", "accuracy", "over_accuracy", "under_accuracy", "profit", "roi"]
    found = pd.concat([by_season[["population", "season", "system_id"]], figures(by_season)[names]], axis=1)
    found = found[(found["population"] == PLAYED) & (found["bets"] > 0)]
    return _sorted(found.drop(columns="population"))


def _calibration(graded: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    rows = graded.assign(value=values_of(graded, "prob_over"))
    called = counts["called"].to_numpy() > 0
    sums = _by_season(rows[called], counts[called], ["system_id", "value"])
    made = figures(sums)
    found = sums[["season", "system_id", "value"]].assign(n=sums["called"])
    found = found.assign(mean_prob_over=made["mean_prob_over"], observed_over=made["observed_over"])
    return _sorted(found.sort_values("value", kind="stable"))


def _adjusted(snapshot: Snapshot, first: date, last: date) -> pd.DataFrame:
    names = ["game_date", "season", "system_id", "is_applied", "absolute_error", "unadjusted_absolute_error"]
    rows = snapshot.read(registry.contract("adjusted_prediction_accuracy"), first, last, names)
    rows = rows[rows["absolute_error"].notna()]
    rows = pd.concat([rows, rows.assign(season=ALL_SEASONS)], ignore_index=True)
    found = rows.groupby(["season", "system_id", "is_applied"]).agg(
        n=("absolute_error", "size"),
        mae=("absolute_error", "mean"),
        unadjusted_mae=("unadjusted_absolute_error", "mean"),
    )
    return _sorted(found.reset_index())


def _by_season(rows: pd.DataFrame, counts: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Sums by season (and over all seasons) and keys."""
    found = counts.groupby([rows[name] for name in ("season", *keys)]).sum().reset_index()
    total = found.drop(columns="season").groupby(list(keys)).sum().reset_index()
    return pd.concat([found, total.assign(season=ALL_SEASONS)], ignore_index=True)


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    """Sorted by population, season (`all` last) and system (in the order of SYSTEMS); otherwise the order is kept."""
    places = {name: place for place, name in enumerate(SYSTEMS)}
    if "system_id" in frame:
        frame = frame.sort_values("system_id", key=lambda names: names.map(places), kind="stable")
    frame = frame.sort_values("season", key=lambda names: names.astype(object), kind="stable")
    if "population" in frame:
        frame = frame.sort_values("population", kind="stable")
    return frame.reset_index(drop=True)


def tables(evaluation: Evaluation) -> list[Table]:
    """The frames as tables for a terminal."""
    played, lined = (evaluation.accuracy[evaluation.accuracy["population"] == name] for name in (PLAYED, LINED))
    of_systems = evaluation.calibration[~evaluation.calibration["system_id"].isin(REFERENCES)]
    ensemble = of_systems[(of_systems["system_id"] == "ensemble") | (of_systems["season"] == ALL_SEASONS)]
    return [
        as_table(
            "MAE of predicted_points, all who played (95 % interval over game days)",
            played,
            {"MAE": _with_interval("mae"), "naive": "naive_mae", "bias": "bias", "p10-p90": "coverage", "CRPS": "crps"},
        ),
        as_table(
            "the same for rows with a line, with the error of the line",
            lined,
            {
                "MAE": _with_interval("mae"),
                "naive": "naive_mae",
                "line": "line_mae",
                "above the line": _with_interval("above_line"),
                "bias": "bias",
                "p10-p90": "coverage",
            },
        ),
        as_table(
            "coverage of p10-p90 by scoring tier, all who played",
            evaluation.coverage.pivot(index=["season", "system_id"], columns="scoring_tier", values="coverage")
            .reindex(columns=list(SCORING_TIERS))
            .reset_index()
            .pipe(_sorted),
            {name: name for name in SCORING_TIERS},
        ),
        as_table(
            f"game days with predictions, from {FIRST_PREDICTED} on",
            evaluation.days,
            {"predicted": "predicted", "game days": "game_days", "first missing": "missing"},
        ),
        as_table(
            "player-games that were predicted but not played",
            evaluation.voids,
            {"predictions": "predictions", "void": "voids", "share": "void_rate", "not ingested": "not_ingested"},
        ),
        as_table(
            "reasons for not playing, from the box score",
            evaluation.void_reasons[evaluation.void_reasons["season"] == ALL_SEASONS].head(12),
            {"status": "status", "reason": "reason"},
        ),
        as_table(
            "bets at their own line and price",
            evaluation.bets,
            {"bets": "bets", "won": "wins", "lost": "losses", "push": "pushes", "right": "accuracy", "ROI": "roi"},
        ),
        as_table(
            "calibration of prob_over on rows with a line, without pushes",
            ensemble,
            {"tenth": "value", "predicted": "mean_prob_over", "observed": "observed_over"},
        ),
        as_table(
            "predictions adjusted by scoring tier compared with unadjusted ones, where an adjustment is applied",
            evaluation.adjusted[evaluation.adjusted["is_applied"]],
            {"MAE": "mae", "unadjusted": "unadjusted_mae"},
        ),
    ]


Shown = Mapping[str, "str | tuple[str, str, str]"]


def _with_interval(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def as_table(title: str, frame: pd.DataFrame, shown: Shown, decimals: int = 3) -> Table:
    """A terminal table: season, system and n if the frame has them, then the columns by heading.

    shown: heading -> column, or (column, lower, upper) for a value with its interval.
    """
    table = Table(title=title, title_justify="left")
    head = {name: name for name in ("season", "system_id", "n") if name in frame}
    columns: Shown = {**head, **shown}
    for name in columns:
        table.add_column(name.replace("_id", ""), justify="left" if name in ("season", "system_id") else "right")
    previous = None
    for row in frame.to_dict("records"):
        if "system_id" in frame and previous not in (None, row["season"]):
            table.add_section()
        table.add_row(
            *(
                _text(row[source], decimals)
                if isinstance(source, str)
                else "{} [dim]{} to {}[/dim]".format(*(_text(row[name], decimals) for name in source))
                for source in columns.values()
            )
        )
        previous = row.get("season")
    return table


def _text(value: object, decimals: int) -> str:
    if value is None or pd.isna(value):
        return "-"
    if isinstance(value, float | np.floating):
        return f"{value:.{decimals}f}"
    return f"{value:,}" if isinstance(value, int | np.integer) and not isinstance(value, bool) else str(value)
