"""Which games of a window have shot rows, and their zones: a game without them is unknown, not zero."""

from __future__ import annotations

from nba_assets.windows.asof import History

FEWEST_ZONE_GAMES = 5
"""Games with shot rows below which a window's zones are unknown."""


def with_zone_samples(games: History, prefix: str = "") -> History:
    """The rows with `has_shots` and the zone columns of the games that have shot rows, NULL in the others.

    Args:
        games: `<prefix>{paint,mid_range}_{attempts,makes}`; published shares give makes without attempts.
        prefix: prefix of the columns read; the added columns have none.

    Added: has_shots, paint_attempts, paint_makes, mid_range_attempts, mid_range_makes.
    """
    sampled = games.assign(
        has_shots=lambda f: f[f"{prefix}paint_attempts"].notna() & f[f"{prefix}mid_range_attempts"].notna()
    )
    return sampled.assign(
        paint_attempts=lambda f: f[f"{prefix}paint_attempts"].where(f["has_shots"]),
        paint_makes=lambda f: f[f"{prefix}paint_makes"].where(f["has_shots"]),
        mid_range_attempts=lambda f: f[f"{prefix}mid_range_attempts"].where(f["has_shots"]),
        mid_range_makes=lambda f: f[f"{prefix}mid_range_makes"].where(f["has_shots"]),
    )
