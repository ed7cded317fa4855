"""`nba-assets fetch`: downloads real games into an archive."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nba_assets.cli.common import (
    SeasonLabel,
    console,
)
from nba_assets.settings import Settings


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
@click.option("--check", "is_check", is_flag=True, help="Instead, try each host of the live feeds once and report.")
@click.option(
    "--mirror",
    default=None,
    hidden=True,
    help="Address of a mirror of the publishers' paths; default: NBA_FETCH_MIRROR.",
)
def fetch(seasons: tuple[str, ...], folder: Path | None, is_list: bool, is_check: bool, mirror: str | None) -> None:
    """Download real games from public repositories into an archive; resumes where it was stopped."""
    from nba_assets.sources.fetch import terminal
    from nba_assets.sources.fetch.source import SEASONS

    if is_list:
        terminal.print_sources(console)
        return
    settings = Settings()
    if is_check:
        sys.exit(0 if _check(settings) else 1)
    wanted = sorted(set(seasons)) or list(SEASONS)
    sys.exit(terminal.run(console, folder or settings.home / "archive", wanted, mirror or settings.fetch_mirror))


def _check(settings: Settings) -> bool:
    """Prints what each live host answers; whether all answer as documented."""
    from nba_assets.sources.live.check import check
    from nba_assets.sources.live.http import Client, Limits

    secrets = [secret.get_secret_value() for secret in settings.secrets]
    client = Client(settings.machine_clock, secrets, None, settings.feed_mirror, Limits(attempts=1))
    key = settings.odds_api_key.get_secret_value() if settings.odds_api_key is not None else None
    is_good = True
    for finding in check(client, key):
        mark = "[green]ok[/green]" if finding.is_good else "[red]no[/red]"
        console.print(f"{mark}  {finding.name}: {finding.sentence}")
        is_good &= finding.is_good
    return is_good
