import pandas as pd
import pytest

from nba_assets.contracts.columns import COLUMNS, col, columns, register
from nba_assets.contracts.contract import ContractError, TableContract, to_arrow, typed, typed_from_arrow, validated
from nba_assets.orchestration.declared import column_schema

BOX = TableContract(
    name="boxes",
    layer="raw",
    key=("game_id", "player_id"),
    known="postgame",
    columns=columns(
        "game_date", "game_id", "player_id", "status", "points", "field_goals_made", "field_goals_attempted", "minutes"
    ),
    doc="For these tests.",
    rules={"made <= attempted": lambda f: f["field_goals_made"] <= f["field_goals_attempted"]},
    unusual={"a shooter scores": lambda f: ~((f["field_goals_attempted"] > 20) & (f["points"] == 0))},
)


def rows(**changes: object) -> pd.DataFrame:
    base: dict[str, object] = {
        "game_date": pd.to_datetime(["2024-01-15", "2024-01-15"]),
        "game_id": ["0022300561", "0022300561"],
        "player_id": [2, 1],
        "status": ["played", "dnp"],
        "points": [10, None],
        "field_goals_made": [4, None],
        "field_goals_attempted": [9, None],
        "minutes": [31.5, None],
    }
    return pd.DataFrame(base | changes)


def test_frames_get_the_types_and_column_order_of_the_contract() -> None:
    frame = validated(BOX, rows()[list(reversed(BOX.column_names))])
    assert frame.columns.tolist() == BOX.column_names
    assert frame["player_id"].tolist() == [1, 2]
    assert str(frame["player_id"].dtype) == "int64"
    assert str(frame["points"].dtype) == "Int64"
    assert frame["points"].isna().tolist() == [True, False]
    read = typed_from_arrow(BOX, to_arrow(BOX, frame))
    assert read.equals(frame)
    for name in read.columns:
        read.loc[0, name] = read[name].iloc[-1]  # arrays that were read must be writable


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": [81, None]}, r"points > 80: 1 rows, first 2024-01-15 0022300561 2"),
        ({"points": [-1, None]}, r"points < 0"),
        ({"status": ["played", "asleep"]}, r"status is none of played, dnp, dnd, nwt"),
        ({"field_goals_made": [10, None]}, r"not: made <= attempted"),
        ({"player_id": [2, 2]}, r"duplicate key: 2 rows"),
        ({"player_id": [2, None]}, r"boxes.player_id: expected integer without NULLs"),
        ({"points": [10.5, None]}, r"boxes.points: expected integer, found float64"),
        ({"points": ["ten", None]}, r"boxes.points: expected integer, found"),
    ],
)
def test_a_broken_contract_raises_and_names_the_problem(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        validated(BOX, rows(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"points": [80, None]},
        {"points": [81, None]},
        {"points": [-1, None]},
        {"status": ["played", "asleep"]},
        {"status": ["played", None]},
        {"minutes": [-0.5, None]},
        {"game_id": [None, "0022300561"]},
    ],
)
def test_pandera_and_the_masks_agree_on_columns(changes: dict[str, object]) -> None:
    frame = typed(BOX, rows(**changes), is_strict=False)
    assert (BOX.schema_error(frame) is None) == (not BOX.broken_rows(frame))


def test_a_frame_that_only_pandera_refuses_is_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TableContract, "broken_rows", lambda self, frame: {})
    with pytest.raises(ContractError, match=r"boxes: .*points.*nothing was written"):
        validated(BOX, rows(points=[81, None]))


def test_missing_and_unexpected_columns_are_named() -> None:
    with pytest.raises(ContractError, match=r"missing: \['points'\], not expected: \['score'\]"):
        typed(BOX, rows().rename(columns={"points": "score"}))


def test_unusual_values_do_not_break_the_contract() -> None:
    frame = validated(BOX, rows(points=[61, None], field_goals_attempted=[21, None]))
    assert list(BOX.unusual_rows(frame)) == ["points > 60"]
    frame = validated(BOX, rows(points=[0, None], field_goals_attempted=[21, None]))
    assert list(BOX.unusual_rows(frame)) == ["not: a shooter scores"]


def test_null_satisfies_rules_and_bounds() -> None:
    assert BOX.broken_rows(typed(BOX, rows(points=[None, None], field_goals_made=[None, None]))) == {}


def test_an_invalid_contract_names_its_mistakes() -> None:
    with pytest.raises(ValueError, match="first column must be game_date"):
        TableContract("t", "raw", ("game_id",), "pregame", columns("game_id"), "x")
    with pytest.raises(ValueError, match="key columns that are no columns"):
        TableContract("t", "raw", ("game_id",), "pregame", columns("game_date"), "x")
    with pytest.raises(KeyError, match="not in the column dictionary"):
        columns("no_such_column")
    with pytest.raises(ValueError, match="defined twice"):
        register([COLUMNS["points"]])


def test_a_table_narrows_bounds_without_changing_the_dictionary() -> None:
    team = col("points").within(60, 200)
    assert (team.low, team.high) == (60, 200)
    assert COLUMNS["points"].high == 80


def test_the_column_schema_carries_units_bounds_and_nulls() -> None:
    found = {column.name: column for column in column_schema(BOX).columns}
    assert found["minutes"].description == "Playing time (minutes) [0, 70]"
    assert found["player_id"].constraints.nullable is False
    assert "key" in found["player_id"].tags
