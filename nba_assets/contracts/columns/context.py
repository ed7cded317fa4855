"""What is known about a player or a team before a game: rest, load, travel, form, absences, the line."""

from nba_assets.contracts.columns.builders import count, flag, number, text
from nba_assets.contracts.contract import Column

SITUATION = (
    text(
        "season_phase",
        "Regular season by the team's game number: early 1-20, mid 21-60, late 61-82; else the season type",
        *("early", "mid", "late", "play_in", "playoffs", "cup_final"),
    ),
    count("game_number_in_season", "Number of the game in the team's season, the Cup final not counted", 115, low=1),
    count(
        "days_rest", "Days without a game before this one: 0 = played yesterday; NULL without a game in 400 days", 399
    ),
    flag("back_to_back", "Played yesterday"),
    count("games_in_last_7_days", "Games of the seven days before", 7, 5),
    count("games_in_last_14_days", "Games of the fourteen days before", 14, 9),
    count("back_to_backs_last_14_days", "Games of the fourteen days before that came the day after another", 13, 5),
    count("team_days_rest", "Days without a game of the team before this one: 0 = it played yesterday", 399),
    flag("team_back_to_back", "The team played yesterday"),
    count("opponent_days_rest", "Days without a game of the opponent before this one", 399),
    flag("opponent_back_to_back", "The opponent played yesterday"),
    number(
        "travel_miles", "Great circle from the team's last arena; NULL in the season's first game", "miles", 0, 8000
    ),
    number(
        "time_zones_crossed", "Hours of local time gained since the team's last arena, east positive", "hours", -12, 12
    ),
)
TEAM_FORM = (
    count("wins_season", "Games won this season", 110),
    count("losses_season", "Games lost this season", 110),
    number("win_pct_season", "Share of this season's games won; NULL before the first", "fraction", 0, 1),
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
        "Members with 20 minutes a game or more, on the injured list or absent from the last two games",
        20,
    ),
    number("players_out_minutes", "Usual minutes a game of players_out together", "minutes", 0, 500),
    number("players_out_usage", "Usual usage of players_out together", "percent", 0, 600),
    count("opponent_players_out", "players_out of the opponent", 20),
    count(
        "teammates_out",
        "Teammates with 20 minutes a game or more, on the injured list or absent from the last two games",
        20,
    ),
    number("teammates_out_minutes", "Usual minutes a game of teammates_out together", "minutes", 0, 500),
    number("teammates_out_usage", "Usual usage of teammates_out together", "percent", 0, 600),
    number(
        "teammates_newly_out_minutes",
        "Usual minutes of teammates_out that are news: whole for who played the team's last game, two thirds after one "
        "missed game, one third after two, none after more",
        "minutes",
        0,
        500,
    ),
    text(
        "injury_status",
        "What the injury report said before the tip-off: ruled_out, doubtful, questionable, probable, available. Of "
        "who is in no report, injured_list: on the list; missed_games: not on it, absent from the team's newest two "
        "games or more of this season; missed_last: absent from the newest only; available: none of these",
        *("available", "missed_last", "missed_games", "injured_list"),
        *("probable", "questionable", "doubtful", "ruled_out"),
    ),
    number("age", "Age on the day of the game, of 365.2425 days", "years", 17, 50),
)
PLAYER_FORM = (
    number("minutes_in_last_7_days", "Minutes of the seven days before", "minutes", 0, 350),
    number("minutes_in_last_14_days", "Minutes of the fourteen days before", "minutes", 0, 700),
    number(
        "minutes_avg_last_7_days", "Minutes a game over the seven days before; NULL without a game", "minutes", 0, 70
    ),
    number("points_avg_last_5", "Points a game over the last 5 games within 400 days", "points", 0, 80),
    count("games_used_last_5", "Games behind points_avg_last_5", 5),
    number("points_avg_last_10", "Points a game over the last 10 games within 400 days", "points", 0, 80),
    count("games_used_last_10", "Games behind the averages over the last 10", 10),
    number("minutes_avg_last_10", "Minutes a game over the last 10 games within 400 days", "minutes", 0, 70),
    count("starts_last_10", "Starts among the last 10 games; NULL where no source says who started", 10),
    number("points_avg_season", "Points a game this season", "points", 0, 80),
    number("minutes_avg_season", "Minutes a game this season", "minutes", 0, 70),
    count("games_played_season", "Games played this season", 115),
    number("projected_minutes", "Expected minutes if he plays", "minutes", 0, 48),
    number("usage_rate_last_7_days", "Usage over the seven days before, weighted by playing time", "percent", 0),
    number("usage_rate_season", "Usage this season, weighted by playing time", "percent", 0),
    number("usage_change", "usage_rate_last_7_days less usage_rate_season", "percent"),
)
LINE_HISTORY = (
    count("lined_games_last_10", "Games with a consensus line among the last 10 games", 10),
    count("over_streak", "Lined games in a row that ended over the line; NULL without a lined game in 400 days", 200),
    count("under_streak", "Lined games in a row that ended under the line; NULL without a lined game in 400 days", 200),
)


_BY_SEASON = frozenset(
    "days_rest back_to_back games_in_last_7_days games_in_last_14_days back_to_backs_last_14_days team_days_rest "
    "opponent_days_rest travel_miles time_zones_crossed win_streak loss_streak last_margin spread implied_team_total "
    "players_out players_out_minutes players_out_usage opponent_players_out teammates_out teammates_out_minutes "
    "teammates_out_usage teammates_newly_out_minutes injury_status usage_change".split()
)
_BY_DAY = frozenset("age points_avg_last_5 points_avg_last_10 minutes_avg_last_10 projected_minutes".split())
"""Columns that must not be constant. On a game day a player without any game in 400 days is rare."""
_MOST_NULLS_OF_A_DAY = 0.2


def _judged(column: Column) -> Column:
    if column.name in _BY_DAY:
        return column.varying("day").nulls(0.0, _MOST_NULLS_OF_A_DAY)
    return column.varying("season") if column.name in _BY_SEASON else column


COLUMNS = tuple(map(_judged, (*SITUATION, *TEAM_FORM, *GAME_LINE, *ABSENCES, *PLAYER_FORM, *LINE_HISTORY)))
