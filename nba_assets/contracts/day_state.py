"""The state of each table and day, computed once for the status command, the quality page and the progress page.

A game day of a table is in one of four states. Three of them have a mark and are counted; a day on which no rows are
due has no mark. A day is complete only if it has rows: a day that no source covers, entirely or in part, is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nba_assets.basketball.calendar import season_label
from nba_assets.contracts.findings import is_uncompared

State = Literal["complete", "not_covered", "missing", "nothing_due"]
STATES: tuple[State, ...] = ("complete", "not_covered", "missing", "nothing_due")
MARKS: Mapping[str, str] = {"complete": "✓", "not_covered": "∅", "missing": "✗"}
MEANINGS: Mapping[str, str] = {
    "complete": "has the rows that it should have",
    "not_covered": "no source covers the day, or a part of it",
    "missing": "never made, not final, made from an incomplete history, or rows are missing",
    "nothing_due": "no rows are due",
}
COUNTS = tuple(f"days_{state}" for state in STATES)
_OPEN = ("not_final", "partial_history")
_STATE = r'"state": "(?P<state>\w+)"'


def state_of_day(
    status: str | None, *, is_unknown: bool, missing: int, is_hole_of_sources: bool, not_covered: int, rows: int
) -> State:
    """The state of a table's day.

    Args:
        status: of the day in the ledger; None = the day was never built.
        is_unknown: a table that determines the expected rows of the day was never built.
        missing: number of expected keys that the table lacks.
        is_hole_of_sources: the missing rows are known to be missing from the sources.
        not_covered: number of keys that the schedule requires and no source covers.
        rows: number of rows of the day.
    """
    if status is None or status in _OPEN or is_unknown:
        return "missing"
    if status == "superseded":
        return "nothing_due"
    if status == "absent_source":
        return "not_covered"
    if missing:
        return "not_covered" if is_hole_of_sources else "missing"
    if not_covered:
        return "not_covered"
    return "complete" if rows else "nothing_due"


def day_states(ledger: pd.DataFrame, checks: pd.DataFrame, games: pd.DataFrame, tables: Iterable[str]) -> pd.DataFrame:
    """The state of every table on every day, on which the status command and the quality and progress pages are based.

    Args:
        ledger: the newest ledger row of each table and day.
        checks: check results; the result of completeness contains the state of a day that has a ledger row.
        games: game_date of the days with competitive games.
        tables: names of the tables.

    Returns:
        One row per table and day, for all days with games or with a ledger row or check result of any table, sorted by
        table (in the order given), then day: table_name, game_date, season, is_game_day, state (NULL on days without
        games), status and reason (NULL if the day was never built), rows, set_aside, has_error, has_warning,
        is_uncompared (the last three: whether a check failed with that result).
    """
    game_days = pd.DatetimeIndex(games["game_date"].unique())
    days = game_days.union(pd.DatetimeIndex(ledger["game_date"].unique()))
    days = days.union(pd.DatetimeIndex(checks["game_date"].unique())).sort_values()
    of_days = pd.DataFrame({"game_date": days.astype("datetime64[ns]"), "is_game_day": days.isin(game_days)})
    of_days["season"] = season_label(of_days["game_date"]).astype("object")
    found = pd.DataFrame({"table_name": pd.Series(list(tables), dtype="object")}).merge(of_days, how="cross")
    key = ["table_name", "game_date"]
    held = ledger[[*key, "status", "reason", "rows", "set_aside"]]
    held = held.astype({"table_name": "object", "status": "object", "reason": "object"})
    said = checks.loc[checks["check_name"] == "completeness", [*key, "observed"]].astype({"table_name": "object"})
    observed = pa.array(said.pop("observed").to_numpy(dtype=object, na_value=None), pa.string())
    # Python's regular expressions take ten times as long, for a result per table and day.
    said["said"] = pc.struct_field(pc.extract_regex(observed, _STATE), "state").to_numpy(zero_copy_only=False)
    found = found.merge(held, on=key, how="left").merge(said, on=key, how="left")
    is_made = found["status"].notna()
    for name in ("rows", "set_aside"):
        found[name] = found[name].fillna(0).astype("int64")
    # The state of a day that was built but not checked yet is derived from its ledger row.
    of_ledger = np.select(
        [~is_made | found["status"].isin(_OPEN), found["status"] == "absent_source", found["rows"] > 0],
        ["missing", "not_covered", "complete"],
        default="nothing_due",
    )
    state = found.pop("said").where(lambda said: said.notna() & is_made, pd.Series(of_ledger, found.index))
    found["state"] = state.where(found["is_game_day"], None)
    failed = checks[~checks["passed"].astype(bool)]
    is_bare, is_warning = is_uncompared(failed), failed["severity"] == "WARN"
    kinds = {"has_error": ~is_warning, "has_warning": is_warning & ~is_bare, "is_uncompared": is_bare}
    place = pd.MultiIndex.from_frame(found[key])
    for name, is_kind in kinds.items():
        found[name] = place.isin(pd.MultiIndex.from_frame(failed.loc[is_kind, key].astype({"table_name": "object"})))
    return found


def day_counts(states: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Counts of the rows of `day_states`, grouped by some of its columns.

    Args:
        states: `day_states`.
        by: columns to group by; they are the index of the result.

    Returns:
        One column per state (COUNTS) and days_expected, which count game days; days (built), empty, absent, open,
        superseded, failed_days, warned_days and uncompared_days, which count all days; the sums of rows and set_aside.
    """
    in_state = {f"days_{state}": states["state"] == state for state in STATES}
    status = states["status"]
    flags = {
        **in_state,
        "days_expected": states["is_game_day"],
        "days": status.notna(),
        "empty": status == "empty",
        "absent": status == "absent_source",
        "open": status.isin(_OPEN),
        "superseded": status == "superseded",
        "failed_days": states["has_error"],
        "warned_days": states["has_warning"],
        "uncompared_days": states["is_uncompared"],
    }
    counted = pd.DataFrame({name: flag.astype("int64") for name, flag in flags.items()})
    counted[["rows", "set_aside"]] = states[["rows", "set_aside"]]
    return counted.groupby([states[name] for name in by], sort=False).sum()


def missing_ranges(states: pd.DataFrame) -> pd.DataFrame:
    """Ranges of consecutive game days of a table that were never built or were not final when built.

    Returns:
        One row per range: table_name, first, last, days (number of days), is_open (all of them were built, none was
        final).
    """
    of_games = states[states["is_game_day"]]
    status = of_games["status"]
    is_open = status == "not_final"
    return _ranges(of_games.assign(is_open=is_open), (status.isna() | is_open).to_numpy(dtype=bool), is_open="all")


def partial_ranges(states: pd.DataFrame) -> pd.DataFrame:
    """Ranges of consecutive days of a table that were built from an incomplete history.

    Returns:
        One row per range: table_name, first, last, days (number of days), reason (of the first day).
    """
    return _ranges(states, (states["status"] == "partial_history").to_numpy(dtype=bool), reason="first")


def _ranges(rows: pd.DataFrame, is_meant: np.ndarray, **more: str) -> pd.DataFrame:
    """Ranges of consecutive rows of a table for which `is_meant` is true; the rows are in the order of `day_states`.

    more: further columns of the result, each with its aggregation.
    """
    is_new_table = rows["table_name"] != rows["table_name"].shift()
    begins = is_new_table.to_numpy(dtype=bool) | ~np.r_[False, is_meant[:-1]]
    number = pd.Series(begins.cumsum(), index=rows.index)[is_meant]
    found = (
        rows[is_meant]
        .groupby(number)
        .agg(
            table_name=("table_name", "first"),
            first=("game_date", "min"),
            last=("game_date", "max"),
            days=("game_date", "size"),
            **{name: (name, how) for name, how in more.items()},
        )
    )
    return found.reset_index(drop=True)


def word_of(complete: int, not_covered: int, missing: int, failed: int) -> str:
    """One word that summarises the days of a table in a season.

    Args:
        complete: number of complete days.
        not_covered: number of days that no source covers.
        missing: number of missing days.
        failed: number of days on which a check of severity ERROR failed.

    Returns:
        failed: a day failed; missing: all due days are missing; incomplete: some are missing; not_covered: no source
        covers any due day; covered_in_part: no source covers some; complete; nothing_due.
    """
    if failed:
        return "failed"
    if missing:
        return "incomplete" if complete or not_covered else "missing"
    if not_covered:
        return "covered_in_part" if complete else "not_covered"
    return "complete" if complete else "nothing_due"


def marked(counts: Mapping[str, int]) -> str:
    """The number of days in each state with its mark: `107 ✓ 106 ∅`; zeros are omitted, `–` if all are zero."""
    parts = [f"{counts[f'days_{state}']:,} {mark}" for state, mark in MARKS.items() if counts[f"days_{state}"]]
    return " ".join(parts) or "–"


LEGEND = ", ".join(f"{mark} {MEANINGS[state]}" for state, mark in MARKS.items())
