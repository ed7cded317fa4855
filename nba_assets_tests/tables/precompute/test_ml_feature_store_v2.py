"""ml_feature_store_v2: features from the right rows, readiness and its reasons."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.tables.precompute.features import FEATURES
from nba_assets.tables.precompute.ml_feature_store_v2 import CONTRACT, ml_feature_store_v2

Row = dict[str, object]
TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
Make = Callable[..., pd.Series]
DAY, GAME = "2024-01-10", "0022300500"
SIDE: Row = {"game_date": DAY, "game_id": GAME, "team": "BOS", "opponent": "MIN"}
KEY: Row = {**SIDE, "player_id": 1}
BOX_DAYS = [f"2023-12-{day:02d}" for day in range(10, 25)]


@pytest.fixture
def made(table_rows: TableRows, run: Run) -> Make:
    """Changes to the rows of the inputs by table -> the validated row of player 1."""

    def make(
        cache: Row | None = None,
        upcoming: Row | None = None,
        teams: Row | None = None,
        defenses: tuple[Row, ...] = ({"team": "MIN"}, {"team": "BOS"}),
        factors: tuple[Row, ...] = ({},),
        box_days: list[str] = BOX_DAYS,
    ) -> pd.Series:
        games = [{"game_date": day, "game_id": f"g{day}"} for day in [*BOX_DAYS, DAY]]
        games[-1]["game_id"] = GAME
        shared = {"season": "2023-24", "season_type": "regular"}
        schedule = [{**g, **shared, "home_team": "BOS", "away_team": "MIN", "is_neutral_site": False} for g in games]
        played = [{"game_date": day, "game_id": f"g{day}", "player_id": 7, "team": "BOS"} for day in box_days]
        rows = run(
            ml_feature_store_v2,
            DAY,
            cache=table_rows("player_daily_cache", {**KEY, **shared, "is_home": True, **(cache or {})}),
            factors=table_rows("player_composite_factors", *({**KEY, **row} for row in factors)),
            defenses=table_rows("team_defense_zone_analysis", *({"game_date": DAY, **row} for row in defenses)),
            upcoming=table_rows("upcoming_player_game_context", {**KEY, **(upcoming or {})}),
            teams=table_rows("upcoming_team_game_context", {**SIDE, **(teams or {})}),
            schedule=table_rows("schedule", *schedule),
            played=table_rows("player_game_summary", *played),
        )
        return validated(CONTRACT, rows).iloc[0]

    return make


def test_the_defence_is_the_opponent_s(made: Make) -> None:
    row = made(
        defenses=(
            {"team": "BOS", "defensive_rating_last_15": 104.0, "guard_points_allowed_vs_league": 9.0},
            {"team": "MIN", "defensive_rating_last_15": 109.0, "guard_points_allowed_vs_league": 1.5},
        ),
        upcoming={"position": "G-F"},
    )
    assert (row["opponent_def_rating"], row["opponent_allowed_to_position"]) == (109.0, 1.5)


@pytest.mark.parametrize(("position", "expected"), [("G", 1.0), ("F-C", 2.0), ("C-F", 3.0), (None, None)])
def test_what_a_defence_allows_is_for_the_main_position(
    made: Make, position: str | None, expected: float | None
) -> None:
    allowed = {f"{group}_points_allowed_vs_league": n for n, group in enumerate(("guard", "forward", "center"), 1)}
    found = made(defenses=({"team": "MIN", **allowed},), upcoming={"position": position})[
        "opponent_allowed_to_position"
    ]
    assert pd.isna(found) if expected is None else found == expected


def test_ranks_and_flags(made: Make) -> None:
    row = made(
        cache={"is_home": False, "season_type": "play_in", "days_rest": 12},
        upcoming={"injury_status": "missed_games", "team_days_rest": 5, "opponent_days_rest": 1, "position": "C"},
    )
    assert (row["home_away"], row["playoff_game"], row["rest_days_capped"]) == (0, True, 7)
    assert (row["injury_risk"], row["rest_advantage"], row["position_number"]) == (2, 2, 5.0)


def test_the_share_of_known_features(made: Make) -> None:
    row = made(cache={"points_avg_last_5": 10.0, "points_avg_last_10": 11.0})
    known = sum(pd.notna(row[feature.name]) for feature in FEATURES)
    assert row["feature_quality_score"] == pytest.approx(100 * known / len(FEATURES))
    assert made(cache={"points_avg_last_5": 10.0})["feature_quality_score"] < row["feature_quality_score"]


def test_ready_if_all_inputs_exist_even_with_unknown_features(made: Make) -> None:
    row = made()
    assert (row["is_production_ready"], row["team_games_in_window"], row["box_scores_missing"]) == (True, 15, 0)
    assert pd.isna(row["not_ready_reasons"])


@pytest.mark.parametrize(("missing", "is_ready"), [(1, True), (2, False)])
def test_a_tenth_of_the_team_s_games_may_lack_box_scores(made: Make, missing: int, is_ready: bool) -> None:
    row = made(box_days=BOX_DAYS[missing:])
    assert (row["is_production_ready"], row["box_scores_missing"]) == (is_ready, missing)
    assert is_ready or row["not_ready_reasons"] == "box scores of the team's last games are missing"


def test_a_missing_input_row_is_named(made: Make) -> None:
    row = made(defenses=({"team": "BOS"},), factors=({"player_id": 2},))
    assert not row["is_production_ready"]
    assert row["not_ready_reasons"] == "no row of player_composite_factors; no row of team_defense_zone_analysis"
