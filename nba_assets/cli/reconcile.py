"""`nba-assets reconcile`: corrects Dagster's records from the ledger."""

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
    """Report dead runs as failed and correct Dagster's records from the ledger."""
    from nba_assets.orchestration.reconcile import reconcile
    from nba_assets.orchestration.records import open_records

    with open_records() as instance:
        done = reconcile(instance, open_platform())
    for sentence in done or ["nothing to reconcile"]:
        console.print(sentence)
