"""What is known about a player or a team before a game: rest, load, travel, form, absences, the line."""

from nba_assets.contracts.columns.builders import count, flag, number, text
from nba_assets.contracts.contract import Column

SITUATION = (
    text(
        "season_phase",
        "Regular season by the team's game number: early 1-20, mid 21-60, late 61-82; else the season type",
        *("early", "mid", "late", "play_in", "playoffs", "cup_final"),
    ),
    count("game_number_in_season", "Number of the game in the team's season, not counting the Cup final", 115, low=1),
    count("days_rest", "Days without a game before this one: 0 = played yesterday; NULL if no game in 400 days", 399),
    flag("back_to_back", "Played yesterday"),
    count("games_in_last_7_days", "Games in the seven days before", 7, 5),
    count("games_in_last_14_days", "Games in the fourteen days before", 14, 9),
    count(
        "back_to_backs_last_14_days", "Games in the fourteen days before that followed another on the next day", 13, 5
    ),
    count("team_days_rest", "Days without a game of the team before this one: 0 = it played yesterday", 399),
    flag("team_back_to_back", "The team played yesterday"),
    count("opponent_days_rest", "Days without a game of the opponent before this one", 399),
    flag("opponent_back_to_back", "The opponent played yesterday"),
    number(
        "travel_miles",
        "Great-circle distance from the team's last arena; NULL for the season's first game",
        "miles",
        0,
        8000,
    ),
    number(
        "time_zones_crossed",
        "Local time here minus that at the team's last arena: positive = travelled east",
        "hours",
        -12,
        12,
    ),
)
TEAM_FORM = (
    count("wins_season", "Games won this season", 110),
    count("losses_season", "Games lost this season", 110),
    number("win_pct_season", "Share of this season's games won; NULL before the first game", "fraction", 0, 1),
    count("win_streak", "Games won in a row this season, 0 after a loss; NULL before the first game", 110, 30),
    count("loss_streak", "Games lost in a row this season, 0 after a win; NULL before the first game", 110, 30),
    Column("last_margin", "integer", "Margin of the team's last game this season", "points", low=-90, high=90),
)
GAME_LINE = (
    number("spread", "Points that the team is expected to lose by: negative = favourite", "points", -35, 35, -25, 25),
    number("implied_team_total", "Expected points of the team: (total - spread) / 2", "points", 50, 170),
)
ABSENCES = (
    count(
        "players_out",
        "Roster members with 20 or more minutes per game who are on the injured list or missed the last two games",
        20,
    ),
    number("players_out_minutes", "Sum of the usual minutes per game of players_out", "minutes", 0, 500),
    number("players_out_usage", "Sum of the usual usage of players_out", "percent", 0, 600),
    count("opponent_players_out", "players_out of the opponent", 20),
    count(
        "teammates_out",
        "Teammates with 20 or more minutes per game who are on the injured list or missed the last two games",
        20,
    ),
    number("teammates_out_minutes", "Sum of the usual minutes per game of teammates_out", "minutes", 0, 500),
    number("teammates_out_usage", "Sum of the usual usage of teammates_out", "percent", 0, 600),
    number(
        "teammates_newly_out_minutes",
        "Usual minutes of teammates_out who are newly out, weighted: 1 if he played the team's last game, 2/3 after "
        "one missed game, 1/3 after two, 0 after more",
        "minutes",
        0,
        500,
    ),
    text(
        "injury_status",
        "Status in the newest injury report before tip-off: ruled_out, doubtful, questionable, probable, available. "
        "For a player in no report: injured_list = on the list; missed_games = not on it, missed at least the team's "
        "last two games of this season; missed_last = missed only the last one; available = none of these",
        *("available", "missed_last", "missed_games", "injured_list"),
        *("probable", "questionable", "doubtful", "ruled_out"),
    ),
    number("age", "Age on the day of the game, in years of 365.2425 days", "years", 17, 50),
)
PLAYER_FORM = (
    number("minutes_in_last_7_days", "Minutes in the seven days before", "minutes", 0, 350),
    number("minutes_in_last_14_days", "Minutes in the fourteen days before", "minutes", 0, 700),
    number(
        "minutes_avg_last_7_days", "Minutes per game over the seven days before; NULL without a game", "minutes", 0, 70
    ),
    number("points_avg_last_5", "Points per game over the last 5 games within 400 days", "points", 0, 80),
    count("games_used_last_5", "Number of games in points_avg_last_5", 5),
    number("points_avg_last_10", "Points per game over the last 10 games within 400 days", "points", 0, 80),
    count("games_used_last_10", "Number of games in the averages over the last 10", 10),
    number("minutes_avg_last_10", "Minutes per game over the last 10 games within 400 days", "minutes", 0, 70),
    count("starts_last_10", "Starts in the last 10 games; NULL if no source says who started", 10),
    number("points_avg_season", "Points per game this season", "points", 0, 80),
    number("minutes_avg_season", "Minutes per game this season", "minutes", 0, 70),
    count("games_played_season", "Games played this season", 115),
    number("projected_minutes", "Expected minutes if he plays", "minutes", 0, 48),
    number("usage_rate_last_7_days", "Usage over the seven days before, weighted by playing time", "percent", 0),
    number("usage_rate_season", "Usage this season, weighted by playing time", "percent", 0),
    number("usage_change", "usage_rate_last_7_days minus usage_rate_season", "percent"),
)
LINE_HISTORY = (
    count("lined_games_last_10", "Games with a consensus line among the last 10 games", 10),
    count("over_streak", "Consecutive games over the consensus line; NULL without a game with a line in 400 days", 200),
    count(
        "under_streak", "Consecutive games under the consensus line; NULL without a game with a line in 400 days", 200
    ),
)


_BY_SEASON = frozenset(
    "days_rest back_to_back games_in_last_7_days games_in_last_14_days back_to_backs_last_14_days team_days_rest "
    "opponent_days_rest travel_miles time_zones_crossed win_streak loss_streak last_margin spread implied_team_total "
    "players_out players_out_minutes players_out_usage opponent_players_out teammates_out teammates_out_minutes "
    "teammates_out_usage teammates_newly_out_minutes injury_status usage_change".split()
)
_BY_DAY = frozenset("age points_avg_last_5 points_avg_last_10 minutes_avg_last_10 projected_minutes".split())
"""Columns that must not be constant over a day, nor NULL for many players: few have no game in 400 days."""
_MOST_NULLS_OF_A_DAY = 0.2


def _judged(column: Column) -> Column:
    if column.name in _BY_DAY:
        return column.varying("day").nulls(0.0, _MOST_NULLS_OF_A_DAY)
    return column.varying("season") if column.name in _BY_SEASON else column


COLUMNS = tuple(map(_judged, (*SITUATION, *TEAM_FORM, *GAME_LINE, *ABSENCES, *PLAYER_FORM, *LINE_HISTORY)))
