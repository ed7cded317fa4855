"""progress.json and progress.md: the automatic backfill log.

Every number comes from the ledger, the check results and the graded rows. Shares are truncated, never rounded up: 1
means that everything is done. Nothing depends on the clock, so the same state gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from nba_assets.basketball.calendar import season_label
from nba_assets.contracts.day_state import COUNTS, day_counts, word_of
from nba_assets.contracts.findings import by_reason, findings
from nba_assets.contracts.repairs import repair, with_history
from nba_assets.contracts.systems import SYSTEMS
from nba_assets.documents.canonical import records
from nba_assets.documents.parts import Documents, Record, floored_share, head
from nba_assets.tables.grading.intervals import ALL_SEASONS, FIRST_PREDICTED
from nba_assets.tables.grading.performance import READ
from nba_assets.tables.publishing.progress_text import markdown
from nba_assets.tables.publishing.quality import QualityFrames, legend, missing_days
from nba_assets.tables.publishing.systems import figures_of, sums_of

GRADED_COLUMNS = (*READ, "season", "game_id", "bet_price")
PREDICTED, GRADED = "player_prop_predictions", "prediction_accuracy"
OUR_SYSTEM = "ensemble"
PATHS = ("progress.json", "progress.md")
MOST_KEYS = 5
MOST_WARNED = 0.05
"""Share of game days with a warning up to which a table that is otherwise whole has an A."""
GRADE_FORMULA = (
    "Of the game days on which rows are due and a source covers them, A: all have their rows, no ERROR, warnings on at "
    "most 5 % of the game days. B: all have their rows, no ERROR. C: at least 99 % have their rows, and ERRORs on at "
    "most 1 % of the game days. D: 95 % and 5 %. F: less. No grade where no source covers a day."
)
_PARTS = ((0.99, 0.01, "C"), (0.95, 0.05, "D"))


@dataclass(frozen=True)
class ProgressFrames:
    """The frames that the progress documents are built from.

    quality: ledger, check results, game days and layers, see `QualityFrames`. graded: `graded_sums` of
    prediction_accuracy. stale: table_name, reason, days, first, last: days whose inputs or code changed since.
    """

    quality: QualityFrames
    graded: pd.DataFrame
    stale: pd.DataFrame


def documents(frames: ProgressFrames, newest: date, source: str) -> Documents:
    """progress.json, and progress.md with the same content as text.

    Args:
        frames: see `ProgressFrames`.
        newest: days after it are left out.
        source: archive, simulated or live.
    """
    known = frames.quality.until(newest)
    seasons = sorted(season_label(known.games["game_date"]).unique()) if len(known.games) else []
    status = _status(known, seasons)
    document: Record = {
        **head("progress", source, as_of=newest.isoformat()),
        "state_at": _state_at(known.ledger),
        "seasons": seasons,
        "states": legend(),
        "status": records(status, _STATUS_NAMES),
        "tables": _tables(known, seasons),
        "grade_formula": GRADE_FORMULA,
        "predictions": _predictions(known, frames.graded, seasons),
        "validation": _validation(known),
        "open": _open(known, frames.stale),
        "runs": _runs(known.ledger),
        "table_times": _table_times(known),
    }
    rows = len(document["status"])
    yield PATHS[0], document, rows
    yield PATHS[1], markdown(document), rows


_STATUS_NAMES = (
    *("table_name", "layer", "season", *COUNTS, "days_expected", "done_share", "failed_days", "warned_days"),
    *("uncompared_days", "state"),
)
_KEY = ["table_name", "season"]
_COUNTED = (
    *("days", "rows", *COUNTS, "empty", "superseded", "set_aside", "failed_days", "warned_days", "uncompared_days"),
)


def _state_at(ledger: pd.DataFrame) -> str | None:
    return None if ledger.empty else f"{ledger['written_at'].max():%Y-%m-%dT%H:%M:%SZ}"


def _status(known: QualityFrames, seasons: list[str]) -> pd.DataFrame:
    """One row per table and season: game days by state, and days with failed checks."""
    grid = pd.MultiIndex.from_product([list(known.layers), seasons], names=_KEY)
    found = day_counts(known.states, _KEY).reindex(grid, fill_value=0)
    found = found.reset_index()
    found["layer"] = found["table_name"].map(known.layers)
    found["done_share"] = _floored(found["days_complete"], found["days_expected"] - found["days_nothing_due"])
    of_words = ("days_complete", "days_not_covered", "days_missing", "failed_days")
    found["state"] = [word_of(*counts) for counts in found[list(of_words)].itertuples(index=False)]
    return found


def _floored(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Shares truncated to four decimals; NaN where `whole` is 0."""
    return (part * 10_000 // whole.where(whole > 0)) / 10_000


def _tables(known: QualityFrames, seasons: list[str]) -> list[Record]:
    """Days, rows, grade and grade metrics of every table, by season and over all seasons."""
    counts = day_counts(pd.concat([known.states, known.states.assign(season=ALL_SEASONS)]), _KEY)
    grid = pd.MultiIndex.from_product([list(known.layers), [*seasons, ALL_SEASONS]], names=_KEY)
    ledger = known.ledger[["table_name", "status", "reason"]].assign(
        season=season_label(known.ledger["game_date"]).astype(object)
    )
    ledger = pd.concat([ledger, ledger.assign(season=ALL_SEASONS)])
    passed = known.checks.groupby(["table_name", "game_date"])["passed"].agg(checks="size", checks_passed="sum")
    passed = passed.reset_index()
    passed["season"] = season_label(passed.pop("game_date")).astype(object)
    passed = pd.concat([passed, passed.assign(season=ALL_SEASONS)]).groupby(_KEY).sum()
    found = counts.reindex(grid, fill_value=0).join(passed).fillna(0).astype("int64").reset_index()
    open_days = ledger[~ledger["status"].isin(["ok", "empty", "superseded"])]
    skipped = open_days.groupby([*_KEY, "status", "reason"], dropna=False, sort=False).size().rename("days")
    by_table: dict[tuple[str, str], list[Record]] = {}
    for row in skipped.reset_index().sort_values("days", ascending=False, kind="stable").to_dict("records"):
        reason = None if pd.isna(row["reason"]) else row["reason"]
        by_table.setdefault((row["table_name"], row["season"]), []).append(
            {"status": row["status"], "reason": reason, "days": row["days"]}
        )
    names = (*_COUNTED, "checks", "checks_passed")
    order = {name: place for place, name in enumerate(known.layers)}
    found = found.assign(place=found["table_name"].map(order)).sort_values(["place", "season"], ignore_index=True)
    return [
        {
            "table_name": row["table_name"],
            "layer": known.layers[row["table_name"]],
            "season": row["season"],
            **{name: row[name] for name in names},
            "done_share": floored_share(row["days_complete"], row["days_expected"] - row["days_nothing_due"]),
            "passed_share": floored_share(row["checks_passed"], row["checks"]),
            "skipped": by_table.get((row["table_name"], row["season"]), []),
            "grade": grade(row),
        }
        for row in found.to_dict("records")
    ]


def grade(row: Mapping[Any, Any]) -> str | None:
    """The grade by GRADE_FORMULA from days_complete, days_missing, days_expected, failed_days, warned_days.

    None for a table without checks, and where no source covers any day.
    """
    expected, complete = row["days_expected"], row["days_complete"]
    covered = complete + row["days_missing"]
    if not row["checks"] or not covered:
        return None
    is_whole = not row["days_missing"] and not row["failed_days"]
    if is_whole:
        return "A" if row["warned_days"] <= MOST_WARNED * expected else "B"
    for done, failed, letter in _PARTS:
        if complete >= done * covered and row["failed_days"] <= failed * expected:
            return letter
    return "F"


def graded_sums(graded: pd.DataFrame) -> pd.DataFrame:
    """Sums of graded rows (GRADED_COLUMNS) by day, season, system and outcome: those of `systems.sums_of`, and
    player_games, which counts a player-game with the first of its systems only."""
    is_first = ~graded.duplicated(["game_date", "game_id", "player_id", "outcome"])
    counts = sums_of(graded).assign(player_games=is_first.astype("int64"))
    keys = [graded[name] for name in ("game_date", "season", "system_id", "outcome")]
    return counts.groupby(keys, observed=True).sum().reset_index()


def _predictions(known: QualityFrames, graded: pd.DataFrame, seasons: list[str]) -> list[Record]:
    """Game days with predictions, reasons why others have none, outcomes, and the errors of every system."""
    days = known.games["game_date"].drop_duplicates().sort_values(ignore_index=True)
    label = season_label(days).astype(object)
    graded = graded.astype({"season": object})
    ours = graded[graded["system_id"] == OUR_SYSTEM]
    outcomes = graded.groupby(["season", "outcome"], observed=True)["player_games"].sum().rename("n").reset_index()
    has_rows = days.isin(ours["game_date"])
    why = _why_not(known, days)
    bad = known.checks[~known.checks["passed"].astype(bool) & (known.checks["severity"] == "ERROR")]
    failed = days.isin(bad.loc[bad["table_name"].isin([PREDICTED, GRADED]), "game_date"])
    sums = graded.drop(columns=["game_date", "outcome", "player_games"])
    sums = sums.groupby(["season", "system_id"]).sum().reset_index()
    total = sums.drop(columns="season").groupby("system_id").sum().reset_index().assign(season=ALL_SEASONS)
    sums = pd.concat([sums, total], ignore_index=True)
    names = ("n", "mae", "bias", "naive_mae", "lined", "lined_mae", "line_mae")
    figures = pd.concat([sums[["season", "system_id"]], figures_of(sums)], axis=1)
    places = {name: place for place, name in enumerate(SYSTEMS)}
    figures = figures.sort_values("system_id", key=lambda column: column.map(places), kind="stable")
    found = []
    for season in (*seasons, ALL_SEASONS):
        of_season = np.ones(len(days), dtype=bool) if season == ALL_SEASONS else (label == season).to_numpy()
        of_games = outcomes if season == ALL_SEASONS else outcomes[outcomes["season"] == season]
        outcome = of_games.groupby("outcome", observed=True)["n"].sum()
        skipped = why[of_season & ~has_rows.to_numpy()].value_counts()
        found.append(
            {
                "season": season,
                "game_days": int(of_season.sum()),
                "successful": int((of_season & has_rows.to_numpy()).sum()),
                "skipped": [{"reason": reason, "days": int(number)} for reason, number in skipped.items()],
                "failed": int((of_season & failed.to_numpy()).sum()),
                "player_games": int(of_games["n"].sum()),
                "graded": int(outcome.get("graded", 0)),
                "voids": int(outcome.get("void", 0)),
                "not_ingested": int(outcome.get("not_ingested", 0)),
                "systems": records(figures[figures["season"] == season], ("system_id", *names)),
            }
        )
    return found


def _why_not(known: QualityFrames, days: pd.Series) -> pd.Series:
    """The reason why each day has no graded prediction; reasons from predictions precede those from grading."""
    why = pd.Series("its games have no player with three earlier games and a model in force", index=days.index)
    why[days < pd.Timestamp(FIRST_PREDICTED)] = f"before {FIRST_PREDICTED}, the first day that a model serves"
    for name in (GRADED, PREDICTED):
        of_table = known.ledger[known.ledger["table_name"] == name].set_index("game_date")
        status = of_table["status"].reindex(days).reset_index(drop=True)
        reason = of_table["reason"].reindex(days).reset_index(drop=True)
        is_open = ~status.isin(["ok", "empty"]) & status.notna()
        texts = status.astype(object) + ": " + reason.astype(object).fillna("no reason was given")
        why = why.mask(is_open.to_numpy(dtype=bool), f"{name} is " + texts)
        why = why.mask(status.isna().to_numpy(dtype=bool), f"{name} was never made")
    return why


def _validation(known: QualityFrames) -> list[Record]:
    """Days evaluated and days passed of every check, and its failures by reason."""
    checks = known.checks
    key = ["table_name", "check_name", "severity", "reason"]
    reasons = by_reason(checks)[[*key, "game_date", "failing_keys", "n"]]
    keys: dict[tuple[str, ...], list[str]] = {}
    newest = reasons.sort_values("game_date", ascending=False, kind="stable").groupby(key).head(MOST_KEYS)
    for *group, day, text in newest[[*key, "game_date", "failing_keys"]].itertuples(index=False):
        keys.setdefault(tuple(group), []).extend(f"{day:%Y-%m-%d} {name}" for name in _keys_of(text, group[-1]))
    by_group = reasons.groupby(key, sort=False).agg(
        days=("game_date", "nunique"), failing=("n", "sum"), first=("game_date", "min"), last=("game_date", "max")
    )
    failed: dict[tuple[str, str], list[Record]] = {}
    for row in by_group.reset_index().itertuples(index=False):
        failed.setdefault((row.table_name, row.check_name), []).append(
            {
                "reason": row.reason,
                "severity": row.severity,
                "days": int(row.days),
                "failing": int(row.failing),
                "first_day": f"{row.first:%Y-%m-%d}",
                "last_day": f"{row.last:%Y-%m-%d}",
                "keys": keys[row.table_name, row.check_name, row.severity, row.reason][:MOST_KEYS],
            }
        )
    found = (
        checks.assign(is_error=checks["severity"] == "ERROR")
        .groupby(["place", "table_name", "check_name"])
        .agg(is_error=("is_error", "any"), days_evaluated=("game_date", "size"), days_passed=("passed", "sum"))
        .reset_index()
    )
    return [
        {
            "table_name": row["table_name"],
            "layer": known.layers[row["table_name"]],
            "check_name": row["check_name"],
            "severity": "ERROR" if row["is_error"] else "WARN",
            "days_evaluated": row["days_evaluated"],
            "days_passed": int(row["days_passed"]),
            "passed_share": floored_share(int(row["days_passed"]), row["days_evaluated"]),
            "failed_by_reason": sorted(
                failed.get((row["table_name"], row["check_name"]), []), key=lambda part: -int(part["days"])
            ),
        }
        for row in found.to_dict("records")
    ]


def _keys_of(text: str | None, reason: str) -> list[str | None]:
    """The keys that a result lists for a reason; all keys if none is assigned to a reason."""
    listed = findings(text)
    return [finding.key for finding in [each for each in listed if each.reason == reason] or listed]


def _open(known: QualityFrames, stale: pd.DataFrame) -> list[Record]:
    """What is missing, failed, partial or stale, with the command that repairs it."""
    found = [
        _item(
            "missing", row["table_name"], row["game_date"], row["last_date"], row["days"], row["reason"], row["command"]
        )
        for row in missing_days(known)
    ]
    errors = by_reason(known.checks[known.checks["severity"] == "ERROR"])
    for (table, check, reason), rows in errors.groupby(["table_name", "check_name", "reason"], sort=False):
        first, last = rows["game_date"].min().date(), rows["game_date"].max().date()
        command = repair(table, first, last, is_made=True)
        found.append(
            _item("failed", table, f"{first}", f"{last}", rows["game_date"].nunique(), f"{check}: {reason}", command)
        )
    partial = known.ledger[known.ledger["status"] == "partial_history"]
    for table, rows in partial.groupby("table_name", sort=False):
        first, last = rows["game_date"].min().date(), rows["game_date"].max().date()
        reason = f"made from an incomplete history; first: {rows['reason'].iloc[0]}"
        command = with_history(str(table), first, last)
        found.append(_item("partial", table, f"{first}", f"{last}", len(rows), reason, command))
    for row in stale[stale["table_name"].isin(list(known.layers))].to_dict("records"):
        if row["reason"] in ("never made", "not final when made"):
            continue
        first, last = row["first"].date(), row["last"].date()
        command = f"nba-assets backfill --stale --from {first} --to {last} --select +{row['table_name']}"
        found.append(_item("stale", row["table_name"], f"{first}", f"{last}", row["days"], row["reason"], command))
    order = {name: place for place, name in enumerate(known.layers)}
    return sorted(found, key=lambda item: order[item["table_name"]])


def _item(kind: str, table: str, first: str, last: str, days: int, reason: str, command: str) -> Record:
    return {
        "kind": kind,
        "table_name": table,
        "first_day": first,
        "last_day": last,
        "days": int(days),
        "reason": reason,
        "command": command,
    }


def _runs(ledger: pd.DataFrame) -> list[Record]:
    """Runs according to the ledger, newest first."""
    found = (
        ledger.groupby("run_id")
        .agg(
            first_day=("game_date", "min"),
            last_day=("game_date", "max"),
            tables=("table_name", "nunique"),
            days=("game_date", "size"),
            rows=("rows", "sum"),
            started_at=("read_at", "min"),
            ended_at=("written_at", "max"),
        )
        .reset_index()
        .sort_values(["ended_at", "run_id"], ascending=[False, True], ignore_index=True)
    )
    found["seconds"] = (found["ended_at"] - found["started_at"]).dt.total_seconds()
    return records(found)


def _table_times(known: QualityFrames) -> list[Record]:
    """Seconds from reading to writing per table, summed over its runs, slowest first."""
    of_run = (
        known.ledger.groupby(["place", "table_name", "run_id"])
        .agg(
            days=("game_date", "size"),
            rows=("rows", "sum"),
            read_at=("read_at", "min"),
            written_at=("written_at", "max"),
        )
        .reset_index()
    )
    of_run["seconds"] = (of_run["written_at"] - of_run["read_at"]).dt.total_seconds()
    found = of_run.groupby(["place", "table_name"])[["days", "rows", "seconds"]].sum().reset_index()
    found["layer"] = found["table_name"].map(known.layers)
    found = found.sort_values(["seconds", "place"], ascending=[False, True], ignore_index=True)
    return records(found, ("table_name", "layer", "days", "rows", "seconds"))
