"""The consensus line of a player-game over bookmakers, and its movement.

Pure functions on rows of `prop_lines`, for display, comparison and grading; a bet always uses a single posted quote.
Medians are taken by position in the sorted lines, so the result does not depend on the order of the rows.
"""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import eastern_moments

PLAYER_GAME = ["game_date", "game_id", "player_id"]
CUTOFF_HOUR = pd.Timedelta(hours=5)
"""US Eastern time on the day before which the facts in a pregame row must be known if the tip-off is unknown."""


def consensus_lines(prop_lines: pd.DataFrame, tipoffs: pd.DataFrame | None = None) -> pd.DataFrame:
    """The consensus line of each player-game: the median over bookmakers of their main lines in the last snapshot.

    Args:
        prop_lines: rows of the table, all before tip-off.
        tipoffs: `game_id`, `tipoff_at` (for instance the schedule). If given, only quotes known before tip-off count
            (before 05:00 US Eastern if it is NULL); a quote of unknown time, which counts as known at tip-off, does
            not.

    Returns:
        game_date, game_id, player_id, points_line (points), points_line_at (UTC, time of the snapshot),
        points_line_books (number of bookmakers), sorted by player-game; only player-games with a quote. Lines without
        prices (PrizePicks) are used only for a player-game that no bookmaker prices.
    """
    main = _main_lines(prop_lines, tipoffs)
    return _medians(main[main["snapshot_at"] == main.groupby(PLAYER_GAME)["snapshot_at"].transform("max")])


def line_movement(prop_lines: pd.DataFrame, tipoffs: pd.DataFrame | None = None) -> pd.DataFrame:
    """`consensus_lines` with the consensus of the first snapshot.

    Returns:
        The columns of `consensus_lines`, points_line_first_seen (points), points_line_first_seen_at (UTC) and
        points_line_movement (points): points_line minus points_line_first_seen, 0 if there is only one snapshot.
    """
    main = _main_lines(prop_lines, tipoffs)
    first = _medians(main[main["snapshot_at"] == main.groupby(PLAYER_GAME)["snapshot_at"].transform("min")])
    first = first.drop(columns="points_line_books").rename(
        columns={"points_line": "points_line_first_seen", "points_line_at": "points_line_first_seen_at"}
    )
    lines = consensus_lines(prop_lines, tipoffs).merge(first, on=PLAYER_GAME, how="left", validate="one_to_one")
    return lines.assign(points_line_movement=lines["points_line"] - lines["points_line_first_seen"])


def _main_lines(prop_lines: pd.DataFrame, tipoffs: pd.DataFrame | None) -> pd.DataFrame:
    """The main lines that are used: known in time, and only priced ones if the player-game has any."""
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
    """The median line of each player-game over one line per bookmaker."""
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
