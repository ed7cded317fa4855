"""`nba-assets docs`: writes the generated pages of docs/."""

from __future__ import annotations

from pathlib import Path

import click

from nba_assets.cli.common import (
    console,
)
from nba_assets.settings import REPOSITORY


@click.command()
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=REPOSITORY / "docs", help="Folder."
)
def docs(folder: Path) -> None:
    """Write the table reference (tables/) from the contracts and architecture.md from the code."""
    from nba_assets.reports.architecture import write_architecture
    from nba_assets.reports.reference import write_reference

    for path in [write_architecture(folder / "architecture.md"), *write_reference(folder / "tables")]:
        console.print(f"wrote {path.name}")
