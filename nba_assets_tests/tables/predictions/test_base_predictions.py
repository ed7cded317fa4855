"""base_predictions: which systems have a row, what an untimed closing line may affect, and JSON of the components."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.contracts.systems import BASE_SYSTEMS
from nba_assets.stores.models import ModelStore
from nba_assets.tables.precompute.features import FEATURE_NAMES
from nba_assets.tables.predictions import boosting
from nba_assets.tables.predictions.base_predictions import (
    CONTRACT,
    _median_of,
    as_json,
    base_predictions,
    due,
    timed_shift,
)
from nba_assets.tables.predictions.calibration import shrunk_scale
from nba_assets.tables.predictions.learners import LEARNERS
from nba_assets.tables.predictions.learning import matrix
from nba_assets.tables.predictions.moving_average import MEDIAN

Row = dict[str, object]
TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
Make = Callable[..., pd.DataFrame]
DAY, GAME = "2024-01-10", "0022300500"
WITHIN = defaultdict(lambda: 1.0, linear=2.5)
"""Points; the penalty of the linear system shrinks it towards the mean."""
TRAINING_ROWS = 30_000
KEY: Row = {"game_date": DAY, "game_id": GAME, "player_id": 1}
FORM: Row = {
    **KEY,
    "team": "BOS",
    "opponent": "MIN",
    "season": "2023-24",
    "season_type": "regular",
    "games_used_400_days": 30,
    "points_avg_last_5": 20.0,
    "points_avg_last_10": 18.0,
    "points_avg_season": 19.0,
    "points_ewma": 18.5,
    "minutes_ewma": 32.0,
    "minutes_avg_last_10": 32.0,
    "minutes_avg_last_5": 32.0,
    "minutes_avg_season": 32.0,
    "projected_minutes": 32.0,
    "points_per_minute_ewma": 0.58,
    "points_per_minute_season": 0.59,
    "projected_points_by_rate": 18.6,
    "field_goal_attempts_ewma": 14.0,
    "three_attempts_ewma": 5.0,
    "free_throw_attempts_ewma": 4.0,
    "ts_pct_season": 0.58,
    "ts_pct_last_10": 0.58,
    "pct_free_throw": 0.2,
    "games_played_season": 30,
    "implied_team_total": 125.0,
    "team_off_rating": 112.0,
    "team_pace": 100.0,
}


@pytest.fixture(scope="module")
def trained() -> dict[tuple[str, str], str]:
    """A model trained on one relation: points follow the implied total, which is unknown for weak teams."""
    generator = np.random.default_rng(2)
    features = np.full((1200, len(FEATURE_NAMES)), np.nan)
    is_known = generator.random(1200) < 0.8
    total = generator.uniform(100, 130, 1200)
    features[:, FEATURE_NAMES.index("implied_team_total")] = np.where(is_known, total, np.nan)
    points = np.where(is_known, total - 100, 2.0) + generator.normal(0, 0.5, 1200)
    # With this number of rows the penalty of the linear system has little weight.
    many = np.tile(features, (25, 1)), np.tile(points, 25)
    assert len(many[1]) == TRAINING_ROWS
    texts = {learner.SYSTEM_ID: learner.trained(*many) for learner in LEARNERS}
    return {(system_id, head): model.text for system_id, heads in texts.items() for head, model in heads.items()}


@pytest.fixture
def made(table_rows: TableRows, run: Run, tmp_path: Path, trained: dict[tuple[str, str], str]) -> Make:
    """(features=, context=, has_model=) -> the validated rows of player 1 by system."""

    def make(features: Row | None = None, context: Row | None = None, has_model: bool = True) -> pd.DataFrame:
        store = ModelStore(tmp_path)
        models = []
        for (system_id, head), text in trained.items():
            artifact = store.save(text)
            models.append(
                {
                    "game_date": DAY,
                    "system_id": system_id,
                    "head": head,
                    "trained_before": "2024-01-01",
                    "model_id": f"{system_id}-{head}",
                    "training_rows": TRAINING_ROWS,
                    "artifact_path": artifact.path,
                    "artifact_sha256": artifact.sha256,
                }
            )
        rows = run(
            base_predictions,
            DAY,
            store=store,
            features=table_rows("ml_feature_store_v2", {**FORM, **(features or {})}),
            context=table_rows("upcoming_player_game_context", {**KEY, "line_is_time_known": True, **(context or {})}),
            profiles=table_rows("player_shot_zone_analysis"),
            defenses=table_rows("team_defense_zone_analysis"),
            models=table_rows("points_models", *(models if has_model else [])),
            past=table_rows("ml_feature_store_v2"),
            played=table_rows("player_game_summary"),
        )
        return validated(CONTRACT, rows).set_index("system_id")

    return make


def test_only_systems_with_a_prediction_have_a_row(made: Make) -> None:
    """Without similar games and without a line, all other systems and one reference remain."""
    rows = made()
    assert set(rows.index) == {*BASE_SYSTEMS, "naive_last_10"} - {"similarity"}
    assert rows.loc["naive_last_10", "predicted_points"] == 18.0
    assert (rows["sigma"] == rows["sigma"].iloc[0]).all() and rows["sigma"].iloc[0] >= boosting.SMALLEST_SCALE


def test_an_existing_line_is_a_reference(made: Make) -> None:
    assert made(context={"points_line": 17.5}).loc["market_line", "predicted_points"] == 17.5


def test_without_a_model_in_force_the_system_has_no_row(made: Make) -> None:
    rows = made(has_model=False)
    assert not {learner.SYSTEM_ID for learner in LEARNERS} & set(rows.index)
    assert rows["sigma"].isna().all()


def test_the_model_in_force_is_named_and_its_parts_add_up(made: Make) -> None:
    rows = made()
    for system_id in (learner.SYSTEM_ID for learner in LEARNERS):
        row = rows.loc[system_id]
        assert row["model_id"] == f"{system_id}-median"
        parts = json.loads(row["components"])
        assert sum(parts.values()) == pytest.approx(row["predicted_points"], abs=0.02)


def test_the_median_is_the_average_of_the_heads_and_sigma_is_shrunk(
    made: Make, table_rows: TableRows, trained: dict[tuple[str, str], str]
) -> None:
    rows, features = made(), matrix(table_rows("ml_feature_store_v2", FORM))
    for learner in LEARNERS:
        system_id = learner.SYSTEM_ID
        said = {head: learner.predicted(trained[system_id, head], features)[0] for head in learner.HEADS}
        assert said["median"] == pytest.approx(25.0, abs=WITHIN[system_id])
        centres = said | {"mean": max(0.0, said["mean"] + MEDIAN)}
        expected = sum(share * centres[head] for head, share in learner.SHARES.items())
        assert rows.loc[system_id, "predicted_points"] == pytest.approx(expected)
        assert rows.loc[system_id, "expected_points"] == pytest.approx(said["mean"])
    scale = max(boosting.SMALLEST_SCALE, boosting.predicted(trained[boosting.SYSTEM_ID, "scale"], features)[0])
    points = rows.loc[[boosting.SYSTEM_ID], "predicted_points"]
    shrunk = shrunk_scale(pd.Series(scale, points.index), points, pd.Series(TRAINING_ROWS, points.index))
    assert rows["sigma"].tolist() == pytest.approx([shrunk.iloc[0]] * len(rows))


def test_a_low_mean_is_not_counted_as_a_negative_median() -> None:
    heads = pd.DataFrame({"median": [1.0, 1.0], "timed": [2.0, np.nan], "mean": [0.2, 3.0]})
    assert _median_of(heads, {"median": 0.5, "mean": 0.5}).tolist() == pytest.approx([0.5, (1.0 + 3.0 + MEDIAN) / 2])
    found = _median_of(heads, {"median": 0.25, "timed": 0.5, "mean": 0.25})
    assert found.tolist() == pytest.approx([1.25, np.nan], nan_ok=True)


def test_fewer_than_three_earlier_games_are_not_predicted(made: Make) -> None:
    assert made(features={"games_used_400_days": 2}).empty


def test_a_timed_prediction_ignores_an_untimed_line(made: Make) -> None:
    known = made()
    assert (known["timed_points"] == known["predicted_points"]).all()
    untimed = made(context={"line_is_time_known": False})
    for learner in LEARNERS:
        learned = untimed.loc[learner.SYSTEM_ID]
        assert learned["predicted_points"] == known.loc[learner.SYSTEM_ID, "predicted_points"] > 18.0
        assert learned["timed_points"] == pytest.approx(12.0, abs=3.0), "his average, not 2 points"
    average = untimed.loc["moving_average"]
    assert average["timed_points"] < average["predicted_points"], "a total above the team's usual raises it"
    assert untimed.loc["naive_last_10", "timed_points"] == 18.0


def test_without_a_line_the_head_that_reads_none_speaks(made: Make) -> None:
    """In the training rows only weak teams have no line: the other heads would predict 2 points."""
    rows = made(features={"implied_team_total": None})
    for learner in LEARNERS:
        row = rows.loc[learner.SYSTEM_ID]
        assert row["predicted_points"] == pytest.approx(12.0, abs=3.0)
        assert row["timed_points"] == row["predicted_points"]
        assert row["expected_points"] == pytest.approx(row["predicted_points"] - MEDIAN)


def test_a_part_of_a_line_is_read(made: Make) -> None:
    """One game in seven of the archive has a spread and no total; the models know such games."""
    with_spread = made(features={"implied_team_total": None, "spread": -3.5})
    for learner in LEARNERS:
        assert with_spread.loc[learner.SYSTEM_ID, "predicted_points"] < 8.0, "2 points by the heads that read lines"


def test_json_of_the_parts() -> None:
    parts = pd.DataFrame({"base": [1.234, 2.0], "clip": [np.nan, -0.001]})
    assert as_json(parts).tolist() == ['{"base": 1.23, "clip": null}', '{"base": 2, "clip": 0}']
    assert as_json(pd.DataFrame(index=[0])).tolist() == ["{}"]
    assert json.loads(as_json(parts)[0]) == {"base": 1.23, "clip": None}


def test_a_model_in_force_must_have_a_row(table_rows: TableRows) -> None:
    features = table_rows("ml_feature_store_v2", FORM, {**FORM, "player_id": 2, "games_used_400_days": 2})
    models = table_rows("points_models", {"game_date": DAY, "system_id": "gradient_boosting", "head": "median"})
    assert due(features, models)["system_id"].tolist() == ["naive_last_10", "gradient_boosting"]
    assert due(features, models.iloc[:0])["system_id"].tolist() == ["naive_last_10"]


def test_a_system_that_predicts_less_without_untimed_lines_is_reported() -> None:
    rows = pd.DataFrame(
        {"game_date": pd.Timestamp(DAY), "system_id": "gradient_boosting", "predicted_points": 15.0}, range(50)
    )
    assert timed_shift(rows.assign(timed_points=14.5)).failing.empty
    failing = timed_shift(rows.assign(timed_points=12.0)).failing
    assert failing[["key", "found"]].to_numpy().tolist() == [["gradient_boosting", "-3.00 points"]]
    assert timed_shift(rows.iloc[:49].assign(timed_points=12.0)).failing.empty, "too few rows to report it"
