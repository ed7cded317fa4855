"""Models: equal rows give equal files, files do not change, and no cut-off is after a day that the model serves."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nba_assets.basketball.cutoffs import cutoff_of_day
from nba_assets.settings import REPOSITORY
from nba_assets.stores.models import Artifact, Known, ModelError, ModelStore
from nba_assets.tables.precompute.features import FEATURE_NAMES
from nba_assets.tables.predictions import boosting, linear, points_models
from nba_assets.tables.predictions.learners import LEARNERS
from nba_assets.tables.predictions.learning import UNTIMED, Learner, Trained, fingerprint
from nba_assets.windows.asof import History
from nba_assets.windows.on_demand import HistoryOnDemand
from nba_assets_tests.hand_made import given_run

GENERATOR = np.random.default_rng(11)
FEATURES = GENERATOR.normal(size=(1500, len(FEATURE_NAMES)))
FEATURES[GENERATOR.random(FEATURES.shape) < 0.1] = np.nan
POINTS = np.clip(np.nan_to_num(FEATURES[:, 0]) * 4 + 10 + GENERATOR.normal(size=1500), 0, None).round()


TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
OF_EACH_LEARNER = pytest.mark.parametrize("learner", LEARNERS, ids=lambda learner: learner.SYSTEM_ID)


@cache
def trained(learner: Learner) -> Mapping[str, Trained]:
    """The heads, trained on FEATURES and POINTS."""
    return learner.trained(FEATURES, POINTS)


@OF_EACH_LEARNER
def test_the_same_rows_give_the_same_files(learner: Learner) -> None:
    first, second = trained(learner), learner.trained(FEATURES.copy(), POINTS.copy())
    assert first == second
    assert list(first) == list(learner.HEADS)
    assert {"median", "mean", "timed"} <= set(first)


def test_linear_models_do_not_depend_on_concurrent_training() -> None:
    """liblinear has one random generator per process."""
    rows = [slice(first, first + 1200) for first in range(0, 300, 25)]
    alone = [linear.trained(FEATURES[part], POINTS[part]) for part in rows]
    with ThreadPoolExecutor(max_workers=4) as pool:
        together = list(pool.map(lambda part: linear.trained(FEATURES[part], POINTS[part]), rows))
    assert together == alone


def test_a_tree_records_the_number_of_threads() -> None:
    assert "[num_threads: 1]" in trained(boosting)["median"].text


@pytest.mark.parametrize("threads", ["1", "4"])
def test_the_files_do_not_depend_on_the_machine_s_cores(threads: str) -> None:
    """In a separate process that is configured for this number of threads."""
    code = (
        "import hashlib, json; from nba_assets_tests.tables.predictions.test_models import FEATURES, POINTS;"
        "from nba_assets.tables.predictions.learners import LEARNERS;"
        "found = [of_one.trained(FEATURES, POINTS) for of_one in LEARNERS];"
        "print(json.dumps([{head: hashlib.sha256(model.text.encode()).hexdigest() for head, model in each.items()}"
        " for each in found]))"
    )
    environment = os.environ | {
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "PYTHONPATH": str(REPOSITORY),
    }
    printed = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    expected = [
        {head: hashlib.sha256(model.text.encode()).hexdigest() for head, model in of_one.items()}
        for of_one in (trained(learner) for learner in LEARNERS)
    ]
    assert json.loads(printed.stdout) == expected


@OF_EACH_LEARNER
def test_the_heads_of_the_prediction_are_heads_of_points(learner: Learner) -> None:
    assert set(learner.SHARES) <= set(learner.HEADS) - {"scale"}
    assert sum(learner.SHARES.values()) == pytest.approx(1.0) and min(learner.SHARES.values()) > 0


@OF_EACH_LEARNER
def test_a_head_without_lines_does_not_depend_on_them(learner: Learner) -> None:
    other = FEATURES.copy()
    other[:, [FEATURE_NAMES.index(name) for name in UNTIMED]] = 7.0
    found = trained(learner)
    blind = {
        head: (learner.predicted(model.text, FEATURES) == learner.predicted(model.text, other)).all()
        for head, model in found.items()
    }
    assert blind == {head: head in ("timed", "scale") for head in found}


@OF_EACH_LEARNER
@pytest.mark.parametrize("head", ["median", "mean", "timed"])
def test_it_learns_a_known_relation(learner: Learner, head: str) -> None:
    model = trained(learner)[head]
    error = np.abs(learner.predicted(model.text, FEATURES) - POINTS).mean()
    assert error < 0.6 * np.abs(POINTS - np.median(POINTS)).mean()


@OF_EACH_LEARNER
def test_the_prediction_of_a_row_does_not_depend_on_other_rows(learner: Learner) -> None:
    text = trained(learner)["median"].text
    among = learner.predicted(text, FEATURES)[:40]
    alone = [learner.predicted(text, FEATURES[[place]])[0] for place in range(40)]
    assert among.tolist() == alone


def test_linear_terms_by_hand() -> None:
    """A product of two standardised features, a hinge at its edge, an indicator; unknown counts as the mean."""
    minutes, rate = (FEATURE_NAMES.index(name) for name in ("projected_minutes", "points_per_minute_season"))
    rows = np.zeros((4, len(FEATURE_NAMES)))
    rows[:, minutes], rows[:, rate] = [10.0, 20.0, 30.0, np.nan], [0.2, 0.4, 0.6, 0.4]
    terms = linear.Terms.fitted(FEATURE_NAMES, rows)
    found = pd.DataFrame(terms.columns(rows), columns=terms.labels())
    step = np.sqrt(1.5)
    assert found["projected_minutes"].tolist() == pytest.approx([-step, 0.0, step, 0.0])
    assert found["projected_minutes unknown"].tolist() == [0, 0, 0, 1]
    assert found["projected_minutes above 20"].tolist() == pytest.approx([0.0, 0.0, step, 0.0])
    product = found["projected_minutes x points_per_minute_season"]
    assert product.tolist() == pytest.approx([step * np.sqrt(2.0), 0.0, step * np.sqrt(2.0), 0.0])
    assert found["spread"].tolist() == [0, 0, 0, 0], "a constant feature has no effect"


def test_an_extreme_value_is_clipped_to_five_deviations() -> None:
    text = trained(linear)["median"].text
    wild, wilder = FEATURES[:1].copy(), FEATURES[:1].copy()
    wild[0, 0], wilder[0, 0] = 50.0, 5_000.0
    assert linear.predicted(text, wild) == linear.predicted(text, wilder)


def test_the_largest_effect_is_that_of_the_true_feature() -> None:
    many = np.tile(FEATURES, (10, 1)), np.tile(POINTS, 10)  # with this number of rows the penalty has little weight
    effects = linear.largest_effects(linear.trained(*many)["median"].text)
    assert next(iter(effects)) == FEATURE_NAMES[0]
    assert effects[FEATURE_NAMES[0]] == pytest.approx(4.0 * np.nanstd(FEATURES[:, 0]), rel=0.1)


@OF_EACH_LEARNER
def test_the_training_error_matches_the_stored_text(learner: Learner) -> None:
    found = trained(learner)
    said = {head: learner.predicted(model.text, FEATURES) for head, model in found.items()}
    targets = dict.fromkeys(found, POINTS) | {"scale": np.abs(POINTS - said["median"])}
    for head, model in found.items():
        assert model.training_mae == pytest.approx(np.abs(said[head] - targets[head]).mean(), rel=1e-12), head


def test_heads_with_shared_bins_equal_heads_trained_alone() -> None:
    """The training order of heads that share bins does not matter."""
    data = boosting._binned(boosting.READS["mean"], FEATURES, POINTS)
    alone, _ = boosting._fit("mean", data, POINTS)
    assert alone == trained(boosting)["mean"]


@OF_EACH_LEARNER
def test_the_fingerprint_depends_on_rows_and_target(learner: Learner) -> None:
    plain = fingerprint(learner, FEATURES, POINTS)
    assert plain == fingerprint(learner, FEATURES.copy(), POINTS.copy())
    other = FEATURES.copy()
    other[7, 7] = 1.25
    assert plain != fingerprint(learner, other, POINTS)
    assert plain != fingerprint(learner, FEATURES, POINTS[::-1])


@OF_EACH_LEARNER
def test_the_fingerprint_depends_on_parameters(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = fingerprint(learner, FEATURES, POINTS)
    monkeypatch.setattr(learner, "HEADS", {**learner.HEADS, "mean": {"tol": 0.5}})
    assert plain != fingerprint(learner, FEATURES, POINTS)


def test_a_file_is_named_by_its_content_and_verified_when_read(tmp_path: Path) -> None:
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


def test_two_threads_may_save_the_same_model_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cut-offs with the same data train the same model."""
    store, both_have_written, replace = ModelStore(tmp_path), threading.Barrier(2), Path.replace

    def replace_together(self: Path, target: Path) -> Path:
        both_have_written.wait(10)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replace_together)
    with ThreadPoolExecutor(2) as pool:
        artifacts = list(pool.map(store.save, ["tree", "tree"]))
    assert {store.load(artifact) for artifact in artifacts} == {"tree"}
    assert len(list(tmp_path.rglob("*.*"))) == 1


def test_a_training_is_reused_while_its_files_exist(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    artifact = store.save("tree")
    assert store.remembered("abc") is None
    known = {"median": Known(artifact, 4.25)}
    store.remember("abc", known)
    assert store.remembered("abc") == known
    (tmp_path / artifact.path).unlink()
    assert store.remembered("abc") is None


def test_cutoffs_are_the_first_of_the_month_from_the_first_cutoff_on() -> None:
    days = pd.Series(pd.to_datetime(["2021-12-18", "2021-12-31", "2022-01-01", "2022-01-31", "2025-06-22"]))
    expected = pd.to_datetime(["2021-12-18", "2021-12-18", "2022-01-01", "2022-01-01", "2025-06-01"])
    assert cutoff_of_day(days).tolist() == list(expected)


def test_a_model_cannot_serve_a_day_before_its_cutoff() -> None:
    past = History(pd.DataFrame({"game_date": pd.to_datetime(["2024-01-01", "2024-01-05"])}))
    cutoff = pd.Timestamp("2024-01-05")
    assert len(past.rows_before(cutoff, pd.Series([cutoff]), 10)) == 1
    with pytest.raises(ValueError, match="cannot serve 2024-01-04"):
        past.rows_before(cutoff, pd.Series(pd.to_datetime(["2024-01-06", "2024-01-04"])), 10)


def test_the_training_days_are_the_same_on_every_day_that_the_model_serves() -> None:
    """They do not depend on the days that were read, which are more for the first day of a month than for the last."""
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


def inputs(table_rows: TableRows, old: int, new: int) -> dict[str, pd.DataFrame]:
    """Inputs of points_models for 2024-01-10: games two years ago (old) and a month ago (new)."""
    days = ["2022-02-01"] * old + ["2023-12-15"] * new
    keys = [{"game_date": day, "game_id": f"{place:010}", "player_id": 1} for place, day in enumerate(days)]
    values = [dict(zip(FEATURE_NAMES, row, strict=True)) for row in np.abs(FEATURES[: old + new]).tolist()]
    features = table_rows("ml_feature_store_v2", *keys).astype(dict.fromkeys(FEATURE_NAMES, "float64"))
    features[list(FEATURE_NAMES)] = pd.DataFrame(values)
    features["games_used_400_days"], features["feature_set_version"] = 5.0, "v"
    played = table_rows(
        "player_game_summary", *({**key, "points": points} for key, points in zip(keys, POINTS, strict=False))
    )
    schedule = table_rows("schedule", {"game_date": "2024-01-10", "game_id": "1", "season_type": "regular"})
    frames = {"schedule": schedule, "features": features, "played": played}
    return frames | {f"recent_{name}": frames[name] for name in ("features", "played")}


def ahead(
    frames: Mapping[str, pd.DataFrame], store: ModelStore, *days: str, schedule: pd.DataFrame | None = None
) -> list[Callable[[], object]]:
    """The pieces of work ahead of the days."""
    past = {name: History(frames[name][list(columns)], points_models.READ_DAYS) for name, columns in READS.items()}
    return points_models.cutoffs_to_train(
        frames["schedule"] if schedule is None else schedule,
        HistoryOnDemand(lambda: past["features"], lambda *_: None),
        HistoryOnDemand(lambda: past["played"], lambda *_: None),
        past["features"],
        past["played"],
        models=store,
        days=pd.DatetimeIndex(days),
    )


READS = {"features": points_models.FEATURES, "played": points_models.POINTS}


@pytest.fixture
def serve(table_rows: TableRows, run: Run, tmp_path: Path) -> Callable[[int, int], pd.DataFrame]:
    """(games two years ago, games a month ago) -> points_models of 2024-01-10, by system and head."""

    def made(old: int, new: int) -> pd.DataFrame:
        frames = inputs(table_rows, old, new)
        rows = run(points_models.points_models, "2024-01-10", store=ModelStore(tmp_path), **frames)
        return rows.set_index(["system_id", "head"])

    return made


def test_the_table_finds_the_models_that_were_trained_ahead(
    table_rows: TableRows, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = inputs(table_rows, 150, 120)
    trained_by_run = run(points_models.points_models, "2024-01-10", store=ModelStore(tmp_path / "run"), **frames)
    store = ModelStore(tmp_path / "ahead")
    for piece in ahead(frames, store, "2024-01-10"):
        piece()
    for learner in LEARNERS:
        monkeypatch.delattr(learner, "trained")
    found = run(points_models.points_models, "2024-01-10", store=store, **frames)
    pd.testing.assert_frame_equal(found, trained_by_run)


def test_the_largest_training_begins_first(table_rows: TableRows, tmp_path: Path) -> None:
    """Otherwise the threads that share the trainings of a season would wait for one of them at the end."""
    frames, days = inputs(table_rows, 150, 120), ["2023-12-20", "2024-01-10", "2024-02-10"]
    schedule = pd.concat([frames["schedule"].assign(game_date=pd.Timestamp(day)) for day in days], ignore_index=True)
    pieces = ahead(frames, ModelStore(tmp_path), *days, schedule=schedule)
    cutoffs = [piece.args[1] for piece in pieces if isinstance(piece, partial)]
    assert cutoffs == [pd.Timestamp(day) for day in ("2024-02-01", "2024-01-01", "2023-12-01")]


@dataclass
class Serving:
    """points_models of 2024-01-10 from games whose content has a name; `read` counts how often they were read."""

    frames: Mapping[str, pd.DataFrame]
    store: ModelStore
    contents: dict[str, str | None] = field(default_factory=lambda: {"features": "a", "played": "b"})
    read: int = 0
    asked: set[tuple[date, date]] = field(default_factory=set)

    def rows(self) -> pd.DataFrame:
        """The rows of the table."""
        recent = {name: History(self._of(name)[lambda f: f["game_date"] < "1900"], 31) for name in READS}
        run = given_run(models=self.store)
        days = pd.DatetimeIndex(["2024-01-10"])
        past = {name: HistoryOnDemand(partial(self._read, name), partial(self._identity, name)) for name in READS}
        given = {f"recent_{name}": history for name, history in recent.items()} | past
        return points_models.points_models.function(self.frames["schedule"], **given, run=run, days=days)

    def _of(self, name: str) -> pd.DataFrame:
        return self.frames[name][list(READS[name])]

    def _read(self, name: str) -> History:
        self.read += 1
        return History(self._of(name), points_models.READ_DAYS)

    def _identity(self, name: str, first: date, last: date) -> str | None:
        self.asked.add((first, last))
        return self.contents[name]


@pytest.fixture
def serving(table_rows: TableRows, tmp_path: Path) -> Serving:
    """Games with which one learner trains and the others, which read fewer days, have too few games."""
    return Serving(inputs(table_rows, 110, 0), ModelStore(tmp_path))


def test_the_games_of_models_that_exist_are_not_read(serving: Serving) -> None:
    trained = serving.rows()
    assert len(trained) and serving.read == 2
    pd.testing.assert_frame_equal(serving.rows(), trained)
    assert serving.read == 2
    assert serving.asked == {(date(2020, 1, 2), date(2023, 12, 31))}, "the longest training window of the cut-off"


@pytest.mark.parametrize("name", list(READS))
def test_games_with_another_content_are_read_and_their_models_trained(serving: Serving, name: str) -> None:
    assert set(serving.rows()["training_rows"]) == {110}
    serving.frames = {**serving.frames, name: serving.frames[name].iloc[5:]}
    serving.contents[name] = "c"
    rows = serving.rows()
    assert serving.read == 4
    assert set(rows["training_rows"]) == {105}
    pd.testing.assert_frame_equal(rows, Serving(serving.frames, ModelStore(serving.store.folder / "new")).rows())
    pd.testing.assert_frame_equal(serving.rows(), rows)
    assert serving.read == 4


def test_games_without_a_known_content_are_read_each_time(serving: Serving) -> None:
    serving.contents["played"] = None
    first = serving.rows()
    pd.testing.assert_frame_equal(serving.rows(), first)
    assert serving.read == 4


def test_other_parameters_train_again(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    serving.rows()
    monkeypatch.setattr(boosting, "HEADS", {**boosting.HEADS, "mean": {**boosting.HEADS["mean"], "num_leaves": 7}})
    rows = serving.rows()
    assert serving.read == 4
    assert '"num_leaves": 7' in rows.set_index("head").loc["mean", "model_parameters"]


@pytest.mark.parametrize("lost", ["a model", "its entry", "the note"])
def test_what_is_lost_is_trained_or_noted_again(serving: Serving, lost: str) -> None:
    trained = serving.rows()
    pattern = {"a model": trained["artifact_path"].iloc[0], "its entry": "by_data/*", "the note": "by_days/*"}[lost]
    for path in serving.store.folder.glob(pattern):
        path.unlink()
    pd.testing.assert_frame_equal(serving.rows(), trained)
    assert serving.read == 4
    assert (serving.store.folder / trained["artifact_path"].iloc[0]).exists()
    pd.testing.assert_frame_equal(serving.rows(), trained)
    assert serving.read == 4


@pytest.mark.parametrize("damage", ["emptied", "cut", "changed"])
def test_a_damaged_note_is_reported_and_written_again(
    serving: Serving, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    trained = serving.rows()
    path = serving.store.folder / "by_days" / "2024-01-01.json"
    data = path.read_text()
    assert '"training_rows": 110' in data
    changed = data.replace('"training_rows": 110', '"training_rows": 111')
    path.write_text({"emptied": "", "cut": data[:-9], "changed": changed}[damage])
    pd.testing.assert_frame_equal(serving.rows(), trained)
    assert serving.read == 4 and f"{path} is damaged" in caplog.text
    assert path.read_text() == data


READS_OLD = {learner.SYSTEM_ID: learner.TRAINING_DAYS >= 699 for learner in LEARNERS}
"""Whether a system reads the old games: they are 699 days before the cut-off, 2024-01-01."""


def test_a_system_is_trained_on_its_declared_number_of_days(serve: Callable[[int, int], pd.DataFrame]) -> None:
    assert set(READS_OLD.values()) == {True, False}, "both cases are tested"
    found = serve(150, 120).xs("median", level="head")
    assert found["training_rows"].to_dict() == {system: 270 if old else 120 for system, old in READS_OLD.items()}
    first = {system: f"{day:%Y-%m-%d}" for system, day in found["training_first_day"].items()}
    assert first == {system: "2022-02-01" if old else "2023-12-15" for system, old in READS_OLD.items()}


def test_a_system_with_too_few_games_in_its_days_has_no_model(serve: Callable[[int, int], pd.DataFrame]) -> None:
    assert set(serve(150, 99).index.get_level_values("system_id")) == {
        system for system, old in READS_OLD.items() if old
    }
    assert serve(0, 99).empty
