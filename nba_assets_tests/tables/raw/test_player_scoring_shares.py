"""raw.player_scoring_shares: two halves of a row, coverage, required rows; then the archive."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.contract import validated
from nba_assets.contracts.inputs import Rows
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.tables.raw.player_scoring_shares import (
    CONTRACT,
    SCORING,
    covered_games,
    player_scoring_shares,
    players_match_box,
)

DAY = pd.Timestamp("2023-01-10")
GAME = "0022200600"
Run = Callable[..., Rows]


def identity(player: int, **other: object) -> dict[str, object]:
    row = {"game_id": "22200600", "player_id": player, "player_name": f"Some Body{player}", "team": "BOS"}
    return row | {"game_date": "2023-01-10T00:00:00"} | other


def misc(player: int, **other: object) -> dict[str, object]:
    counts = {"pts_off_tov": 2, "pts_2nd_chance": 0, "pts_fb": 4, "pts_paint": 6, "blka": 1, "pfd": 3}
    return identity(player) | counts | other


def scoring(player: int, **other: object) -> dict[str, object]:
    """Ten points: three twos in the paint, one from mid-range, two free throws."""
    shares = dict.fromkeys(SCORING.values(), 0.0)
    shares |= {"pct_fga_2pt": 1.0, "pct_pts_2pt": 0.8, "pct_pts_paint": 0.6, "pct_pts_2pt_mr": 0.2, "pct_pts_ft": 0.2}
    shares |= {"pct_ast_fgm": 0.25, "pct_uast_fgm": 0.75, "pct_ast_2pm": 0.25, "pct_uast_2pm": 0.75}
    return identity(player) | {"fgm": 4, "fga": 8} | shares | other


@pytest.fixture
def run(family_rows: Callable[..., pd.DataFrame]) -> Run:
    def build(game: str = GAME, **given: list[dict[str, object]]) -> Rows:
        families = {argument: item.name for argument, item in player_scoring_shares.inputs.items()}
        frames = {argument: family_rows(family, *given.get(argument, [])) for argument, family in families.items()}
        scores = {"home_score": 90, "away_score": 80}
        frames["schedule"] = family_rows(
            "schedule", {"gid": game, "gcode": "x", "date": "2023-01-10", "home": "BOS", "away": "TOR"} | scores
        )
        return player_scoring_shares.function(**frames, days=pd.DatetimeIndex([DAY]))

    return build


def test_both_halves_are_one_row(run: Run) -> None:
    row = validated(CONTRACT, run(misc=[misc(1)], scoring=[scoring(1)]).frame).iloc[0]
    assert (row["game_date"], row["game_id"], row["player_id"], row["opponent"], row["is_home"]) == (
        DAY,
        GAME,
        1,
        "TOR",
        True,
    )
    assert (row["points_in_paint"], row["fast_break_points"], row["fouls_drawn"]) == (6, 4, 3)
    assert (row["mid_range_points_share"], row["paint_points_share"], row["assisted_share"]) == (0.2, 0.6, 0.25)
    assert row["source"] == "player_game_misc+player_game_scoring"


def test_half_a_row_is_kept_with_nulls(run: Run) -> None:
    rows = run(misc=[misc(1)], scoring=[scoring(2)])
    frame = validated(CONTRACT, rows.frame).set_index("player_id")
    assert frame.loc[1, "points_in_paint"] == 6 and pd.isna(frame.loc[1, "assisted_share"])
    assert pd.isna(frame.loc[2, "points_in_paint"]) and frame.loc[2, "assisted_share"] == 0.25
    assert frame["source"].to_dict() == {1: "player_game_misc", 2: "player_game_scoring"}
    assert frame["player_name"].to_dict() == {1: "Some Body1", 2: "Some Body2"}
    assert {name: int(mask.sum()) for name, mask in CONTRACT.unusual_rows(frame.reset_index()).items()} == {
        "not: both halves of the row were published": 2
    }


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"pct_pts_2pt_mr": 0.3}, "not: paint + mid-range = share of twos"),
        ({"pct_pts_ft": 0.3}, "not: twos + threes + free throws = all points"),
        ({"pct_ast_fgm": 1.25}, "assisted_share > 1.001"),
    ],
)
def test_shares_that_do_not_add_up_break_the_contract(run: Run, other: dict[str, object], reason: str) -> None:
    frame = run(misc=[misc(1)], scoring=[scoring(1, **other)]).frame
    assert list(CONTRACT.broken_rows(frame)) == [reason]


def test_a_second_row_and_an_unknown_game_are_set_aside(run: Run) -> None:
    rows = run(misc=[misc(1), misc(1, pts_paint=8), misc(2, game_id="22209999")], scoring=[scoring(1)])
    assert rows.frame["points_in_paint"].tolist() == [8]
    assert rows.records is not None
    assert sorted(rows.records["key"]) == ["0022200600 1", "0022209999 2"]
    assert set(rows.records["action"]) == {"set_aside"}


@pytest.mark.parametrize(
    ("game", "reason"),
    [
        ("0052200101", "no family has scoring shares of play-in games"),
        ("0062200001", "no family has scoring shares of the Cup final"),
        ("0042400405", "the source ends with game 2 of the 2025 Finals"),
        ("0042400402", None),
        ("0022200600", None),
        ("0012200001", None),
    ],
)
def test_a_day_without_a_source_says_why(run: Run, game: str, reason: str | None) -> None:
    assert run(game).absent == ({} if reason is None else {DAY: reason})


def test_exactly_the_players_who_played_have_shares(run: Run) -> None:
    rows = run(misc=[misc(1), misc(2)], scoring=[scoring(1), scoring(2)]).frame
    box = pd.DataFrame(
        {
            "game_date": DAY,
            "game_id": GAME,
            "season_type": "regular",
            "player_id": [1, 2, 3],
            "status": ["played", "dnp", "played"],
        }
    ).astype({"player_id": "Int64"})
    found = players_match_box(rows, box).failing
    assert found[["key", "found"]].to_numpy().tolist() == [[f"{GAME} 2", "shares"], [f"{GAME} 3", "no shares"]]


@pytest.mark.archive
@pytest.mark.parametrize(("year", "rows", "games"), [(2021, 27_930, 1_317), (2024, 27_998, 1_309)])
def test_archive_season(archive: Archive, year: int, rows: int, games: int) -> None:
    inputs = player_scoring_shares.inputs.items()
    frames = {name: archive.read(FAMILIES[item.name], [Season(year)]).frame for name, item in inputs}
    found = player_scoring_shares.function(**frames, days=pd.date_range(f"{year}-07-01", f"{year + 1}-06-30"))
    whole = validated(CONTRACT, found.frame)
    assert (len(whole), whole["game_id"].nunique()) == (rows, games)
    assert len(covered_games(whole)) == rows
    assert found.records is not None and len(found.records) == 0
    assert len(found.absent) == {2021: 3, 2024: 3 + 1 + 5}[year]
    day = whole["game_date"].iloc[rows // 2]
    alone = player_scoring_shares.function(**frames, days=pd.DatetimeIndex([day]))
    of_range = whole[whole["game_date"] == day].reset_index(drop=True)
    pd.testing.assert_frame_equal(validated(CONTRACT, alone.frame), of_range, check_exact=True)
