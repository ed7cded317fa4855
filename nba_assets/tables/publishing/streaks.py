"""streaks/{date}.json: players with an active streak, over or under the line or above a number of points.

A streak includes games up to the last one before the day: the windows of asof.py exclude the day itself.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from nba_assets.documents.canonical import Records
from nba_assets.documents.parts import Documents, by_key, head
from nba_assets.windows.asof import History

LEAST_LENGTH = 4
"""Shorter runs are what chance brings: three in a row on one side happen to one player in four."""
THRESHOLDS = (10, 15, 20, 25, 30, 35)
MOST_GAMES = 10
"""Games that are listed of a streak."""
LINE, SCORING = "line_streaks", "scoring_streaks"

CONTEXT_COLUMNS = ("game_date", "game_id", "player_id", "player_name", "team", "opponent", "is_home", "points_line")
GAME_COLUMNS = ("game_date", "game_id", "player_id", "opponent", "points", "points_line", "over_under_result")
_WHO = ("player_id", "player_name", "team", "opponent", "is_home", "game_id")
_LINE_NAMES = (*_WHO, "side", "length", "margin_avg", "points_line", "games")
_SCORING_NAMES = (*_WHO, "threshold", "length", "points_avg", "games")
_GAME_NAMES = ("game_date", "opponent", "points", "points_line")


def documents(context: pd.DataFrame, games: History, source: str) -> Documents:
    """One document per day with games.

    Args:
        context: rows of upcoming_player_game_context of the days, CONTEXT_COLUMNS.
        games: player_game_summary of the days before, GAME_COLUMNS.
        source: archive, simulated or live.
    """
    target = context.sort_values(["game_date", "game_id", "player_id"], ignore_index=True)
    lines = by_key(_line_streaks(target, games), "game_date", _LINE_NAMES)
    scoring = by_key(_scoring_streaks(target, games), "game_date", _SCORING_NAMES)
    for day, players in target.groupby("game_date").size().items():
        key = pd.Timestamp(day).value
        streaks: dict[str, Records] = {LINE: lines.get(key, Records()), SCORING: scoring.get(key, Records())}
        text = f"{pd.Timestamp(day):%Y-%m-%d}"
        document = {
            **head("streaks", source, game_date=text),
            "least_length": LEAST_LENGTH,
            "players": int(players),
            **streaks,
        }
        yield f"streaks/{text}.json", document, sum(len(rows) for rows in streaks.values())


def _line_streaks(target: pd.DataFrame, games: History) -> pd.DataFrame:
    """Consecutive games on one side of the line; a push ends a streak, a game without a line is skipped."""
    lined = games.where(lambda f: f["over_under_result"].notna()).by("player_id")
    window = lined.earlier(target)
    side, length = window.newest("over_under_result"), window.streak("over_under_result")
    is_streak = side.isin(["OVER", "UNDER"]) & (length >= LEAST_LENGTH).fillna(False)
    found = target.assign(side=side, length=length)[is_streak].reset_index(drop=True)
    listed = lined.last_games(found, MOST_GAMES).rows("game_date", "opponent", "points", "points_line")
    found = _with_games(found, listed)
    return found.sort_values(["game_date", "length", "player_id"], ascending=[True, False, True], ignore_index=True)


def _scoring_streaks(target: pd.DataFrame, games: History) -> pd.DataFrame:
    """Consecutive games with at least a threshold of points: per player the highest threshold with a streak."""
    flags = {f"from_{least}": least for least in THRESHOLDS}
    with_flags = games.assign(**{name: _reaches(least) for name, least in flags.items()}).by("player_id")
    window = with_flags.earlier(target)
    threshold = pd.Series(0, index=target.index)
    length = pd.Series(0, index=target.index, dtype="Int64")
    for name, least in flags.items():
        is_streak = window.newest(name).fillna(False).astype(bool)
        is_streak &= (window.streak(name) >= LEAST_LENGTH).fillna(False)
        threshold, length = threshold.mask(is_streak, least), length.mask(is_streak, window.streak(name))
    found = target.assign(threshold=threshold, length=length)[threshold > 0].reset_index(drop=True)
    listed = with_flags.last_games(found, MOST_GAMES).rows("game_date", "opponent", "points", "points_line")
    found = _with_games(found, listed)
    return found.sort_values(
        ["game_date", "threshold", "length", "player_id"], ascending=[True, False, False, True], ignore_index=True
    )


def _reaches(least: int) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda f: f["points"] >= least


def _with_games(found: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """The streaks with their newest games (newest first) and the means over them."""
    back = listed.groupby("target").cumcount(ascending=False)
    listed = listed[back < found["length"].astype("int64").to_numpy()[listed["target"]]]
    points = listed["points"].astype("float64")
    by_streak = listed["target"]
    games = by_key(listed.iloc[::-1], "target", _GAME_NAMES)
    return found.assign(
        points_avg=points.groupby(by_streak).mean().reindex(found.index),
        margin_avg=(points - listed["points_line"]).groupby(by_streak).mean().reindex(found.index),
        games=pd.Series([games.get(place, []) for place in range(len(found))], index=found.index, dtype="object"),
    )
