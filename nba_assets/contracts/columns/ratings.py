"""Results of a finished game beyond the box score: rates, ratings, shot zones, result against the line."""

from dataclasses import replace

from nba_assets.contracts.columns.box import BOX_COLUMNS
from nba_assets.contracts.columns.builders import count, number, of, text
from nba_assets.contracts.contract import Column

RATES = (
    number("usage_rate", "Share of the team's plays that the player ended while on court", "percent", 0),
    number("ts_pct", "True shooting percentage: points / (2 (FGA + .44 FTA))", "fraction", 0, 1.5),
    number("efg_pct", "Effective field-goal percentage: (FGM + .5 3PM) / FGA", "fraction", 0, 1.5),
    number("game_score", "Hollinger's game score", "points", -30, 80, -15, 60),
)
ZONES = (
    text("zone_source", "Where the zones are from: shot rows, published shares, NULL = unknown", "shots", "shares"),
    count("paint_attempts", "Attempts in the paint, restricted area included; NULL without shot rows", 60),
    count("paint_makes", "Field goals made in the paint, restricted area included", 40),
    count("mid_range_attempts", "Two-point attempts outside the paint; NULL without shot rows", 60),
    count("mid_range_makes", "Two-point field goals made outside the paint", 40),
    count("assisted_makes", "Field goals made on an assist", 40),
    count("unassisted_makes", "Field goals made without an assist", 40),
)
LINE_RESULT = (
    Column("points_line", "number", "Consensus line for the player's points", "points", 0.5, 60.5, 3.5, 45.5),
    of("timestamp", "points_line_at", "Time of the snapshot of the consensus line"),
    count("points_line_books", "Number of bookmakers in the consensus line", low=1),
    text("over_under_result", "Points against the consensus line; NULL without a line", "OVER", "UNDER", "PUSH"),
    number("line_margin", "Points minus the consensus line", "points", -61, 80),
)
TEAM_GAME = (
    count("overtime_periods", "Overtimes played", 6, 4),
    number(
        "game_minutes",
        "Playing time of the five players of a team together: 240 plus 25 per overtime",
        "minutes",
        240,
        390,
    ),
    number("possessions", "FGA + .44 FTA - ORB + TOV", "possessions", 60, 170),
    number("pace", "Possessions of a team per 48 minutes, mean of both teams", "possessions per 48 minutes", 75, 130),
    number("offensive_rating", "Points per 100 possessions", "points per 100 possessions", 60, 180),
    number("defensive_rating", "Points allowed per 100 possessions", "points per 100 possessions", 60, 180),
    number("turnover_rate", "Turnovers per possession", "fraction", 0, 1),
    number("free_throw_rate", "Free throws made per field-goal attempt", "fraction", 0, 1.5),
    number(
        "offensive_rebound_pct",
        "Share of the rebounds at the opponent's basket that the team took",
        "fraction",
        0,
        1,
    ),
    number("defensive_rebound_pct", "Share of the rebounds at its own basket that the team took", "fraction", 0, 1),
    Column("margin", "integer", "Points of the team minus points of the opponent", "points", low=-90, high=90),
    count("turnovers_forced", "Turnovers of the opponent", 45),
)

_TEAM_HIGH = {
    "field_goals_made": 80,
    "field_goals_attempted": 150,
    "threes_made": 40,
    "threes_attempted": 80,
    "free_throws_made": 65,
    "free_throws_attempted": 80,
    "offensive_rebounds": 45,
    "defensive_rebounds": 75,
    "rebounds": 95,
    "assists": 60,
    "steals": 35,
    "blocks": 30,
    "turnovers": 45,
    "personal_fouls": 60,
    "paint_attempts": 100,
    "paint_makes": 70,
    "mid_range_attempts": 70,
    "mid_range_makes": 45,
    "assisted_makes": 60,
    "unassisted_makes": 60,
}
"""Highest possible count of a team in a game; the dictionary's bounds are those of a player."""


def of_team(column: Column) -> Column:
    """A column of the box score or the zones with the bounds of a team in one game."""
    if column.name == "points":
        return column.within(60, 200)
    if column.name == "plus_minus":
        return column.within(-90, 90)
    return column.within(0, _TEAM_HIGH[column.name])


def _of_opponent(column: Column) -> Column:
    return replace(of_team(column), name=f"opponent_{column.name}", doc=f"{column.doc}, by the opponent")


TEAM_BOX = tuple(
    of_team(column) for column in BOX_COLUMNS if column.name not in ("plus_minus", "minutes", "seconds_played")
)
"""The box score of a team: the columns of the dictionary with a team's bounds."""
TEAM_ZONES = (ZONES[0], *(of_team(column) for column in ZONES[1:]))
OPPONENT = (
    *(_of_opponent(column) for column in TEAM_BOX if column.name != "turnovers"),
    *(_of_opponent(column) for column in ZONES[1:5]),
    count("opponent_paint_points", "Points in the paint, by the opponent", 140),
    count("opponent_mid_range_points", "Points from two-point field goals outside the paint, by the opponent", 90),
    count("opponent_three_points", "Points from threes, by the opponent", 120),
    number("opponent_possessions", "Possessions of the opponent", "possessions", 60, 170),
    number("opponent_ts_pct", "True shooting of the opponent", "fraction", 0, 1.5),
    number("opponent_efg_pct", "Effective field goals of the opponent", "fraction", 0, 1.5),
)
"""The opponent's statistics: what the team's defence allowed."""


_BY_DAY = {"usage_rate": 0.05, "ts_pct": 0.35, "efg_pct": 0.35, "game_score": 0.0}
"""Columns that must not be constant over a day, with the largest allowed share of NULLs (in the archive .03, .30)."""
_BY_SEASON = frozenset(
    "possessions pace offensive_rating defensive_rating turnover_rate margin turnovers_forced".split()
)


def _judged(column: Column) -> Column:
    if column.name in _BY_DAY:
        return column.varying("day").nulls(0.0, _BY_DAY[column.name])
    return column.varying("season") if column.name in _BY_SEASON else column


COLUMNS = tuple(map(_judged, (*RATES, *ZONES, *LINE_RESULT, *TEAM_GAME, *OPPONENT)))
