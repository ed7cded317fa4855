"""The believed share of a disagreement with the line, and the resulting shift of a distribution."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nba_assets.contracts.columns.predictions import QUANTILES
from nba_assets.tables.predictions.against_the_line import PRIOR_SHARE, believed_shares, counted_gap, moved
from nba_assets.windows.asof import History

DAY = pd.Timestamp("2024-01-10")


def season(games: int, worth: float, first: str = "2023-03-01", **more: object) -> pd.DataFrame:
    """Games with a line of 20 and predictions around it; the points confirm the share `worth` of the disagreement."""
    generator = np.random.default_rng(4)
    gap = generator.uniform(-3, 1, games)
    frame = pd.DataFrame({"game_date": pd.Timestamp(first) + pd.to_timedelta(np.arange(games) % 300, unit="D")})
    frame["points_line"], frame["predicted_points"] = 20.0, 20.0 + gap
    frame["points"] = 20.0 + 0.7 + worth * gap + generator.normal(0, 0.5, games)
    return frame.assign(**more)


def share(frame: pd.DataFrame) -> float:
    rows = pd.DataFrame({"game_date": [DAY], "system_id": ["ensemble"]})
    return float(believed_shares(rows, {"ensemble": History(frame, 365)}).iloc[0])


def test_the_share_is_the_slope_whatever_the_intercept() -> None:
    assert share(season(20_000, 0.6)) == pytest.approx(20 / 21 * 0.6 + 1 / 21 * PRIOR_SHARE, abs=0.01)


def test_with_few_or_no_games_the_share_is_near_the_prior() -> None:
    assert share(season(100, 1.0)) == pytest.approx(1 / 11 * 1.0 + 10 / 11 * PRIOR_SHARE, abs=0.02)
    assert share(season(100, 1.0).assign(points_line=np.nan)) == PRIOR_SHARE


def test_a_share_is_between_zero_and_one() -> None:
    assert share(season(20_000, -0.5)) == pytest.approx(PRIOR_SHARE / 21, abs=1e-9)
    assert share(season(20_000, 1.8)) == pytest.approx(20 / 21 + PRIOR_SHARE / 21, abs=1e-9)


def test_the_day_itself_does_not_count() -> None:
    before = season(500, 0.5)
    late = season(500, -9.0, first="2024-01-10")
    assert share(pd.concat([before, late], ignore_index=True)) == share(before)


def test_a_disagreement_is_clipped() -> None:
    found = counted_gap(pd.Series([20.0, 22.0, 19.0, 10.0]), pd.Series([19.5] * 4))
    assert found.tolist() == [0.5, 1.0, -0.5, -3.0]


def test_the_distribution_is_shifted_and_not_below_zero() -> None:
    around = pd.DataFrame([[1.0, 3.0, 5.0, 8.0, 12.0]], columns=list(QUANTILES))
    assert moved(around, pd.Series([-1.5])).to_numpy().tolist() == [[0.0, 1.5, 3.5, 6.5, 10.5]]
