"""What several bookmakers say together: the consensus line of a player-game, and how it moved.

Pure functions on rows of `prop_lines`, for display, comparison and grading. A bet is one posted quote, never this.
Medians are taken by position in the sorted lines, so the order of the rows cannot change a bit.
"""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import eastern_moments

PLAYER_GAME = ["game_date", "game_id", "player_id"]
CUTOFF_HOUR = pd.Timedelta(hours=5)
"""US Eastern hour of D before which a pregame row's facts must be known where the tip-off is unknown."""


def consensus_lines(prop_lines: pd.DataFrame, tipoffs: pd.DataFrame | None = None) -> pd.DataFrame:
    """The consensus line of each player-game: the median over bookmakers of their main lines in the last snapshot.

    Args:
        prop_lines: rows of the table, all before tip-off.
        tipoffs: `game_id`, `tipoff_at` (the schedule, say). With it only quotes known before tip-off count, before
            05:00 US Eastern where it is NULL: an untimed quote, which is known at tip-off, does not.

    Returns:
        game_date, game_id, player_id, points_line (points), points_line_at (UTC, the snapshot), points_line_books
        (bookmakers behind it), sorted by player-game; no row without a quote. Lines without prices (PrizePicks) count
        only for a player-game that no bookmaker prices.
    """
    main = _main_lines(prop_lines, tipoffs)
    return _medians(main[main["snapshot_at"] == main.groupby(PLAYER_GAME)["snapshot_at"].transform("max")])


def line_movement(prop_lines: pd.DataFrame, tipoffs: pd.DataFrame | None = None) -> pd.DataFrame:
    """`consensus_lines` with the consensus of the first snapshot beside it.

    Returns:
        the columns of `consensus_lines`, points_line_first_seen (points), points_line_first_seen_at (UTC) and
        points_line_movement (points: points_line less points_line_first_seen, 0 where there is one snapshot).
    """
    main = _main_lines(prop_lines, tipoffs)
    first = _medians(main[main["snapshot_at"] == main.groupby(PLAYER_GAME)["snapshot_at"].transform("min")])
    first = first.drop(columns="points_line_books").rename(
        columns={"points_line": "points_line_first_seen", "points_line_at": "points_line_first_seen_at"}
    )
    lines = consensus_lines(prop_lines, tipoffs).merge(first, on=PLAYER_GAME, how="left", validate="one_to_one")
    return lines.assign(points_line_movement=lines["points_line"] - lines["points_line_first_seen"])


def _main_lines(prop_lines: pd.DataFrame, tipoffs: pd.DataFrame | None) -> pd.DataFrame:
    """The main lines that count: known in time, and priced where the player-game has a priced one."""
    rows = prop_lines[prop_lines["is_main"].astype(bool)]
    if tipoffs is not None:
        known = tipoffs.drop_duplicates("game_id").set_index("game_id")["tipoff_at"]
        tipoff = rows["game_id"].map(known).astype("datetime64[ns, UTC]")
        cutoff = eastern_moments(rows["game_date"] + CUTOFF_HOUR)
        rows = rows[rows["known_at"] < tipoff.fillna(cutoff)]
    is_priced = rows["over_price"].notna() | rows["under_price"].notna()
    has_priced = is_priced.groupby([rows[column] for column in PLAYER_GAME]).transform("any")
    return rows.loc[is_priced | ~has_priced, [*PLAYER_GAME, "snapshot_at", "bookmaker", "line"]]


def _medians(lines: pd.DataFrame) -> pd.DataFrame:
    """One row per player-game out of one line per bookmaker: the middle one, or halfway between both middle ones."""
    ordered = lines.sort_values([*PLAYER_GAME, "line"], kind="stable")
    grouped = ordered.groupby(PLAYER_GAME, sort=False)
    place, books = grouped.cumcount(), grouped["line"].transform("size")
    lower = ordered[place == (books - 1) // 2]
    upper = ordered.loc[place == books // 2, "line"]
    return pd.DataFrame(
        {
            **{column: lower[column].to_numpy() for column in PLAYER_GAME},
            "points_line": (lower["line"].to_numpy() + upper.to_numpy()) / 2,
            "points_line_at": lower["snapshot_at"].array,
            "points_line_books": books[lower.index].to_numpy(),
        }
    ).astype({"game_id": lines["game_id"].dtype, "player_id": lines["player_id"].dtype})
