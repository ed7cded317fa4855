"""player_composite_factors: every rule of the fatigue score, the sign of every score, and what is unknown."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_assets.contracts.contract import validated
from nba_assets.tables.precompute.player_composite_factors import (
    CONTRACT,
    fatigue_score,
    player_composite_factors,
    projected_usage,
    usage_spike_score,
)

Row = dict[str, object]
TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
DAY = "2024-01-10"
RESTED: Row = {
    "back_to_back": False,
    "days_rest": 1,
    "games_in_last_7_days": 2,
    "minutes_in_last_7_days": 60.0,
    "minutes_avg_last_7_days": 30.0,
    "back_to_backs_last_14_days": 0,
    "age": 25.0,
}
UPCOMING: Row = {
    **RESTED,
    "game_date": DAY,
    "game_id": "0022300500",
    "player_id": 1,
    "team": "BOS",
    "opponent": "MIN",
    "usage_rate_season": 20.0,
    "games_played_season": 30,
    "teammates_out_usage": 0.0,
    "teammates_out_minutes": 0.0,
    "teammates_newly_out_minutes": 0.0,
}


def fatigue(**changes: object) -> float:
    frame = pd.DataFrame([{**RESTED, **changes}]).astype({"days_rest": "Int64"})
    return float(fatigue_score(frame).iloc[0])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 100),
        ({"back_to_back": True, "days_rest": 0}, 85),
        ({"back_to_back": True, "days_rest": 0, "back_to_backs_last_14_days": 1}, 80),
        ({"days_rest": 3, "age": 31.0}, 100),
        ({"days_rest": 2, "age": 31.0}, 95),
        ({"age": 35.0}, 90),
        ({"age": None}, 100),
        ({"games_in_last_7_days": 4}, 90),
        ({"minutes_in_last_7_days": 240.1}, 90),
        ({"minutes_avg_last_7_days": 35.1}, 92),
        ({"minutes_avg_last_7_days": None}, 100),
        ({"back_to_backs_last_14_days": 1}, 95),
        ({"back_to_backs_last_14_days": 2}, 88),
        ({"days_rest": None, "games_in_last_7_days": 0}, 100),
    ],
)
def test_each_rule_of_the_fatigue_score(changes: Row, expected: float) -> None:
    assert fatigue(**changes) == expected


def test_the_most_tired_player() -> None:
    worst = {"back_to_back": True, "days_rest": 0, "games_in_last_7_days": 5, "minutes_in_last_7_days": 250.0}
    assert fatigue(**worst, minutes_avg_last_7_days=42.0, back_to_backs_last_14_days=3, age=36.0) == 35


@given(
    games=st.integers(0, 5),
    more=st.integers(0, 2),
    minutes=st.floats(0, 240),
    longer=st.floats(0, 100),
    nights=st.integers(0, 3),
    age=st.floats(19, 42),
)
def test_more_load_never_reduces_fatigue(
    games: int, more: int, minutes: float, longer: float, nights: int, age: float
) -> None:
    names = "games_in_last_7_days minutes_in_last_7_days minutes_avg_last_7_days back_to_backs_last_14_days age".split()
    less = fatigue(**dict(zip(names, [games, minutes, minutes / 6, nights, age], strict=True)))
    more_values = [games + more, minutes + longer, (minutes + longer) / 6, nights + more, age + more]
    assert fatigue(**dict(zip(names, more_values, strict=True))) <= less


@pytest.fixture
def made(table_rows: TableRows, run: Run) -> Callable[..., pd.Series]:
    """(upcoming=, own=, other=, profile=) -> the validated row of player 1, who used 20 percent in his last games."""

    def make(upcoming: Row | None = None, own: Row | None = None, other: Row | None = None, profile: Row | None = None):
        league: Row = {"game_date": DAY, "pace_last_15": 100.0, "league_pace_last_15": 100.0}
        league |= {f"{zone}_defense_vs_league_avg": 0.0 for zone in ("paint", "mid_range", "three")}
        shares: Row = {"paint_rate_last_10": 0.5, "mid_range_rate_last_10": 0.1, "three_rate_last_10": 0.4}
        played = [
            {
                "game_date": f"2024-01-0{day}",
                "game_id": f"g{day}",
                "player_id": 1,
                "seconds_played": 1800,
                "usage_rate": 20.0,
            }
            for day in (3, 5, 7)
        ]
        rows = run(
            player_composite_factors,
            DAY,
            upcoming=table_rows("upcoming_player_game_context", {**UPCOMING, **(upcoming or {})}),
            defenses=table_rows(
                "team_defense_zone_analysis",
                {**league, "team": "BOS", **(own or {})},
                {**league, "team": "MIN", **(other or {})},
            ),
            profiles=table_rows(
                "player_shot_zone_analysis", {"game_date": DAY, "player_id": 1, **shares, **(profile or {})}
            ),
            played=table_rows("player_game_summary", *played),
        )
        return validated(CONTRACT, rows).iloc[0]

    return make


def test_an_ordinary_game_has_no_adjustment(made: Callable[..., pd.Series]) -> None:
    row = made()
    assert row["total_composite_adjustment"] == 0
    assert (row["usage_rate_last_10"], row["projected_usage_rate"]) == (20.0, 20.0)


def test_a_weaker_defence_in_his_zones_favours_him(made: Callable[..., pd.Series]) -> None:
    weak = made(other={"paint_defense_vs_league_avg": 4.0, "three_defense_vs_league_avg": 1.0})
    assert weak["shot_zone_mismatch_score"] == pytest.approx(0.5 * 4 + 0.4 * 1)
    assert made(other={"paint_defense_vs_league_avg": -4.0})["shot_zone_mismatch_score"] == pytest.approx(-2.0)
    assert made(other={"paint_defense_vs_league_avg": 50.0})["shot_zone_mismatch_score"] == 10


def test_his_own_defence_does_not_matter(made: Callable[..., pd.Series]) -> None:
    assert made(own={"paint_defense_vs_league_avg": 9.0})["shot_zone_mismatch_score"] == 0


def test_unknown_zones_leave_the_score_unknown(made: Callable[..., pd.Series]) -> None:
    for unknown in ({"profile": {"paint_rate_last_10": None}}, {"other": {"paint_defense_vs_league_avg": None}}):
        row = made(**unknown)
        assert pd.isna(row["shot_zone_mismatch_score"])
        assert pd.isna(row["total_composite_adjustment"])
        assert row["pace_score"] == 0


def test_pace_depends_on_both_teams(made: Callable[..., pd.Series]) -> None:
    assert made(own={"pace_last_15": 102.0}, other={"pace_last_15": 103.0})["pace_score"] == 2.5
    assert made(other={"pace_last_15": 96.0})["pace_score"] == -2.0
    assert made(own={"pace_last_15": 106.0}, other={"pace_last_15": 104.0})["pace_score"] == 3.0


def test_usage_rises_with_newly_absent_regulars(made: Callable[..., pd.Series]) -> None:
    out: Row = {"teammates_out_usage": 24.0, "teammates_out_minutes": 30.0}
    news = made(upcoming={**out, "teammates_newly_out_minutes": 30.0})
    assert news["projected_usage_rate"] == pytest.approx(20 + 0.25 * 24)
    assert news["usage_spike_score"] == pytest.approx(3.0)
    half = made(upcoming={**out, "teammates_newly_out_minutes": 10.0})
    assert half["usage_spike_score"] == pytest.approx(0.25 * 24 / 3 / 2)
    assert made(upcoming={**out, "teammates_newly_out_minutes": 0.0})["usage_spike_score"] == 0


def test_usage_below_the_season_s_is_expected_to_recover(made: Callable[..., pd.Series]) -> None:
    assert made(upcoming={"usage_rate_season": 22.0})["usage_spike_score"] == pytest.approx(1.0)
    assert made(upcoming={"usage_rate_season": 18.0})["usage_spike_score"] == pytest.approx(-1.0)
    assert made(upcoming={"usage_rate_season": 30.0, "games_played_season": 4})["usage_spike_score"] == 0


@given(st.floats(0, 60), st.floats(0, 60), st.floats(0, 1))
def test_more_usage_out_never_lowers_the_score(less: float, more: float, news: float) -> None:
    def score(usage: float) -> float:
        rows = pd.DataFrame([{**UPCOMING, "usage_rate_last_10": 20.0, "teammates_out_usage": usage}])
        rows["teammates_out_minutes"], rows["teammates_newly_out_minutes"] = 30.0, 30.0 * news
        return float(usage_spike_score(rows.assign(projected_usage_rate=projected_usage(rows))).iloc[0])

    low, high = sorted((less, more))
    assert score(low) <= score(high)


def test_the_total_is_the_sum_with_a_twentieth_of_fatigue(made: Callable[..., pd.Series]) -> None:
    row = made(
        upcoming={"back_to_back": True, "days_rest": 0, "usage_rate_season": 22.0},
        own={"pace_last_15": 102.0},
        other={"paint_defense_vs_league_avg": 2.0},
    )
    assert row["total_composite_adjustment"] == pytest.approx(-15 / 20 + 1.0 + 1.0 + 1.0)
