"""Table schedule: rows, game numbers within the season, records, and season totals."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.contract import validated
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.tables.raw.schedule import CONTRACT, games_with_results, schedule, season_totals

MakeFrame = Callable[..., pd.DataFrame]
TEXT = pd.StringDtype("pyarrow")


def no_events(*names: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=TEXT) for name in names})


def made(schedule_rows: pd.DataFrame, logs: pd.DataFrame, days: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows in the contract's types, and records; without a source of tip-offs."""
    result = schedule.function(
        schedule=schedule_rows,
        team_game_logs=logs,
        tipoffs=no_events("Date", "Home Team", "Away Team"),
        events_oddsapi_historical=no_events("timestamp", "data.commence_time", "data.home_team", "data.away_team"),
        events_oddsapi_daily=no_events("bookmakers.markets.last_update", "commence_time", "home_team", "away_team"),
        events_oddsapi_closing=no_events("commence_time", "home_team", "away_team"),
        days=pd.DatetimeIndex(days),
    )
    return validated(CONTRACT, result.frame), result.records


@pytest.fixture
def rows(make_schedule: MakeFrame) -> pd.DataFrame:
    return make_schedule(
        [
            ("0012300001", "2023-10-10", "DEN", "NZB", 119, 107),
            ("0022300001", "2023-10-24", "DEN", "LAL", 119, 107),
            ("0022300002", "2023-10-24", "GSW", "PHX", 104, 108),
            ("0022300003", "2023-10-26", "LAL", "PHX", 100, 95),
            ("0022300004", "2023-10-27", "DEN", "PHX", None, None),
        ]
    )


def test_rows_and_numbers(rows: pd.DataFrame, make_logs: MakeFrame) -> None:
    found, records = made(rows, make_logs([]), ["2023-10-10", "2023-10-26", "2023-10-27"])
    assert list(found["game_id"]) == ["0012300001", "0022300003", "0022300004"]
    assert list(found["home_game_number"]) == [1, 2, 2]
    assert list(found["away_game_number"]) == [1, 2, 3]
    assert list(found["games_so_far"]) == [1, 3, 4]
    assert found["away_team"].iloc[0] == "NZB"
    assert list(found["season_type"]) == ["preseason", "regular", "regular"]
    assert found["known_at"].iloc[1] == pd.Timestamp("2023-10-25T04:00Z"), "midnight US Eastern of the day before"
    assert len(records) == 0


def test_a_day_built_alone_equals_the_day_built_in_the_range(rows: pd.DataFrame, make_logs: MakeFrame) -> None:
    days = ["2023-10-24", "2023-10-26", "2023-10-27"]
    together, _ = made(rows, make_logs([]), days)
    alone = pd.concat([made(rows, make_logs([]), [day])[0] for day in days], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone, check_exact=True)


def test_a_game_never_played_is_recorded(make_schedule: MakeFrame, make_logs: MakeFrame) -> None:
    rows = make_schedule(
        [("0022300001", "2023-10-24", "DEN", "LAL", None, None), ("0022300002", "2023-10-25", "GSW", "PHX", 1, 2)]
    )
    found, records = made(rows, make_logs([]), ["2023-10-24", "2023-10-25"])
    assert list(found["game_id"]) == ["0022300002"]
    assert records[["action", "key"]].to_numpy().tolist() == [["set_aside", "0022300001"]]


def test_completeness_expects_every_game_with_a_box_score() -> None:
    box = pd.DataFrame({"game_date": pd.to_datetime(["2023-10-24"] * 2), "game_id": ["0022300001"] * 2})
    expected = games_with_results(box, pd.DatetimeIndex(["2023-10-24"]))
    assert expected.to_numpy().tolist() == [[pd.Timestamp("2023-10-24"), "0022300001"]]
    assert not schedule.expected.is_exact, "a game that is still to be played has no box score"


def last_day(numbers: tuple[int, int], games_so_far: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "game_date": pd.to_datetime(["2024-04-14"] * 2),
            "game_id": ["0022301199", "0022301200"],
            "season_type": ["regular"] * 2,
            "home_team": ["BOS", "DEN"],
            "away_team": ["WAS", "MEM"],
            "home_game_number": [82, numbers[0]],
            "away_game_number": [82, numbers[1]],
            "games_so_far": [games_so_far] * 2,
        }
    )


@pytest.mark.parametrize(
    ("numbers", "games_so_far", "failing"),
    [
        ((82, 82), 1230, []),
        ((82, 81), 1230, ["MEM"]),
        ((83, 82), 1230, ["DEN"]),
        ((82, 82), 1229, ["regular-season games"]),
        ((81, 81), 1229, ["DEN", "MEM", "regular-season games"]),
    ],
)
def test_season_totals(numbers: tuple[int, int], games_so_far: int, failing: list[str]) -> None:
    found = season_totals(last_day(numbers, games_so_far)).failing
    assert sorted(found["key"]) == failing
    assert list(found.columns) == ["game_date", "key", "found", "expected"]


@pytest.mark.parametrize(("games_so_far", "is_right"), [(6, True), (5, False)])
def test_play_in_totals(games_so_far: int, is_right: bool) -> None:
    rows = last_day((1, 1), games_so_far).assign(season_type="play_in", game_id=["0052300201", "0052300211"])
    assert (len(season_totals(rows).failing) == 0) == is_right
    early = rows.assign(game_id=["0052300101", "0052300111"])
    assert len(season_totals(early).failing) == 0


@pytest.mark.archive
@pytest.mark.parametrize(("year", "games", "tipoffs"), [(2021, 1328, 320), (2024, 1401, 1321)])
def test_archive(archive: Archive, year: int, games: int, tipoffs: int) -> None:
    season = Season(year)
    days = pd.date_range(season.first_day, season.last_day)
    frames = {name: archive.read(FAMILIES[item.name], [season]).frame for name, item in schedule.inputs.items()}
    result = schedule.function(**frames, days=days)
    rows = validated(CONTRACT, result.frame)
    assert len(rows) == games
    assert int(rows["tipoff_at"].notna().sum()) == tipoffs
    assert len(season_totals(rows).failing) == 0
    game_id = f"002{year - 2000}00500"
    lost = frames | {
        "schedule": frames["schedule"][frames["schedule"]["gid"] != game_id],
        "team_game_logs": frames["team_game_logs"][frames["team_game_logs"]["GAME_ID"] != game_id],
    }
    failing = season_totals(validated(CONTRACT, schedule.function(**lost, days=days).frame)).failing
    assert len(failing) == 3, "both teams and the league are one game short"
    assert failing["game_date"].nunique() == 1
