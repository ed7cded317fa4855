"""injury_transactions: moves on and off the injured and inactive lists, by name and day.

These are transactions, not the league's injury report: they are dated on the day on which they took effect and contain
information about that day's games, so they count as known when the day is over.
"""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY, season_label, season_start_year
from nba_assets.basketball.names import has_birth_date, normalise_name, split_names
from nba_assets.basketball.teams import to_tricode
from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import PLACE, TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Rows, on_day, source
from nba_assets.sources.adapt.games import season_games
from nba_assets.sources.adapt.matching import by_distinct
from nba_assets.sources.adapt.player_careers import known_names
from nba_assets.sources.adapt.player_games import final_at
from nba_assets.sources.quarantine import RECORD_COLUMNS

TEXT = pd.StringDtype("pyarrow")
FEWEST_GAMES = 5
"""Competitive games from which on a day is expected to have a move; of the days with fewer one in six has none."""

CONTRACT = TableContract(
    name="injury_transactions",
    layer="raw",
    key=("team", "player_name", "direction", "row"),
    known="postgame",
    columns=columns(
        "game_date",
        col("transaction_date").required(),
        col("season").required(),
        "team",
        "player_name",
        col("player_id").nulls(0, 0.1),
        "direction",
        "row",
        col("list_kind").required(),
        "outlook",
        col("is_day_to_day").required(),
        "notes",
        col("source").required(),
        col("known_at").required(),
    ),
    doc="Moves of players onto (out) and off (in) the injured and inactive lists, from Pro Sports Transactions. A "
    "name that matches no known player, or several, has player_id NULL and a record of the reason. If the source "
    "gives a birth date with a name, the player with that birth date is meant; until the end of the season, the "
    "same applies to rows of the team with the name only. Moves before the first partition are in it, with their "
    "own transaction_date.",
    rules={
        "transaction_date is game_date, or lies before the first partition": lambda f: (
            (f["transaction_date"] == f["game_date"])
            | ((f["game_date"] == pd.Timestamp(FIRST_DAY)) & (f["transaction_date"] < f["game_date"]))
        ),
    },
)


def days_with_moves(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The days with so many games that at least one transaction is certain: game_date."""
    games = schedule.loc[schedule["season_type"].isin(COMPETITIVE), "game_date"].value_counts()
    busy = games.index[games >= FEWEST_GAMES]
    return pd.DataFrame({"game_date": days[days.isin(busy)]})


@daily_table(
    CONTRACT,
    inputs={
        "prosports_transactions": source("prosports_transactions"),
        "player_careers": source("player_careers", brings_rows=False),
        "players_bio": source("players_bio", brings_rows=False),
        "schedule": source("schedule", brings_rows=False),
        "team_game_logs": source("team_game_logs", brings_rows=False),
    },
    expected=Expected(
        inputs={"schedule": on_day("schedule")},
        rule=days_with_moves,
        observed=lambda rows: rows[["game_date"]].drop_duplicates(),
        is_exact=False,
    ),
)
def injury_transactions(
    prosports_transactions: pd.DataFrame,
    player_careers: pd.DataFrame,
    players_bio: pd.DataFrame,
    schedule: pd.DataFrame,
    team_game_logs: pd.DataFrame,
    days: pd.DatetimeIndex,
) -> Rows:
    """One row per player and direction of each source row with a team; rows without a player go to quarantine."""
    day = by_distinct(prosports_transactions["Date"], _days)
    absent = _absent(day, season_games(schedule, team_game_logs), days)
    moves = _moves(_of_seasons(prosports_transactions, day, days))
    meant = _printed_with_birth_date(moves)
    # A row without a day may belong to any day: every run that reads it records it.
    is_asked = moves["game_date"].isin(days) | moves["game_date"].isna()
    moves, meant = (part[is_asked].reset_index(drop=True) for part in (moves, meant))
    season = season_start_year(moves["game_date"].fillna(pd.Timestamp(FIRST_DAY)))
    found = known_names(player_careers, players_bio).resolve(meant, season)
    moves["player_id"] = found["player_id"]
    is_dated = moves["transaction_date"].notna()
    is_named = (found["reason"] != "not_a_player").fillna(True) & moves["player_name"].notna()
    is_kept = is_dated & is_named & moves["team"].notna()
    records = [
        _records(moves[~is_dated], "set_aside", "no day is given"),
        _records(moves[is_dated & ~is_named], "set_aside", "no player is named"),
        _records(moves[is_dated & is_named & moves["team"].isna()], "set_aside", "no team is named"),
        *(
            _records(moves[is_kept & (found["reason"] == reason).fillna(False)], "nulled", reason)
            for reason in ("unknown_name", "ambiguous_name", "other_birth_date")
        ),
    ]
    return Rows(moves.loc[is_kept, [*CONTRACT.column_names, *PLACE]], pd.concat(records, ignore_index=True), absent)


def _days(texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce").astype("datetime64[ns]")


def _of_seasons(rows: pd.DataFrame, day: pd.Series, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The rows of the seasons to which the moves of these days belong, and rows without a day."""
    season = season_start_year(day.fillna(pd.Timestamp(FIRST_DAY)))
    is_asked = day.clip(lower=pd.Timestamp(FIRST_DAY)).isin(days)
    return rows[season.isin(season[is_asked]) | day.isna()]


def _moves(rows: pd.DataFrame) -> pd.DataFrame:
    """Every move of every source row in the table's columns, player_id still NULL; a row without a name is one move."""
    rows = rows.assign(row=rows.groupby("Date", dropna=False).cumcount() + 1)
    rows = _by_player(rows)
    day = rows["day"]
    notes = rows["Notes"].str.strip().replace("", pd.NA)
    said = notes.fillna("")
    outlook = pd.Series(pd.NA, index=rows.index, dtype=TEXT)
    for value, words in (
        ("day_to_day", r"\bDTD\b"),
        ("indefinite", "out indefinitely"),
        ("season", "out for (?:the )?season"),
    ):
        outlook = outlook.mask(said.str.contains(words), value)
    return pd.DataFrame(
        {
            "game_date": day.clip(lower=pd.Timestamp(FIRST_DAY)),
            "transaction_date": day,
            "season": season_label(day.fillna(pd.Timestamp(FIRST_DAY))),
            "team": to_tricode(rows["Team"]).astype(TEXT),
            "player_name": rows["player_name"],
            "direction": rows["direction"],
            "row": rows["row"],
            "_row": rows["_row"],
            "list_kind": pd.Series("status", index=rows.index, dtype=TEXT).mask(
                said.str.contains(r"\bIL\b"), "injured_list"
            ),
            "outlook": outlook,
            "is_day_to_day": (outlook == "day_to_day").fillna(False),
            "notes": notes.astype(TEXT),
            "source": "prosports_transactions",
            "known_at": final_at(day),
            "_file": rows["_file"],
        }
    )


def _printed_with_birth_date(moves: pd.DataFrame) -> pd.Series:
    """The names with the birth date given with the same name and team on that day or earlier in the season.

    Only the birth date distinguishes two players of the same name in one team, so a name without it means the player
    whom the source has listed with it.
    """
    key = ["season", "team", "normal"]
    named = moves.assign(normal=normalise_name(moves["player_name"].str.replace(r"\s*\(.*", "", regex=True)))
    named["place"] = range(len(named))
    is_dated = has_birth_date(named["player_name"]) & named["transaction_date"].notna()
    if not is_dated.any():
        return moves["player_name"]
    dated = named.loc[is_dated, [*key, "transaction_date", "player_name"]]
    dated = dated.drop_duplicates([*key, "transaction_date"], keep="last").sort_values("transaction_date")
    is_open = ~has_birth_date(named["player_name"]) & named["transaction_date"].notna() & named["normal"].notna()
    asked = named.loc[is_open, [*key, "transaction_date", "place"]].sort_values("transaction_date", kind="stable")
    found = pd.merge_asof(asked, dated, on="transaction_date", by=key).dropna(subset=["player_name"])
    names = moves["player_name"].copy()
    names.iloc[found["place"].to_numpy()] = found["player_name"].to_numpy()
    return names


def _by_player(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per player listed under Acquired (direction in) or Relinquished (out), in the order of the source.

    A cell may contain several players as a bulleted list, and a row may have both cells filled. A row without a name
    gives one row with player_name NULL.
    """
    rows = rows.assign(day=_days(rows["Date"])).reset_index(drop=True)
    sides = []
    for column, direction in (("Acquired", "in"), ("Relinquished", "out")):
        names = rows[column].fillna("").map(split_names).explode().dropna()
        sides.append(pd.DataFrame({"player_name": names, "direction": direction}))
    named = pd.concat(sides).astype(TEXT)
    nobody = pd.DataFrame({"player_name": pd.NA, "direction": "in"}, index=rows.index.difference(named.index))
    every = pd.concat([named, nobody.astype(TEXT)]).sort_index(kind="stable")
    return rows.loc[every.index].assign(**every).reset_index(drop=True)


def _absent(moved_on: pd.Series, games: pd.DataFrame, days: pd.DatetimeIndex) -> dict[pd.Timestamp, str]:
    """Days that should have a move but have no row in the source, with the reason.

    Args:
        moved_on: the day of each row of the source.
        games: all games of the seasons.
        days: to be built.
    """
    last = moved_on.max()
    game_days = pd.DatetimeIndex(games.loc[games["season_type"].isin(COMPETITIVE), "game_date"].unique())
    if pd.isna(last):
        return dict.fromkeys(game_days[game_days.isin(days)], "no dated row of Pro Sports Transactions was read")
    after = game_days[game_days > last]
    busy = pd.DatetimeIndex(days_with_moves(games, days)["game_date"])
    without = busy[~busy.isin(moved_on.clip(lower=pd.Timestamp(FIRST_DAY)))].difference(after)
    reasons = dict.fromkeys(without, "Pro Sports Transactions has no row on this day")
    if len(after):
        reasons |= dict.fromkeys(after, f"Pro Sports Transactions ends on {last:%Y-%m-%d}")
    return {day: reason for day, reason in reasons.items() if day in days}


def _records(rows: pd.DataFrame, action: str, reason: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "game_date": rows["game_date"],
            "action": action,
            "reason": reason,
            "key": rows["team"].fillna("?") + " " + rows["player_name"].fillna("?") + " " + rows["direction"],
            "source_file": rows["_file"],
            "source_row": rows["_row"],
            "column_name": "player_id" if action == "nulled" else pd.NA,
            "value": rows["player_name" if action == "nulled" else "notes"],
            "rows": 1,
        },
        columns=list(RECORD_COLUMNS),
    )
