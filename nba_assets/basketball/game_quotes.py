"""The consensus line of a game from the quotes of the sources, and the team totals that it implies."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

LINES = ("spread_home", "total", "moneyline_home", "moneyline_away")
CONSENSUS_COLUMNS = ("game_date", "game_id", *LINES, "line_source", "line_is_time_known", "line_known_at")
_MARKETS = (("spread_home",), ("total",), ("moneyline_home", "moneyline_away"))


def consensus_game_line(game_lines: pd.DataFrame, priority: Sequence[str]) -> pd.DataFrame:
    """One line per game: for each market, the newest quote of the first source that has one.

    Both moneylines come from the same row. The caller removes rows that must not be known yet:
    `lines[lines.known_at <= moment]`.

    Args:
        game_lines: rows of raw.game_lines.
        priority: the sources, in the order in which they are used; others come last.

    Returns:
        CONSENSUS_COLUMNS, sorted by game_date and game_id, one row for each game with a spread, a total or both
        moneylines. spread_home: negative = home favoured. line_source: source of the spread, else of the total, else
        of the moneylines. line_is_time_known: all parts have a quote time. line_known_at: of the newest part.
    """
    rank = {name: place for place, name in enumerate(priority)}
    ordered = game_lines.assign(rank=game_lines["source"].map(rank).fillna(len(rank)).astype("int64")).sort_values(
        ["game_date", "game_id", "rank", "source", "snapshot_at", "bookmaker"],
        ascending=[True, True, True, True, False, True],
        kind="stable",
    )
    shown = ["source", "is_time_known", "known_at"]
    found = ordered[["game_date", "game_id"]].drop_duplicates("game_id").set_index("game_id")
    parts = []
    for market in _MARKETS:
        columns = list(market)
        first = ordered[ordered[columns].notna().all(axis=1)].drop_duplicates("game_id").set_index("game_id")
        found = found.join(first[columns])
        parts.append(first[shown].reindex(found.index))
    source = parts[0]["source"].fillna(parts[1]["source"]).fillna(parts[2]["source"])
    timed = [part["is_time_known"].astype("boolean").fillna(True) for part in parts]
    found["line_source"] = source
    found["line_is_time_known"] = timed[0] & timed[1] & timed[2]
    found["line_known_at"] = pd.concat([part["known_at"] for part in parts], axis=1).max(axis=1)
    return found[source.notna()].reset_index()[list(CONSENSUS_COLUMNS)]


def implied_totals(frame: pd.DataFrame) -> pd.DataFrame:
    """Expected points of each team: half the total, plus half the spread for the favourite, minus it for the other.

    Args:
        frame: `total` and `spread_home` (negative = home favoured), both in points.

    Returns:
        implied_total_home, implied_total_away (points), aligned with `frame`; NaN if either line is missing.
    """
    return pd.DataFrame(
        {
            "implied_total_home": frame["total"] / 2 - frame["spread_home"] / 2,
            "implied_total_away": frame["total"] / 2 + frame["spread_home"] / 2,
        },
        index=frame.index,
    )
