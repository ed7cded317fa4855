"""Identity of players. The first two files are as of early 2026: their team columns would leak the future and are not
read."""

from nba_assets.sources.cells import HEIGHT, NAME, POSITION, Form, days, moments
from nba_assets.sources.protocol import Family, all_of

FAMILIES = (
    Family(
        "players_index",
        "players/players_index.parquet",
        all_of("text", "display_first_last player_first_name player_last_name position height")
        | {"person_id": "integer", "from_year.x": "integer"},
        "NBA.com player index: all players of all seasons, with the start year of the first season.",
        has_gaps=("position", "height", "player_first_name", "player_last_name"),
        minor=("position", "height", "player_first_name", "player_last_name"),
        forms={
            "display_first_last": NAME,
            "player_first_name": NAME,
            "player_last_name": NAME,
            "position": POSITION,
            "height": HEIGHT,
        },
    ),
    Family(
        "players_bio",
        "players/players_bio.parquet",
        all_of("text", "player position height birthdate profile_url"),
        "Biographies; the NBA id is only in profile_url; birth dates in three formats.",
        has_gaps=("position", "height", "birthdate"),
        minor=("position", "height"),
        forms={
            "player": NAME,
            "position": Form("(Guard|Forward|Center)(-(Guard|Forward|Center))?", "a position such as Guard-Forward"),
            "height": HEIGHT,
            "profile_url": Form(r".*/player/\d+.*", "an address with the NBA id"),
        },
    ),
    Family(
        "nba_rosters",
        "nba_rosters/{season}.parquet",
        all_of("text", "game_date known_at team player_name position height birth_date how_acquired")
        | all_of("integer", "player_id seasons_played"),
        "NBA.com CommonTeamRoster of the teams that play on a day, as it was on that day; known_at is when this "
        "machine received it. Only live feeds write it: past rosters are unavailable.",
        may_be_empty=("how_acquired",),
        has_gaps=("position", "height", "birth_date", "seasons_played"),
        minor=("birth_date", "seasons_played"),
        dates={"game_date": days("%Y-%m-%d"), "known_at": moments("ISO8601"), "birth_date": days("%Y-%m-%d")},
        day="game_date",
        is_live=True,
    ),
)
