"""systems/performance.json: accuracy of every system compared with the naive prediction and the market's line.

Figures are those of grading/performance.py for more populations and periods. They use graded rows only, and live and
reconstructed predictions are never combined.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.predictions import MINUTES_BANDS, SCORING_TIERS
from nba_assets.contracts.systems import SYSTEMS
from nba_assets.documents.canonical import records
from nba_assets.documents.parts import Documents, head, wilson
from nba_assets.tables.grading.intervals import ALL_SEASONS, interval
from nba_assets.tables.grading.performance import READ, SCALE, TENTHS, counted, figures, values_of

GRADED_COLUMNS = (*READ, "season", "provenance", "bet_price")
"""Columns of prediction_accuracy that the document uses."""
MODEL_COLUMNS = ("game_date", "system_id", "head", "trained_before", "largest_effects")
"""Columns of points_models that it uses."""
PROVENANCES = ("live", "reconstructed")
WINDOW_DAYS = {"30_days": 30, "7_days": 7}
ROLLING_DAYS = 30
PLAYED, LINED = "all_played", "lined"
POPULATIONS = (
    (PLAYED, "all"),
    (LINED, "all"),
    *(("minutes_band", band) for band in MINUTES_BANDS),
    *(("scoring_tier", tier) for tier in SCORING_TIERS),
)
PRODUCT, PATH = "systems-performance", "systems/performance.json"
_CELL = ["provenance", "game_date", "season", "system_id", "minutes_band", "scoring_tier", "is_lined"]
_BANDS = ["provenance", "system_id", "minutes_band", "scoring_tier", "is_lined"]
_DAYS = ["provenance", "system_id", "game_date", "is_lined"]
_TEXTS = ["provenance", "season", "system_id", "minutes_band", "scoring_tier"]
_CALLED = ["provenance", "period", "system_id", "value"]
_CALLED_ON_DAY = ["provenance", "game_date", "season", "system_id", "value"]
_GROUP = ["provenance", "period", "population", "value", "system_id"]
_FIGURES = (
    *_GROUP,
    *("predictions", "n", "voids", "mae", "mae_low", "mae_high", "naive_mae", "bias", "rmse", "mean_crps"),
    *("coverage_p10_p90", "share_within_3", "share_within_5", "lined", "lined_mae", "line_mae", "lined_naive_mae"),
    *("above_line", "above_line_low", "above_line_high"),
    *("bets", "wins", "losses", "pushes", "bet_voids", "accuracy", "profit", "roi", "mean_price"),
)
BET_FIGURES = ("bets", "wins", "losses", "pushes", "bet_voids", "accuracy", "profit", "roi", "mean_price")


def documents(graded: Iterable[pd.DataFrame], models: pd.DataFrame, newest: date, source: str) -> Documents:
    """The single document of the product.

    Args:
        graded: `day_sums` of prediction_accuracy up to the newest day, one frame per season.
        models: rows of points_models up to the newest day, columns MODEL_COLUMNS.
        newest: the as-of day of the document.
        source: archive, simulated or live.
    """
    sums = pd.concat(graded, ignore_index=True)
    is_called = sums["value"].notna()
    called = sums[is_called].assign(period=sums["season"].astype(object))
    called = called[[*_CALLED, "called", "prob_over", "went_over"]]
    # Grouping by categories takes a third of the time of grouping by texts.
    cells = sums[~is_called].drop(columns="value").astype(dict.fromkeys(_TEXTS, "category"))
    cells = cells.groupby(_CELL, dropna=False, observed=True).sum().reset_index()
    periods = _periods(cells, newest)
    document = {
        **head(PRODUCT, source, as_of=newest.isoformat()),
        "provenance": _provenance(cells),
        "periods": records(periods),
        "figures": records(_figures(cells, periods), _FIGURES),
        "calibration": records(_calibration(called)),
        "rolling": _rolling(cells),
        "effects": _effects(models),
    }
    yield PATH, document, len(document["figures"])


def day_sums(graded: pd.DataFrame) -> pd.DataFrame:
    """Sums of graded rows (GRADED_COLUMNS) by _CELL, where value is NULL, and of those that are called over or under by
    _CALLED_ON_DAY, where value is the tenth of prob_over."""
    counts = sums_of(graded)
    cells = counts.groupby([graded[name] for name in _CELL], dropna=False, observed=True).sum().reset_index()
    is_called = counts["called"].to_numpy() > 0
    calls = graded[is_called].assign(value=values_of(graded[is_called], "prob_over"))
    called = counts[is_called].groupby([calls[name] for name in _CALLED_ON_DAY], observed=True).sum().reset_index()
    return pd.concat([cells, called], ignore_index=True)


def sums_of(graded: pd.DataFrame) -> pd.DataFrame:
    """The contribution of each row of prediction_accuracy to a sum: `counted`, void bets, and prices in millionths."""
    counts = counted(graded)
    is_settled = graded["bet_result"].isin(["WIN", "LOSS", "PUSH"])
    price = graded["bet_price"].where(is_settled).fillna(0.0).to_numpy(dtype="float64")
    counts["bet_voids"] = (graded["bet_result"] == "VOID").fillna(False).to_numpy(dtype=bool).astype(np.int64)
    counts["price"] = np.rint(price * SCALE).astype(np.int64)
    return counts


def figures_of(sums: pd.DataFrame) -> pd.DataFrame:
    """The figures per row of sums of `sums_of`: those of grading/performance.py, n, void bets and the mean price."""
    found = figures(sums)
    return found.assign(
        n=found["graded"],
        bet_voids=sums["bet_voids"],
        mean_price=sums["price"] / (found["bets"] * SCALE).where(found["bets"] > 0),
        above_line=found["lined_mae"] - found["line_mae"],
    )


def _provenance(cells: pd.DataFrame) -> list[dict[str, object]]:
    sums = cells.groupby("provenance", observed=True)[["predictions", "graded", "voids"]].sum()
    found = sums.reindex(pd.Index(PROVENANCES, name="provenance"), fill_value=0).reset_index()
    return records(found)


def _periods(cells: pd.DataFrame, newest: date) -> pd.DataFrame:
    """period, first_day, last_day, game_days: seasons, all, then the windows that contain a prediction."""
    days = cells[["game_date", "season"]].drop_duplicates()
    of_season = [(str(name), group["game_date"]) for name, group in days.groupby("season", observed=True)]
    found = [*of_season, (ALL_SEASONS, days["game_date"])]
    for name, length in WINDOW_DAYS.items():
        found.append(
            (name, days.loc[days["game_date"] > pd.Timestamp(newest) - pd.Timedelta(days=length), "game_date"])
        )
    rows = [(name, of.min(), of.max(), of.nunique()) for name, of in found if len(of)]
    return pd.DataFrame(rows, columns=["period", "first_day", "last_day", "game_days"]).astype(
        {"first_day": "datetime64[ns]", "last_day": "datetime64[ns]"}
    )


def _figures(cells: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """Every group of every period, provenance, population and system, with zeros for empty groups."""
    names = list(cells.columns.difference([*_CELL], sort=False))
    of_periods = pd.concat(
        [_summed(_within(cells, row), _BANDS, names, period=row["period"]) for row in periods.to_dict("records")]
        or [_summed(cells, _BANDS, names, period="")]
    )
    by_population = pd.concat(
        [
            of_periods.assign(population=PLAYED, value="all"),
            of_periods[of_periods["is_lined"].fillna(False).astype(bool)].assign(population=LINED, value="all"),
            of_periods.assign(population="minutes_band", value=of_periods["minutes_band"]),
            of_periods.assign(population="scoring_tier", value=of_periods["scoring_tier"]),
        ]
    )
    sums = by_population.groupby(_GROUP, observed=True)[names].sum()
    held = set(cells["provenance"])
    wanted = pd.MultiIndex.from_tuples(
        [
            (provenance, period, population, value, system)
            for provenance in PROVENANCES
            for period in periods["period"]
            for population, value in POPULATIONS
            # Without predictions of a provenance, its bands and tiers would only be rows of zeros.
            if provenance in held or population in (PLAYED, LINED)
            for system in SYSTEMS
        ],
        names=_GROUP,
    )
    sums = sums.reindex(wanted, fill_value=0).reset_index()
    found = pd.concat([sums[_GROUP], figures_of(sums)], axis=1)
    return found.merge(_intervals(cells, periods), on=_GROUP, how="left")


def _summed(cells: pd.DataFrame, keys: list[str], names: list[str], period: str) -> pd.DataFrame:
    """Sums of cells by the keys, of a period: integers, so they can be added up again in any order."""
    return cells.groupby(keys, dropna=False, observed=True)[names].sum().reset_index().assign(period=period)


def _within(cells: pd.DataFrame, period: dict[str, object]) -> pd.DataFrame:
    return cells[(cells["game_date"] >= period["first_day"]) & (cells["game_date"] <= period["last_day"])]


def _intervals(cells: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """mae_low, mae_high, above_line_low, above_line_high of all played games with a line, by season and over all."""
    names = ["graded", "absolute", "lined_absolute", "line"]
    whole = periods[~periods["period"].isin(list(WINDOW_DAYS))].to_dict("records")
    rows = pd.concat(
        [_summed(_within(cells, row), _DAYS, names, period=row["period"]) for row in whole]
        or [_summed(cells, _DAYS, names, period="")]
    ).assign(value="all")
    is_lined = rows["is_lined"].fillna(False).astype(bool)
    rows = pd.concat([rows.assign(population=PLAYED), rows[is_lined].assign(population=LINED)])
    days = rows.groupby([*_GROUP, "game_date"], observed=True)[names].sum()
    found = []
    for key, of_days in days.groupby(level=_GROUP, observed=True):
        n = of_days["graded"].to_numpy()
        low, high = interval(of_days["absolute"].to_numpy(), n)
        row = {**dict(zip(_GROUP, key, strict=True)), "mae_low": low / SCALE, "mae_high": high / SCALE}
        if row["population"] == LINED:
            low, high = interval((of_days["lined_absolute"] - of_days["line"]).to_numpy(), n)
            row |= {"above_line_low": low / SCALE, "above_line_high": high / SCALE}
        found.append(row)
    names = [*_GROUP, "mae_low", "mae_high", "above_line_low", "above_line_high"]
    return pd.DataFrame(found, columns=names).astype(dict.fromkeys(_GROUP, "object"))


def _calibration(called: pd.DataFrame) -> pd.DataFrame:
    """Observed frequency by predicted probability in bins of a tenth, by season and over all seasons.

    Args:
        called: sums by _CALLED, where the period is the season.
    """
    keys = _CALLED
    sums = pd.concat([called, called.assign(period=ALL_SEASONS)], ignore_index=True)
    sums = sums.groupby(keys, observed=True).sum().reset_index()
    places = {name: place for place, name in enumerate(SYSTEMS)}
    sums = sums.sort_values(
        keys, key=lambda column: column.map(places) if column.name == "system_id" else column.astype(object)
    ).reset_index(drop=True)
    ends = wilson(sums["went_over"], sums["called"])
    low = sums["value"].str.slice(0, 3).astype("float64")
    return sums[keys].assign(
        low=low,
        high=(low + 1 / TENTHS).round(1),
        n=sums["called"],
        mean_prob_over=sums["prob_over"] / (sums["called"] * SCALE),
        observed_over=sums["went_over"] / sums["called"],
        observed_low=ends["low"],
        observed_high=ends["high"],
    )


def _rolling(cells: pd.DataFrame) -> dict[str, object]:
    """The mean absolute error (points) over the trailing days at every game day, by population and system."""
    days = pd.DatetimeIndex(cells["game_date"].unique()).sort_values()
    series = []
    for population, error, rows in ((PLAYED, "absolute", "graded"), (LINED, "lined_absolute", "lined")):
        sums = cells.groupby(["game_date", "system_id"], observed=True)[[error, rows]].sum()
        for system in SYSTEMS:
            if system not in sums.index.get_level_values("system_id"):
                continue
            of_system = sums.xs(system, level="system_id").reindex(days, fill_value=0)
            errors, n = (_trailing(of_system[name].to_numpy(), days) for name in (error, rows))
            mae = pd.Series(errors / SCALE) / pd.Series(n).where(n > 0)
            series.append(
                {
                    "population": population,
                    "system_id": system,
                    "mae": [None if value != value else round(value, 4) for value in mae.tolist()],
                    "n": n.tolist(),
                }
            )
    return {"window_days": ROLLING_DAYS, "days": days.strftime("%Y-%m-%d").tolist(), "series": series}


def _effects(models: pd.DataFrame) -> list[dict[str, object]]:
    """The largest effects of the median heads in force on the newest day with a model, as the models order them."""
    newest = models[(models["game_date"] == models["game_date"].max()) & (models["head"] == "median")]
    told = newest[newest["largest_effects"].notna()].sort_values("system_id")
    return [
        {
            "system_id": model.system_id,
            "trained_before": f"{model.trained_before:%Y-%m-%d}",
            "feature": feature,
            "description": columns(feature)[0].doc,
            "points": points,
        }
        for model in told.itertuples()
        for feature, points in json.loads(str(model.largest_effects)).items()
    ]


def _trailing(sums: np.ndarray, days: pd.DatetimeIndex) -> np.ndarray:
    """Totals of the ROLLING_DAYS calendar days up to and including each day; exact, because sums are integers."""
    totals = np.concatenate([[0], np.cumsum(sums)])
    first = np.searchsorted(days, days - pd.Timedelta(days=ROLLING_DAYS - 1))
    found: np.ndarray = totals[np.arange(1, len(days) + 1)] - totals[first]
    return found


def systems_in_order(names: Sequence[str]) -> list[str]:
    """The systems among the names, in the order of SYSTEMS."""
    return [name for name in SYSTEMS if name in set(names)]
