"""team_offense_game_summary: box score, rates and zones of every team in every game."""

from __future__ import annotations

import pandas as pd

from nba_assets import basketball
from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.columns.ratings import TEAM_BOX, TEAM_ZONES
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, on_day
from nba_assets.tables.analytics.zones import ASSIST_COLUMNS, ZONE_COLUMNS, team_zones

CONTRACT = TableContract(
    name="team_offense_game_summary",
    layer="analytics",
    key=("game_id", "team"),
    known="postgame",
    columns=columns(
        *("game_date", "game_id", "team", "opponent", "season", "season_type", "is_home", "won", "margin"),
        *TEAM_BOX,
        *("overtime_periods", "game_minutes", "possessions", "pace", "offensive_rating", "ts_pct", "efg_pct"),
        *("turnover_rate", "free_throw_rate", "offensive_rebound_pct"),
        *TEAM_ZONES,
    ),
    rules={
        "the winner has more points": lambda f: f["won"] == (f["margin"] > 0),
        "zone makes add up to the field goals made": lambda f: (
            f["paint_makes"] + f["mid_range_makes"] + f["threes_made"] == f["field_goals_made"]
        ),
        "zone makes <= zone attempts": lambda f: (
            (f["paint_makes"] <= f["paint_attempts"]) & (f["mid_range_makes"] <= f["mid_range_attempts"])
        ),
    },
    doc="Two rows per game: box score, possessions, pace, rating and shot zones of each side. Zones are the sums of "
    "player_game_summary, NULL if a player's are unknown or do not add up. Possessions are FGA + .44 FTA - ORB + "
    "TOV; pace is the same on both rows of a game.",
)


def competitive(teams: pd.DataFrame) -> pd.DataFrame:
    """The rows of games that count: regular season, play-in, playoffs, Cup final."""
    return teams[teams["season_type"].isin(COMPETITIVE)].reset_index(drop=True)


def with_opponent(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The rows of both sides of games with the columns `names` of the other side as `opponent_<name>`."""
    other = rows[["game_id", "team", *names]].rename(
        columns={"team": "opponent"} | {name: f"opponent_{name}" for name in names}
    )
    return rows.merge(other, on=["game_id", "opponent"], how="left", validate="one_to_one")


@daily_table(
    CONTRACT,
    inputs={"teams": on_day("team_boxscores"), "players": on_day("player_game_summary")},
    expected=Expected(
        inputs={"teams": on_day("team_boxscores")},
        rule=lambda teams, days: competitive(teams)[["game_date", "game_id", "team"]],
    ),
)
def team_offense_game_summary(teams: pd.DataFrame, players: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Box score, rates and zones of each side of each game."""
    rows = competitive(teams)
    rows["overtime_periods"] = basketball.overtime_periods(rows["minutes"])
    rows["game_minutes"] = basketball.playing_minutes(rows["overtime_periods"])
    rows["possessions"] = basketball.possessions(rows)
    rows = with_opponent(rows, ["points", "possessions", "defensive_rebounds"])
    rows["margin"] = rows["points"] - rows["opponent_points"]
    rows["pace"] = basketball.pace(rows["possessions"], rows["opponent_possessions"], rows["game_minutes"])
    rows["offensive_rating"] = basketball.rating(rows["points"], rows["possessions"])
    rows["ts_pct"] = basketball.true_shooting(
        rows["points"], rows["field_goals_attempted"], rows["free_throws_attempted"]
    )
    rows["efg_pct"] = basketball.effective_field_goal(
        rows["field_goals_made"], rows["threes_made"], rows["field_goals_attempted"]
    )
    rows["turnover_rate"] = basketball.divide(rows["turnovers"], rows["possessions"])
    rows["free_throw_rate"] = basketball.divide(rows["free_throws_made"], rows["field_goals_attempted"])
    rows["offensive_rebound_pct"] = basketball.divide(
        rows["offensive_rebounds"], rows["offensive_rebounds"] + rows["opponent_defensive_rebounds"]
    )
    return _with_zones(rows, players)[CONTRACT.column_names]


def _with_zones(rows: pd.DataFrame, players: pd.DataFrame) -> pd.DataFrame:
    """The rows with the sums of their players' zones, NULL where these do not match the team's field goals."""
    found = rows.merge(team_zones(players), on=["game_id", "team"], how="left", validate="one_to_one")
    made = found["field_goals_made"]
    is_zoned = found["paint_makes"] + found["mid_range_makes"] + found["threes_made"] == made
    is_assisted = found["assisted_makes"] + found["unassisted_makes"] == made
    for names, is_right in ((["zone_source", *ZONE_COLUMNS], is_zoned), (list(ASSIST_COLUMNS), is_assisted)):
        for name in names:
            found[name] = found[name].where(is_right.fillna(False).astype(bool))
    return found
