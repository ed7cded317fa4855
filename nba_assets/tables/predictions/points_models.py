"""points_models: models of player points in force on each game day, and their recent errors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import partial

import numpy as np
import pandas as pd

from nba_assets.basketball.cutoffs import FIRST_CUTOFF, cutoff_of_day
from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Begun, CrossCheck, Expected, Findings, history, on_day
from nba_assets.contracts.run import Run
from nba_assets.stores.models import Artifact, Known, ModelStore
from nba_assets.tables.precompute.features import FEATURE_NAMES
from nba_assets.tables.predictions.learners import LEARNERS
from nba_assets.tables.predictions.learning import FEWEST_GAMES, Floats, Learner, fingerprint, matrix
from nba_assets.tables.raw.rosters_checks import game_days
from nba_assets.windows.asof import History
from nba_assets.windows.on_demand import HistoryOnDemand

TRAINING_DAYS = max(learner.TRAINING_DAYS for learner in LEARNERS)
LONGEST_SERVICE = 31
"""Days from a cut-off to the last day that its models serve, at most."""
READ_DAYS = TRAINING_DAYS + LONGEST_SERVICE
"""Days read per target day: the last day of a month needs the full training window of the month's cut-off."""
FEATURES = ("game_date", "game_id", "player_id", "feature_set_version", *FEATURE_NAMES)
POINTS = ("game_date", "game_id", "player_id", "points")
FEWEST_ROWS = 100
"""Minimum of player-games for training a model; below it the system makes no predictions."""
OLDEST_IN_SEASON = 40
"""Maximum age in days of a model during a season; an older one means that a monthly training was missed."""
TRAINED_AT_ONCE = 2
"""Number of cut-offs trained in parallel, one thread each; it does not affect the models."""
THOUSANDTHS = 1000
"""Errors are summed in integer thousandths of a point, so that sums are exact."""

CONTRACT = TableContract(
    name="points_models",
    layer="predictions",
    key=("system_id", "head"),
    known="pregame",
    columns=columns(
        *("game_date", "system_id", "head", "model_id", "trained_before", "model_age_days", "training_rows"),
        *("training_first_day", "training_mae", "trailing_mae", "trailing_rows"),
        *("feature_set_version", "model_parameters", "largest_effects", "artifact_path", "artifact_sha256"),
    ),
    rules={
        "it has seen nothing of the day": lambda f: f["trained_before"] <= f["game_date"],
        "an error where there are games": lambda f: f["trailing_mae"].notna() == (f["trailing_rows"] > 0),
    },
    doc="One row per learned system and head for every game day from 2021-12-18 on. The model used was trained on the "
    "player-games before its cut-off (2021-12-18, then the first of each month) and on none of the days that it "
    "predicts. The files are texts in the models folder (LightGBM's format, JSON for the linear system), named by "
    "their sha256; the same rows give the same file.",
)


@dataclass(frozen=True)
class Training:
    """A training of a learner: its rows and its models by head.

    Args:
        system_id: of the learner.
        fingerprint: of the rows, the key of the models in the store.
        training_rows, training_first_day, feature_set_version: see the columns of the table; the day in ISO format.
        models: by head.
    """

    system_id: str
    fingerprint: str
    training_rows: int
    training_first_day: str
    feature_set_version: str
    models: Mapping[str, Known]

    @property
    def record(self) -> dict[str, object]:
        """The training without its models, as noted in the store."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "models"}


def in_force(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The rows of the game days from the first cut-off on: game_date, system_id, head."""
    found = pd.DataFrame({"game_date": game_days(schedule, days[days >= FIRST_CUTOFF])})
    heads = [(learner.SYSTEM_ID, head) for learner in LEARNERS for head in learner.HEADS]
    return found.merge(pd.DataFrame(heads, columns=["system_id", "head"]), how="cross")


def model_age(rows: pd.DataFrame) -> Findings:
    """Days on which the model in force is older than OLDEST_IN_SEASON."""
    old = rows[rows["model_age_days"] > OLDEST_IN_SEASON]
    failing = pd.DataFrame(
        {
            "game_date": old["game_date"],
            "key": old["model_id"],
            "found": old["model_age_days"].astype("string") + " days old",
            "expected": f"at most {OLDEST_IN_SEASON}",
        }
    )
    oldest = rows.groupby("game_date")["model_age_days"].max().reset_index()
    return Findings(failing, rows.loc[rows["model_age_days"].notna(), "game_date"], oldest)


def cutoffs_to_train(
    schedule: pd.DataFrame,
    features: HistoryOnDemand,
    played: HistoryOnDemand,
    recent_features: History,
    recent_played: History,
    models: ModelStore,
    days: pd.DatetimeIndex,
) -> list[Callable[[], object]]:
    """Pieces of work, each of which trains the models of one cut-off of the days that the store lacks.

    The newest cut-off, which has most rows to train on, comes first, so that threads that share the work end together.
    """
    rows = _in_force_with_cutoffs(schedule, days)
    return list(reversed(_by_cutoff(rows, features, played, models)))


@daily_table(
    CONTRACT,
    inputs={
        "schedule": on_day("schedule"),
        "features": history("ml_feature_store_v2", days=READ_DAYS, columns=FEATURES, is_on_demand=True),
        "played": history("player_game_summary", days=READ_DAYS, columns=POINTS, is_on_demand=True),
        "recent_features": history("ml_feature_store_v2", days=LONGEST_SERVICE, columns=FEATURES),
        "recent_played": history("player_game_summary", days=LONGEST_SERVICE, columns=POINTS),
    },
    expected=Expected(
        inputs={"schedule": on_day("schedule")},
        rule=in_force,
        history=Begun("player_game_summary", days=60, reach=TRAINING_DAYS),
    ),
    checks=(
        CrossCheck("model_age", {}, model_age, f"The model in force is at most {OLDEST_IN_SEASON} days old.", False),
    ),
    uses_models=True,
    ahead=cutoffs_to_train,
)
def points_models(
    schedule: pd.DataFrame,
    features: HistoryOnDemand,
    played: HistoryOnDemand,
    recent_features: History,
    recent_played: History,
    run: Run,
    days: pd.DatetimeIndex,
) -> pd.DataFrame:
    """Trains missing models; returns the model in force on each day with its error so far."""
    rows = _in_force_with_cutoffs(schedule, days)
    pieces = _by_cutoff(rows, features, played, run.models)
    with ThreadPoolExecutor(max_workers=TRAINED_AT_ONCE) as pool:
        models = pd.concat([_none(), *pool.map(lambda piece: piece(), pieces)], ignore_index=True)
    rows = rows.merge(models, on=["trained_before", "system_id", "head"], how="inner", validate="many_to_one")
    return _with_trailing_error(rows, _games(recent_features, recent_played), run.models)[CONTRACT.column_names]


def _in_force_with_cutoffs(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """`in_force` with trained_before (the cut-off) and model_age_days."""
    rows = in_force(schedule, days)
    rows["trained_before"] = cutoff_of_day(rows["game_date"])
    rows["model_age_days"] = (rows["game_date"] - rows["trained_before"]).dt.days
    return rows


def _games(features: History, played: History) -> History:
    """Player-games with features and points, of players with at least FEWEST_GAMES earlier games."""
    games = features.join(played.assign(points=lambda f: f["points"].astype("float64")), on=["game_id", "player_id"])
    return games.where(lambda f: f["points"].notna() & (f["games_used_400_days"] >= FEWEST_GAMES))


def _by_cutoff(
    rows: pd.DataFrame, features: HistoryOnDemand, played: HistoryOnDemand, store: ModelStore
) -> list[Callable[[], pd.DataFrame]]:
    """For each cut-off, oldest first, the work that returns its models, one row per learner and head.

    The training rows are read now, and only if the store does not have all models.
    """
    serves = dict(list(rows.groupby("trained_before", sort=True)["game_date"]))
    identities = {cutoff: _identity(features, played, cutoff) for cutoff in serves}
    known = {cutoff: _noted(cutoff, identity, store) for cutoff, identity in identities.items()}
    found: dict[pd.Timestamp, Callable[[], pd.DataFrame]] = {
        cutoff: partial(_models, cutoff, trainings, store)
        for cutoff, trainings in known.items()
        if trainings is not None
    }
    if len(found) == len(serves):
        return list(found.values())
    games = _games(features.read(), played.read())
    return [
        found.get(cutoff) or partial(_trained, games, cutoff, days, identities[cutoff], store)
        for cutoff, days in serves.items()
    ]


def _identity(features: HistoryOnDemand, played: HistoryOnDemand, cutoff: pd.Timestamp) -> str | None:
    """sha256 of everything that the trainings of a cut-off depend on, without reading the rows; None if unknown."""
    first, last = (cutoff - pd.Timedelta(days=TRAINING_DAYS)).date(), (cutoff - pd.Timedelta(days=1)).date()
    rows = [history.identity(first, last) for history in (features, played)]
    if None in rows:
        return None
    made_of = [f"{cutoff:%Y-%m-%d}", *rows, *(learner.made_of() for learner in LEARNERS)]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def _noted(cutoff: pd.Timestamp, identity: str | None, store: ModelStore) -> list[Training] | None:
    """The trainings of the cut-off if they were noted for the same rows and all their models exist."""
    noted = None if identity is None else store.noted(f"{cutoff:%Y-%m-%d}", identity)
    if noted is None:
        return None
    trainings = []
    for record in noted:
        models = store.remembered(record["fingerprint"])
        if models is None:
            return None
        trainings.append(Training(**record, models=models))
    return trainings


def _trained(
    games: History, cutoff: pd.Timestamp, serves: pd.Series, identity: str | None, store: ModelStore
) -> pd.DataFrame:
    """The models of a cut-off from its training rows, trained if the store lacks them; no rows if there are too few."""
    seen = games.rows_before(cutoff, serves, TRAINING_DAYS)
    seen = seen.sort_values(["game_date", "game_id", "player_id"], kind="stable")
    features, points = matrix(seen), seen["points"].to_numpy(dtype="float64", copy=True)
    played_on, versions = seen["game_date"].copy(), seen["feature_set_version"].iloc[-1:].tolist()
    del seen  # 70 MB at the end of four seasons, for each cut-off that is being trained
    trainings = []
    for learner in LEARNERS:
        first_day = cutoff - pd.Timedelta(days=learner.TRAINING_DAYS)
        first = int(played_on.searchsorted(first_day))
        if len(played_on) - first < FEWEST_ROWS:
            continue
        key = fingerprint(learner, features[first:], points[first:])
        trainings.append(
            Training(
                learner.SYSTEM_ID,
                key,
                len(played_on) - first,
                f"{played_on.iloc[first]:%Y-%m-%d}",
                versions[-1],
                _reused(learner, key, features[first:], points[first:], store),
            )
        )
    if identity is not None:
        store.note(f"{cutoff:%Y-%m-%d}", identity, [training.record for training in trainings])
    return _models(cutoff, trainings, store)


def _reused(learner: Learner, key: str, features: Floats, points: Floats, store: ModelStore) -> dict[str, Known]:
    """The models of these rows by head, from an earlier training on equal rows if there is one."""
    known = store.remembered(key)
    if known is None:
        found = learner.trained(features, points)
        known = {head: Known(store.save(model.text), model.training_mae) for head, model in found.items()}
        store.remember(key, known)
    return known


def _none() -> pd.DataFrame:
    """No models."""
    names = ["trained_before", "system_id", "head", "model_id", "training_rows", "training_first_day", "training_mae"]
    names += ["feature_set_version", "model_parameters", "largest_effects", "artifact_path", "artifact_sha256"]
    return pd.DataFrame({name: pd.Series(dtype="object") for name in names}).astype(
        {"trained_before": "datetime64[ns]", "training_first_day": "datetime64[ns]", "training_mae": "float64"}
    )


def _models(cutoff: pd.Timestamp, trainings: Sequence[Training], store: ModelStore) -> pd.DataFrame:
    """The models of a cut-off, one row per learner and head."""
    learners = {learner.SYSTEM_ID: learner for learner in LEARNERS}
    models = []
    for training in trainings:
        learner = learners[training.system_id]
        for head, known in training.models.items():
            sha256 = known.artifact.sha256
            models.append(
                {
                    "trained_before": cutoff,
                    "system_id": training.system_id,
                    "head": head,
                    "model_id": f"{training.system_id}-{head}-{cutoff:%Y-%m-%d}-{sha256[:12]}",
                    "training_rows": training.training_rows,
                    "training_first_day": pd.Timestamp(training.training_first_day),
                    "training_mae": known.training_mae,
                    "feature_set_version": training.feature_set_version,
                    "model_parameters": json.dumps(learner.HEADS[head], sort_keys=True),
                    "largest_effects": _effects(learner, store.load(known.artifact)),
                    "artifact_path": known.artifact.path,
                    "artifact_sha256": sha256,
                }
            )
    return pd.DataFrame(models) if models else _none()


def _effects(learner: Learner, text: str) -> str | None:
    effects = learner.largest_effects(text)
    return None if effects is None else json.dumps(effects)


def _errors(
    learner: Learner, features: Floats, points: Floats, artifacts: dict[str, Artifact], store: ModelStore
) -> Floats:
    """Absolute error of each head, rows x heads; the target of scale is the absolute error of median."""
    said = {head: learner.predicted(store.load(artifacts[head]), features) for head in learner.HEADS}
    distance = np.abs(points - said["median"])
    return np.column_stack([np.abs(said[head] - (distance if head == "scale" else points)) for head in learner.HEADS])


def _with_trailing_error(rows: pd.DataFrame, games: History, store: ModelStore) -> pd.DataFrame:
    """Adds trailing_mae and trailing_rows: the games from the cut-off to the previous day, by the model in force."""
    keys = ["trained_before", "system_id", "head"]
    models = rows.drop_duplicates(keys)
    artifacts = {
        of_one: {row.head: Artifact(row.artifact_path, row.artifact_sha256) for row in heads.itertuples()}
        for of_one, heads in models.groupby(["trained_before", "system_id"], sort=True)
    }
    names = {learner.SYSTEM_ID: [f"{learner.SYSTEM_ID} {head}" for head in learner.HEADS] for learner in LEARNERS}

    def errors(f: pd.DataFrame) -> pd.DataFrame:
        found = pd.DataFrame(np.nan, index=f.index, columns=[name for of_one in names.values() for name in of_one])
        cutoffs = cutoff_of_day(f["game_date"])
        for cutoff in sorted(models["trained_before"].unique()):
            own = f[(cutoffs == cutoff) & (f["game_date"] >= cutoff)]
            if own.empty:
                continue
            features, points = matrix(own), own["points"].to_numpy(dtype="float64")
            for learner in LEARNERS:
                of_model = artifacts.get((cutoff, learner.SYSTEM_ID))
                if of_model is None:  # too few games to train on
                    continue
                found.loc[own.index, names[learner.SYSTEM_ID]] = _errors(learner, features, points, of_model, store)
        return (found * THOUSANDTHS).round().astype("Int64")

    graded = games.assign(trained_before=lambda f: cutoff_of_day(f["game_date"])).assign_many(errors)
    window = graded.by("trained_before").earlier(rows, LONGEST_SERVICE)
    columns = [name for of_one in names.values() for name in of_one]
    sums = pd.DataFrame({name: window.sum(name) for name in columns}).to_numpy(dtype="float64", na_value=np.nan)
    counts = window.count_of(columns[0])
    places = pd.Index(columns).get_indexer(rows["system_id"].astype(str) + " " + rows["head"].astype(str))
    mae = pd.Series(sums[np.arange(len(rows)), places], index=rows.index) / THOUSANDTHS / counts.where(counts > 0)
    return rows.assign(trailing_mae=mae, trailing_rows=counts)
