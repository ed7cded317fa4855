"""`nba-assets fetch`: downloads real games into an archive."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
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
    *("--to", "folder"),
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder; default: NBA_HOME/archive.",
)
@click.option("--list", "is_list", is_flag=True, help="Instead, print every source with its address and licence.")
@click.option("--check", "is_check", is_flag=True, help="Instead, request each host of the live feeds once and report.")
@click.option(
    *("--injury-reports", "is_injuries"),
    is_flag=True,
    help="Instead, download the official injury reports of the seasons' game days; about 20 minutes per season.",
)
@click.option(
    "--mirror",
    default=None,
    hidden=True,
    help="Address of a mirror of the publishers' paths; default: NBA_FETCH_MIRROR.",
)
def fetch(
    seasons: tuple[str, ...],
    folder: Path | None,
    is_list: bool,
    is_check: bool,
    is_injuries: bool,
    mirror: str | None,
) -> None:
    """Download real games from public repositories into an archive; an interrupted download resumes."""
    from nba_assets.sources.fetch import terminal
    from nba_assets.sources.fetch.source import SEASONS

    if is_list:
        terminal.print_sources(console)
        return
    settings = Settings()
    if is_check:
        sys.exit(0 if _check(settings) else 1)
    wanted = sorted(set(seasons)) or list(SEASONS)
    if is_injuries:
        sys.exit(0 if _injury_reports(wanted) else 1)
    sys.exit(terminal.run(console, folder or settings.home / "archive", wanted, mirror or settings.fetch_mirror))


def _check(settings: Settings) -> bool:
    """Prints the response of each live host; returns whether all of them respond as documented."""
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


def _injury_reports(seasons: Sequence[str]) -> bool:
    """Downloads the injury reports of the seasons' game days; returns whether every day has one."""
    from rich.progress import track

    from nba_assets.basketball.calendar import Season, eastern_today
    from nba_assets.cli.common import open_platform
    from nba_assets.orchestration.troubles import COMPETITIVE_IDS
    from nba_assets.sources.choice import choose
    from nba_assets.sources.families import FAMILIES
    from nba_assets.sources.live.feeds import Feeds
    from nba_assets.sources.live.http import Refused
    from nba_assets.sources.live.injury_history import fetch_history

    platform = open_platform()
    choice = choose(platform.settings)
    console.print(choice.sentence)
    if choice.looks_simulated:
        raise click.UsageError("injury reports exist only for real games; fetch those first: nba-assets fetch")
    logs = platform.archive.read(FAMILIES["team_game_logs"], [Season(int(label[:4])) for label in seasons]).frame
    today = eastern_today(platform.settings.machine_clock())
    played = logs.loc[logs["GAME_ID"].str[:3].isin(COMPETITIVE_IDS), "GAME_DATE"].str[:10]
    days = [day for day in sorted({date.fromisoformat(text) for text in played}) if day < today]
    landed, is_complete = 0, True
    try:
        for report in track(fetch_history(Feeds.of(platform.settings), days), "reports", len(days), console=console):
            landed += report.landed
            is_complete &= not report.problems
            for problem in report.problems:
                console.print(f"[yellow]missing[/yellow] {problem}")
    except Refused as refused:
        console.print(f"[red]stopped[/red] {refused} Run the command again then; downloaded reports are kept.")
        is_complete = False
    console.print(f"{landed} reports downloaded for {len(days)} game days; nba-assets backfill --stale reads them.")
    return is_complete
