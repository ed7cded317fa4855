"""Zone matchup: expected attempts by zone, times the expected percentage against this defence, plus free throws.

The constants come from the player-games of 2021-22 to 2023-24 (three earlier games or more): those of the percentages
were searched one at a time on coarse grids, those that multiply the points are least-absolute-deviation fits, all
rounded; exceptions are marked as set by hand. The errors of those seasons are in-sample. Mean absolute error in points
(in brackets that of the mean of the last 10 games):

    2021-22 4.547 (4.694), 2022-23 4.594 (4.764), 2023-24 4.460 (4.651); on 2024-25, out of sample, 4.564 (4.735).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nba_assets.basketball import FREE_THROW_WEIGHT, as_float, divide
from nba_assets.contracts.columns.zone_windows import SHOT_ZONES
from nba_assets.tables.predictions.moving_average import added_up, known, team_total_rise


@dataclass(frozen=True)
class Zone:
    """Prior of a zone.

    Args:
        points: points of a made shot.
        league_pct: league percentage (0 to 1) if the day's league_<zone>_pct_last_15 is unknown; about that of 2021-22
            to 2023-24.
        prior_shots: weight of the prior in shots. For threes the end of the grid (1200 is .0002 points better);
            mid-range was set by hand to that of the paint (40 is .0005 better).
    """

    points: int
    league_pct: float
    prior_shots: float


ZONES = {
    "paint": Zone(points=2, league_pct=0.57, prior_shots=150.0),
    "mid_range": Zone(points=2, league_pct=0.41, prior_shots=150.0),
    "three": Zone(points=3, league_pct=0.36, prior_shots=600.0),
}
PAINT_SHARE, SHARE_SHOTS = 0.66, 40.0
"""Prior of a player's share of the paint among twos, and its weight in attempts. The share was set by hand; the
league's is .81, but from .60 to .81 the error is the same within .0005 points."""
SKILL, SKILL_SHOTS = 0.5, 40.0
"""Share of the player's true-shooting advantage (over the league on his mix of shots) that is applied to the priors of
his zones, and the weight of the league in shots."""
MOST_SKILL = 0.5
"""Bound of that advantage, relative to the league; set by hand."""
SKILL_GAMES = 10.0
"""Number of games assumed if the season has none and the true shooting of the last 10 games is used."""
DEFENSE = 0.5
"""Share of a defence's deviation from the league in a zone that persists; the rest is luck. The search gave .75 in the
paint, .25 from mid-range, .5 from three; one number is used for all."""
FREE_THROW_PCT, FREE_THROW_SHOTS = 0.78, 80.0
"""The league's free-throw percentage (0 to 1), set by hand, and its weight in attempts: the end of the grid (160 is
.0003 points better)."""
FREE_THROW_GAMES = 10.0
PACE = 0.01
"""Relative change of points per possession of pace_score (a pace is about a hundred)."""
USAGE = 0.012
"""Relative change of points per unit of usage_spike_score."""
TOTAL = 0.0014
"""Relative change of points per point of implied_team_total above the team's usual score."""
FATIGUE = 0.0002
"""Relative change of points per point of fatigue_score below 100, set by hand: the fit has the other sign (-.0008,
perhaps because the score includes playing time). Fatigue must not raise a prediction; this is almost zero."""
MEDIAN = -0.65
"""Median minus mean of a player's points."""
_PROFILE = (
    *(f"{zone}_{name}_last_20" for zone in SHOT_ZONES for name in ("attempts_avg", "pct")),
    *("zone_games_last_20", "games_in_sample_last_20"),
)
_DEFENSE = (
    *(f"{zone}_defense_vs_league_avg" for zone in SHOT_ZONES),
    *(f"league_{zone}_pct_last_15" for zone in SHOT_ZONES),
)


def zone_matchup(rows: pd.DataFrame, profiles: pd.DataFrame, defenses: pd.DataFrame) -> pd.DataFrame:
    """Median points of each player if he plays, with components.

    Attempts are the weighted average per minute times projected minutes; the last 20 games with shot rows split the
    twos into zones. Percentages are the player's own, shrunk towards the league's (corrected by his true shooting),
    plus the deviation of the opponent's defence.

    Args:
        rows: ml_feature_store_v2: game_date, player_id, opponent, projected_minutes, minutes_ewma,
            field_goal_attempts_ewma, three_attempts_ewma, free_throw_attempts_ewma, ts_pct_season, ts_pct_last_10,
            games_played_season, pct_free_throw, points_avg_last_10, pace_score, usage_spike_score, fatigue_score,
            implied_team_total, team_off_rating, team_pace.
        profiles: player_shot_zone_analysis of the days; a player without a row gets the league's values.
        defenses: team_defense_zone_analysis of the days; an unknown zone counts as average.

    Returns:
        Indexed like the rows, float64, in points: `points` (0 or more; NULL, like all components, without minutes or
        attempts) and the components that add up to it: paint and mid_range or, if his zones are unknown, two (the
        others are NULL); three, free_throws, pace, usage, fatigue, total, median, clip (raises a negative sum to 0).

    Raises:
        pandas.errors.MergeError: a player or a team has more than one row on a day.
    """
    found = _joined(rows, profiles, defenses)
    attempts = _attempts(found)
    skill = _skill(found, attempts)
    shots = {zone: attempts[zone] * facts.points * _made(found, zone, skill) for zone, facts in ZONES.items()}
    free_throws = attempts["free_throw"] * _free_throws_made(found)
    has_zones = found["paint_attempts_avg_last_20"].notna()
    total = shots["paint"] + shots["mid_range"] + shots["three"] + free_throws
    parts = {
        "paint": shots["paint"].where(has_zones),
        "mid_range": shots["mid_range"].where(has_zones),
        "two": (shots["paint"] + shots["mid_range"]).mask(has_zones),
        "three": shots["three"],
        "free_throws": free_throws,
        "pace": total * PACE * known(found["pace_score"]),
        "usage": total * USAGE * known(found["usage_spike_score"]),
        "fatigue": total * FATIGUE * known(as_float(found["fatigue_score"]) - 100),
        "total": total * TOTAL * team_total_rise(found),
        "median": pd.Series(MEDIAN, index=found.index),
    }
    return added_up(parts, total.notna())


def _joined(rows: pd.DataFrame, profiles: pd.DataFrame, defenses: pd.DataFrame) -> pd.DataFrame:
    """The rows, in their order and with their index, joined with the player's profile and the opponent's defence."""
    own = rows[[name for name in rows.columns if name not in (*_PROFILE, *_DEFENSE)]]
    found = own.merge(
        profiles[["game_date", "player_id", *_PROFILE]],
        on=["game_date", "player_id"],
        how="left",
        validate="many_to_one",
    )
    found = found.merge(
        defenses[["game_date", "team", *_DEFENSE]].rename(columns={"team": "opponent"}),
        on=["game_date", "opponent"],
        how="left",
        validate="many_to_one",
    )
    return found.set_axis(rows.index)


def _attempts(found: pd.DataFrame) -> dict[str, pd.Series]:
    """Attempts in the projected minutes, by zone and from the free-throw line."""
    longer = divide(found["projected_minutes"], found["minutes_ewma"])
    threes = as_float(found["three_attempts_ewma"])
    twos = (as_float(found["field_goal_attempts_ewma"]) - threes).clip(lower=0.0) * longer
    paint, mid_range = _shots_seen(found, "paint"), _shots_seen(found, "mid_range")
    share = (paint + SHARE_SHOTS * PAINT_SHARE) / (paint + mid_range + SHARE_SHOTS)
    return {
        "paint": twos * share,
        "mid_range": twos * (1 - share),
        "three": threes * longer,
        "free_throw": as_float(found["free_throw_attempts_ewma"]) * longer,
    }


def _shots_seen(found: pd.DataFrame, zone: str) -> pd.Series:
    """Number of shots behind the player's percentage in a zone; 0 if unknown."""
    games = found["games_in_sample_last_20" if zone == "three" else "zone_games_last_20"]
    return known(as_float(found[f"{zone}_attempts_avg_last_20"]) * as_float(games))


def _league_pct(found: pd.DataFrame, zone: str) -> pd.Series:
    return as_float(found[f"league_{zone}_pct_last_15"]).fillna(ZONES[zone].league_pct)


def _skill(found: pd.DataFrame, attempts: dict[str, pd.Series]) -> pd.Series:
    """The player's relative true-shooting advantage over the league on his mix of shots, shrunk by his shots."""
    league_points = attempts["free_throw"] * FREE_THROW_PCT
    for zone, facts in ZONES.items():
        league_points = league_points + attempts[zone] * facts.points * _league_pct(found, zone)
    field_goals = attempts["paint"] + attempts["mid_range"] + attempts["three"]
    league = divide(league_points, 2 * (field_goals + FREE_THROW_WEIGHT * attempts["free_throw"]))
    season = as_float(found["ts_pct_season"])
    own = season.fillna(as_float(found["ts_pct_last_10"]))
    games = as_float(found["games_played_season"]).where(season.notna(), SKILL_GAMES)
    shots = games * as_float(found["field_goal_attempts_ewma"])
    return known((divide(own, league) - 1) * shots / (shots + SKILL_SHOTS)).clip(-MOST_SKILL, MOST_SKILL)


def _made(found: pd.DataFrame, zone: str, skill: pd.Series) -> pd.Series:
    """Expected percentage (0 to 1) in the zone against this opponent."""
    seen, weight = _shots_seen(found, zone), ZONES[zone].prior_shots
    believed = _league_pct(found, zone) * (1 + SKILL * skill)
    own = (seen * known(found[f"{zone}_pct_last_20"]) + weight * believed) / (seen + weight)
    return (own + DEFENSE * known(found[f"{zone}_defense_vs_league_avg"]) / 100).clip(0.0, 1.0)


def _free_throws_made(found: pd.DataFrame) -> pd.Series:
    """Expected free-throw percentage (0 to 1): makes of the last 10 games over weighted attempts, shrunk."""
    makes = known(as_float(found["pct_free_throw"]) * as_float(found["points_avg_last_10"]))
    attempts = known(found["free_throw_attempts_ewma"])
    return (
        (FREE_THROW_GAMES * makes + FREE_THROW_SHOTS * FREE_THROW_PCT)
        / (FREE_THROW_GAMES * attempts + FREE_THROW_SHOTS)
    ).clip(0.0, 1.0)
