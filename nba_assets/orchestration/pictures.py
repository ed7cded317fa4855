"""One image of a table over the seasons: rows per day, and below them the checks per day.

It is part of the metadata of the newest day, so it is drawn in every run of every table. Setting pixels in an array
takes a few milliseconds and yields about 4 kB; a plotting library takes a tenth of a second and ten times the space.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Sequence

import dagster as dg
import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from nba_assets.basketball.calendar import Season

TITLE = "rows and checks by day"
PASSED, WARNING, FAILED, NO_DAY, NOT_CHECKED, ROWS, TEXT, PAPER = range(8)
_COLOURS = ("#2f9e6e", "#e8a33d", "#cc3b3b", "#ececec", "#9fb3c8", "#4a6fa5", "#333333", "#ffffff")
_LEFT, _DAY, _HEIGHT_OF_ROWS, _HEIGHT_OF_CHECK, _LINE = 52, 2, 22, 6, 14


def codes(
    days: pd.DatetimeIndex, failed: pd.DataFrame, check_names: Sequence[str], not_checked: Collection[pd.Timestamp] = ()
) -> np.ndarray:
    """Colour code of each check (row) and day (column).

    Args:
        days: days that were built.
        failed: failed results: check_name, game_date, severity.
        check_names: order of the rows.
        not_checked: days without results so far.
    """
    found = np.full((len(check_names), len(days)), PASSED, dtype=np.uint8)
    unchecked = days.get_indexer(pd.DatetimeIndex(list(not_checked)))
    found[:, unchecked[unchecked >= 0]] = NOT_CHECKED
    lines = pd.Index(check_names, dtype=object).get_indexer(failed["check_name"].to_numpy(dtype=object))
    columns = days.get_indexer(pd.DatetimeIndex(failed["game_date"]))
    severities = failed["severity"].to_numpy(dtype=object)
    for severity, code in (("WARN", WARNING), ("ERROR", FAILED)):
        bad = (severities == severity) & (lines >= 0) & (columns >= 0)
        places = lines[bad], columns[bad]
        found[places] = np.where(found[places] == NOT_CHECKED, NOT_CHECKED, code)
    return found


def seasons_picture(
    ledger: pd.DataFrame,
    failed: pd.DataFrame,
    check_names: Sequence[str],
    not_checked: Collection[pd.Timestamp] = (),
) -> dg.MarkdownMetadataValue:
    """The image as metadata; one line per season, from July to June.

    Args:
        ledger: newest row of each day of a table: game_date, rows.
        failed: as in `codes`.
        check_names: as in `codes`.
        not_checked: as in `codes`.
    """
    days = pd.DatetimeIndex(ledger["game_date"])
    starts = np.where(days.month >= 7, days.year, days.year - 1)
    first_of_july = (12 * (starts - 1970) + 6).astype("datetime64[M]").astype("datetime64[D]")
    column = (days.to_numpy().astype("datetime64[D]") - first_of_july).astype(np.int64)
    seasons = np.unique(starts).tolist()
    line = np.searchsorted(seasons, starts)
    rows = ledger["rows"].to_numpy(dtype=np.float64)
    height = np.ceil(rows / max(rows.max(initial=0), 1) * (_HEIGHT_OF_ROWS - 2)).astype(int)

    of_rows = np.full((len(seasons), _HEIGHT_OF_ROWS, 366), PAPER, dtype=np.uint8)
    of_rows[:, -1, :] = NO_DAY
    levels = np.arange(_HEIGHT_OF_ROWS)[::-1]
    of_rows[line, :, column] = np.where(levels[None, :] < height[:, None], ROWS, of_rows[line, :, column])
    of_checks = np.full((len(check_names), len(seasons), 366), NO_DAY, dtype=np.uint8)
    for place, of_check in enumerate(codes(days, failed, check_names, not_checked)):
        of_checks[place, line, column] = of_check

    title = np.full((_LINE, 366), PAPER, dtype=np.uint8)
    labels: list[tuple[int, int, str]] = [(_LEFT, 0, f"rows by day, up to {int(rows.max(initial=0)):,}")]
    parts, top = [title], _LINE
    for place, start in enumerate(seasons):
        labels.append((2, top + 5, Season(int(start)).label))
        parts.append(of_rows[place])
        top += _HEIGHT_OF_ROWS
    for place, name in enumerate(check_names):
        labels.append((_LEFT, top, f"{name}: {_summary(of_checks[place])}"))
        parts += [title, np.repeat(of_checks[place], _HEIGHT_OF_CHECK, axis=0)]
        top += _LINE + len(seasons) * _HEIGHT_OF_CHECK
    pixels = np.repeat(np.concatenate(parts), _DAY, axis=1)
    pixels = np.pad(pixels, ((0, 4), (_LEFT, 4)), constant_values=PAPER)
    image = Image.fromarray(pixels)
    image.putpalette([int(colour[at : at + 2], 16) for colour in _COLOURS for at in (1, 3, 5)])
    draw = ImageDraw.Draw(image)
    for left, above, text in labels:
        draw.text((left, above + 1), text, fill=TEXT)
    file = io.BytesIO()
    image.save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    legend = (
        "A line is a season, July to June. Green: passed. Amber: a warning. Red: failed. Blue: built by this run, "
        "checked after it. Grey: never built."
    )
    return dg.MarkdownMetadataValue(f"![{TITLE}](data:image/png;base64,{data})\n\n{legend}")


def _summary(of_check: np.ndarray) -> str:
    bad, warned = int((of_check == FAILED).sum()), int((of_check == WARNING).sum())
    counts = ((bad, "failed"), (warned, "warned"))
    return ", ".join(f"{count} days {what}" for count, what in counts if count) or "passed"
