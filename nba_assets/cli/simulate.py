"""`nba-assets simulate`: writes the archive of a simulated league."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nba_assets.cli.common import (
    console,
)
from nba_assets.settings import Settings

if TYPE_CHECKING:
    pass


@click.command()
@click.option(
    "--seasons",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Number of seasons, starting with 2021-22.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=7,
    show_default=True,
    help="Random seed; the same seed gives the same bytes.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder; default: NBA_HOME/simulated.",
)
@click.option(
    "--without-injury-reports",
    is_flag=True,
    help="Leave the injury reports out; everything else is the same bytes.",
)
def simulate(seasons: int, seed: int, folder: Path | None, without_injury_reports: bool) -> None:
    """Write the archive of a simulated league: invented games in the layout of real ones, and their distributions."""
    from nba_assets.sources import simulated

    folder = folder or Settings().home / "simulated"
    start = time.perf_counter()
    try:
        simulated.simulate(folder, seasons, seed, console.print, has_reports=not without_injury_reports)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    console.print(
        f"{seasons} simulated seasons, 2021-22 to {simulated.last_season(seasons).label}, seed {seed}, in {folder} "
        f"({time.perf_counter() - start:.1f} s). None of its games was ever played. Build its tables with: "
        f"NBA_ARCHIVE={folder} nba-assets backfill"
    )
