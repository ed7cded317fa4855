"""Best bets: selection, results, the record of results, and the reasons listed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pandas as pd
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.contracts.run import Making
from nba_assets.tables.publishing.best_bet_files import records_before
from nba_assets.tables.publishing.reasons import CONTEXT, reasons
from nba_assets.tables.record import best_bet_results as results
from nba_assets.tables.record.best_bets import CONTRACT, best_bets, chosen
from nba_assets.tables.record.published_predictions import LIVE
from nba_assets.windows.asof import History
from nba_assets_tests.hand_made import given_run

TableRows = Callable[..., pd.DataFrame]
Run = Callable[..., pd.DataFrame]
Row = dict[str, object]
DAY = "2024-01-10"
GAME = "0022300500"
FIRST_TIP = "2024-01-10T20:00:00Z"
BET: Row = {
    "game_date": DAY,
    "game_id": GAME,
    "system_id": "market_informed",
    "revision": 0,
    "provenance": "reconstructed",
    "team": "BOS",
    "opponent": "MIN",
    "is_home": True,
    "bet_side": "OVER",
    "bet_book": "a book",
    "bet_line": 20.5,
    "bet_price": 2.0,
    "bet_snapshot_at": "2024-01-10T12:00:00Z",
    "expected_value": 0.1,
    "confidence": 0.55,
    "timed_points": 22.0,
}
NO_BET = dict.fromkeys(name for name in BET if name.startswith("bet_") or name in ("expected_value", "confidence"))


@pytest.fixture
def schedule(table_rows: TableRows) -> pd.DataFrame:
    games = [
        {"game_id": GAME, "tipoff_at": FIRST_TIP, "season_type": "regular"},
        {"game_id": "0022300501", "tipoff_at": "2024-01-11T01:00:00Z", "season_type": "regular"},
        {"game_id": "0032300001", "tipoff_at": "2024-01-10T11:00:00Z", "season_type": "all_star"},
    ]
    return table_rows("schedule", *games, game_date=DAY)


def bets(table_rows: TableRows, *changes: Row) -> pd.DataFrame:
    rows = [{**BET, "player_id": place, **change} for place, change in enumerate(changes, start=1)]
    return table_rows("published_predictions", *rows)


def test_the_best_fifteen_by_expected_value(table_rows: TableRows, schedule: pd.DataFrame) -> None:
    record = bets(table_rows, *({"expected_value": value / 100} for value in range(1, 21)))
    found = chosen(record, schedule)
    assert found["player_id"].tolist() == list(range(20, 5, -1))
    assert found["rank"].tolist() == list(range(1, 16))


def test_only_quotes_before_the_first_tip_off_of_a_competitive_game_count(
    table_rows: TableRows, schedule: pd.DataFrame
) -> None:
    late = {"game_id": "0022300501", "bet_snapshot_at": FIRST_TIP}
    in_time = {"game_id": "0022300501", "bet_snapshot_at": "2024-01-10T19:59:59Z"}
    assert chosen(bets(table_rows, late, in_time), schedule)["player_id"].tolist() == [2]
    unknown = schedule.assign(tipoff_at=schedule["tipoff_at"].mask(schedule["game_id"] == GAME))
    at_noon, before = ({"bet_snapshot_at": f"2024-01-10T{text}Z"} for text in ("17:00:00", "16:59:59"))
    assert chosen(bets(table_rows, at_noon, before), unknown)["player_id"].tolist() == [2]


def test_bets_of_other_systems_and_rows_without_one_are_not_listed(
    table_rows: TableRows, schedule: pd.DataFrame
) -> None:
    assert chosen(bets(table_rows, {"system_id": "ensemble"}, NO_BET), schedule).empty


def test_the_valid_revision_counts(table_rows: TableRows, schedule: pd.DataFrame) -> None:
    first = {"player_id": 1, "revision": 1, "provenance": "live"}
    record = bets(table_rows, first, {**first, "revision": 2, "bet_line": 21.5})
    assert chosen(record, schedule)["bet_line"].tolist() == [21.5]


def made(
    record: pd.DataFrame, schedule: pd.DataFrame, at: datetime, earlier: pd.DataFrame, **making: object
) -> pd.DataFrame:
    given = {"is_replay": False, "partial": pd.DatetimeIndex([]), "fingerprints": pd.Series(dtype="string"), **making}
    return validated(
        CONTRACT,
        best_bets.function(
            record=record,
            schedule=schedule,
            run=given_run(
                live=earlier[earlier["provenance"] == LIVE],
                making=Making(at=at, **given),  # type: ignore[arg-type]
            ),
            days=pd.DatetimeIndex([DAY]),
        ),
    )


def test_a_live_list_is_kept_from_the_first_tip_off_on(table_rows: TableRows, schedule: pd.DataFrame) -> None:
    nothing = table_rows("best_bets")
    noon, later, night = (datetime(2024, 1, 10, hour, tzinfo=UTC) for hour in (17, 19, 21))
    record = bets(table_rows, {}, {"expected_value": 0.2})
    live = made(record, schedule, noon, nothing)
    assert (set(live["provenance"]), live["made_at"].max()) == ({"live"}, noon)
    other = bets(table_rows, {"player_id": 9})
    assert made(other, schedule, later, live)["player_id"].tolist() == [9], "before the tip it follows the record"
    pd.testing.assert_frame_equal(made(other, schedule, night, live), live)
    pd.testing.assert_frame_equal(made(other, schedule, noon, live, is_replay=True), live)
    pd.testing.assert_frame_equal(made(other, schedule, night, live, partial=pd.DatetimeIndex([DAY])), live)
    for late in (made(other, schedule, night, nothing), made(other, schedule, noon, nothing, is_replay=True)):
        assert late["provenance"].tolist() == ["reconstructed"]


@pytest.mark.parametrize(
    ("side", "points", "result", "profit"),
    [
        ("OVER", 21, "WIN", 1.1),
        ("OVER", 20, "LOSS", -1.0),
        ("UNDER", 20, "WIN", 1.1),
        ("OVER", 20.5, "PUSH", 0.0),
        ("UNDER", None, "VOID", 0.0),
    ],
)
def test_the_result_of_a_bet(
    table_rows: TableRows, run: Run, side: str, points: float | None, result: str, profit: float
) -> None:
    line = 20.0 if points == 20.5 else 20.5
    scored = 20 if points == 20.5 else points
    bet = {name: value for name, value in BET.items() if name not in ("revision",)}
    bet |= {"player_id": 1, "rank": 1, "bet_side": side, "bet_line": line, "bet_price": 2.1}
    played: list[Row] = [{"game_id": GAME, "player_id": 99, "points": 5, "minutes": 12.0}]
    if scored is not None:
        played.append({"game_id": GAME, "player_id": 1, "points": scored, "minutes": 30.0})
    found = run(
        results.best_bet_results,
        DAY,
        bets=table_rows("best_bets", bet),
        played=table_rows("player_game_summary", *played, game_date=DAY),
        teams=table_rows("team_boxscores", {"game_id": GAME, "team": "BOS", "game_date": DAY}),
    )
    row = validated(results.CONTRACT, found).iloc[0]
    assert (row["bet_result"], round(row["bet_profit"], 9)) == (result, profit)


def test_the_record_counts_earlier_days_only(table_rows: TableRows) -> None:
    """30 days contain Jan 9 and Dec 11, not Dec 10 and Jan 10; the season does not contain the previous one."""

    def bet(day: str, result: str, price: float = 2.0, provenance: str = "reconstructed") -> Row:
        profit = {"WIN": price - 1, "LOSS": -1.0}.get(result, 0.0)
        return {
            "game_date": day,
            "game_id": day,
            "player_id": 1,
            "provenance": provenance,
            "bet_price": price,
            "bet_result": result,
            "bet_profit": profit,
        }

    past = table_rows(
        "best_bet_results",
        bet("2023-06-01", "WIN"),
        bet("2023-12-10", "LOSS"),
        bet("2023-12-11", "WIN", 3.0),
        bet("2023-12-20", "PUSH", 2.5),
        bet("2023-12-21", "VOID"),
        bet("2024-01-09", "LOSS"),
        bet("2024-01-09", "WIN", 1.5, "live") | {"player_id": 2},
        bet("2024-01-10", "WIN"),
    )
    found = records_before(History(past, 365), pd.DatetimeIndex([DAY]))[pd.Timestamp(DAY)]
    by_window = {(entry["time_window"], entry["provenance"]): entry for entry in found}
    assert len(by_window) == 4
    month = by_window["30_days", "reconstructed"]
    assert [month[name] for name in ("bets", "wins", "losses", "pushes", "voids")] == [3, 1, 1, 1, 1]
    assert (month["accuracy"], month["profit"], month["roi"]) == (0.5, 1.0, 0.3333)
    assert (month["mean_price"], month["break_even"]) == (2.5, 0.4111)
    season = by_window["season", "reconstructed"]
    assert [season[name] for name in ("bets", "wins", "losses", "profit")] == [4, 1, 2, 0.0]
    assert by_window["season", "live"]["profit"] == 0.5
    assert records_before(History(past, 365), pd.DatetimeIndex(["2023-05-01"])) == {}


CONTEXT_ROW: Row = dict.fromkeys(CONTEXT) | {
    "opponent": "MIN",
    "projected_minutes": 34.06,
    "minutes_avg_last_10": 31.0,
    "games_used_last_10": 10,
    "points_avg_season": 18.2,
    "games_played_season": 40,
    "days_rest": 1,
    "back_to_back": False,
    "teammates_out": 2,
    "teammates_out_usage": 41.2,
}


def test_reasons_are_sentences_strongest_first() -> None:
    found = reasons(
        BET,
        {"moving_average": 23.4, "zone_matchup": 19.0, "similarity": None},  # type: ignore[dict-item]
        {"base": 18.0, "minutes": 0.6, "long_run": -1.4, "usage": 0.9, "pace": 0.1, "total": 2.0, "venue": None},
        CONTEXT_ROW,
    )
    assert found == [
        "At 2.00 the over breaks even at 50.0%; we give it 55.0%, worth +0.100 units a unit",
        "Starting from the line of 20.5 we make it 22.0 points",
        "1 of 2 systems that do not see his line are over it: moving average 23.4, zone matchup 19.0",
        "2 teammates with 41 % of usage between them are out: +0.9 points",
        "Projected for 34.1 minutes after 31.0 a game over his last 10: +0.6 points",
    ]


def test_reasons_of_an_under_name_negative_components_and_never_the_game_line() -> None:
    found = reasons(
        {**BET, "bet_side": "UNDER"},
        {},
        {"long_run": -1.4, "matchup": -0.3, "fatigue": -0.25, "pace": -0.21, "total": -3.0, "clip": -1.0, "usage": 2.0},
        {**CONTEXT_ROW, "back_to_back": True},
    )
    assert found[2:] == [
        "His longer averages lie below his last games (18.2 points in 40 games this season): -1.4 points",
        "MIN allows less than others to his position and where he shoots: -0.3 points",
        "He played yesterday: -0.2 points",
    ]


def test_a_reason_with_an_unknown_number_is_left_out() -> None:
    nothing: Row = dict.fromkeys(CONTEXT) | {"opponent": "MIN"}
    found = reasons(BET, {}, {"minutes": 3.0, "fatigue": 1.0, "long_run": 0.5, "usage": 0.4}, nothing)
    assert found[2:] == [
        "His longer averages lie above his last games: +0.5 points",
        "His share of the team's plays has been rising: +0.4 points",
    ]
