"""upcoming_player_game_context: load, form, absences and the line, on small hand-made histories."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pandas.testing as pdt
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.tables.analytics.upcoming_player_game_context import CONTRACT, upcoming_player_game_context

TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
Row = dict[str, object]
Make = Callable[..., pd.DataFrame]
DAY, GAME = "2024-01-10", "0022300500"
TEAM: Row = {
    "game_date": DAY,
    "game_id": GAME,
    "team": "BOS",
    "opponent": "MIN",
    "season": "2023-24",
    "season_type": "regular",
    "is_home": True,
    "season_phase": "mid",
    "days_rest": 1,
    "back_to_back": False,
    "opponent_days_rest": 0,
    "opponent_back_to_back": True,
    "travel_miles": 1767.2,
    "spread": -6.5,
    "total": 225.5,
    "implied_team_total": 116.0,
    "tipoff_at": "2024-01-11T00:30Z",
    "opponent_players_out": 2,
}


def member(player_id: int, missed: int | None = 0, is_listed: bool = False, team: str = "BOS", day: str = DAY) -> Row:
    return {
        "game_date": day,
        "season": "2023-24",
        "player_id": player_id,
        "team": team,
        "games_missed_in_a_row": missed,
        "on_injured_list": is_listed,
        "team_games_played_season": 30,
    }


def played(day: str, points: int = 10, minutes: float = 30.0, player_id: int = 1, **more: object) -> Row:
    keys: Row = {"game_date": day, "game_id": f"{day}g", "player_id": player_id, "usage_rate": 20.0}
    return {**keys, "points": points, "seconds_played": round(minutes * 60), **more}


def quote(line: float, at: str, bookmaker: str = "draftkings") -> Row:
    keys: Row = {"game_date": DAY, "game_id": GAME, "player_id": 1, "bookmaker": bookmaker, "is_main": True}
    return {**keys, "line": line, "over_price": 1.9, "under_price": 1.9, "snapshot_at": at, "known_at": at}


@pytest.fixture
def made(table_rows: TableRows, run: Run) -> Make:
    """(*played rows, rosters=, team=, players=, quotes=, days=) -> validated rows, indexed by player_id."""

    def make(
        *games: Row,
        rosters: tuple[Row, ...] = (member(1),),
        team: tuple[Row, ...] = (TEAM,),
        players: tuple[Row, ...] = (),
        quotes: tuple[Row, ...] = (),
        reports: tuple[Row, ...] = (),
        days: tuple[str, ...] = (DAY,),
    ) -> pd.DataFrame:
        found = run(
            upcoming_player_game_context,
            *days,
            rosters=table_rows("rosters", *rosters),
            reports=table_rows("injury_reports", *reports),
            team_context=table_rows("upcoming_team_game_context", *team),
            players=table_rows("players", *players),
            quotes=table_rows("prop_lines", *quotes),
            played=table_rows("player_game_summary", *games),
        )
        return validated(CONTRACT, found).set_index("player_id")

    return make


def test_members_of_teams_that_play(made: Make) -> None:
    assert list(made(rosters=(member(1), member(2), member(3, team="LAL"))).index) == [1, 2]


def test_rest_of_the_player_and_of_the_team(made: Make) -> None:
    row = made(played("2024-01-05")).loc[1]
    assert (row["days_rest"], row["back_to_back"]) == (4, False)
    assert (row["team_days_rest"], row["team_back_to_back"], row["opponent_days_rest"]) == (1, False, 0)
    tired = made(played("2024-01-09")).loc[1]
    assert (tired["days_rest"], tired["back_to_back"]) == (0, True)


def test_load(made: Make) -> None:
    # 16, 15 and 14 days before (one of the two back-to-backs ends within 14 days), 7 and 1.
    games = [
        played(day, minutes=minutes)
        for day, minutes in (
            ("2023-12-25", 40),
            ("2023-12-26", 40),
            ("2023-12-27", 30),
            ("2024-01-03", 20.5),
            ("2024-01-09", 36),
        )
    ]
    row = made(*games).loc[1]
    assert (row["games_in_last_7_days"], row["games_in_last_14_days"]) == (2, 3)
    assert (row["minutes_in_last_7_days"], row["minutes_in_last_14_days"]) == (56.5, 86.5)
    assert (row["minutes_avg_last_7_days"], row["back_to_backs_last_14_days"]) == (28.25, 1)


def test_a_week_without_a_game_has_no_average(made: Make) -> None:
    row = made(played("2024-01-02")).loc[1]
    assert (row["games_in_last_7_days"], row["minutes_in_last_7_days"]) == (0, 0.0)
    assert pd.isna(row["minutes_avg_last_7_days"]) and pd.isna(row["usage_rate_last_7_days"])


def test_only_season_averages_stop_at_the_season_boundary(made: Make) -> None:
    # 400 days before 10 January 2024 is 6 December 2022: the game of the 5th is too old.
    games = [played("2022-12-05", 60), *(played(f"2023-04-0{day}", 12) for day in range(1, 6))]
    row = made(*games, played("2024-01-01", 30), played("2024-01-03", 33)).loc[1]
    assert (row["points_avg_last_5"], row["games_used_last_5"]) == ((33 + 30 + 12 * 3) / 5, 5)
    assert (row["points_avg_last_10"], row["games_used_last_10"]) == ((33 + 30 + 12 * 5) / 7, 7)
    assert (row["points_avg_season"], row["games_played_season"]) == (31.5, 2)


def test_a_player_without_a_game_has_no_form(made: Make) -> None:
    row = made(rosters=(member(1, missed=None),)).loc[1]
    unknown = (
        "days_rest points_avg_last_10 minutes_avg_last_10 points_avg_season projected_minutes usage_rate_season age"
    )
    assert row[unknown.split()].isna().all()
    assert (row["games_used_last_10"], row["games_in_last_14_days"], row["back_to_back"]) == (0, 0, False)


def test_usage_is_weighted_by_playing_time(made: Make) -> None:
    # 20 percent over 30 minutes and 30 over 10 are 22.5; with 40 minutes at 10 in December 16.25 over the season.
    row = made(
        played("2023-12-01", minutes=40, usage_rate=10.0),
        played("2024-01-05", minutes=30, usage_rate=20.0),
        played("2024-01-08", minutes=10, usage_rate=30.0),
    ).loc[1]
    assert (row["usage_rate_last_7_days"], row["usage_rate_season"], row["usage_change"]) == (22.5, 16.25, 6.25)


def test_starts_are_unknown_if_one_of_the_games_is(made: Make) -> None:
    games = [played("2024-01-05", is_starter=True), played("2024-01-07", is_starter=False)]
    assert made(*games).loc[1, "starts_last_10"] == 1
    assert pd.isna(made(*games, played("2024-01-03")).loc[1, "starts_last_10"])


def test_teammates_out_exclude_the_player(made: Make) -> None:
    rosters = (
        member(1, is_listed=True),  # 30 minutes, played the last game, now on the list
        member(2, missed=2),  # 24 minutes, absent from two
        member(3, missed=1),  # 36 minutes, absent from one
        member(4),
    )
    games = (
        played("2024-01-08", minutes=30, player_id=1, usage_rate=25.0),
        played("2024-01-03", minutes=24, player_id=2, usage_rate=15.0),
        played("2024-01-05", minutes=36, player_id=3),
    )
    rows = made(*games, rosters=rosters)
    assert list(rows["teammates_out"]) == [1, 1, 2, 2]
    assert list(rows["teammates_out_minutes"]) == [24.0, 30.0, 54.0, 54.0]
    assert list(rows["teammates_out_usage"]) == [15.0, 25.0, 40.0, 40.0]
    # All 30 minutes of the first one are news, and a third of the second one's 24.
    assert list(rows["teammates_newly_out_minutes"]) == [8.0, 30.0, 38.0, 38.0]
    assert list(rows["injury_status"]) == ["injured_list", "missed_games", "missed_last", "available"]


def test_person(made: Make) -> None:
    about: Row = {"player_name": "Jrue Holiday", "position": "G", "birth_date": "2000-01-10"}
    row = made(players=({**about, "player_id": 1, "game_date": "2021-10-19"},)).loc[1]
    assert (row["player_name"], row["position"]) == ("Jrue Holiday", "G")
    assert row["age"] == pytest.approx(24.0, abs=0.002)


def test_a_player_who_becomes_known_later_is_unknown(made: Make) -> None:
    later: Row = {"player_id": 1, "game_date": "2024-01-11", "player_name": "Later", "birth_date": "2000-01-10"}
    row = made(players=(later,), days=(DAY, "2024-01-12")).loc[1]
    assert pd.isna(row["player_name"]) and pd.isna(row["age"])


def test_line_and_its_movement(made: Make) -> None:
    quotes = (
        quote(24.5, "2024-01-10T12:00Z"),
        quote(25.5, "2024-01-10T23:00Z"),
        quote(26.5, "2024-01-10T23:00Z", "fanduel"),
        quote(31.5, "2024-01-11T00:30Z"),
    )
    row = made(quotes=quotes).loc[1]
    assert (row["points_line"], row["points_line_books"]) == (26.0, 2), "a quote at tip-off is too late"
    assert (row["points_line_first_seen"], row["points_line_movement"]) == (24.5, 1.5)
    assert (row["spread"], row["total"], row["implied_team_total"]) == (-6.5, 225.5, 116.0)
    assert row["points_line_at"] == pd.Timestamp("2024-01-10T23:00Z")


@pytest.mark.parametrize(
    ("results", "over", "under"),
    [
        (["UNDER", "OVER", None, "OVER"], 2, 0),
        (["OVER", "UNDER"], 0, 1),
        (["OVER", "PUSH"], 0, 0),
        (["OVER"] * 3, 3, 0),
    ],
)
def test_streaks_count_lined_games_only(made: Make, results: list[str | None], over: int, under: int) -> None:
    games = [played(f"2024-01-0{day}", over_under_result=found) for day, found in enumerate(results, start=1)]
    row = made(*games).loc[1]
    assert (row["over_streak"], row["under_streak"]) == (over, under)
    assert row["lined_games_last_10"] == sum(found is not None for found in results)


def test_without_a_lined_game_there_is_no_streak(made: Make) -> None:
    row = made(played("2024-01-05")).loc[1]
    assert pd.isna(row["over_streak"]) and pd.isna(row["under_streak"]) and row["lined_games_last_10"] == 0


def test_projected_minutes_by_hand(made: Make) -> None:
    # Means: last game 24, last three 28, last ten 28, season 28; started one of four, the last one.
    minutes, starts = (24, 30, 30, 28), (True, False, False, False)
    days = ("2024-01-08", "2024-01-06", "2024-01-04", "2024-01-02")
    games = [
        played(day, minutes=length, is_starter=start) for day, length, start in zip(days, minutes, starts, strict=True)
    ]
    base = 0.18 * 24 + 0.25 * 28 + 0.34 * 28 + 0.23 * 28 + 2.1 * (1 - 1 / 4)
    assert made(*games).loc[1, "projected_minutes"] == pytest.approx(base)
    returning = made(*games, rosters=(member(1, missed=3),)).loc[1, "projected_minutes"]
    assert returning == pytest.approx(base - 0.022 * 3 * 28)
    playoffs = made(*games, team=({**TEAM, "season_type": "playoffs"},)).loc[1, "projected_minutes"]
    assert playoffs == pytest.approx(base + 0.15 * 8)
    star = played("2024-01-08", minutes=36, player_id=2)
    freed = made(*games, star, rosters=(member(1), member(2, is_listed=True))).loc[1, "projected_minutes"]
    assert freed == pytest.approx(base + 0.054 * 36 * (1 - 8 / 20))


def test_projected_minutes_are_at_most_a_game_s_length(made: Make) -> None:
    assert made(played("2024-01-08", minutes=58)).loc[1, "projected_minutes"] == 48.0


def test_rows_of_the_day_or_later_do_not_matter(made: Make) -> None:
    known = [played(f"2024-01-0{day}", 10 + day, over_under_result="OVER") for day in (2, 4, 6, 8)]
    later = [played(day, 79, 48.0, usage_rate=90.0, over_under_result="UNDER") for day in (DAY, "2024-01-12")]
    rosters = (member(1), member(1, missed=0, day="2024-01-12"))
    team = (TEAM, {**TEAM, "game_date": "2024-01-12", "game_id": "0022300520"})
    alone = made(*known)
    inside = made(*known, *later, rosters=rosters, team=team, days=(DAY, "2024-01-11", "2024-01-12"))
    assert len(inside) == 2
    pdt.assert_frame_equal(alone, inside[inside["game_date"] == DAY], check_exact=True)
    assert alone.loc[1, "points_avg_last_5"] == 15.0


def report(player_id: int, status: str, at: str, known: str | None = None) -> Row:
    keys: Row = {"game_date": DAY, "game_id": GAME, "player_id": player_id, "team": "BOS", "report_at": at}
    return {**keys, "report_status": status, "known_at": known or at}


def three(made: Make, *reports: Row) -> pd.DataFrame:
    """Three regulars, the third on the injured list, with these reports."""
    games = [played(f"2024-01-{day:02d}", player_id=player) for player in (1, 2, 3) for day in range(1, 8)]
    rosters = (member(1), member(2), member(3, is_listed=True))
    return made(*games, rosters=rosters, team=(TEAM,), reports=reports)


def test_without_a_report_the_list_and_the_missed_games_decide(made: Make) -> None:
    rows = three(made)
    assert rows["injury_status"].to_dict() == {1: "available", 2: "available", 3: "injured_list"}
    assert rows["teammates_out"].to_dict() == {1: 1, 2: 1, 3: 0}


def test_the_newest_report_before_the_tip_off_counts_also_for_teammates(made: Make) -> None:
    rows = three(
        made,
        report(1, "questionable", "2024-01-10T18:00Z"),
        report(1, "out", "2024-01-10T23:30Z"),
        report(3, "available", "2024-01-10T23:30Z"),
    )
    assert rows["injury_status"].to_dict() == {1: "ruled_out", 2: "available", 3: "available"}
    assert rows["teammates_out"].to_dict() == {1: 0, 2: 1, 3: 1}
    assert rows["teammates_out_minutes"].to_dict() == {1: 0.0, 2: 30.0, 3: 30.0}


@pytest.mark.parametrize(
    ("published", "known"),
    [
        ("2024-01-11T00:30Z", "2024-01-11T00:30Z"),  # at the tip-off
        ("2024-01-10T23:30Z", "2024-01-11T00:31Z"),  # published before it, received after it
        ("2024-01-11T02:00Z", "2024-01-11T02:00Z"),
    ],
)
def test_a_report_that_lands_after_the_tip_off_is_not_known(made: Make, published: str, known: str) -> None:
    pdt.assert_frame_equal(three(made, report(1, "out", published, known)), three(made))


def test_a_player_missing_in_the_newest_report_is_available(made: Make) -> None:
    rows = three(made, report(3, "out", "2024-01-10T18:00Z"), report(2, "probable", "2024-01-10T20:00Z"))
    assert rows["injury_status"].to_dict() == {1: "available", 2: "probable", 3: "available"}


def test_an_older_report_that_lands_later_does_not_count(made: Make) -> None:
    rows = three(
        made, report(1, "out", "2024-01-10T20:00Z"), report(1, "probable", "2024-01-10T18:00Z", "2024-01-10T21:00Z")
    )
    assert rows.loc[1, "injury_status"] == "ruled_out"
