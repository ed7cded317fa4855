"""Zone matchup: what he takes from each zone, at the percentage that he makes against this defence, and free throws.

The constants come from the player-games of 2021-22 to 2023-24 (three earlier games or more): those of the percentages
were searched one after the other on coarse grids, those that multiply the points are least-absolute-deviation fits, all
rounded; some were set by hand and say so. The errors of those seasons are of the rows searched. Mean absolute error in
points, against that of the mean of the last 10 games:

    2021-22 4.547 (4.694), 2022-23 4.594 (4.764), 2023-24 4.460 (4.651); on 2024-25, which the search has not seen,
    4.564 (4.735).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nba_assets.basketball import FREE_THROW_WEIGHT, as_float, divide
from nba_assets.contracts.columns.zone_windows import SHOT_ZONES
from nba_assets.tables.predictions.moving_average import added_up, known, team_total_rise


@dataclass(frozen=True)
class Zone:
    """What is believed of a zone before a shot is seen.

    Args:
        points: of a make.
        league_pct: share made where the day's league_<zone>_pct_last_15 is unknown; about that of 2021-22 to 2023-24.
        prior_shots: shots of his own that weigh as much as what is believed. For threes the end of the grid (1200 is
            .0002 points better); mid-range has that of the paint by hand (40 is .0005 better).
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
"""Share of the paint among twos that is believed of a player, and the twos of his own that weigh as much. The share was
set by hand; of all twos .81 are there, but from .60 to .81 the error is the same within .0005 points."""
SKILL, SKILL_SHOTS = 0.5, 40.0
"""Share of his true shooting above that of the league on his mix that the belief about his zones takes over, and the
shots of the season that weigh as much as the league."""
MOST_SKILL = 0.5
"""Bound of that difference, as a share of the league's; set by hand."""
SKILL_GAMES = 10.0
"""Games behind the true shooting where the season has none and that of the last 10 games stands in."""
DEFENSE = 0.5
"""Share of what a defence has allowed in a zone above the league that lasts; the rest was luck. The search gave
.75 in the paint, .25 from mid-range, .5 from three: one number stands for them."""
FREE_THROW_PCT, FREE_THROW_SHOTS = 0.78, 80.0
"""The league's share of free throws made, and the attempts of his own that weigh as much: the end of the grid
(160 is .0003 points better). The share was set by hand."""
FREE_THROW_GAMES = 10.0
PACE = 0.01
"""Share of the points for each possession of pace_score, of about a hundred."""
USAGE = 0.012
"""Share of the points for each unit of usage_spike_score."""
TOTAL = 0.0014
"""Share of the points for each point that implied_team_total lies above what his team usually scores."""
FATIGUE = 0.0002
"""Share of the points for each point of fatigue_score below 100, set by hand: the fit has the other sign (-.0008,
perhaps as the score counts how much he plays). Tired must not raise; this is near none."""
MEDIAN = -0.65
"""Median of what a player scores less its mean, in points."""
_PROFILE = (
    *(f"{zone}_{name}_last_20" for zone in SHOT_ZONES for name in ("attempts_avg", "pct")),
    *("zone_games_last_20", "games_in_sample_last_20"),
)
_DEFENSE = (
    *(f"{zone}_defense_vs_league_avg" for zone in SHOT_ZONES),
    *(f"league_{zone}_pct_last_15" for zone in SHOT_ZONES),
)


def zone_matchup(rows: pd.DataFrame, profiles: pd.DataFrame, defenses: pd.DataFrame) -> pd.DataFrame:
    """Points of each player if he plays, as the median, and where they come from.

    Attempts are those of his weighted form, per minute, over the projected minutes; his last 20 games with shot rows
    part the twos into zones. Percentages are his own, shrunk by their number towards the league's as his true shooting
    has it, and moved by what this opponent allows.

    Args:
        rows: ml_feature_store_v2: game_date, player_id, opponent, projected_minutes, minutes_ewma,
            field_goal_attempts_ewma, three_attempts_ewma, free_throw_attempts_ewma, ts_pct_season, ts_pct_last_10,
            games_played_season, pct_free_throw, points_avg_last_10, pace_score, usage_spike_score, fatigue_score,
            implied_team_total, team_off_rating, team_pace.
        profiles: player_shot_zone_analysis of the days; a player without a row has the league's zones.
        defenses: team_defense_zone_analysis of the days; an unknown zone of a defence is an average one.

    Returns:
        With the index of the rows, float64, in points: `points` (0 or more; NULL, as all the rest, without minutes or
        attempts) and what adds up to it: paint and mid_range or, where his zones are unknown, two (the others are
        NULL); three, free_throws, pace, usage, fatigue, total, median, clip (what lifts a negative sum to 0).

    Raises:
        pandas.errors.MergeError: a player or a team is duplicated on a day.
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
    """The rows, in their order and with their index, with his profile and the opponent's defence of the day."""
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
    """Attempts in the projected minutes, by zone and at the line."""
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
    """Shots behind his percentage in a zone; 0 where it is unknown."""
    games = found["games_in_sample_last_20" if zone == "three" else "zone_games_last_20"]
    return known(as_float(found[f"{zone}_attempts_avg_last_20"]) * as_float(games))


def _league_pct(found: pd.DataFrame, zone: str) -> pd.Series:
    return as_float(found[f"league_{zone}_pct_last_15"]).fillna(ZONES[zone].league_pct)


def _skill(found: pd.DataFrame, attempts: dict[str, pd.Series]) -> pd.Series:
    """His true shooting above that of the league on his mix of shots, as a share of it, shrunk by his shots."""
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
    """Share of his shots in the zone to expect against this opponent, 0 to 1."""
    seen, weight = _shots_seen(found, zone), ZONES[zone].prior_shots
    believed = _league_pct(found, zone) * (1 + SKILL * skill)
    own = (seen * known(found[f"{zone}_pct_last_20"]) + weight * believed) / (seen + weight)
    return (own + DEFENSE * known(found[f"{zone}_defense_vs_league_avg"]) / 100).clip(0.0, 1.0)


def _free_throws_made(found: pd.DataFrame) -> pd.Series:
    """Share of his free throws to expect: makes of the last 10 games over attempts of his weighted form, shrunk."""
    makes = known(as_float(found["pct_free_throw"]) * as_float(found["points_avg_last_10"]))
    attempts = known(found["free_throw_attempts_ewma"])
    return (
        (FREE_THROW_GAMES * makes + FREE_THROW_SHOTS * FREE_THROW_PCT)
        / (FREE_THROW_GAMES * attempts + FREE_THROW_SHOTS)
    ).clip(0.0, 1.0)
