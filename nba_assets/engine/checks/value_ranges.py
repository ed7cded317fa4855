"""value_ranges: every row satisfies the contract; unusual values, too many NULLs and constant columns are warnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pandas as pd

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.contract import Column
from nba_assets.contracts.findings import of_rule
from nba_assets.engine.checks.evidence import Evidence, keys_of, result

FEWEST_ROWS = 100
"""Rows that a day must have before its NULL shares and constant columns are checked."""
FEWEST_SEASON_DAYS = 10
"""Game days that a season must have before a column counts as constant."""


def value_ranges(evidence: Evidence) -> list[dict[str, object]]:
    """ERROR for impossible values, WARN for unusual ones; one result per day."""
    contract, rows = evidence.contract, evidence.rows
    impossible = _by_day(evidence, contract.broken_rows(rows) if len(rows) else {})
    unusual = _by_day(evidence, contract.unusual_rows(rows) if len(rows) else {})
    shares = null_shares(contract.columns, rows)
    constant = _constant(evidence)
    found = []
    for day in evidence.days:
        observed: dict[str, object] = {}
        if shares.get(day):
            observed["null_share_outside_band"] = shares[day]
        if constant.get(day):
            observed["constant"] = sorted(constant[day])
        problems = impossible.get(day, {})
        chosen = problems or unusual.get(day, {})
        reasons = {reason: len(keys) for reason, keys in chosen.items()}
        if not problems:
            reasons |= {f"{name}: share of NULLs outside its band": 0 for name in shares.get(day, {})}
            reasons |= {f"{name} is constant": 0 for name in sorted(constant.get(day, set()))}
        keys = [of_rule(key, rule) for rule, failing in chosen.items() for key in failing]
        found.append(result(day, reasons, is_error=bool(problems), keys=keys, observed=observed))
    return found


def null_shares(columns: Sequence[Column], rows: pd.DataFrame) -> dict[pd.Timestamp, dict[str, float]]:
    """Per day: columns whose share of NULLs is outside the declared band, with the share."""
    banded = [column for column in columns if column.null_share is not None]
    if not banded or rows.empty:
        return {}
    days = rows["game_date"]
    counts = days.value_counts()
    found: dict[pd.Timestamp, dict[str, float]] = defaultdict(dict)
    for column in banded:
        low, high = column.null_share or (0.0, 1.0)
        shares = rows[column.name].isna().groupby(days.to_numpy()).mean()
        for day, share in shares[(shares < low) | (shares > high)].items():
            if counts[day] >= FEWEST_ROWS:
                found[pd.Timestamp(day)][column.name] = round(float(share), 3)
    return found


def _by_day(evidence: Evidence, problems: dict[str, pd.Series]) -> dict[pd.Timestamp, dict[str, list[str]]]:
    found: dict[pd.Timestamp, dict[str, list[str]]] = defaultdict(dict)
    for reason, mask in problems.items():
        rows = evidence.rows[mask]
        texts = keys_of(rows, evidence.contract.full_key)
        for day, group in texts.groupby(rows["game_date"].to_numpy()):
            found[pd.Timestamp(day)][reason] = group.tolist()
    return found


def _constant(evidence: Evidence) -> dict[pd.Timestamp, set[str]]:
    """Per day: columns that must vary but are constant, over the day or over the season so far."""
    found: dict[pd.Timestamp, set[str]] = defaultdict(set)
    rows = evidence.rows
    for column in evidence.contract.columns:
        if column.varies == "day" and len(rows):
            grouped = rows[column.name].groupby(rows["game_date"].to_numpy())
            same = (grouped.nunique() == 1) & (grouped.count() >= FEWEST_ROWS)
            for day in same[same].index:
                found[pd.Timestamp(day)].add(column.name)
        elif column.varies == "season" and not _varies_before(evidence, column.name):
            for day in _constant_so_far(evidence.season_extremes, column.name).intersection(evidence.days):
                found[day].add(column.name)
    return found


def _varies_before(evidence: Evidence, name: str) -> bool:
    """Whether the column has two values before the first checked day, or no row, so that it is not constant.

    Much cheaper than `_constant_so_far`, and true of almost every day. False if the days are of several seasons.
    """
    rows, days = evidence.season_extremes, evidence.days
    if rows.empty:
        return True
    if Season.of_day(days[0].date()) != Season.of_day(days[-1].date()):
        return False
    return bool(rows.loc[rows["game_date"] < days[0], name].nunique() > 1)


def _constant_so_far(rows: pd.DataFrame, name: str) -> pd.DatetimeIndex:
    """Days up to which the column has had a single value since the first day of the season."""
    season = rows["game_date"].dt.year - (rows["game_date"].dt.month < 7)
    values = (
        rows[name].astype("float64")
        if rows[name].dtype != "string"
        else pd.Series(pd.factorize(rows[name])[0], rows.index)
    )
    extremes = values.groupby([season.to_numpy(), rows["game_date"].to_numpy()]).agg(["min", "max"])
    lowest = extremes["min"].groupby(level=0).cummin()
    highest = extremes["max"].groupby(level=0).cummax()
    day_number = extremes.groupby(level=0).cumcount() + 1
    same = (lowest == highest) & (day_number >= FEWEST_SEASON_DAYS)
    return pd.DatetimeIndex(same[same].index.get_level_values(1))
