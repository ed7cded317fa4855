"""quality/{date}.json and quality/calendar.json: what every table holds of a day, and what is broken now.

Everything is from the ledger and the check results. Both say what is true now: of a day that was made again, only the
newest row counts.
"""

from __future__ import annotations

import json
import re
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
    NOTHING_TO_COMPARE,
    STATES,
    day_counts,
    day_states,
    is_uncompared,
)
from nba_assets.contracts.publication import Publication
from nba_assets.contracts.repairs import SOURCE_HOLE, is_source_hole, repair
from nba_assets.documents.canonical import Records, records
from nba_assets.documents.parts import Documents, Record, by_key, head

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
_FINDING = re.compile(r"^(?P<key>.*?): found (?P<found>.*), expected (?P<expected>.*)$", re.DOTALL)
_ROW = re.compile(r"^(?P<what>missing|not expected) (?P<key>.*)$", re.DOTALL)
_BROKEN = re.compile(r"^not: (?P<rule>.*): (?P<key>[^:]*(?::\d\d:\d\d[^:]*)*)$", re.DOTALL)
_UNUSUAL = re.compile(r"^(?P<what>\S+ (?:[<>] \S+|is .*?)): (?P<key>.*)$", re.DOTALL)
_NO_ROW, _A_ROW = "no row", "a row"
_COMMAND = re.compile(r"nba-assets [^;]+$")
_LEDGER_NAMES = ("table_name", "layer", "status", "reason", "rows", "set_aside", "duplicates", "missing_days")
_CHECK_NAMES = ("check_name", "passed", "severity", "failing", "reasons", "observed", "failing_keys")


@dataclass(frozen=True)
class QualityFrames:
    """What the documents are made of.

    ledger: newest rows of quality.partition_log. checks: quality.check_results. games: game_date and games, days with
    games that count. layers: layer by table, tables in the order in which they build on one another; of other tables
    nothing is said.
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
        """What is known of the tables and of the days up to `newest`, in the order of the tables."""
        day, place = pd.Timestamp(newest), {name: n for n, name in enumerate(self.layers)}

        def kept(frame: pd.DataFrame, *order: str) -> pd.DataFrame:
            rows = frame[(frame["game_date"] <= day) & frame["table_name"].isin(list(place))]
            rows = rows.assign(place=rows["table_name"].map(place).astype("int64"))
            return rows.sort_values(["place", *order], ignore_index=True)

        return QualityFrames(
            kept(self.ledger, "game_date"),
            kept(self.checks, "check_name", "game_date"),
            self.games[self.games["game_date"] <= day],
            self.layers,
        )


def quality_frames(publication: Publication) -> QualityFrames:
    """What is known about the tables as of now."""
    return QualityFrames(
        publication.ledger(), publication.check_results(), publication.expected_games(), publication.layers()
    )


def documents(frames: QualityFrames, days: Sequence[date], newest: date, source: str) -> Documents:
    """A document for each of the days, and the calendar over all days up to the newest.

    Args:
        frames: see `QualityFrames`.
        days: the days of which a document is wanted.
        newest: the day as of which the calendar speaks.
        source: archive, simulated or live.
    """
    known = frames.until(newest)
    yield from day_documents(known, days, source)
    yield calendar_document(known, newest, source)


def day_documents(frames: QualityFrames, days: Sequence[date], source: str) -> Documents:
    """quality/{date}.json of each of the days."""
    wanted = pd.DatetimeIndex(sorted(set(days)))
    ledger = frames.ledger[frames.ledger["game_date"].isin(wanted)]
    checks = frames.checks[frames.checks["game_date"].isin(wanted)]
    checks = checks.assign(
        reasons=[_reasons(text) for text in checks["reasons"]],
        observed=[json.loads(text) for text in checks["observed"]],
        failing_keys=[findings(text) for text in checks["failing_keys"]],
    )
    found = by_key(checks.assign(cell=_cell(checks, wanted, len(frames.layers))), "cell", ("table_name", *_CHECK_NAMES))
    rows = ledger.assign(cell=_cell(ledger, wanted, len(frames.layers)))
    held = {key: part[0] for key, part in by_key(rows, "cell", [*_LEDGER_NAMES[2:], "content_changed_at"]).items()}
    game_days = set(frames.games["game_date"])
    states = frames.states.set_index(["table_name", "game_date"])["state"].to_dict()
    tables = list(frames.layers)
    unmade = dict.fromkeys((*_LEDGER_NAMES[2:], "content_changed_at"))
    for position, day in enumerate(wanted):
        listed = []
        for place, name in enumerate(tables):
            cell = position * len(tables) + place
            results: list[Record] = found.get(cell, Records())
            if cell not in held and not results and day not in game_days:
                continue
            listed.append(
                {
                    "table_name": name,
                    "layer": frames.layers[name],
                    "state": states.get((name, day)),
                    **held.get(cell, unmade),
                    "checks": [{key: row[key] for key in _CHECK_NAMES} for row in results],
                }
            )
        failed = [row for part in listed for row in part["checks"] if not row["passed"]]
        count = sum(len(part["checks"]) for part in listed)
        errors = sum(row["severity"] == "ERROR" for row in failed)
        bare = sum(any(part["reason"].startswith(NOTHING_TO_COMPARE) for part in row["reasons"]) for row in failed)
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
    """Number of a day and table among all days and tables."""
    found: np.ndarray = days.get_indexer(rows["game_date"]) * tables + rows["place"].to_numpy()
    return found


def _reasons(text: str) -> list[dict[str, Any]]:
    return [{"reason": reason, "n": n} for reason, n in json.loads(text).items()]


def findings(text: str | None) -> list[dict[str, str | None]]:
    """The failing keys that a check listed, each with what was found and expected where the check says so."""
    if text is None or text is pd.NA:
        return []
    return [_finding(part) for part in text.split("; ")]


def _finding(text: str) -> dict[str, str | None]:
    """Key, found and expected of a text as the checks write them: cross checks, completeness, value_ranges, others."""
    if match := _FINDING.match(text):
        return match.groupdict()
    if match := _ROW.match(text):
        is_missing = match["what"] == "missing"
        found, expected = (_NO_ROW, _A_ROW) if is_missing else (_A_ROW, _NO_ROW)
        return {"key": match["key"], "found": found, "expected": expected}
    if match := _BROKEN.match(text):
        return {"key": match["key"], "found": None, "expected": match["rule"]}
    if match := _UNUSUAL.match(text):
        return {"key": match["key"], "found": match["what"], "expected": None}
    return {"key": text, "found": None, "expected": None}


def calendar_document(frames: QualityFrames, newest: date, source: str) -> tuple[str, dict[str, Any], int]:
    """quality/calendar.json."""
    ledger, checks = frames.ledger, frames.checks
    known = [part["game_date"].min() for part in (ledger, frames.games) if len(part)]
    first = min(known, default=pd.Timestamp(newest))
    days = pd.date_range(first, pd.Timestamp(newest))
    games = frames.games.set_index("game_date")["games"].reindex(days, fill_value=0).astype("int64")
    letters = _letters(frames, days, games.to_numpy() > 0)
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
    broken = _broken(frames, days[games.to_numpy() > 0])
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
    """The states that are counted, with their marks."""
    return [{"state": state, "mark": mark, "meaning": MEANINGS[state]} for state, mark in MARKS.items()]


def _letters(frames: QualityFrames, days: pd.DatetimeIndex, has_games: np.ndarray) -> np.ndarray:
    """The code of every table (row) and day (column); of several, the worst."""
    shape = (len(frames.layers), len(days))
    status = np.full(shape, None, dtype=object)
    rows = np.zeros(shape, dtype=np.int64)
    place, position = frames.ledger["place"].to_numpy(), days.get_indexer(frames.ledger["game_date"])
    status[place, position] = frames.ledger["status"].to_numpy(dtype=object)
    rows[place, position] = frames.ledger["rows"].to_numpy()
    uncovered = frames.states[frames.states["state"] == "not_covered"]
    places = {name: n for n, name in enumerate(frames.layers)}
    is_uncovered = np.zeros(shape, dtype=bool)
    of_table = uncovered["table_name"].map(places).to_numpy(dtype=np.int64)
    is_uncovered[of_table, days.get_indexer(uncovered["game_date"])] = True
    failed = {}
    is_failed, is_bare = ~frames.checks["passed"].astype(bool), is_uncompared(frames.checks)
    kinds = {
        "ERROR": is_failed & (frames.checks["severity"] == "ERROR"),
        "WARN": is_failed & (frames.checks["severity"] == "WARN") & ~is_bare,
        "NOTHING": is_bare,
    }
    for severity, is_kind in kinds.items():
        bad = frames.checks[is_kind]
        flags = np.zeros(shape, dtype=bool)
        position = days.get_indexer(bad["game_date"])
        flags[bad["place"].to_numpy()[position >= 0], position[position >= 0]] = True
        failed[severity] = flags
    never = pd.isna(status)
    return np.select(
        [
            (never & has_games) | (status == "not_final"),
            failed["ERROR"],
            status == "partial_history",
            (status == "absent_source") | is_uncovered,
            failed["WARN"],
            failed["NOTHING"],
            rows > 0,
            status == "superseded",
            ~never,
        ],
        ["M", "E", "P", "A", "W", "N", "O", "S", "."],
        default=" ",
    )


def _broken(frames: QualityFrames, game_days: pd.DatetimeIndex) -> list[dict[str, Any]]:
    """What is broken now, newest first: failed ERROR checks by key, days never made, days made of parts."""
    found = _failed_errors(frames) + missing_days(frames, game_days) + _partial_days(frames)
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
        keys = findings(row["failing_keys"]) or [dict.fromkeys(("key", "found", "expected"))]
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
            "command": repair(row["table_name"], day, day, is_made=True),
        }
        found += [common | key for key in keys]
    return found


def missing_days(frames: QualityFrames, game_days: pd.DatetimeIndex) -> list[dict[str, Any]]:
    """Ranges of game days of each table that were never made, or were not final when made."""
    ledger = frames.ledger
    found = []
    for name, layer in frames.layers.items():
        of_table = ledger[ledger["table_name"] == name].set_index("game_date")["status"].reindex(game_days)
        is_missing = of_table.isna() | of_table.eq("not_final").fillna(False)
        is_open = of_table.eq("not_final").fillna(False).to_numpy(dtype=bool)
        positions = np.flatnonzero(is_missing.to_numpy(dtype=bool))
        for run in np.split(positions, np.flatnonzero(np.diff(positions) != 1) + 1):
            if not len(run):
                continue
            first, last = game_days[run[0]].date(), game_days[run[-1]].date()
            reason = "not final when made" if is_open[run].all() else "never made"
            found.append(
                _of_ledger(name, layer, (first, last), len(run), reason, repair(name, first, last, is_made=False))
            )
    return found


def _partial_days(frames: QualityFrames) -> list[dict[str, Any]]:
    rows = frames.ledger[frames.ledger["status"] == "partial_history"]
    found = []
    for (name, reason), of_reason in rows.groupby(["table_name", "reason"], sort=False):
        first, last = of_reason["game_date"].min().date(), of_reason["game_date"].max().date()
        command = _COMMAND.search(reason)
        own = repair(name, first, last, is_made=False)
        found.append(
            _of_ledger(
                name,
                frames.layers[name],
                (first, last),
                len(of_reason),
                _COMMAND.sub("", reason).rstrip(" ;").removesuffix("make them with:").rstrip(" ;"),
                # The history first; then the day is stale, and the second command makes it again.
                f"{command.group(0)} && {own}" if command else own,
            )
        )
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


def by_reason(checks: pd.DataFrame) -> pd.DataFrame:
    """One row per failed result and reason: the columns of the result, reason, n (rows or keys of that reason)."""
    bad = checks[~checks["passed"].astype(bool)]
    pairs = [list(json.loads(text).items()) for text in bad["reasons"]]
    found = bad.assign(pair=pairs).explode("pair", ignore_index=True)
    found = found[found["pair"].notna()]
    return found.assign(
        reason=[pair[0] for pair in found["pair"]], n=np.array([pair[1] for pair in found["pair"]], dtype=np.int64)
    ).drop(columns="pair")


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
