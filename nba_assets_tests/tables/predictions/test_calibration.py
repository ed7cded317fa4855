"""The distribution comes from earlier errors of the band, never from the day or later."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nba_assets.tables.predictions.bands import banded
from nba_assets.tables.predictions.calibration import (
    BAND_EDGES,
    BANDS,
    SCALE_PRIOR_ROWS,
    SHIFT_PRIOR_ROWS,
    distributions,
    shrunk_scale,
    usual_error,
    with_errors,
)
from nba_assets.windows.asof import History

DAY = pd.Timestamp("2024-01-10")
GENERATOR = np.random.default_rng(5)


def said(predicted: float, errors: np.ndarray, unit: float = 2.0, first: str = "2023-11-01") -> pd.DataFrame:
    """One prediction per player-game, ten per day (600 are 60 game days), with errors in units."""
    days = pd.Timestamp(first) + pd.to_timedelta(np.arange(len(errors)) // 10, unit="D")
    frame = pd.DataFrame({"game_date": days, "game_id": [f"g{n // 10}" for n in range(len(errors))]})
    frame["player_id"] = np.arange(len(errors)) % 10
    return frame.assign(
        predicted_points=predicted, expected_points=predicted, sigma=unit, points=predicted + unit * errors
    )


def shape(system: str, predicted: float, **histories: pd.DataFrame) -> pd.Series:
    rows = pd.DataFrame({"game_date": [DAY], "system_id": [system]})
    rows["calibration_band"] = banded(pd.Series([predicted]), BAND_EDGES, BANDS)
    return distributions(rows, {name: with_errors(History(frame, 365)) for name, frame in histories.items()}).iloc[0]


def test_quantiles_mean_and_deviation_of_the_errors() -> None:
    errors = GENERATOR.normal(0.3, 1.0, 600).round(2)
    found = shape("ensemble", 12.0, ensemble=said(12.0, errors), moving_average=said(12.0, errors * 0))
    for name, level in (("p10", 0.1), ("p75", 0.75), ("p90", 0.9)):
        assert found[name] == pytest.approx(np.quantile(errors, level), abs=0.03)
    shrunk = np.quantile(errors, 0.5) * 600 / (600 + SHIFT_PRIOR_ROWS)
    assert found["predicted_points"] == pytest.approx(shrunk, abs=0.01)
    assert found["mean_shift"] == pytest.approx(2 * errors.mean(), abs=1e-3)
    assert found["deviation"] == pytest.approx(np.sqrt((errors**2).mean()), abs=5e-3)


def test_only_errors_of_the_band_count() -> None:
    errors = GENERATOR.normal(0, 1.0, 400)
    both = pd.concat([said(12.0, errors), said(2.0, errors + 5, first="2023-09-01")], ignore_index=True)
    found = shape("ensemble", 12.0, ensemble=both, moving_average=both)
    assert abs(found["predicted_points"]) < 0.3


def test_a_system_without_history_uses_the_spread_of_the_moving_average_but_not_its_shift() -> None:
    errors = GENERATOR.normal(1.0, 1.0, 400)
    old = said(12.0, errors)
    found = shape("gradient_boosting", 12.0, gradient_boosting=old.head(50), moving_average=old)
    own = shape("moving_average", 12.0, moving_average=old)
    assert (found["predicted_points"], found["deviation"]) == (0.0, own["deviation"])
    assert found["mean_shift"] == 0.0 < own["mean_shift"], "a model's mean head needs no shift of another's"
    assert found["p90"] == pytest.approx(own["p90"] - np.quantile(errors, 0.5), abs=0.03)


def test_without_any_history_there_is_no_distribution() -> None:
    few = said(12.0, np.zeros(100))
    assert shape("ensemble", 12.0, ensemble=few, moving_average=few).isna().all()


def test_the_day_and_later_days_do_not_count() -> None:
    errors = GENERATOR.normal(0, 1.0, 400)
    before = said(12.0, errors)
    late = pd.concat([before, said(12.0, np.full(400, 9.0), first="2024-01-10")], ignore_index=True)
    plain = shape("ensemble", 12.0, ensemble=before, moving_average=before)
    assert plain.equals(shape("ensemble", 12.0, ensemble=late, moving_average=late))


def test_players_who_did_not_play_do_not_count() -> None:
    errors = GENERATOR.normal(0, 1.0, 400)
    frame = said(12.0, errors)
    absent = said(12.0, np.zeros(50), first="2023-10-01").assign(points=np.nan)
    both = pd.concat([absent, frame], ignore_index=True)
    plain = shape("ensemble", 12.0, ensemble=frame, moving_average=frame)
    assert plain.equals(shape("ensemble", 12.0, ensemble=both, moving_average=both))


def test_a_scale_is_believed_the_more_rows_it_was_trained_on() -> None:
    rows = pd.Series([0.0, SCALE_PRIOR_ROWS, 1e12, np.nan])
    predicted, scale = pd.Series([24.0] * 4), pd.Series([4.0, 4.0, 4.0, np.nan])
    usual = usual_error(predicted)[0]
    assert usual == pytest.approx(1.35 * 5.0)
    found = shrunk_scale(scale, predicted, rows)
    assert found.tolist() == pytest.approx([usual, (usual + 4.0) / 2, 4.0, np.nan], nan_ok=True)
