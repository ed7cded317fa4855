"""Reader of the NBA's official injury report, a PDF without ruled lines.

A piece of text belongs to the column in which it begins. Date, time, matchup and team are printed only in the first row
of a team, even across a page break. A wrapped reason is printed above and below the line of its player, so each piece
of a reason belongs to the nearest player on its page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from nba_assets.basketball.calendar import EASTERN
from nba_assets.sources.live.nba import ShapeError

STATUSES = ("Out", "Doubtful", "Questionable", "Probable", "Available")
NOT_SUBMITTED = "NOT YET SUBMITTED"
ALL_AVAILABLE = "ALL PLAYERS AVAILABLE"
HEADINGS = ("Game Date", "Game Time", "Matchup", "Team", "Player Name", "Current Status", "Reason")
QUARTERS_FROM = datetime(2025, 12, 22, 9, tzinfo=EASTERN)
"""Since then reports are published every quarter of an hour, and file names include the minute."""
_STARTS = {
    "compact": (24.0, 120.0, 200.0, 265.0, 426.0, 587.0, 667.0),
    "standard": (20.0, 94.0, 169.0, 243.0, 370.0, 498.0, 604.0),
}
"""Left edges of the columns HEADINGS, in PDF points: since May 2023, and before."""
_LEFT_OF = 6.0
_LINE = 2.5
_TITLE = re.compile(r"Injury Report: (\d{2}/\d{2}/\d{2}) (\d{1,2}:\d{2} [AP]M)")
_DAY = re.compile(r"\d{2}/\d{2}/\d{4}")
_MATCHUP = re.compile(r"[A-Z]{3}@[A-Z]{3}")


@dataclass(frozen=True)
class Entry:
    """One player of a report, or a team without listed players (`player` is None).

    player: `Last, First`, as printed. status: one of STATUSES, or NOT_SUBMITTED.
    """

    game_date: date
    matchup: str
    team: str
    player: str | None
    status: str
    reason: str


@dataclass(frozen=True)
class Report:
    """A report: publication time from its title, and its entries in file order."""

    published_at: datetime
    entries: tuple[Entry, ...]


@dataclass
class _Line:
    page: int
    top: float
    cells: dict[str, str]


def report_name(moment: datetime) -> str:
    """File name of the report of a quarter of an hour (US Eastern); before December 2025 it contains the hour only."""
    form = "%Y-%m-%d_%I_%M%p" if moment >= QUARTERS_FROM else "%Y-%m-%d_%I%p"
    return f"Injury-Report_{moment.strftime(form)}.pdf"


def read_report(body: bytes) -> Report:
    """Reads the report from a PDF.

    Raises:
        ShapeError: it is no PDF, has no title, or has a line outside the columns or without a known status.
    """
    import pdfplumber  # slow to import, and needed only here

    lines: list[_Line] = []
    loose: list[_Line] = []
    title = None
    try:
        with pdfplumber.open(io.BytesIO(body)) as pdf:
            for number, page in enumerate(pdf.pages):
                words = page.extract_words(keep_blank_chars=True, x_tolerance=2)
                title = title or next((found for word in words if (found := _TITLE.search(word["text"]))), None)
                for line in _lines(number, words):
                    (loose if set(line.cells) == {"Reason"} else lines).append(line)
    except ShapeError:
        raise
    except Exception as error:  # pdfminer raises many kinds for a damaged file
        raise ShapeError(f"it cannot be read as a PDF ({type(error).__name__})") from error
    if title is None:
        raise ShapeError("no title of the form 'Injury Report: MM/DD/YY HH:MM PM'")
    published = datetime.strptime(f"{title[1]} {title[2]}", "%m/%d/%y %I:%M %p").replace(tzinfo=EASTERN)
    _join_reasons(lines, loose)
    return Report(published, tuple(_entries(lines)))


def _lines(number: int, words: list[dict[str, Any]]) -> Iterator[_Line]:
    """The lines of a page by column, without title, headings and page number."""
    starts = _starts(words)
    rows: list[tuple[float, list[dict[str, Any]]]] = []
    for word in sorted(words, key=lambda word: (word["top"], word["x0"])):
        if rows and word["top"] - rows[-1][0] <= _LINE:
            rows[-1][1].append(word)
        else:
            rows.append((word["top"], [word]))
    for top, row in rows:
        texts = [word["text"].strip() for word in row]
        if any(_TITLE.search(text) or text.startswith("Page ") for text in texts) or set(texts) & set(HEADINGS):
            continue
        cells: dict[str, str] = {}
        for word in row:
            column = max((i for i, start in enumerate(starts) if word["x0"] >= start - _LEFT_OF), default=None)
            if column is None:
                raise ShapeError(f"{word['text']!r} is left of every column")
            name = HEADINGS[column]
            cells[name] = f"{cells[name]} {word['text'].strip()}" if name in cells else word["text"].strip()
        yield _Line(number, top, cells)


def _starts(words: list[dict[str, Any]]) -> tuple[float, ...]:
    """The left edges of the columns: from the headings if the page has them, else from the layout that fits its text.

    A continuation page has no headings.
    """
    of_heading = {word["text"].strip(): float(word["x0"]) for word in words if word["text"].strip() in HEADINGS}
    if len(of_heading) == len(HEADINGS):
        return tuple(of_heading[name] for name in HEADINGS)
    statuses = [float(word["x0"]) for word in words if word["text"].strip() in STATUSES]
    place = statuses[0] if statuses else _STARTS["compact"][5]
    return min(_STARTS.values(), key=lambda starts: abs(starts[5] - place))


def _join_reasons(lines: list[_Line], loose: list[_Line]) -> None:
    """Appends each piece of a reason to the nearest line with a status on its page, in print order."""
    parts: dict[int, list[tuple[float, str]]] = {}
    for piece in loose:
        near = [
            (abs(line.top - piece.top), index)
            for index, line in enumerate(lines)
            if line.page == piece.page and "Current Status" in line.cells
        ]
        if not near:
            raise ShapeError(f"the reason {piece.cells['Reason']!r} is near no player")
        parts.setdefault(min(near)[1], []).append((piece.top, piece.cells["Reason"]))
    for index, pieces in parts.items():
        line = lines[index]
        own = [(line.top, line.cells["Reason"])] if "Reason" in line.cells else []
        line.cells["Reason"] = " ".join(text for _, text in sorted([*own, *pieces]))


def _entries(lines: list[_Line]) -> Iterator[Entry]:
    day: date | None = None
    matchup = team = None
    for line in lines:
        cells = line.cells
        if "Game Date" in cells:
            if not _DAY.fullmatch(cells["Game Date"]):
                raise ShapeError(f"Game Date is {cells['Game Date']!r}, expected MM/DD/YYYY")
            day = datetime.strptime(cells["Game Date"], "%m/%d/%Y").date()
        if "Matchup" in cells:
            if not _MATCHUP.fullmatch(cells["Matchup"]):
                raise ShapeError(f"Matchup is {cells['Matchup']!r}, expected AWAY@HOME")
            matchup = cells["Matchup"]
        team = cells.get("Team", team)
        if day is None or matchup is None or team is None:
            raise ShapeError(f"a line before any game: {cells}")
        said = " ".join(cells.get(name, "") for name in HEADINGS[4:]).strip()
        if said in (NOT_SUBMITTED, ALL_AVAILABLE):
            if said == NOT_SUBMITTED:
                yield Entry(day, matchup, team, None, NOT_SUBMITTED, "")
            continue
        if cells.get("Current Status") not in STATUSES or "," not in cells.get("Player Name", ""):
            raise ShapeError(f"a line without a player and one of {', '.join(STATUSES)}: {cells}")
        yield Entry(day, matchup, team, cells["Player Name"], cells["Current Status"], cells.get("Reason", ""))
