"""The complete graph on the simulated league: no check fails, and the errors of predictions are between naive and
oracle.

The league is built to the middle of its first season, long enough for a trained model and for the alarms' minimum rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import filelock
import pandas as pd
import pytest

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.contracts.inputs import Findings
from nba_assets.contracts.systems import REFERENCES
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.backfill import backfill
from nba_assets.reports.evaluate_statuses import evaluate_statuses
from nba_assets.reports.evaluate_truth import evaluate_truth
from nba_assets.settings import Settings
from nba_assets.tables.grading.alarms import LEAST_LINED, leak_alarm
from nba_assets.tables.grading.prediction_performance_summary import day_sums
from nba_assets_tests.mini_warehouse import environment

pytestmark = pytest.mark.long

LAST_DAY = date(2022, 2, 15)
OF_RESULTS = 0.3
"""How far the predictions of the leaking system move towards the results, 0 to 1."""


@pytest.fixture(scope="module")
def platform(shared_folder: Path, simulated_league: Path) -> Iterator[Platform]:
    """The platform of a home in which every table of the league is built to LAST_DAY."""
    folder = shared_folder / "simulated_home"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(folder, simulated_league).items():
            patch.setenv(name, value)
        patch.delenv("NBA_NOW", raising=False)
        made = Platform(Settings())
        is_built = folder / "built"
        with filelock.FileLock(shared_folder / "simulated_home.lock"), dg.DagsterInstance.get() as instance:
            if not is_built.exists():
                runs = backfill(list(registry.tables()), FIRST_DAY, LAST_DAY, made, instance)
                assert all(run.is_success for run in runs), runs
                is_built.touch()
        yield made


def test_no_check_fails_on_any_day(platform: Platform) -> None:
    with platform.warehouse.snapshot() as snapshot:
        results = snapshot.quality("check_results", None)
    failed = results[(results["severity"] == "ERROR") & ~results["passed"]]
    assert len(results) > 10_000
    assert failed.empty, failed[["table_name", "check_name", "game_date", "reasons"]].to_string()


def test_the_ensemble_is_closer_to_the_oracle_than_naive_and_no_system_beats_it(platform: Platform) -> None:
    found = evaluate_truth(platform).systems
    played = found[found["population"] == "all played"].set_index(["season", "system_id"]).loc["all"]
    ensemble, naive = played.loc["ensemble"], played.loc["naive_last_10"]
    assert ensemble["n"] > 3_000
    for name in ("median_distance", "mean_distance", "above_oracle"):
        assert ensemble[name] < 0.9 * naive[name], name
    assert ensemble["crps"] < naive["crps"]
    assert (found["above_oracle"] > 0).all(), found[["population", "system_id", "above_oracle"]]
    assert (found["crps"] > found["oracle_crps"]).all()


def test_who_is_ruled_out_is_marked_never_bet_on_and_never_plays(platform: Platform) -> None:
    found = evaluate_statuses(platform)
    status = found.by_status.set_index("injury_status")
    assert status.loc["ruled_out", "n"] > 1_000 and status.loc["ruled_out", "played"] == 0
    shares = status.loc[["doubtful", "questionable", "probable", "available"], "played"]
    assert shares.is_monotonic_increasing and shares.iloc[0] > 0.05
    void_rate = found.voids.set_index("population")["void_rate"]
    assert void_rate["shown as playing"] < 0.6 * void_rate["all predictions"]
    with platform.warehouse.snapshot() as snapshot:
        predictions = snapshot.read(registry.contract("player_prop_predictions"), FIRST_DAY, LAST_DAY)
        context = snapshot.read(registry.contract("upcoming_player_game_context"), FIRST_DAY, LAST_DAY)
    rows = predictions.merge(context[["game_id", "player_id", "injury_status"]], on=["game_id", "player_id"])
    is_out = rows["injury_status"] == "ruled_out"
    assert is_out.any() and rows.loc[is_out, "bet_side"].isna().all()
    assert (rows["warnings"].fillna("").str.contains("ruled out by the injury report") == is_out).all()


def test_a_system_that_sees_part_of_the_result_triggers_the_leak_alarm(platform: Platform) -> None:
    honest, leaking = _alarm(platform, 0.0), _alarm(platform, OF_RESULTS)
    assert honest.failing.empty, honest.failing
    assert set(leaking.failing["key"]) == {"ensemble"}
    assert leaking.observed is not None and leaking.observed["lined"].max() >= LEAST_LINED


def _alarm(platform: Platform, of_results: float) -> Findings:
    """Findings of the alarm if the ensemble's predictions move towards the results by this share.

    They are graded by the tables' own functions, from the public record on.
    """
    tables = registry.tables()
    accuracy, summary = tables["prediction_accuracy"], tables["prediction_performance_summary"]
    assert "ensemble" not in REFERENCES
    with platform.warehouse.snapshot() as snapshot:
        frames = {
            argument: snapshot.read(registry.contract(item.name), FIRST_DAY, LAST_DAY, item.columns)
            for argument, item in accuracy.inputs.items()
        }
    days = pd.DatetimeIndex(frames["record"]["game_date"].unique())
    record = frames["record"]
    person = ["game_id", "player_id"]
    points = record[person].merge(frames["played"][[*person, "points"]], on=person, how="left")["points"]
    moves = ((record["system_id"] == "ensemble").to_numpy() & points.notna().to_numpy()) * of_results
    for name in ("predicted_points", "expected_points"):
        result = points.astype("float64").fillna(0.0).to_numpy()
        record[name] = record[name] + moves * (result - record[name])
    graded = accuracy.function(**frames, days=days)
    season = summary.function(graded=day_sums(graded), today=graded[["game_date"]], days=days)
    return leak_alarm(season)
