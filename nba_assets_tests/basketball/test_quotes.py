"""The consensus of several bookmakers, on hand-made rows."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_assets.basketball.quotes import consensus_lines, line_movement

DAY = pd.Timestamp("2024-03-10")


def lines(*rows: tuple[int, str, str, float, bool, float | None]) -> pd.DataFrame:
    """Rows (player, bookmaker, UTC time of 10 March 2024, line, is_main, over_price)."""
    made = pd.DataFrame(list(rows), columns=["player_id", "bookmaker", "time", "line", "is_main", "over_price"])
    seen = pd.to_datetime("2024-03-10 " + made.pop("time"), utc=True)
    return made.assign(
        game_date=DAY,
        game_id="0022300900",
        snapshot_at=seen,
        known_at=seen,
        under_price=float("nan"),
        is_time_known=True,
    ).astype({"over_price": "float64"})


def test_median_of_the_main_lines_of_the_last_snapshot() -> None:
    rows = lines(
        (1, "draftkings", "12:00", 30.5, True, 1.9),
        (1, "draftkings", "20:00", 20.5, True, 1.9),
        (1, "fanduel", "20:00", 22.5, True, 1.9),
        (1, "fanduel", "20:00", 10.5, False, 1.2),
        (1, "betmgm", "20:00", 21.5, True, 1.9),
        (2, "draftkings", "20:00", 10.5, True, 1.9),
        (2, "fanduel", "20:00", 11.5, True, 1.9),
    )
    found = consensus_lines(rows)
    assert found["points_line"].tolist() == [21.5, 11.0]
    assert found["points_line_books"].tolist() == [3, 2]
    assert found["points_line_at"].tolist() == [pd.Timestamp("2024-03-10 20:00", tz="UTC")] * 2
    assert found["game_date"].tolist() == [DAY, DAY]


def test_a_line_without_a_price_counts_only_if_no_bookmaker_has_a_price() -> None:
    rows = lines(
        (1, "draftkings", "12:00", 20.5, True, 1.9),
        (1, "prizepicks", "20:00", 22.5, True, None),
        (2, "prizepicks", "20:00", 8.5, True, None),
    )
    found = consensus_lines(rows)
    assert found["points_line"].tolist() == [20.5, 8.5]
    assert found["points_line_at"].dt.hour.tolist() == [12, 20]


def test_movement_from_the_first_to_the_last_snapshot() -> None:
    rows = lines(
        (1, "draftkings", "12:00", 20.5, True, 1.9),
        (1, "fanduel", "12:00", 19.5, True, 1.9),
        (1, "draftkings", "15:00", 30.5, True, 1.9),
        (1, "draftkings", "20:00", 22.5, True, 1.9),
        (2, "draftkings", "15:00", 7.5, True, 1.9),
    )
    found = line_movement(rows).set_index("player_id")
    assert found.loc[1, ["points_line_first_seen", "points_line", "points_line_movement"]].tolist() == [20.0, 22.5, 2.5]
    assert found.loc[1, "points_line_first_seen_at"] == pd.Timestamp("2024-03-10 12:00", tz="UTC")
    assert found.loc[2, "points_line_movement"] == 0


@pytest.mark.parametrize(("tipoff", "line"), [("2024-03-10 20:00", 20.5), ("2024-03-10 20:01", 22.5), (None, 18.5)])
def test_only_quotes_before_tipoff_or_five_eastern_count(tipoff: str | None, line: float) -> None:
    rows = lines(
        (1, "draftkings", "08:59", 18.5, True, 1.9),
        (1, "draftkings", "12:00", 20.5, True, 1.9),
        (1, "draftkings", "20:00", 22.5, True, 1.9),
    )
    games = pd.DataFrame({"game_id": ["0022300900"], "tipoff_at": pd.to_datetime([tipoff], utc=True)})
    # daylight saving time began on 10 March 2024: 05:00 Eastern is 09:00 UTC
    assert consensus_lines(rows, games)["points_line"].tolist() == [line]


def test_no_rows() -> None:
    empty = lines((1, "draftkings", "12:00", 20.5, True, 1.9)).iloc[:0]
    assert len(consensus_lines(empty)) == 0
    assert "points_line_movement" in line_movement(empty)


@given(st.lists(st.integers(1, 120), min_size=1, max_size=9), st.randoms())
def test_the_order_of_rows_does_not_matter(halves: list[int], random: object) -> None:
    rows = lines(*[(1, f"book{n}", "12:00", half / 2, True, 1.9) for n, half in enumerate(halves)])
    places = list(range(len(rows)))
    random.shuffle(places)  # type: ignore[attr-defined]
    expected = pd.Series([half / 2 for half in halves]).median()
    for frame in (rows, rows.iloc[places]):
        assert consensus_lines(frame)["points_line"].tolist() == [expected]
