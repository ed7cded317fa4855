"""player_prop_predictions: every system's prediction of every player-game, its distribution, and the resulting bet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from nba_assets.basketball.cutoffs import FIRST_CUTOFF
from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.predictions import LINED_BAND, QUANTILES
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, history, on_day
from nba_assets.contracts.systems import BASE_SYSTEMS, REFERENCES, SYSTEMS
from nba_assets.tables.predictions.against_the_line import believed_shares, counted_gap, moved
from nba_assets.tables.predictions.bands import banded, minutes_band, scoring_tier
from nba_assets.tables.predictions.base_predictions import KEY, as_json
from nba_assets.tables.predictions.bets import COLUMNS as BET_COLUMNS
from nba_assets.tables.predictions.bets import best_bets, quotes_at_decision
from nba_assets.tables.predictions.calibration import (
    BAND_EDGES,
    BANDS,
    TRAILING_DAYS,
    distributions,
    unit_of,
    with_errors,
)
from nba_assets.tables.predictions.combining import combined
from nba_assets.tables.predictions.distribution import probability_over
from nba_assets.tables.predictions.ensemble_weights import MARKET_PRIOR
from nba_assets.windows.asof import History

AGREEMENT_POINTS = 5.0
"""Standard deviation of the base systems' predictions (points) at which their agreement is 0."""
SAID = ("predicted_points", "expected_points", "timed_points")
MEMBERS = {"ensemble": BASE_SYSTEMS, "market_informed": tuple(MARKET_PRIOR)}
"""Members of the combined systems; without a prediction of the last member there is no combined one."""
MOST_POINTS = 60.0

CONTRACT = TableContract(
    name="player_prop_predictions",
    layer="predictions",
    key=("game_id", "player_id", "system_id"),
    known="pregame",
    columns=columns(
        *("game_date", "game_id", "player_id", "system_id", "team", "opponent", "season", "season_type", "is_home"),
        *("minutes_band", "scoring_tier", "predicted_points", "expected_points", "sigma", "p10", "p25", "p75", "p90"),
        *("timed_points", "has_line", "points_line", "prob_over", "edge", *BET_COLUMNS[:-1]),
        *("recommendation", "confidence", "components", "model_id", "similar_games_count", "system_agreement"),
        "warnings",
    ),
    rules={
        "quantiles rise": lambda f: (
            f["p10"].isna() | ((f["p10"] <= f["p25"]) & (f["p25"] <= f["p75"]) & (f["p75"] <= f["p90"]))
        ),
        "a line where it says so": lambda f: f["points_line"].notna() == f["has_line"],
        "no line is no line": lambda f: f["has_line"] == (f["recommendation"] != "NO_LINE"),
        "a bet where it recommends one": lambda f: f["bet_side"].notna() == f["recommendation"].isin(["OVER", "UNDER"]),
        "references recommend nothing": lambda f: ~(f["system_id"].isin(REFERENCES) & f["bet_side"].notna()),
    },
    doc="One row per system for every player-game with at least three earlier games. predicted_points is the median "
    "and expected_points the mean if he plays; the quantiles come from the errors of the system's predictions of "
    "the last 60 game days. Columns that compare with a line are NULL without one. A bet is one posted quote of "
    "the snapshot of the consensus line, at its own price, if its probability exceeds break-even by at least .02 "
    "without using untimed closing lines; never on a player who is ruled out by the injury report.",
)


def due(base: pd.DataFrame) -> pd.DataFrame:
    """Keys that must exist: base systems, references and their combinations."""
    key = [*KEY, "system_id"]
    has_weights = base["game_date"] >= FIRST_CUTOFF
    together = [
        base.loc[has_weights & (base["system_id"] == members[-1]), key].assign(system_id=system)
        for system, members in MEMBERS.items()
    ]
    return pd.concat([base[key], *(part.astype(base[key].dtypes) for part in together)], ignore_index=True)


@daily_table(
    CONTRACT,
    inputs={
        "base": on_day("base_predictions"),
        "weights": on_day("ensemble_weights"),
        "features": on_day("ml_feature_store_v2"),
        "context": on_day("upcoming_player_game_context"),
        "quotes": on_day("prop_lines"),
        "past": history(
            "base_predictions",
            days=TRAILING_DAYS,
            columns=("game_date", "game_id", "player_id", "system_id", *SAID, "sigma"),
        ),
        "past_weights": history("ensemble_weights", days=TRAILING_DAYS),
        "past_context": history(
            "upcoming_player_game_context",
            days=TRAILING_DAYS,
            columns=("game_date", "game_id", "player_id", "projected_minutes", "points_line"),
        ),
        "played": history(
            "player_game_summary", days=TRAILING_DAYS, columns=("game_date", "game_id", "player_id", "points")
        ),
    },
    expected=Expected(
        inputs={"base": on_day("base_predictions")},
        rule=lambda base, days: due(base),
    ),
)
def player_prop_predictions(
    base: pd.DataFrame,
    weights: pd.DataFrame,
    features: pd.DataFrame,
    context: pd.DataFrame,
    quotes: pd.DataFrame,
    past: History,
    past_weights: History,
    past_context: History,
    played: History,
    days: pd.DatetimeIndex,
) -> pd.DataFrame:
    """All systems with their distributions, lines and bets."""
    games = _games(features, context)
    rows = pd.concat([base, _combined_rows(base, weights, games)], ignore_index=True)
    rows = rows.sort_values([*KEY, "system_id"], kind="stable", ignore_index=True)
    rows["calibration_band"] = banded(rows["predicted_points"], BAND_EDGES, BANDS)
    errors = _past_errors(past, past_weights, past_context, played)
    rows["believed_share"] = believed_shares(rows, errors)
    rows = _calibrated(rows, distributions(rows, errors))
    rows = rows.merge(games, on=KEY, how="left", validate="many_to_one")
    rows = _against_the_line(rows)
    may_play = context[context["injury_status"] != "ruled_out"]
    rows = _with_bets(rows, quotes_at_decision(quotes, may_play))
    rows = rows.merge(_agreement(base), on=KEY, how="left", validate="many_to_one")
    return rows[CONTRACT.column_names]


def _games(features: pd.DataFrame, context: pd.DataFrame) -> pd.DataFrame:
    """Columns common to all systems: the player-game, its bands, the line, the warnings."""
    about = context[[*KEY, "projected_minutes", "points_line", "line_is_time_known", "injury_status"]]
    names = ["team", "opponent", "season", "season_type"]
    wanted = ["home_away", "points_avg_season", "points_avg_last_10", "games_played_season", "is_production_ready"]
    rows = features[[*KEY, *names, *wanted]].merge(about, on=KEY, how="left", validate="one_to_one")
    said = {
        "ruled out by the injury report": rows["injury_status"] == "ruled_out",
        "doubtful in the injury report": rows["injury_status"] == "doubtful",
        "on the injured list": rows["injury_status"] == "injured_list",
        "missed his team's last games": rows["injury_status"] == "missed_games",
        "fewer than 5 games this season": rows["games_played_season"] < 5,
        "box scores are missing": ~rows["is_production_ready"],
        "the game's line has no time": ~rows["line_is_time_known"].fillna(True).astype(bool),
    }
    text = pd.Series("", index=rows.index, dtype="object")
    for warning, holds in said.items():
        mark = holds.fillna(False).astype(bool)
        text = text.mask(mark, text.where(text == "", text + "; ") + warning)
    return rows[[*KEY, *names]].assign(
        is_home=rows["home_away"] == 1,
        minutes_band=minutes_band(rows["projected_minutes"]),
        scoring_tier=scoring_tier(rows["points_avg_season"], rows["points_avg_last_10"]),
        points_line=rows["points_line"],
        has_line=rows["points_line"].notna(),
        warnings=text.astype("string[pyarrow]").mask(text == ""),
    )


def _combined_rows(base: pd.DataFrame, weights: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """The rows of ensemble and market_informed, with the contribution of each member as components."""
    keys = base[KEY].drop_duplicates().merge(games[[*KEY, "minutes_band"]], on=KEY, how="left")
    index = pd.MultiIndex.from_frame(keys[KEY])
    said = base.set_index([*KEY, "system_id"])
    sigma = said["sigma"].groupby(level=[0, 1, 2]).first().reindex(index).to_numpy()
    parts = []
    for system, members in MEMBERS.items():
        band = keys["minutes_band"] if system == "ensemble" else pd.Series(LINED_BAND, index=keys.index)
        shares = _shares(weights, keys["game_date"], band, members)
        values = {name: said[name].unstack("system_id").reindex(index, columns=list(SYSTEMS)) for name in SAID}
        values = {name: frame.reset_index(drop=True) for name, frame in values.items()}
        found = keys[KEY].assign(
            system_id=pd.Series(system, index=keys.index, dtype="string[pyarrow]"),
            sigma=sigma,
            **{name: combined(frame, shares, members) for name, frame in values.items()},
        )
        found["components"] = as_json((values["predicted_points"] * shares)[list(members)])
        parts.append(found[values["predicted_points"][members[-1]].notna() & found["predicted_points"].notna()])
    return pd.concat(parts, ignore_index=True)


def _shares(weights: pd.DataFrame, days: pd.Series, band: pd.Series, members: tuple[str, ...]) -> pd.DataFrame:
    """Weight of each member in the row's band, one column per member."""
    wide = weights.set_index(["game_date", "band", "system_id"])["weight"].unstack("system_id")
    wanted = pd.MultiIndex.from_arrays([days, band.astype("string[pyarrow]")])
    return wide.reindex(wanted, columns=list(members)).set_axis(days.index)


def _past_errors(past: History, past_weights: History, past_context: History, played: History) -> dict[str, History]:
    """Each system's earlier predictions with actual points; combined ones are recomputed with the weights of their
    day."""
    key = ["game_id", "player_id"]
    said = past.join(past_context.join(played, on=key), on=key)
    errors = with_errors(said)
    found = {system: _own(errors, system) for system in (*BASE_SYSTEMS, *REFERENCES)}
    together = _own(said, "gradient_boosting")
    every = list(dict.fromkeys(member for members in MEMBERS.values() for member in members))
    together = together.join(past.pivot(key, "system_id", every, SAID), on=key)
    weights = past_weights.pivot(["band"], "system_id", every, ["weight"])
    for system, members in MEMBERS.items():
        weighted = together.assign(band=_band_of(system)).join(weights, on=["band"])
        found[system] = with_errors(_together(weighted, members))
    return found


def _own(past: History, system: str) -> History:
    return past.where(lambda f: f["system_id"] == system)


def _band_of(system: str) -> Callable[[pd.DataFrame], pd.Series]:
    """The band in which the members of a combined system are weighted."""
    if system == "ensemble":
        return lambda f: minutes_band(f["projected_minutes"])
    return lambda f: pd.Series(LINED_BAND, index=f.index, dtype="string[pyarrow]")


def _together(said: History, members: tuple[str, ...]) -> History:
    """The rows with the members' combined prediction; without those that lack one of the last member."""

    def joint(f: pd.DataFrame) -> pd.DataFrame:
        shares = pd.DataFrame({member: f[f"weight {member}"] for member in members})
        values = {name: pd.DataFrame({member: f[f"{name} {member}"] for member in members}) for name in SAID}
        return pd.DataFrame({name: combined(frame, shares, members) for name, frame in values.items()})

    leading = f"predicted_points {members[-1]}"
    return said.assign_many(joint).where(lambda f: f[leading].notna())


def _calibrated(rows: pd.DataFrame, shape: pd.DataFrame) -> pd.DataFrame:
    """The rows with quantiles, mean and standard deviation; the median of non-reference systems is corrected, too."""
    unit = unit_of(rows["sigma"], rows["predicted_points"])
    is_reference = rows["system_id"].isin(list(REFERENCES))
    shift = (shape["predicted_points"] * unit).mask(is_reference, 0.0).fillna(0.0)
    median = (rows["predicted_points"] + shift).clip(0.0, MOST_POINTS)
    found = rows.assign(
        own_points=rows["predicted_points"],
        own_timed_points=rows["timed_points"],
        own_median=rows["predicted_points"] + (shape["predicted_points"] * unit),
        timed_points=rows["timed_points"].clip(0.0, MOST_POINTS),
        expected_points=(rows["expected_points"] + shape["mean_shift"].fillna(0.0)).clip(0.0, MOST_POINTS),
        sigma=shape["deviation"] * unit,
    )
    for name in QUANTILES:
        if name != "predicted_points":
            found[name] = (rows["predicted_points"] + shape[name] * unit).clip(0.0, MOST_POINTS)
    for name in ("p10", "p25"):
        found[name] = np.minimum(found[name], median).where(found[name].notna())
    for name in ("p75", "p90"):
        found[name] = np.maximum(found[name], median).where(found[name].notna())
    return found.assign(predicted_points=median)


def _against_the_line(rows: pd.DataFrame) -> pd.DataFrame:
    """prob_over (given no push) and edge; NULL without a line, prob_over also without a distribution.

    Added for bets: `around <quantile>`, the distribution of points around the line of the player-game.
    """
    of_line = rows[rows["system_id"] == "market_line"].set_index(KEY)
    quantiles = of_line[["p10", "p25", "p75", "p90"]].assign(predicted_points=of_line["own_median"])[list(QUANTILES)]
    index = pd.MultiIndex.from_frame(rows[KEY])
    around = quantiles.reindex(index).set_axis(rows.index).add_prefix("around ")
    found = rows.join(around)
    over, push = probability_over(_believed(found, found["own_points"]), found["points_line"])
    return found.assign(
        prob_over=np.clip(over / (1.0 - push), 0.0, 1.0), edge=found["predicted_points"] - found["points_line"]
    )


def _believed(rows: pd.DataFrame, points: pd.Series) -> pd.DataFrame:
    """The distribution of points around the line, shifted by the believed share of the disagreement."""
    around = rows[[f"around {name}" for name in QUANTILES]].set_axis(list(QUANTILES), axis=1)
    return moved(around, rows["believed_share"] * counted_gap(points, rows["points_line"]))


def _with_bets(rows: pd.DataFrame, quotes: pd.DataFrame) -> pd.DataFrame:
    """The bet of each eligible row, and the recommendation."""
    may_bet = rows["prob_over"].notna() & ~rows["system_id"].isin(list(REFERENCES))
    asked = rows[may_bet]
    basis = asked[[*KEY, "system_id"]].join(_believed(asked, asked["own_timed_points"]))
    found = rows.merge(best_bets(basis, quotes), on=[*KEY, "system_id"], how="left", validate="one_to_one")
    waiting = pd.Series(np.where(rows["has_line"], "PASS", "NO_LINE"), index=found.index, dtype="string[pyarrow]")
    return found.assign(recommendation=found["bet_side"].astype("string[pyarrow]").fillna(waiting))


def _agreement(base: pd.DataFrame) -> pd.DataFrame:
    """system_agreement of each player-game: how close the base systems are to each other; NULL with fewer than two."""
    wide = base[base["system_id"].isin(list(BASE_SYSTEMS))].set_index([*KEY, "system_id"])["predicted_points"]
    values = wide.unstack("system_id").reindex(columns=list(BASE_SYSTEMS))
    deviation = values.std(axis=1)
    return (1.0 - deviation / AGREEMENT_POINTS).clip(lower=0.0).rename("system_agreement").reset_index()
