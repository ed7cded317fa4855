"""injury_transactions: cells in the source's format, and the complete archive."""

import pandas as pd
import pandas.testing as pdt
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.basketball.names import read_aliases
from nba_assets.contracts.contract import validated
from nba_assets.contracts.inputs import Rows
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.tables.raw.injury_transactions import CONTRACT, days_with_moves, injury_transactions

TEXT = pd.StringDtype("pyarrow")


def text(columns: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=columns.split()).astype(TEXT)
    return frame.assign(_file=pd.Series("file.parquet", index=frame.index, dtype=TEXT), _row=range(len(frame)))


def careers() -> pd.DataFrame:
    """Two current players, a pair of namesakes, and all players of the alias table."""
    ids = [*dict.fromkeys(read_aliases()["player_id"])]
    known = {1629027: "Trae Young", 203999: "Nikola Jokić", 11: "Chris Smith", 12: "Chris Smith", 13: "Jaylin Williams"}
    names = {**{int(player): f"Alias {player}" for player in ids}, **known}
    frame = text("display_first_last", *[(name,) for name in names.values()])
    frame["person_id"] = pd.Series(list(names), dtype="Int64")
    return frame.assign(**{"from_year.x": 2015, "to_year.x": 2025}).astype(
        {"from_year.x": "Int64", "to_year.x": "Int64"}
    )


def made(*rows: tuple[object, ...], first: str = "2021-10-19", last: str = "2025-06-22", games: int = 0) -> Rows:
    """Rows (day, team, acquired, relinquished, notes); games: number of games on 2022-01-01, and one on 2023-01-02."""
    days = ["2022-01-01"] * games + ["2023-01-02"]
    schedule = text(
        "gid gcode date home away",
        *[(f"00221{number:05d}", "", day, "BOS", "MIA") for number, day in enumerate(days)],
    ).assign(
        home_score=pd.Series([100] * len(days), dtype="Int64"), away_score=pd.Series([90] * len(days), dtype="Int64")
    )
    return injury_transactions.function(
        prosports_transactions=text("Date Team Acquired Relinquished Notes", *rows),
        player_careers=careers(),
        players_bio=text(
            "player position height birthdate profile_url",
            ("Jaylin Williams", "Forward", "6-9", "June 29, 2002", "https://www.nba.com/player/13/jaylin-williams"),
        ),
        schedule=schedule,
        team_game_logs=text("SEASON_ID TEAM_ID TEAM_ABBREVIATION GAME_ID GAME_DATE MATCHUP WL"),
        days=pd.date_range(first, last),
    )


def test_each_player_in_a_cell_and_each_filled_cell_is_a_row() -> None:
    result = made(
        ("2022-01-01", "Jazz", "• Nikola Jokic", "• Trae Young• Chris Smith • 2026 second round pick", "illness (DTD)"),
    )
    moves = result.frame[["player_name", "direction", "row"]].to_numpy().tolist()
    assert moves == [["Nikola Jokic", "in", 1], ["Trae Young", "out", 1], ["Chris Smith", "out", 1]]
    assert result.records is not None
    set_aside = result.records[result.records["action"] == "set_aside"]
    assert set_aside[["reason", "source_row"]].to_numpy().tolist() == [["no player is named", 0]]


def test_a_row_without_a_day_is_recorded_whichever_days_are_built() -> None:
    result = made((None, "Hawks", "", "• Trae Young", "illness"), first="2023-01-02", last="2023-01-02")
    assert result.records is not None
    assert result.records["reason"].tolist() == ["no day is given"]


def test_cells_are_parsed() -> None:
    result = made(
        ("2022-01-01", "Blazers", "", "• Trae Young", "placed on IL with sore knee (out for season)"),
        ("2022-01-02", "76ers", "• Nikola Jokic", " ", "activated from IL"),
        ("2022-01-03", "Hawks", "", "• Trae Young", "illness (DTD)"),
        ("2022-01-04", "Hawks", "", "• Trae Young", ""),
    )
    found = validated(CONTRACT, result.frame)
    assert found["team"].tolist() == ["POR", "PHI", "ATL", "ATL"]
    assert found["player_id"].tolist() == [1629027, 203999, 1629027, 1629027]
    assert found["player_name"].tolist() == ["Trae Young", "Nikola Jokic", "Trae Young", "Trae Young"]
    assert found["direction"].tolist() == ["out", "in", "out", "out"]
    assert found["list_kind"].tolist() == ["injured_list", "injured_list", "status", "status"]
    assert found["outlook"].tolist() == ["season", pd.NA, "day_to_day", pd.NA]
    assert found["is_day_to_day"].tolist() == [False, False, True, False]
    assert found["notes"].isna().tolist() == [False, False, False, True]
    assert found.loc[0, "known_at"] == pd.Timestamp("2022-01-02 10:00", tz="UTC")
    assert result.records is not None
    assert result.records.empty


def test_a_printed_birth_date_identifies_the_team_s_player() -> None:
    """Denver has a Jaylin Williams with another birth date than the one in the players file."""
    result = made(
        ("2024-10-22", "Nuggets", "", "• Jaylin Williams", "hamstring injury (DTD)"),
        ("2024-10-23", "Nuggets", "", "• Jaylin Williams", "hamstring injury (DTD)"),
        ("2024-10-23", "Nuggets", "", "• Jaylin Williams (b. 2000-07-26)", "hamstring injury (DTD)"),
        ("2024-10-24", "Nuggets", "", "• Williams, Jaylin", "hamstring injury (DTD)"),
        ("2024-10-24", "Thunder", "", "• Jaylin Williams", "illness (DTD)"),
        ("2024-10-25", "Thunder", "", "• Jaylin Williams (b. 2002-06-29)", "illness (DTD)"),
        ("2025-10-25", "Nuggets", "", "• Jaylin Williams", "illness (DTD)"),
        last="2025-10-25",
    )
    found = validated(CONTRACT, result.frame)
    assert found["player_id"].fillna(0).tolist() == [13, 0, 0, 0, 13, 13, 13]
    assert found["player_name"].tolist()[:2] == ["Jaylin Williams", "Jaylin Williams"]
    assert result.records is not None
    named = result.records[["action", "reason", "key", "value"]].to_numpy().tolist()
    assert named == [
        ["nulled", "other_birth_date", f"DEN {name} out", name]
        for name in ("Jaylin Williams", "Jaylin Williams (b. 2000-07-26)", "Williams, Jaylin")
    ]


def test_a_day_built_alone_uses_the_birth_dates_of_earlier_days() -> None:
    rows = (
        ("2024-10-23", "Nuggets", "", "• Jaylin Williams (b. 2000-07-26)", "hamstring injury (DTD)"),
        ("2024-10-24", "Nuggets", "", "• Jaylin Williams", "hamstring injury (DTD)"),
        ("2024-10-22", "Nuggets", "", "• Jaylin Williams", "hamstring injury (DTD)"),
    )
    together = made(*rows).frame.sort_values("game_date", ignore_index=True)
    assert together["player_id"].fillna(0).tolist() == [13, 0, 0]
    for day, of_day in together.groupby("game_date"):
        alone = made(*rows, first=str(day), last=str(day)).frame
        pdt.assert_frame_equal(alone.reset_index(drop=True), of_day.reset_index(drop=True))


def test_an_unresolved_name_is_kept_and_counted() -> None:
    result = made(
        ("2022-01-01", "Pistons", "", "• Chris Smith", "sore knee (DTD)"),
        ("2022-01-01", "Pistons", "", "• Nobody Known", "sore knee (DTD)"),
    )
    found = validated(CONTRACT, result.frame)
    assert found["player_id"].isna().all()
    assert result.records is not None
    assert result.records[["action", "reason", "column_name", "value"]].to_numpy().tolist() == [
        ["nulled", "unknown_name", "player_id", "Nobody Known"],
        ["nulled", "ambiguous_name", "player_id", "Chris Smith"],
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("2022-01-01", "Hawks", "• illness (DTD)", "", "returned to lineup"), "no player is named"),
        (("2022-01-01", "Hawks", "", "", "activated from IL"), "no player is named"),
        (("2022-01-01", "", "", "• Trae Young", "sore knee"), "no team is named"),
        (("soon", "Hawks", "", "• Trae Young", "sore knee"), "no day is given"),
    ],
)
def test_rows_without_player_team_or_day_are_set_aside(row: tuple[object, ...], reason: str) -> None:
    result = made(row)
    assert result.frame.empty
    assert result.records is not None
    assert result.records[["action", "reason", "source_row", "rows"]].to_numpy().tolist() == [
        ["set_aside", reason, 0, 1]
    ]


def test_moves_before_the_first_partition_are_stored_on_it_with_their_own_day() -> None:
    row = ("2021-09-09", "Hawks", "", "• Trae Young", "out for season")
    found = validated(CONTRACT, made(row).frame)
    assert found.loc[0, "game_date"] == pd.Timestamp("2021-10-19")
    assert found.loc[0, "transaction_date"] == pd.Timestamp("2021-09-09")
    assert found.loc[0, "known_at"] == pd.Timestamp("2021-09-10 09:00", tz="UTC")
    assert made(row, first="2021-10-20").frame.empty


def test_days_that_the_source_does_not_cover_are_absent() -> None:
    result = made(("2022-12-31", "Hawks", "", "• Trae Young", "sore knee"), games=5)
    assert result.absent == {
        pd.Timestamp("2022-01-01"): "Pro Sports Transactions has no row on this day",
        pd.Timestamp("2023-01-02"): "Pro Sports Transactions ends on 2022-12-31",
    }
    assert pd.Timestamp("2022-01-01") not in made(("2022-12-31", "Hawks", "", "• Trae Young", "sore"), games=4).absent


def test_days_of_five_games_expect_a_move() -> None:
    schedule = pd.DataFrame(
        {"game_date": pd.to_datetime(["2022-01-01"] * 5 + ["2022-01-02"] * 4), "season_type": "regular"}
    )
    days = pd.date_range("2022-01-01", "2022-01-03")
    assert days_with_moves(schedule, days)["game_date"].tolist() == [pd.Timestamp("2022-01-01")]
    assert days_with_moves(schedule.assign(season_type="all_star"), days).empty


@pytest.mark.archive
def test_the_archive_is_accounted_for(archive: Archive) -> None:
    seasons = [Season(year) for year in (2021, 2022, 2023, 2024)]
    frames = {
        name: archive.read(FAMILIES[item.name], seasons).frame for name, item in injury_transactions.inputs.items()
    }
    result = injury_transactions.function(**frames, days=pd.date_range("2021-10-19", "2025-06-22"))
    found = validated(CONTRACT, result.frame)
    assert result.records is not None
    set_aside = result.records[result.records["action"] == "set_aside"]
    # One row contains two players and a draft pick: three moves.
    assert len(found) + len(set_aside) == len(frames["prosports_transactions"]) + 2 == 10_992
    assert set_aside["reason"].value_counts().to_dict() == {"no player is named": 24, "no team is named": 12}
    several = found[(found["game_date"] == pd.Timestamp("2023-12-11")) & (found["team"] == "UTA")]
    assert {"John Collins (Martin)", "Rudy Gay"} <= set(several["player_name"])
    assert found["player_id"].isna().mean() < 0.002
    day = pd.Timestamp("2022-03-04")
    season = {
        name: archive.read(FAMILIES[item.name], [Season(2021)]).frame
        for name, item in injury_transactions.inputs.items()
    }
    alone = validated(CONTRACT, injury_transactions.function(**season, days=pd.DatetimeIndex([day])).frame)
    pdt.assert_frame_equal(alone, found[found["game_date"] == day].reset_index(drop=True))
