from datetime import date

import numpy as np
import pandas as pd

from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract, to_arrow, validated
from nba_assets.engine.content_hash import as_uint64, day_hashes

TABLE = TableContract(
    name="t",
    layer="raw",
    key=("player_id",),
    known="postgame",
    columns=columns("game_date", "player_id", "player_name", "won", "points", "minutes", "known_at"),
    doc="For these tests.",
)
DAYS = [date(2024, 1, 14), date(2024, 1, 15), date(2024, 1, 16)]


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "game_date": pd.to_datetime(["2024-01-14", "2024-01-14", "2024-01-15", "2024-01-15"]),
            "player_id": [1, 2, 1, 3],
            "player_name": ["Luka Dončić", None, "", "B"],
            "won": [True, None, False, True],
            "points": [1, None, 0, 4],
            "minutes": [0.5, None, 0.0, 1.25],
            "known_at": pd.to_datetime(["2024-01-15T10:00Z"] * 4),
        }
    )


def hashes(rows: pd.DataFrame, days: list[date] = DAYS) -> dict[date, str]:
    return day_hashes(TABLE, to_arrow(TABLE, validated(TABLE, rows)), days)


def test_row_order_and_other_days_do_not_matter() -> None:
    whole = hashes(frame())
    assert hashes(frame().iloc[::-1]) == whole
    alone = frame()[lambda f: f["game_date"] == "2024-01-15"]
    assert hashes(alone, DAYS[1:2])[DAYS[1]] == whole[DAYS[1]]


def test_every_single_change_changes_its_day_and_no_other() -> None:
    whole = hashes(frame())
    changes: list[tuple[str, object]] = [
        ("player_name", "Luka Doncic"),
        ("won", None),
        ("points", None),
        ("points", 2),
        ("minutes", np.nextafter(0.5, 1)),
        ("minutes", None),
        ("known_at", pd.Timestamp("2024-01-15T10:00:00.000001Z")),
    ]
    for column, value in changes:
        rows = frame().astype({"player_name": object, "won": object, "points": object})
        rows.loc[0, column] = value
        found = hashes(rows)
        assert found[DAYS[0]] != whole[DAYS[0]], column
        assert found[DAYS[1]] == whole[DAYS[1]], column


def test_null_is_not_zero_and_not_empty_text() -> None:
    rows = frame().astype({"points": object})
    rows.loc[2, "points"] = None
    assert hashes(rows)[DAYS[1]] != hashes(frame())[DAYS[1]]
    rows = frame()
    rows.loc[2, "player_name"] = None
    assert hashes(rows)[DAYS[1]] != hashes(frame())[DAYS[1]]


def test_text_that_moves_between_rows_changes_the_hash() -> None:
    one, other = frame(), frame()
    one.loc[0:1, "player_name"] = ["ab", "c"]
    other.loc[0:1, "player_name"] = ["a", "bc"]
    assert hashes(one)[DAYS[0]] != hashes(other)[DAYS[0]]


def test_negative_zero_is_zero() -> None:
    rows = frame()
    rows.loc[2, "minutes"] = -0.0
    assert hashes(rows) == hashes(frame())


def test_a_day_without_rows_has_its_own_hash() -> None:
    found = hashes(frame())
    assert found[DAYS[2]] == hashes(frame().iloc[:0])[DAYS[0]]
    assert len(set(found.values())) == 3


def test_first_eight_bytes_as_integers() -> None:
    assert as_uint64(["00000000000000ff" + "0" * 48]).tolist() == [255]
    assert as_uint64([]).tolist() == []
