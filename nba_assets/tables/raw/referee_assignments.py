"""referee_assignments: the officials of each game."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import eastern_moments
from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import PLACE, TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Rows, on_day, source
from nba_assets.sources.adapt.games import TEXT, pad_game_id, season_games
from nba_assets.sources.adapt.player_games import all_records, not_printed, of_another_name, record
from nba_assets.sources.quarantine import as_records, together

SLOTS = (1, 2, 3, 4)
WITH_ALTERNATE = ("play_in", "playoffs")
FEWEST, MOST = 2, 4
PUBLISHED = pd.Timedelta(hours=9)
"""US Eastern hour of the game day at which the NBA publishes the crews (official.nba.com, Referee Assignments)."""

CONTRACT = TableContract(
    name="referee_assignments",
    layer="raw",
    key=("game_id", "official"),
    known="pregame",
    columns=columns(
        "game_date",
        "game_id",
        "official",
        "official_id",
        "official_slot",
        "season",
        "season_type",
        "home_team",
        "away_team",
        "source",
        "known_at",
    ),
    doc=(
        "Two to four officials per game, all season types, until 2025-05-18. Play-in and playoff crews have a fourth "
        "official, the alternate. Eight regular-season games name only two. known_at is 09:00 US Eastern of the game "
        "day."
    ),
)


def games_of_the_schedule(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Every competitive game of the day."""
    return schedule.loc[schedule["season_type"].isin(COMPETITIVE), ["game_date", "game_id"]]


def games_with_a_crew(rows: pd.DataFrame) -> pd.DataFrame:
    """Competitive games with two to four officials."""
    games = rows[rows["season_type"].isin(COMPETITIVE)].groupby(["game_date", "game_id"]).size()
    return games[games.between(FEWEST, MOST)].reset_index()[["game_date", "game_id"]]


@daily_table(
    CONTRACT,
    inputs={
        "schedule": source("schedule", brings_rows=False),
        "team_game_logs": source("team_game_logs", brings_rows=False),
        "referees": source("referees"),
    },
    expected=Expected({"schedule": on_day("schedule")}, games_of_the_schedule, games_with_a_crew),
)
def referee_assignments(
    schedule: pd.DataFrame, team_game_logs: pd.DataFrame, referees: pd.DataFrame, days: pd.DatetimeIndex
) -> Rows:
    """Officials of the source row with the day on which the game was played, one row per official.

    A moved game is also listed under its original day: that row goes to quarantine, as do rows without officials or
    without a game.
    """
    games = season_games(schedule, team_game_logs)
    crews = referees.assign(game_id=pad_game_id(referees["game_id"]))
    crews["assigned_for"] = pd.to_datetime(crews["game_date"], format="%m/%d/%Y", errors="coerce")
    crews = crews.drop(columns="game_date").merge(games, on="game_id", how="left", validate="many_to_one")
    slots = [f"official{slot}" for slot in SLOTS]
    crews[slots] = crews[slots].apply(lambda texts: texts.str.strip().mask(texts.str.strip() == ""))
    names = crews[slots]
    is_named = names.notna().any(axis=1)
    is_played = crews["game_date"].notna()
    is_of_day = crews["assigned_for"] == crews["game_date"]
    records = together(
        _set_aside(crews[~is_played], "no such game was played"),
        _set_aside(crews[is_played & ~is_of_day], "the game was moved to another day"),
        _set_aside(crews[is_of_day & ~is_named], "no official named"),
    )
    usable = crews[is_of_day & is_named]
    everyone = _officials(usable)
    officials = everyone[everyone["game_date"].isin(days)].reset_index(drop=True)
    contradicting = of_another_name(
        officials, everyone, ("season", "official_id"), "official", "most rows of the number"
    )
    key = officials["game_id"] + " " + officials["official"]
    records = all_records(
        records,
        _lacking(usable),
        not_printed(officials, ["official_id"], key),
        record(contradicting, "disagreement", "the number has another name", contradicting["game_id"]),
    )
    return Rows(officials, records, _absent(games, usable, days))


def _lacking(crews: pd.DataFrame) -> pd.DataFrame:
    """A record for each game without one of its three officials, or without the alternate of a playoff crew."""
    has_alternate = crews["season_type"].isin(WITH_ALTERNATE)
    is_missing = pd.DataFrame(
        {
            f"official{slot}": crews[f"official{slot}"].isna() & (has_alternate if slot == SLOTS[-1] else True)
            for slot in SLOTS
        }
    )
    lacking = crews[is_missing.any(axis=1)]
    return not_printed(
        lacking[["game_date", "_file", "_row"]].join(crews[list(is_missing)].where(is_missing, "")),
        list(is_missing),
        lacking["game_id"],
    )


def _officials(crews: pd.DataFrame) -> pd.DataFrame:
    found = pd.concat(
        [
            crews.assign(
                official=crews[f"official{slot}"], official_id=crews[f"official{slot}_code"], official_slot=slot
            )
            for slot in SLOTS
        ],
        ignore_index=True,
    ).dropna(subset=["official"])
    found["official"] = found["official"].str.strip()
    found["source"] = pd.Series("referees", index=found.index, dtype=TEXT)
    found["known_at"] = eastern_moments(found["game_date"] + PUBLISHED)
    return found[[*CONTRACT.column_names, *PLACE]]


def _absent(games: pd.DataFrame, usable: pd.DataFrame, days: pd.DatetimeIndex) -> dict[pd.Timestamp, str]:
    """Days with competitive games after the last day that the family covers in their season; all if it covers none."""
    competitive = games[games["season_type"].isin(COMPETITIVE)]
    last = competitive["season"].map(usable.groupby("season")["game_date"].max())
    is_beyond = last.isna() | (competitive["game_date"] > last)
    beyond = competitive[is_beyond & competitive["game_date"].isin(days)]
    ends = "the referees family ends on " + last[beyond.index].dt.strftime("%Y-%m-%d")
    reasons = ends.fillna("the referees family has no game of the season")
    return dict(zip(beyond["game_date"], reasons, strict=True))


def _set_aside(crews: pd.DataFrame, reason: str) -> pd.DataFrame:
    return as_records(
        crews, "set_aside", day=crews["assigned_for"], reason=reason, key=crews["game_id"], value=crews["official1"]
    )
