"""Schedules, tip-offs, team results, referees."""

from nba_assets.sources.cells import DIGITS, NAME, Form, days, moments
from nba_assets.sources.protocol import Family, all_of

FAMILIES = (
    Family(
        "schedule",
        "schedule/{season}.parquet",
        all_of("text", "gid gcode date home away") | all_of("integer", "home_score away_score"),
        "NBA schedule by season with season type in the game id; no tip-off times. A season that has not begun has no "
        "scores.",
        may_be_empty=("home_score", "away_score"),
        has_gaps=("gcode",),
        dates={"date": days("%Y-%m-%d")},
        day="date",
    ),
    Family(
        "team_game_logs",
        "team_game_logs/{season}.parquet",
        all_of("text", "SEASON_ID TEAM_ID TEAM_ABBREVIATION GAME_ID GAME_DATE MATCHUP WL")
        | all_of("integer", "MIN PTS FGM FGA FG3M FG3A FTM FTA OREB DREB REB AST STL BLK TOV PF")
        | all_of("number", "PLUS_MINUS"),
        "NBA.com LeagueGameFinder: one row per team and game, all season types.",
        has_gaps=("WL",),
        forms={"TEAM_ID": DIGITS, "WL": Form("[WL]", "W or L")},
        dates={"GAME_DATE": days("%Y-%m-%d")},
        day="GAME_DATE",
    ),
    Family(
        "schedule_tipoff_utc",
        "schedule_tipoff_utc/{season}.parquet",
        {"Date": "text", "Location": "text", "Home Team": "text", "Away Team": "text"},
        "Tip-off in UTC and arena as planned before the season, regular season only; none for 2021-22.",
        dates={"Date": moments("%d/%m/%Y %H:%M")},
        day="Date",
    ),
    Family(
        "referees",
        "referees/{season}.parquet",
        all_of("text", "game_id game_date official1 official2 official3 official4")
        | all_of("integer", "official1_code official2_code official3_code official4_code"),
        "Officials of each game by name and NBA id; ends on 2025-05-18. Moved games are also on their first day.",
        may_be_empty=("official4", "official4_code"),
        has_gaps=(
            *("official1", "official2", "official3", "official4"),
            *("official1_code", "official2_code", "official3_code", "official4_code"),
        ),
        minor=("official1", "official2", "official3", "official4"),
        forms={"official1": NAME, "official2": NAME, "official3": NAME, "official4": NAME},
        dates={"game_date": days("%m/%d/%Y")},
        day="game_date",
    ),
    Family(
        "events_oddsapi_historical",
        "props/oddsapi_historical_player_points/{season}.parquet",
        all_of("text", "timestamp data.id data.commence_time data.home_team data.away_team"),
        "The events (teams and commence time) of the historical player-points quotes; one row per quote.",
        dates={"timestamp": moments("ISO8601"), "data.commence_time": moments("ISO8601")},
        day="data.commence_time",
        has_real_repeats=True,
        is_set=True,
    ),
    Family(
        "events_oddsapi_daily",
        "props/oddsapi_daily_*.parquet",
        all_of("text", "id commence_time home_team away_team bookmakers.markets.last_update"),
        "The events (teams and commence time) of the daily player-market quotes; one row per quote.",
        dates={"commence_time": moments("ISO8601"), "bookmakers.markets.last_update": moments("ISO8601")},
        day="commence_time",
        has_real_repeats=True,
        is_set=True,
    ),
    Family(
        "events_oddsapi_closing",
        "game_lines/oddsapi_consensus_closing.parquet",
        all_of("text", "event_id commence_time home_team away_team"),
        "The events (teams and commence time) of the consensus closing lines; without the time of the quote.",
        dates={"commence_time": moments("ISO8601")},
        day="commence_time",
        has_real_repeats=True,
        is_set=True,
    ),
)
"""The quotes in the same odds files are separate families (props, lines); these families only date games."""
