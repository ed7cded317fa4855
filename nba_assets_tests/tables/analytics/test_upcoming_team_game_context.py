"""upcoming_team_game_context: rest, load, travel, form, absences and the line, on small hand-made schedules."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pandas.testing as pdt
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.contract import validated
from nba_assets.tables.analytics.team_schedule import season_phase
from nba_assets.tables.analytics.upcoming_team_game_context import CONTRACT, upcoming_team_game_context

TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
Row = dict[str, object]
DAY = "2024-01-10"


def game(day: str, home: str, away: str, kind: str = "regular", tipoff: str | None = None) -> Row:
    season = Season.of_day(pd.Timestamp(day).date()).label
    keys = {"game_date": day, "game_id": f"{day}{home}", "season": season, "season_type": kind}
    return {**keys, "home_team": home, "away_team": away, "is_neutral_site": False, "tipoff_at": tipoff}


def result(day: str, team: str, margin: int, season_type: str = "regular") -> Row:
    keys = {"game_date": day, "game_id": f"{day}{team}", "team": team, "season_type": season_type}
    return keys | {"margin": margin, "won": margin > 0}


def member(player_id: int, missed: int = 0, is_listed: bool = False, team: str = "BOS", games: int = 30) -> Row:
    return {
        "game_date": DAY,
        "player_id": player_id,
        "team": team,
        "games_missed_in_a_row": missed,
        "on_injured_list": is_listed,
        "team_games_played_season": games,
    }


def played(player_id: int, minutes: int, usage: float = 20.0, day: str = "2024-01-01") -> Row:
    keys = {"game_date": day, "game_id": f"{day}g", "player_id": player_id}
    return {**keys, "seconds_played": minutes * 60, "usage_rate": usage}


def line(spread_home: float, total: float, known_at: str, is_time_known: bool = True) -> Row:
    return {
        "game_date": DAY,
        "game_id": f"{DAY}BOS",
        "source": "oddsapi_consensus_closing",
        "bookmaker": "consensus",
        "snapshot_kind": "closing",
        "snapshot_at": known_at,
        "known_at": known_at,
        "is_time_known": is_time_known,
        "spread_home": spread_home,
        "total": total,
    }


@pytest.fixture
def made(table_rows: TableRows, run: Run) -> Callable[..., pd.DataFrame]:
    """(*games, results=, rosters=, played=, lines=, days=) -> validated rows, indexed by team."""

    def make(
        *games: Row,
        results: tuple[Row, ...] = (),
        rosters: tuple[Row, ...] = (),
        reports: tuple[Row, ...] = (),
        played: tuple[Row, ...] = (),
        lines: tuple[Row, ...] = (),
        days: tuple[str, ...] = (DAY,),
    ) -> pd.DataFrame:
        found = run(
            upcoming_team_game_context,
            *days,
            schedule=table_rows("schedule", *games),
            results=table_rows("team_offense_game_summary", *results),
            rosters=table_rows("rosters", *rosters),
            reports=table_rows("injury_reports", *reports),
            played=table_rows("player_game_summary", *played),
            lines=table_rows("game_lines", *lines),
        )
        return validated(CONTRACT, found).set_index("team")

    return make


def test_rest_of_both_teams(made: Callable[..., pd.DataFrame]) -> None:
    rows = made(game("2024-01-08", "IND", "BOS"), game("2024-01-09", "MIN", "ORL"), game(DAY, "BOS", "MIN"))
    boston, minnesota = rows.loc["BOS"], rows.loc["MIN"]
    assert (boston["days_rest"], boston["back_to_back"]) == (1, False)
    assert (minnesota["days_rest"], minnesota["back_to_back"]) == (0, True)
    assert (boston["opponent_days_rest"], boston["opponent_back_to_back"]) == (0, True)
    assert (minnesota["opponent_days_rest"], minnesota["is_home"]) == (1, False)


def test_without_an_earlier_game_rest_is_unknown_and_nothing_is_back_to_back(
    made: Callable[..., pd.DataFrame],
) -> None:
    boston = made(game(DAY, "BOS", "MIN")).loc["BOS"]
    assert pd.isna(boston["days_rest"]) and not boston["back_to_back"]
    assert pd.isna(boston["travel_miles"]) and pd.isna(boston["time_zones_crossed"])
    assert (boston["games_in_last_14_days"], boston["game_number_in_season"]) == (0, 1)


def test_the_last_season_counts_for_rest_and_not_for_travel(made: Callable[..., pd.DataFrame]) -> None:
    boston = made(game("2023-05-29", "BOS", "MIA", "playoffs"), game("2023-10-25", "NYK", "BOS"), days=("2023-10-25",))
    assert boston.loc["BOS", "days_rest"] == 148
    assert pd.isna(boston.loc["BOS", "travel_miles"]) and boston.loc["BOS", "game_number_in_season"] == 1


def test_load(made: Callable[..., pd.DataFrame]) -> None:
    # 16, 15, 14, 8, 7, 3 and 2 days before: four back-to-backs, the first ends before the 14 days. Pre-season is left
    # out.
    days = ("2023-12-25", "2023-12-26", "2023-12-27", "2024-01-02", "2024-01-03", "2024-01-07", "2024-01-08")
    rows = made(
        *(game(day, "BOS", "MIN") for day in days),
        game("2024-01-09", "BOS", "MIN", "preseason"),
        game(DAY, "BOS", "NYK"),
    )
    boston = rows.loc["BOS"]
    assert (boston["games_in_last_7_days"], boston["games_in_last_14_days"]) == (3, 5)
    assert boston["back_to_backs_last_14_days"] == 3
    assert (boston["game_number_in_season"], boston["season_phase"], boston["days_rest"]) == (8, "early", 1)


def test_the_cup_final_has_no_game_number_but_counts_for_rest(made: Callable[..., pd.DataFrame]) -> None:
    rows = made(
        game("2024-01-07", "BOS", "NYK"), game("2024-01-09", "LAL", "BOS", "cup_final"), game(DAY, "BOS", "MIN")
    )
    assert rows.loc["BOS", "game_number_in_season"] == 2 and rows.loc["BOS", "days_rest"] == 0


def test_season_phases() -> None:
    kinds = pd.Series(["regular"] * 4 + ["play_in", "playoffs"], dtype="string[pyarrow]")
    found = season_phase(kinds, pd.Series([20, 21, 60, 61, 83, 90]))
    assert list(found) == ["early", "mid", "mid", "late", "play_in", "playoffs"]


def test_travel(made: Callable[..., pd.DataFrame]) -> None:
    # Denver to Boston: 1,767 miles between the cities, two hours ahead; Orlando has Boston's time.
    rows = made(game("2024-01-08", "DEN", "BOS"), game("2024-01-09", "ORL", "MIN"), game(DAY, "BOS", "MIN"))
    assert rows.loc["BOS", "travel_miles"] == pytest.approx(1767, abs=6)
    assert rows.loc["BOS", "time_zones_crossed"] == 2.0
    assert rows.loc["MIN", "time_zones_crossed"] == 0.0


def test_travel_to_a_neutral_site_and_a_second_game_there(made: Callable[..., pd.DataFrame]) -> None:
    # San Antonio to Paris: about 5,130 miles, seven hours; then two games in one arena.
    games = (game("2025-01-19", "SAS", "MIA"), game("2025-01-23", "IND", "SAS"), game("2025-01-25", "SAS", "IND"))
    rows = made(*games, days=("2025-01-23", "2025-01-25"))
    first, second = rows.loc["SAS"].sort_values("game_date").to_dict("records")
    assert first["travel_miles"] == pytest.approx(5130, abs=60) and first["time_zones_crossed"] == 7.0
    assert (second["travel_miles"], second["time_zones_crossed"]) == (0.0, 0.0)


def test_daylight_saving_time_is_not_a_time_zone_change(made: Callable[..., pd.DataFrame]) -> None:
    rows = made(game("2024-03-09", "BOS", "MIN"), game("2024-03-11", "BOS", "MIN"), days=("2024-03-11",))
    assert rows.loc["BOS", "time_zones_crossed"] == 0.0, "clocks changed on 10 March"


def test_results_so_far(made: Callable[..., pd.DataFrame]) -> None:
    days = ("2023-12-30", "2024-01-02", "2024-01-05", "2024-01-08")
    results = [result(day, "BOS", margin) for day, margin in zip(days, (5, -3, 8, 12), strict=True)]
    losses = [result(day, "MIN", -4) for day in days[:2]]
    last_season = [result("2023-04-01", "MIN", 9)]
    rows = made(game(DAY, "BOS", "MIN"), results=(*results, *losses, *last_season))
    boston, minnesota = rows.loc["BOS"], rows.loc["MIN"]
    assert (boston["wins_season"], boston["losses_season"], boston["win_pct_season"]) == (3, 1, 0.75)
    assert (boston["win_streak"], boston["loss_streak"], boston["last_margin"]) == (2, 0, 12)
    assert (minnesota["win_streak"], minnesota["loss_streak"], minnesota["wins_season"]) == (0, 2, 0)


def test_the_cup_final_is_not_in_the_standings_and_ends_a_streak(made: Callable[..., pd.DataFrame]) -> None:
    results = (result("2023-12-07", "BOS", 5), result("2023-12-09", "BOS", -6, season_type="cup_final"))
    boston = made(game(DAY, "BOS", "MIN"), results=results).loc["BOS"]
    assert (boston["wins_season"], boston["losses_season"], boston["win_pct_season"]) == (1, 0, 1.0)
    assert (boston["win_streak"], boston["loss_streak"], boston["last_margin"]) == (0, 1, -6)


def test_before_the_first_game_there_is_no_streak(made: Callable[..., pd.DataFrame]) -> None:
    row = made(game(DAY, "BOS", "MIN"), results=(result("2023-04-01", "BOS", 9),)).loc["BOS"]
    assert pd.isna(row["win_streak"]) and pd.isna(row["loss_streak"]) and pd.isna(row["last_margin"])
    assert (row["wins_season"], row["losses_season"]) == (0, 0) and pd.isna(row["win_pct_season"])


def test_players_out(made: Callable[..., pd.DataFrame]) -> None:
    rosters = (
        member(1, missed=9, is_listed=True),  # 34 minutes, on the list: out
        member(2, missed=2),  # 22 minutes, absent from two games: out
        member(3, missed=1),  # 30 minutes, absent from one: likely back
        member(4, missed=5, is_listed=True),  # 12 minutes: not a regular
        member(5),
        member(6, team="MIN"),
    )
    rows = (played(1, 34, 30.0), played(2, 22, 18.5), played(3, 30), played(4, 12), played(5, 35), played(6, 30))
    found = made(game(DAY, "BOS", "MIN"), rosters=rosters, played=rows)
    boston, minnesota = found.loc["BOS"], found.loc["MIN"]
    assert (boston["players_out"], boston["players_out_minutes"], boston["players_out_usage"]) == (2, 56.0, 48.5)
    assert (minnesota["players_out"], minnesota["opponent_players_out"]) == (0, 2)


def test_before_the_first_game_of_a_season_no_player_has_missed_one(made: Callable[..., pd.DataFrame]) -> None:
    rosters = (member(1, missed=4, games=0), member(2, missed=4, games=0, is_listed=True))
    found = made(game(DAY, "BOS", "MIN"), rosters=rosters, played=(played(1, 30), played(2, 30)))
    assert found.loc["BOS", "players_out"] == 1
    assert pd.isna(found.loc["MIN", "players_out"]), "a team without a roster is not a team without absences"


def test_usual_minutes_are_those_of_this_season_from_five_games_on(made: Callable[..., pd.DataFrame]) -> None:
    # Ten games of 30 minutes last season; then four of 10 (still a regular by the last ten), then a fifth.
    before = [played(1, 30, day=f"2023-04-{day:02d}") for day in range(1, 11)]
    four = [played(1, 10, day=f"2024-01-0{day}") for day in range(1, 5)]
    fifth = [played(1, 10, day="2024-01-05")]
    roster = (member(1, missed=3, is_listed=True),)
    found = made(game(DAY, "BOS", "MIN"), rosters=roster, played=(*before, *four)).loc["BOS"]
    assert (found["players_out"], found["players_out_minutes"]) == (1, 22.0), "six of 30 and four of 10"
    later = made(game(DAY, "BOS", "MIN"), rosters=roster, played=(*before, *four, *fifth)).loc["BOS"]
    assert later["players_out"] == 0


def test_line_from_both_sides(made: Callable[..., pd.DataFrame]) -> None:
    tipoff = "2024-01-11T00:30Z"
    rows = made(game(DAY, "BOS", "MIN", tipoff=tipoff), lines=(line(-6.5, 225.5, "2024-01-10T20:00Z"),))
    boston, minnesota = rows.loc["BOS"], rows.loc["MIN"]
    assert (boston["spread"], minnesota["spread"], boston["total"]) == (-6.5, 6.5, 225.5)
    assert (boston["implied_team_total"], minnesota["implied_team_total"]) == (116.0, 109.5)
    assert boston["line_is_time_known"]


@pytest.mark.parametrize(("known_at", "is_shown"), [("2024-01-11T00:30Z", True), ("2024-01-11T00:31Z", False)])
def test_a_line_counts_up_to_tipoff(made: Callable[..., pd.DataFrame], known_at: str, is_shown: bool) -> None:
    tipoff = "2024-01-11T00:30Z"
    rows = made(game(DAY, "BOS", "MIN", tipoff=tipoff), lines=(line(-6.5, 225.5, known_at, is_time_known=False),))
    assert bool(pd.notna(rows.loc["BOS", "spread"])) is is_shown
    if is_shown:
        assert not rows.loc["BOS", "line_is_time_known"]


def test_a_spread_of_zero_has_no_favourite(made: Callable[..., pd.DataFrame]) -> None:
    rows = made(game(DAY, "BOS", "MIN"), lines=(line(0.0, 220.0, "2024-01-10T09:00Z"),))
    assert str(rows.loc["MIN", "spread"]) == "0.0", "never -0.0"


def test_rows_of_the_day_or_later_do_not_matter(made: Callable[..., pd.DataFrame]) -> None:
    games = [game(day, "BOS", "MIN") for day in ("2024-01-07", "2024-01-09", DAY, "2024-01-12")]
    known = [result(day, "BOS", 5) for day in ("2024-01-07", "2024-01-09")]
    later = [result(day, "BOS", -40) for day in (DAY, "2024-01-12")]
    rosters = (member(1, missed=3, is_listed=True),)
    form = [played(1, 24, day="2024-01-09")]
    garbage = [played(1, 48, 90.0, day=day) for day in (DAY, "2024-01-12")]
    alone = made(*games[:3], results=tuple(known), rosters=rosters, played=tuple(form))
    inside = made(
        *games,
        results=(*known, *later),
        rosters=rosters,
        played=(*form, *garbage),
        days=(DAY, "2024-01-11", "2024-01-12"),
    )
    pdt.assert_frame_equal(alone, inside[inside["game_date"] == DAY], check_exact=True)
    assert alone.loc["BOS", "win_streak"] == 2 and alone.loc["BOS", "players_out_minutes"] == 24.0


def test_a_day_without_games_has_no_rows(made: Callable[..., pd.DataFrame]) -> None:
    assert len(made(game("2024-01-08", "BOS", "MIN"))) == 0
    assert len(made(game(DAY, "BOS", "MIN", "all_star"))) == 0
