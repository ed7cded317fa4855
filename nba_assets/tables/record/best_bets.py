"""best_bets: the bets of a day with the highest expected value, chosen before its first tip-off."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import eastern_moments
from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, on_day
from nba_assets.contracts.run import Run
from nba_assets.tables.record.published_predictions import KEY, LIVE, RECONSTRUCTED, standing

MOST_BETS = 15
SYSTEM = "market_informed"
"""System whose bets are listed: it starts from the line, so its probabilities take the market into account."""
NOON = pd.Timedelta(hours=12)
"""US Eastern hour before which no game begins; used as tip-off if no source gives one."""
BET = ("bet_side", "bet_book", "bet_line", "bet_price", "bet_snapshot_at", "expected_value", "confidence")
ABOUT = ("system_id", "team", "opponent", "is_home", *BET, "timed_points")
RECORD = (*KEY, "revision", *ABOUT[1:])
GAMES = ("game_date", "game_id", "season_type", "tipoff_at")

CONTRACT = TableContract(
    name="best_bets",
    layer="record",
    key=("game_id", "player_id"),
    known="pregame",
    columns=columns("game_date", "game_id", "player_id", "rank", "provenance", *ABOUT, "made_at"),
    rules={
        "it is a bet": lambda f: f[list(BET)].notna().all(axis=1),
        "of the system whose bets are listed": lambda f: f["system_id"] == SYSTEM,
        "at most 15, without a gap": lambda f: (
            (f["rank"] <= MOST_BETS)
            & (f.groupby("game_date")["rank"].transform("max") == f.groupby("game_date")["rank"].transform("size"))
        ),
        "it is worth taking": lambda f: f["expected_value"] > 0,
    },
    unhashed=("made_at",),
    doc="At most 15 bets of market_informed per day, ranked by expected value, ties by game and player. Only quotes "
    "seen before the day's first tip-off are used, so the whole list could have been bet. A list built before "
    "that time is live and never changes; any other list is reconstructed and follows the record.",
)


def first_tipoffs(schedule: pd.DataFrame) -> pd.Series:
    """Time of the first tip-off of a competitive game, by day; an unknown tip-off counts as noon US Eastern."""
    games = schedule[schedule["season_type"].isin(COMPETITIVE)]
    noon = eastern_moments(games["game_date"] + NOON)
    return games["tipoff_at"].fillna(noon).groupby(games["game_date"]).min()


def chosen(record: pd.DataFrame, schedule: pd.DataFrame) -> pd.DataFrame:
    """The best bets of each day, selected from the public record, with their rank."""
    rows = standing(record)
    rows = rows[(rows["system_id"] == SYSTEM) & rows["bet_side"].notna()]
    in_time = rows["bet_snapshot_at"] < rows["game_date"].map(first_tipoffs(schedule))
    rows = rows[in_time].sort_values(
        ["game_date", "expected_value", "game_id", "player_id"], ascending=[True, False, True, True], kind="stable"
    )
    rows = rows.groupby("game_date").head(MOST_BETS)
    return rows.assign(rank=rows.groupby("game_date").cumcount() + 1)


def _due(record: pd.DataFrame, schedule: pd.DataFrame, bets: pd.DataFrame) -> pd.DataFrame:
    """Expected keys: live lists as they are (chosen from the data of their time), on other days the best bets."""
    live = bets.loc[bets["provenance"] == LIVE, "game_date"].unique()
    found = chosen(record[~record["game_date"].isin(live)], schedule)
    kept = bets[bets["game_date"].isin(live)]
    key = ["game_date", "game_id", "player_id"]
    return pd.concat([found[key], kept[key]], ignore_index=True)


@daily_table(
    CONTRACT,
    inputs={"record": on_day("published_predictions", columns=RECORD), "schedule": on_day("schedule", columns=GAMES)},
    expected=Expected(
        inputs={
            "record": on_day("published_predictions", columns=RECORD),
            "schedule": on_day("schedule", columns=GAMES),
            "bets": on_day("best_bets", columns=("game_date", "game_id", "player_id", "provenance")),
        },
        rule=lambda record, schedule, bets, days: _due(record, schedule, bets),
    ),
    keeps={"provenance": LIVE},
)
def best_bets(record: pd.DataFrame, schedule: pd.DataFrame, run: Run, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The live lists of days that have begun, and the best bets of the others."""
    live, making = run.live, run.making
    first = first_tipoffs(schedule)
    begun = first.index[(first <= making.at).to_numpy()]
    kept = live[live["game_date"].isin(begun) | live["game_date"].isin(making.partial) | making.is_replay]
    open_days = [] if making.is_replay else first.index.difference(begun)
    settled = making.partial.union(pd.DatetimeIndex(kept["game_date"].unique()))
    found = chosen(record[~record["game_date"].isin(settled)], schedule)
    is_live = found["game_date"].isin(open_days)
    found = found.assign(made_at=pd.Timestamp(making.at), provenance=RECONSTRUCTED)
    found["provenance"] = found["provenance"].mask(is_live, LIVE)
    parts = [part[CONTRACT.column_names] for part in (kept, found) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else kept
