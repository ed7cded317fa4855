"""`nba-assets fetch`: downloads real games into an archive."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nba_assets.cli.common import (
    SeasonLabel,
    console,
)
from nba_assets.settings import Settings

if TYPE_CHECKING:
    pass


@click.command()
@click.option(
    *("--season", "seasons"),
    type=SeasonLabel(),
    multiple=True,
    help="A season, as 2023-24; repeatable. Default: 2021-22 to 2024-25.",
)
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), default=None, help="Folder; default: NBA_HOME/archive."
)
@click.option("--list", "is_list", is_flag=True, help="Instead, print every source with its address and licence.")
@click.option(
    "--mirror",
    default=None,
    hidden=True,
    help="Address of a mirror of the publishers' paths; default: NBA_FETCH_MIRROR.",
)
def fetch(seasons: tuple[str, ...], folder: Path | None, is_list: bool, mirror: str | None) -> None:
    """Download real games from public repositories into an archive; resumes where it was stopped."""
    from nba_assets.sources.fetch import terminal
    from nba_assets.sources.fetch.source import SEASONS

    if is_list:
        terminal.print_sources(console)
        return
    settings = Settings()
    wanted = sorted(set(seasons)) or list(SEASONS)
    sys.exit(terminal.run(console, folder or settings.home / "archive", wanted, mirror or settings.fetch_mirror))
