"""Field-goal attempts, one row per attempt; regular season only."""

from nba_assets.sources.cells import NAME, Form, days
from nba_assets.sources.protocol import Family, all_of

FORMS = {
    "PLAYER_NAME": NAME,
    "ACTION_TYPE": Form(r"(?i).*\bshot\b.*", "a kind of shot"),
    "SHOT_TYPE": Form("[23]PT.*", "2PT or 3PT"),
}

FAMILIES = (
    Family(
        "shots",
        "shots/{season}.parquet",
        all_of("text", "GAME_DATE GAME_ID TEAM_ID PLAYER_NAME ACTION_TYPE SHOT_TYPE BASIC_ZONE")
        | all_of("integer", "PLAYER_ID SHOT_DISTANCE QUARTER MINS_LEFT SECS_LEFT")
        | all_of("number", "LOC_X LOC_Y")
        | {"SHOT_MADE": "boolean"},
        "NBA.com shot detail from 2022-23 on, without event ids. Coordinates in feet from the middle of the baseline, "
        "x mirrored compared with NBA.com. Identical rows are real: two tips in the same second.",
        minor=("PLAYER_NAME", "ACTION_TYPE"),
        forms=FORMS,
        dates={"GAME_DATE": days("%m-%d-%Y")},
        day="GAME_DATE",
        has_real_repeats=True,
    ),
    Family(
        "shots_nba_api_capped",
        "shots_nba_api_capped/{season}.parquet",
        all_of("text", "GAME_DATE GAME_ID PLAYER_NAME ACTION_TYPE SHOT_TYPE SHOT_ZONE_BASIC")
        | all_of(
            "integer",
            "GAME_EVENT_ID PLAYER_ID TEAM_ID PERIOD MINUTES_REMAINING SECONDS_REMAINING SHOT_DISTANCE LOC_X LOC_Y "
            "SHOT_MADE_FLAG",
        ),
        "NBA.com shot detail of 2021-22, truncated at 102,400 rows: the games 0022100001 to 0022100580 and part of the "
        "next. Native coordinates: tenths of feet from the hoop.",
        minor=("PLAYER_NAME", "ACTION_TYPE"),
        forms=FORMS,
        dates={"GAME_DATE": days("%Y%m%d")},
        day="GAME_DATE",
    ),
)
