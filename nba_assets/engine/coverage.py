"""The games that the source families of a raw table cover: an uncovered game is absent, not missing.

What belongs here: the declared coverage of a family (`source(..., covers=...)` in the inputs of a table), and
whether its file of the season exists. What does not: whether the rows of a covered game exist (completeness).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.inputs import Input
from nba_assets.sources.families import FAMILIES
from nba_assets.sources.protocol import Family, Growing, Source

TEXT = pd.StringDtype("pyarrow")


def uncovered_games(table: DailyTable, schedule: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The competitive games of the schedule that no family of the table covers: game_id, reason.

    The reason names the missing files that would cover the game, or else the season type that no family covers.
    """
    bringing = [item for item in table.inputs.values() if item.reach == "source" and item.brings_rows]
    games = schedule.loc[schedule["season_type"].isin(COMPETITIVE), ["game_date", "game_id", "season", "season_type"]]
    found = []
    for label, of_season in games.groupby("season", sort=True) if bringing else []:
        season = Season.of_day(of_season["game_date"].iloc[0].date())
        reason = pd.Series("no family covers the game", index=of_season.index, dtype=TEXT)
        is_covered = pd.Series(False, index=of_season.index)
        covered_types: set[str] = set()
        absent: list[tuple[Family, pd.Series]] = []
        for item in bringing:
            family = FAMILIES[item.name]
            has_games = _covers(item, of_season)
            covered_types |= set(of_season.loc[has_games, "season_type"])
            since = covered_from(source, family, season)
            is_there = has_games & (of_season["game_date"] >= pd.Timestamp(since)) if since else has_games & False
            is_covered |= is_there
            absent.append((family, has_games & ~is_there))
        is_of_type = of_season["season_type"].isin(covered_types)
        reason = reason.mask(~is_of_type, "no family covers " + of_season["season_type"].astype(TEXT) + " games")
        would = pd.Series("", index=of_season.index, dtype=TEXT)
        named = names_of_absent([family for family, _ in absent], [FAMILIES[item.name] for item in bringing])
        for name, has_games in ((family.name, games) for family, games in absent if family.name in named):
            would = would.mask(has_games, would.mask(would != "", would + ", ") + name)
        reason = reason.mask(would != "", "no file of " + would + f" for {label}")
        found.append(of_season[["game_id"]].assign(reason=reason)[~is_covered])
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["game_id", "reason"], dtype=TEXT)


def names_of_absent(absent: Sequence[Family], families: Sequence[Family]) -> list[str]:
    """The absent ones among the families of a table that are worth a word.

    No archive has a live family, so it is named only where all families of the table are live.
    """
    is_all_live = all(family.is_live for family in families)
    return [family.name for family in absent if is_all_live or not family.is_live]


def covered_from(source: Source, family: Family, season: Season) -> date | None:
    """First day of the season for which the source has the family; None if it has no file of it for the season.

    A season file covers the whole season. A day added by live feeds covers itself and all following days, so that the
    status of a day does not depend on whether it was built before or after later days were added.
    """
    if isinstance(source, Growing):
        return source.covered_from(family, season)
    return season.first_day if source.covers(family, [season]) else None


def _covers(item: Input, games: pd.DataFrame) -> pd.Series:
    if item.covers is None:
        return pd.Series(True, index=games.index)
    return item.covers(games).fillna(False).astype(bool)
