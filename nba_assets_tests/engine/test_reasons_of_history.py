"""Which failures of checks say only that history lacks: a run tells those in one line, all others check by check."""

import pandas as pd
import pytest

from nba_assets.engine.status import of_history


@pytest.mark.parametrize(
    ("reason", "is_history"),
    [
        ("made from an incomplete history", True),
        ("player_game_summary: never made", True),
        ("player_game_summary: never made; rosters: made from an incomplete history", True),
        ("partial history", True),
        ("the day was never made", False),
        ("rows are missing", False),
        ("player_game_summary: never made; rows are missing", False),
        (None, False),
    ],
)
def test_a_reason_is_of_history_when_all_its_parts_are(reason: str | None, is_history: bool) -> None:
    assert of_history(pd.Series([reason], dtype="string")).tolist() == [is_history]
