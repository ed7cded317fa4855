"""raw.shots: zones, coordinates, ids, real and false duplicates, truncated games; then the archive."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.contract import validated
from nba_assets.contracts.inputs import Rows
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.tables.raw.shot_rows import of_shots
from nba_assets.tables.raw.shots import CONTRACT, covered_games, shots, shots_match_box

DAY = pd.Timestamp("2023-01-10")
GAME = "0022200600"
BOS = 1610612738
Run = Callable[..., Rows]


def shot(player: int = 1, period: int = 1, clock: str = "11:20", **other: object) -> dict[str, object]:
    """A row of the family shots: a missed layup."""
    minutes, seconds = clock.split(":")
    row: dict[str, object] = {
        "GAME_ID": "22200600",
        "GAME_DATE": "01-10-2023",
        "TEAM_ID": str(BOS),
        "PLAYER_ID": player,
    }
    row |= {"PLAYER_NAME": f"Some Body{player}", "ACTION_TYPE": "Layup Shot", "SHOT_TYPE": "2PT Field Goal"}
    row |= {"BASIC_ZONE": "Restricted Area", "SHOT_DISTANCE": 1, "LOC_X": 0.0, "LOC_Y": 6.45, "SHOT_MADE": False}
    return row | {"QUARTER": period, "MINS_LEFT": int(minutes), "SECS_LEFT": int(seconds)} | other


def native(event: int, player: int = 1, **other: object) -> dict[str, object]:
    """A row of the capped family in the same game."""
    row: dict[str, object] = {"GAME_ID": GAME, "GAME_DATE": "20230110", "GAME_EVENT_ID": event, "PLAYER_ID": player}
    row |= {"PLAYER_NAME": f"Some Body{player}", "TEAM_ID": BOS, "PERIOD": 1, "MINUTES_REMAINING": 11}
    row |= {"SECONDS_REMAINING": 20, "ACTION_TYPE": "Jump Shot", "SHOT_TYPE": "3PT Field Goal"}
    row |= {"SHOT_ZONE_BASIC": "Left Corner 3", "SHOT_DISTANCE": 23, "LOC_X": -234, "LOC_Y": 77, "SHOT_MADE_FLAG": 1}
    return row | other


def log(attempts: int, player: int = 1) -> dict[str, object]:
    """A row of player_game_logs with this number of attempts, all missed."""
    counts = dict.fromkeys("fgm fg3m fg3a ftm fta oreb dreb reb ast tov stl blk pf pts plus_minus".split(), 0)
    names = {"player_id": player, "player_name": f"Some Body{player}", "team": "BOS", "game_id": "22200600"}
    return counts | names | {"fga": attempts, "game_date": "2023-01-10T00:00:00", "min_sec": "30:00"}


@pytest.fixture
def run(family_rows: Callable[..., pd.DataFrame]) -> Run:
    """Shots of Boston, whose team row has `attempts` field-goal attempts, in its game against Toronto."""

    def build(attempts: int = 0, **given: list[dict[str, object]]) -> Rows:
        team = {"GAME_ID": GAME, "GAME_DATE": "2023-01-10", "TEAM_ID": str(BOS), "TEAM_ABBREVIATION": "BOS"}
        team |= {"MATCHUP": "BOS vs. TOR", "WL": "W", "FGA": attempts}
        other = {"TEAM_ID": "1610612761", "TEAM_ABBREVIATION": "TOR", "MATCHUP": "TOR @ BOS", "WL": "L", "FGA": 0}
        families = {argument: item.name for argument, item in shots.inputs.items()}
        frames = {argument: family_rows(family, *given.get(argument, [])) for argument, family in families.items()}
        frames["team_game_logs"] = family_rows("team_game_logs", team, team | other)
        found = shots.function(**frames, days=pd.DatetimeIndex([DAY]))
        found.frame = validated(CONTRACT, found.frame)
        return found

    return build


def test_both_families_give_the_same_coordinates(run: Run) -> None:
    # Native: 23.4 feet to the left, 7.7 along the court. The other family mirrors x and adds 5.25 feet of the hoop.
    located = shot(SHOT_TYPE="3PT Field Goal", BASIC_ZONE="Left Corner 3", LOC_X=23.4, LOC_Y=12.95, SHOT_DISTANCE=24)
    one = run(located=[located]).frame.iloc[0]
    other = run(capped=[native(7)]).frame.iloc[0]
    for row in (one, other):
        assert (row["x_ft"], row["y_ft"], row["zone"], row["clock_seconds"]) == (-23.4, 7.7, "three", 680)
        assert (row["team"], row["opponent"], row["season_type"]) == ("BOS", "TOR", "regular")
    assert (other["shot_id"], other["is_made"], other["source"]) == (7, True, "shots_nba_api_capped")
    assert (one["shot_id"], one["is_made"], one["source"]) == (1, False, "shots")


@pytest.mark.parametrize(
    ("area", "kind", "zone", "records"),
    [
        ("Restricted Area", "2PT Field Goal", "paint", 0),
        ("In The Paint (Non-RA)", "2PT Field Goal", "paint", 0),
        ("Mid-Range", "2PT Field Goal", "mid_range", 0),
        ("Mid-Range", "3PT Field Goal", "three", 1),
        ("Above the Break 3", "3PT Field Goal", "three", 0),
        ("Above the Break 3", "2PT Field Goal", "mid_range", 1),
        ("Backcourt", "3PT Field Goal", "three", 0),
    ],
)
def test_the_zone_follows_the_points_of_the_shot(run: Run, area: str, kind: str, zone: str, records: int) -> None:
    rows = run(located=[shot(BASIC_ZONE=area, SHOT_TYPE=kind)])
    assert rows.frame["zone"].tolist() == [zone]
    assert rows.records is not None
    assert rows.records["action"].tolist() == ["disagreement"] * records


def test_a_shot_of_unknown_kind_does_not_affect_others(family_rows: Callable[..., pd.DataFrame]) -> None:
    # The row itself goes to quarantine when it is written: is_three is required.
    located = family_rows("shots", shot(SHOT_TYPE=None), shot(2, SHOT_TYPE=None, BASIC_ZONE=None), shot(3))
    found = of_shots(located)
    assert found["is_three"].isna().tolist() == [True, True, False]
    assert found["zone"].fillna("-").tolist() == ["paint", "-", "paint"]


def test_ids_follow_period_clock_and_player_in_any_file_order(run: Run) -> None:
    made = [shot(2, 2, "5:00"), shot(2, 1, "3:10"), shot(1, 1, "3:10"), shot(3, 1, "9:00")]
    forward = run(located=made).frame
    backward = run(located=made[::-1]).frame
    pd.testing.assert_frame_equal(forward, backward)
    assert forward[["shot_id", "player_id", "period"]].to_numpy().tolist() == [
        [1, 3, 1],
        [2, 1, 1],
        [3, 2, 1],
        [4, 2, 2],
    ]


def test_duplicates_are_real_up_to_the_box_score_s_number(run: Run) -> None:
    tips = [shot(), shot(), shot()]
    rows = run(located=[*tips, shot(clock="2:00")], logs=[log(3)])
    assert rows.frame["shot_id"].tolist() == [1, 2, 3]
    assert rows.records is not None
    assert rows.records[["action", "key", "rows"]].to_numpy().tolist() == [["duplicate", f"{GAME} 1", 1]]


def test_a_duplicated_file_gives_the_same_shots(run: Run) -> None:
    made = [shot(), shot(), shot(clock="2:00"), shot(clock="1:00"), shot(2)]
    box = [log(4), log(1, player=2)]
    once, twice = run(located=made, logs=box), run(located=[*made, *made], logs=box)
    pd.testing.assert_frame_equal(once.frame, twice.frame)
    assert twice.records is not None and twice.records["rows"].sum() == 5


def test_without_a_box_score_an_equal_row_is_a_duplicate(run: Run) -> None:
    assert len(run(located=[shot(), shot()]).frame) == 1


def test_distinct_shots_beyond_the_box_score_are_kept(run: Run) -> None:
    rows = run(located=[shot(), shot(clock="2:00")], logs=[log(1)])
    assert len(rows.frame) == 2
    assert rows.records is not None
    assert rows.records[["action", "key", "value"]].to_numpy().tolist() == [
        ["disagreement", f"{GAME} 1", "taken 2 shots, other 1 attempts"]
    ]


CORRECTED = [{"SHOT_DISTANCE": 3}, {"LOC_X": 2.0}, {"SHOT_MADE": True}, {"LOC_X": 2.0, "LOC_Y": 8.45}]


@pytest.mark.parametrize("change", CORRECTED, ids=lambda change: " ".join(change))
def test_a_corrected_shot_counts_once_in_either_order_and_both_versions_are_recorded(
    run: Run, change: dict[str, object]
) -> None:
    first, second = shot(), shot() | change
    others = [shot(clock="2:00"), shot(2)]
    box = [log(2), log(1, player=2)]
    appended = run(located=[first, *others, second], logs=box)
    put_first = run(located=[second, first, *others], logs=box)
    pd.testing.assert_frame_equal(appended.frame, put_first.frame)
    assert len(appended.frame) == 3
    for rows in (appended, put_first):
        assert rows.records is not None
        (record,) = rows.records.to_dict("records")
        assert (record["action"], record["rows"]) == ("set_aside", 1)
        assert "taken" in record["value"] and "other" in record["value"] and "row" in record["value"]


def test_shots_under_another_name_than_the_box_score_are_recorded(run: Run) -> None:
    rows = run(located=[shot(PLAYER_NAME="Lorem Ipsum"), shot(2, PLAYER_NAME="SOME BODY2")], logs=[log(1), log(1, 2)])
    assert rows.records is not None
    assert rows.records[["action", "key", "value"]].to_numpy().tolist() == [
        ["disagreement", f"{GAME} 1", "taken Lorem Ipsum, other Some Body1"]
    ]


@pytest.mark.parametrize(("attempts", "kept"), [(2, 2), (4, 2), (5, 0)])
def test_a_truncated_game_is_set_aside_completely(run: Run, attempts: int, kept: int) -> None:
    rows = run(attempts, located=[shot(), shot(clock="2:00")])
    assert len(rows.frame) == kept
    assert rows.records is not None
    reasons = rows.records["reason"].tolist()
    assert reasons == ["partial game: the source was cut"] * (2 - kept)


def test_a_game_that_is_not_in_the_schedule_is_set_aside(run: Run) -> None:
    rows = run(located=[shot(GAME_ID="22209999")])
    assert len(rows.frame) == 0
    assert rows.records is not None and rows.records["action"].tolist() == ["set_aside"]


def test_coverage_and_reasons_of_absence(run: Run) -> None:
    games = pd.DataFrame(
        {
            "game_id": ["0022100580", "0022100581", "0022200001", "0042200101", "0012200001"],
            "season": ["2021-22", "2021-22", "2022-23", "2022-23", "2022-23"],
            "season_type": ["regular", "regular", "regular", "playoffs", "preseason"],
        }
    )
    assert covered_games(games)["game_id"].tolist() == ["0022100580", "0022200001"]
    assert run().absent == {}


def test_shots_against_the_box(run: Run) -> None:
    rows = run(located=[shot(), shot(clock="2:00", SHOT_MADE=True)]).frame
    box = pd.DataFrame(
        {"game_date": [DAY, DAY], "game_id": [GAME, GAME], "player_id": [1, 2], "status": ["played", "played"]}
        | {
            "field_goals_attempted": [2, 1],
            "field_goals_made": [1, 0],
            "threes_attempted": [0, 0],
            "threes_made": [0, 0],
        }
    ).astype({"player_id": "Int64"})
    found = shots_match_box(rows, box).failing
    assert found[["key", "found", "expected"]].to_numpy().tolist() == [[f"{GAME} 2 field_goals_attempted", 0, 1]]


@pytest.mark.archive
@pytest.mark.parametrize(
    ("year", "rows", "games", "zones", "cut"),
    [(2021, 102_258, 580, 85, 142), (2022, 217_220, 1_230, 147, 0), (2024, 219_527, 1_230, 12, 0)],
)
def test_archive_season(archive: Archive, year: int, rows: int, games: int, zones: int, cut: int) -> None:
    frames = {name: archive.read(FAMILIES[item.name], [Season(year)]).frame for name, item in shots.inputs.items()}
    found = shots.function(**frames, days=pd.date_range(f"{year}-07-01", f"{year + 1}-06-30"))
    whole = validated(CONTRACT, found.frame)
    assert (len(whole), whole["game_id"].nunique()) == (rows, games)
    assert {name: int(mask.sum()) for name, mask in CONTRACT.unusual_rows(whole).items()} == {}
    assert found.records is not None
    counts = found.records["action"].value_counts()
    assert (counts.get("set_aside", 0), counts.get("duplicate", 0)) == (cut, 0)
    assert found.records["reason"].value_counts().get("kind of attempt and zone contradict", 0) == zones
    day = whole["game_date"].iloc[rows // 2]
    alone = shots.function(**frames, days=pd.DatetimeIndex([day]))
    of_range = whole[whole["game_date"] == day].reset_index(drop=True)
    pd.testing.assert_frame_equal(validated(CONTRACT, alone.frame), of_range, check_exact=True)


@pytest.mark.archive
def test_archive_days_without_shots_have_a_reason(archive: Archive) -> None:
    frames = {name: archive.read(FAMILIES[item.name], [Season(2021)]).frame for name, item in shots.inputs.items()}
    absent = shots.function(**frames, days=pd.date_range("2021-10-19", "2022-06-30")).absent
    assert pd.Series(absent).value_counts().to_dict() == {
        "no shot rows: the source of 2021-22 ends with game 0022100580": 78,
        "no family has shot rows of playoff games": 45,
        "no family has shot rows of play-in games": 3,
    }
