"""ml_feature_store_v2: one row of features for each player-game that can be predicted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, history, on_day, up_to_day
from nba_assets.tables.analytics.team_schedule import sides
from nba_assets.tables.precompute.features import (
    CACHE,
    DEFENSE,
    FACTORS,
    FEATURE_NAMES,
    FEATURE_SET_VERSION,
    FEATURES,
    TEAM,
    UPCOMING,
    columns_read,
)
from nba_assets.windows.asof import History

TEAM_GAMES = 15
"""Scheduled games of the team, the newest ones, whose box scores must be in: the longest of the teams' windows."""
LEAST_BOX_SCORES = 0.9
KEY = ["game_date", "game_id", "player_id"]

CONTRACT = TableContract(
    name="ml_feature_store_v2",
    layer="precompute",
    key=("game_id", "player_id"),
    known="pregame",
    columns=columns(
        *("game_date", "game_id", "player_id", "team", "opponent", "season", "season_type"),
        *FEATURE_NAMES,
        *("feature_set_version", "feature_quality_score", "is_production_ready", "not_ready_reasons"),
        *("team_games_in_window", "box_scores_missing"),
    ),
    rules={
        "a reason where it is not ready": lambda f: f["not_ready_reasons"].isna() == f["is_production_ready"],
        "missing games are of the window": lambda f: f["box_scores_missing"] <= f["team_games_in_window"],
    },
    doc="One row per row of player_daily_cache, one typed column per feature; precompute/features.py lists them with "
    "their sources. is_production_ready: the rows of all inputs exist, and at least nine tenths of his team's "
    "last 15 scheduled games have box scores. Games that he missed and games without shot rows are not missing "
    "data: features that they leave unknown are NULL and only lower feature_quality_score.",
)


@daily_table(
    CONTRACT,
    inputs={
        "cache": on_day(CACHE),
        "factors": on_day(FACTORS),
        "defenses": on_day(DEFENSE),
        "upcoming": on_day(UPCOMING),
        "teams": on_day(TEAM),
        "schedule": up_to_day("schedule", days=400),
        "played": history("player_game_summary", days=400, columns=("game_date", "game_id", "team")),
    },
    expected=Expected(inputs={"cache": on_day(CACHE)}, rule=lambda cache, days: cache[KEY]),
)
def ml_feature_store_v2(
    cache: pd.DataFrame,
    factors: pd.DataFrame,
    defenses: pd.DataFrame,
    upcoming: pd.DataFrame,
    teams: pd.DataFrame,
    schedule: pd.DataFrame,
    played: History,
    days: pd.DatetimeIndex,
) -> pd.DataFrame:
    """The features of every row of player_daily_cache, and whether their input data is complete."""
    keys = ["team", "opponent", "season"]
    wide = cache[[*KEY, *keys, *(name for name in columns_read(CACHE) if name not in keys)]].copy()
    wide = _joined(wide, factors, columns_read(FACTORS), KEY, FACTORS)
    wide = _joined(wide, upcoming, columns_read(UPCOMING), KEY, UPCOMING)
    wide = _joined(wide, teams, columns_read(TEAM), ["game_date", "game_id", "team"], TEAM)
    against = defenses.rename(columns={"team": "opponent"})
    wide = _joined(wide, against, columns_read(DEFENSE), ["game_date", "opponent"], DEFENSE)
    features = pd.DataFrame({feature.name: feature.value(wide) for feature in FEATURES})
    rows = pd.concat([wide[[*KEY, *keys, "season_type"]], features], axis=1)
    rows["feature_set_version"] = FEATURE_SET_VERSION
    rows["feature_quality_score"] = 100.0 * features.notna().sum(axis=1) / len(FEATURES)
    rows = _with_box_scores(rows, schedule, played)
    return _with_readiness(rows, wide)[CONTRACT.column_names]


def _joined(
    rows: pd.DataFrame, other: pd.DataFrame, wanted: tuple[str, ...], on: list[str], table: str
) -> pd.DataFrame:
    """The rows with the wanted columns of another table, and `has_<table>`: whether that table has a matching row."""
    fresh = [name for name in wanted if name not in rows.columns]
    found = rows.merge(other[[*on, *fresh]], on=on, how="left", validate="many_to_one", indicator=f"has_{table}")
    found[f"has_{table}"] = found[f"has_{table}"] == "both"
    return found


def _with_box_scores(rows: pd.DataFrame, schedule: pd.DataFrame, played: History) -> pd.DataFrame:
    """Adds the number of the team's last scheduled games, and how many of them have no player box scores."""
    with_players = History(played.distinct("game_date", "game_id", "team").assign(has_players=True))
    games = History(sides(schedule)[["game_date", "game_id", "team"]]).join(with_players, on=["game_id", "team"])
    games = games.assign(has_players=lambda f: f["has_players"].notna())
    window = games.by("team").last_games(rows, TEAM_GAMES)
    return rows.assign(
        team_games_in_window=window.games, box_scores_missing=window.games - window.sum("has_players").fillna(0)
    )


def _with_readiness(rows: pd.DataFrame, wide: pd.DataFrame) -> pd.DataFrame:
    """Adds is_production_ready and, where it is false, the reason."""
    missing = rows["box_scores_missing"].astype("int64")
    reasons = {f"no row of {table}": ~wide[f"has_{table}"] for table in (FACTORS, UPCOMING, TEAM, DEFENSE)}
    reasons["box scores of the team's last games are missing"] = (
        missing > (1 - LEAST_BOX_SCORES) * rows["team_games_in_window"] + 1e-9
    )
    texts = np.full(len(rows), "", dtype=object)
    for reason, holds in reasons.items():
        texts = np.where(holds, np.where(texts == "", reason, texts + "; " + reason), texts)
    is_ready = texts == ""
    return rows.assign(
        is_production_ready=is_ready,
        not_ready_reasons=pd.Series(texts, index=rows.index, dtype="string[pyarrow]").mask(is_ready),
    )
