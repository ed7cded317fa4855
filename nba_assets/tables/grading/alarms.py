"""Alarms on prediction_performance_summary: results that are too good to be true, or not good enough.

What belongs here: bounds on a system's performance. What does not: whether rows are complete and valid, which the
standard checks test.
"""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.inputs import CrossCheck, Findings
from nba_assets.contracts.systems import REFERENCES

SYSTEMS = ("ensemble", "gradient_boosting")
"""Systems whose bias and coverage are monitored: the one that is published most prominently, and the main learned
one."""
MOST_BETTER_THAN_LINE, LEAST_LINED = 0.05, 2_000
"""Improvement over the line's MAE (points) that nobody achieves over a season, and the rows needed to test it."""
MOST_CORRECT, LEAST_BETS = 0.55, 2_000
MOST_BIAS = 0.5
COVERAGE = (0.72, 0.88)
LEAST_GRADED = 1_000
"""Minimum of graded predictions for a 30-day figure: with a thousand, the mean error still varies by .2 by chance; with
the few of June, by half a point."""
_ENOUGH = f"{LEAST_GRADED:,} graded predictions"


def leak_alarm(rows: pd.DataFrame) -> Findings:
    """Systems whose season to date beats the line or the bookmakers by an implausible margin."""
    season = _overall(rows, "season")
    season = season[~season["system_id"].isin(REFERENCES)]
    gain = season["line_mae"] - season["lined_mae"]
    too_good = season[(gain > MOST_BETTER_THAN_LINE) & (season["lined"] >= LEAST_LINED)]
    too_right = season[(season["accuracy"] > MOST_CORRECT) & (season["wins"] + season["losses"] > LEAST_BETS)]
    failing = pd.concat(
        [
            _failing(
                too_good,
                "MAE " + _text(too_good["lined_mae"]) + " on lined rows",
                "not below " + _text(too_good["line_mae"] - MOST_BETTER_THAN_LINE) + ", the line's is .05 more",
            ),
            _failing(too_right, _text(too_right["accuracy"]) + " of the bets won", f"at most {MOST_CORRECT}"),
        ]
    )
    shown = season[season["system_id"] == "ensemble"]
    has_lines = (season["lined"] >= LEAST_LINED) & gain.notna()
    has_bets = (season["wins"] + season["losses"] > LEAST_BETS) & season["accuracy"].notna()
    observed = shown[["game_date", "lined", "lined_mae", "line_mae", "bets", "accuracy"]]
    return Findings(failing, season.loc[has_lines | has_bets, "game_date"], observed, due=season["game_date"])


def worse_than_naive(rows: pd.DataFrame) -> Findings:
    """Windows in which the mean of the last 10 games had a smaller error than the ensemble on the same rows."""
    found = pd.concat([_overall(rows, name) for name in ("30_days", "season")])
    due = found[found["system_id"] == "ensemble"]
    found = due[due["graded"] >= LEAST_GRADED]
    worse = found[found["mae"] > found["naive_mae"]]
    failing = _failing(worse, "MAE " + _text(worse["mae"]), "at most " + _text(worse["naive_mae"]) + ", the naive one")
    failing["key"] += " " + worse["time_window"]
    shown = found[found["time_window"] == "30_days"]
    compared = found.loc[found["mae"].notna() & found["naive_mae"].notna(), "game_date"]
    return Findings(failing, compared, shown[["game_date", "graded", "mae", "naive_mae"]], due=due["game_date"])


def bias(rows: pd.DataFrame) -> Findings:
    """Systems with a bias of more than half a point over 30 days."""
    due = _watched(rows)
    found = due[due["graded"] >= LEAST_GRADED]
    off = found[found["bias"].abs() > MOST_BIAS]
    failing = _failing(off, _text(off["bias"]), f"within {MOST_BIAS}")
    compared = found.loc[found["bias"].notna(), "game_date"]
    return Findings(failing, compared, _by_system(found, "bias"), due=due["game_date"])


def coverage(rows: pd.DataFrame) -> Findings:
    """Systems whose p10-p90 interval contained too few or too many results over 30 days."""
    due = _watched(rows)
    found = due[due["graded"] >= LEAST_GRADED]
    off = found[found["coverage_p10_p90"].notna() & ~found["coverage_p10_p90"].between(*COVERAGE)]
    failing = _failing(off, _text(off["coverage_p10_p90"]), f"from {COVERAGE[0]} to {COVERAGE[1]}")
    compared = found.loc[found["coverage_p10_p90"].notna(), "game_date"]
    return Findings(failing, compared, _by_system(found, "coverage_p10_p90"), due=due["game_date"])


ALARMS = (
    CrossCheck(
        "leak_alarm",
        {},
        leak_alarm,
        "No system is better than the line by more than .05 points over 2,000 lined rows of a season, nor right in "
        "more than 55 % of 2,000 bets: who is sees the future.",
        needs=f"{LEAST_LINED:,} predictions with a line or more than {LEAST_BETS:,} bets of the season so far",
    ),
    CrossCheck(
        "worse_than_naive",
        {},
        worse_than_naive,
        "Over 30 days and over the season the ensemble is not worse than the mean of the last 10 games.",
        is_error=False,
        needs=_ENOUGH,
    ),
    CrossCheck(
        "bias",
        {},
        bias,
        "Over 30 days the mean of ensemble and gradient_boosting is within .5 points.",
        is_error=False,
        needs=_ENOUGH,
    ),
    CrossCheck(
        "coverage",
        {},
        coverage,
        "Over 30 days p10 to p90 of ensemble and gradient_boosting hold 72 to 88 % of the results.",
        is_error=False,
        needs=_ENOUGH,
    ),
)


def _overall(rows: pd.DataFrame, window: str) -> pd.DataFrame:
    return rows[(rows["dimension"] == "overall") & (rows["time_window"] == window)]


def _watched(rows: pd.DataFrame) -> pd.DataFrame:
    found = _overall(rows, "30_days")
    return found[found["system_id"].isin(SYSTEMS)]


def _failing(rows: pd.DataFrame, found: pd.Series, expected: pd.Series | str) -> pd.DataFrame:
    return pd.DataFrame(
        {"game_date": rows["game_date"], "key": rows["system_id"], "found": found, "expected": expected},
        index=rows.index,
    ).astype({"key": "string[pyarrow]", "found": "string[pyarrow]", "expected": "string[pyarrow]"})


def _by_system(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """One column per system, one row per day: the same columns for any requested days."""
    wide = rows.pivot(index="game_date", columns="system_id", values=name)
    return wide.reindex(columns=list(SYSTEMS)).reset_index()


def _text(values: pd.Series) -> pd.Series:
    return values.map("{:.3f}".format).astype("string[pyarrow]")
