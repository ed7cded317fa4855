"""What is published: files with what it takes to verify them, and the record of what was said before the tip."""

from __future__ import annotations

from nba_assets.contracts.columns.builders import of, text
from nba_assets.contracts.contract import Column

COLUMNS: tuple[Column, ...] = (
    text("path", "File below the published folder or bucket"),
    Column("rows", "integer", "Rows of data in the file", "count", low=0),
    Column("bytes", "integer", "Size of the file", "bytes", low=2),
    text("sha256", "sha256 of the file's bytes, in hex"),
    Column(
        "revision",
        "integer",
        "Counts what was published of a prediction before the tip, from 1: the highest stands; 0 = reconstructed",
        "count",
        low=0,
    ),
    of("timestamp", "made_at", "When the row was made"),
    text("inputs_fingerprint", "Fingerprint of what the row was made from"),
    Column("rank", "integer", "Place among the best bets of the day by expected value, 1 = highest", "count", low=1),
)
