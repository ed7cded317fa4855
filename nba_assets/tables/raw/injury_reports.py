"""injury_reports: the entries of the NBA's official injury reports, one row per report, player and game."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import season_start_year
from nba_assets.basketball.teams import to_tricode
from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import PLACE, TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Rows, on_day, source
from nba_assets.sources.adapt.games import TEXT, match_games, season_games
from nba_assets.sources.adapt.player_careers import known_names
from nba_assets.sources.adapt.repeats import settled
from nba_assets.sources.quarantine import as_records, together

NO_REPORT = "no injury report of the day was landed"
NO_GAME = "no game of these teams on the day"
NOT_SUBMITTED = "the team has not reported yet"
TWICE = "the report names the player twice"
SEVERITY = ("available", "probable", "questionable", "doubtful", "out")
"""Statuses of the report, the farthest from playing last."""

CONTRACT = TableContract(
    name="injury_reports",
    layer="raw",
    key=("game_id", "player_id", "report_at"),
    known="pregame",
    columns=columns(
        *("game_date", "game_id", "player_id", "report_at"),
        *(col(name).required() for name in ("player_name", "team", "report_status")),
        *("report_reason", col("source").required(), col("known_at").required()),
    ),
    doc="Entries of the NBA's official injury report, one row per report, game and player; a player who is not in his "
    "team's newest report is available. report_at is the time in the report's title; known_at is when it was "
    "received: the time of the reply for live reports, report_at for reports downloaded later. Reports may come "
    "after the tip-off; a reader must select those that were known before it. The archive has none.",
    rules={"a report is known after it is published": lambda f: f["known_at"] >= f["report_at"]},
)


def days_with_games(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The days that need a report, those with competitive games: game_date."""
    games = schedule.loc[schedule["season_type"].isin(COMPETITIVE), ["game_date"]]
    return games.drop_duplicates()


@daily_table(
    CONTRACT,
    inputs={
        "reports": source("injury_report"),
        "schedule": source("schedule", brings_rows=False),
        "team_game_logs": source("team_game_logs", brings_rows=False),
        "player_careers": source("player_careers", brings_rows=False),
        "players_bio": source("players_bio", brings_rows=False),
    },
    expected=Expected(
        inputs={"schedule": on_day("schedule")},
        rule=days_with_games,
        observed=lambda rows: rows[["game_date"]].drop_duplicates(),
        is_exact=False,
        is_error=False,  # a report that was not downloaded in time may no longer be available
    ),
)
def injury_reports(
    reports: pd.DataFrame,
    schedule: pd.DataFrame,
    team_game_logs: pd.DataFrame,
    player_careers: pd.DataFrame,
    players_bio: pd.DataFrame,
    days: pd.DatetimeIndex,
) -> Rows:
    """Each entry with its game and player; entries without a known player or a game go to quarantine."""
    games = season_games(schedule, team_game_logs)
    day = pd.to_datetime(reports["game_date"], format="%Y-%m-%d").astype("datetime64[ns]")
    is_asked = day.isin(days)
    rows, day = reports[is_asked].reset_index(drop=True), day[is_asked].reset_index(drop=True)
    sides = rows["matchup"].str.split("@", expand=True).reindex(columns=[0, 1])
    found = match_games(games, day, sides[1].astype(TEXT), sides[0].astype(TEXT))
    is_of_day = (found["game_date"] == day).fillna(False).astype(bool)
    entries = pd.DataFrame(
        {
            "game_date": day,
            "game_id": found["game_id"].where(is_of_day),
            "report_at": _moments(rows["report_at"]),
            "known_at": _moments(rows["known_at"]),
            "player_name": _given_name_first(rows["player_name"]),
            "team": to_tricode(rows["team"]).astype(TEXT),
            "report_status": rows["status"].str.lower().astype(TEXT),
            "report_reason": rows["reason"].astype(TEXT),
            "source": pd.Series("injury_report", index=rows.index, dtype=TEXT),
            "_file": rows["_file"],
            "_row": rows["_row"],
        }
    )
    resolved = known_names(player_careers, players_bio).resolve(entries["player_name"], season_start_year(day))
    entries["player_id"] = resolved["player_id"].astype("Int64")
    reason = resolved["reason"].astype(TEXT).mask(entries["player_name"].isna(), NOT_SUBMITTED)
    reason = reason.mask(reason.isna() & entries["game_id"].isna(), NO_GAME)
    unused = entries[reason.notna()]
    kept, again = _settled(entries[reason.isna()])
    records = together(
        as_records(
            unused, "set_aside", day=unused["game_date"], reason=reason[unused.index], key=unused["player_name"]
        ),
        as_records(
            again,
            "set_aside",
            day=again["game_date"],
            reason=TWICE,
            key=again["player_name"],
            column_name=again["column_name"],
            value=again["value"],
        ),
    )
    played = games.loc[games["season_type"].isin(COMPETITIVE) & games["game_date"].isin(days), "game_date"]
    # On a day before the season's first report the reason is the missing file, which is not known here.
    first = pd.to_datetime(reports["game_date"], format="%Y-%m-%d").min()
    without = {day for day in set(played) - set(kept["game_date"]) if day >= first}
    absent = dict.fromkeys(sorted(without), NO_REPORT)
    return Rows(kept[[*CONTRACT.column_names, *PLACE]], records, absent)


def _settled(entries: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One entry per key, and the others with both values.

    What was received first is used, so that a reply after the tip-off changes no row of before it; of what was received
    at the same time, the entry that is farthest from playing.
    """
    evidence = pd.DataFrame(
        {
            "first": -entries["known_at"].astype("int64"),
            "severity": entries["report_status"].map({name: place for place, name in enumerate(SEVERITY)}),
        }
    )
    return settled(entries, list(CONTRACT.key), ["report_status", "report_reason", "known_at"], evidence)


def _given_name_first(names: pd.Series) -> pd.Series:
    """`Porter Jr., Michael` as `Michael Porter Jr.`."""
    parts = names.astype(TEXT).str.extract(r"^\s*(?P<last>[^,]+),\s*(?P<first>.+?)\s*$").astype(TEXT)
    return (parts["first"] + " " + parts["last"]).astype(TEXT)


def _moments(texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts, utc=True, format="ISO8601").astype("datetime64[ns, UTC]")
