"""Table referee_assignments: one row per official, moved games, days after the family's last, the archive."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.contract import validated
from nba_assets.contracts.inputs import Rows
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.tables.raw.referee_assignments import (
    CONTRACT,
    games_of_the_schedule,
    games_with_a_crew,
    referee_assignments,
)

MakeFrame = Callable[..., pd.DataFrame]
TEXT = pd.StringDtype("pyarrow")
DAYS = pd.DatetimeIndex(["2023-10-24", "2023-10-26", "2023-10-28"])


def crews(*rows: tuple[str, str, list[str]]) -> pd.DataFrame:
    """(game_id, MM/DD/YYYY, officials) -> frame of the family; the id of an official is 100 plus his slot."""
    frame = pd.DataFrame([row[:2] for row in rows], columns=["game_id", "game_date"], dtype=TEXT)
    for slot in range(1, 5):
        names = [row[2][slot - 1] if len(row[2]) >= slot else None for row in rows]
        frame[f"official{slot}"] = pd.Series(names, dtype=TEXT)
        frame[f"official{slot}_code"] = pd.Series([100 + slot if name else None for name in names], dtype="Int64")
    return frame.assign(_file=pd.Series("referees/2023-24.parquet", index=frame.index, dtype=TEXT), _row=frame.index)


@pytest.fixture
def schedule_rows(make_schedule: MakeFrame) -> pd.DataFrame:
    return make_schedule(
        [
            ("0022300001", "2023-10-24", "DEN", "LAL", 119, 107),
            ("0022300002", "2023-10-26", "GSW", "PHX", 104, 108),
            ("0022300003", "2023-10-28", "BOS", "NYK", 104, 108),
        ]
    )


def made(result: Rows) -> pd.DataFrame:
    return validated(CONTRACT, result.frame)


def test_one_row_per_official(schedule_rows: pd.DataFrame, make_logs: MakeFrame) -> None:
    referees = crews(("0022300001", "10/24/2023", ["Zach Zarba", "JB DeRosa ", "Ray Acosta"]))
    rows = made(referee_assignments.function(schedule_rows, make_logs([]), referees, DAYS))
    assert list(rows["official"]) == ["JB DeRosa", "Ray Acosta", "Zach Zarba"]
    assert list(rows["official_slot"]) == [2, 3, 1] and list(rows["official_id"]) == [102, 103, 101]
    assert set(rows["known_at"]) == {pd.Timestamp("2023-10-24T13:00Z")}, "09:00 US Eastern"


def test_moved_nameless_and_unknown_games_are_set_aside(schedule_rows: pd.DataFrame, make_logs: MakeFrame) -> None:
    referees = crews(
        ("0022300001", "10/22/2023", ["Marc Davis", "Josh Tiven"]),
        ("0022300001", "10/24/2023", ["Zach Zarba", "JB DeRosa"]),
        ("0022300002", "10/26/2023", []),
        ("0022300999", "10/26/2023", ["Marc Davis", "Josh Tiven"]),
    )
    result = referee_assignments.function(schedule_rows, make_logs([]), referees, DAYS)
    assert set(made(result)["official"]) == {"Zach Zarba", "JB DeRosa"}
    assert result.records is not None
    reasons = result.records.set_index("source_row")["reason"].to_dict()
    assert reasons == {
        0: "the game was moved to another day",
        1: "the source prints no value",
        2: "no official named",
        3: "no such game was played",
    }
    assert result.records.set_index("source_row").loc[0, "game_date"] == pd.Timestamp("2023-10-22")


def test_a_number_with_another_name_is_recorded(schedule_rows: pd.DataFrame, make_logs: MakeFrame) -> None:
    crew = ["Zach Zarba", "JB DeRosa", "Marc Davis"]
    referees = crews(
        ("0022300001", "10/24/2023", crew),
        ("0022300002", "10/26/2023", ["ZACH ZARBA", "JB DeRosa", "Marc Davis"]),
        ("0022300003", "10/28/2023", ["Lorem Ipsum", "JB DeRosa", "Marc Davis"]),
    )
    for slot in (1, 2, 3):
        referees[f"official{slot}_code"] = pd.array([slot] * 3, dtype="Int64")
    result = referee_assignments.function(schedule_rows, make_logs([]), referees, DAYS)
    assert result.records is not None
    found = result.records[result.records["reason"] == "the number has another name"]
    assert found["source_row"].tolist() == [2], "another spelling of a name is the same name"
    assert found["value"].tolist() == ["taken Lorem Ipsum, other ZACH ZARBA (most rows of the number)"]
    assert "Lorem Ipsum" in set(made(result)["official"]), "the row stays as printed"


def test_days_after_the_last_crew_have_no_source(schedule_rows: pd.DataFrame, make_logs: MakeFrame) -> None:
    referees = crews(("0022300002", "10/26/2023", ["Zach Zarba", "JB DeRosa"]))
    result = referee_assignments.function(schedule_rows, make_logs([]), referees, DAYS)
    assert result.absent == {pd.Timestamp("2023-10-28"): "the referees family ends on 2023-10-26"}
    alone = referee_assignments.function(schedule_rows, make_logs([]), referees, DAYS[2:])
    assert alone.absent == result.absent


def test_completeness_counts_crews_of_two_to_four() -> None:
    games = pd.DataFrame(
        {"game_date": DAYS, "game_id": ["a", "b", "c"], "season_type": ["regular", "playoffs", "preseason"]}
    )
    assert list(games_of_the_schedule(games, DAYS)["game_id"]) == ["a", "b"]
    sizes = {"a": 1, "b": 4, "c": 3}
    rows = games.loc[games.index.repeat([sizes[game] for game in games["game_id"]])]
    assert list(games_with_a_crew(rows)["game_id"]) == ["b"], "one official is not a crew, pre-season does not count"


@pytest.mark.archive
@pytest.mark.parametrize(("year", "with_crew", "absent"), [(2021, 1323, 0), (2024, 1303, 18)])
def test_archive(archive: Archive, year: int, with_crew: int, absent: int) -> None:
    season = Season(year)
    days = pd.date_range(season.first_day, season.last_day)
    frames = {n: archive.read(FAMILIES[i.name], [season]).frame for n, i in referee_assignments.inputs.items()}
    result = referee_assignments.function(**frames, days=days)
    rows = made(Rows(result.frame))
    assert len(games_with_a_crew(rows)) == with_crew
    assert len(result.absent) == absent
    if absent:
        assert min(result.absent) == pd.Timestamp("2025-05-20")
        assert result.records is not None
        assert (result.records["reason"] == "the game was moved to another day").sum() == 5
