"""The composite factors of a player-game, and the features that only models read."""

from __future__ import annotations

from nba_assets.contracts.columns.builders import count, flag, number, text
from nba_assets.contracts.contract import Column

FACTORS = (
    number(
        "fatigue_score", "100 = fully rested; back-to-backs, games, minutes and age lower it", "score", 0, 100
    ).varying("day"),
    number(
        "shot_zone_mismatch_score",
        "*_defense_vs_league_avg of the opponent, weighted by the player's share of shots from each zone: positive = "
        "in his favour; NULL without zones",
        "percentage points",
        -10,
        10,
    ).varying("season"),
    number("pace_score", "Mean pace of both teams minus the league's", "possessions per 48 minutes", -3, 3).varying(
        "season"
    ),
    number(
        "usage_spike_score",
        "projected_usage_rate minus usage_rate_last_10, in units of 2 percentage points: positive = higher usage",
        "score",
        -3,
        3,
    ).varying("day"),
    number(
        "total_composite_adjustment",
        "(fatigue_score - 100) / 20 plus the three other scores; NULL if one of them is",
        "score",
        -21,
        16,
    ).varying("season"),
    number(
        "projected_usage_rate",
        "Usage this season (over the last 10 games before the fifth) plus a quarter of that of the regulars newly out",
        "percent",
        0,
    ).varying("day"),
)
FEATURES = (
    count("rest_days_capped", "Days of rest, at most 7; 7 after a longer break", 7),
    Column(
        "rest_advantage",
        "integer",
        "Days of rest of his team minus those of the opponent, limited to -2 to 2",
        "days",
        low=-2,
        high=2,
    ).varying("season"),
    Column(
        "injury_risk",
        "integer",
        "0 available, 1 missed the last game, 2 missed two or more, 3 on the injured list",
        "level",
        low=0,
        high=3,
    ).varying("season"),
    number("minutes_change", "minutes_avg_last_5 minus minutes_avg_season", "minutes", -48, 48).varying("season"),
    number("opponent_def_rating", "defensive_rating_last_15 of the opponent", "points per 100 possessions", 60, 180)
    .varying("season")
    .nulls(0, 0.1),
    number("opponent_pace", "pace_last_15 of the opponent", "possessions per 48 minutes", 75, 130).varying("season"),
    Column("home_away", "integer", "1 at home, 0 away", "flag", low=0, high=1).varying("season"),
    flag("playoff_game", "Play-in or playoffs"),
    number("pct_paint", "paint_rate_last_10", "fraction", 0, 1).varying("season"),
    number("pct_mid_range", "mid_range_rate_last_10", "fraction", 0, 1).varying("season"),
    number("pct_three", "three_rate_last_10", "fraction", 0, 1).varying("day"),
    number("pct_free_throw", "free_throw_points_share_last_10", "fraction", 0, 1).varying("day"),
    number("team_pace", "team_pace_last_10", "possessions per 48 minutes", 75, 130).varying("season"),
    number("team_off_rating", "team_offensive_rating_last_10", "points per 100 possessions", 60, 180).varying("season"),
    number("team_win_pct", "win_pct_season of his team; NULL before its first game", "fraction", 0, 1).varying(
        "season"
    ),
    number("position_number", "Guard 1, guard-forward 2, forward 3, forward-center 4, center 5", "rank", 1, 5),
    number(
        "opponent_allowed_to_position",
        "Points per 36 minutes that players of his position score against the opponent minus those against all teams",
        "points per 36 minutes",
        *(-40, 40, -8, 8),
    ).varying("season"),
    number("projected_points_by_rate", "projected_minutes times points_per_minute_ewma", "points", 0, 100),
)
READINESS = (
    text("feature_set_version", "Version of the feature list: hash of the names in their order"),
    number("feature_quality_score", "Share of features that are not NULL", "percent", 0, 100),
    flag("is_production_ready", "Every input row exists and the windows lack no box scores"),
    text("not_ready_reasons", "Why is_production_ready is false, separated by '; '; NULL if it is true"),
    count("team_games_in_window", "Scheduled games of his team in the window of its last 15 within 400 days", 15),
    count("box_scores_missing", "Games of team_games_in_window without box scores of players", 15),
)

COLUMNS: tuple[Column, ...] = (*FACTORS, *FEATURES, *READINESS)
