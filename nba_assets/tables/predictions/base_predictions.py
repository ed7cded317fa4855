"""base_predictions: each system's own uncalibrated prediction of every player-game."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import CrossCheck, Expected, Findings, history, on_day
from nba_assets.contracts.run import Run
from nba_assets.contracts.systems import BASE_SYSTEMS, REFERENCES
from nba_assets.stores.models import Artifact, ModelStore
from nba_assets.tables.predictions import boosting
from nba_assets.tables.predictions.calibration import shrunk_scale
from nba_assets.tables.predictions.learners import LEARNERS
from nba_assets.tables.predictions.learning import FEWEST_GAMES, UNTIMED, Learner, matrix
from nba_assets.tables.predictions.moving_average import MEDIAN, moving_average
from nba_assets.tables.predictions.similarity import READ, similarity
from nba_assets.tables.predictions.zone_matchup import zone_matchup
from nba_assets.windows.asof import REACH_DAYS, History

KEY = ["game_date", "game_id", "player_id"]
GAME_LINE = ("spread", "total", "implied_team_total")
MOST_POINTS = 60.0
LEAST_ROWS, MOST_SHIFT = 50, 1.0
"""Minimum of player-games for testing a system's mean of a day, and its largest allowed deviation in points."""

CONTRACT = TableContract(
    name="base_predictions",
    layer="predictions",
    key=("game_id", "player_id", "system_id"),
    known="pregame",
    columns=columns(
        *("game_date", "game_id", "player_id", "system_id", "predicted_points", "expected_points", "timed_points"),
        *("sigma", "similar_games_count", "model_id", "components"),
    ),
    doc="One row per base system and reference with a prediction for a player-game with at least three earlier games: "
    "a system without a model, without five similar games or without a line has no row. Rule-based systems give "
    "one number, used as median and mean; the median of a learned system is the average of its heads. sigma is the "
    "usual absolute error of such a player-game, the same for all systems: the value of the scale head, shrunk towards "
    "a rule of predicted points while there are few training rows; NULL before the first model.",
)


def predictable(features: pd.DataFrame) -> pd.DataFrame:
    """The player-games with three earlier games or more, sorted by key."""
    return features[features["games_used_400_days"] >= FEWEST_GAMES].reset_index(drop=True)


def due(features: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """Keys that must exist: always the naive prediction, and a model's on days with a model in force."""
    keys = predictable(features)[KEY]
    said = {"naive_last_10": keys}
    for learner in LEARNERS:
        days = models.loc[models["system_id"] == learner.SYSTEM_ID, "game_date"]
        said[learner.SYSTEM_ID] = keys[keys["game_date"].isin(days)]
    parts = [part.assign(system_id=pd.Series(name, part.index, "string[pyarrow]")) for name, part in said.items()]
    return pd.concat(parts, ignore_index=True)


def timed_shift(rows: pd.DataFrame) -> Findings:
    """Systems whose mean prediction of a day changes if untimed lines are left out."""
    shift = (rows["timed_points"] - rows["predicted_points"]).groupby([rows["game_date"], rows["system_id"]])
    found = shift.agg(["mean", "size"]).reset_index()
    off = found[(found["size"] >= LEAST_ROWS) & (found["mean"].abs() > MOST_SHIFT)]
    failing = pd.DataFrame(
        {
            "game_date": off["game_date"],
            "key": off["system_id"],
            "found": off["mean"].map("{:+.2f}".format).astype("string[pyarrow]") + " points",
            "expected": f"within {MOST_SHIFT:g}",
        }
    )
    wide = found.pivot(index="game_date", columns="system_id", values="mean")
    judged = found.loc[(found["size"] >= LEAST_ROWS) & found["mean"].notna(), "game_date"]
    shown = wide.reindex(columns=[*BASE_SYSTEMS, *REFERENCES]).reset_index()
    return Findings(failing, judged, shown, due=found["game_date"])


@daily_table(
    CONTRACT,
    inputs={
        "features": on_day("ml_feature_store_v2"),
        "context": on_day("upcoming_player_game_context"),
        "profiles": on_day("player_shot_zone_analysis"),
        "defenses": on_day("team_defense_zone_analysis"),
        "models": on_day("points_models"),
        "past": history("ml_feature_store_v2", days=REACH_DAYS, columns=(*KEY, *READ)),
        "played": history("player_game_summary", days=REACH_DAYS, columns=(*KEY, "points")),
    },
    expected=Expected(
        inputs={"features": on_day("ml_feature_store_v2"), "models": on_day("points_models")},
        rule=lambda features, models, days: due(features, models),
        is_exact=False,
    ),
    checks=(
        CrossCheck(
            "timed_shift",
            {},
            timed_shift,
            f"Without untimed lines a system says the same of a day on the average, within {MOST_SHIFT:g} points.",
            is_error=False,
            needs=f"a system with {LEAST_ROWS} predictions of the day",
        ),
    ),
    uses_models=True,
)
def base_predictions(
    features: pd.DataFrame,
    context: pd.DataFrame,
    profiles: pd.DataFrame,
    defenses: pd.DataFrame,
    models: pd.DataFrame,
    past: History,
    played: History,
    run: Run,
    days: pd.DatetimeIndex,
) -> pd.DataFrame:
    """Each system's own prediction of every predictable player-game."""
    about = context[[*KEY, "points_line", "line_is_time_known"]]
    rows = predictable(features).merge(about, on=KEY, how="left", validate="one_to_one")
    blind, is_untimed = _without_untimed(rows)
    heads = {learner.SYSTEM_ID: _heads(learner, rows, models, run.models) for learner in LEARNERS}
    parts = [_learned(rows, system_id, of_system, is_untimed) for system_id, of_system in heads.items()]
    rules: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "moving_average": moving_average,
        "zone_matchup": lambda games: zone_matchup(games, profiles, defenses),
    }
    for system_id, rule in rules.items():
        said, timed = rule(rows), rule(blind[is_untimed])["points"]
        points = said["points"]
        timed = timed.reindex(points.index).where(is_untimed, points)
        parts.append(_said(rows, system_id, points, points, timed, said.drop(columns="points")))
    parts.append(_of_similarity(rows, similarity(rows, past.join(played, on=["game_id", "player_id"]))))
    nothing = pd.DataFrame(index=rows.index)
    for system_id, points in (("naive_last_10", rows["points_avg_last_10"]), ("market_line", rows["points_line"])):
        parts.append(_said(rows, system_id, points, points, points, nothing))
    boosted = heads[boosting.SYSTEM_ID]
    scale = boosted["scale"].clip(lower=boosting.SMALLEST_SCALE)
    sigma = shrunk_scale(scale, boosted["points"], boosted["training_rows"])
    found = pd.concat([part.assign(sigma=sigma) for part in parts], ignore_index=True)
    for name in ("model_id", "similar_games_count"):
        found[name] = found.get(name, pd.NA)
    return found[found["predicted_points"].notna()][CONTRACT.column_names]


def _learned(rows: pd.DataFrame, system_id: str, heads: pd.DataFrame, is_untimed: pd.Series) -> pd.DataFrame:
    """A learner's median and mean. Components: the player's form, and the learner's difference from it."""
    points = heads["points"]
    components = pd.DataFrame({"form": rows["points_ewma"], "model": points - rows["points_ewma"]})
    timed = heads["timed"].where(is_untimed, points)
    return _said(rows, system_id, points, heads["mean"], timed, components, model_id=heads["model_id"])


def _of_similarity(rows: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    components = said.drop(columns=["points", "similar_games_count", "spread"])
    points, count = said["points"], said["similar_games_count"]
    return _said(rows, "similarity", points, points, points, components, similar_games_count=count)


def _heads(learner: Learner, rows: pd.DataFrame, models: pd.DataFrame, store: ModelStore) -> pd.DataFrame:
    """Output of each head (points), with `points`, the predicted median, and model_id and training_rows of the model
    in force on each row's day; NULL without a model.

    A game without a line is rare in the training rows, and a model that reads lines takes a missing one for a low one:
    the boosted median is then .9 points too low. There the head that reads no line speaks for median and mean, too.
    """
    found = pd.DataFrame(np.nan, index=rows.index, columns=[*learner.HEADS, "training_rows"])
    model_id = pd.Series(None, index=rows.index, dtype="object")
    own = models[models["system_id"] == learner.SYSTEM_ID]
    for (_, head), of_model in own.groupby(["trained_before", "head"], sort=True):
        model = of_model.iloc[0]
        served = rows[rows["game_date"].isin(of_model["game_date"])]
        text = store.load(Artifact(model["artifact_path"], model["artifact_sha256"]))
        if len(served):
            found.loc[served.index, head] = learner.predicted(text, matrix(served))
        if head == "median":
            model_id[served.index] = model["model_id"]
            found.loc[served.index, "training_rows"] = model["training_rows"]
    has_no_line = rows[list(GAME_LINE)].isna().all(axis=1)
    found["median"] = found["median"].mask(has_no_line, found["timed"])
    found["mean"] = found["mean"].mask(has_no_line, found["timed"] - MEDIAN)
    return found.assign(points=_median_of(found, learner.SHARES), model_id=model_id)


def _median_of(heads: pd.DataFrame, shares: Mapping[str, float]) -> pd.Series:
    """The median from several heads: a median is counted as it is, a mean less the usual distance of the two."""
    total = pd.Series(0.0, index=heads.index)
    for head, share in shares.items():
        total = total + share * ((heads["mean"] + MEDIAN).clip(lower=0.0) if head == "mean" else heads[head])
    return total


def _without_untimed(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The rows with untimed game lines set to NULL, and a mask of the rows that have one."""
    has_line = rows[list(GAME_LINE)].notna().any(axis=1)
    is_untimed = has_line & ~rows["line_is_time_known"].fillna(False).astype(bool)
    blind = rows.copy()
    for name in UNTIMED:
        blind[name] = blind[name].mask(is_untimed)
    return blind, is_untimed


def _said(
    rows: pd.DataFrame,
    system_id: str,
    median: pd.Series,
    mean: pd.Series,
    timed: pd.Series,
    components: pd.DataFrame,
    **more: pd.Series,
) -> pd.DataFrame:
    """The predictions of a system in the columns of the contract."""
    points = {"predicted_points": median, "expected_points": mean, "timed_points": timed}
    return rows[KEY].assign(
        system_id=system_id,
        **{name: values.clip(0.0, MOST_POINTS) for name, values in points.items()},
        components=as_json(components),
        **more,
    )


def as_json(components: pd.DataFrame) -> pd.Series:
    """One JSON object per row: the columns in points, rounded to hundredths; null where unknown."""
    if components.shape[1] == 0:
        return pd.Series("{}", index=components.index, dtype="string[pyarrow]")
    parts: list[pa.Array | pa.Scalar] = []
    for place, name in enumerate(components.columns):
        values = np.round(components[name].to_numpy(dtype="float64", na_value=np.nan), 2) + 0.0
        parts.append(pa.scalar(("{" if place == 0 else ", ") + json.dumps(name) + ": "))
        parts.append(pc.fill_null(pc.cast(pa.array(values, from_pandas=True), pa.string()), "null"))
    text = pc.binary_join_element_wise(*parts, pa.scalar("}"), "")
    return pd.Series(text, index=components.index, dtype="string[pyarrow]")
