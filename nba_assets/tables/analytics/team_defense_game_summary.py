"""team_defense_game_summary: what every team allowed its opponent in every game."""

from __future__ import annotations

import pandas as pd

from nba_assets import basketball
from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.ratings import OPPONENT, TEAM_BOX
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, on_day
from nba_assets.tables.analytics.team_offense_game_summary import competitive, with_opponent

_OWN = ("blocks", "steals", "defensive_rebounds")
_OWN_COLUMNS = tuple(column for column in TEAM_BOX if column.name in _OWN)
_FROM_OPPONENT = [
    *(column.name for column in TEAM_BOX),
    *("paint_attempts", "paint_makes", "mid_range_attempts", "mid_range_makes", "zone_source"),
    *("possessions", "offensive_rating", "ts_pct", "efg_pct"),
]

CONTRACT = TableContract(
    name="team_defense_game_summary",
    layer="analytics",
    key=("game_id", "team"),
    known="postgame",
    columns=columns(
        *("game_date", "game_id", "team", "opponent", "season", "season_type", "is_home", "won", "margin"),
        *("overtime_periods", "game_minutes", "pace", "defensive_rating", "turnovers_forced", "defensive_rebound_pct"),
        *_OWN_COLUMNS,
        *OPPONENT,
        "zone_source",
    ),
    rules={
        "zone points add up": lambda f: (
            f["opponent_paint_points"]
            + f["opponent_mid_range_points"]
            + f["opponent_three_points"]
            + f["opponent_free_throws_made"]
            == f["opponent_points"]
        ),
        "the winner has more points": lambda f: f["won"] == (f["margin"] > 0),
    },
    doc="Two rows per game; `team` is the defending side: the opponent's box score, rating and shot zones, and the "
    "side's own blocks, steals and defensive rebounds. zone_source is that of the opponent's shots.",
)


@daily_table(
    CONTRACT,
    inputs={"offense": on_day("team_offense_game_summary")},
    expected=Expected(
        inputs={"teams": on_day("team_boxscores")},
        rule=lambda teams, days: competitive(teams)[["game_date", "game_id", "team"]],
    ),
)
def team_defense_game_summary(offense: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The opponent's side of team_offense_game_summary."""
    rows = with_opponent(offense, _FROM_OPPONENT)
    rows["defensive_rating"] = rows["opponent_offensive_rating"]
    rows["turnovers_forced"] = rows["opponent_turnovers"]
    rows["zone_source"] = rows["opponent_zone_source"]
    rows["opponent_paint_points"] = 2 * rows["opponent_paint_makes"]
    rows["opponent_mid_range_points"] = 2 * rows["opponent_mid_range_makes"]
    rows["opponent_three_points"] = 3 * rows["opponent_threes_made"]
    rows["defensive_rebound_pct"] = basketball.divide(
        rows["defensive_rebounds"], rows["defensive_rebounds"] + rows["opponent_offensive_rebounds"]
    )
    return rows[CONTRACT.column_names]
