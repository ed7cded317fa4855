"""predictions/{date}.json, best-bets/{date}.json and results/{date}.json, from hand-made rows to the document."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nba_assets.contracts.daily_table import DailyTable
from nba_assets.documents import schemas
from nba_assets.documents.canonical import canonical, decoded, encoded
from nba_assets.engine.platform import Platform
from nba_assets.engine.publication import Publication
from nba_assets.settings import Settings
from nba_assets.stores.folder import FileStore
from nba_assets.tables.publishing.best_bet_files import best_bet_files
from nba_assets.tables.publishing.prediction_files import prediction_files
from nba_assets.tables.publishing.result_files import result_files
from nba_assets.windows.asof import History
from nba_assets_tests.hand_made import given_run

TableRows = Callable[..., pd.DataFrame]
Row = dict[str, object]
DAY = "2024-01-10"
EARLY, LATE = "0022300500", "0022300501"
AFTERNOON, NIGHT, NEXT = (datetime(2024, 1, day, hour, tzinfo=UTC) for day, hour in ((10, 18), (10, 22), (11, 12)))
GAMES: tuple[Row, ...] = (
    {"game_id": LATE, "home_team": "LAL", "away_team": "GSW", "tipoff_at": "2024-01-11T01:00:00Z"},
    {"game_id": EARLY, "home_team": "BOS", "away_team": "MIN", "tipoff_at": "2024-01-10T20:00:00Z"},
)
GAME: Row = {"season": "2023-24", "season_type": "regular", "arena": "An arena", "is_neutral_site": False}
SAID: Row = {
    "game_date": DAY,
    "game_id": EARLY,
    "player_id": 1,
    "revision": 0,
    "provenance": "reconstructed",
    "team": "BOS",
    "opponent": "MIN",
    "is_home": True,
    "season": "2023-24",
    "season_type": "regular",
    "minutes_band": "28-34",
    "scoring_tier": "starter",
    "predicted_points": 20.123456,
    "expected_points": 20.5,
    "timed_points": 20.0,
    "sigma": 6.0,
    "p10": 12.0,
    "p25": 16.0,
    "p75": 24.0,
    "p90": 29.0,
    "has_line": True,
    "points_line": 20.5,
    "prob_over": 0.45,
    "edge": -0.376544,
    "recommendation": "PASS",
    "components": '{"base": 21.5, "median": -0.68, "two": null}',
    "system_agreement": 0.8,
    "warnings": "fewer than 5 games this season; box scores are missing",
    "made_at": "2024-01-10T17:00:00Z",
}
BET: Row = {
    "bet_side": "UNDER",
    "bet_book": "a book",
    "bet_line": 20.5,
    "bet_price": 1.9,
    "bet_snapshot_at": "2024-01-10T12:00:00Z",
    "expected_value": 0.05,
    "confidence": 0.55,
}


def said(system: str, **changes: object) -> Row:
    return {**SAID, "system_id": system, **changes}


@pytest.fixture
def publication(tmp_path: Path) -> Publication:
    return published_at(tmp_path, NEXT)


def published_at(folder: Path, now: datetime) -> Publication:
    platform = Platform(Settings(home=folder / "home"))
    return Publication(FileStore(folder / "published"), now, "archive", platform, result_files)


def documents(
    table: DailyTable, publication: Publication, frames: dict[str, Any], keep: bool = False
) -> dict[str, dict[str, Any]]:
    """The documents by path, as a reader gets them, validated against their schemas; optionally published."""
    found = {}
    made: Iterable[tuple[str, dict[str, Any], int]] = table.function(
        **frames, run=given_run(publication=publication), days=pd.DatetimeIndex([DAY])
    )
    for path, document, _ in made:
        plain = canonical(document)
        schemas.check(path, plain)
        found[path] = decoded(encoded(plain))
        if keep:
            publication.put(path, document, cache_control="")
    return found


@pytest.fixture
def frames(table_rows: TableRows) -> Callable[..., dict[str, Any]]:
    """(*rows of the record) -> the inputs of prediction_files."""

    def build(*record: Row) -> dict[str, Any]:
        people = {(row["game_id"], row["player_id"]) for row in record}
        context = [
            {"game_id": game, "player_id": player, "player_name": f"<b>Player {player}</b>", "projected_minutes": 30.0}
            for game, player in sorted(people, key=str)
        ]
        sides = [
            {"game_id": EARLY, "team": "BOS", "is_home": True, "spread": -4.5, "total": 220.5},
            {"game_id": EARLY, "team": "MIN", "is_home": False, "spread": 4.5, "total": 220.5},
        ]
        teams = table_rows("upcoming_team_game_context", *sides, game_date=DAY, line_is_time_known=False)
        return {
            "record": table_rows("published_predictions", *record),
            "schedule": table_rows("schedule", *GAMES, game_date=DAY, **GAME),
            "context": table_rows("upcoming_player_game_context", *context, game_date=DAY).drop(
                columns=["team", "opponent", "season", "season_type", "is_home", "points_line"]
            ),
            "teams": teams[["game_date", "game_id", "is_home", "spread", "total", "line_is_time_known"]],
        }

    return build


Frames = Callable[..., dict[str, Any]]


def test_predictions_of_a_day(frames: Frames, publication: Publication) -> None:
    rows = [said("ensemble"), said("moving_average", **BET, recommendation="UNDER"), said("ensemble", player_id=2)]
    found = documents(prediction_files, publication, frames(*rows))
    assert list(found) == [f"predictions/{DAY}.json"]
    document = found[f"predictions/{DAY}.json"]
    assert document["summary"] == {
        "games": 2,
        "players": 2,
        "lined_players": 2,
        "predictions": 3,
        "live_predictions": 0,
        "bets": 1,
    }
    early, late = document["games"]
    assert [early["game_id"], late["game_id"]] == [EARLY, LATE], "by tip-off"
    assert (late["players"], early["spread"], late["spread"]) == ([], -4.5, None)
    assert (early["provenance"], early["made_at"]) == ("reconstructed", None)
    player = early["players"][0]
    assert player["player_name"] == "<b>Player 1</b>"
    assert player["warnings"] == ["fewer than 5 games this season", "box scores are missing"]
    assert [entry["system_id"] for entry in player["systems"]] == ["moving_average", "ensemble"]
    first, second = player["systems"]
    assert (second["predicted_points"], second["edge"], second["bet_side"]) == (20.1235, -0.3765, None)
    assert first["bet_snapshot_at"] == "2024-01-10T12:00:00Z"
    assert first["components"] == {"base": 21.5, "median": -0.68, "two": None}


def test_without_a_line_its_fields_are_null(frames: Frames, publication: Publication) -> None:
    row = said("ensemble", has_line=False, points_line=None, prob_over=None, edge=None, recommendation="NO_LINE")
    document = documents(prediction_files, publication, frames(row))[f"predictions/{DAY}.json"]
    player = document["games"][0]["players"][0]
    assert (player["has_line"], player["points_line"]) == (False, None)
    assert (player["systems"][0]["prob_over"], player["systems"][0]["edge"]) == (None, None)
    assert document["summary"]["lined_players"] == 0


def test_a_day_without_predictions_has_no_document(frames: Frames, publication: Publication) -> None:
    assert documents(prediction_files, publication, frames()) == {}


def test_published_predictions_of_a_game_are_kept_from_its_tip_off_on(frames: Frames, tmp_path: Path) -> None:
    """The context changes after the first tip-off: the first game's part of the file is kept, the other's changes."""
    live = {"revision": 1, "provenance": "live"}
    rows = [said("ensemble", **live), said("ensemble", **live, game_id=LATE, player_id=2, team="LAL", opponent="GSW")]
    given = frames(*rows)
    before = documents(prediction_files, published_at(tmp_path, AFTERNOON), given, keep=True)[f"predictions/{DAY}.json"]
    assert [game["provenance"] for game in before["games"]] == ["live", "live"]
    assert before["games"][0]["made_at"] == "2024-01-10T17:00:00Z"
    changed = {**given, "context": given["context"].assign(projected_minutes=12.0)}
    after = documents(prediction_files, published_at(tmp_path, NIGHT), changed)[f"predictions/{DAY}.json"]
    assert after["games"][0] == before["games"][0]
    assert after["games"][1]["players"][0]["context"]["projected_minutes"] == 12.0
    over = documents(prediction_files, published_at(tmp_path, NEXT), changed)[f"predictions/{DAY}.json"]
    assert over == before
    reconstructed = {**changed, "record": given["record"].assign(provenance="reconstructed", revision=0)}
    free = documents(prediction_files, published_at(tmp_path, NEXT), reconstructed)[f"predictions/{DAY}.json"]
    assert free["games"][0]["players"][0]["context"]["projected_minutes"] == 12.0


def test_the_valid_revision_is_shown(frames: Frames, publication: Publication) -> None:
    rows = [said("ensemble", revision=1, provenance="live"), said("ensemble", revision=2, predicted_points=25.0)]
    rows[1]["provenance"] = "live"
    document = documents(prediction_files, publication, frames(*rows))[f"predictions/{DAY}.json"]
    systems = document["games"][0]["players"][0]["systems"]
    assert [entry["predicted_points"] for entry in systems] == [25.0]
    assert document["summary"]["live_predictions"] == 1


def test_what_was_published_before_is_told_beside_what_changed(frames: Frames, publication: Publication) -> None:
    """The last one with other points or another line, of each system; newer quotes of the same line change neither."""
    first = [said(name, revision=1, provenance="live") for name in ("ensemble", "naive_last_10")]
    later = {"provenance": "live", "made_at": "2024-01-10T19:00:00Z"}
    second = said("ensemble", revision=2, predicted_points=25.0, points_line=None, **later)
    third = said("ensemble", revision=3, predicted_points=24.0, **later)
    fourth = third | {"revision": 4, "bet_snapshot_at": "2024-01-10T19:30:00Z", "made_at": "2024-01-10T19:30:00Z"}
    other = [said("ensemble", revision=revision, provenance="live", game_id=LATE) for revision in (1, 2)]
    document = documents(prediction_files, publication, frames(fourth, third, *first, *other, second))
    games = document[f"predictions/{DAY}.json"]["games"]
    before = {entry["system_id"]: entry.get("before") for entry in games[0]["players"][0]["systems"]}
    told = {"made_at": "2024-01-10T19:00:00Z", "predicted_points": 25.0, "points_line": None}
    assert before == {"ensemble": told, "naive_last_10": None}
    (of_late,) = games[1]["players"][0]["systems"]
    assert "before" not in of_late, "neither its points nor its line have changed"


@pytest.fixture
def bet_frames(table_rows: TableRows, frames: Frames) -> Callable[..., dict[str, Any]]:
    """(provenance) -> the inputs of best_bet_files: one bet, and predictions of two systems for the player."""

    def build(provenance: str = "reconstructed") -> dict[str, Any]:
        given = frames(
            said("market_informed", **BET, recommendation="UNDER"),
            said("moving_average", timed_points=19.0),
            said("similarity", timed_points=21.0, components='{"baseline": 1}'),
        )
        bet = {name: SAID[name] for name in ("game_date", "game_id", "player_id", "team", "opponent", "is_home")}
        bet |= {**BET, "rank": 1, "provenance": provenance, "system_id": "market_informed", "timed_points": 20.0}
        past = table_rows(
            "best_bet_results",
            {"game_id": "1", "player_id": 1, "bet_result": "WIN", "bet_price": 2.0, "bet_profit": 1.0},
            {"game_id": "1", "player_id": 2, "bet_result": "LOSS", "bet_price": 2.0, "bet_profit": -1.0},
            game_date="2024-01-09",
            provenance="reconstructed",
        )
        from nba_assets.tables.publishing.reasons import CONTEXT

        context = given["context"][["game_date", "game_id", "player_id", "player_name", *CONTEXT]]
        return {
            "bets": table_rows("best_bets", {**bet, "made_at": SAID["made_at"]}),
            "record": given["record"],
            "schedule": given["schedule"],
            "context": context,
            "past": History(past, 365),
        }

    return build


def test_best_bets_of_a_day(bet_frames: Frames, publication: Publication) -> None:
    document = documents(best_bet_files, publication, bet_frames())[f"best-bets/{DAY}.json"]
    assert document["summary"] == {"games": 2, "candidates": 1, "bets": 1}
    assert (document["provenance"], document["made_at"]) == ("reconstructed", None)
    assert document["decided_before"] == "2024-01-10T20:00:00Z"
    bet = document["bets"][0]
    assert (bet["rank"], bet["bet_side"], bet["break_even"], bet["timed_points"]) == (1, "UNDER", 0.5263, 20.0)
    said = "moving average 19.0, similarity 21.0"
    assert bet["reasons"][2] == f"1 of 2 systems that do not see his line are under it: {said}"
    assert [entry["time_window"] for entry in document["record"]] == ["30_days", "season"]
    assert (document["record"][0]["accuracy"], document["record"][0]["roi"]) == (0.5, 0.0)


def test_a_live_list_is_kept_from_the_first_tip_off_on(bet_frames: Frames, tmp_path: Path) -> None:
    given = bet_frames("live")
    before = documents(best_bet_files, published_at(tmp_path, AFTERNOON), given, keep=True)
    assert before[f"best-bets/{DAY}.json"]["made_at"] == "2024-01-10T17:00:00Z"
    changed = {
        **given,
        "context": given["context"].assign(projected_minutes=12.0),
        "past": History(pd.DataFrame(given["past"]._frame.iloc[:1]), 365),
    }
    assert documents(best_bet_files, published_at(tmp_path, NIGHT), changed) == before
    assert documents(best_bet_files, published_at(tmp_path, AFTERNOON), changed) != before


@pytest.mark.parametrize(
    ("provenance", "made_at", "expected"),
    [
        ("live", "2024-01-10T17:00:00Z", ("live", "2024-01-10T17:00:00Z")),
        ("live", "2024-01-10T20:30:00Z", ("reconstructed", None)),
        ("reconstructed", "2024-01-11T12:00:00Z", ("reconstructed", None)),
    ],
)
def test_a_list_without_bets_is_live_where_it_was_made_before_the_first_tip_off(
    bet_frames: Frames,
    publication: Publication,
    provenance: str,
    made_at: str,
    expected: tuple[str, str | None],
) -> None:
    given = bet_frames()
    record = given["record"].assign(provenance=provenance, made_at=pd.Timestamp(made_at), bet_side=pd.NA)
    given |= {"bets": given["bets"].iloc[:0], "record": record.astype(given["record"].dtypes.to_dict())}
    document = documents(best_bet_files, publication, given)[f"best-bets/{DAY}.json"]
    assert (document["provenance"], document["made_at"]) == expected
    assert document["bets"] == []


@pytest.fixture
def result_frames(table_rows: TableRows) -> dict[str, Any]:
    """One finished game: player 1 scored 18 and his UNDER won, player 2 did not play; live and reconstructed rows."""
    shared = {"game_date": DAY, "game_id": EARLY, "team": "BOS", "opponent": "MIN", "is_home": True}
    taken = {name: BET[name] for name in ("bet_side", "bet_line", "bet_price", "confidence")}
    error = {"absolute_error": 2.0, "signed_error": 2.5, "naive_absolute_error": 3.0, "line_absolute_error": 2.5}
    played = {"outcome": "graded", "actual_points": 18, "actual_minutes": 31.0, "points_line": 20.5, "is_lined": True}
    won = {**taken, "bet_result": "WIN", "bet_profit": 0.9, "recommendation": "UNDER"}
    row = {"predicted_points": 20.0, "expected_points": 20.5, "provenance": "reconstructed"}
    graded = table_rows(
        "prediction_accuracy",
        {**row, **played, **error, **won, "player_id": 1, "system_id": "ensemble", "provenance": "live"},
        {**row, **played, **error, "player_id": 1, "system_id": "naive_last_10", "recommendation": "PASS"},
        {**row, "outcome": "void", "is_lined": False, "player_id": 2, "system_id": "ensemble"}
        | {"recommendation": "NO_LINE"},
        **shared,
    )
    best = {**shared, **BET, "player_id": 1, "rank": 1, "provenance": "live", "system_id": "market_informed"}
    best = {name: value for name, value in best.items() if name not in ("is_home", "bet_snapshot_at")}
    best |= {"outcome": "graded", "actual_points": 18, "actual_minutes": 31.0, "bet_result": "WIN", "bet_profit": 0.9}
    sides = [{"game_id": EARLY, "team": "BOS", "points": 110}, {"game_id": EARLY, "team": "MIN", "points": 101}]
    people = [{"game_id": EARLY, "player_id": player, "player_name": f"Player {player}"} for player in (1, 2)]
    context = table_rows("upcoming_player_game_context", *people, game_date=DAY)
    return {
        "graded": graded,
        "bets": table_rows("best_bet_results", best),
        "schedule": table_rows("schedule", *GAMES, game_date=DAY, **GAME),
        "teams": table_rows("team_boxscores", *sides, game_date=DAY)[["game_date", "game_id", "team", "points"]],
        "context": context[["game_date", "game_id", "player_id", "player_name"]],
    }


def test_results_of_a_day(result_frames: dict[str, Any], publication: Publication) -> None:
    document = documents(result_files, publication, result_frames)[f"results/{DAY}.json"]
    summary = document["summary"]
    assert [summary[name] for name in ("games", "players", "played", "voids", "not_ingested")] == [1, 2, 1, 1, 0]
    by_system = {(entry["system_id"], entry["provenance"]): entry for entry in summary["systems"]}
    assert set(by_system) == {
        ("ensemble", "live"),
        ("ensemble", "reconstructed"),
        ("naive_last_10", "reconstructed"),
    }, "live and reconstructed are separate"
    live = by_system["ensemble", "live"]
    assert (live["mae"], live["bets"], live["wins"], live["roi"], live["line_mae"]) == (2.0, 1, 1, 0.9, 2.5)
    assert by_system["ensemble", "reconstructed"]["voids"] == 1
    assert by_system["ensemble", "reconstructed"]["mae"] is None
    game = document["games"][0]
    assert (game["home_points"], game["away_points"]) == (110, 101)
    first, second = game["players"]
    assert [entry["result"] for entry in first["systems"]] == ["WIN", "PASS"]
    assert (second["outcome"], second["actual_points"], second["systems"][0]["result"]) == ("void", None, None)
    assert document["best_bets"]["day"]["profit"] == 0.9
    assert document["best_bets"]["bets"][0]["result"] == "WIN"
    assert [entry["player_id"] for entry in document["highlights"]["closest"]] == [1]
    assert document["highlights"]["best_bets_won"][0]["bet_profit"] == 0.9


def test_results_of_a_day_without_best_bets(result_frames: dict[str, Any], publication: Publication) -> None:
    given = {**result_frames, "bets": result_frames["bets"].iloc[:0]}
    document = documents(result_files, publication, given)[f"results/{DAY}.json"]
    assert (document["best_bets"], document["highlights"]["best_bets_won"]) == (None, [])
