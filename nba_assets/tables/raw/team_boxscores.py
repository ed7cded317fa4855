"""team_boxscores: the box score of each side of a game."""

from __future__ import annotations

import pandas as pd

from nba_assets import basketball
from nba_assets.basketball.teams import to_tricode
from nba_assets.contracts.box_rules import BOX_RULES
from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.columns.box import BOX
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import PLACE, TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import CrossCheck, Expected, Findings, Rows, on_day, source
from nba_assets.sources.adapt.games import TEXT, season_games
from nba_assets.sources.adapt.player_games import final_at, not_printed
from nba_assets.sources.adapt.team_logs import one_a_side
from nba_assets.sources.quarantine import as_records, together

NAMES = {
    "points": "PTS",
    "field_goals_made": "FGM",
    "field_goals_attempted": "FGA",
    "threes_made": "FG3M",
    "threes_attempted": "FG3A",
    "free_throws_made": "FTM",
    "free_throws_attempted": "FTA",
    "offensive_rebounds": "OREB",
    "defensive_rebounds": "DREB",
    "rebounds": "REB",
    "assists": "AST",
    "steals": "STL",
    "blocks": "BLK",
    "turnovers": "TOV",
    "personal_fouls": "PF",
}
"""Our name -> that of the team logs."""
MOST_OF_A_TEAM = {"points": 250, "plus_minus": 120, "steals": 40, "blocks": 40, "turnovers": 60, "personal_fouls": 70}
"""Bounds of a side's game, all-star games (211 points) included; 200 for what is not named."""
TEAM_BOX = tuple(
    col(name).within(-MOST_OF_A_TEAM[name] if name == "plus_minus" else 0, MOST_OF_A_TEAM.get(name, 200))
    for name in BOX
)
"""The box score with the bounds of a team's game."""


def _is_competitive(rows: pd.DataFrame) -> pd.Series:
    return rows["season_type"].isin(COMPETITIVE)


CONTRACT = TableContract(
    name="team_boxscores",
    layer="raw",
    key=("game_id", "team"),
    known="postgame",
    columns=columns(
        "game_date",
        "game_id",
        "team",
        col("opponent").required(),
        "season",
        "season_type",
        "is_home",
        col("won").required(),
        *TEAM_BOX,
        col("minutes").within(0, 400).documented("As published: 240 and 25 an overtime, off by up to five"),
        "source",
        "known_at",
    ),
    doc=(
        "Two rows per game, all season types; teams that are not in the NBA keep the code of the source. plus_minus "
        "is the difference of the points, because the published value differs from it, or is a fraction, in 44 "
        "competitive rows."
    ),
    rules={
        **BOX_RULES,
        "the winner scored more": lambda f: (f["plus_minus"] > 0) == f["won"],
        "60 to 200 points in a competitive game": lambda f: f["points"].between(60, 200) | ~_is_competitive(f),
        "235 to 400 team minutes in a competitive game": lambda f: f["minutes"].between(235, 400) | ~_is_competitive(f),
    },
    unusual={"75 to 165 points in a competitive game": lambda f: f["points"].between(75, 165) | ~_is_competitive(f)},
)


def both_sides(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The home and the away team of each competitive game of the schedule."""
    games = schedule[_is_competitive(schedule)]
    home, away = (
        games[["game_date", "game_id", side]].set_axis(["game_date", "game_id", "team"], axis=1)
        for side in ("home_team", "away_team")
    )
    return pd.concat([home, away], ignore_index=True)


def competitive_sides(rows: pd.DataFrame) -> pd.DataFrame:
    """The keys of the rows that are of competitive games."""
    return rows.loc[_is_competitive(rows), ["game_date", "game_id", "team"]]


def sides_agree(rows: pd.DataFrame) -> Findings:
    """Competitive games without exactly one winner and one home side, opposite point differences, equal overtimes."""
    games = rows[_is_competitive(rows)].assign(overtimes=lambda f: basketball.overtime_periods(f["minutes"]))
    found = games.groupby(["game_date", "game_id"]).agg(
        winners=("won", "sum"),
        home_sides=("is_home", "sum"),
        difference=("plus_minus", "sum"),
        overtimes=("overtimes", "nunique"),
    )
    wanted = {"winners": 1, "home_sides": 1, "difference": 0, "overtimes": 1}
    wrong = found[(found != pd.Series(wanted)).any(axis=1)].reset_index()
    text = pd.Series("", index=wrong.index, dtype="string")
    for name in wanted:
        text += f" {name} " + wrong[name].astype("string")
    failing = pd.DataFrame(
        {
            "game_date": wrong["game_date"],
            "key": wrong["game_id"],
            "found": text.str.strip(),
            "expected": " ".join(f"{name} {value}" for name, value in wanted.items()),
        }
    )
    is_whole = games[["won", "is_home", "plus_minus", "overtimes"]].notna().all(axis=1)
    compared = is_whole.groupby([games["game_date"], games["game_id"]]).all()
    days = compared[compared].index.get_level_values("game_date").to_series()
    return Findings(failing, days, due=found.index.get_level_values("game_date").to_series())


@daily_table(
    CONTRACT,
    inputs={"schedule": source("schedule", brings_rows=False), "team_game_logs": source("team_game_logs")},
    expected=Expected({"schedule": on_day("schedule")}, both_sides, competitive_sides),
    checks=(
        CrossCheck(
            "sides_agree",
            {},
            sides_agree,
            "one winner, one home side, the same overtimes, points that cancel",
            needs="a winner, a home side, points and minutes of both sides",
        ),
    ),
)
def team_boxscores(schedule: pd.DataFrame, team_game_logs: pd.DataFrame, days: pd.DatetimeIndex) -> Rows:
    """Rows of the team logs with their game.

    A row without a result (an empty row of a pre-season game) goes to quarantine. The home side is the schedule's.
    """
    games = season_games(schedule, team_game_logs)
    logs, again = one_a_side(team_game_logs, schedule)
    again = again[again["game_id"].isin(games["game_id"])]
    again = again.merge(games[["game_id", "game_date"]], on="game_id", how="left", validate="many_to_one")
    is_known = logs["game_id"].isin(games["game_id"])
    strangers = logs[~is_known]
    played_on = pd.to_datetime(strangers["GAME_DATE"], format="%Y-%m-%d", errors="coerce")
    strangers = strangers.assign(game_date=played_on)
    games = games[games["game_date"].isin(days)]
    logs = logs.merge(games, on="game_id", how="inner", validate="many_to_one")
    has_result, again_has_result = (rows["WL"].isin(["W", "L"]) for rows in (logs, again))
    rows = _box(logs[has_result])
    differs = rows["published"].notna() & (rows["published"] != rows["plus_minus"].astype("float64"))
    wrong = rows[differs & rows["plus_minus"].notna()]
    value = "taken " + wrong["plus_minus"].astype(str) + " (points), other " + wrong["published"].astype(str)
    records = together(
        _set_aside(strangers, "no game of that id and day"),
        _set_aside(logs[~has_result], "no result in the row"),
        _set_aside(again[~again_has_result], "no result in the row"),
        _set_aside(again[again_has_result], "the team stands again in this game, with other values"),
        not_printed(rows, (*(column.name for column in TEAM_BOX), "minutes"), rows["game_id"] + " " + rows["team"]),
        as_records(
            wrong,
            "disagreement",
            day=wrong["game_date"],
            reason="published plus_minus is not the points",
            key=wrong["game_id"] + " " + wrong["team"],
            column_name="plus_minus",
            value=value + " (team_game_logs)",
        ),
    )
    return Rows(rows[[*CONTRACT.column_names, *PLACE]], records)


def _set_aside(logs: pd.DataFrame, reason: str) -> pd.DataFrame:
    key = logs["game_id"] + " " + logs["TEAM_ABBREVIATION"]
    differing = {"column_name": logs.get("column_name"), "value": logs.get("value")}
    return as_records(logs, "set_aside", day=logs["game_date"], reason=reason, key=key, **differing)


def _box(logs: pd.DataFrame) -> pd.DataFrame:
    """The contract's columns from team logs joined with their game's columns, and the published plus_minus."""
    rows = logs[["game_date", "game_id", "season", "season_type", "_file", "_row"]].reset_index(drop=True)
    logs = logs.reset_index(drop=True)
    rows["team"] = to_tricode(logs["TEAM_ID"]).astype(TEXT).fillna(logs["TEAM_ABBREVIATION"])
    is_home = (rows["team"] == logs["home_team"]).fillna(False).astype("boolean")
    is_away = (rows["team"] == logs["away_team"]).fillna(False).astype("boolean")
    rows["is_home"] = is_home.mask(~is_home & ~is_away)
    rows["opponent"] = logs["away_team"].where(is_home, logs["home_team"].where(is_away))
    rows["won"] = (logs["WL"] == "W").astype("boolean")
    for ours, theirs in NAMES.items():
        rows[ours] = logs[theirs].astype("Int64")
    rows["minutes"] = logs["MIN"].astype("float64")
    others = rows.drop_duplicates(["game_id", "team"]).set_index(["game_id", "team"])["points"]
    facing = pd.MultiIndex.from_frame(rows[["game_id", "opponent"]])
    rows["plus_minus"] = rows["points"] - others.reindex(facing).set_axis(rows.index)
    rows["published"] = logs["PLUS_MINUS"]
    rows["source"] = pd.Series("team_game_logs", index=rows.index, dtype=TEXT)
    rows["known_at"] = final_at(rows["game_date"])
    return rows
