"""schedule: every game of the day as known the day before, without scores."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import eastern_moments
from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import CrossCheck, Expected, Findings, Rows, on_day, source
from nba_assets.sources.adapt.games import EVENTS, ONE_DAY, eastern_day, game_list

REGULAR_GAMES = 1230
GAMES_OF_A_TEAM = 82
PLAY_IN_GAMES = 6

CONTRACT = TableContract(
    name="schedule",
    layer="raw",
    key=("game_id",),
    known="pregame",
    columns=columns(
        "game_date",
        "game_id",
        "season",
        "season_type",
        "home_team",
        "away_team",
        "is_neutral_site",
        "tipoff_at",
        "arena",
        "home_game_number",
        "away_game_number",
        "games_so_far",
        "source",
        "known_at",
    ),
    doc=(
        "Games by day, all season types, from the schedule family; games missing there come from the team logs "
        "(`source`). Games that were never played are dropped with a record. Tip-off is the odds' commence time, else "
        "the time planned before the season; NULL for most of 2021-22. is_neutral_site and arena are NULL for pre- "
        "season games in unknown places. The archive has no schedule of the 2025 Finals: those seven games are known "
        "from their results only, so a replay of a morning before them does not contain them."
    ),
    rules={
        "home_team is not away_team": lambda f: f["home_team"] != f["away_team"],
        "tipoff_at lies on game_date, US Eastern": lambda f: (
            (eastern_day(f["tipoff_at"]) == f["game_date"]) | f["tipoff_at"].isna()
        ),
    },
)


def games_with_results(team_boxscores: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Games of the day with a box score; the schedule may contain more, namely games still to be played."""
    return team_boxscores[["game_date", "game_id"]].drop_duplicates()


def season_totals(rows: pd.DataFrame) -> Findings:
    """Seasons without 1,230 regular-season games and 82 per team on the last day, or 6 play-in games on the last one.

    The last regular-season day is one on which a team plays its 82nd game (all thirty play on it), or a later one. The
    last play-in games have a 2 as the eighth digit of their id.
    """
    regular = rows[rows["season_type"] == "regular"]
    teams = pd.concat(
        [
            regular[["game_date", "home_team", "home_game_number"]].set_axis(["game_date", "key", "number"], axis=1),
            regular[["game_date", "away_team", "away_game_number"]].set_axis(["game_date", "key", "number"], axis=1),
        ]
    )
    last_days = teams.loc[teams["number"] >= GAMES_OF_A_TEAM, "game_date"].unique()
    of_last_day = teams["game_date"].isin(last_days) & (teams["number"] != GAMES_OF_A_TEAM)
    league = regular.loc[regular["game_date"].isin(last_days)].drop_duplicates("game_date")
    is_last_play_in = (rows["season_type"] == "play_in") & (rows["game_id"].str[7] == "2")
    last_play_in = rows[is_last_play_in].drop_duplicates("game_date")
    failing = pd.concat(
        [
            teams[of_last_day].assign(expected=GAMES_OF_A_TEAM),
            _totals(league, "regular-season games", REGULAR_GAMES),
            _totals(last_play_in, "play-in games", PLAY_IN_GAMES),
        ],
        ignore_index=True,
    )
    failing = failing.rename(columns={"number": "found"})[["game_date", "key", "found", "expected"]]
    observed = rows[["game_date", "games_so_far"]].groupby("game_date").max().reset_index()
    compared = pd.concat([teams["game_date"], last_play_in["game_date"]])
    return Findings(failing.astype({"found": "string", "expected": "string"}), compared, observed, due=compared)


def _totals(days: pd.DataFrame, key: str, expected: int) -> pd.DataFrame:
    found = days[["game_date", "games_so_far"]].set_axis(["game_date", "number"], axis=1)
    return found[found["number"] != expected].assign(key=key, expected=expected)


@daily_table(
    CONTRACT,
    inputs={
        "schedule": source("schedule"),
        "team_game_logs": source("team_game_logs"),
        "tipoffs": source("schedule_tipoff_utc", brings_rows=False),
        **{family: source(family, brings_rows=False) for family in EVENTS},
    },
    expected=Expected({"team_boxscores": on_day("team_boxscores")}, games_with_results, is_exact=False),
    checks=(CrossCheck("season_totals", {}, season_totals, "1,230 games, 82 a team, 6 play-in games"),),
)
def schedule(
    schedule: pd.DataFrame,
    team_game_logs: pd.DataFrame,
    tipoffs: pd.DataFrame,
    days: pd.DatetimeIndex,
    **events: pd.DataFrame,
) -> Rows:
    """Games of the days from `game_list`, numbered within their season and season type."""
    found = game_list(schedule, team_game_logs, tipoffs, [events[name] for name in EVENTS])
    games = found.games
    home, away = games["home_team"], games["away_team"]
    numbers = _game_numbers(games)
    games["home_game_number"] = numbers[: len(games)].set_axis(home.index)
    games["away_game_number"] = numbers[len(games) :].set_axis(away.index)
    of_day = games.groupby(["season", "season_type", "game_date"]).size()
    so_far = of_day.groupby(level=["season", "season_type"]).cumsum().rename("games_so_far").reset_index()
    games = games.merge(so_far, on=["season", "season_type", "game_date"], how="left", validate="many_to_one")
    games = games[games["game_date"].isin(days)]
    games["known_at"] = eastern_moments(games["game_date"] - ONE_DAY)
    return Rows(games[CONTRACT.column_names], found.records)


def _game_numbers(games: pd.DataFrame) -> pd.Series:
    """Game number of the home team for each row of `games`, followed by that of the away team for each row."""
    sides = pd.concat(
        [games.assign(team=games["home_team"]), games.assign(team=games["away_team"])], ignore_index=True
    ).sort_values(["game_date", "game_id"], kind="stable")
    return (sides.groupby(["season", "season_type", "team"]).cumcount() + 1).sort_index()
