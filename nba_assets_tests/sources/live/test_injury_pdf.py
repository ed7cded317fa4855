"""The reader of injury reports, on PDFs with the positions of both layouts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from nba_assets.basketball.calendar import EASTERN
from nba_assets.sources.live.injury_pdf import Entry, read_report
from nba_assets.sources.live.nba import ShapeError
from nba_assets_tests.injury_pdfs import COMPACT, STANDARD, page, pdf

MOMENT = datetime(2026, 11, 29, 17, 30, tzinfo=EASTERN)
DAY, NEXT = date(2026, 11, 29), date(2026, 11, 30)
ROWS = (
    (
        "11/29/2026",
        "07:00 (ET)",
        "ATL@MIA",
        "Atlanta Hawks",
        "Young, Trae",
        "Out",
        "Injury/Illness - Right Knee; Sprain",
    ),
    ("", "", "", "", "Porter Jr., Michael", "Questionable", "Injury/Illness - Left Lower Back;|Contusion"),
    ("", "", "", "Miami Heat", "Herro, Tyler", "Probable", "Rest"),
    ("11/30/2026", "08:00 (ET)", "BOS@DEN", "Boston Celtics", "NOT YET SUBMITTED", "", ""),
)
ENTRIES = (
    Entry(DAY, "ATL@MIA", "Atlanta Hawks", "Young, Trae", "Out", "Injury/Illness - Right Knee; Sprain"),
    Entry(
        DAY,
        "ATL@MIA",
        "Atlanta Hawks",
        "Porter Jr., Michael",
        "Questionable",
        "Injury/Illness - Left Lower Back; Contusion",
    ),
    Entry(DAY, "ATL@MIA", "Miami Heat", "Herro, Tyler", "Probable", "Rest"),
    Entry(NEXT, "BOS@DEN", "Boston Celtics", None, "NOT YET SUBMITTED", ""),
)


@pytest.mark.parametrize("starts", [COMPACT, STANDARD], ids=["compact", "standard"])
def test_every_row_is_read_in_both_layouts(starts: tuple[int, ...]) -> None:
    report = read_report(pdf([page(MOMENT, ROWS, starts=starts)]))
    assert report.published_at == MOMENT.astimezone(UTC)
    assert report.entries == ENTRIES


@pytest.mark.parametrize("starts", [COMPACT, STANDARD], ids=["compact", "standard"])
def test_a_page_without_headings_continues_a_team(starts: tuple[int, ...]) -> None:
    first = page(MOMENT, ROWS[:1], starts=starts)
    second = page(MOMENT, ROWS[1:], starts=starts, has_headings=False)
    assert read_report(pdf([first, second])).entries == ENTRIES


def test_a_reason_belongs_to_the_nearest_player() -> None:
    rows = [
        ("11/29/2026", "07:00 (ET)", "ATL@MIA", "Atlanta Hawks", "A, One", "Out", "above one|below one"),
        ("", "", "", "", "B, Two", "Doubtful", "above two|below two"),
    ]
    reasons = [entry.reason for entry in read_report(pdf([page(MOMENT, rows)])).entries]
    assert reasons == ["above one below one", "above two below two"]


def test_a_team_whose_players_are_all_available_has_no_entry() -> None:
    rows = [("11/29/2026", "07:00 (ET)", "ATL@MIA", "Atlanta Hawks", "ALL PLAYERS AVAILABLE", "", "")]
    assert read_report(pdf([page(MOMENT, rows)])).entries == ()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"%PDF-1.4 damaged", "PDF|title"),
        (b"<html>Access Denied</html>", "PDF"),
        (pdf([[(275, 550, "Something else")]]), "no title"),
        (pdf([page(MOMENT, [("", "", "", "", "A, One", "Out", "")])]), "before any game"),
        (pdf([page(MOMENT, [(*ROWS[0][:5], "Maybe", "")])]), "one of Out, Doubtful"),
        (pdf([page(MOMENT, [("tomorrow", *ROWS[0][1:])])]), "MM/DD/YYYY"),
    ],
)
def test_an_invalid_report_is_rejected(body: bytes, said: str) -> None:
    with pytest.raises(ShapeError, match=said):
        read_report(body)
