"""player_shot_zone_analysis: each player's shots by zone over his last 10 and 20 games."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.zone_windows import PROFILE, SHOT_ZONES
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, history, on_day
from nba_assets.tables.precompute.zone_samples import FEWEST_ZONE_GAMES, with_zone_samples
from nba_assets.tables.raw.rosters_checks import game_days
from nba_assets.windows.asof import History, Window

FEWEST_GAMES = 10
"""Games within 400 days from which on a player has a profile."""
PRIMARY_FROM = {"paint": ("paint", 0.40), "three": ("perimeter", 0.40), "mid_range": ("mid_range", 0.35)}
"""Of each zone: what it is called as the primary one, and the share of the shots from which on it is."""
HIGH_QUALITY, MEDIUM_QUALITY = 15, 10

CONTRACT = TableContract(
    name="player_shot_zone_analysis",
    layer="precompute",
    key=("player_id",),
    known="pregame",
    columns=columns("game_date", "player_id", *(column.name for column in PROFILE)),
    rules={
        "a whole first window": lambda f: f["games_in_sample_last_10"] == FEWEST_GAMES,
        "windows are nested": lambda f: (
            (f["zone_games_last_10"] <= f["zone_games_last_20"])
            & (f["zone_games_last_20"] <= f["games_in_sample_last_20"])
        ),
        "zones from five games on": lambda f: (
            f["paint_attempts_avg_last_10"].notna() == (f["zone_games_last_10"] >= FEWEST_ZONE_GAMES)
        ),
    },
    doc="Every player with at least 10 games within 400 days, on every day with games, whether he plays or not. Rates "
    "are shares of his shots, percentages are makes over attempts, both pooled over the window. Paint and mid- "
    "range use the window's games with shot rows and are NULL with fewer than five; threes use all its games, so "
    "the three rates of a window that lacks shot rows need not add up to 1.",
)


def established(upcoming: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Players of the day's games with at least ten games: game_date, player_id. The table may have more players."""
    has_games = upcoming["games_used_last_10"] >= FEWEST_GAMES
    return upcoming.loc[has_games, ["game_date", "player_id"]].drop_duplicates()


@daily_table(
    CONTRACT,
    inputs={
        "schedule": on_day("schedule"),
        "played": history(
            "player_game_summary",
            days=400,
            columns=(
                *("game_date", "game_id", "player_id", "field_goals_attempted", "threes_attempted", "threes_made"),
                *("paint_attempts", "paint_makes", "mid_range_attempts", "mid_range_makes"),
                *("assisted_makes", "unassisted_makes"),
            ),
        ),
    },
    expected=Expected(
        inputs={"upcoming": on_day("upcoming_player_game_context")},
        rule=established,
        is_exact=False,
    ),
)
def player_shot_zone_analysis(schedule: pd.DataFrame, played: History, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Shots by zone over the last 10 and 20 games, for every player with at least ten games."""
    rows = pd.DataFrame({"game_date": game_days(schedule, days)}).merge(played.distinct("player_id"), how="cross")
    samples = with_zone_samples(played).assign(
        zone_shots=lambda f: f["paint_attempts"] + f["mid_range_attempts"] + f["threes_attempted"],
        shots=lambda f: f["field_goals_attempted"],
        three_attempts=lambda f: f["threes_attempted"],
        three_makes=lambda f: f["threes_made"],
        judged_makes=lambda f: f["assisted_makes"] + f["unassisted_makes"],
    )
    by_player = samples.by("player_id")
    rows = rows[by_player.earlier(rows).games >= FEWEST_GAMES].reset_index(drop=True)
    for games in (10, 20):
        rows = _with_window(rows, games, by_player.last_games(rows, games))
    rows["primary_scoring_zone"] = _primary_zone(rows)
    zone_games = rows["zone_games_last_20"]
    names = np.select(
        [zone_games >= HIGH_QUALITY, zone_games >= MEDIUM_QUALITY, zone_games >= FEWEST_ZONE_GAMES],
        ["high", "medium", "low"],
        default="none",
    )
    rows["sample_quality"] = pd.Series(names, index=rows.index, dtype="string[pyarrow]")
    return rows[CONTRACT.column_names]


def _with_window(rows: pd.DataFrame, games: int, window: Window) -> pd.DataFrame:
    zone_games = window.sum("has_shots").fillna(0)
    has_zones = zone_games >= FEWEST_ZONE_GAMES
    found: dict[str, pd.Series] = {
        f"games_in_sample_last_{games}": window.games,
        f"zone_games_last_{games}": zone_games,
        f"assisted_rate_last_{games}": window.ratio("assisted_makes", "judged_makes"),
    }
    for zone in SHOT_ZONES:
        is_known = has_zones | (zone == "three")
        of_shots = "shots" if zone == "three" else "zone_shots"
        found[f"{zone}_rate_last_{games}"] = window.ratio(f"{zone}_attempts", of_shots).where(is_known)
        found[f"{zone}_pct_last_{games}"] = window.ratio(f"{zone}_makes", f"{zone}_attempts").where(is_known)
        found[f"{zone}_attempts_avg_last_{games}"] = window.mean(f"{zone}_attempts").where(is_known)
    return rows.assign(**found)


def _primary_zone(rows: pd.DataFrame) -> pd.Series:
    """The zone with most of his shots among those that reach their threshold, else balanced; NULL without zones."""
    shares = pd.DataFrame(
        {
            name: rows[f"{zone}_rate_last_10"].where(lambda rate, least=least: rate >= least)
            for zone, (name, least) in PRIMARY_FROM.items()
        }
    )
    names = shares.fillna(-1.0).idxmax(axis=1).where(shares.notna().any(axis=1), "balanced")
    return names.astype("string[pyarrow]").where(rows["paint_rate_last_10"].notna())
