"""player_game_summary: box score, rates and zones of every player in every game that he played."""

from __future__ import annotations

import pandas as pd

from nba_assets import basketball
from nba_assets.basketball.quotes import consensus_lines
from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.box import BOX
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, on_day
from nba_assets.tables.analytics.zones import player_zones

LINE = ("game_id", "player_id", "points_line", "points_line_at", "points_line_books")
SHORTEST_STINT = 300
"""Seconds from which on a usage above 100 percent is impossible; in a shorter stint it is chance."""

CONTRACT = TableContract(
    name="player_game_summary",
    layer="analytics",
    key=("game_id", "player_id"),
    known="postgame",
    columns=columns(
        *("game_date", "game_id", "player_id", "player_name", "season", "season_type", "team", "opponent"),
        *("is_home", "won", "is_starter", "minutes", "seconds_played", *BOX),
        *("usage_rate", "ts_pct", "efg_pct", "game_score"),
        *("zone_source", "paint_attempts", "paint_makes", "mid_range_attempts", "mid_range_makes"),
        *("assisted_makes", "unassisted_makes"),
        *("points_line", "points_line_at", "points_line_books", "over_under_result", "line_margin"),
    ),
    rules={
        "zone makes add up to the field goals made": lambda f: (
            f["paint_makes"] + f["mid_range_makes"] + f["threes_made"] == f["field_goals_made"]
        ),
        "zone makes <= zone attempts": lambda f: (
            (f["paint_makes"] <= f["paint_attempts"]) & (f["mid_range_makes"] <= f["mid_range_attempts"])
        ),
        "assisted makes <= field goals made": lambda f: f["unassisted_makes"] >= 0,
        "usage <= 100 from five minutes on": lambda f: (
            ~((f["usage_rate"] > 100) & (f["seconds_played"] >= SHORTEST_STINT))
        ),
        "a result where there is a line": lambda f: f["over_under_result"].notna() == f["points_line"].notna(),
    },
    doc="One row per player who was on court in a regular-season, play-in, playoff or Cup final game, including "
    "players with a playing time of 0:00 (usage NULL). Zones come from shot rows if the game has them "
    "(zone_source = shots), else makes come from the published shares (shares; attempts NULL); threes come from "
    "the box score. The line is the consensus of the last snapshot before tip-off.",
)


def _played(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["status"] == "played").fillna(False) & rows["season_type"].isin(COMPETITIVE)].reset_index(
        drop=True
    )


@daily_table(
    CONTRACT,
    inputs={
        "boxscores": on_day("player_boxscores"),
        "teams": on_day("team_boxscores"),
        "shots": on_day("shots"),
        "shares": on_day("player_scoring_shares"),
        "quotes": on_day("prop_lines"),
    },
    expected=Expected(
        inputs={"boxscores": on_day("player_boxscores")},
        rule=lambda boxscores, days: _played(boxscores)[["game_date", "game_id", "player_id"]],
    ),
)
def player_game_summary(
    boxscores: pd.DataFrame,
    teams: pd.DataFrame,
    shots: pd.DataFrame,
    shares: pd.DataFrame,
    quotes: pd.DataFrame,
    days: pd.DatetimeIndex,
) -> pd.DataFrame:
    """Box score, rates, zones and the consensus line, one row per player and game."""
    rows = _with_team(_played(boxscores), teams)
    rows["usage_rate"] = basketball.usage_rate(
        basketball.plays_used(rows["field_goals_attempted"], rows["free_throws_attempted"], rows["turnovers"]),
        rows["seconds_played"].astype("float64") / 60,
        rows["team_plays"],
        rows["game_minutes"],
    )
    rows["ts_pct"] = basketball.true_shooting(
        rows["points"], rows["field_goals_attempted"], rows["free_throws_attempted"]
    )
    rows["efg_pct"] = basketball.effective_field_goal(
        rows["field_goals_made"], rows["threes_made"], rows["field_goals_attempted"]
    )
    rows["game_score"] = basketball.game_score(rows)
    rows = rows.join(player_zones(rows, shots, shares))
    rows = _with_line(rows, quotes)
    return rows[CONTRACT.column_names]


def _with_team(rows: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """The rows with `won`, `team_plays` (FGA + .44 FTA + TOV of the team) and `game_minutes`."""
    side = teams[["game_id", "team", "won"]].copy()
    side["team_plays"] = basketball.plays_used(
        teams["field_goals_attempted"], teams["free_throws_attempted"], teams["turnovers"]
    )
    side["game_minutes"] = basketball.playing_minutes(basketball.overtime_periods(teams["minutes"]))
    return rows.drop(columns="won", errors="ignore").merge(
        side, on=["game_id", "team"], how="left", validate="many_to_one"
    )


def _with_line(rows: pd.DataFrame, quotes: pd.DataFrame) -> pd.DataFrame:
    """The rows with the consensus line before tip-off and how the points compare with it."""
    rows = rows.merge(
        consensus_lines(quotes)[list(LINE)], on=["game_id", "player_id"], how="left", validate="one_to_one"
    )
    margin = rows["points"].astype("float64") - rows["points_line"]
    rows["line_margin"] = margin
    result = pd.Series(pd.NA, index=rows.index, dtype="string[pyarrow]")
    rows["over_under_result"] = result.mask(margin > 0, "OVER").mask(margin < 0, "UNDER").mask(margin == 0, "PUSH")
    return rows
