"""The public record: live rows, kept rows, and rows that follow the tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from nba_assets.contracts.contract import validated
from nba_assets.contracts.run import Making
from nba_assets.tables.record.published_predictions import CONTRACT, LIVE, SAID, _due, published_predictions, standing
from nba_assets_tests.hand_made import given_run

TableRows = Callable[..., pd.DataFrame]
Row = dict[str, object]
DAY = "2024-01-10"
EARLY, LATE = "0022300500", "0022300501"
TIPOFFS = {EARLY: "2024-01-10T20:00Z", LATE: "2024-01-11T01:00Z"}
NOON, BETWEEN, NIGHT = (datetime(2024, 1, day, hour, tzinfo=UTC) for day, hour in ((10, 17), (10, 22), (11, 5)))
PREDICTED: Row = {"game_date": DAY, "system_id": "ensemble", "has_line": False, "recommendation": "NO_LINE"}


@pytest.fixture
def made(table_rows: TableRows) -> Callable[..., pd.DataFrame]:
    """(time, rows of player_prop_predictions, previous record) -> new record."""

    def make(
        at: datetime,
        *said: Row,
        earlier: pd.DataFrame | None = None,
        is_replay: bool = False,
        partial: tuple[str, ...] = (),
    ) -> pd.DataFrame:
        if earlier is None:
            earlier = table_rows("published_predictions")
        games = [{"game_id": game, "tipoff_at": tipoff} for game, tipoff in TIPOFFS.items()]
        prints = pd.Series(["abcd"], index=pd.DatetimeIndex([DAY]), dtype="string[pyarrow]")
        found = published_predictions.function(
            predictions=table_rows("player_prop_predictions", *said, **PREDICTED),
            schedule=table_rows("schedule", *games, game_date=DAY, season_type="regular"),
            run=given_run(
                live=earlier[earlier["provenance"] == LIVE],
                making=Making(at, is_replay, pd.DatetimeIndex(partial), prints),
            ),
            days=pd.DatetimeIndex([DAY]),
        )
        return validated(CONTRACT, found)

    return make


def said(game: str, player: int, points: float, **more: object) -> Row:
    return {"game_id": game, "player_id": player, "predicted_points": points, **more}


def told(record: pd.DataFrame) -> list[tuple[object, ...]]:
    names = ["game_id", "player_id", "revision", "provenance", "predicted_points", "made_at"]
    return [tuple(row) for row in record[names].itertuples(index=False)]


Made = Callable[..., pd.DataFrame]


def test_rows_built_before_the_game_s_tip_off_are_live(made: Made) -> None:
    record = made(BETWEEN, said(EARLY, 1, 20.0), said(LATE, 2, 10.0))
    assert told(record) == [
        (EARLY, 1, 0, "reconstructed", 20.0, BETWEEN),
        (LATE, 2, 1, "live", 10.0, BETWEEN),
    ]
    assert record["inputs_fingerprint"].tolist() == ["abcd", "abcd"]


def test_a_backfill_and_a_replay_are_reconstructed(made: Made) -> None:
    rows = said(EARLY, 1, 20.0), said(LATE, 2, 10.0)
    for record in (made(NIGHT + timedelta(days=400), *rows), made(NOON, *rows, is_replay=True)):
        assert set(record["provenance"]) == {"reconstructed"}


def test_a_rebuild_changes_no_live_row(made: Made) -> None:
    """Other numbers, a new and a missing player, long after: the rows of the live game are identical."""
    live = made(NOON, said(EARLY, 1, 20.0, components='{"base": 1}'), said(EARLY, 2, 9.0), said(LATE, 3, 10.0))
    assert set(live["provenance"]) == {"live"}
    after = made(NIGHT + timedelta(days=99), said(EARLY, 1, 33.0), said(EARLY, 7, 5.0), earlier=live)
    pd.testing.assert_frame_equal(after, live)
    replayed = made(NOON, said(EARLY, 1, 33.0), earlier=live, is_replay=True)
    pd.testing.assert_frame_equal(replayed, live)


def test_a_change_before_the_tip_off_is_a_new_revision(made: Made) -> None:
    first = made(NOON, said(EARLY, 1, 20.0), said(LATE, 2, 10.0, warnings="a"))
    again = made(NOON + timedelta(hours=1), said(EARLY, 1, 20.0), said(LATE, 2, 10.0, warnings="a"), earlier=first)
    pd.testing.assert_frame_equal(again, first)
    second = made(BETWEEN, said(EARLY, 1, 21.0), said(LATE, 2, 11.0), said(LATE, 3, 5.0), earlier=first)
    assert told(second) == [
        (EARLY, 1, 1, "live", 20.0, NOON),
        (LATE, 2, 1, "live", 10.0, NOON),
        (LATE, 2, 2, "live", 11.0, BETWEEN),
        (LATE, 3, 1, "live", 5.0, BETWEEN),
    ]
    assert standing(second)["predicted_points"].tolist() == [20.0, 11.0, 5.0]


def test_reconstructed_rows_follow_the_tables(made: Made) -> None:
    before = made(NIGHT, said(EARLY, 1, 20.0), said(EARLY, 2, 9.0))
    after = made(NIGHT + timedelta(hours=1), said(EARLY, 1, 21.0), earlier=before)
    assert told(after) == [(EARLY, 1, 0, "reconstructed", 21.0, NIGHT + timedelta(hours=1))]


def test_a_day_with_incomplete_history_neither_adds_nor_removes_rows(made: Made) -> None:
    live = made(NOON, said(EARLY, 1, 20.0))
    assert told(made(NIGHT, said(EARLY, 1, 33.0), said(LATE, 2, 9.0), earlier=live, partial=(DAY,))) == told(live)
    assert made(NOON, said(EARLY, 1, 20.0), partial=(DAY,)).empty


def test_a_game_without_a_tip_off_is_over_at_five_in_the_morning(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TIPOFFS, EARLY, None)
    five = datetime(2024, 1, 10, 10, tzinfo=UTC)
    assert made(five - timedelta(seconds=1), said(EARLY, 1, 20.0))["provenance"].tolist() == ["live"]
    assert made(five, said(EARLY, 1, 20.0))["provenance"].tolist() == ["reconstructed"]


def test_the_record_of_a_live_game_is_complete_whatever_the_tables_contain(made: Made, table_rows: TableRows) -> None:
    live = made(NOON, said(EARLY, 1, 20.0))
    now = table_rows("player_prop_predictions", said(EARLY, 7, 5.0), said(LATE, 8, 6.0), **PREDICTED)
    assert _due(now, live)["player_id"].tolist() == [8]


def test_the_time_of_a_row_is_not_part_of_its_content_hash() -> None:
    assert {"made_at", "inputs_fingerprint"} == set(CONTRACT.unhashed)
    assert {column.name for column in CONTRACT.hashed} >= {*SAID, "revision", "provenance"}
