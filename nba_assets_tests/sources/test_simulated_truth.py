"""The truth of the simulated league is correct: calibrated, and no predictor with less information is better."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.sources.protocol import SourceError
from nba_assets.sources.simulated.league import League
from nba_assets.sources.simulated.scores import play, sides_of, truth_of
from nba_assets.sources.simulated.season import SeasonMaker
from nba_assets.sources.simulated.truth import read_truth
from nba_assets_tests.sources.simulated_league import SEASONS

BANDS = (0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 60.0)


@pytest.fixture(scope="module")
def truth(simulated_league: Path) -> pd.DataFrame:
    files = [simulated_league / f"truth/player_games/{label}.parquet" for label in SEASONS]
    return pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)


def test_every_player_who_played_has_a_row(truth: pd.DataFrame, simulated_league: Path) -> None:
    box = pd.concat([pd.read_parquet(simulated_league / f"player_box_v3/{label}.parquet") for label in SEASONS])
    box = box[box["minutes"] != ""].assign(player_id=lambda f: f["person_id"].astype(int))
    both = truth.merge(box[["game_id", "player_id", "points"]], on=["game_id", "player_id"], validate="one_to_one")
    assert len(both) == len(truth) == len(box)
    assert (both["points"] == both["actual_points"]).all()


def test_results_are_uniform_in_their_distributions(truth: pd.DataFrame) -> None:
    random = np.random.default_rng(0).random(len(truth))
    place = truth["prob_below_actual"] + random * truth["prob_at_actual"]
    shares = np.histogram(place, bins=20, range=(0, 1))[0] / len(truth)
    # 55,000 rows: three standard errors of a twentieth are .0028; the rest allows for correlation within a game.
    assert np.abs(shares - 0.05).max() < 0.005, shares
    assert place.between(0.1, 0.9).mean() == pytest.approx(0.8, abs=0.01)


def test_mean_and_spread_are_right_at_every_level(truth: pd.DataFrame) -> None:
    band = pd.cut(truth["mean"], BANDS)
    error = truth["actual_points"] - truth["mean"]
    by_band = error.groupby(band, observed=True).agg(["mean", "size"])
    assert by_band["mean"].abs().max() < 0.25, by_band
    spread = (error / truth["sd"]).groupby(band, observed=True).std()
    assert spread.between(0.95, 1.06).all(), spread
    slope = np.polyfit(truth["mean"], truth["actual_points"], 1)[0]
    assert slope == pytest.approx(1.0, abs=0.015)
    assert (truth["actual_minutes"] - truth["expected_minutes"]).mean() == pytest.approx(0.0, abs=0.15)
    zero = (truth["actual_points"] == 0).mean()
    assert truth["prob_zero"].mean() == pytest.approx(zero, abs=0.005)


def test_the_error_of_the_oracle_is_as_predicted(truth: pd.DataFrame) -> None:
    error = (truth["actual_points"] - truth["p50"]).abs()
    assert error.mean() == pytest.approx(truth["expected_absolute_error"].mean(), rel=0.015)
    # The median is the best integer prediction: a point more or less is worse.
    for step in (-1.0, 1.0):
        assert error.mean() < (truth["actual_points"] - truth["p50"] - step).abs().mean()


def test_no_predictor_with_less_information_is_better(truth: pd.DataFrame, simulated_league: Path) -> None:
    """Means of earlier games, and the bookmakers' line, on the same rows as the oracle."""
    rows = truth.sort_values(["game_date", "game_id"], kind="stable")
    earlier = rows.groupby("player_id")["actual_points"].shift(1).groupby(rows["player_id"])
    rivals = {
        "last 10": earlier.transform(lambda points: points.rolling(10, min_periods=3).mean()),
        "all so far": earlier.transform(lambda points: points.expanding(min_periods=3).mean()),
        "line": _lines(rows, simulated_league),
    }
    for name, predicted in rivals.items():
        known = predicted.notna()
        assert known.sum() > 20_000, name
        error = (rows["actual_points"] - predicted)[known].abs().mean()
        oracle = (rows["actual_points"] - rows["p50"])[known].abs().mean()
        assert oracle < error - (0.01 if name == "line" else 0.15), (name, oracle, error)


def _lines(rows: pd.DataFrame, folder: Path) -> pd.Series:
    """Median of the bookmakers' lines closest to even money, by row."""
    parts = [pd.read_parquet(folder / f"props/oddsapi_historical_player_points/{label}.parquet") for label in SEASONS]
    quotes = pd.concat(parts, ignore_index=True)
    tip = pd.to_datetime(quotes["data.commence_time"], utc=True).dt.tz_convert("America/New_York")
    quotes["game_date"] = tip.dt.tz_localize(None).dt.normalize().astype(rows["game_date"].dtype)
    over = quotes[quotes["outcomes.name"] == "Over"].assign(far=lambda f: (f["outcomes.price"] - 1.88).abs())
    key = ["game_date", "outcomes.description"]
    main = over.sort_values("far", kind="stable").drop_duplicates([*key, "bookmakers.key"])
    line = main.groupby(key)["outcomes.point"].median()
    return pd.Series(
        line.reindex(pd.MultiIndex.from_frame(rows[["game_date", "player_name"]])).to_numpy(), index=rows.index
    )


def test_the_distribution_matches_replays_of_the_game() -> None:
    """The computed means and spreads, compared with replays of the same evening."""
    maker = SeasonMaker(League(np.random.default_rng(5), 2021), 2021, seed=5)
    games = maker._regular_games().iloc[:8]
    sides = sides_of(maker.league, maker.rosters, maker._slate(games), np.random.default_rng(1), is_morning=False)
    rng = np.random.default_rng(2)
    played = [play(sides, rng) for _ in range(400)]
    points = np.stack([np.where(scores.played, scores.points, np.nan) for scores in played])
    known = truth_of(played[0], np.random.default_rng(3))
    mean, sd = (
        np.nanmean(points[:, known.row, known.place], axis=0),
        np.nanstd(points[:, known.row, known.place], axis=0),
    )
    regulars = known.place < 8
    # Standard error of 400 replays: a twentieth of the standard deviation, .35 points.
    assert np.abs(mean - known.mean)[regulars].max() < 1.6
    assert np.abs((mean - known.mean)[regulars].mean()) < 0.12
    assert (sd / known.sd)[regulars].mean() == pytest.approx(1.0, abs=0.03)


def test_an_archive_without_truth_is_rejected_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"2021-22\.parquet is not there: the archive has no truth of 2021-22"):
        read_truth(str(tmp_path), [Season(2021)])
