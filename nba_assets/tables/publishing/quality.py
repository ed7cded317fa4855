"""quality/{date}.json and quality/calendar.json: the state of every table on a day, and what is broken now.

Everything comes from the ledger and the check results. Both documents show the current state: for a rebuilt day only
the newest row counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from nba_assets.contracts.day_state import (
    MARKS,
    MEANINGS,
    STATES,
    day_counts,
    day_states,
    missing_ranges,
    partial_ranges,
)
from nba_assets.contracts.findings import Finding, by_reason, causes, findings
from nba_assets.contracts.publication import Publication
from nba_assets.contracts.repairs import SOURCE_HOLE, is_source_hole, repair, with_history
from nba_assets.documents.canonical import Records, records
from nba_assets.documents.parts import Documents, Record, by_key, head

DAYS_AT_A_TIME = 60
MOST_BROKEN = 500
"""Items of the standing list; broken_total says how many there are."""
CALENDAR_PATH = "quality/calendar.json"
LEDGER = "ledger"
"""Stands for the check where the day itself is missing or incomplete."""
DONE = ("ok", "empty", "absent_source", "superseded")
CODES: Mapping[str, str] = {
    "M": "missing: never made, or not final when made",
    "E": "an ERROR check failed",
    "P": "made from an incomplete history",
    "A": "no source covers the day, or a part of it",
    "W": "a WARN check failed",
    "N": "a check had nothing to compare",
    "O": "rows, and every check passed",
    "S": "its product was replaced by that of a newer day",
    ".": "no rows, and none expected",
    " ": "no games, never made",
}
"""Codes of the heat map, the worst first."""
_RESULT_COLUMNS = (
    *("table_name", "check_name", "game_date", "passed", "severity", "cause", "failing", "reasons", "failing_keys"),
    "observed",
)
_LEDGER_NAMES = ("table_name", "layer", "status", "reason", "rows", "set_aside", "duplicates", "missing_days")
_CHECK_NAMES = ("check_name", "passed", "severity", "failing", "reasons", "observed", "failing_keys")


@dataclass(frozen=True)
class QualityFrames:
    """The input of the documents.

    ledger: newest rows of quality.partition_log. checks: _RESULT_COLUMNS of quality.check_results. games: game_date
    and games, days with competitive games. layers: layer by table, tables in dependency order; other tables are not
    reported.
    """

    ledger: pd.DataFrame
    checks: pd.DataFrame
    games: pd.DataFrame
    layers: Mapping[str, str]

    @cached_property
    def states(self) -> pd.DataFrame:
        """The state of every table on every game day, see `state.day_states`."""
        return day_states(self.ledger, self.checks, self.games, self.layers)

    def until(self, newest: date) -> QualityFrames:
        """The frames limited to the tables of `layers` and the days up to `newest`, in the order of the tables."""
        day, place = pd.Timestamp(newest), {name: n for n, name in enumerate(self.layers)}

        def kept(frame: pd.DataFrame, *order: str) -> pd.DataFrame:
            codes, names = pd.factorize(frame["table_name"])
            places = np.array([*(place.get(name, -1) for name in names), -1])[codes]
            is_kept = (places >= 0) & (frame["game_date"] <= day).to_numpy()
            # Sorting numbers takes a fifth of the time of sorting a quarter of a million texts.
            keys = [pd.factorize(frame[name], sort=True)[0] for name in reversed(order)]
            chosen = np.lexsort([*keys, places])
            chosen = chosen[is_kept[chosen]]
            return frame.take(chosen).assign(place=places[chosen]).reset_index(drop=True)

        return QualityFrames(
            kept(self.ledger, "game_date"),
            kept(self.checks, "check_name", "game_date"),
            self.games[self.games["game_date"] <= day],
            self.layers,
        )


def quality_frames(publication: Publication, first: date | None = None, last: date | None = None) -> QualityFrames:
    """The current state of the tables; with `first` and `last`, only of the days from `first` to `last`."""
    games = publication.expected_games()
    is_asked = pd.Series(True, index=games.index)
    is_asked &= True if first is None else games["game_date"] >= pd.Timestamp(first)
    is_asked &= True if last is None else games["game_date"] <= pd.Timestamp(last)
    return QualityFrames(
        publication.ledger(first, last),
        publication.check_results(_RESULT_COLUMNS, first, last),
        games[is_asked],
        publication.layers(),
    )


def documents(frames: QualityFrames, days: Sequence[date], newest: date, source: str) -> Documents:
    """One document per day, and the calendar of all days up to the newest.

    Args:
        frames: see `QualityFrames`.
        days: the days to write documents for.
        newest: the as-of day of the calendar.
        source: archive, simulated or live.
    """
    known = frames.until(newest)
    yield from day_documents(known, days, source)
    yield calendar_document(known, newest, source)


def day_documents(frames: QualityFrames, days: Sequence[date], source: str) -> Documents:
    """quality/{date}.json of each of the days.

    Results are converted to records for DAYS_AT_A_TIME days at a time, so that memory does not grow with the days.
    """
    wanted = pd.DatetimeIndex(sorted(set(days)))
    states = frames.states.set_index(["table_name", "game_date"])["state"].to_dict()
    for start in range(0, len(wanted), DAYS_AT_A_TIME):
        yield from _some_day_documents(frames, wanted[start : start + DAYS_AT_A_TIME], states, source)


def _some_day_documents(
    frames: QualityFrames, wanted: pd.DatetimeIndex, states: Mapping[tuple[str, pd.Timestamp], str], source: str
) -> Documents:
    """The documents of a few days; `states` by table and day."""
    ledger = frames.ledger[frames.ledger["game_date"].isin(wanted)]
    checks = frames.checks[frames.checks["game_date"].isin(wanted)]
    checks = checks.assign(
        reasons=[_reasons(text) for text in checks["reasons"]],
        observed=[json.loads(text) for text in checks["observed"]],
        failing_keys=[[_said(finding) for finding in findings(text)] for text in checks["failing_keys"]],
        cause=causes(checks),
    )
    found = by_key(checks.assign(cell=_cell(checks, wanted, len(frames.layers))), "cell", (*_CHECK_NAMES, "cause"))
    rows = ledger.assign(cell=_cell(ledger, wanted, len(frames.layers)))
    held = {key: part[0] for key, part in by_key(rows, "cell", [*_LEDGER_NAMES[2:], "content_changed_at"]).items()}
    game_days = set(frames.games["game_date"])
    tables = list(frames.layers)
    unmade = dict.fromkeys((*_LEDGER_NAMES[2:], "content_changed_at"))
    for position, day in enumerate(wanted):
        listed: list[dict[str, Any]] = []
        told: list[Record] = []
        for place, name in enumerate(tables):
            cell = position * len(tables) + place
            results: list[Record] = found.get(cell, Records())
            if cell not in held and not results and day not in game_days:
                continue
            told.extend(results)
            listed.append(
                {
                    "table_name": name,
                    "layer": frames.layers[name],
                    "state": states.get((name, day)),
                    **held.get(cell, unmade),
                    "checks": [{key: row[key] for key in _CHECK_NAMES} for row in results],
                }
            )
        failed = [row for row in told if not row["passed"]]
        count = len(told)
        errors = sum(row["severity"] == "ERROR" for row in failed)
        bare = sum(row["cause"] == "nothing_compared" for row in failed)
        text = f"{day:%Y-%m-%d}"
        document = {
            **head("quality-day", source, game_date=text),
            "is_game_day": day in game_days,
            "counts": {
                "checks": count,
                "passed": count - len(failed),
                "errors": errors,
                "warnings": len(failed) - errors - bare,
                "not_compared": bare,
            },
            "tables": Records(listed),
        }
        yield f"quality/{text}.json", document, count


def _cell(rows: pd.DataFrame, days: pd.DatetimeIndex, tables: int) -> np.ndarray:
    """The position of each row's day and table among all days and tables."""
    found: np.ndarray = days.get_indexer(rows["game_date"]) * tables + rows["place"].to_numpy()
    return found


def _said(finding: Finding) -> dict[str, str | None]:
    """A finding in the form used in the documents."""
    return {"key": finding.key, "found": finding.found, "expected": finding.expected}


def _reasons(text: str) -> list[dict[str, Any]]:
    return [{"reason": reason, "n": n} for reason, n in json.loads(text).items()]


def calendar_document(frames: QualityFrames, newest: date, source: str) -> tuple[str, dict[str, Any], int]:
    """quality/calendar.json."""
    ledger, checks = frames.ledger, frames.checks
    known = [part["game_date"].min() for part in (ledger, frames.games) if len(part)]
    first = min(known, default=pd.Timestamp(newest))
    days = pd.date_range(first, pd.Timestamp(newest))
    games = frames.games.set_index("game_date")["games"].reindex(days, fill_value=0).astype("int64")
    letters = _letters(frames, days)
    rows = ledger.groupby("table_name")["rows"].sum()
    of_states = day_counts(frames.states, ["table_name"]) if len(frames.states) else None
    tables = [
        {
            "table_name": name,
            "layer": layer,
            "codes": "".join(letters[place]),
            "counts": [
                {"code": code, "days": int(number)} for code in CODES if (number := int((letters[place] == code).sum()))
            ],
            "game_days": {
                state: 0 if of_states is None else int(of_states.loc[name, f"days_{state}"]) for state in STATES
            },
            "rows": int(rows.get(name, 0)),
        }
        for place, (name, layer) in enumerate(frames.layers.items())
    ]
    broken = _broken(frames)
    warnings = _warnings(checks, frames.layers)
    document = {
        **head("quality-calendar", source, as_of=newest.isoformat()),
        "codes": [{"code": code, "meaning": meaning} for code, meaning in CODES.items()],
        "states": legend(),
        "days": days.strftime("%Y-%m-%d").tolist(),
        "games": games.tolist(),
        "tables": tables,
        "broken": broken[:MOST_BROKEN],
        "broken_total": len(broken),
        "warnings": warnings,
    }
    return CALENDAR_PATH, document, len(tables)


def legend() -> list[Record]:
    """The states that are counted, with their symbols."""
    return [{"state": state, "mark": mark, "meaning": MEANINGS[state]} for state, mark in MARKS.items()]


def _letters(frames: QualityFrames, days: pd.DatetimeIndex) -> np.ndarray:
    """The state code of every table (row) and day (column); of several states the worst."""
    states, status = frames.states, frames.states["status"]
    codes = np.select(
        [
            (status.isna() & states["is_game_day"]) | (status == "not_final"),
            states["has_error"],
            status == "partial_history",
            (status == "absent_source") | (states["state"] == "not_covered"),
            states["has_warning"],
            states["is_uncompared"],
            states["rows"] > 0,
            status == "superseded",
            status.notna(),
        ],
        ["M", "E", "P", "A", "W", "N", "O", "S", "."],
        default=" ",
    )
    found = np.full((len(frames.layers), len(days)), " ", dtype=object)
    place = states["table_name"].map({name: n for n, name in enumerate(frames.layers)}).to_numpy(dtype=np.int64)
    position = days.get_indexer(states["game_date"])
    found[place[position >= 0], position[position >= 0]] = codes[position >= 0]
    return found


def _broken(frames: QualityFrames) -> list[dict[str, Any]]:
    """What is broken now, newest first: failed ERROR checks by key, missing days, days built from partial inputs."""
    found = _failed_errors(frames) + missing_days(frames) + _partial_days(frames)
    order = {name: place for place, name in enumerate(frames.layers)}
    found.sort(key=lambda item: order[item["table_name"]])
    found.sort(key=lambda item: item["last_date"], reverse=True)
    return found


def _failed_errors(frames: QualityFrames) -> list[dict[str, Any]]:
    checks = frames.checks
    bad = checks[~checks["passed"].astype(bool) & (checks["severity"] == "ERROR")]
    held = frames.ledger.set_index(["table_name", "game_date"])["status"]
    bad = bad.assign(status=held.reindex(pd.MultiIndex.from_frame(bad[["table_name", "game_date"]])).to_numpy())
    bad = bad.assign(is_source_hole=is_source_hole(bad, frames.layers) & bad["status"].isin(DONE))
    found = []
    for row in bad.to_dict("records"):
        day = row["game_date"].date()
        reasons = "; ".join(json.loads(row["reasons"])) or "no reason was given"
        if row["is_source_hole"]:
            reasons += f". {SOURCE_HOLE}"
        keys = findings(row["failing_keys"]) or [Finding(None)]
        common = {
            "table_name": row["table_name"],
            "layer": frames.layers[row["table_name"]],
            "game_date": day.isoformat(),
            "last_date": day.isoformat(),
            "days": 1,
            "check_name": row["check_name"],
            "severity": "ERROR",
            "reason": reasons,
            "is_source_hole": bool(row["is_source_hole"]),
        }
        again = repair(row["table_name"], day, day, is_made=True)
        found += [common | {"command": key.command or again} | _said(key) for key in keys]
    return found


def missing_days(frames: QualityFrames) -> list[dict[str, Any]]:
    """Ranges of game days of each table that were never built, or were not final when built."""
    found = []
    for row in missing_ranges(frames.states).to_dict("records"):
        name, first, last = row["table_name"], row["first"].date(), row["last"].date()
        reason = "not final when made" if row["is_open"] else "never made"
        command = repair(name, first, last, is_made=False)
        found.append(_of_ledger(name, frames.layers[name], (first, last), row["days"], reason, command))
    return found


def _partial_days(frames: QualityFrames) -> list[dict[str, Any]]:
    found = []
    for row in partial_ranges(frames.states).to_dict("records"):
        name, first, last = row["table_name"], row["first"].date(), row["last"].date()
        command = with_history(name, first, last)
        found.append(_of_ledger(name, frames.layers[name], (first, last), row["days"], row["reason"], command))
    return found


def _of_ledger(table: str, layer: str, span: tuple[date, date], days: int, reason: str, command: str) -> dict[str, Any]:
    return {
        "table_name": table,
        "layer": layer,
        "game_date": span[0].isoformat(),
        "last_date": span[1].isoformat(),
        "days": days,
        "check_name": LEDGER,
        "severity": "ERROR",
        "reason": reason,
        "is_source_hole": False,
        "command": command,
        "key": None,
        "found": None,
        "expected": None,
    }


def _warnings(checks: pd.DataFrame, layers: Mapping[str, str]) -> Records:
    rows = by_reason(checks[checks["severity"] == "WARN"])
    rows = rows.assign(is_source_hole=is_source_hole(rows, layers))
    found = (
        rows.groupby(["table_name", "check_name", "reason"], sort=False)
        .agg(
            place=("place", "first"),
            days=("game_date", "nunique"),
            failing=("n", "sum"),
            first_day=("game_date", "min"),
            last_day=("game_date", "max"),
            is_source_hole=("is_source_hole", "first"),
        )
        .reset_index()
        .sort_values(["days", "place", "check_name", "reason"], ascending=[False, True, True, True], ignore_index=True)
    )
    found["layer"] = found["table_name"].map(layers)
    found["command"] = [
        repair(name, first.date(), last.date(), is_made=True)
        for name, first, last in zip(found["table_name"], found["first_day"], found["last_day"], strict=True)
    ]
    names = ("table_name", "layer", "check_name", "reason", "days", "failing", "first_day", "last_day")
    return records(found, (*names, "is_source_hole", "command"))
