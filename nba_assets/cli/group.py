"""The command line `nba-assets`: the group of all commands, one module each."""

from __future__ import annotations

import logging
import os

import click
from rich.logging import RichHandler

from nba_assets.cli.backfill import backfill
from nba_assets.cli.common import console
from nba_assets.cli.copy import copy_command
from nba_assets.cli.cost import cost
from nba_assets.cli.demo import demo
from nba_assets.cli.diff import diff_command
from nba_assets.cli.docs import docs
from nba_assets.cli.evaluate import evaluate
from nba_assets.cli.features import features
from nba_assets.cli.fetch import fetch
from nba_assets.cli.prune import prune_command
from nba_assets.cli.publish import publish
from nba_assets.cli.reconcile import reconcile_command
from nba_assets.cli.reset import reset
from nba_assets.cli.serve import site
from nba_assets.cli.simulate import simulate
from nba_assets.cli.status import status
from nba_assets.cli.today import today
from nba_assets.runtime.garbage import rare_collections
from nba_assets.runtime.interrupts import Signals, is_no_interrupt
from nba_assets.settings import dagster_environment, misspelt


class Group(click.Group):
    """Prints errors that a user can fix as a sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        from nba_assets.runtime.known_errors import explained

        with Signals() as ctx.obj, rare_collections():
            try:
                with explained():
                    return super().invoke(ctx)
            except KeyboardInterrupt:
                console.print("interrupted: what was written is complete, and the same command resumes from there")
                # If an interrupt arrives while Python executes source text (the import of a dataclass does), Python
                # records it, and `python -m` then ends by SIGINT whatever its exit code. Executing text resets that.
                exec("")
                ctx.exit(ctx.obj.exit_code)


FIRST_STEPS = """\
nba-assets builds NBA tables, predictions and a site, day by day. Where to start:

  nba-assets backfill    build every table for every day, with predictions and site; uses a simulated league if there
                         is no archive of real games; can be interrupted and resumed
  nba-assets status      show what is done, what is missing, and which checks fail
  nba-assets demo        build one simulated season in its own folder, then serve the site and Dagster's web UI

All commands: nba-assets --help"""


@click.group(cls=Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """NBA player-props data platform: build tables and show their state."""
    if context.invoked_subcommand is None:
        click.echo(FIRST_STEPS)
        return
    os.environ.update(dagster_environment())
    handler = RichHandler(console=console, show_path=False)
    handler.addFilter(is_no_interrupt)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[handler])
    for warning in misspelt():
        console.print(f"[yellow]WARN[/yellow] {warning}")


for command in (
    *(backfill, status, publish, site, demo, evaluate, features, fetch, simulate, today),
    *(reconcile_command, prune_command, diff_command, copy_command, cost, docs, reset),
):
    main.add_command(command)
