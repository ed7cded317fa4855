"""`nba-assets reconcile`: brings Dagster's records in line with the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nba_assets.cli.common import (
    console,
    open_platform,
)

if TYPE_CHECKING:
    pass


@click.command(name="reconcile")
def reconcile_command() -> None:
    """Report dead runs as failed and bring Dagster's record in line with the ledger."""
    from nba_assets.orchestration.reconcile import reconcile
    from nba_assets.orchestration.records import open_records

    with open_records() as instance:
        done = reconcile(instance, open_platform())
    for sentence in done or ["nothing to reconcile"]:
        console.print(sentence)
