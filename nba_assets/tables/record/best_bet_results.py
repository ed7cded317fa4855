"""best_bet_results: the results of the best bets."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, on_day

KEY = ["game_date", "game_id", "player_id"]
BET = ("rank", "provenance", "system_id", "team", "opponent")
TAKEN = ("bet_side", "bet_book", "bet_line", "bet_price", "expected_value", "confidence")

CONTRACT = TableContract(
    name="best_bet_results",
    layer="record",
    key=("game_id", "player_id"),
    known="postgame",
    columns=columns(*KEY, *BET, *TAKEN, "outcome", "actual_points", "actual_minutes", "bet_result", "bet_profit"),
    rules={
        "points where he played": lambda f: f["actual_points"].notna() == (f["outcome"] == "graded"),
        "a result once the box score is there": lambda f: f["bet_result"].notna() == (f["outcome"] != "not_ingested"),
        "a profit where there is a result": lambda f: f["bet_profit"].notna() == f["bet_result"].notna(),
        "void is void": lambda f: (f["bet_result"] == "VOID") == (f["outcome"] == "void"),
    },
    doc="One row per best bet whose game is final, graded at its own line and price: VOID if the player did not play. "
    "If no player of the game has a box score, the result is unknown.",
)


def _on_final_games(bets: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    return bets[bets["game_id"].isin(teams["game_id"].unique())].reset_index(drop=True)


@daily_table(
    CONTRACT,
    inputs={
        "bets": on_day("best_bets", columns=(*KEY, *BET, *TAKEN)),
        "played": on_day("player_game_summary", columns=(*KEY, "points", "minutes")),
        "teams": on_day("team_boxscores", columns=("game_date", "game_id", "team")),
    },
    expected=Expected(
        inputs={
            "bets": on_day("best_bets", columns=tuple(KEY)),
            "teams": on_day("team_boxscores", columns=("game_date", "game_id")),
        },
        rule=lambda bets, teams, days: _on_final_games(bets, teams)[KEY],
    ),
)
def best_bet_results(
    bets: pd.DataFrame, played: pd.DataFrame, teams: pd.DataFrame, days: pd.DatetimeIndex
) -> pd.DataFrame:
    """Result and profit of each bet on a final game."""
    rows = _on_final_games(bets, teams)
    actual = played.rename(columns={"points": "actual_points", "minutes": "actual_minutes"})
    rows = rows.merge(actual, on=KEY, how="left", validate="one_to_one")
    has_box_score = rows["game_id"].isin(played["game_id"].unique())
    rows["outcome"] = np.select([rows["actual_points"].notna(), has_box_score], ["graded", "void"], "not_ingested")
    margin = rows["actual_points"].to_numpy(dtype="float64", na_value=np.nan) - rows["bet_line"].to_numpy()
    ahead = np.where((rows["bet_side"] == "OVER").to_numpy(dtype=bool, na_value=False), margin, -margin)
    cases = {"VOID": (rows["outcome"] == "void").to_numpy(), "WIN": ahead > 0, "LOSS": ahead < 0, "PUSH": ahead == 0}
    result = pd.Series(np.select(list(cases.values()), list(cases), ""), rows.index, dtype="string[pyarrow]")
    profits = [0.0, rows["bet_price"].to_numpy() - 1, -1.0, 0.0]
    rows = rows.assign(
        bet_result=result.mask(result == ""), bet_profit=np.select(list(cases.values()), profits, np.nan)
    )
    return rows[CONTRACT.column_names]
