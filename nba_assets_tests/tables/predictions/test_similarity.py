"""similarity: values by hand and by a loop over all games, and data that it must not use."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pandas.testing as pdt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_assets.tables.predictions.similarity import similarity
from nba_assets.windows.asof import History

Row = dict[str, Any]
DAY = date(2024, 1, 10)
PARTS = ["baseline", "median", "similar_games", "own_games", "clip"]
TYPES = {
    "game_date": "datetime64[ns]",
    "game_id": pd.StringDtype("pyarrow"),
    "player_id": "int64",
    "home_away": "Int64",
    "rest_days_capped": "Int64",
    "points": "Int64",
    "seconds_played": "Int64",
}
GAME: Row = {
    "game_date": DAY,
    "game_id": "g",
    "player_id": 1,
    "projected_points_by_rate": 16.0,
    "points_ewma": 15.0,
    "projected_minutes": 30.0,
    "points_per_minute_season": 0.5,
    "opponent_def_rating": 112.0,
    "home_away": 1,
    "rest_days_capped": 1,
    "points": 17,
    "seconds_played": 1800,
}
BASELINE = 0.70 * 16 + 0.15 * 15 + 0.15 * 15
"""15.7; minus .6 for the median, so a game of 17 points has a miss of 1.9."""


def frame(*rows: Row) -> pd.DataFrame:
    made = pd.DataFrame([{**GAME, **row} for row in rows], columns=list(GAME))
    return made.astype({name: TYPES.get(name, "float64") for name in GAME})


def predicted(rows: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    return similarity(rows.drop(columns=["points", "seconds_played"]), History(past, 400))


def games(number: int, first: int = 1, **changes: Any) -> list[Row]:
    """Games of other players on earlier days."""
    days = [DAY - timedelta(days=first + place) for place in range(number)]
    return [{"game_date": day, "game_id": str(day), "player_id": 100 + day.day, **changes} for day in days]


def test_six_similar_games_by_hand() -> None:
    past = frame(*games(4), *games(2, first=5, points=9))
    made = predicted(frame({}), past).iloc[0]
    # four misses of 1.9 and two of -6.1, capped at -3: each of the four cells has all six games
    said = 0.0
    for weight in (50, 100, 100, 100):
        said = (4 * 1.9 - 2 * 3.0 + weight * said) / (6 + weight)
    mean = (4 * 1.9 - 2 * 6.1) / 6
    assert made["baseline"] == pytest.approx(BASELINE, abs=1e-12)
    assert made["similar_games"] == pytest.approx(said, abs=1e-12)
    assert (made["median"], made["own_games"], made["clip"]) == (-0.6, 0.0, 0.0)
    assert made["points"] == pytest.approx(BASELINE - 0.6 + said, abs=1e-12)
    assert made["spread"] == pytest.approx(math.sqrt((4 * (1.9 - mean) ** 2 + 2 * (-6.1 - mean) ** 2) / 6))
    assert made["similar_games_count"] == 6


def test_the_player_s_own_games_are_a_separate_cell() -> None:
    own = games(10, first=10, player_id=1, points=17, projected_minutes=10.0)
    elsewhere = [
        *games(8, first=40, player_id=1, projected_minutes=10.0, points=0, home_away=0),
        *games(8, first=50, player_id=1, projected_minutes=10.0, points=0, opponent_def_rating=109.0),
    ]
    made = predicted(frame({}), frame(*games(6, points=15), *own, *elsewhere)).iloc[0]
    # his own games had few minutes: only the others are similar, with a miss of -.1
    said = 0.0
    for weight in (50, 100, 100, 100):
        said = (6 * -0.1 + weight * said) / (6 + weight)
    assert made["similar_games"] == pytest.approx(said)
    own_baseline = 0.70 * 16 + 0.15 * 15 + 0.15 * 5
    assert 17 - own_baseline + 0.6 > 3
    assert made["own_games"] == pytest.approx((10 * 3.0 + 200 * said) / 210 - said)
    assert made["similar_games_count"] == 6


def test_with_fewer_than_five_matches_there_is_no_prediction() -> None:
    four, five = (predicted(frame({}), frame(*games(number))).iloc[0] for number in (4, 5))
    assert four.drop("similar_games_count").isna().all()
    assert five.notna().all()
    assert (four["similar_games_count"], five["similar_games_count"]) == (4, 5)
    assert predicted(frame({}), frame(*games(9, points_ewma=12.0)))["similar_games_count"].tolist() == [0]


@pytest.mark.parametrize(
    ("unlike", "others", "expected"),
    [
        ({"rest_days_capped": 0}, 4, 20),
        ({"rest_days_capped": 0}, 5, 5),
        ({"home_away": 0}, 4, 20),
        ({"opponent_def_rating": 109.9}, 4, 20),
        ({"opponent_def_rating": 113.9}, 4, 20),
        ({"opponent_def_rating": 109.9}, 5, 5),
        ({"projected_minutes": 27.9}, 5, 5),
        ({"projected_minutes": 28.0}, 4, 20),
    ],
)
def test_the_matches_are_those_of_the_finest_cell_with_five(unlike: Row, others: int, expected: int) -> None:
    past = frame(*games(20 - others, first=30, **unlike), *games(others))
    assert predicted(frame({}), past)["similar_games_count"].tolist() == [expected]


def test_three_days_of_rest_are_in_the_band_of_seven_not_of_two() -> None:
    past = frame(*games(6, rest_days_capped=3), *games(7, first=20, rest_days_capped=2))
    rested = [frame({"rest_days_capped": days}) for days in (2, 3, 7)]
    assert [predicted(row, past)["similar_games_count"].iloc[0] for row in rested] == [7, 6, 6]


def test_an_unknown_criterion_matches_nothing_and_coarser_cells_are_used() -> None:
    past = frame(*games(8))
    made = predicted(frame({"opponent_def_rating": None}, {"rest_days_capped": None}, {"points_ewma": None}), past)
    assert made["similar_games_count"].tolist() == [8, 8, 0]
    assert made["points"].notna().tolist() == [True, True, False]
    assert made["similar_games"].iloc[0] == pytest.approx(8 * 1.9 / 58)


def test_before_the_first_game_of_the_season_the_baseline_uses_the_recent_rate() -> None:
    made = predicted(frame({"points_per_minute_season": None}), frame(*games(8))).iloc[0]
    assert made["baseline"] == pytest.approx(0.85 * 16 + 0.15 * 15)
    assert predicted(frame({"projected_points_by_rate": None}), frame(*games(8)))["points"].isna().all()


def test_games_in_which_a_player_did_not_play_do_not_match() -> None:
    past = frame(*games(5), *games(9, first=20, points=None, seconds_played=None))
    assert predicted(frame({}), past)["similar_games_count"].tolist() == [5]


def test_a_large_miss_is_capped() -> None:
    at_cap, beyond = (predicted(frame({}), frame(*games(5, points=points))) for points in (19, 60))
    assert at_cap["points"].tolist() == beyond["points"].tolist()
    assert predicted(frame({}), frame(*games(5, points=18)))["points"].iloc[0] < at_cap["points"].iloc[0]


def test_a_negative_sum_is_clipped_to_zero() -> None:
    bench: Row = {"projected_points_by_rate": 0.2, "points_ewma": 0.2, "points_per_minute_season": 0.01}
    made = predicted(frame(bench), frame(*games(20, points=0, **bench))).iloc[0]
    assert made["points"] == 0.0
    assert made["clip"] == pytest.approx(0.6 - made["baseline"] - made["similar_games"])


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "game_date": st.sampled_from([DAY - timedelta(days=back) for back in (0, 1, 2, 3, 30, 399, 400, 401, -1)]),
    "game_id": st.sampled_from(["a", "b", "c"]),
    "player_id": st.integers(1, 3),
    "projected_points_by_rate": st.one_of(st.none(), st.floats(0, 30)),
    "points_ewma": st.sampled_from([2.0, 4.0, 5.0, 6.9]),
    "projected_minutes": st.sampled_from([11.9, 12.0, 19.0]),
    "points_per_minute_season": st.one_of(st.none(), st.floats(0, 1)),
    "opponent_def_rating": st.sampled_from([None, 109.0, 110.0, 113.9, 114.0]),
    "home_away": st.integers(0, 1),
    "rest_days_capped": st.sampled_from([0, 1, 2, 3, 7]),
    "points": st.one_of(st.none(), st.integers(0, 40)),
}
PAST = st.lists(st.fixed_dictionaries(VALUES), min_size=20, max_size=60)
FEW = settings(max_examples=15, deadline=None)


def band(value: Any, edges: list[float]) -> int | None:
    return None if value is None else sum(value >= edge for edge in edges)


def respects(row: Row) -> dict[str, int | None]:
    return {
        "form": band(row["points_ewma"], [4, 7, 10, 13, 17, 22]),
        "minutes": band(row["projected_minutes"], [12, 20, 28, 34]),
        "opponent": band(row["opponent_def_rating"], [110, 114]),
        "venue": row["home_away"],
        "rest": min(row["rest_days_capped"], 3),
    }


def expected_without_median(row: Row) -> float | None:
    by_rate = row["projected_points_by_rate"]
    if by_rate is None:
        return None
    season = row["points_per_minute_season"]
    by_season = by_rate if season is None else row["projected_minutes"] * season
    return 0.70 * by_rate + 0.15 * row["points_ewma"] + 0.15 * by_season


def by_loop(row: Row, past: list[Row]) -> tuple[float | None, int, float | None]:
    """(points, matches, spread) by a loop over all games."""
    known = []
    for game in past:
        base = expected_without_median(game)
        if game["points"] is not None and base is not None and 1 <= (row["game_date"] - game["game_date"]).days <= 400:
            known.append((game, round(1000 * (game["points"] - base + 0.6)) / 1000))
    wanted, levels = respects(row), []
    names = ["form", "minutes", "opponent", "venue", "rest"]
    for depth, weight in ((2, 50), (3, 100), (4, 100), (5, 100)):
        alike = [
            miss
            for game, miss in known
            if all(wanted[n] is not None and respects(game)[n] == wanted[n] for n in names[:depth])
        ]
        levels.append((alike, weight))
    own = [
        miss
        for game, miss in known
        if game["player_id"] == row["player_id"]
        and wanted["opponent"] is not None
        and all(respects(game)[name] == wanted[name] for name in ("opponent", "venue"))
    ]
    with_five = [len(misses) for misses, _ in levels if len(misses) >= 5]
    matches = with_five[-1] if with_five else len(levels[0][0])
    baseline = expected_without_median(row)
    if baseline is None or matches < 5:
        return None, matches, None
    shares: list[tuple[float, float]] = []  # (weight, miss) of each matching game
    capped = 0.0
    for misses, weight in (*levels, (own, 200)):
        total = len(misses) + weight
        shares = [(share * weight / total, miss) for share, miss in shares] + [(1 / total, miss) for miss in misses]
        capped = (sum(max(-3.0, min(3.0, miss)) for miss in misses) + weight * capped) / total
    taken = sum(share for share, _ in shares)
    mean = sum(share * miss for share, miss in shares) / taken
    variance = sum(share * (miss - mean) ** 2 for share, miss in shares) / taken
    return max(0.0, baseline - 0.6 + capped), matches, math.sqrt(variance)


@FEW
@given(past=PAST)
def test_it_equals_a_loop_over_all_games(past: list[Row]) -> None:
    rows = [{**row, "game_date": day} for row in past[:10] for day in (DAY, DAY - timedelta(days=2))]
    made = predicted(frame(*rows), frame(*past))
    for place, row in enumerate(rows):
        points, matches, spread = by_loop(row, past)
        held = made.iloc[place]
        assert held["similar_games_count"] == matches
        if points is None or spread is None:
            assert held.drop("similar_games_count").isna().all()
        else:
            assert held["points"] == pytest.approx(points, abs=1e-9)
            assert held["spread"] == pytest.approx(spread, abs=1e-5)


@FEW
@given(past=PAST, later=PAST)
def test_the_day_and_later_days_do_not_matter(past: list[Row], later: list[Row]) -> None:
    after = [{**row, "game_date": DAY + timedelta(days=place % 3)} for place, row in enumerate(later)]
    before = [row for row in past if row["game_date"] < DAY]
    rows = frame(*({**row, "game_date": DAY} for row in past))
    pdt.assert_frame_equal(predicted(rows, frame(*before)), predicted(rows, frame(*before, *after)), check_exact=True)


@FEW
@given(past=PAST)
def test_parts_add_up_alone_and_in_a_range(past: list[Row]) -> None:
    history = frame(*past)
    rows = history.set_axis([f"row {place}" for place in range(len(history))])
    made = predicted(rows, history)
    assert made.columns.tolist() == ["points", "similar_games_count", "spread", *PARTS]
    assert not (made["points"] < 0).any()
    assert not ((made[PARTS].sum(axis=1) - made["points"]).abs() > 1e-9).any()
    alone = pd.concat(
        [
            predicted(rows.loc[[name]], history[history["game_date"] < rows.loc[name, "game_date"]])
            for name in rows.index[::7]
        ]
    )
    pdt.assert_frame_equal(made[::7], alone, check_exact=True)
