"""Misc and Scoring box scores, shot charts and rosters of stats.nba.com: replies that are rejected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from nba_assets.sources.live.nba import ShapeError, rows_of_game, schedule_games
from nba_assets.sources.live.nba_details import misc_rows, of_who_played, roster_rows, scoring_rows, shot_rows
from nba_assets_tests.live_publishers import Publishers, shot_chart
from nba_assets_tests.mini_league import games_of

GAME = next(game for game in games_of("2022-23") if game.kind == "regular")
AFTER = datetime(2023, 7, 1, tzinfo=UTC)
PUBLISHERS = Publishers([GAME], lambda: AFTER)
DAY = date(2022, 10, 18)
Reply = dict[str, Any]


def details(endpoint: str) -> Reply:
    return PUBLISHERS._details(GAME, endpoint)


@pytest.mark.parametrize("endpoint, rows_of", [("boxscoremiscv3", misc_rows), ("boxscorescoringv3", scoring_rows)])
def test_a_box_score_of_another_game_or_format_is_rejected(endpoint: str, rows_of: Callable[[Any, str], Any]) -> None:
    assert len(rows_of(details(endpoint), GAME.game_id)) == len(GAME.players)
    with pytest.raises(ShapeError, match=f"of the game {GAME.game_id}, not of 0022299999"):
        rows_of(details(endpoint), "0022299999")
    with pytest.raises(ShapeError, match="is not in the reply"):
        rows_of({}, GAME.game_id)
    empty, less = details(endpoint), details(endpoint)
    box = empty[list(empty)[-1]]
    box["awayTeam"]["players"] = []
    with pytest.raises(ShapeError, match=r"awayTeam\.players is empty"):
        rows_of(empty, GAME.game_id)
    less[list(less)[-1]]["homeTeam"]["players"][0]["statistics"] = {"minutes": "12:00"}
    with pytest.raises(ShapeError, match=r"statistics\.p\w+ is not in the reply"):
        rows_of(less, GAME.game_id)


def test_shares_are_of_players_who_played_and_follow_the_archive_without_points() -> None:
    """Without points V3 has 0 as share of free throws, the archive's publisher 1."""
    scoreless = next(row for row in GAME.players if row["status"] == "played")
    nothing = dict.fromkeys(("points", "fgm", "fg3m", "ftm", "mid_points", "paint_points", "assisted"), 0)
    rows = [row | nothing if row is scoreless else row for row in GAME.players]
    game = replace(GAME, players=rows)
    publishers = Publishers([game], lambda: AFTER)
    listed = scoring_rows(publishers._details(game, "boxscorescoringv3"), game.game_id)
    box = rows_of_game(publishers._stats_box(game), game.game_id)
    (planned,) = (one for one in schedule_games(publishers._schedule()) if one.game_id == game.game_id)
    found = {row["player_id"]: row for row in of_who_played(planned, box, listed)}
    assert (
        set(found)
        == {row["player_id"] for row in rows if row["status"] == "played"}
        != {row["player_id"] for row in listed}
    )
    of_nobody = next(row for row in listed if row["player_id"] == scoreless["player_id"])
    assert (of_nobody["pct_pts_ft"], found[scoreless["player_id"]]["pct_pts_ft"]) == (0.0, 1.0)
    assert sum(row["pct_pts_ft"] == 1.0 for row in found.values()) == 1
    assert {row["fga"] for row in found.values()} == {row["fga"] for row in rows if row["status"] == "played"}
    assert set(misc_rows(publishers._details(game, "boxscoremiscv3"), game.game_id)[0]) >= {"pts_paint", "pfd"}


def test_shots_of_another_game_and_a_truncated_chart_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ShapeError, match="shots of other games than 0022299999"):
        shot_rows(shot_chart(GAME), "0022299999")
    monkeypatch.setattr("nba_assets.sources.live.nba_details.MOST_SHOTS", len(GAME.shots))
    with pytest.raises(ShapeError, match="cuts a reply at"):
        shot_rows(shot_chart(GAME), GAME.game_id)


def test_a_row_with_another_number_of_values_is_rejected() -> None:
    chart = shot_chart(GAME)
    chart["resultSets"][0]["rowSet"][3].pop()
    with pytest.raises(ShapeError, match="another number of values than its 24 columns"):
        shot_rows(chart, GAME.game_id)


def test_a_roster_of_another_team_or_without_players_is_rejected() -> None:
    found = PUBLISHERS._roster(1610612749, "2022-23")
    assert len(roster_rows(found, "1610612749", DAY, AFTER)) == 12
    for other in (found, PUBLISHERS._roster(1610612738, "2022-23")):
        with pytest.raises(ShapeError, match="no members of the team 1610612738, or others"):
            roster_rows(other, "1610612738", DAY, AFTER)
    columns, rows = (found["resultSets"][0][name] for name in ("headers", "rowSet"))
    rows[0][columns.index("EXP")] = "many"
    with pytest.raises(ShapeError, match="EXP is 'many', expected R or a number"):
        roster_rows(found, "1610612749", DAY, AFTER)
