"""player_composite_factors: scores for fatigue, shot-zone mismatch, pace and usage of each player's upcoming game."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.zone_windows import SHOT_ZONES
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, history, on_day
from nba_assets.tables.analytics.absences import usage_over, weighted_usage
from nba_assets.windows.asof import History

FRESH = 100.0
BACK_TO_BACK, LONG_REST = -15.0, 5.0
LONG_REST_DAYS = 3
BUSY_WEEK, BUSY_WEEK_GAMES = -10.0, 4
HEAVY_WEEK, HEAVY_WEEK_MINUTES = -10.0, 240.0
HEAVY_GAMES, HEAVY_GAME_MINUTES = -8.0, 35.0
ONE_BACK_TO_BACK, MORE_BACK_TO_BACKS = -5.0, -12.0
AGE_30, AGE_35 = -5.0, -10.0
"""Points of the fatigue score, out of 100 = fresh."""
FATIGUE_SCALE = 20.0
"""Points of fatigue that weigh as much as one point of the other scores."""
MOST_MISMATCH, MOST_SCORE = 10.0, 3.0
SEASON_GAMES = 5
"""Games this season from which on its usage is the usual one; below, that of the last 10 games is."""
FREED_USAGE = 0.25
"""Share of the usage of the regulars who are newly out by which a player's own rises. Fitted on 2021-22 to 2023-24: his
points rise by .177 for each percent of usage that the season lies above the last 10 games, by .043 for each percent of
theirs."""
USAGE_UNIT = 2.0
"""Percent of usage that make one point of usage_spike_score."""

CONTRACT = TableContract(
    name="player_composite_factors",
    layer="precompute",
    key=("game_id", "player_id"),
    known="pregame",
    columns=columns(
        *("game_date", "game_id", "player_id", "team", "opponent"),
        *("fatigue_score", "shot_zone_mismatch_score", "pace_score", "usage_spike_score", "total_composite_adjustment"),
        *("usage_rate_last_10", "projected_usage_rate"),
    ),
    rules={
        "a total where all scores are known": lambda f: (
            f["total_composite_adjustment"].notna()
            == f[["fatigue_score", "shot_zone_mismatch_score", "pace_score", "usage_spike_score"]].notna().all(axis=1)
        ),
    },
    doc="One row per row of upcoming_player_game_context. fatigue_score starts at 100 (fresh): back-to-back -15, else "
    "three or more days of rest +5; four or more games in seven days -10; more than 240 minutes in seven days "
    "-10, more than 35 per game -8; one back-to-back in fourteen days -5, more than one -12; age 30 or more -5, "
    "35 or more -10 (an unknown age subtracts nothing). All other scores are positive if they favour the player, "
    "and NULL if one of the compared values is unknown.",
)


@daily_table(
    CONTRACT,
    inputs={
        "upcoming": on_day("upcoming_player_game_context"),
        "defenses": on_day("team_defense_zone_analysis"),
        "profiles": on_day("player_shot_zone_analysis"),
        "played": history(
            "player_game_summary",
            days=400,
            columns=("game_date", "game_id", "player_id", "seconds_played", "usage_rate"),
        ),
    },
    expected=Expected(
        inputs={"upcoming": on_day("upcoming_player_game_context")},
        rule=lambda upcoming, days: upcoming[["game_date", "game_id", "player_id"]],
    ),
)
def player_composite_factors(
    upcoming: pd.DataFrame,
    defenses: pd.DataFrame,
    profiles: pd.DataFrame,
    played: History,
    days: pd.DatetimeIndex,
) -> pd.DataFrame:
    """The four scores of each upcoming player and their total."""
    rows = upcoming.assign(fatigue_score=fatigue_score(upcoming))
    rows["shot_zone_mismatch_score"] = _mismatch(rows, defenses, profiles)
    rows["pace_score"] = _pace(rows, defenses)
    ten = weighted_usage(played).by("player_id").last_games(rows, 10)
    rows["usage_rate_last_10"] = usage_over(ten)
    rows["projected_usage_rate"] = projected_usage(rows)
    rows["usage_spike_score"] = usage_spike_score(rows)
    rows["total_composite_adjustment"] = (
        (rows["fatigue_score"] - FRESH) / FATIGUE_SCALE
        + rows["shot_zone_mismatch_score"]
        + rows["pace_score"]
        + rows["usage_spike_score"]
    )
    return rows[CONTRACT.column_names]


def fatigue_score(rows: pd.DataFrame) -> pd.Series:
    """Fatigue score from 0 to 100, 100 = fresh (float64), by the rules in the table's description.

    Args:
        rows: back_to_back, days_rest, games_in_last_7_days, minutes_in_last_7_days, minutes_avg_last_7_days,
            back_to_backs_last_14_days, age. A NULL (no game in the window) adds no fatigue.
    """
    parts = [
        np.where(
            rows["back_to_back"], BACK_TO_BACK, np.where(_at_least(rows["days_rest"], LONG_REST_DAYS), LONG_REST, 0.0)
        ),
        np.where(_at_least(rows["games_in_last_7_days"], BUSY_WEEK_GAMES), BUSY_WEEK, 0.0),
        np.where(rows["minutes_in_last_7_days"] > HEAVY_WEEK_MINUTES, HEAVY_WEEK, 0.0),
        np.where(rows["minutes_avg_last_7_days"] > HEAVY_GAME_MINUTES, HEAVY_GAMES, 0.0),
        np.where(
            _at_least(rows["back_to_backs_last_14_days"], 2),
            MORE_BACK_TO_BACKS,
            np.where(_at_least(rows["back_to_backs_last_14_days"], 1), ONE_BACK_TO_BACK, 0.0),
        ),
        np.where(rows["age"] >= 35, AGE_35, np.where(rows["age"] >= 30, AGE_30, 0.0)),
    ]
    return pd.Series(np.clip(FRESH + sum(parts), 0.0, FRESH), index=rows.index)


def _at_least(values: pd.Series, least: int) -> np.ndarray:
    """Whether a value is at least `least`; NULL is not."""
    return (values >= least).fillna(False).to_numpy(dtype=bool)


def _mismatch(rows: pd.DataFrame, defenses: pd.DataFrame, profiles: pd.DataFrame) -> pd.Series:
    """The opponent's allowed values above those of all teams by zone, weighted by his shot shares, -10 to 10."""
    above = [f"{zone}_defense_vs_league_avg" for zone in SHOT_ZONES]
    shares = [f"{zone}_rate_last_10" for zone in SHOT_ZONES]
    found = rows[["game_date", "opponent", "player_id"]].merge(
        defenses[["game_date", "team", *above]].rename(columns={"team": "opponent"}),
        on=["game_date", "opponent"],
        how="left",
        validate="many_to_one",
    )
    found = found.merge(
        profiles[["game_date", "player_id", *shares]], on=["game_date", "player_id"], how="left", validate="many_to_one"
    )
    score = sum(
        (found[share] * found[defense] for share, defense in zip(shares, above, strict=True)),
        start=pd.Series(0.0, found.index),
    )
    return pd.Series(score.clip(-MOST_MISMATCH, MOST_MISMATCH).to_numpy(), index=rows.index)


def _pace(rows: pd.DataFrame, defenses: pd.DataFrame) -> pd.Series:
    """Mean of both teams' pace above the pace of all teams, -3 to 3."""
    above = defenses.set_index(["game_date", "team"])
    above = above["pace_last_15"] - above["league_pace_last_15"]
    own, other = (
        above.reindex(pd.MultiIndex.from_frame(rows[["game_date", side]])).to_numpy() for side in ("team", "opponent")
    )
    return pd.Series(np.clip((own + other) / 2, -MOST_SCORE, MOST_SCORE), index=rows.index)


def projected_usage(rows: pd.DataFrame) -> pd.Series:
    """Expected usage (percent): his usual usage plus FREED_USAGE times that of the regulars who are newly out.

    An absence counts as new until the averages of his teammates reflect it (analytics/absences.py).

    Args:
        rows: usage_rate_season, usage_rate_last_10, games_played_season, teammates_out_usage, teammates_out_minutes,
            teammates_newly_out_minutes.
    """
    has_season = (rows["games_played_season"] >= SEASON_GAMES).fillna(False).astype(bool)
    usual = rows["usage_rate_season"].where(has_season, rows["usage_rate_last_10"])
    out_minutes = rows["teammates_out_minutes"]
    share_of_news = (rows["teammates_newly_out_minutes"] / out_minutes.where(out_minutes > 0)).fillna(0.0)
    return usual + FREED_USAGE * share_of_news * rows["teammates_out_usage"]


def usage_spike_score(rows: pd.DataFrame) -> pd.Series:
    """projected_usage_rate above usage_rate_last_10 in units of USAGE_UNIT, -3 to 3."""
    rise = rows["projected_usage_rate"] - rows["usage_rate_last_10"]
    return (rise / USAGE_UNIT).clip(-MOST_SCORE, MOST_SCORE)
