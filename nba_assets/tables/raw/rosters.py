"""rosters: the members of each team on the morning of a game day, derived from data published before that day.

The archive has no rosters. A player's team is that of his newest evidence before the day: a box score listing, or the
team of an injury row (on the same day the box score takes precedence, then the later row). A team that listed him in a
box score before his newest listing with another team is a former team: its injury rows are ignored until it lists him
again, because the source sometimes gives a player's former team. He is a member while one of the rules of `EVIDENCE`
is true. A trade becomes visible when the new team first lists him or puts him on its injured list, not earlier.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.basketball.calendar import season_label
from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.columns.identity import COMPETITIVE, TEAMS
from nba_assets.contracts.columns.rosters import EVIDENCE
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Begun, Expected, Rows, history, on_day
from nba_assets.sources.adapt.player_games import final_at
from nba_assets.sources.quarantine import RECORD_COLUMNS
from nba_assets.tables.raw.rosters_checks import ROSTER_RECALL, every_team, game_days
from nba_assets.windows.asof import History, cutoff_of, known_before

REACH_DAYS = 400
FRESH_DAYS = 30
LAST_GAMES = 10
OPENING_GAMES = 5

CONTRACT = TableContract(
    name="rosters",
    layer="raw",
    key=("player_id", "team"),
    known="pregame",
    columns=columns(
        "game_date",
        "player_id",
        "team",
        col("season").required(),
        col("evidence").required(),
        col("evidence_on").required(),
        "last_listed_on",
        "last_played_on",
        "games_missed_in_a_row",
        col("on_injured_list").required(),
        col("team_games_played_season").required(),
        col("known_at").required(),
    ),
    doc="Members of each of the 30 teams on every day with competitive games. A player's team is that of his newest "
    "evidence, a box score or an injury row; an injury row of a team that he has left by the box scores of "
    f"{REACH_DAYS} days is none. He is a member when it is at most {FRESH_DAYS} days old, or within the team's last "
    f"{LAST_GAMES} games, or he is on the team's open injured list, or the team has not yet played "
    f"{OPENING_GAMES} games of the season (evidence of {REACH_DAYS} days), or a bookmaker has quoted him for a game of "
    "that team. At most one team a day. The first days of the archive know only who has been seen since its start.",
    rules={
        "evidence is older than the day": lambda f: f["evidence_on"] < f["game_date"],
        "was listed when he last played": lambda f: (
            f["last_played_on"].isna() | (f["last_played_on"] <= f["last_listed_on"])
        ),
    },
)


@daily_table(
    CONTRACT,
    inputs={
        "schedule": on_day("schedule"),
        "prop_lines": on_day("prop_lines"),
        "player_boxscores": history(
            "player_boxscores",
            days=REACH_DAYS,
            columns=("game_date", "game_id", "player_id", "team", "status", "season_type"),
        ),
        "team_boxscores": history(
            "team_boxscores", days=REACH_DAYS, columns=("game_date", "game_id", "team", "season_type")
        ),
        "injury_transactions": history("injury_transactions", days=REACH_DAYS),
    },
    expected=Expected(
        inputs={"schedule": on_day("schedule")},
        rule=every_team,
        observed=lambda rows: rows[["game_date", "team"]].drop_duplicates(),
        is_exact=False,
        history=Begun("player_boxscores", days=31, reach=REACH_DAYS),
    ),
    checks=(ROSTER_RECALL,),
)
def rosters(
    schedule: pd.DataFrame,
    prop_lines: pd.DataFrame,
    player_boxscores: History,
    team_boxscores: History,
    injury_transactions: History,
    days: pd.DatetimeIndex,
) -> Rows:
    """Members of all teams on the days with competitive games."""
    listings = player_boxscores.where(lambda f: f["season_type"].isin(COMPETITIVE) & f["team"].isin(TEAMS))
    moves = injury_transactions.where(lambda f: f["player_id"].notna())
    players = pd.concat([listings.distinct("player_id"), moves.distinct("player_id")]).drop_duplicates()
    target = pd.DataFrame({"game_date": game_days(schedule, days)}).merge(players, how="cross")
    known = _with_newest_team(target, listings, moves)
    known = _with_state(known, listings, moves, team_boxscores)
    lines, strangers = _quoted(prop_lines, schedule, known)
    known = known.merge(lines, on=["game_date", "player_id"], how="left")

    day = known["game_date"]
    rules = {
        "last_30_days": known["evidence_on"] >= day - pd.Timedelta(days=FRESH_DAYS),
        "last_10_games": known["evidence_on"] >= known.pop("last_games_from"),
        "injured_list": known["on_injured_list"],
        "season_opening": known["team_games_played_season"] < OPENING_GAMES,
        "prop_line": known["quoted_at"].notna(),
    }
    masks = [rules[name].to_numpy(dtype=bool) for name in EVIDENCE]
    known["evidence"] = pd.Series(np.select(masks, EVIDENCE, default=""), index=known.index).replace("", pd.NA)
    morning = final_at(day - pd.Timedelta(days=1))
    by_quote = known["quoted_at"].where((known["quoted_at"] > morning) & (known["evidence"] == "prop_line"))
    known["known_at"] = by_quote.fillna(morning)
    known["season"] = season_label(day)
    members = known[known["evidence"].notna()]
    return Rows(members[CONTRACT.column_names], strangers)


def _with_newest_team(target: pd.DataFrame, listings: History, moves: History) -> pd.DataFrame:
    """The target rows that have evidence, with team, evidence_on, last_listed_on."""
    order = ("transaction_date", "row")
    listed = listings.by("player_id").earlier(target, REACH_DAYS)
    moved = moves.by("player_id", order=order).earlier(target, REACH_DAYS)
    listed_on, moved_on = listed.last_day, moved.newest("transaction_date")
    listed_team, moved_team = listed.newest("team"), moved.newest("team")
    listed_by_mover = listings.by("player_id", "team").earlier(target.assign(team=moved_team), REACH_DAYS).last_day
    has_left_mover = listed_by_mover.notna() & (listed_team != moved_team).fillna(False)
    takes_listing = listed_on.notna() & (~(moved_on > listed_on) | has_left_mover)
    own_move = moves.by("player_id", "team", order=order).earlier(target.assign(team=listed_team), REACH_DAYS)
    confirmed_on = own_move.newest("transaction_date")
    found = target.assign(
        team=listed_team.where(takes_listing, moved_team),
        evidence_on=listed_on.mask(confirmed_on > listed_on, confirmed_on).where(takes_listing, moved_on),
        last_listed_on=listed_on,
    )
    return found[found["team"].notna()].reset_index(drop=True)


def _with_state(known: pd.DataFrame, listings: History, moves: History, team_boxscores: History) -> pd.DataFrame:
    """Adds last_played_on, games_missed_in_a_row, on_injured_list, team_games_played_season, last_games_from."""
    played = listings.where(lambda f: f["status"] == "played").by("player_id").earlier(known, REACH_DAYS)
    games = team_boxscores.where(lambda f: f["season_type"].isin(COMPETITIVE)).by("team")
    move = moves.by("player_id", "team", order=("transaction_date", "row")).earlier(known, REACH_DAYS)
    played_on = played.last_day
    missed = games.since(known, played_on + pd.Timedelta(days=1), REACH_DAYS).games
    is_out = (move.newest("direction") == "out").fillna(False).astype(bool)
    return known.assign(
        last_played_on=played_on,
        games_missed_in_a_row=missed.astype("Int64").mask(played_on.isna()),
        on_injured_list=is_out & ~(played_on > move.newest("transaction_date")),
        team_games_played_season=games.season_to_date(known).games,
        last_games_from=games.last_games(known, LAST_GAMES, REACH_DAYS).first_day,
    )


def _quoted(prop_lines: pd.DataFrame, schedule: pd.DataFrame, known: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Players quoted before the tip-off of a game of their newest team, and records of the other quoted players.

    Returns (game_date, player_id, quoted_at) and quarantine.RECORD_COLUMNS.
    """
    games = schedule.loc[schedule["season_type"].isin(COMPETITIVE), ["game_id", "tipoff_at", "home_team", "away_team"]]
    quotes = prop_lines[["game_date", "game_id", "player_id", "known_at"]].merge(games, on="game_id")
    quotes = known_before(quotes, cutoff_of(quotes["game_date"], quotes["tipoff_at"]))
    key = ["game_date", "player_id", "game_id", "home_team", "away_team"]
    quotes = quotes.groupby(key, as_index=False)["known_at"].agg(quoted_at="min", quotes="size")
    quotes = quotes.merge(known[["game_date", "player_id", "team"]], on=["game_date", "player_id"], how="left")
    plays = (quotes["team"] == quotes["home_team"]) | (quotes["team"] == quotes["away_team"])
    plays = plays.fillna(False).astype(bool)
    strangers = quotes[~plays]
    records = pd.DataFrame(
        {
            "game_date": strangers["game_date"],
            "action": "set_aside",
            "reason": "new_team_unknown",
            "key": strangers["game_id"] + " " + strangers["player_id"].astype("string"),
            "column_name": "team",
            "value": strangers["team"],
            "rows": strangers["quotes"],
        }
    ).reindex(columns=list(RECORD_COLUMNS))
    lines = quotes[plays].groupby(["game_date", "player_id"], as_index=False)["quoted_at"].min()
    return lines, records
