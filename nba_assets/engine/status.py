"""The state of all tables: days done and expected by season, missing ranges, failed checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY, Season, eastern_today
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.day_state import day_counts, day_states, missing_ranges, partial_ranges
from nba_assets.contracts.findings import by_reason
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.sources.adapt.games import season_games
from nba_assets.sources.families import FAMILIES


@dataclass(frozen=True)
class Status:
    """Frames for printing and publishing.

    tables: table_name, season and the columns of `day_state.day_counts`.
    missing: see `day_state.missing_ranges`.
    partial: see `day_state.partial_ranges`.
    lacking: table_name, reason, days: families without a file for a season in which other families have the rows.
    failing: failed ERROR checks, one row per reason: table_name, check_name, game_date, reason, n, failing_keys,
        is_history (the only cause is missing history, of the day or of a day that it reads).
    warnings: WARN results by reason: table_name, check_name, reason, days, failing, first, last.
    """

    tables: pd.DataFrame
    missing: pd.DataFrame
    partial: pd.DataFrame
    lacking: pd.DataFrame
    failing: pd.DataFrame
    warnings: pd.DataFrame


def expected_games(platform: Platform) -> pd.DataFrame:
    """Days with competitive games up to today: game_date and games (their number), from the archive's schedule.

    The state of the warehouse is measured against them. A game in the warehouse remains expected, so that a file that
    loses rows does not lower the expectation.
    """
    today = eastern_today(platform.now())
    seasons = [Season(year) for year in range(Season.of_day(FIRST_DAY).start_year, Season.of_day(today).start_year + 1)]
    schedule, results = (
        platform.archive.read(FAMILIES[name], seasons).frame for name in ("schedule", "team_game_logs")
    )
    games = season_games(schedule, results)
    games = games[games["season_type"].isin(COMPETITIVE)]
    with platform.warehouse.snapshot() as snapshot:
        held = snapshot.read(registry.contract("schedule"), FIRST_DAY, today, ["game_date", "game_id", "season_type"])
    # A game that the files have moved to another day is counted there.
    held = held[held["season_type"].isin(COMPETITIVE) & ~held["game_id"].isin(games["game_id"])]
    days = pd.concat([games["game_date"], held["game_date"]], ignore_index=True)
    found = days.value_counts().sort_index().rename_axis("game_date").rename("games").reset_index()
    is_known = (found["game_date"] >= pd.Timestamp(FIRST_DAY)) & (found["game_date"] <= pd.Timestamp(today))
    return found[is_known].reset_index(drop=True)


def expected_game_days(platform: Platform) -> pd.DatetimeIndex:
    """Days with competitive games, see `expected_games`."""
    return pd.DatetimeIndex(expected_games(platform)["game_date"])


def status(platform: Platform, first: date | None = None, last: date | None = None) -> Status:
    """The state of every table, over all days or from `first` to `last`."""
    game_days = expected_game_days(platform)
    with platform.warehouse.snapshot() as snapshot:
        ledger = snapshot.ledger(list(registry.tables()), first, last)
        checks = snapshot.quality("check_results", None, first, last)
    if first is not None:
        game_days = game_days[game_days >= pd.Timestamp(first)]
    if last is not None:
        game_days = game_days[game_days <= pd.Timestamp(last)]
    states = day_states(ledger, checks, pd.DataFrame({"game_date": game_days}), registry.tables())
    failed = by_reason(checks)
    failed = failed.assign(is_history=failed["cause"] == "history")
    is_error = failed["severity"] == "ERROR"
    warnings = failed[~is_error].groupby(["table_name", "check_name", "reason"])
    return Status(
        day_counts(states, ["table_name", "season"]).reset_index(),
        missing_ranges(states),
        partial_ranges(states),
        _days_by_reason(ledger[ledger["status"].isin(["ok", "empty"]) & ledger["reason"].notna()]),
        failed.loc[is_error, ["table_name", "check_name", "game_date", "reason", "n", "failing_keys", "is_history"]],
        warnings.agg(
            days=("game_date", "size"), failing=("n", "sum"), first=("game_date", "min"), last=("game_date", "max")
        ).reset_index(),
    )


def _days_by_reason(ledger: pd.DataFrame) -> pd.DataFrame:
    """Days of the ledger rows by table and reason."""
    return ledger.groupby(["table_name", "reason"], sort=True).agg(days=("game_date", "size")).reset_index()
