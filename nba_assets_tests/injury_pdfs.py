"""Injury reports as hand-made PDFs, with the text positions of the NBA's reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

HEADINGS = ("Game Date", "Game Time", "Matchup", "Team", "Player Name", "Current Status", "Reason")
COMPACT = (24, 120, 200, 265, 426, 587, 667)
STANDARD = (20, 94, 169, 243, 370, 498, 604)
Piece = tuple[float, float, str]
"""x and y in points from the bottom left, and the text."""


def title(moment: datetime) -> str:
    return f"Injury Report: {moment:%m/%d/%y %I:%M %p}"


def page(
    moment: datetime,
    rows: Sequence[tuple[str, ...]],
    *,
    starts: Sequence[int] = COMPACT,
    has_headings: bool = True,
    gap: int = 22,
) -> list[Piece]:
    """The pieces of a page: rows of seven cells; a `/` in a reason wraps it, above and below its line."""
    pieces: list[Piece] = [(275, 550, title(moment))]
    if has_headings:
        pieces += [(x, 520, heading) for x, heading in zip(starts, HEADINGS, strict=True)]
    y = 500.0
    for row in rows:
        for x, text in zip(starts, row, strict=True):
            if x == starts[6] and "|" in text:
                above, below = text.split("|")
                pieces += [(x, y + 5, above), (x, y - 5, below)]
            elif text:
                pieces.append((x, y, text))
        y -= gap
    return pieces


def pdf(pages: Sequence[Sequence[Piece]]) -> bytes:
    """A PDF 1.4 of pages of 842 x 595 points in Helvetica 8."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * place} 0 R" for place in range(count))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for place, pieces in enumerate(pages):
        stream = "\n".join(f"BT /F1 8 Tf 1 0 0 1 {x} {y} Tm ({_escaped(text)}) Tj ET" for x, y, text in pieces)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 595] /Contents {5 + 2 * place} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{place:010d} 00000 n \n" for place in places).encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
