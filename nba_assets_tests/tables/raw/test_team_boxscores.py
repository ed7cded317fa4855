"""Table team_boxscores: rows, set-aside rows, checks, the archive."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import validated
from nba_assets.contracts.inputs import Rows
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.tables.raw.team_boxscores import CONTRACT, both_sides, competitive_sides, sides_agree, team_boxscores

MakeFrame = Callable[..., pd.DataFrame]
DAY = pd.DatetimeIndex(["2023-10-24"])
GAME = [
    ("0022300001", "2023-10-24", "DEN vs. LAL", "W", 119, 12.0),
    ("0022300001", "2023-10-24", "LAL @ DEN", "L", 107, -12.0),
]


@pytest.fixture
def schedule_rows(make_schedule: MakeFrame) -> pd.DataFrame:
    return make_schedule([("0022300001", "2023-10-24", "DEN", "LAL", 119, 107)])


def made(result: Rows) -> tuple[pd.DataFrame, pd.DataFrame]:
    assert result.records is not None
    return validated(CONTRACT, result.frame), result.records


def test_two_sides(schedule_rows: pd.DataFrame, make_logs: MakeFrame) -> None:
    rows, records = made(team_boxscores.function(schedule_rows, make_logs(GAME), DAY))
    assert list(rows["team"]) == ["DEN", "LAL"] and list(rows["opponent"]) == ["LAL", "DEN"]
    assert list(rows["is_home"]) == list(rows["won"]) == [True, False]
    assert list(rows["points"]) == list(rows["free_throws_made"]) == [119, 107]
    assert list(rows["plus_minus"]) == [12, -12]
    assert list(rows["minutes"]) == [240.0, 240.0]
    assert set(rows["known_at"]) == {pd.Timestamp("2023-10-25T09:00Z")}, "05:00 US Eastern of the next day"
    assert len(records) == 0


@pytest.mark.parametrize("published", [-27.6, 11.0])
def test_plus_minus_comes_from_the_points_if_they_differ(
    schedule_rows: pd.DataFrame, make_logs: MakeFrame, published: float
) -> None:
    logs = make_logs([(*GAME[0][:5], published), GAME[1]])
    rows, records = made(team_boxscores.function(schedule_rows, logs, DAY))
    assert list(rows["plus_minus"]) == [12, -12]
    record = records.iloc[0]
    assert (record["action"], record["key"], record["column_name"]) == ("disagreement", "0022300001 DEN", "plus_minus")
    assert record["value"] == f"taken 12 (points), other {published} (team_game_logs)"
    assert len(records) == 1


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_of_two_rows_of_a_team_the_one_with_the_schedule_s_score_counts_in_any_order(
    schedule_rows: pd.DataFrame, make_logs: MakeFrame, order: list[int]
) -> None:
    printed = [GAME[0], GAME[1], ("0022300001", "2023-10-24", "DEN vs. LAL", "W", 121, 14.0)]
    rows, records = made(team_boxscores.function(schedule_rows, make_logs([printed[place] for place in order]), DAY))
    assert list(rows["points"]) == [119, 107]
    (record,) = records.to_dict("records")
    assert (record["key"], record["source_row"]) == ("0022300001 DEN", order.index(2))
    assert record["column_name"] == "PTS, FTM, FTA, PLUS_MINUS"
    assert "taken PTS 119" in record["value"] and "other PTS 121" in record["value"]


def test_rows_without_result_or_game_are_set_aside(schedule_rows: pd.DataFrame, make_logs: MakeFrame) -> None:
    logs = make_logs(
        [*GAME, ("0022300001", "2023-10-24", "DEN vs. LAL", None, 0), ("what", "2023-10-24", "DEN vs. LAL", "W", 1)]
    )
    rows, records = made(team_boxscores.function(schedule_rows, logs, DAY))
    assert list(rows["points"]) == [119, 107]
    assert dict(zip(records["source_row"], records["reason"], strict=True)) == {
        2: "no result in the row",
        3: "no game of that id and day",
    }


def test_a_row_with_another_date_belongs_to_its_game(schedule_rows: pd.DataFrame, make_logs: MakeFrame) -> None:
    logs = make_logs([(row[0], "2023-10-25", *row[2:]) for row in GAME])
    rows, records = made(team_boxscores.function(schedule_rows, logs, DAY))
    assert list(rows["game_date"]) == [DAY[0]] * 2 and len(records) == 0
    rows, records = made(team_boxscores.function(schedule_rows, logs, DAY + pd.Timedelta(days=1)))
    assert len(rows) == len(records) == 0


def test_the_home_team_of_a_neutral_game_comes_from_the_schedule(
    make_schedule: MakeFrame, make_logs: MakeFrame
) -> None:
    schedule_rows = make_schedule([("0022301229", "2023-12-07", "MIL", "IND", 119, 128)])
    logs = make_logs(
        [
            ("0022301229", "2023-12-07", "IND @ MIL", "W", 128, 9.0, "IND"),
            ("0022301229", "2023-12-07", "IND @ MIL", "L", 119, -9.0, "MIL"),
        ]
    )
    rows, _ = made(team_boxscores.function(schedule_rows, logs, pd.DatetimeIndex(["2023-12-07"])))
    assert rows.set_index("team")["is_home"].to_dict() == {"IND": False, "MIL": True}


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("won", False, "not: the winner scored more"),
        ("points", 59, "not: 60 to 200 points in a competitive game"),
        ("minutes", 230.0, "not: 235 to 400 team minutes in a competitive game"),
        ("rebounds", 3, "not: offensive + defensive = rebounds"),
    ],
)
def test_rules_can_be_broken(
    schedule_rows: pd.DataFrame, make_logs: MakeFrame, column: str, value: object, reason: str
) -> None:
    rows, _ = made(team_boxscores.function(schedule_rows, make_logs(GAME), DAY))
    rows.loc[0, column] = value
    assert reason in CONTRACT.broken_rows(rows)


def test_completeness_expects_both_teams_of_competitive_games() -> None:
    games = pd.DataFrame(
        {
            "game_date": DAY.repeat(2),
            "game_id": ["0022300001", "0012300001"],
            "home_team": ["DEN", "GSW"],
            "away_team": ["LAL", "PHX"],
            "season_type": ["regular", "preseason"],
        }
    )
    expected = both_sides(games, DAY)
    assert sorted(expected["team"]) == ["DEN", "LAL"]
    held = games.assign(team=games["home_team"])
    assert list(competitive_sides(held)["game_id"]) == ["0022300001"]


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("won", True, "winners 2"),
        ("is_home", True, "home_sides 2"),
        ("plus_minus", -11, "difference 1"),
        ("minutes", 265.0, "overtimes 2"),
    ],
)
def test_sides_agree(schedule_rows: pd.DataFrame, make_logs: MakeFrame, column: str, value: object, found: str) -> None:
    rows, _ = made(team_boxscores.function(schedule_rows, make_logs(GAME), DAY))
    assert len(sides_agree(rows).failing) == 0
    rows.loc[1, column] = value
    failing = sides_agree(rows).failing
    assert list(failing["key"]) == ["0022300001"]
    assert found in failing["found"].iloc[0]


@pytest.mark.archive
@pytest.mark.parametrize(("year", "games"), [(2021, 1323), (2023, 1319)])
def test_archive(archive: Archive, year: int, games: int) -> None:
    season = Season(year)
    days = pd.date_range(season.first_day, season.last_day)
    frames = [archive.read(FAMILIES[name], [season]).frame for name in ("schedule", "team_game_logs")]
    rows, records = made(team_boxscores.function(*frames, days))
    competitive = rows[rows["season_type"].isin(COMPETITIVE)]
    assert len(competitive) == 2 * games
    assert len(sides_agree(rows).failing) == 0
    assert not CONTRACT.broken_rows(rows)
    aside = records[(records["action"] == "set_aside")]
    assert list(aside["key"]) == ([] if year == 2021 else ["0012300036 NYK"])
    day = days[100:101]
    alone, _ = made(team_boxscores.function(*frames, day))
    expected = rows[rows["game_date"].isin(day)].reset_index(drop=True)
    assert len(alone) > 0
    pd.testing.assert_frame_equal(alone, expected, check_exact=True)
