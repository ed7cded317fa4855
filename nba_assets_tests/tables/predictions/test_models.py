"""Models: the same rows give the same file, files are what they were, and no cut-off lies after a day it serves."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nba_assets.basketball.cutoffs import cutoff_of_day
from nba_assets.settings import REPOSITORY
from nba_assets.stores.models import Artifact, Known, ModelError, ModelStore
from nba_assets.tables.precompute.features import FEATURE_NAMES
from nba_assets.tables.predictions import boosting, points_models
from nba_assets.windows.asof import History

GENERATOR = np.random.default_rng(11)
FEATURES = GENERATOR.normal(size=(1500, len(FEATURE_NAMES)))
FEATURES[GENERATOR.random(FEATURES.shape) < 0.1] = np.nan
POINTS = np.clip(np.nan_to_num(FEATURES[:, 0]) * 4 + 10 + GENERATOR.normal(size=1500), 0, None).round()


def test_the_same_rows_give_the_same_files() -> None:
    first, second = boosting.trained(FEATURES, POINTS), boosting.trained(FEATURES.copy(), POINTS.copy())
    assert first == second
    assert set(first) == {"median", "mean", "timed", "scale"}
    assert "[num_threads: 1]" in first["median"].text


@pytest.mark.parametrize("threads", ["1", "4"])
def test_the_files_do_not_depend_on_the_machine_s_cores(threads: str) -> None:
    """In a separate process that is configured for that many threads."""
    code = (
        "import hashlib, json; from nba_assets_tests.tables.predictions.test_models import FEATURES, POINTS;"
        "from nba_assets.tables.predictions import boosting;"
        "found = boosting.trained(FEATURES, POINTS);"
        "print(json.dumps({head: hashlib.sha256(model.text.encode()).hexdigest() for head, model in found.items()}))"
    )
    environment = os.environ | {"OMP_NUM_THREADS": threads, "PYTHONPATH": str(REPOSITORY)}
    printed = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    here = boosting.trained(FEATURES, POINTS)
    expected = {head: hashlib.sha256(model.text.encode()).hexdigest() for head, model in here.items()}
    assert json.loads(printed.stdout) == expected


@pytest.mark.parametrize("head", ["timed", "scale"])
def test_a_head_that_may_not_know_the_line_never_saw_one(head: str) -> None:
    text = boosting.trained(FEATURES, POINTS)[head].text
    other = FEATURES.copy()
    other[:, [FEATURE_NAMES.index(name) for name in boosting.UNTIMED]] = 7.0
    assert (boosting.predicted(text, FEATURES) == boosting.predicted(text, other)).all()


def test_it_learns_what_is_there() -> None:
    model = boosting.trained(FEATURES, POINTS)["median"]
    error = np.abs(boosting.predicted(model.text, FEATURES) - POINTS).mean()
    assert error < 0.6 * np.abs(POINTS - np.median(POINTS)).mean()


def test_the_training_error_is_that_of_the_text() -> None:
    found = boosting.trained(FEATURES, POINTS)
    said = {head: boosting.predicted(model.text, FEATURES) for head, model in found.items()}
    targets = dict.fromkeys(found, POINTS) | {"scale": np.abs(POINTS - said["median"])}
    for head, model in found.items():
        assert model.training_mae == pytest.approx(np.abs(said[head] - targets[head]).mean(), rel=1e-12), head


def test_heads_that_share_their_bins_are_what_they_are_alone() -> None:
    """The order in which the heads of one set of bins are trained changes nothing."""
    data = boosting._binned(boosting.READS["mean"], FEATURES, POINTS)
    alone, _ = boosting._fit("mean", data, POINTS)
    assert alone == boosting.trained(FEATURES, POINTS)["mean"]


def test_the_fingerprint_is_of_rows_and_target() -> None:
    plain = boosting.fingerprint(FEATURES, POINTS)
    assert plain == boosting.fingerprint(FEATURES.copy(), POINTS.copy())
    other = FEATURES.copy()
    other[7, 7] = 1.25
    assert plain != boosting.fingerprint(other, POINTS)
    assert plain != boosting.fingerprint(FEATURES, POINTS[::-1])


def test_a_file_is_named_by_its_content_and_read_as_it_was(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "models")
    artifact = store.save("tree")
    assert store.save("tree") == artifact
    assert artifact.sha256 in artifact.path
    assert store.load(artifact) == "tree"
    (tmp_path / "models" / artifact.path).write_text("another tree")
    with pytest.raises(ModelError, match="expected"):
        store.load(artifact)
    with pytest.raises(ModelError, match="is gone; rebuild its days of points_models"):
        store.load(Artifact("00/none.txt", "00"))


def test_what_was_trained_is_remembered_while_its_files_are_there(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    artifact = store.save("tree")
    assert store.remembered("abc") is None
    known = {"median": Known(artifact, 4.25)}
    store.remember("abc", known)
    assert store.remembered("abc") == known
    (tmp_path / artifact.path).unlink()
    assert store.remembered("abc") is None


def test_cutoffs_are_the_first_of_the_month_and_never_before_the_first() -> None:
    days = pd.Series(pd.to_datetime(["2021-12-18", "2021-12-31", "2022-01-01", "2022-01-31", "2025-06-22"]))
    expected = pd.to_datetime(["2021-12-18", "2021-12-18", "2022-01-01", "2022-01-01", "2025-06-01"])
    assert cutoff_of_day(days).tolist() == list(expected)


def test_a_model_cannot_serve_a_day_before_its_cutoff() -> None:
    past = History(pd.DataFrame({"game_date": pd.to_datetime(["2024-01-01", "2024-01-05"])}))
    cutoff = pd.Timestamp("2024-01-05")
    assert len(past.rows_before(cutoff, pd.Series([cutoff]), 10)) == 1
    with pytest.raises(ValueError, match="cannot serve 2024-01-04"):
        past.rows_before(cutoff, pd.Series(pd.to_datetime(["2024-01-06", "2024-01-04"])), 10)


def test_a_model_learns_from_the_same_days_on_every_day_that_it_serves() -> None:
    """Not from as much as happened to be read: that is more for the first day of a month than for the last."""
    frame = pd.DataFrame({"game_date": pd.date_range("2023-12-01", "2024-01-31")})
    cutoff, served = pd.Timestamp("2024-01-01"), pd.Series(pd.to_datetime(["2024-01-01", "2024-01-06"]))
    assert len(History(frame, days=15).rows_before(cutoff, served, 10)) == 10
    with pytest.raises(ValueError, match="from 2023-12-22 on, over a history that is read for 14 days only"):
        History(frame, days=14).rows_before(cutoff, served, 10)


def test_an_old_model_fails_the_check() -> None:
    rows = pd.DataFrame(
        {"game_date": pd.to_datetime(["2024-02-10"] * 2), "model_id": ["old", "new"], "model_age_days": [41, 40]}
    )
    assert points_models.model_age(rows).failing["key"].tolist() == ["old"]
    assert points_models.model_age(rows[1:]).failing.empty
