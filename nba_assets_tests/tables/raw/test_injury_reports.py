"""injury_reports: entries with their game and player, and entries without."""

from __future__ import annotations

import pandas as pd
import pandas.testing as pdt
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.contracts.inputs import Rows
from nba_assets.tables.raw.injury_reports import CONTRACT, NO_GAME, NO_REPORT, NOT_SUBMITTED, TWICE, injury_reports
from nba_assets_tests.tables.raw.test_injury_transactions import careers, text

DAY, GAME = "2023-01-02", "0022200001"
COLUMNS = "report_at known_at game_date matchup team player_name status reason"
AT, LATER = "2023-01-02T22:30:00Z", "2023-01-02T22:45:00Z"
KNOWN = "2023-01-02T22:50:00Z"
YOUNG = (AT, KNOWN, DAY, "BOS@ATL", "Atlanta Hawks", "Young, Trae", "Out", "Rest")


def made(*rows: tuple[object, ...], first: str = DAY, last: str = DAY) -> Rows:
    schedule = text(
        "gid gcode date home away", (GAME, "", DAY, "ATL", "BOS"), ("0022200002", "", "2023-01-03", "ATL", "MIA")
    )
    scores = {name: pd.Series([pd.NA, pd.NA], dtype="Int64") for name in ("home_score", "away_score")}
    return injury_reports.function(
        reports=text(COLUMNS, *rows),
        schedule=schedule.assign(**scores),
        team_game_logs=text("SEASON_ID TEAM_ID TEAM_ABBREVIATION GAME_ID GAME_DATE MATCHUP WL"),
        player_careers=careers(),
        players_bio=text("player position height birthdate profile_url"),
        days=pd.date_range(first, last),
    )


def set_aside(rows: Rows) -> list[list[object]]:
    assert rows.records is not None
    return rows.records[["reason", "source_row"]].to_numpy().tolist()


def test_an_entry_has_its_game_and_player_and_both_times() -> None:
    result = made(YOUNG)
    frame = validated(CONTRACT, result.frame)
    (row,) = frame.drop(columns=["game_date"]).to_dict("records")
    assert (row["game_id"], row["player_id"], row["player_name"], row["team"]) == (GAME, 1629027, "Trae Young", "ATL")
    assert (row["report_status"], row["report_reason"]) == ("out", "Rest")
    assert (row["report_at"], row["known_at"]) == (pd.Timestamp(AT), pd.Timestamp(KNOWN))
    assert set_aside(result) == [] and result.absent == {}


def test_every_report_is_kept() -> None:
    later = (LATER, KNOWN, *YOUNG[2:6], "Available", None)
    assert made(YOUNG, later).frame["report_status"].tolist() == ["out", "available"]


def test_entries_without_player_or_game_are_recorded() -> None:
    result = made(
        (*YOUNG[:5], None, "NOT YET SUBMITTED", None),
        (*YOUNG[:5], "Nobody, Known", "Out", "Rest"),
        (*YOUNG[:5], "Smith, Chris", "Out", "Rest"),
        (*YOUNG[:3], "BOS@MIA", *YOUNG[4:]),
        YOUNG,
        (*YOUNG[:6], "Doubtful", "Rest"),
    )
    assert result.frame["report_status"].tolist() == ["out"]
    assert set_aside(result) == [
        [NOT_SUBMITTED, 0],
        ["unknown_name", 1],
        ["ambiguous_name", 2],
        [NO_GAME, 3],
        [TWICE, 5],
    ]


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_player_named_twice_is_farthest_from_playing_whatever_the_order(is_reversed: bool) -> None:
    rows = [YOUNG, (*YOUNG[:6], "Questionable", "Rest")]
    result = made(*(reversed(rows) if is_reversed else rows))
    assert result.frame["report_status"].tolist() == ["out"]
    assert result.records is not None
    (record,) = result.records.to_dict("records")
    place = 1 if is_reversed else 0
    assert (record["reason"], record["column_name"], record["source_row"]) == (TWICE, "report_status", 1 - place)
    assert record["value"].startswith("taken report_status out (") and record["value"].endswith(
        "report_status questionable"
    )
    assert f"row {place})" in record["value"]


@pytest.mark.parametrize("is_reversed", [False, True])
def test_the_same_report_received_again_does_not_replace_what_was_known(is_reversed: bool) -> None:
    """The second reply may come after the tip-off, and a pregame row must not change then."""
    rows = [(*YOUNG[:6], "Questionable", "Rest"), (AT, "2023-01-03T04:00:00Z", *YOUNG[2:])]
    result = made(*(reversed(rows) if is_reversed else rows))
    (row,) = result.frame.to_dict("records")
    assert (row["report_status"], row["known_at"]) == ("questionable", pd.Timestamp(KNOWN))


def test_an_entry_does_not_match_a_game_of_another_day() -> None:
    """The previous day's report lists that day's game, which must not match a game of the same teams a day later."""
    result = made((*YOUNG[:2], "2023-01-03", *YOUNG[3:]), first="2023-01-03", last="2023-01-03")
    assert result.frame.empty and set_aside(result) == [[NO_GAME, 0]]


def test_a_day_with_games_and_no_report_is_absent() -> None:
    result = made(YOUNG, first=DAY, last="2023-01-04")
    assert result.absent == {pd.Timestamp("2023-01-03"): NO_REPORT}
    assert made(first=DAY, last="2023-01-04").absent == {}


def test_before_the_season_s_first_report_the_missing_file_is_the_reason() -> None:
    later = (AT, KNOWN, "2023-01-03", "MIA@ATL", "Atlanta Hawks", "Young, Trae", "Out", "Rest")
    assert made(later, first=DAY, last="2023-01-04").absent == {}


def test_a_day_is_the_same_alone_and_in_a_range() -> None:
    alone, ranged = made(YOUNG), made(YOUNG, first="2022-12-25", last="2023-01-10")
    pdt.assert_frame_equal(alone.frame, ranged.frame)
