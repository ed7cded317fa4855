"""Edits of the rows of a piece between reading and writing. Nothing is cleaned, joined or renamed."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pandas as pd

from nba_assets.sources.fetch.pieces import Piece

Edit = Callable[[pd.DataFrame, Piece, str | None], pd.DataFrame]
"""(rows, the piece they are from, season label of the file that is made) -> rows."""


def add_source_file(rows: pd.DataFrame, piece: Piece, season: str | None) -> pd.DataFrame:
    """Adds `_source_file`: the path of the piece below the source's folder."""
    return rows.assign(_source_file=piece.path)


def add_commit_time(rows: pd.DataFrame, piece: Piece, season: str | None) -> pd.DataFrame:
    """Adds `_commit_time`: when the version was committed, as Git prints it."""
    return rows.assign(_commit_time=piece.commit_time)


def cut_by_game_id(column: str) -> Edit:
    """Keeps the rows of the season, whose start year is digits 4 and 5 of the game id (`0022300001`: 2023-24)."""

    def edit(rows: pd.DataFrame, piece: Piece, season: str | None) -> pd.DataFrame:
        if season is None:
            raise ValueError(f"{piece.path} is cut by season, and no season is given")
        return rows[rows[column].astype("string").str.zfill(10).str[3:5] == season[2:4]]

    return edit


def keep_playoffs(column: str) -> Edit:
    """Keeps the rows of the season's playoffs: the game id starts with 004."""
    of_season = cut_by_game_id(column)

    def edit(rows: pd.DataFrame, piece: Piece, season: str | None) -> pd.DataFrame:
        rows = of_season(rows, piece, season)
        return rows[rows[column].astype("string").str.zfill(10).str[:3] == "004"]

    return edit


def keep_from_until(column: str, first: str, end: str) -> Edit:
    """Keeps the rows with `first <= column < end`; the column is ISO 8601 text, which sorts by time."""

    def edit(rows: pd.DataFrame, piece: Piece, season: str | None) -> pd.DataFrame:
        times = rows[column].astype("string")
        return rows[(times >= first) & (times < end)]

    return edit


def keep_values(column: str, values: Collection[int]) -> Edit:
    """Keeps the rows with one of these values in an integer column."""

    def edit(rows: pd.DataFrame, piece: Piece, season: str | None) -> pd.DataFrame:
        return rows[pd.to_numeric(rows[column]).isin(list(values))]

    return edit
