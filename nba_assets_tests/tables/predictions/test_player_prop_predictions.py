"""player_prop_predictions: combination, calibration, comparison with the line, bets; and what is NULL."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.contracts.systems import BASE_SYSTEMS, SYSTEMS
from nba_assets.tables.predictions.base_predictions import KEY as KEY_NAMES
from nba_assets.tables.predictions.calibration import SHIFT_PRIOR_ROWS
from nba_assets.tables.predictions.player_prop_predictions import CONTRACT, due, player_prop_predictions

Row = dict[str, object]
TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
Make = Callable[..., pd.DataFrame]
DAY, GAME, SNAPSHOT = "2024-01-10", "0022300500", "2024-01-10T17:00Z"
KEY: Row = {"game_date": DAY, "game_id": GAME, "player_id": 1}
FOUR_SAID = {"moving_average": 16.0, "zone_matchup": 18.0, "similarity": 17.0, "gradient_boosting": 19.5}
FOUR_WEIGHTS = {"moving_average": 0.1, "zone_matchup": 0.1, "similarity": 0.2, "gradient_boosting": 0.6}
SAID = dict.fromkeys(BASE_SYSTEMS, 18.5) | FOUR_SAID
WEIGHTS = dict.fromkeys(BASE_SYSTEMS, 0.0) | FOUR_WEIGHTS
"""Four systems have a weight, all others none."""
MARKET = {"gradient_boosting": 0.25, "market_line": 0.75}


def said(system: str, points: float, key: Row = KEY, **more: object) -> Row:
    row = {**key, "system_id": system, "predicted_points": points, "expected_points": points + 1}
    return {**row, "timed_points": points, "sigma": 5.0, "components": "{}", **more}


def past(games: int = 400, gap: float = 2.0) -> tuple[list[Row], list[Row], list[Row], list[Row]]:
    """(predictions, weights, contexts, results) of earlier days: all systems predict 18, actual is about 18 + gap."""
    generator = np.random.default_rng(9)
    days = [f"2023-{month:02d}-{day:02d}" for month in (11, 12) for day in range(1, 21)]
    keys = [{"game_date": days[n % 40], "game_id": f"g{n % 40}", "player_id": n // 40} for n in range(games)]
    predictions = [said(system, 18.0, key) for key in keys for system in (*SAID, "naive_last_10", "market_line")]
    weights = [w for day in days for w in weights_of(day)]
    contexts = [{**key, "projected_minutes": 30.0} for key in keys]
    results = [{**key, "points": round(18 + gap + generator.normal(0, 5))} for key in keys]
    return predictions, weights, contexts, results


def weights_of(day: str) -> list[Row]:
    rows: list[Row] = [
        {"game_date": day, "band": "28-34", "system_id": system, "weight": weight} for system, weight in WEIGHTS.items()
    ]
    return rows + [
        {"game_date": day, "band": "lined", "system_id": system, "weight": weight} for system, weight in MARKET.items()
    ]


@pytest.fixture
def made(table_rows: TableRows, run: Run) -> Make:
    """(base rows, context=, features=, quotes=, earlier=) -> validated rows by system."""

    def make(
        *base: Row,
        context: Row | None = None,
        features: Row | None = None,
        quotes: tuple[Row, ...] = (),
        earlier: tuple[list[Row], list[Row], list[Row], list[Row]] | None = None,
    ) -> pd.DataFrame:
        predictions, weights, contexts, results = earlier or past()
        store: Row = {**KEY, "team": "BOS", "opponent": "MIN", "season": "2023-24", "season_type": "regular"}
        store |= {"home_away": 1, "points_avg_season": 19.0, "games_played_season": 30, "is_production_ready": True}
        rows = run(
            player_prop_predictions,
            DAY,
            base=table_rows("base_predictions", *(base or tuple(said(s, p) for s, p in SAID.items()))),
            weights=table_rows("ensemble_weights", *weights_of(DAY)),
            features=table_rows("ml_feature_store_v2", {**store, **(features or {})}),
            context=table_rows(
                "upcoming_player_game_context",
                {**KEY, "projected_minutes": 30.0, "injury_status": "available", **(context or {})},
            ),
            quotes=table_rows("prop_lines", *quotes),
            past=table_rows("base_predictions", *predictions),
            past_weights=table_rows("ensemble_weights", *weights),
            past_context=table_rows("upcoming_player_game_context", *contexts),
            played=table_rows("player_game_summary", *results),
        )
        return validated(CONTRACT, rows).set_index("system_id")

    return make


def lined(line: float = 15.5) -> Row:
    return {"points_line": line, "points_line_at": SNAPSHOT, "line_is_time_known": True}


def all_said(line: float = 15.5) -> tuple[Row, ...]:
    return (*(said(s, p) for s, p in SAID.items()), said("naive_last_10", 16.0), said("market_line", line))


def test_the_ensemble_is_the_weighted_mean_and_lists_its_members(made: Make) -> None:
    """Without calibration, because there is no earlier prediction."""
    row = made(earlier=([], [], [], [])).loc["ensemble"]
    assert row["predicted_points"] == pytest.approx(0.1 * 16 + 0.1 * 18 + 0.2 * 17 + 0.6 * 19.5)
    members = {"moving_average": 1.6, "zone_matchup": 1.8, "similarity": 3.4, "gradient_boosting": 11.7}
    assert json.loads(row["components"]) == dict.fromkeys(BASE_SYSTEMS, 0.0) | members
    assert row[["p10", "p90", "sigma"]].isna().all()
    assert row["system_agreement"] == pytest.approx(1 - np.std(list(SAID.values()), ddof=1) / 5)


def test_without_the_model_there_is_no_ensemble(made: Make) -> None:
    rows = made(said("moving_average", 16.0), said("zone_matchup", 18.0))
    assert list(rows.index) == ["moving_average", "zone_matchup"]


def test_medians_and_means_are_corrected_by_earlier_errors(made: Make) -> None:
    """400 errors with a median of 2 points shift the median by a sixth of it, mean and quantiles by all of it."""
    rows = made(*all_said(), context=lined())
    moved = 2 * 400 / (400 + SHIFT_PRIOR_ROWS)
    assert rows.loc["ensemble", "predicted_points"] == pytest.approx(18.5 + moved, abs=0.1)
    assert rows.loc["ensemble", "expected_points"] == pytest.approx(18.5 + 1 + 2 - 1, abs=0.6)
    assert rows.loc["gradient_boosting", "p10"] == pytest.approx(19.5 + 2 - 1.28 * 5, abs=1.2)
    assert rows.loc["gradient_boosting", "p90"] == pytest.approx(19.5 + 2 + 1.28 * 5, abs=1.2)


def test_references_keep_their_median(made: Make) -> None:
    rows = made(*all_said(), context=lined())
    assert rows.loc["naive_last_10", "predicted_points"] == 16.0
    assert rows.loc["market_line", "predicted_points"] == 15.5
    assert rows.loc["naive_last_10", "p10"] < 16.0 <= rows.loc["naive_last_10", "p75"]


def test_without_a_line_its_columns_are_null(made: Make) -> None:
    rows = made()
    assert set(rows.index) == {*BASE_SYSTEMS, "ensemble"}
    assert (rows["recommendation"] == "NO_LINE").all()
    assert rows[["points_line", "prob_over", "edge", "bet_side", "confidence", "expected_value"]].isna().all(axis=None)


def test_with_a_line_all_systems_have_a_row_and_market_informed_starts_from_it(made: Make) -> None:
    rows = made(*all_said(), context=lined(), earlier=([], [], [], []))
    assert set(rows.index) == set(SYSTEMS)
    assert rows.loc["market_informed", "predicted_points"] == pytest.approx(0.25 * 19.5 + 0.75 * 15.5)
    assert rows.loc["gradient_boosting", "edge"] == pytest.approx(4.0)
    assert (rows["recommendation"] == "PASS").all()


def test_a_bet_is_a_posted_quote_and_references_have_none(made: Make) -> None:
    quote: Row = {**KEY, "bookmaker": "draftkings", "line": 15.5, "snapshot_at": SNAPSHOT, "over_price": 1.9}
    rows = made(*all_said(), context=lined(), quotes=({**quote, "under_price": 1.9},))
    assert (rows.loc["ensemble", "recommendation"], rows.loc["ensemble", "bet_book"]) == ("OVER", "draftkings")
    assert rows.loc["ensemble", "confidence"] > 1 / 1.9 + 0.02
    assert rows.loc[["naive_last_10", "market_line"], "recommendation"].tolist() == ["PASS", "PASS"]


def test_a_player_who_is_ruled_out_is_predicted_with_a_warning_and_without_a_bet(made: Make) -> None:
    quote: Row = {**KEY, "bookmaker": "draftkings", "line": 15.5, "snapshot_at": SNAPSHOT, "over_price": 1.9}
    quotes = ({**quote, "under_price": 1.9},)
    rows = made(*all_said(), context={**lined(), "injury_status": "ruled_out"}, quotes=quotes)
    assert rows.loc["ensemble", "predicted_points"] > 15.5
    assert (rows["recommendation"] == "PASS").all() and rows["bet_side"].isna().all()
    assert rows.loc["ensemble", "warnings"] == "ruled out by the injury report"
    doubtful = made(*all_said(), context={**lined(), "injury_status": "doubtful"}, quotes=quotes)
    assert doubtful.loc["ensemble", "recommendation"] == "OVER"
    assert doubtful.loc["ensemble", "warnings"] == "doubtful in the injury report"


def test_a_bet_depends_only_on_data_known_at_the_time_of_the_quote(made: Make) -> None:
    """With the untimed closing line the model predicts 19.5, without it 6: the bet uses the latter."""
    quote: Row = {**KEY, "bookmaker": "draftkings", "line": 15.5, "snapshot_at": SNAPSHOT, "over_price": 2.0}
    rows = made(
        *(said(s, p, timed_points=6.0) for s, p in SAID.items()),
        said("market_line", 15.5),
        context=lined(),
        quotes=({**quote, "under_price": 2.0},),
        earlier=past(gap=0.0),
    )
    assert rows.loc["gradient_boosting", "predicted_points"] > 15.5
    assert rows.loc["gradient_boosting", "recommendation"] == "UNDER"


def test_bands_and_warnings(made: Make) -> None:
    row = made(
        context={"injury_status": "injured_list", "points_line": 15.5, "line_is_time_known": False},
        features={"games_played_season": 3, "is_production_ready": False, "points_avg_season": 26.0},
    ).loc["ensemble"]
    assert (row["minutes_band"], row["scoring_tier"]) == ("28-34", "star")
    assert row["warnings"] == (
        "on the injured list; fewer than 5 games this season; box scores are missing; the game's line has no time"
    )
    assert pd.isna(made().loc["ensemble", "warnings"])


def test_the_day_itself_does_not_count(made: Make) -> None:
    earlier = past()
    today: Row = {"game_date": DAY, "game_id": "late", "player_id": 1}
    predictions = [said(system, 18.0, today) for system in (*SAID, "naive_last_10", "market_line")]
    more = (predictions, weights_of(DAY), [{**today, "projected_minutes": 30.0}], [{**today, "points": 60}])
    late = tuple(part + of_today for part, of_today in zip(earlier, more, strict=True))
    assert made(earlier=late).equals(made(earlier=earlier))  # type: ignore[arg-type]


def test_combined_systems_are_required_if_their_last_member_has_a_row(table_rows: TableRows) -> None:
    """A day without ensemble or market_informed is incomplete; before the first cut-off neither is expected."""
    early: Row = {**KEY, "game_date": "2021-12-17", "game_id": "0022100430"}
    base = table_rows(
        "base_predictions",
        *(said(system, 18.0) for system in (*SAID, "market_line")),
        said("moving_average", 16.0, {**KEY, "player_id": 2}),
        said("market_line", 15.5, early),
    )
    added = due(base).merge(base[[*KEY_NAMES, "system_id"]], how="left", indicator=True)
    added = added[added["_merge"] == "left_only"]
    assert added[["player_id", "system_id"]].to_numpy().tolist() == [[1, "ensemble"], [1, "market_informed"]]
    assert len(due(base)) == len(base) + 2
