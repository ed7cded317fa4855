"""`nba-assets docs`: writes the table reference."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nba_assets.cli.common import (
    console,
)
from nba_assets.settings import REPOSITORY

if TYPE_CHECKING:
    pass


@click.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), default=REPOSITORY / "docs" / "tables", help="Folder.")
def docs(folder: Path) -> None:
    """Write the table reference from the contracts."""
    from nba_assets.reports.reference import write_reference

    for path in write_reference(folder):
        console.print(f"wrote {path.name}")
