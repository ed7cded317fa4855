"""Published files with their checksums, and the record of the predictions published before tip-off."""

from __future__ import annotations

from nba_assets.contracts.columns.builders import of, text
from nba_assets.contracts.contract import Column

COLUMNS: tuple[Column, ...] = (
    text("path", "Path of the file in the published folder or bucket"),
    Column("rows", "integer", "Rows of data in the file", "count", low=0),
    Column("bytes", "integer", "Size of the file", "bytes", low=2),
    text("sha256", "sha256 of the file's bytes, in hex"),
    Column(
        "revision",
        "integer",
        "Number of the publication of a prediction before tip-off, from 1; the highest is final; 0 = reconstructed",
        "count",
        low=0,
    ),
    of("timestamp", "made_at", "When the row was built"),
    text("inputs_fingerprint", "Fingerprint of the inputs that the row was built from"),
    Column("rank", "integer", "Rank among the best bets of the day by expected value, 1 = highest", "count", low=1),
)
