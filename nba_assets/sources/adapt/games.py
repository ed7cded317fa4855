"""The games of a season, from the schedule family and the team logs: day, place and teams of every game.

What belongs here: the single list of games that every raw table joins its rows to. Pure functions on source frames;
the result does not depend on the requested days. `match_games` gives the game of a row that has no game id.

Rules:
- A game comes from the schedule family, else from the team logs; `source` contains the family. A schedule row with
  scores is a result, one without is a plan. Where the families differ, a result takes precedence over the team logs,
  and the team logs over a plan.
- Of several schedule rows of a game, one with scores is used, else the one with the later day: a postponed game may
  also be listed on its original day. Of several days in the team logs, one with a result is used, else the later.
- A plan without a result (no scores, not in the team logs) was never played if its series has been decided (four wins),
  or if its day is before the season's newest result. It is kept if a later game of its series has a result, which
  proves that it was played. All other games without a result are still to be played and are kept.
- Tip-off: see tipoffs.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from nba_assets.basketball.arenas import sites
from nba_assets.basketball.calendar import Season
from nba_assets.basketball.teams import TEAMS
from nba_assets.sources.adapt.contents import by_content
from nba_assets.sources.adapt.matching import ONE_DAY, TEXT, eastern_day, match_games, pad_game_id
from nba_assets.sources.adapt.repeats import settled
from nba_assets.sources.adapt.tipoffs import game_events, tipoff_times
from nba_assets.sources.quarantine import as_records, together

__all__ = [
    "EVENTS",
    "GAME_COLUMNS",
    "ONE_DAY",
    "TEXT",
    "GameList",
    "dropped_games",
    "eastern_day",
    "game_events",
    "game_list",
    "match_games",
    "pad_game_id",
    "season_games",
]

EVENTS = ("events_oddsapi_historical", "events_oddsapi_daily", "events_oddsapi_closing")
"""Families of events with teams and commence times, from which tip-offs are taken."""
GAME_ID = r"00[1-6]\d{7}"
GAME_COLUMNS = (
    "game_id",
    "game_date",
    "season",
    "season_type",
    "home_team",
    "away_team",
    "is_neutral_site",
    "tipoff_at",
    "arena",
    "source",
    "is_final",
)
DROPPED_COLUMNS = ["game_id", "game_date", "season", "season_type", "home_team", "away_team", "reason"]
SEASON_TYPE_OF_DIGIT = {
    "1": "preseason",
    "2": "regular",
    "3": "all_star",
    "4": "playoffs",
    "5": "play_in",
    "6": "cup_final",
}
WINS_OF_A_SERIES = 4


@dataclass
class GameList:
    """Games (GAME_COLUMNS), games that were never played, records about input rows (quarantine.RECORD_COLUMNS)."""

    games: pd.DataFrame
    dropped: pd.DataFrame
    records: pd.DataFrame


def season_games(
    schedule: pd.DataFrame,
    team_game_logs: pd.DataFrame,
    tipoffs: pd.DataFrame | None = None,
    events: Sequence[pd.DataFrame] = (),
) -> pd.DataFrame:
    """One row per game of the loaded seasons, all season types, without games never played; sorted by day and game id.

    Args:
        schedule: family `schedule`.
        team_game_logs: family `team_game_logs`.
        tipoffs: family `schedule_tipoff_utc`; without it and without events `tipoff_at` is NULL.
        events: frames of the families `events_oddsapi_*`.

    Returns:
        GAME_COLUMNS: game_id, game_date, season, season_type, home_team, away_team, is_neutral_site (NULL where it is
        unknown: pre-season), tipoff_at (UTC), arena, source (family), is_final (a family has the result).
    """
    return game_list(schedule, team_game_logs, tipoffs, events).games


def game_list(
    schedule: pd.DataFrame,
    team_game_logs: pd.DataFrame,
    tipoffs: pd.DataFrame | None = None,
    events: Sequence[pd.DataFrame] = (),
) -> GameList:
    """`season_games` and its records: games never played, rows without a usable game id or day, disagreements.

    Most raw tables need the same list in a run, and three of them the same tip-off times, so the newest ones are cached
    by the contents of the frames.
    """
    kept = _listed(schedule, team_game_logs)
    times = tipoff_times(kept.games, None, events) if tipoffs is None else _tipoffs(kept.games, tipoffs, *events)
    games = kept.games.assign(tipoff_at=times)
    return GameList(games[list(GAME_COLUMNS)], kept.dropped.copy(), kept.records.copy())


@by_content(most=6)
def _listed(schedule: pd.DataFrame, team_game_logs: pd.DataFrame) -> GameList:
    """The list of games without tip-off times."""
    planned = _of_schedule(schedule)
    logged = _of_logs(team_game_logs)
    unusable = (
        _unusable(schedule, planned, "gid", "date"),
        _unusable(team_game_logs, logged, "GAME_ID", "GAME_DATE"),
    )
    planned, logged = planned[planned["is_usable"]], logged[logged["is_usable"]]
    planned, replanned = _one_plan_a_game(planned)
    logged, relogged = _one_day_a_game(logged)
    games = _merged(planned, _one_a_game(logged))
    games["reason"] = _never_played(games)
    differing = (_disagreements(games, column) for column in ("game_date", "home_team", "away_team"))
    records = together(*unusable, _repeated(replanned), _repeated(relogged), *differing, _dropped(games))

    games = games.sort_values(["game_date", "game_id"], kind="stable", ignore_index=True)
    dropped = games.loc[games["reason"].notna(), DROPPED_COLUMNS].reset_index(drop=True)
    games = games[games["reason"].isna()].reset_index(drop=True)
    places = sites(games)
    games["arena"] = places["arena"]
    games["is_neutral_site"] = places["is_neutral_site"].mask(games["is_same_text"], True)
    return GameList(games, dropped, records)


@by_content(most=6)
def _tipoffs(games: pd.DataFrame, tipoffs: pd.DataFrame, *events: pd.DataFrame) -> pd.Series:
    """The tip-off times of games of `_listed`."""
    return tipoff_times(games, tipoffs, events)


def dropped_games(schedule: pd.DataFrame, team_game_logs: pd.DataFrame) -> pd.DataFrame:
    """Scheduled games that were never played: game_id, game_date, season, season_type, home_team, away_team, reason."""
    return game_list(schedule, team_game_logs).dropped


def _true(mask: pd.Series) -> pd.Series:
    """The mask as plain booleans; NULL counts as false."""
    return mask.astype("boolean").fillna(False).astype(bool)


def _of_schedule(schedule: pd.DataFrame) -> pd.DataFrame:
    game_id = pad_game_id(schedule["gid"])
    return pd.DataFrame(
        {
            "game_id": game_id,
            "game_date": pd.to_datetime(schedule["date"], format="%Y-%m-%d", errors="coerce").astype("datetime64[ns]"),
            "home_team": schedule["home"],
            "away_team": schedule["away"],
            "is_final": schedule["home_score"].notna() & schedule["away_score"].notna(),
            "winner": schedule["home"]
            .where(_true(schedule["home_score"] > schedule["away_score"]), schedule["away"])
            .mask(schedule["home_score"].isna() | schedule["away_score"].isna()),
            "home_score": schedule["home_score"],
            "away_score": schedule["away_score"],
            "_file": schedule["_file"],
            "_row": schedule["_row"],
        }
    ).assign(is_usable=lambda f: _is_game(f))


def _of_logs(logs: pd.DataFrame) -> pd.DataFrame:
    sides = logs["MATCHUP"].astype(object).str.extract(r"^\s*(\S+)\s+(@|vs\.?)\s+(\S+)\s*$")
    is_away_first = (sides[1] == "@").to_numpy()
    return pd.DataFrame(
        {
            "game_id": pad_game_id(logs["GAME_ID"]),
            "game_date": pd.to_datetime(logs["GAME_DATE"], format="%Y-%m-%d", errors="coerce").astype("datetime64[ns]"),
            "home_team": sides[2].where(is_away_first, sides[0]).astype(TEXT),
            "away_team": sides[0].where(is_away_first, sides[2]).astype(TEXT),
            "matchup": logs["MATCHUP"],
            "winner": logs["TEAM_ABBREVIATION"].where(_true(logs["WL"] == "W")),
            "team": logs["TEAM_ID"],
            "has_result": logs["WL"].notna(),
            "team_with_result": logs["TEAM_ID"].where(logs["WL"].notna()),
            "_file": logs["_file"],
            "_row": logs["_row"],
        }
    ).assign(is_usable=lambda f: _is_game(f))


def _is_game(rows: pd.DataFrame) -> pd.Series:
    """Whether a row can be a game: it has an NBA game id, a day and two teams, of the NBA if the game counts."""
    named = rows["home_team"].notna() & rows["away_team"].notna() & rows["game_date"].notna()
    is_open_to_others = rows["game_id"].str[2].map(SEASON_TYPE_OF_DIGIT).isin(["preseason", "all_star"])
    is_of_nba = rows["home_team"].isin(list(TEAMS)) & rows["away_team"].isin(list(TEAMS))
    return _true(rows["game_id"].str.fullmatch(GAME_ID)) & named & (is_open_to_others | is_of_nba)


def _one_plan_a_game(planned: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One schedule row per game, and the other rows (`repeats.settled`)."""
    compared = ("game_date", "home_team", "away_team", "home_score", "away_score")
    kept, others = settled(planned, ["game_id"], compared, planned[["is_final"]])
    return kept.drop(columns=["home_score", "away_score"]), others


def _one_day_a_game(logged: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The team rows of the day on which each game was played, and one row per team of each other day."""
    # Sorting gives the largest file name: pandas has no fast maximum of text.
    by_day = logged.sort_values("_file", kind="stable").groupby(["game_id", "game_date"], as_index=False)
    days = by_day.agg({"has_result": "max", "_file": "last", "_row": "max"})
    kept, others = settled(days, ["game_id"], ["game_date"], days[["has_result"]])
    if others.empty:
        return logged, others
    played_on = logged["game_id"].map(kept.set_index("game_id")["game_date"])
    return logged[logged["game_date"] == played_on], others


def _one_a_game(logged: pd.DataFrame) -> pd.DataFrame:
    """The two team rows of a game as one row; where both contain the same matchup text, neither side was at home."""
    order = ["game_id", "home_team", "away_team", "winner", "_file", "_row"]
    grouped = logged.sort_values(order, kind="stable").groupby("game_id", sort=True)
    games = grouped[["game_date", "home_team", "away_team", "winner", "_file", "_row"]].first()
    games["is_same_text"] = (grouped["matchup"].nunique() == 1) & (grouped["team"].nunique() > 1)
    games["is_final"] = grouped["team_with_result"].nunique() == 2
    return games.reset_index()


def _merged(planned: pd.DataFrame, logged: pd.DataFrame) -> pd.DataFrame:
    both = planned.drop(columns="is_usable").merge(logged, on="game_id", how="outer", suffixes=("", "_log"), sort=True)
    is_planned = both["_file"].notna()
    is_result = _true(both["is_final"])
    is_logged = both["_file_log"].notna()
    takes_log = is_logged & ~is_result
    games = pd.DataFrame({"game_id": both["game_id"].astype(TEXT)})
    for column in ("game_date", "home_team", "away_team"):
        games[column] = both[column].mask(takes_log, both[f"{column}_log"])
        games[f"{column}_other"] = both[f"{column}_log"].mask(takes_log, both[column])
    games["is_final"] = is_result | _true(both["is_final_log"])
    games["winner"] = both["winner"].fillna(both["winner_log"])
    games["is_same_text"] = _true(both["is_same_text"])
    games["source"] = pd.Series("schedule", index=games.index, dtype=TEXT).mask(~is_planned, "team_game_logs")
    games["_file"] = both["_file"].fillna(both["_file_log"])
    games["_row"] = both["_row"].fillna(both["_row_log"]).astype("Int64")
    games["is_logged"] = is_logged
    years = 2000 + games["game_id"].str[3:5].astype("int64")
    games["season"] = years.map({year: Season(year).label for year in years.unique()}).astype(TEXT)
    games["season_type"] = games["game_id"].str[2].map(SEASON_TYPE_OF_DIGIT).astype(TEXT)
    return games


def _never_played(games: pd.DataFrame) -> pd.Series:
    """The reason why a game without a result will never be played; NULL for all other games."""
    is_open = ~games["is_final"] & ~games["is_logged"]
    series = games["game_id"].str[:9].where(games["season_type"] == "playoffs")
    wins = games.dropna(subset=["winner"]).groupby([series, "winner"]).size().groupby(level=0).max()
    newest_game = games["game_id"].where(games["is_final"]).groupby(series).max()
    is_decided = _true(series.map(wins) >= WINS_OF_A_SERIES)
    is_proven = _true(series.map(newest_game).astype(TEXT) > games["game_id"])
    newest_result = games["game_date"].where(games["is_final"]).groupby(games["season"]).transform("max")
    is_past = games["game_date"] < newest_result
    reason = pd.Series(pd.NA, index=games.index, dtype=TEXT)
    reason = reason.mask(is_open & is_past & ~is_proven, "never played: the season has later results")
    return reason.mask(is_open & is_decided & ~is_proven, "never played: the series was over")


def _unusable(read: pd.DataFrame, rows: pd.DataFrame, id_column: str, day_column: str) -> pd.DataFrame:
    bad = rows[~rows["is_usable"]]
    text = read.loc[bad.index, id_column].astype(TEXT) + " on " + read.loc[bad.index, day_column].astype(TEXT)
    reason = "no NBA game id, day or teams"
    return as_records(bad, "set_aside", day=bad["game_date"], reason=reason, key=bad["game_id"], value=text)


def _repeated(others: pd.DataFrame) -> pd.DataFrame:
    """Records of duplicate rows of a game, dated by the day in the row."""
    return as_records(
        others,
        "set_aside",
        day=others["game_date"],
        reason="the game stands again with other values",
        key=others["game_id"],
        column_name=others["column_name"],
        value=others["value"],
    )


def _dropped(games: pd.DataFrame) -> pd.DataFrame:
    never = games[games["reason"].notna()]
    return as_records(never, "set_aside", day=never["game_date"], reason=never["reason"], key=never["game_id"])


def _disagreements(games: pd.DataFrame, column: str) -> pd.DataFrame:
    other = games[f"{column}_other"]
    differing = games[other.notna() & _true(other != games[column])]
    return as_records(
        differing,
        "disagreement",
        day=differing["game_date"],
        reason="schedule and team_game_logs differ",
        key=differing["game_id"],
        column_name=column,
        value="taken " + differing[column].astype(str) + ", other " + differing[f"{column}_other"].astype(str),
    )
