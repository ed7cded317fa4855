"""prop_lines: bookmakers' quotes on a player's points before the game, every snapshot."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY, eastern_moments, season_label, season_start_year
from nba_assets.basketball.names import PlayerNames
from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import PLACE, TableContract
from nba_assets.contracts.covers import between
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Rows, on_day, source
from nba_assets.sources.adapt.games import TEXT, season_games
from nba_assets.sources.adapt.player_careers import known_names
from nba_assets.sources.adapt.prop_pairs import (
    implausible,
    paired,
    records_of,
    records_of_identity,
    without_repeats,
)
from nba_assets.sources.adapt.prop_quotes import FAMILIES, KNOWN_BOOKMAKERS
from nba_assets.sources.adapt.tipoffs import EARLIEST_TIPOFF_HOUR

CONTRACT = TableContract(
    name="prop_lines",
    layer="raw",
    key=("game_id", "player_id", "bookmaker", "snapshot_at", "line"),
    known="pregame",
    columns=columns(
        *("game_date", "game_id", "player_id", "bookmaker", "snapshot_at", "line", "over_price", "under_price"),
        *("is_main", "is_time_known", "player_name", "event_id", "source", "known_at"),
    ),
    doc="Player-points quotes before tip-off: one row per bookmaker, snapshot and line, with the price of each side. "
    "A bookmaker's alternate lines in one snapshot are separate rows; is_main marks the one closest to even "
    "money. Quotes of players whose newest team does not play in the game are kept: rosters determines who "
    "belongs to a team.",
    rules={"a quote is known when it is seen": lambda f: f["known_at"] == f["snapshot_at"]},
)

TOO_LATE = "after tip-off"
MAY_BE_TOO_LATE = "from noon of the game day on, of a game whose tip-off is unknown"


def games_with_lines_expected(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Every competitive game."""
    return schedule.loc[schedule["season_type"].isin(COMPETITIVE), ["game_date", "game_id"]]


@daily_table(
    CONTRACT,
    inputs={
        "schedule": source("schedule", brings_rows=False),
        "team_game_logs": source("team_game_logs", brings_rows=False),
        "tipoffs": source("schedule_tipoff_utc", brings_rows=False),
        "closing_events": source("events_oddsapi_closing", brings_rows=False),
        "player_careers": source("player_careers", brings_rows=False),
        "players_bio": source("players_bio", brings_rows=False),
        # A row is of a game at most one day away; events of other days give no tip-off of the days.
        **{name: source(name, covers=between(*family.spans), margin=2) for name, family in FAMILIES.items()},
    },
    # The sources lack some games on days that they cover.
    expected=Expected({"schedule": on_day("schedule")}, games_with_lines_expected, is_exact=False, is_error=False),
)
def prop_lines(
    schedule: pd.DataFrame,
    team_game_logs: pd.DataFrame,
    tipoffs: pd.DataFrame,
    closing_events: pd.DataFrame,
    player_careers: pd.DataFrame,
    players_bio: pd.DataFrame,
    days: pd.DatetimeIndex,
    **quotes: pd.DataFrame,
) -> Rows:
    """Outcomes of the families in FAMILIES with their game and player, then both sides of a line in one row."""
    events = [quotes[name] for name, family in FAMILIES.items() if family.has_events]
    games = season_games(schedule, team_game_logs, tipoffs, [*events, closing_events])
    by_family = [family.outcomes(quotes[name], games, days) for name, family in FAMILIES.items()]
    outcomes = pd.concat([frame for frame in by_family if len(frame)] or by_family[:1], ignore_index=True)
    outcomes = _with_players(_with_times(outcomes, games, days), known_names(player_careers, players_bio))
    is_used = outcomes["reason"].isna()
    used, repeated = without_repeats(outcomes[is_used], tuple(FAMILIES))
    reason = implausible(used)
    refused = used[reason.notna()].assign(reason=reason[reason.notna()])
    used = used[reason.isna()]
    refused_records = _set_aside(refused).assign(column_name=refused["side"].str.lower() + "_price")
    refused_records["value"] += " price " + refused["price"].astype(TEXT)
    rows = paired(used)
    odd = records_of_identity(rows, KNOWN_BOOKMAKERS)
    records = [frame for frame in (_set_aside(outcomes[~is_used]), repeated, refused_records, odd) if len(frame)]
    return Rows(
        rows[[*CONTRACT.column_names, *PLACE]],
        pd.concat(records, ignore_index=True) if records else None,
        _absent(games, outcomes, days),
    )


def _with_times(outcomes: pd.DataFrame, games: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The outcomes of the days with `game_date`, and those without a day; late quotes get a reason.

    An untimed quote counts as seen at tip-off, the latest possible moment.
    """
    game = games.set_index("game_id")
    dated = outcomes.assign(game_date=outcomes["game_id"].map(game["game_date"]).astype("datetime64[ns]"))
    dated["game_date"] = dated["game_date"].fillna(dated["day"])
    dated = dated[dated["game_date"].isin(days) | dated["game_date"].isna()].reset_index(drop=True)
    tipoff = dated["game_id"].map(game["tipoff_at"]).astype("datetime64[ns, UTC]")
    earliest = eastern_moments(dated["game_date"] + EARLIEST_TIPOFF_HOUR)
    latest = tipoff.fillna(earliest)
    dated["snapshot_at"] = dated["snapshot_at"].where(dated["is_time_known"], latest)
    is_late = dated["reason"].isna() & dated["is_time_known"] & (dated["snapshot_at"] >= latest)
    dated["reason"] = dated["reason"].mask(is_late & tipoff.notna(), TOO_LATE)
    dated["reason"] = dated["reason"].mask(is_late & tipoff.isna(), MAY_BE_TOO_LATE)
    return dated


def _with_players(outcomes: pd.DataFrame, names: PlayerNames) -> pd.DataFrame:
    """The outcomes with `player_id`; those without a player get a reason. A name is resolved once per season."""
    day = outcomes["game_date"].fillna(pd.Timestamp(FIRST_DAY))  # an outcome without a day is rejected anyway
    asked = pd.DataFrame({"name": outcomes["name"], "season": season_start_year(day)})
    number = asked.groupby(["name", "season"], dropna=False, sort=False).ngroup().to_numpy()
    unique = asked.drop_duplicates(ignore_index=True)
    found = names.resolve(unique["name"], unique["season"]).iloc[number].set_axis(outcomes.index)
    is_nobody = outcomes["reason"].isna() & found["reason"].notna()
    return outcomes.assign(
        player_id=found["player_id"].astype("Int64"), reason=outcomes["reason"].mask(is_nobody, found["reason"])
    )


def _set_aside(outcomes: pd.DataFrame) -> pd.DataFrame:
    value = outcomes["side"] + " " + outcomes["line"].astype(TEXT) + " seen " + outcomes["snapshot_at"].astype(TEXT)
    return records_of(
        outcomes,
        action="set_aside",
        reason=outcomes["reason"],
        column_name=outcomes["column_name"],
        value=value,
    )


def _is_covered(days: pd.Series) -> pd.Series:
    spans = [span for family in FAMILIES.values() for span in family.spans]
    return between(*spans)(days.to_frame("game_date"))


def _absent(games: pd.DataFrame, outcomes: pd.DataFrame, days: pd.DatetimeIndex) -> dict[pd.Timestamp, str]:
    """Days with competitive games, outside all spans and without an outcome in any family, with the reason."""
    played = games.loc[games["season_type"].isin(COMPETITIVE) & games["game_date"].isin(days), ["game_date"]]
    played = played.drop_duplicates().sort_values("game_date")
    bare = played.loc[~_is_covered(played["game_date"]) & ~played["game_date"].isin(outcomes["game_date"]), "game_date"]
    reasons = "no family of player-points quotes covers this day of " + season_label(bare)
    return dict(zip(bare, reasons, strict=True))
