"""The column dictionary: a name has one type, one unit and one meaning in every table.

Fractions are 0-1, ratings are points per 100 possessions, pace is possessions per 48 minutes, minutes are decimal
minutes. Bounds are those of a player in one game unless the name says otherwise; a table with another grain sets its
own with `Column.within`. NULL always means unknown.
"""

from __future__ import annotations

from collections.abc import Iterable

from nba_assets.contracts.columns import (
    box,
    context,
    factors,
    form,
    games,
    identity,
    lines,
    people,
    predictions,
    publishing,
    quotes,
    ratings,
    rosters,
    shots,
    zone_windows,
)
from nba_assets.contracts.contract import Column, select

COLUMNS: dict[str, Column] = {}


def register(columns: Iterable[Column]) -> None:
    """Adds columns to the dictionary.

    Raises:
        ValueError: a name is defined twice.
    """
    for column in columns:
        if column.name in COLUMNS:
            raise ValueError(f"column {column.name!r} is defined twice")
        COLUMNS[column.name] = column


register(identity.IDENTITY)
register(identity.SCHEDULE)
register(games.SEASON_PLACE)
register(games.OFFICIALS)
register(box.BOX_COLUMNS)
register(box.LISTING)
register(ratings.COLUMNS)
register(context.COLUMNS)
register(quotes.COLUMNS)
register(lines.COLUMNS)
register(shots.COLUMNS)
register(people.COLUMNS)
register(rosters.TRANSACTIONS)
register(rosters.REPORTS)
register(rosters.ROSTERS)
register(zone_windows.COLUMNS)
register(form.COLUMNS)
register(factors.COLUMNS)
register(predictions.COLUMNS)
register(publishing.COLUMNS)


def columns(*items: str | Column) -> tuple[Column, ...]:
    """Columns of the dictionary by name; a Column (one with other bounds) is taken as it is."""
    return select(COLUMNS, *items)


def col(name: str) -> Column:
    """One column of the dictionary, for a table that changes its bounds."""
    return columns(name)[0]
