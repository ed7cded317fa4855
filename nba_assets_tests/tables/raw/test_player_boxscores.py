"""raw.player_boxscores: priority, status, filled and recorded values, teams; then the archive."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.contract import validated
from nba_assets.contracts.inputs import Rows
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.tables.raw.player_boxscores import CONTRACT, player_boxscores, present_sides
from nba_assets.tables.raw.player_boxscores_checks import counts_match_team, points_match_team, seconds_match_team

DAY = pd.Timestamp("2024-01-15")
GAME = "0022300561"
ALL_STAR_GAME = "0032300001"
Run = Callable[..., Rows]


def v3(player: int, minutes: str = "30:00", team: str = "BOS", game: str = GAME, **other: object) -> dict[str, object]:
    """A row of player_box_v3: ten points on five of eight twos, unless `other` has other values."""
    counts = "field_goals_made field_goals_attempted three_pointers_made three_pointers_attempted free_throws_made "
    counts += (
        "free_throws_attempted rebounds_offensive rebounds_defensive rebounds_total assists steals blocks turnovers "
    )
    counts += "fouls_personal points plus_minus_points"
    box: dict[str, object] = dict.fromkeys(counts.split(), 0)
    if minutes:
        box |= {"field_goals_made": 5, "field_goals_attempted": 8, "points": 10}
    names = {"first_name": "Some", "family_name": f"Body{player}", "position": "", "comment": "", "minutes": minutes}
    return {"game_id": game, "person_id": player, "team_tricode": team} | box | names | other


def log(
    player: int, min_sec: str = "30:00", team: str = "BOS", game: str = "22300561", **other: object
) -> dict[str, object]:
    """A row of player_game_logs with the same box score."""
    box: dict[str, object] = dict.fromkeys("fg3m fg3a ftm fta oreb dreb reb ast tov stl blk pf plus_minus".split(), 0)
    box |= {"fgm": 5, "fga": 8, "pts": 10, "player_id": player, "player_name": f"Some Body{player}", "team": team}
    return box | {"game_id": game, "game_date": "2024-01-15T00:00:00", "min_sec": min_sec} | other


def lite(player: int, team: str = "BOS", **other: object) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys("REB AST STL BLK TOV PLUS_MINUS".split(), 0)
    row |= {"PLAYER_ID": player, "PLAYER_NAME": f"Some Body{player}", "TEAM_ABBREVIATION": team, "MIN": 30, "PTS": 10}
    return row | {"GAME_DATE": "2024-01-15", "MATCHUP": "BOS vs. TOR", "SEASON_TYPE": "Regular Season"} | other


def playoff(player: int, **other: object) -> dict[str, object]:
    names = "fieldGoalsMade fieldGoalsAttempted threePointersMade threePointersAttempted freeThrowsMade "
    names += "freeThrowsAttempted reboundsOffensive reboundsDefensive assists steals blocks turnovers foulsPersonal "
    names += "points plusMinusPoints"
    row: dict[str, object] = dict.fromkeys(names.split(), 0)
    row |= {"game_data": "2024-01-15", "gameId": "22300561", "teamId": "1610612738", "personId": player}
    return row | {"personName": f"Some Body{player}"} | other


@pytest.fixture
def run(family_rows: Callable[..., pd.DataFrame]) -> Run:
    """Rows of one day with Toronto at Boston and an all-star game."""

    def build(**given: list[dict[str, object]]) -> Rows:
        games = [
            {
                "gid": GAME,
                "gcode": "x",
                "date": "2024-01-15",
                "home": "BOS",
                "away": "TOR",
                "home_score": 90,
                "away_score": 80,
            },
            {"gid": ALL_STAR_GAME, "gcode": "x", "date": "2024-01-15", "home": "EST", "away": "WST"}
            | {"home_score": 211, "away_score": 186},
        ]
        families = {argument: item.name for argument, item in player_boxscores.inputs.items()}
        frames = {argument: family_rows(family, *given.get(argument, [])) for argument, family in families.items()}
        frames["schedule"] = family_rows("schedule", *games)
        found = player_boxscores.function(**frames, days=pd.DatetimeIndex([DAY]))
        found.frame = validated(CONTRACT, found.frame)
        return found

    return build


def row_of(rows: Rows, player: int) -> pd.Series:
    found = rows.frame[rows.frame["player_id"] == player]
    assert len(found) == 1
    return found.iloc[0]


def test_a_row_has_its_game_and_decimal_minutes(run: Run) -> None:
    row = row_of(run(v3=[v3(1, "34:15", team="TOR")]), 1)
    assert (row["game_date"], row["season"], row["season_type"]) == (DAY, "2023-24", "regular")
    assert (row["team"], row["opponent"], row["is_home"]) == ("TOR", "BOS", False)
    assert (row["seconds_played"], row["minutes"]) == (34 * 60 + 15, 34.25)
    assert row["player_name"] == "Some Body1"
    assert row["known_at"] == pd.Timestamp("2024-01-16 10:00", tz="UTC")


@pytest.mark.parametrize(
    ("comment", "status"),
    [
        ("DNP - Coach's Decision", "dnp"),
        ("DND_LEAGUE_SUSPENSION", "dnd"),
        ("NWT - Not With Team", "nwt"),
        ("DND-Return to Competition Reconditioning", "dnd"),
        ("Suspended", "dnp"),
    ],
)
def test_a_player_who_did_not_play_has_status_and_reason_and_no_box_score(run: Run, comment: str, status: str) -> None:
    row = row_of(run(v3=[v3(1, "", comment=comment)]), 1)
    assert (row["status"], row["reason"], row["is_starter"]) == (status, comment, False)
    assert row[["points", "field_goals_attempted", "plus_minus", "seconds_played", "minutes"]].isna().all()


def test_a_row_without_minutes_and_comment_is_a_dnp_without_reason(run: Run) -> None:
    row = row_of(run(v3=[v3(1, "")]), 1)
    assert row["status"] == "dnp" and pd.isna(row["reason"])


def test_zero_minutes_is_played(run: Run) -> None:
    row = row_of(run(v3=[v3(1, "0:00", points=0, field_goals_made=0, field_goals_attempted=0)]), 1)
    assert (row["status"], row["minutes"], row["points"]) == ("played", 0.0, 0)


def test_sixty_seconds_are_a_minute(run: Run) -> None:
    assert row_of(run(v3=[v3(1, "29:60")]), 1)["seconds_played"] == 1800


@pytest.mark.parametrize("clock", ["-79:0-6", "93:22", "DNP"])
def test_an_impossible_clock_is_set_to_null_and_recorded(run: Run, clock: str) -> None:
    rows = run(v3=[v3(1, clock, team="EST", game=ALL_STAR_GAME)])
    row = row_of(rows, 1)
    assert row["status"] == "played" and pd.isna(row["minutes"]) and row["points"] == 10
    assert rows.records is not None
    assert rows.records[["action", "column_name", "value", "key"]].to_numpy().tolist() == [
        ["nulled", "seconds_played", clock, f"{ALL_STAR_GAME} 1"]
    ]


def test_an_all_star_team_keeps_its_code(run: Run) -> None:
    row = row_of(run(v3=[v3(1, team="WST", game=ALL_STAR_GAME)]), 1)
    assert (row["season_type"], row["team"], row["opponent"], row["is_home"]) == ("all_star", "WST", "EST", False)


def test_v3_comes_first_and_a_difference_is_recorded(run: Run) -> None:
    rows = run(v3=[v3(1, assists=6, position="G")], logs=[log(1, ast=7), log(2)])
    first, second = row_of(rows, 1), row_of(rows, 2)
    assert (first["source"], first["assists"], first["is_starter"]) == ("player_box_v3", 6, True)
    assert second["source"] == "player_game_logs" and pd.isna(second["is_starter"])
    assert rows.records is not None
    assert rows.records[["game_date", "action", "key", "column_name", "value"]].to_numpy().tolist() == [
        [DAY, "disagreement", f"{GAME} 1", "assists", "taken 6 (player_box_v3), other 7 (player_game_logs)"]
    ]


def test_a_rounding_difference_of_a_second_is_not_recorded(run: Run) -> None:
    rows = run(v3=[v3(1, "30:00"), v3(2, "30:00")], logs=[log(1, "30:01"), log(2, "30:02")])
    assert rows.records is not None
    assert rows.records[["key", "column_name"]].to_numpy().tolist() == [[f"{GAME} 2", "seconds_played"]]


def test_playoff_boxes_add_starters_and_non_players(run: Run) -> None:
    rows = run(
        logs=[log(1), log(2)],
        playoffs=[
            playoff(1, position="G", fieldGoalsMade=5, fieldGoalsAttempted=8, points=10),
            playoff(2, fieldGoalsMade=5, fieldGoalsAttempted=8, points=10),
            playoff(3),
        ],
    )
    starter, reserve, spectator = (row_of(rows, player) for player in (1, 2, 3))
    assert (starter["source"], starter["is_starter"], starter["minutes"]) == ("player_game_logs", True, 30.0)
    assert bool(reserve["is_starter"] == 0)
    assert (spectator["source"], spectator["status"], spectator["is_starter"]) == ("player_box_playoffs", "dnp", False)
    assert pd.isna(spectator["points"])
    assert rows.records is not None and len(rows.records) == 0


def test_lite_is_compared_and_never_a_row(run: Run) -> None:
    rows = run(
        logs=[log(1)], playoffs=[playoff(3)], lite=[lite(1, PTS=12), lite(2), lite(3, MIN=0, PTS=0), lite(4, "UTA")]
    )
    assert sorted(rows.frame["player_id"]) == [1, 3]
    assert rows.records is not None
    found = (
        rows.records.set_index("key")[["action", "column_name", "reason"]]
        .astype(object)
        .where(lambda f: f.notna(), None)
    )
    assert found.loc[f"{GAME} 1"].tolist()[:2] == ["disagreement", "points"]
    assert found.loc[f"{GAME} 3"].tolist()[:2] == ["disagreement", "status"]
    assert found.loc[f"{GAME} 2"].tolist() == [
        "set_aside",
        None,
        "only in player_game_logs_lite, which has no field goals",
    ]
    assert found.loc["? 4"].tolist() == ["set_aside", None, "no game of this team on this day"]


def test_rows_that_cannot_be_placed_are_set_aside(run: Run) -> None:
    rows = run(v3=[v3(1), v3(1, points=12, field_goals_made=6), v3(2, game="0022309999"), v3(3) | {"person_id": None}])
    assert rows.frame[["player_id", "points"]].to_numpy().tolist() == [[1, 12]]
    assert rows.records is not None
    found = rows.records.set_index("key")[["game_date", "reason"]]
    assert found.loc[f"{GAME} 1"].tolist() == [DAY, "the player stands again in this game, with other values"]
    assert found.loc["0022309999 2", "reason"] == "a game that is not in the schedule"
    assert pd.isna(found.loc["0022309999 2", "game_date"])
    assert found.loc[f"{GAME} ?", "reason"] == "no NBA player id"


ZERO = {"points": 0, "field_goals_made": 0, "field_goals_attempted": 0}


@pytest.mark.parametrize("minutes", ["0:00", "00:00", "PT00M00.00S", "0", "0.0", "", None])
@pytest.mark.parametrize(
    ("comment", "status"), [("DNP - Coach's Decision", "dnp"), ("DND - Injury/Illness", "dnd"), ("NWT - Trade", "nwt")]
)
def test_a_comment_without_counts_means_did_not_play_whatever_the_minutes(
    run: Run, minutes: str | None, comment: str, status: str
) -> None:
    rows = run(v3=[v3(1, comment=comment, **ZERO) | {"minutes": minutes}])
    row = row_of(rows, 1)
    assert (row["status"], row["reason"]) == (status, comment)
    assert pd.isna(row["points"]) and pd.isna(row["seconds_played"])
    assert rows.records is None or rows.records.empty


@pytest.mark.parametrize("minutes", ["0:00", "PT00M00.00S"])
def test_a_time_of_zero_beside_a_comment_in_other_words_is_of_who_did_not_play(run: Run, minutes: str) -> None:
    """A publisher that prints 0:00 for everyone writes its comments as it likes; a time above zero is played."""
    comment = "Did Not Play - Coach's Decision"
    row = row_of(run(v3=[v3(1, comment=comment, **ZERO) | {"minutes": minutes}]), 1)
    assert (row["status"], row["reason"]) == ("dnp", comment)
    assert pd.isna(row["points"]) and pd.isna(row["seconds_played"])
    assert row_of(run(v3=[v3(1, comment="Ejected", **ZERO) | {"minutes": "0:07"}]), 1)["status"] == "played"
    assert row_of(run(v3=[v3(1, **ZERO) | {"minutes": minutes}]), 1)["status"] == "played"


def test_a_playing_time_as_the_league_publishes_it_is_read(run: Run) -> None:
    assert row_of(run(v3=[v3(1, "PT34M12.00S")]), 1)["seconds_played"] == 34 * 60 + 12


def test_a_count_missing_in_the_source_is_recorded(run: Run) -> None:
    rows = run(v3=[v3(1) | {"steals": None}, v3(2)])
    assert rows.records is not None
    assert rows.records[["action", "key", "column_name", "source_row"]].to_numpy().tolist() == [
        ["nulled", f"{GAME} 1", "steals", 0]
    ]


def team_row(team: str, points: int, **other: object) -> dict[str, object]:
    ids = {"BOS": "1610612738", "TOR": "1610612761"}
    row: dict[str, object] = {"GAME_ID": GAME, "TEAM_ID": ids[team], "TEAM_ABBREVIATION": team, "PTS": points}
    matchup = "BOS vs. TOR" if team == "BOS" else "TOR @ BOS"
    return row | {"GAME_DATE": "2024-01-15", "MATCHUP": matchup, "WL": "W" if team == "BOS" else "L"} | other


CORRECTED = {"points": 12, "field_goals_made": 6}


@pytest.mark.parametrize("order", [[0, 1, 2], [1, 0, 2], [2, 1, 0]])
@pytest.mark.parametrize(("total", "taken"), [(20, 10), (22, 12)])
def test_of_two_versions_of_a_row_the_one_matching_the_team_total_counts_in_any_order(
    run: Run, order: list[int], total: int, taken: int
) -> None:
    printed = [v3(1), v3(1, **CORRECTED), v3(2)]
    rows = run(v3=[printed[place] for place in order], team_game_logs=[team_row("BOS", total), team_row("TOR", 80)])
    assert row_of(rows, 1)["points"] == taken
    assert rows.records is not None
    (record,) = rows.records[rows.records["reason"].str.contains("stands again")].to_dict("records")
    other = order.index(1 if taken == 10 else 0)
    assert record["source_row"] == other
    assert record["column_name"] == "points, field_goals_made"
    left = 12 if taken == 10 else 10
    assert f"points {taken}" in record["value"] and f"other points {left}" in record["value"]
    assert f"(made/2023-24.parquet row {order.index(0 if taken == 10 else 1)})" in record["value"]


@pytest.mark.parametrize("turned", [False, True])
def test_without_a_team_total_the_row_confirmed_by_another_family_counts(run: Run, turned: bool) -> None:
    printed = [v3(1), v3(1, **CORRECTED)]
    rows = run(v3=printed[::-1] if turned else printed, logs=[log(1)])
    assert row_of(rows, 1)["points"] == 10


def test_counts_of_a_running_game_are_not_a_result(run: Run, family_rows: Callable[..., pd.DataFrame]) -> None:
    """Half-time: the team rows have points and no winner, the schedule has no score."""
    frames = {argument: family_rows(item.name) for argument, item in player_boxscores.inputs.items()}
    frames["team_game_logs"] = family_rows("team_game_logs", team_row("BOS", 50, WL=None), team_row("TOR", 48, WL=None))
    frames["v3"] = family_rows("player_box_v3", v3(1, "17:00"))
    found = player_boxscores.function(**frames, days=pd.DatetimeIndex([DAY]))
    assert len(found.frame) == 0
    assert found.records is not None
    assert found.records[["reason", "game_date"]].to_numpy().tolist() == [["the game has no result yet", DAY]]


def test_without_any_file_there_are_no_rows(run: Run) -> None:
    assert len(run().frame) == 0


def side(players: int, starters: int = 5, seconds: int = 1440, is_known: bool = True) -> pd.DataFrame:
    """Rows of one team as present_sides reads them."""
    flags = [number < starters if is_known else None for number in range(players)]
    return pd.DataFrame(
        {
            "game_date": DAY,
            "game_id": GAME,
            "team": "BOS",
            "season_type": "regular",
            "status": "played",
            "player_id": range(players),
            "is_starter": pd.array(flags, dtype="boolean"),
            "seconds_played": pd.array([seconds] * players, dtype="Int64"),
        }
    )


@pytest.mark.parametrize(
    ("rows", "is_present"),
    [
        (side(8), True),
        (side(7), False),
        (side(7, seconds=2057), True),  # 7 * 2,057 = 14,399, of 14,400 seconds of five players
        (side(7, seconds=2050), False),
        (side(8, starters=4), False),
        (side(8, starters=6), False),
        (side(8, is_known=False), True),
    ],
)
def test_present_sides(rows: pd.DataFrame, is_present: bool) -> None:
    assert len(present_sides(rows)) == int(is_present)


def test_player_sums_against_the_team(run: Run) -> None:
    rows = run(v3=[v3(player, "48:00", assists=1) for player in range(1, 6)]).frame
    team = {"game_date": DAY, "game_id": GAME, "team": "BOS", "season_type": "regular"} | {
        "points": 50,
        "minutes": 241.0,
    }
    counts = rows.select_dtypes("Int64").drop(columns="player_id").sum().to_dict() | team
    right = pd.DataFrame([counts])
    for check in (points_match_team, counts_match_team, seconds_match_team):
        assert len(check(rows, right).failing) == 0
    wrong = right.assign(points=51, assists=6, minutes=265.0)
    assert points_match_team(rows, wrong).failing[["key", "found", "expected"]].to_numpy().tolist() == [
        [f"{GAME} BOS", "50", "51"]
    ]
    assert counts_match_team(rows, wrong).failing[["key", "found", "expected"]].to_numpy().tolist() == [
        [f"{GAME} BOS assists", "5", "6"]
    ]
    # 5 * 48 minutes are 14,400 seconds; with one overtime it would be 15,900.
    assert seconds_match_team(rows, wrong).failing[["found", "expected"]].to_numpy().tolist() == [["14400", "15900"]]


def complete_season(archive: Archive, year: int) -> tuple[dict[str, pd.DataFrame], Rows]:
    frames = {
        name: archive.read(FAMILIES[item.name], [Season(year)]).frame for name, item in player_boxscores.inputs.items()
    }
    found = player_boxscores.function(**frames, days=pd.date_range(f"{year}-07-01", f"{year + 1}-06-30"))
    found.frame = validated(CONTRACT, found.frame)
    return frames, found


@pytest.mark.archive
@pytest.mark.parametrize(("year", "played"), [(2021, 27_930), (2022, 27_739), (2023, 28_232), (2024, 28_265)])
def test_archive_season(archive: Archive, year: int, played: int) -> None:
    frames, found = complete_season(archive, year)
    rows = found.frame[found.frame["season_type"] != "all_star"]
    assert int((rows["status"] == "played").sum()) == played

    logs = frames["team_game_logs"]
    logs = logs.assign(game_id=logs["GAME_ID"].str.zfill(10))
    logs = logs[logs["game_id"].str[2] != "1"].set_index(["game_id", "TEAM_ABBREVIATION"])["PTS"]
    sums = rows[rows["status"] == "played"].groupby(["game_id", "team"])["points"].sum()
    assert (sums == logs.reindex(sums.index)).all()

    sides = rows[["game_date", "game_id", "team"]].drop_duplicates()
    assert len(present_sides(found.frame)) == len(sides) == len(sums)

    day = rows["game_date"].iloc[len(rows) // 2]
    alone = player_boxscores.function(**frames, days=pd.DatetimeIndex([day]))
    of_range = found.frame[found.frame["game_date"] == day]
    pd.testing.assert_frame_equal(validated(CONTRACT, alone.frame), of_range.reset_index(drop=True), check_exact=True)


@pytest.mark.archive
def test_archive_lacks_only_the_play_in_of_2022(archive: Archive) -> None:
    frames, found = complete_season(archive, 2021)
    logs = frames["team_game_logs"]
    competitive = logs[logs["GAME_ID"].str.zfill(10).str[2].isin(["2", "4", "5", "6"])]
    games = set(competitive["GAME_ID"].str.zfill(10)) - set(present_sides(found.frame)["game_id"])
    assert games == {"0052100101", "0052100111", "0052100121", "0052100131", "0052100201", "0052100211"}
