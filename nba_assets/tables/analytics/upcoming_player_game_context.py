"""upcoming_player_game_context: what is known about each roster player before his team's game."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, history, on_day, up_to_day
from nba_assets.tables.analytics.absences import (
    NEWS_GAMES,
    OUT,
    members,
    out_by_team,
    standing_reports,
    usage_over,
    weighted_usage,
)
from nba_assets.tables.analytics.minutes_projection import projected_minutes
from nba_assets.tables.analytics.player_line import line_streaks, lines_of
from nba_assets.tables.analytics.team_schedule import back_to_backs, is_back_to_back, rest_days, sides
from nba_assets.windows.asof import Grouped, History

DAYS_OF_A_YEAR = 365.2425
"""Mean length of a Gregorian year."""
TEAM_COLUMNS = (
    *("season", "season_type", "is_home", "tipoff_at", "season_phase", "opponent_days_rest", "opponent_back_to_back"),
    *("travel_miles", "time_zones_crossed", "opponent_players_out"),
    *("spread", "total", "implied_team_total", "line_is_time_known", "line_known_at"),
)
"""Taken as they are from upcoming_team_game_context."""

CONTRACT = TableContract(
    name="upcoming_player_game_context",
    layer="analytics",
    key=("game_id", "player_id"),
    known="pregame",
    columns=columns(
        *("game_date", "game_id", "player_id", "player_name", "team", "opponent", *TEAM_COLUMNS[:5]),
        *("injury_status", "on_injured_list", "games_missed_in_a_row", "last_played_on", "position", "age"),
        *("days_rest", "back_to_back", "team_days_rest", "team_back_to_back"),
        *("games_in_last_7_days", "games_in_last_14_days", "back_to_backs_last_14_days"),
        *("minutes_in_last_7_days", "minutes_in_last_14_days", "minutes_avg_last_7_days"),
        *("points_avg_last_5", "games_used_last_5", "points_avg_last_10", "games_used_last_10"),
        *("minutes_avg_last_10", "starts_last_10"),
        *("points_avg_season", "minutes_avg_season", "games_played_season", "projected_minutes"),
        *("usage_rate_last_7_days", "usage_rate_season", "usage_change"),
        *("teammates_out", "teammates_out_minutes", "teammates_out_usage", "teammates_newly_out_minutes"),
        *TEAM_COLUMNS[5:],
        *("points_line", "points_line_at", "points_line_books"),
        *("points_line_first_seen", "points_line_first_seen_at", "points_line_movement"),
        *("lined_games_last_10", "over_streak", "under_streak"),
    ),
    rules={
        "back to back is no day of rest": lambda f: f["back_to_back"] == (f["days_rest"] == 0).fillna(False),
        "one streak at a time": lambda f: (f["over_streak"] == 0) | (f["under_streak"] == 0),
        "windows are nested": lambda f: (
            (f["games_in_last_7_days"] <= f["games_in_last_14_days"])
            & (f["games_used_last_5"] <= f["games_used_last_10"])
        ),
        "an average where there are games": lambda f: f["points_avg_last_10"].notna() == (f["games_used_last_10"] > 0),
    },
    doc="One row per roster player of a team that plays, whether he will play or not. Rest, games, minutes, points "
    "and usage are over the games in which he played; team_*, travel and the game line are those of his team. "
    "Each average has the number of its games. projected_minutes is the expectation if he plays, by the rule of "
    "analytics/minutes_projection.py.",
)


@daily_table(
    CONTRACT,
    inputs={
        "rosters": on_day("rosters"),
        "reports": on_day("injury_reports"),
        "team_context": on_day("upcoming_team_game_context"),
        "players": up_to_day("players"),
        "quotes": on_day("prop_lines"),
        "played": history(
            "player_game_summary",
            days=400,
            columns=(
                *("game_date", "game_id", "player_id", "points", "seconds_played", "is_starter", "usage_rate"),
                "over_under_result",
            ),
        ),
    },
    expected=Expected(
        inputs={"rosters": on_day("rosters"), "schedule": on_day("schedule")},
        rule=lambda rosters, schedule, days: _roster_sides(rosters, sides(schedule))[
            ["game_date", "game_id", "player_id"]
        ],
    ),
)
def upcoming_player_game_context(
    rosters: pd.DataFrame,
    reports: pd.DataFrame,
    team_context: pd.DataFrame,
    players: pd.DataFrame,
    quotes: pd.DataFrame,
    played: History,
    days: pd.DatetimeIndex,
) -> pd.DataFrame:
    """The pregame context of each roster player of the teams that play."""
    by_player = weighted_usage(played).by("player_id")
    rows = _roster_sides(rosters, team_context).drop(columns="player_name", errors="ignore")
    rows = _with_teammates(rows, members(rosters, by_player, standing_reports(reports, team_context)))
    rows = _with_load(rows, by_player)
    rows = _with_form(rows, by_player)
    rows["projected_minutes"] = projected_minutes(rows, by_player)
    rows = _with_person(rows, players)
    rows = rows.merge(lines_of(quotes, team_context), on=["game_id", "player_id"], how="left", validate="one_to_one")
    rows = rows.join(line_streaks(rows, played))
    return rows[CONTRACT.column_names]


def _roster_sides(rosters: pd.DataFrame, sides_of_the_day: pd.DataFrame) -> pd.DataFrame:
    """Roster rows joined with the game of their team; members of teams that do not play on the day are dropped."""
    return rosters.merge(
        sides_of_the_day, on=["game_date", "team"], how="inner", validate="many_to_one", suffixes=("", "_of_team")
    )


def _with_teammates(rows: pd.DataFrame, roster_members: pd.DataFrame) -> pd.DataFrame:
    """Adds the teammates_out columns (regulars of his team who are out, without himself) and his own injury_status."""
    own = roster_members[["game_date", "team", "player_id", "injury_status", *OUT]]
    found = rows.merge(own, on=["game_date", "team", "player_id"], validate="one_to_one")
    found = found.merge(
        out_by_team(roster_members), on=["game_date", "team"], suffixes=("", "_of_team"), validate="many_to_one"
    )
    return found.assign(
        teammates_out=found["out_of_team"] - found["out"],
        teammates_out_minutes=(found["out_seconds_of_team"] - found["out_seconds"]) / 60,
        teammates_out_usage=(found["out_usage_of_team"] - found["out_usage"]) / 1000,
        teammates_newly_out_minutes=(found["newly_out_seconds_of_team"] - found["newly_out_seconds"])
        / (60 * NEWS_GAMES),
    )


def _with_load(rows: pd.DataFrame, by_player: Grouped) -> pd.DataFrame:
    """Adds rest and load from the games in which he played, and the team's own rest as team_*."""
    rows = rows.rename(columns={"days_rest": "team_days_rest", "back_to_back": "team_back_to_back"})
    rows["days_rest"] = rest_days(by_player.earlier(rows))
    rows["back_to_back"] = is_back_to_back(rows["days_rest"])
    for days in (7, 14):
        window = by_player.last_days(rows, days)
        rows[f"games_in_last_{days}_days"] = window.games
        rows[f"minutes_in_last_{days}_days"] = window.sum("seconds_played").fillna(0).astype("float64") / 60
    rows["minutes_avg_last_7_days"] = by_player.last_days(rows, 7).mean("seconds_played") / 60
    rows["back_to_backs_last_14_days"] = back_to_backs(by_player.last_days(rows, 15))
    return rows


def _with_form(rows: pd.DataFrame, by_player: Grouped) -> pd.DataFrame:
    """Adds points, minutes and usage over his last games and this season."""
    for games in (5, 10):
        window = by_player.last_games(rows, games)
        rows[f"points_avg_last_{games}"] = window.mean("points")
        rows[f"games_used_last_{games}"] = window.games
    ten, season = by_player.last_games(rows, 10), by_player.season_to_date(rows)
    rows["minutes_avg_last_10"] = ten.mean("seconds_played") / 60
    rows["starts_last_10"] = ten.sum("is_starter").where(ten.count_of("is_starter") == ten.count)
    rows["points_avg_season"] = season.mean("points")
    rows["minutes_avg_season"] = season.mean("seconds_played") / 60
    rows["games_played_season"] = season.games
    rows["usage_rate_last_7_days"] = usage_over(by_player.last_days(rows, 7))
    rows["usage_rate_season"] = usage_over(season)
    rows["usage_change"] = rows["usage_rate_last_7_days"] - rows["usage_rate_season"]
    return rows


def _with_person(rows: pd.DataFrame, players: pd.DataFrame) -> pd.DataFrame:
    """Adds name, position and age; NULL for a player who is in `players` only from a later day on."""
    about = players[["player_id", "game_date", "player_name", "position", "birth_date"]]
    found = rows.merge(
        about.rename(columns={"game_date": "_known_on"}), on="player_id", how="left", validate="many_to_one"
    )
    is_known = found["_known_on"] <= found["game_date"]
    for name in ("player_name", "position", "birth_date"):
        found[name] = found[name].where(is_known)
    found["age"] = (found["game_date"] - found["birth_date"]).dt.days.astype("float64") / DAYS_OF_A_YEAR
    return found.drop(columns="_known_on")
