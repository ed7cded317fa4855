"""The contract of the tables that list the published files of a product."""

from __future__ import annotations

from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import Known, TableContract

FILES = ("path", "rows", "bytes", "sha256")


def files_contract(name: str, known: Known, doc: str) -> TableContract:
    """One row per file: path below the published folder, rows in it, bytes, sha256.

    Args:
        name: name of the table.
        known: whether the files contain what was known before the games of their day, or after.
        doc: description of the product.
    """
    return TableContract(
        name=name,
        layer="publishing",
        key=("path",),
        known=known,
        columns=columns("game_date", *FILES),
        rules={
            "a path below v1/": lambda f: f["path"].str.startswith("v1/"),
            "sha256 in hex": lambda f: f["sha256"].str.fullmatch("[0-9a-f]{64}"),
            "no file without its sha256": lambda f: f["sha256"].notna() & f["bytes"].notna() & f["rows"].notna(),
        },
        doc=f"{doc} A row a file, which was written before the row was; files_stand reads each one again.",
    )
