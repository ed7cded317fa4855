"""points_models: which model of player points is in force on each game day, and how it has done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from nba_assets.basketball.cutoffs import FIRST_CUTOFF, cutoff_of_day
from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.predictions import HEADS
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import CrossCheck, Expected, Findings, history, on_day
from nba_assets.contracts.run import Run
from nba_assets.stores.models import Artifact, Known, ModelStore
from nba_assets.tables.precompute.features import FEATURE_NAMES
from nba_assets.tables.predictions import boosting
from nba_assets.tables.raw.rosters_checks import game_days
from nba_assets.windows.asof import History

SYSTEM_ID = "gradient_boosting"
TRAINING_DAYS = 1460
"""Days before the cut-off from which games are learned: four years."""
READ_DAYS = TRAINING_DAYS + 31
"""Days read for each day served: as many behind the last day of a month as the first has."""
FEWEST_ROWS = 100
"""Player-games below which no model is trained, and the system says nothing."""
OLDEST_IN_SEASON = 40
"""Days after which a model in force in the middle of a season means that the cut-offs were not kept."""
TRAINED_AT_ONCE = 2
"""Models that are trained beside each other, one thread each; what comes out does not depend on it."""
THOUSANDTHS = 1000
"""Errors are summed in thousandths of a point, whole numbers, so that every sum is exact."""

CONTRACT = TableContract(
    name="points_models",
    layer="predictions",
    key=("system_id", "head"),
    known="pregame",
    columns=columns(
        *("game_date", "system_id", "head", "model_id", "trained_before", "model_age_days", "training_rows"),
        *("training_first_day", "training_mae", "trailing_mae", "trailing_rows"),
        *("feature_set_version", "model_parameters", "artifact_path", "artifact_sha256"),
    ),
    rules={
        "it has seen nothing of the day": lambda f: f["trained_before"] <= f["game_date"],
        "an error where there are games": lambda f: f["trailing_mae"].notna() == (f["trailing_rows"] > 0),
    },
    doc="One row per head for every game day from 2021-12-18 on. The model in force was trained on the player-games "
    "before its cut-off (2021-12-18, then the first of each month) and on none of the days that it serves. The "
    "files are LightGBM's text below the models folder, named by their sha256; the same rows give the same file.",
)


def in_force(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The rows of the game days from the first cut-off on: game_date, system_id, head."""
    found = pd.DataFrame({"game_date": game_days(schedule, days[days >= FIRST_CUTOFF]), "system_id": SYSTEM_ID})
    return found.merge(pd.DataFrame({"head": HEADS}), how="cross")


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


@daily_table(
    CONTRACT,
    inputs={
        "schedule": on_day("schedule"),
        "features": history(
            "ml_feature_store_v2",
            days=READ_DAYS,
            columns=("game_date", "game_id", "player_id", "feature_set_version", *FEATURE_NAMES),
        ),
        "played": history(
            "player_game_summary", days=READ_DAYS, columns=("game_date", "game_id", "player_id", "points")
        ),
    },
    expected=Expected(inputs={"schedule": on_day("schedule")}, rule=in_force),
    checks=(
        CrossCheck("model_age", {}, model_age, f"The model in force is at most {OLDEST_IN_SEASON} days old.", False),
    ),
    uses_models=True,
)
def points_models(
    schedule: pd.DataFrame, features: History, played: History, run: Run, days: pd.DatetimeIndex
) -> pd.DataFrame:
    """Trains what is not trained yet, and tells of each day which model serves it and how it has done so far."""
    rows = in_force(schedule, days)
    rows["trained_before"] = cutoff_of_day(rows["game_date"])
    rows["model_age_days"] = (rows["game_date"] - rows["trained_before"]).dt.days
    games = features.join(played.assign(points=lambda f: f["points"].astype("float64")), on=["game_id", "player_id"])
    games = games.where(lambda f: f["points"].notna() & (f["games_used_400_days"] >= boosting.FEWEST_GAMES))
    with ThreadPoolExecutor(max_workers=TRAINED_AT_ONCE) as pool:
        found = pool.map(lambda pair: _models(games, pair[0], pair[1], run.models), _by_cutoff(rows))
        models = pd.concat(list(found), ignore_index=True)
    rows = rows.merge(models, on=["trained_before", "head"], how="inner", validate="many_to_one")
    return _with_trailing_error(rows, games, run.models)[CONTRACT.column_names]


def _by_cutoff(rows: pd.DataFrame) -> Iterator[tuple[pd.Timestamp, pd.DataFrame]]:
    """The cut-offs with the rows that they serve, oldest first; a pair for nothing, so that there is always a frame."""
    yield FIRST_CUTOFF, rows.iloc[:0]
    yield from rows.groupby("trained_before", sort=True)


def _models(games: History, cutoff: pd.Timestamp, serves: pd.DataFrame, store: ModelStore) -> pd.DataFrame:
    """The models of a cut-off, one row per head; no rows if there are too few games to train on."""
    names = ["trained_before", "head", "model_id", "training_rows", "training_first_day", "training_mae"]
    names += ["feature_set_version", "model_parameters", "artifact_path", "artifact_sha256"]
    seen = games.rows_before(cutoff, serves["game_date"], TRAINING_DAYS) if len(serves) else pd.DataFrame()
    if len(seen) < FEWEST_ROWS:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in names}).astype(
            {"trained_before": "datetime64[ns]", "training_first_day": "datetime64[ns]", "training_mae": "float64"}
        )
    seen = seen.sort_values(["game_date", "game_id", "player_id"], kind="stable")
    matrix, points = boosting.matrix(seen), seen["points"].to_numpy(dtype="float64")
    models = _trained(matrix, points, store)
    return pd.DataFrame(
        [
            {
                "trained_before": cutoff,
                "head": head,
                "model_id": f"{SYSTEM_ID}-{head}-{cutoff:%Y-%m-%d}-{known.artifact.sha256[:12]}",
                "training_rows": len(seen),
                "training_first_day": seen["game_date"].iloc[0],
                "training_mae": known.training_mae,
                "feature_set_version": seen["feature_set_version"].iloc[-1],
                "model_parameters": json.dumps(boosting.HEADS[head], sort_keys=True),
                "artifact_path": known.artifact.path,
                "artifact_sha256": known.artifact.sha256,
            }
            for head, known in models.items()
        ],
        columns=names,
    )


def _trained(matrix: np.ndarray, points: np.ndarray, store: ModelStore) -> dict[str, Known]:
    """The models of these rows by head: those of an earlier training on the same rows, else trained now."""
    key = boosting.fingerprint(matrix, points)
    known = store.remembered(key)
    if known is None:
        found = boosting.trained(matrix, points)
        known = {head: Known(store.save(model.text), model.training_mae) for head, model in found.items()}
        store.remember(key, known)
    return known


def _errors(
    matrix: np.ndarray, points: np.ndarray, artifacts: dict[str, Artifact], store: ModelStore
) -> dict[str, np.ndarray]:
    """Prediction less truth of each head; the truth of scale is how far off the median was."""
    found = {head: boosting.predicted(store.load(artifact), matrix) for head, artifact in artifacts.items()}
    distance = np.abs(points - found["median"])
    return {head: values - (distance if head == "scale" else points) for head, values in found.items()}


def _with_trailing_error(rows: pd.DataFrame, games: History, store: ModelStore) -> pd.DataFrame:
    """trailing_mae and trailing_rows: the games from the cut-off to the day before, by the model in force."""
    artifacts = {
        cutoff: {row.head: Artifact(row.artifact_path, row.artifact_sha256) for row in of_cutoff.itertuples()}
        for cutoff, of_cutoff in rows.drop_duplicates(["trained_before", "head"]).groupby("trained_before", sort=True)
    }

    def errors(f: pd.DataFrame) -> pd.DataFrame:
        found = pd.DataFrame(np.nan, index=f.index, columns=list(HEADS))
        cutoffs = cutoff_of_day(f["game_date"])
        for cutoff, of_cutoff in artifacts.items():
            own = f[(cutoffs == cutoff) & (f["game_date"] >= cutoff)]
            if len(own):
                points = own["points"].to_numpy(dtype="float64")
                for head, values in _errors(boosting.matrix(own), points, of_cutoff, store).items():
                    found.loc[own.index, head] = np.abs(values)
        return (found * THOUSANDTHS).round().astype("Int64")

    graded = games.assign(trained_before=lambda f: cutoff_of_day(f["game_date"])).assign_many(errors)
    window = graded.by("trained_before").earlier(rows)
    sums = pd.DataFrame({head: window.sum(head) for head in HEADS})
    counts = window.count_of(HEADS[0])
    own = sums.to_numpy(dtype="float64", na_value=np.nan)[
        np.arange(len(rows)), pd.Index(HEADS).get_indexer(rows["head"])
    ]
    mae = pd.Series(own, index=rows.index) / THOUSANDTHS / counts.where(counts > 0)
    return rows.assign(system_id=SYSTEM_ID, trailing_mae=mae, trailing_rows=counts)
