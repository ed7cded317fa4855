"""The state of each table and day, computed once for the status command, the quality page and the progress page.

A game day of a table is in one of four states. Three have a mark and are counted wherever days are counted; a day on
which nothing is due has none. Only existing rows make a day complete: a day that no source covers,
in whole or in part, is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
import pandas as pd

from nba_assets.basketball.calendar import season_label

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
NOTHING_TO_COMPARE = "nothing to compare"
"""Start of the reason of a cross-table check that had keys due but compared none."""
_OPEN = ("not_final", "partial_history")


def state_of_day(
    status: str | None, *, is_unknown: bool, missing: int, is_hole_of_sources: bool, not_covered: int, rows: int
) -> State:
    """The state of a table's day.

    Args:
        status: of the ledger; None = the day was never made.
        is_unknown: a table that determines the expected rows of the day was never built.
        missing: expected keys that are not there.
        is_hole_of_sources: missing rows are known to be missing from the sources.
        not_covered: keys that the schedule asks for and no source covers.
        rows: of the day.
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
    """The state of every table on every game day.

    Args:
        ledger: newest ledger rows.
        checks: check results; those of completeness hold the state of the days that have a ledger row.
        games: game_date of the days with games that count.
        tables: names.

    Returns:
        Frame of table_name, game_date, season, state, status (NULL where the day was never made), in the order of the
        tables, then of the days.
    """
    days = pd.DataFrame({"game_date": games["game_date"].drop_duplicates().sort_values().to_numpy()})
    days = days.astype({"game_date": "datetime64[ns]"})
    days["season"] = season_label(days["game_date"]).astype("object")
    found = pd.DataFrame({"table_name": pd.Series(list(tables), dtype="object")}).merge(days, how="cross")
    key = ["table_name", "game_date"]
    held = ledger[[*key, "status", "rows"]].astype({"table_name": "object"})
    said = checks.loc[checks["check_name"] == "completeness", [*key, "observed"]].astype({"table_name": "object"})
    said["said"] = said.pop("observed").astype("object").str.extract(r'"state": "(\w+)"', expand=False)
    found = found.merge(held, on=key, how="left").merge(said, on=key, how="left")
    status = found["status"].astype("object")
    # A day that was made and not checked yet says as much as its ledger row.
    of_ledger = np.select(
        [status.isna() | status.isin(_OPEN), status == "absent_source", found["rows"].fillna(0).gt(0)],
        ["missing", "not_covered", "complete"],
        default="nothing_due",
    )
    found["state"] = found["said"].where(found["said"].notna() & status.notna(), pd.Series(of_ledger, found.index))
    return found[["table_name", "game_date", "season", "state", "status"]]


def day_counts(states: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Days in each state (COUNTS) and days_expected, indexed by the columns `by`."""
    counts = states.groupby([*by, "state"], sort=False).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(STATES), fill_value=0).set_axis(list(COUNTS), axis=1).astype("int64")
    counts["days_expected"] = counts.sum(axis=1)
    return counts


def word_of(complete: int, not_covered: int, missing: int, failed: int) -> str:
    """One word that summarises the counts of a table and season.

    failed: an ERROR check failed on a day; missing: no day is there that should be; incomplete: some are missing;
    not_covered: no source covers any; covered_in_part: no source covers some; complete; nothing_due.
    """
    if failed:
        return "failed"
    if missing:
        return "incomplete" if complete or not_covered else "missing"
    if not_covered:
        return "covered_in_part" if complete else "not_covered"
    return "complete" if complete else "nothing_due"


def marked(counts: Mapping[str, int]) -> str:
    """The counts of the days with their marks: `107 ✓ 106 ∅`; states without a day are left out, 0 of all is `–`."""
    parts = [f"{counts[f'days_{state}']:,} {mark}" for state, mark in MARKS.items() if counts[f"days_{state}"]]
    return " ".join(parts) or "–"


def is_uncompared(checks: pd.DataFrame) -> pd.Series:
    """Whether a result did not pass because nothing was compared: neither green nor a finding."""
    begins = checks["reasons"].astype("object").str.startswith(f'{{"{NOTHING_TO_COMPARE}')
    return begins.fillna(False).astype(bool) & ~checks["passed"].astype(bool)


LEGEND = ", ".join(f"{mark} {MEANINGS[state]}" for state, mark in MARKS.items())
