"""`nba-assets evaluate`: accuracy of the predictions."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import click

from nba_assets.cli.common import (
    Day,
    SeasonLabel,
    check_days,
    console,
    open_platform,
    say_if_simulated,
)

if TYPE_CHECKING:
    pass


@click.command()
@click.option("--from", "first", type=Day(), default=None, help="First day.")
@click.option("--to", "last", type=Day(), default=None, help="Last day.")
@click.option("--season", type=SeasonLabel(), default=None, help="A season, as 2023-24.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.option("--truth", is_flag=True, help="Instead, compare with the true distributions; simulated league only.")
def evaluate(first: date | None, last: date | None, season: str | None, as_json: bool, truth: bool) -> None:
    """Report the accuracy of the predictions, compared with the naive prediction and the market's line."""

    from nba_assets.reports.evaluate import evaluate as evaluation
    from nba_assets.reports.evaluate import tables

    platform = open_platform()
    check_days(platform, first, last)
    if truth:
        from nba_assets.reports import evaluate_truth

        against = evaluate_truth.evaluate_truth(platform, first, last, season)
        if as_json:
            click.echo(against.as_json())
            return
        say_if_simulated(platform)
        for table in evaluate_truth.tables(against):
            console.print(table)
        return
    found = evaluation(platform, first, last, season)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=1, allow_nan=False))
        return
    say_if_simulated(platform)
    for table in tables(found):
        console.print(table)
