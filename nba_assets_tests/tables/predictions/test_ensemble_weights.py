"""ensemble_weights: the prior without history, the better system with history, and no data of the day."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from nba_assets.contracts.columns.predictions import LINED_BAND, MINUTES_BANDS
from nba_assets.contracts.contract import validated
from nba_assets.contracts.systems import BASE_SYSTEMS
from nba_assets.tables.predictions.ensemble_weights import (
    CONTRACT,
    ENSEMBLE_PRIOR,
    ENSEMBLE_PRIOR_ROWS,
    MARKET_PRIOR,
    ensemble_weights,
)

Row = dict[str, object]
TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
Make = Callable[..., pd.Series]
DAY = "2024-01-10"
SPREAD = dict.fromkeys(BASE_SYSTEMS, 5.0) | {"gradient_boosting": 2.0, "market_line": 1.0}


def season(games: int, last: str = "2024-01-09") -> tuple[list[Row], list[Row], list[Row]]:
    """(predictions, contexts, results) of one player of 30 minutes; the systems' errors are independent, by SPREAD."""
    generator = np.random.default_rng(3)
    days = pd.date_range(end=last, periods=games).strftime("%Y-%m-%d")
    keys: list[Row] = [{"game_date": day, "game_id": f"g{day}", "player_id": 1} for day in days]
    said = [
        {**key, "system_id": system, "predicted_points": max(0.0, 20 + generator.normal(0, spread))}
        for key in keys
        for system, spread in SPREAD.items()
    ]
    return said, [{**key, "projected_minutes": 30.0} for key in keys], [{**key, "points": 20} for key in keys]


@pytest.fixture
def made(table_rows: TableRows, run: Run) -> Make:
    """(predictions, contexts, results) -> weight by (band, system)."""

    def make(said: list[Row], contexts: list[Row], results: list[Row], day: str = DAY) -> pd.Series:
        rows = run(
            ensemble_weights,
            day,
            schedule=table_rows("schedule", {"game_date": day, "game_id": "x", "season_type": "regular"}),
            past=table_rows("base_predictions", *said),
            context=table_rows("upcoming_player_game_context", *contexts),
            played=table_rows("player_game_summary", *results),
        )
        return validated(CONTRACT, rows).set_index(["band", "system_id"])["weight"]

    return make


def test_every_band_has_weights_that_add_up_to_one(made: Make) -> None:
    weights = made(*season(60))
    assert weights.groupby(level=0).sum().to_dict() == pytest.approx(dict.fromkeys([*MINUTES_BANDS, LINED_BAND], 1.0))
    assert set(weights[LINED_BAND].index) == set(MARKET_PRIOR)
    assert set(weights["0-12"].index) == set(BASE_SYSTEMS)


def test_without_history_the_weights_are_the_prior(made: Make) -> None:
    weights = made(*season(60))
    assert weights["0-12"].to_dict() == pytest.approx(dict(ENSEMBLE_PRIOR))
    nothing: list[Row] = []
    assert made(nothing, nothing, nothing)[LINED_BAND].to_dict() == pytest.approx(dict(MARKET_PRIOR))


def test_with_history_the_better_system_has_more_weight(made: Make) -> None:
    weights = made(*season(360))["28-34"]
    alone = 1 / 2.0**2 / (1 / 2.0**2 + (len(BASE_SYSTEMS) - 1) / 5.0**2)
    share = 360 / (360 + ENSEMBLE_PRIOR_ROWS)
    expected = share * alone + (1 - share) * ENSEMBLE_PRIOR["gradient_boosting"]
    assert weights["gradient_boosting"] == pytest.approx(expected, abs=0.03)


def test_a_shared_bias_does_not_change_the_weights(made: Make) -> None:
    """Medians are below means for every system alike; that is corrected by calibration, not by weights."""
    said, contexts, results = season(360)
    leaning = [{**row, "predicted_points": float(row["predicted_points"]) + 5.0} for row in said]  # type: ignore[arg-type]
    assert made(leaning, contexts, results).to_dict() == pytest.approx(
        made(said, contexts, results).to_dict(), abs=0.01
    )


def test_the_day_and_later_days_do_not_count(made: Make) -> None:
    before, late = season(100), season(1, last=DAY)
    late = ([{**row, "predicted_points": 55.0} for row in late[0]], *late[1:])
    both = tuple(a + b for a, b in zip(before, late, strict=True))
    assert made(*both).equals(made(*before))
    assert not made(*both, day="2024-01-11").equals(made(*before, day="2024-01-11"))


def test_no_rows_before_the_first_cutoff(made: Make) -> None:
    assert made(*season(5, last="2021-12-16"), day="2021-12-17").empty
    due = len(MINUTES_BANDS) * len(BASE_SYSTEMS) + len(MARKET_PRIOR)
    assert len(made(*season(5, last="2021-12-16"), day="2021-12-18")) == due
