"""Player rows of any family: joined with their game, with quarantine records for rejected rows.

Pure functions on frames that contain `_file` and `_row`; `games` is a result of `season_games`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import pandas as pd

from nba_assets.basketball.calendar import FINAL_HOUR, eastern_moments
from nba_assets.basketball.names import normalise_name
from nba_assets.sources.quarantine import RECORD_COLUMNS, no_records

TEXT = pd.StringDtype("pyarrow")
GAME_KEY = ["game_id", "player_id"]


def final_at(days: pd.Series) -> pd.Series:
    """The moment (UTC) from which the results of each day are known: calendar.final_at for a column of midnights."""
    local = days + pd.Timedelta(days=1) + timedelta(hours=FINAL_HOUR.hour, minutes=FINAL_HOUR.minute)
    return eastern_moments(local).astype("datetime64[ns, UTC]")


def with_games(rows: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """The rows (game_id, team, ...) of these games, with game_date, season, season_type, is_home, opponent, known_at.

    Rows of other games are dropped. is_home and opponent are NULL where the team did not play in the game.
    """
    columns = ["game_id", "game_date", "season", "season_type", "home_team", "away_team"]
    found = rows.merge(games[columns], on="game_id", how="inner", validate="many_to_one")
    is_home = (found["team"] == found["home_team"]).fillna(False).astype("boolean")
    is_away = (found["team"] == found["away_team"]).fillna(False).astype("boolean")
    found["is_home"] = is_home.mask(~is_home & ~is_away)
    found["opponent"] = found["home_team"].where(is_away).mask(is_home, found["away_team"]).astype(TEXT)
    found["known_at"] = final_at(found["game_date"])
    return found.drop(columns=["home_team", "away_team"])


def without_result(rows: pd.DataFrame, games: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of games that have a result, and records of the others: counts of a running game are not a result."""
    open_games = games.loc[~games["is_final"].astype(bool), ["game_id", "game_date"]]
    is_open = rows["game_id"].isin(open_games["game_id"])
    found = rows[is_open].merge(open_games, on="game_id", how="left")
    return rows[~is_open].reset_index(drop=True), record(found, "set_aside", "the game has no result yet")


def not_printed(rows: pd.DataFrame, columns: Iterable[str], key: pd.Series | None = None) -> pd.DataFrame:
    """A record for each row that lacks a value in one of the columns; in the archive no row lacks one."""
    is_missing = pd.DataFrame({name: rows[name].isna().to_numpy(dtype=bool) for name in columns}, index=rows.index)
    bad = is_missing.any(axis=1)
    names = is_missing[bad].apply(lambda row: ", ".join(row.index[row]), axis=1).astype(TEXT) if bad.any() else None
    found = rows[bad].assign(column_name=names)
    return record(found, "nulled", "the source prints no value", None if key is None else key[bad])


def is_other_name(names: pd.Series, others: pd.Series) -> pd.Series:
    """Whether two printed names, both given, are not spellings of one name."""
    differs = (names != others).fillna(False).astype(bool)
    found = pd.Series(False, index=names.index)
    if differs.any():
        one, other = normalise_name(names[differs]), normalise_name(others[differs])
        found[differs] = (one != other).fillna(False).to_numpy(dtype=bool)
    return found


def of_another_name(
    rows: pd.DataFrame, every: pd.DataFrame, number: Sequence[str], column: str, reason: str
) -> pd.DataFrame:
    """The rows whose number usually has another name, with `column_name` and both names in `value`.

    The usual name of a number is the one that fewest other numbers have, then the most frequent one: a placeholder is
    the name of many. Spellings of one name are no difference.

    Args:
        rows: with the columns of `number` and `column`.
        every: all rows that are known, with the same columns; it may contain `rows`.
        number: the columns of a person's number, the last one is the number itself, the others are its scope.
        column: the column with the name.
        reason: what is compared, for `value`.
    """
    scope = list(number)
    known = every[[*scope, column]].dropna()
    counts = known.groupby([*scope, column], sort=False).size().rename("rows").reset_index()
    counts["name"] = normalise_name(counts[column])
    # Sorting gives the smallest text: pandas has no fast minimum of text.
    by_name = counts.sort_values(column, kind="stable").groupby([*scope, "name"], as_index=False)
    names = by_name.agg(rows=("rows", "sum"), usual=(column, "first"))
    names["numbers"] = names.groupby([*scope[:-1], "name"])[scope[-1]].transform("size")
    names = names.sort_values([*scope, "numbers", "rows", "name"], ascending=[True] * len(scope) + [True, False, True])
    usual = names.drop_duplicates(scope).set_index(scope)["usual"].astype(TEXT)
    theirs = usual.reindex(pd.MultiIndex.from_frame(rows[scope])).set_axis(rows.index)
    is_other = is_other_name(rows[column], theirs)
    other = rows[is_other]
    value = "taken " + other[column] + ", other " + theirs[is_other] + f" ({reason})"
    return other.assign(column_name=column, value=value)


def player_game_key(rows: pd.DataFrame) -> pd.Series:
    """The key of a record, such as `0022300561 203999` (game_id and player_id)."""
    return rows["game_id"].astype(TEXT).fillna("?") + " " + rows["player_id"].astype(TEXT).fillna("?")


def record(rows: pd.DataFrame, action: str, reason: str, key: pd.Series | None = None) -> pd.DataFrame:
    """One record (quarantine.RECORD_COLUMNS) per row, dated by its game_date where it has one.

    Columns of `rows` used where present: game_date, game_id and player_id (without `key`), _file, _row, column_name,
    value.
    """
    if rows.empty:
        return no_records()
    found = pd.DataFrame(
        {
            "game_date": rows.get("game_date", pd.NaT),
            "action": action,
            "reason": reason,
            "key": player_game_key(rows) if key is None else key,
            "source_file": rows["_file"],
            "source_row": rows["_row"],
            "column_name": rows.get("column_name", pd.NA),
            "value": rows.get("value", pd.NA),
            "rows": 1,
        },
        index=rows.index,
    )
    texts = dict.fromkeys(("action", "reason", "key", "source_file", "column_name", "value"), TEXT)
    return found.astype(texts | {"source_row": "Int64", "game_date": "datetime64[ns]"}).reset_index(drop=True)


def all_records(*parts: pd.DataFrame) -> pd.DataFrame:
    """The records concatenated, without the empty frames."""
    found = [part for part in parts if len(part)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(RECORD_COLUMNS))
