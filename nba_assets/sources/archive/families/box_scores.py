"""Box scores of players: who was listed, who played, and the counts of each player."""

from nba_assets.sources.cells import DIGITS, NAME, Form, days
from nba_assets.sources.protocol import Family, all_of

STARTED_AS = Form(r"[GFC](-[GFC])?|[PS][GF]", "a position such as G, F-C or PG")
"""Only starters have a position in a box score; which one it is does not matter."""

FAMILIES = (
    Family(
        "player_box_v3",
        "player_box_v3/{season}.parquet",
        all_of("text", "game_id team_id team_tricode home_team_id first_name family_name position comment minutes")
        | all_of(
            "integer",
            "person_id field_goals_made field_goals_attempted three_pointers_made three_pointers_attempted "
            "free_throws_made free_throws_attempted rebounds_offensive rebounds_defensive rebounds_total assists "
            "steals blocks turnovers fouls_personal points plus_minus_points",
        ),
        "NBA.com BoxScoreTraditionalV3: everyone listed, whether they played or not, from 2022-23, also all-star. "
        "No dates; minutes are text MM:SS, empty for players who did not play; starters have a position.",
        has_gaps=("first_name", "position", "comment", "minutes"),
        forms={"family_name": NAME, "first_name": NAME, "position": STARTED_AS},
    ),
    Family(
        "player_game_logs",
        "player_game_logs/{season}.parquet",
        all_of("text", "game_id player_name team game_date min_sec")
        | all_of("integer", "player_id fgm fga fg3m fg3a ftm fta oreb dreb reb ast tov stl blk pf pts plus_minus")
        | all_of("number", "min"),
        "NBA.com PlayerGameLogs (Base): players who played, regular season and playoffs. No play-in, no Cup final, "
        "no Finals games 3-7 of 2025; game ids of 8 digits.",
        forms={"player_name": NAME},
        dates={"game_date": days("%Y-%m-%dT%H:%M:%S")},
        day="game_date",
    ),
    Family(
        "player_game_logs_lite",
        "player_game_logs_lite/{season}.parquet",
        all_of("text", "PLAYER_NAME TEAM_ABBREVIATION GAME_DATE MATCHUP SEASON_TYPE")
        | all_of("integer", "PLAYER_ID MIN PTS REB AST STL BLK TOV PLUS_MINUS"),
        "PlayerGameLogs by another publisher: no game id, no field goals, whole minutes; no play-in, complete "
        "playoffs.",
        forms={"PLAYER_NAME": NAME},
        dates={"GAME_DATE": days("%Y-%m-%d")},
        day="GAME_DATE",
    ),
    Family(
        "player_box_playoffs",
        "player_box_playoffs/{season}.parquet",
        all_of("text", "game_data gameId teamId personName position")
        | all_of(
            "integer",
            "personId fieldGoalsMade fieldGoalsAttempted threePointersMade threePointersAttempted freeThrowsMade "
            "freeThrowsAttempted reboundsOffensive reboundsDefensive assists steals blocks turnovers foulsPersonal "
            "points plusMinusPoints",
        ),
        "Playoffs of 2022 incl. starters (position) and those who did not play; no minutes, no comment.",
        has_gaps=("position",),
        forms={"teamId": DIGITS, "personName": NAME, "position": STARTED_AS},
        dates={"game_data": days("%Y-%m-%d")},
        day="game_data",
    ),
    Family(
        "player_game_misc",
        "player_game_misc/{season}.parquet",
        all_of("text", "game_id player_name team game_date")
        | all_of("integer", "player_id pts_off_tov pts_2nd_chance pts_fb pts_paint blka pfd"),
        "NBA.com PlayerGameLogs (Misc): points in the paint, on the break, off turnovers; games as player_game_logs.",
        forms={"player_name": NAME},
        dates={"game_date": days("%Y-%m-%dT%H:%M:%S")},
        day="game_date",
    ),
    Family(
        "player_game_scoring",
        "player_game_scoring/{season}.parquet",
        all_of("text", "game_id player_name team game_date")
        | all_of("integer", "player_id fgm fga")
        | all_of(
            "number",
            "pct_fga_2pt pct_fga_3pt pct_pts_2pt pct_pts_2pt_mr pct_pts_3pt pct_pts_fb pct_pts_ft pct_pts_off_tov "
            "pct_pts_paint pct_ast_2pm pct_uast_2pm pct_ast_3pm pct_uast_3pm pct_ast_fgm pct_uast_fgm",
        ),
        "NBA.com PlayerGameLogs (Scoring): shares of points, attempts and assisted makes; games as player_game_logs. "
        "Shares are rounded to .001; a share of zero is printed as 0, that of free throws as 1.",
        forms={"player_name": NAME},
        dates={"game_date": days("%Y-%m-%dT%H:%M:%S")},
        day="game_date",
    ),
)
