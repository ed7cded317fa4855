"""The list of features: each with its name in the feature store, its source columns and its computation.

The first 25 are the baseline, in its order. A feature is a column of an upstream table (`taken`) or computed from
several columns (`made`); its unit and bounds are in the column dictionary under its name. Models read only features of
this list. The player's line and other bookmaker quotes on him are not features: models of the market read them
separately.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from nba_assets.contracts.columns.zone_windows import POSITION_GROUPS
from nba_assets.tables.precompute.positions import position_group, position_number

CACHE, FACTORS, DEFENSE = "player_daily_cache", "player_composite_factors", "team_defense_zone_analysis"
UPCOMING, TEAM = "upcoming_player_game_context", "upcoming_team_game_context"
MOST_REST, MOST_REST_ADVANTAGE = 7, 2
RISK = {"available": 0, "missed_last": 1, "missed_games": 2, "injured_list": 3} | {
    "probable": 1,
    "questionable": 2,
    "doubtful": 3,
    "ruled_out": 3,
}


@dataclass(frozen=True)
class Feature:
    """A feature of the store.

    Args:
        name: its column in the store and in the dictionary.
        reads: upstream columns by table.
        source: `table.column`, or the formula in words.
        value: function from rows with the upstream columns to the feature, aligned by index.
    """

    name: str
    reads: tuple[tuple[str, str], ...]
    source: str
    value: Callable[[pd.DataFrame], pd.Series]


def taken(name: str, table: str, column: str | None = None) -> Feature:
    """A feature that is an upstream column, unchanged."""
    wanted = column or name
    return Feature(name, ((table, wanted),), f"{table}.{wanted}", lambda rows: rows[wanted])


def made(name: str, source: str, table: str, *read: str, value: Callable[[pd.DataFrame], pd.Series]) -> Feature:
    """A feature computed from columns of one table (`column`) or of several (`table.column`)."""
    reads = tuple((text.split(".")[0], text.split(".")[1]) if "." in text else (table, text) for text in read)
    return Feature(name, reads, source, value)


def _allowed_to_position(rows: pd.DataFrame) -> pd.Series:
    """The opponent's value for the player's position group."""
    group = position_group(rows["position"])
    found = pd.Series(float("nan"), index=rows.index)
    for name in POSITION_GROUPS:
        found = found.mask((group == name).fillna(False).astype(bool), rows[f"{name}_points_allowed_vs_league"])
    return found


BASELINE: tuple[Feature, ...] = (
    taken("points_avg_last_5", CACHE),
    taken("points_avg_last_10", CACHE),
    taken("points_avg_season", CACHE),
    taken("points_std_last_10", CACHE),
    taken("games_in_last_7_days", CACHE),
    taken("fatigue_score", FACTORS),
    taken("shot_zone_mismatch_score", FACTORS),
    taken("pace_score", FACTORS),
    taken("usage_spike_score", FACTORS),
    made(
        *("rest_advantage", "team_days_rest less opponent_days_rest, -2 to 2", UPCOMING),
        *("team_days_rest", "opponent_days_rest"),
        value=lambda f: (f["team_days_rest"] - f["opponent_days_rest"]).clip(-MOST_REST_ADVANTAGE, MOST_REST_ADVANTAGE),
    ),
    made(
        *("injury_risk", "rank of injury_status", UPCOMING, "injury_status"),
        value=lambda f: f["injury_status"].map(RISK).astype("Int64"),
    ),
    taken("recent_trend", CACHE),
    made(
        *("minutes_change", "minutes_avg_last_5 less minutes_avg_season", CACHE),
        *("minutes_avg_last_5", "minutes_avg_season"),
        value=lambda f: f["minutes_avg_last_5"] - f["minutes_avg_season"],
    ),
    taken("opponent_def_rating", DEFENSE, "defensive_rating_last_15"),
    taken("opponent_pace", DEFENSE, "pace_last_15"),
    made("home_away", "1 at home, 0 away", CACHE, "is_home", value=lambda f: f["is_home"].astype("Int64")),
    taken("back_to_back", CACHE),
    made(
        *("playoff_game", "season_type is play_in or playoffs", CACHE, "season_type"),
        value=lambda f: f["season_type"].isin(["play_in", "playoffs"]),
    ),
    taken("pct_paint", CACHE, "paint_rate_last_10"),
    taken("pct_mid_range", CACHE, "mid_range_rate_last_10"),
    taken("pct_three", CACHE, "three_rate_last_10"),
    taken("pct_free_throw", CACHE, "free_throw_points_share_last_10"),
    taken("team_pace", CACHE, "team_pace_last_10"),
    taken("team_off_rating", CACHE, "team_offensive_rating_last_10"),
    taken("team_win_pct", TEAM, "win_pct_season"),
)
"""The 25 features of the system that this one replaces, in its order."""

MORE: tuple[Feature, ...] = (
    # minutes and role
    taken("projected_minutes", UPCOMING),
    taken("minutes_last_game", CACHE),
    taken("minutes_avg_last_3", CACHE),
    taken("minutes_avg_last_5", CACHE),
    taken("minutes_avg_last_10", CACHE),
    taken("minutes_avg_season", CACHE),
    taken("minutes_ewma", CACHE),
    taken("minutes_decayed", CACHE),
    taken("minutes_std_last_10", CACHE),
    taken("starts_last_10", CACHE),
    taken("started_last_game", CACHE),
    taken("games_played_season", CACHE),
    taken("games_used_400_days", CACHE),
    # scoring
    taken("points_last_game", CACHE),
    taken("points_avg_last_3", CACHE),
    taken("points_avg_last_20", CACHE),
    taken("points_ewma", CACHE),
    taken("points_per_minute_last_10", CACHE),
    taken("points_per_minute_season", CACHE),
    taken("points_per_minute_ewma", CACHE),
    taken("points_per_minute_decayed", CACHE),
    made(
        *("projected_points_by_rate", "projected_minutes times points_per_minute_ewma", CACHE),
        *("points_per_minute_ewma", f"{UPCOMING}.projected_minutes"),
        value=lambda f: f["projected_minutes"] * f["points_per_minute_ewma"],
    ),
    taken("ts_pct_last_10", CACHE),
    taken("ts_pct_season", CACHE),
    taken("usage_rate_last_10", CACHE),
    taken("usage_rate_season", CACHE),
    taken("projected_usage_rate", FACTORS),
    taken("field_goal_attempts_ewma", CACHE),
    taken("three_attempts_ewma", CACHE),
    taken("free_throw_attempts_ewma", CACHE),
    taken("field_goal_attempts_avg_last_10", CACHE),
    taken("personal_fouls_per_36_last_10", CACHE),
    # the team's minutes and points, and his share
    taken("points_per_minute_shrunk", CACHE),
    taken("minutes_share", CACHE),
    taken("points_share", CACHE),
    taken("points_from_team_total", CACHE),
    taken("teammates_minutes_available", CACHE),
    taken("teammates_points_available", CACHE),
    taken("minutes_rank", CACHE),
    # his games beside a lineup like the one expected now
    taken("minutes_similar_lineup", CACHE),
    taken("points_per_minute_similar_lineup", CACHE),
    # the previous season
    taken("points_avg_prior_season", CACHE),
    taken("minutes_avg_prior_season", CACHE),
    taken("games_prior_season", CACHE),
    # who is out
    taken("teammates_out", UPCOMING),
    taken("teammates_out_minutes", UPCOMING),
    taken("teammates_out_usage", UPCOMING),
    taken("teammates_newly_out_minutes", UPCOMING),
    taken("opponent_players_out", UPCOMING),
    taken("games_missed_in_a_row", UPCOMING),
    # the game
    taken("spread", UPCOMING),
    taken("total", UPCOMING),
    taken("implied_team_total", UPCOMING),
    made(
        *("rest_days_capped", "days_rest, at most 7", CACHE, "days_rest"),
        value=lambda f: f["days_rest"].clip(upper=MOST_REST),
    ),
    taken("minutes_in_last_7_days", CACHE),
    taken("travel_miles", UPCOMING),
    taken("time_zones_crossed", UPCOMING),
    taken("game_number_in_season", TEAM),
    # the player and the defence
    made(
        *("position_number", "guard 1 to center 5", UPCOMING, "position"),
        value=lambda f: position_number(f["position"]),
    ),
    taken("age", UPCOMING),
    made(
        *("opponent_allowed_to_position", "<position group>_points_allowed_vs_league of the opponent", DEFENSE),
        *(f"{group}_points_allowed_vs_league" for group in POSITION_GROUPS),
        f"{UPCOMING}.position",
        value=_allowed_to_position,
    ),
    taken("three_defense_vs_league_avg", DEFENSE),
)
"""Those that were added because models gain by them, or people ask for them (docs/experiments.md)."""

FEATURES: tuple[Feature, ...] = (*BASELINE, *MORE)
FEATURE_NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)


def version(features: tuple[Feature, ...]) -> str:
    """The version of a list of features; it changes with any name, order or source."""
    text = "\n".join(f"{feature.name} {feature.source}" for feature in features)
    return "v2-" + hashlib.sha256(text.encode()).hexdigest()[:8]


FEATURE_SET_VERSION = version(FEATURES)
"""Models record with which version they were trained."""


def columns_read(table: str) -> tuple[str, ...]:
    """Columns of an upstream table that the features read."""
    return tuple(dict.fromkeys(column for feature in FEATURES for name, column in feature.reads if name == table))
