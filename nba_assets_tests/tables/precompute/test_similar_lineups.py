"""A player's games beside a lineup like the one expected now."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from nba_assets.tables.precompute.similar_lineups import similar_lineups
from nba_assets.windows.asof import History

DAY = pd.Timestamp("2024-01-10")
STAR, GUARD, ROOKIE, GONE = 1, 2, 3, 4
Game = Mapping[int, tuple[int, int]]
"""Minutes and points by player."""
WITH: Game = {STAR: (36, 30), GUARD: (24, 9), ROOKIE: (10, 2)}
WITHOUT: Game = {GUARD: (34, 22), ROOKIE: (16, 4)}


def history(games: list[Game], team: str = "BOS") -> pd.DataFrame:
    """Box scores of a game every second day, the newest one two days before DAY."""
    rows = [
        {
            "game_date": DAY - pd.Timedelta(days=2 * (len(games) - place)),
            "game_id": f"{place:04}",
            "team": team,
            "player_id": player,
            "seconds_played": 60 * minutes,
            "points": points,
        }
        for place, game in enumerate(games)
        for player, (minutes, points) in game.items()
    ]
    names = ["game_date", "game_id", "team", "player_id", "seconds_played", "points"]
    types = {"player_id": "int64", "seconds_played": "Int64", "points": "Int64", "game_date": "datetime64[ns]"}
    return pd.DataFrame(rows, columns=names).astype(types)


def tonight(star: str, day: pd.Timestamp = DAY) -> pd.DataFrame:
    about = [(STAR, 36.0, star), (GUARD, 26.0, "available"), (ROOKIE, 11.0, "available")]
    return pd.DataFrame(about, columns=["player_id", "projected_minutes", "injury_status"]).assign(
        game_date=day, team="BOS"
    )


def said(upcoming: pd.DataFrame, played: pd.DataFrame) -> pd.DataFrame:
    found = similar_lineups(upcoming, History(played, 400).by("team", order=("player_id",)))
    return found.set_index(upcoming["player_id"])


def test_games_without_the_star_count_more_when_he_is_out() -> None:
    played = history([WITH, WITHOUT, WITH, WITHOUT])
    out, there = said(tonight("ruled_out"), played), said(tonight("available"), played)
    assert there.loc[GUARD, "minutes_similar_lineup"] < 29 < out.loc[GUARD, "minutes_similar_lineup"]
    rate = "points_per_minute_similar_lineup"
    assert there.loc[GUARD, rate] < out.loc[GUARD, rate]
    assert out.loc[STAR, "minutes_similar_lineup"] == there.loc[STAR, "minutes_similar_lineup"] == pytest.approx(36)


def test_two_games_by_hand() -> None:
    found = said(tonight("ruled_out"), history([WITHOUT, WITH])).loc[GUARD]
    # Certainly out is the star, who played 36 of his projected minutes in the newer game: that is how far it is off.
    newer, older = 1.0, 0.5 ** (1 / 40)
    mean = (newer * 24 + older * 34) / (newer + older)
    rate = (newer * 9 + older * 22 + 25.2) / (newer * 24 + older * 34 + 60)
    far = newer * 0.5 ** (36 / 40)
    assert found["minutes_similar_lineup"] == pytest.approx((far * 24 + older * 34 + 2 * mean) / (far + older + 2))
    expected = (far * 9 + older * 22 + 60 * rate) / (far * 24 + older * 34 + 60)
    assert found["points_per_minute_similar_lineup"] == pytest.approx(expected)


def test_who_left_the_team_makes_his_games_unlike() -> None:
    with_gone = {**WITHOUT, GONE: (36, 30)}
    stayed = said(tonight("ruled_out"), history([WITHOUT, WITHOUT, WITH, WITH]))
    left = said(tonight("ruled_out"), history([WITHOUT, WITHOUT, with_gone, with_gone]))
    assert left.loc[ROOKIE, "minutes_similar_lineup"] > stayed.loc[ROOKIE, "minutes_similar_lineup"] > 13


def test_no_game_with_the_team_is_no_expectation() -> None:
    found = said(tonight("available"), history([WITHOUT, WITHOUT]))
    assert found.loc[STAR].isna().all()
    assert found.loc[[GUARD, ROOKIE]].notna().all(axis=None)
    assert said(tonight("available"), history([WITH], team="MIA")).isna().all(axis=None)
    assert said(tonight("available"), history([])).isna().all(axis=None)


def test_only_the_sixty_newest_games_of_the_team_count() -> None:
    recent = [WITH, WITHOUT] * 30
    assert said(tonight("missed_games"), history([WITHOUT, *recent])).equals(
        said(tonight("missed_games"), history(recent))
    )


def test_who_has_no_projected_minutes_makes_no_difference() -> None:
    played = history([WITH, WITHOUT, WITH])
    upcoming = tonight("available")
    unknown = upcoming.assign(projected_minutes=upcoming["projected_minutes"].where(upcoming["player_id"] != STAR))
    games_alike = said(unknown, played).loc[GUARD, "minutes_similar_lineup"]
    weights = [0.5 ** (2 / 40), 0.5 ** (1 / 40), 1.0]
    mean = sum(w * m for w, m in zip(weights, [24, 34, 24], strict=True)) / sum(weights)
    assert games_alike == pytest.approx(mean)


def test_a_day_alone_has_the_bits_that_it_has_in_a_range() -> None:
    played = history([WITH, WITHOUT, {STAR: (31, 17), ROOKIE: (19, 7)}, WITH, WITHOUT, WITH] * 7)
    days = [DAY - pd.Timedelta(days=back) for back in range(40)]
    parts = [tonight(status, day) for day, status in zip(days, ["available", "missed_last"] * 20, strict=True)]
    together = said(pd.concat(parts[::-1], ignore_index=True), played)
    for part, day in zip(parts, days, strict=True):
        alone = said(part, played[played["game_date"] < day])
        held = together.iloc[len(together) - 3 * (days.index(day) + 1) :][:3]
        pd.testing.assert_frame_equal(alone, held, check_exact=True)
