"""`nba-assets reset`: deletes everything that was built from the simulated league."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nba_assets.cli.common import (
    console,
    open_platform,
)

if TYPE_CHECKING:
    pass


@click.command()
@click.option("--simulated", is_flag=True, required=True, help="Delete everything built from the simulated league.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def reset(simulated: bool, yes: bool) -> None:
    """Delete warehouse, published files, models and Dagster's records if their games are simulated; never real ones."""
    from nba_assets.engine.reset import simulated_remains

    platform = open_platform()
    with platform.run_lock():
        remains = simulated_remains(platform)
        if not remains:
            console.print(f"{platform.settings.home} has no simulated data.")
            return
        console.print("This deletes:")
        for each in remains:
            console.print(f"  {each.path}  ({each.what}, {each.bytes / 1e6:,.1f} MB)")
        if not yes:
            click.confirm("Delete it? A running Dagster web UI should be stopped first.", abort=True)
        for each in remains:
            each.delete()
    console.print("deleted; the next command starts from scratch")
