"""Form of a player and his team before a game, over windows of earlier games."""

from __future__ import annotations

from nba_assets.contracts.columns.builders import count, flag, number
from nba_assets.contracts.contract import Column

_SHOTS = {
    "field_goal_attempts": "Field-goal attempts",
    "three_attempts": "Three-point attempts",
    "free_throw_attempts": "Free-throw attempts",
}

POINTS = (
    number("points_last_game", "Points of his last game", "points", 0, 100).varying("day"),
    number("points_avg_last_3", "Points per game over the last 3 games", "points", 0, 80).varying("day"),
    number("points_avg_last_20", "Points per game over the last 20 games", "points", 0, 80).varying("day"),
    number(
        "points_std_last_10",
        "Standard deviation of points over the last 10 games; NULL below two games",
        "points",
        0,
        50,
    )
    .varying("day")
    .nulls(0, 0.1),
    number("points_ewma", "Exponentially weighted points per game, half-life 8 games", "points", 0, 80).varying("day"),
    number(
        "recent_trend",
        "Points per game over the last 3 games minus the 3 before them, in units of 5 points: positive = rising",
        "score",
        -2,
        2,
    ).varying("day"),
    number("points_avg_prior_season", "Points per game last season; NULL if he did not play", "points", 0, 80),
)
MINUTES = (
    number("minutes_last_game", "Minutes of his last game", "minutes", 0, 70).varying("day"),
    number("minutes_avg_last_3", "Minutes per game over the last 3 games", "minutes", 0, 70).varying("day"),
    number("minutes_avg_last_5", "Minutes per game over the last 5 games", "minutes", 0, 70).varying("day"),
    number(
        "minutes_std_last_10",
        "Standard deviation of minutes over the last 10 games; NULL below two games",
        "minutes",
        0,
        50,
    ),
    number("minutes_ewma", "Exponentially weighted minutes per game, half-life 8 games", "minutes", 0, 70).varying(
        "day"
    ),
    number(
        "minutes_decayed",
        "Minutes per game over the last 82 games, weighted by age with a half-life of 10 days",
        "minutes",
        0,
        70,
    ).varying("day"),
    number("minutes_avg_prior_season", "Minutes per game last season; NULL if he did not play", "minutes", 0, 70),
    count("games_prior_season", "Games played last season; NULL in the first season of the archive", 115),
    flag("started_last_game", "Started his last game; NULL if no source says who started"),
)
RATES = (
    number("points_per_minute_last_10", "Points per minute over the last 10 games", "points per minute", 0),
    number(
        "points_per_minute_season", "Points per minute this season; NULL before its first game", "points per minute", 0
    ),
    number("points_per_minute_ewma", "points_ewma divided by minutes_ewma", "points per minute", 0).varying("day"),
    number(
        "points_per_minute_decayed",
        "Points per minute over the last 82 games, weighted by age with a half-life of 100 days, pulled to the "
        "league's .42 as by 60 more minutes",
        "points per minute",
        0,
    ).varying("day"),
    number("usage_rate_last_10", "Usage over the last 10 games, weighted by playing time", "percent", 0)
    .varying("day")
    .nulls(0, 0.1),
    number("ts_pct_last_10", "True shooting over the last 10 games; NULL without a shot", "fraction", 0, 1.5)
    .varying("day")
    .nulls(0, 0.2),
    number("ts_pct_season", "True shooting this season; NULL without a shot", "fraction", 0, 1.5),
    number(
        "free_throw_points_share_last_10", "Share of his points from free throws; NULL without points", "fraction", 0, 1
    ),
    *(
        number(f"{name}_avg_last_10", f"{_SHOTS[name]} per game over the last 10 games", "attempts", 0, 60)
        for name in ("field_goal_attempts", "free_throw_attempts")
    ),
    *(
        number(f"{name}_ewma", f"{words} per game, exponentially weighted, half-life 8 games", "attempts", 0, 60)
        for name, words in _SHOTS.items()
    ),
    number(
        "personal_fouls_per_36_last_10",
        "Personal fouls per 36 minutes over the last 10 games",
        "fouls per 36 minutes",
        0,
    ),
)
TEAM = (
    number("team_pace_last_10", "Pace of his team's last 10 games", "possessions per 48 minutes", 75, 130)
    .varying("season")
    .nulls(0, 0.1),
    number(
        "team_offensive_rating_last_10",
        "Points of his team per 100 possessions over its last 10 games",
        "points per 100 possessions",
        60,
        180,
    ).varying("season"),
    flag("is_early_season", "He has played fewer than 10 games this season"),
    count("games_used_400_days", "Games played within 400 days", 180),
)
SHARES = (
    number(
        "points_per_minute_shrunk",
        "Points per minute over the last 20 games, shrunk towards the league's .42 with the weight of 60 minutes",
        "points per minute",
        0,
    ).varying("day"),
    number("minutes_share", "His share of his team's projected minutes in this game", "fraction", 0, 1).varying("day"),
    number("points_share", "His share of his team's expected points in this game", "fraction", 0, 1).varying("day"),
    number(
        "points_from_team_total",
        "points_share times the implied team total, or times the team's points per game if that is unknown",
        "points",
        0,
        150,
    ).varying("day"),
    number(
        "teammates_minutes_available",
        "Projected minutes of his teammates, weighted by their probability of playing",
        "minutes",
        0,
        700,
    ),
    number(
        "teammates_points_available",
        "Expected points of his teammates, weighted by their probability of playing",
        "points",
        0,
        500,
    ),
    count("minutes_rank", "Rank in his team by expected minutes, 1 = most", 40, low=1),
)

LINEUP = (
    number(
        "minutes_similar_lineup",
        "Minutes per game over his part of the team's last 60 games, weighted by how much their lineup is like the one "
        "expected now; NULL if he played in none of them",
        "minutes",
        0,
        70,
    ).varying("day"),
    number(
        "points_per_minute_similar_lineup",
        "Points per minute over the same games with the same weights, pulled to his rate in all of them as by 60 more "
        "minutes",
        "points per minute",
        0,
    ).varying("day"),
)

COLUMNS: tuple[Column, ...] = (*POINTS, *MINUTES, *RATES, *TEAM, *SHARES, *LINEUP)
