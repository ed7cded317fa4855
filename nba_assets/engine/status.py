"""The state of all tables: by season, days done of days expected, missing ranges, failed checks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY, Season, eastern_today, season_label
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.day_state import day_counts, day_states, is_uncompared
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.sources.adapt.games import season_games
from nba_assets.sources.families import FAMILIES


@dataclass(frozen=True)
class Status:
    """Frames for printing and publishing.

    tables: table_name, season, the game days by state (state.COUNTS) and days_expected, days_done, rows, empty, absent,
        open (not final or partial), set_aside, failed (days with an ERROR), warned, uncompared (days on which a check
        had nothing to compare).
    missing: table_name, first, last, days: ranges of game days that were never made, or were not final when made.
    partial: table_name, first, last, days, reason: consecutive days built from an incomplete history; the reason is
        that of the last of them.
    lacking: table_name, reason, days: families without a file for a season; other families gave the rows.
    failing: failed ERROR checks, one row per reason: table_name, check_name, game_date, reason, failing, failing_keys.
    warnings: WARN results by reason: table_name, check_name, reason, days, failing, first, last.
    """

    tables: pd.DataFrame
    missing: pd.DataFrame
    partial: pd.DataFrame
    lacking: pd.DataFrame
    failing: pd.DataFrame
    warnings: pd.DataFrame


def expected_games(platform: Platform) -> pd.DataFrame:
    """game_date and games: days with games that count, from the archive's schedule and results.

    The warehouse is measured against this; today is the last day. A game that is in the warehouse stays
    expected, so that the measure does not shrink when a file loses rows.
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
    """Days with games that count, see `expected_games`."""
    return pd.DatetimeIndex(expected_games(platform)["game_date"])


def status(platform: Platform, first: date | None = None, last: date | None = None) -> Status:
    """The state of every table, over all days or a range."""
    game_days = expected_game_days(platform)
    with platform.warehouse.snapshot() as snapshot:
        ledger = snapshot.ledger(list(registry.tables()), first, last)
        checks = snapshot.quality("check_results", None, first, last)
    if first is not None:
        game_days = game_days[game_days >= pd.Timestamp(first)]
    if last is not None:
        game_days = game_days[game_days <= pd.Timestamp(last)]
    states = day_states(ledger, checks, pd.DataFrame({"game_date": game_days}), registry.tables())
    ledger["season"] = season_label(ledger["game_date"])
    is_missing = states["status"].isna() | states["status"].eq("not_final").fillna(False)
    key = ["table_name", "season"]
    tables = day_counts(states, key).join(
        ledger.assign(
            is_empty=ledger["status"] == "empty",
            is_absent=ledger["status"] == "absent_source",
            is_open=ledger["status"].isin(["not_final", "partial_history"]),
        )
        .groupby(key)
        .agg(
            days_done=("game_date", "size"),
            rows=("rows", "sum"),
            empty=("is_empty", "sum"),
            absent=("is_absent", "sum"),
            open=("is_open", "sum"),
            set_aside=("set_aside", "sum"),
        ),
        how="outer",
    )
    bad = checks[~checks["passed"].astype(bool)].copy()
    bad["season"] = season_label(bad["game_date"])
    is_bare, is_warning = is_uncompared(bad), bad["severity"] == "WARN"
    kinds = {"failed": ~is_warning, "warned": is_warning & ~is_bare, "uncompared": is_bare}
    for name, is_kind in kinds.items():
        days = bad[is_kind].drop_duplicates([*key, "game_date"]).groupby(key).size()
        tables[name] = days.reindex(tables.index, fill_value=0)
    order = {name: position for position, name in enumerate(registry.tables())}
    tables = tables.fillna(0).astype("int64").reset_index()
    tables = tables.sort_values("season", kind="stable").sort_values(
        "table_name", key=lambda names: names.map(order), kind="stable", ignore_index=True
    )
    reasons = _by_reason(bad)
    is_error = reasons["severity"] == "ERROR"
    by_reason = reasons[~is_error].groupby(["table_name", "check_name", "reason"])
    warnings = by_reason.agg(
        days=("game_date", "size"), failing=("failing", "sum"), first=("game_date", "min"), last=("game_date", "max")
    )
    return Status(
        tables,
        _ranges(states[is_missing], game_days),
        _partial_ranges(ledger[ledger["status"] == "partial_history"]),
        _days_by_reason(ledger[ledger["status"].isin(["ok", "empty"]) & ledger["reason"].notna()]),
        reasons[is_error].reset_index(drop=True),
        warnings.reset_index(),
    )


def _by_reason(results: pd.DataFrame) -> pd.DataFrame:
    """One row per result and reason: table_name, check_name, game_date, severity, reason, failing, failing_keys."""
    found = results[["table_name", "check_name", "game_date", "severity", "failing_keys"]].copy()
    found["reason"] = [list(json.loads(text).items()) for text in results["reasons"]]
    found = found.explode("reason", ignore_index=True)
    found["failing"] = found["reason"].map(lambda pair: pair[1]).astype("int64")
    found["reason"] = found["reason"].map(lambda pair: pair[0]).astype("string[pyarrow]")
    return found


def _ranges(missing: pd.DataFrame, game_days: pd.DatetimeIndex) -> pd.DataFrame:
    """Missing game days of each table, consecutive days folded into ranges."""
    if missing.empty:
        return pd.DataFrame(columns=["table_name", "first", "last", "days"])
    rows = missing.sort_values(["table_name", "game_date"]).copy()
    rows["position"] = game_days.get_indexer(rows["game_date"])
    starts = (rows["position"].diff() != 1) | (rows["table_name"] != rows["table_name"].shift())
    rows["range"] = starts.cumsum()
    found = rows.groupby("range").agg(
        table_name=("table_name", "first"),
        first=("game_date", "min"),
        last=("game_date", "max"),
        days=("game_date", "size"),
    )
    return found.reset_index(drop=True)


def _partial_ranges(partial: pd.DataFrame) -> pd.DataFrame:
    """Days of each table that were built from an incomplete history, consecutive days folded into ranges."""
    rows = partial.sort_values(["table_name", "game_date"])
    follows = (rows["game_date"].diff() == pd.Timedelta(days=1)) & (rows["table_name"] == rows["table_name"].shift())
    found = rows.groupby((~follows.astype(bool)).cumsum()).agg(
        table_name=("table_name", "first"),
        first=("game_date", "min"),
        last=("game_date", "max"),
        days=("game_date", "size"),
        reason=("reason", "last"),
    )
    return found.reset_index(drop=True)


_LACK = r"(?:[^;]*(?:: never made|made from an incomplete history)|partial history)"
_OF_HISTORY = rf"{_LACK}(?:; {_LACK})*"
"""Reasons of the checks completeness, cascade and phase_gap, also several of them."""


def of_history(reasons: pd.Series) -> pd.Series:
    """Which reasons of checks only mean that the day, or one that it reads, lacks history."""
    return reasons.str.fullmatch(_OF_HISTORY).fillna(False).astype(bool)


def _days_by_reason(ledger: pd.DataFrame) -> pd.DataFrame:
    """Days of the ledger rows by table and reason."""
    return ledger.groupby(["table_name", "reason"], sort=True).agg(days=("game_date", "size")).reset_index()
