"""Shot zones over windows of games: shots that a defence allows, shots that a player takes.

Columns of the paint and the mid-range use only the games of the window with shot rows, and are NULL below five of
those; threes are in every box score.
"""

from __future__ import annotations

from nba_assets.contracts.columns.builders import count, flag, number, text
from nba_assets.contracts.contract import Column

SHOT_ZONES = ("paint", "mid_range", "three")
_WORDS = {"paint": "in the paint", "mid_range": "from mid-range", "three": "from three"}
_MOST_A_GAME = {"paint": 90.0, "mid_range": 60.0, "three": 75.0}
_POSITION_WORDS = {"guard": "guards", "forward": "forwards", "center": "centers"}
POSITION_GROUPS = tuple(_POSITION_WORDS)
PRIMARY_ZONES = ("paint", "mid_range", "perimeter", "balanced")


def _allowed(zone: str) -> tuple[Column, ...]:
    where = _WORDS[zone]
    return (
        number(f"{zone}_pct_allowed_last_15", f"Share made of the shots allowed {where}", "fraction", 0, 1),
        number(f"{zone}_attempts_allowed_last_15", f"Shots allowed a game {where}", "attempts", 0, _MOST_A_GAME[zone]),
        number(f"{zone}_points_allowed_last_15", f"Points allowed a game {where}", "points", 0, 130),
        number(f"league_{zone}_pct_last_15", f"Share made {where} of all teams' windows together", "fraction", 0, 1),
        number(
            f"{zone}_defense_vs_league_avg",
            f"Share made {where} that the team allows above that of all teams, shrunk to last season's by "
            "season_weight: positive = weaker",
            "percentage points",
            *(-60, 60, -15, 15),
        ).varying("season"),
    )


def _shot_from(zone: str, games: int) -> tuple[Column, ...]:
    where = _WORDS[zone]
    return (
        number(f"{zone}_rate_last_{games}", f"Share of his shots that he takes {where}", "fraction", 0, 1),
        number(f"{zone}_pct_last_{games}", f"Share made of his shots {where}; NULL without any", "fraction", 0, 1),
        number(f"{zone}_attempts_avg_last_{games}", f"Shots a game {where}", "attempts", 0, 60),
    )


DEFENSE = (
    count("games_in_sample", "Games in the window of the last 15 within 400 days", 15),
    count("zone_games_in_sample", "Games of the window with shot rows of both zones inside the arc", 20),
    flag("has_zones", "At least five games of the window have shot rows"),
    count("season_games_in_sample", "Games of the team this season, at most the 15 of the window", 15),
    number(
        "season_weight",
        "Weight of this season in *_defense_vs_league_avg: its games over 15, the rest is last season; 1 where last "
        "season is unknown",
        "fraction",
        0,
        1,
    ),
    *(column for zone in SHOT_ZONES for column in _allowed(zone)),
    number("blocks_avg_last_15", "Blocks a game", "blocks", 0, 20),
    number(
        "defensive_rating_last_15", "Points allowed per 100 possessions", "points per 100 possessions", 60, 180
    ).varying("day"),
    number(
        "league_defensive_rating_last_15",
        "Points per 100 possessions of all teams' windows together",
        "points per 100 possessions",
        60,
        180,
    ).varying("season"),
    number("pace_last_15", "Possessions of a side per 48 minutes", "possessions per 48 minutes", 75, 130).varying(
        "day"
    ),
    number("league_pace_last_15", "Mean of pace_last_15 of all teams", "possessions per 48 minutes", 75, 130).varying(
        "season"
    ),
    number("points_allowed_avg_last_15", "Points allowed a game", "points", 60, 200),
    text(
        "strongest_zone", "Zone with the lowest *_defense_vs_league_avg; NULL unless all three are known", *SHOT_ZONES
    ),
    text("weakest_zone", "Zone with the highest *_defense_vs_league_avg; NULL unless all three are known", *SHOT_ZONES),
    *(
        number(
            f"{group}_points_allowed_vs_league",
            f"Points per 36 minutes that {words} scored against the team in its last 15 games, above those against "
            "all teams: positive = weaker",
            "points per 36 minutes",
            *(-40, 40, -8, 8),
        ).varying("season")
        for group, words in _POSITION_WORDS.items()
    ),
)
PROFILE = (
    *(count(f"games_in_sample_last_{games}", f"Games among the last {games}", games) for games in (10, 20)),
    *(count(f"zone_games_last_{games}", f"Games with shot rows among the last {games}", games) for games in (10, 20)),
    *(column for games in (10, 20) for zone in SHOT_ZONES for column in _shot_from(zone, games)),
    *(
        number(
            f"assisted_rate_last_{games}",
            f"Share of his field goals of the last {games} games made on an assist; NULL without one",
            "fraction",
            0,
            1,
        )
        for games in (10, 20)
    ),
    text(
        "primary_scoring_zone",
        "Zone of most of his shots of the last 10 games: paint or perimeter from .40, mid_range from .35, else "
        "balanced; NULL without zones",
        *PRIMARY_ZONES,
    ),
    text(
        "sample_quality",
        "By zone_games_last_20: high from 15, medium from 10, low from 5, none below",
        *("high", "medium", "low", "none"),
    ),
)

COLUMNS = (*DEFENSE, *PROFILE)
