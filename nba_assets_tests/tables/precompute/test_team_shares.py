"""A player's share of his team's minutes and points tonight, given his expected teammates."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.tables.precompute.team_shares import PLAYS, PRIOR_MINUTES, PRIOR_RATE, team_shares
from nba_assets.windows.asof import History

DAY = pd.Timestamp("2024-01-10")
Make = Callable[..., pd.DataFrame]


def member(player: int, minutes: float | None, status: str = "available", team: str = "BOS") -> dict[str, object]:
    return {"game_date": DAY, "game_id": "g", "team": team, "player_id": player, "projected_minutes": minutes} | {
        "injury_status": status,
        "implied_team_total": 110.0,
    }


def shares(*members: dict[str, object], played: list[tuple[int, int, float]] = [], **more: object) -> pd.DataFrame:  # noqa: B006
    """`played`: (player, points, minutes), one game each on earlier days."""
    upcoming = pd.DataFrame(members).assign(**more)
    rows = [
        {
            "game_date": DAY - pd.Timedelta(days=place + 1),
            "game_id": f"p{place}",
            "player_id": player,
            "points": points,
            "seconds_played": int(60 * minutes),
        }
        for place, (player, points, minutes) in enumerate(played)
    ]
    columns = ["game_date", "game_id", "player_id", "points", "seconds_played"]
    frame = pd.DataFrame(rows, columns=columns).astype(
        {"game_date": "datetime64[ns]", "player_id": "int64", "points": "int64", "seconds_played": "int64"}
    )
    by_player = History(frame, 400).by("player_id")
    found = team_shares(upcoming, by_player, pd.Series(115.0, index=upcoming.index))
    return found.set_index(upcoming["player_id"])


def test_shares_of_two_available_players() -> None:
    found = shares(member(1, 30.0), member(2, 20.0))
    assert found.loc[1, "minutes_share"] == pytest.approx(30 / (30 + 0.95 * 20))
    assert found.loc[1, "points_share"] == found.loc[1, "minutes_share"], "both score at the league's rate"
    assert found.loc[1, "points_from_team_total"] == pytest.approx(110 * found.loc[1, "points_share"])
    assert found.loc[1, "teammates_minutes_available"] == pytest.approx(19.0)
    assert found["minutes_rank"].tolist() == [1, 2]


@pytest.mark.parametrize("status", ["missed_last", "missed_games", "injured_list"])
def test_a_less_likely_teammate_leaves_a_larger_share(status: str) -> None:
    sure, unsure = shares(member(1, 30.0), member(2, 20.0)), shares(member(1, 30.0), member(2, 20.0, status))
    assert unsure.loc[1, "points_share"] > sure.loc[1, "points_share"]
    assert unsure.loc[1, "teammates_minutes_available"] == pytest.approx(20 * PLAYS[status])
    assert unsure.loc[2, "points_share"] == sure.loc[2, "points_share"], "his own share assumes that he plays"


def test_points_depend_on_the_rate_of_the_last_games() -> None:
    found = shares(member(1, 30.0), member(2, 30.0), played=[(1, 40, 40.0), (1, 20, 20.0)])
    rate = (60 + PRIOR_RATE * PRIOR_MINUTES) / (60 + PRIOR_MINUTES)
    assert found.loc[1, "points_per_minute_shrunk"] == pytest.approx(rate)
    assert found.loc[1, "points_share"] == pytest.approx(rate / (rate + 0.95 * PRIOR_RATE), abs=1e-4)


def test_players_of_the_other_team_take_no_share() -> None:
    alone = shares(member(1, 30.0), member(3, 25.0, team="MIA"))
    assert alone["minutes_share"].tolist() == [1.0, 1.0]
    assert alone["minutes_rank"].tolist() == [1, 1]


def test_a_player_without_projection_has_no_share_and_takes_none() -> None:
    found = shares(member(1, 30.0), member(2, None))
    assert found.loc[1, "minutes_share"] == 1.0
    assert found.loc[2].isna().all()


def test_without_an_implied_total_the_team_s_average_is_used() -> None:
    found = shares(member(1, 30.0), implied_team_total=float("nan"))
    assert found.loc[1, "points_from_team_total"] == 115.0
