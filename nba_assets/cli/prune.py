"""`nba-assets prune`: deletes outdated records of Dagster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nba_assets.cli.common import (
    open_platform,
)

if TYPE_CHECKING:
    pass


@click.command(name="prune")
@click.option("--dry-run", is_flag=True, help="Only report what would be deleted and how much space that frees.")
def prune_command(dry_run: bool) -> None:
    """Delete outdated records of Dagster; the newest per day and check is kept. The web UI may keep running."""
    from nba_assets.orchestration.prune import prune
    from nba_assets.orchestration.records import open_records

    with open_records() as instance:
        pruned = prune(instance, open_platform(), is_dry=dry_run, tell=click.echo)
    for what, count in pruned.rows.items():
        click.echo(f"{count:>10,} {what}{' would be deleted' if dry_run and count else ''}")
    about = "about " if dry_run else ""
    click.echo(f"Dagster's records: {pruned.before / 1e6:,.0f} MB, {about}{pruned.after / 1e6:,.0f} MB after")
