"""player_daily_cache: the form of each upcoming player and of his team, over windows of earlier games."""

from __future__ import annotations

import pandas as pd

from nba_assets import basketball
from nba_assets.basketball.calendar import FIRST_DAY, Season, season_start_year
from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, history, on_day
from nba_assets.tables.precompute.similar_lineups import similar_lineups
from nba_assets.tables.precompute.team_shares import PRIOR_MINUTES, PRIOR_RATE, team_shares
from nba_assets.windows.asof import Grouped, History, Window

SECONDS = 60.0
EARLY_GAMES = 10
TREND_POINTS, MOST_TREND = 5.0, 2.0
"""Points that make one unit of recent_trend, and its bound: unscaled, six of ten players would stand at the bound."""
DECAYED_GAMES = 82
"""Newest games behind the decayed minutes and rate: a season's."""
MINUTES_HALF_LIFE, RATE_HALF_LIFE = 10.0, 100.0
"""Days after which a game weighs half: a role changes within weeks, how well somebody scores within a season."""
FROM_UPCOMING = (
    *("team", "opponent", "season", "season_type", "is_home"),
    *("points_avg_last_5", "points_avg_last_10", "games_used_last_10", "points_avg_season", "minutes_avg_last_10"),
    *("minutes_avg_season", "games_played_season", "usage_rate_season", "starts_last_10"),
    *("days_rest", "back_to_back", "games_in_last_7_days", "minutes_in_last_7_days", "back_to_backs_last_14_days"),
)
SHARES = (
    *("points_per_minute_shrunk", "minutes_share", "points_share", "points_from_team_total"),
    *("teammates_minutes_available", "teammates_points_available", "minutes_rank"),
)
LINEUP = ("minutes_similar_lineup", "points_per_minute_similar_lineup")
FROM_FACTORS = ("fatigue_score", "usage_rate_last_10")
FROM_PROFILE = ("paint_rate_last_10", "mid_range_rate_last_10", "primary_scoring_zone", "zone_games_last_10")

CONTRACT = TableContract(
    name="player_daily_cache",
    layer="precompute",
    key=("game_id", "player_id"),
    known="pregame",
    columns=columns(
        *("game_date", "game_id", "player_id", *FROM_UPCOMING, *FROM_FACTORS),
        *("points_last_game", "points_avg_last_3", "points_avg_last_20", "points_std_last_10", "points_ewma"),
        "recent_trend",
        *("minutes_last_game", "minutes_avg_last_3", "minutes_avg_last_5", "minutes_std_last_10", "minutes_ewma"),
        "minutes_decayed",
        *("points_per_minute_last_10", "points_per_minute_season", "points_per_minute_ewma"),
        "points_per_minute_decayed",
        *("ts_pct_last_10", "ts_pct_season", "free_throw_points_share_last_10", "three_rate_last_10"),
        *("field_goal_attempts_avg_last_10", "three_attempts_avg_last_10", "free_throw_attempts_avg_last_10"),
        *("field_goal_attempts_ewma", "three_attempts_ewma", "free_throw_attempts_ewma"),
        *("personal_fouls_per_36_last_10", "started_last_game"),
        *("points_avg_prior_season", "minutes_avg_prior_season", "games_prior_season"),
        *("games_used_400_days", "is_early_season", *FROM_PROFILE),
        *("team_pace_last_10", "team_offensive_rating_last_10", *SHARES, *LINEUP),
    ),
    rules={
        "at least one earlier game": lambda f: f["games_used_400_days"] >= 1,
        "the last ten are among them": lambda f: f["games_used_last_10"] <= f["games_used_400_days"],
        "a deviation from two games on": lambda f: f["points_std_last_10"].notna() == (f["games_used_last_10"] >= 2),
        "early is fewer than ten games": lambda f: (
            f["is_early_season"] == (f["games_played_season"] < EARLY_GAMES).fillna(True)
        ),
    },
    doc="One row per row of upcoming_player_game_context whose player has played within 400 days. Windows extend over "
    "the summer within 400 days; *_season is this season, *_prior_season the previous one; ewma weights the "
    "newest game most (half-life 8 games), decayed weights by days (half-life 10 days for minutes, 100 for the "
    "rate). Rates over a window are pooled: points over minutes, not means of rates.",
)


def with_history(upcoming: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The keys of the upcoming players who have played within the last 400 days."""
    return upcoming.loc[(upcoming["games_used_last_10"] > 0).fillna(False), ["game_date", "game_id", "player_id"]]


@daily_table(
    CONTRACT,
    inputs={
        "upcoming": on_day("upcoming_player_game_context"),
        "factors": on_day("player_composite_factors"),
        "profiles": on_day("player_shot_zone_analysis"),
        "played": history(
            "player_game_summary",
            days=730,
            columns=(
                *("game_date", "game_id", "player_id", "team", "points", "seconds_played", "is_starter"),
                *("field_goals_attempted", "threes_attempted", "free_throws_attempted", "free_throws_made"),
                "personal_fouls",
            ),
        ),
        "offense": history(
            "team_offense_game_summary",
            days=400,
            columns=("game_date", "game_id", "team", "points", "possessions", "pace"),
        ),
    },
    expected=Expected(inputs={"upcoming": on_day("upcoming_player_game_context")}, rule=with_history),
)
def player_daily_cache(
    upcoming: pd.DataFrame,
    factors: pd.DataFrame,
    profiles: pd.DataFrame,
    played: History,
    offense: History,
    days: pd.DatetimeIndex,
) -> pd.DataFrame:
    """Points, minutes, rates and shots of each upcoming player with a history, and his team's pace and rating."""
    key = ["game_date", "game_id", "player_id"]
    rows = with_history(upcoming, days).merge(upcoming[[*key, *FROM_UPCOMING]], on=key, validate="one_to_one")
    rows = rows.merge(factors[[*key, *FROM_FACTORS]], on=key, how="left", validate="one_to_one")
    rows = rows.merge(
        profiles[["game_date", "player_id", *FROM_PROFILE]],
        on=["game_date", "player_id"],
        how="left",
        validate="many_to_one",
    )
    by_player = played.by("player_id")
    rows = _with_points_and_minutes(rows, by_player)
    rows = _with_rates(rows, by_player)
    rows = _with_prior_season(rows, by_player)
    rows = rows.merge(_with_teammates(upcoming, played, by_player, offense), on=key, how="left", validate="one_to_one")
    team = offense.by("team").last_games(rows, 10)
    rows["team_pace_last_10"] = team.mean("pace")
    rows["team_offensive_rating_last_10"] = 100 * team.ratio("points", "possessions")
    return rows[CONTRACT.column_names]


def _with_teammates(upcoming: pd.DataFrame, played: History, by_player: Grouped, offense: History) -> pd.DataFrame:
    """What depends on who is expected to play, for all members of the teams (`team_shares`, `similar_lineups`)."""
    members = upcoming.reset_index(drop=True)
    team_points = offense.by("team").last_games(members, 10).mean("points")
    shares = team_shares(members, by_player, team_points)
    lineup = similar_lineups(members, played.by("team", order=("player_id",)))
    return members[["game_date", "game_id", "player_id"]].join([shares, lineup])


def _with_points_and_minutes(rows: pd.DataFrame, by_player: Grouped) -> pd.DataFrame:
    last = {games: by_player.last_games(rows, games) for games in (1, 3, 5, 6, 10, 20)}
    everything = by_player.earlier(rows)
    decayed = by_player.last_games(rows, DECAYED_GAMES)
    weight = decayed.decayed_count("seconds_played", MINUTES_HALF_LIFE)
    newest, before = last[3].sum("points"), last[6].sum("points") - last[3].sum("points")
    trend = (newest - before).where(last[6].games == 6).astype("float64") / 3 / TREND_POINTS
    return rows.assign(
        points_last_game=last[1].mean("points"),
        points_avg_last_3=last[3].mean("points"),
        points_avg_last_20=last[20].mean("points"),
        points_std_last_10=last[10].std("points"),
        recent_trend=trend.clip(-MOST_TREND, MOST_TREND),
        points_ewma=everything.ewma("points"),
        minutes_last_game=last[1].mean("seconds_played") / SECONDS,
        minutes_avg_last_3=last[3].mean("seconds_played") / SECONDS,
        minutes_avg_last_5=last[5].mean("seconds_played") / SECONDS,
        minutes_std_last_10=last[10].std("seconds_played") / SECONDS,
        minutes_ewma=everything.ewma("seconds_played") / SECONDS,
        minutes_decayed=decayed.decayed_sum("seconds_played", MINUTES_HALF_LIFE) / weight / SECONDS,
        started_last_game=last[1].newest("is_starter"),
        games_used_400_days=everything.games,
        is_early_season=rows["games_played_season"] < EARLY_GAMES,
    )


def _with_rates(rows: pd.DataFrame, by_player: Grouped) -> pd.DataFrame:
    """Adds points per minute, true shooting and shots, each pooled over its window."""
    ten, season, everything = by_player.last_games(rows, 10), by_player.season_to_date(rows), by_player.earlier(rows)
    decayed = by_player.last_games(rows, DECAYED_GAMES)
    decayed_points = decayed.decayed_sum("points", RATE_HALF_LIFE)
    decayed_minutes = decayed.decayed_sum("seconds_played", RATE_HALF_LIFE) / SECONDS
    found = rows.assign(
        points_per_minute_last_10=SECONDS * ten.ratio("points", "seconds_played"),
        points_per_minute_season=SECONDS * season.ratio("points", "seconds_played"),
        points_per_minute_ewma=rows["points_ewma"] / rows["minutes_ewma"].where(rows["minutes_ewma"] > 0),
        points_per_minute_decayed=(decayed_points + PRIOR_MINUTES * PRIOR_RATE) / (decayed_minutes + PRIOR_MINUTES),
        free_throw_points_share_last_10=ten.ratio("free_throws_made", "points"),
        three_rate_last_10=ten.ratio("threes_attempted", "field_goals_attempted"),
        personal_fouls_per_36_last_10=36 * SECONDS * ten.ratio("personal_fouls", "seconds_played"),
    )
    for name, window in (("ts_pct_last_10", ten), ("ts_pct_season", season)):
        found[name] = _true_shooting(window)
    for name, column in (
        ("field_goal_attempts", "field_goals_attempted"),
        ("three_attempts", "threes_attempted"),
        ("free_throw_attempts", "free_throws_attempted"),
    ):
        found[f"{name}_avg_last_10"] = ten.mean(column)
        found[f"{name}_ewma"] = everything.ewma(column)
    return found


def _true_shooting(window: Window) -> pd.Series:
    """True shooting of the whole window: PTS / (2 (FGA + .44 FTA))."""
    return basketball.true_shooting(
        window.sum("points"), window.sum("field_goals_attempted"), window.sum("free_throws_attempted")
    )


def _with_prior_season(rows: pd.DataFrame, by_player: Grouped) -> pd.DataFrame:
    """Adds his averages of the previous season; NULL if he did not play in it or it is before the first partition."""
    prior = by_player.prior_season(rows)
    has_prior = season_start_year(rows["game_date"]) > Season.of_day(FIRST_DAY).start_year
    return rows.assign(
        points_avg_prior_season=prior.mean("points"),
        minutes_avg_prior_season=prior.mean("seconds_played") / SECONDS,
        games_prior_season=prior.games.where(has_prior).astype("Int64"),
    )
