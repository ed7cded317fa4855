"""`nba-assets evaluate`: accuracy of the predictions."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import partial
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
    from rich.table import Table

    from nba_assets.engine.platform import Platform
    from nba_assets.warehouses.protocol import Warehouse


@click.command()
@click.option("--from", "first", type=Day(), default=None, help="First day.")
@click.option("--to", "last", type=Day(), default=None, help="Last day.")
@click.option("--season", type=SeasonLabel(), default=None, help="A season, as 2023-24.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.option("--truth", is_flag=True, help="Instead, compare with the true distributions; simulated league only.")
@click.option(
    "--statuses",
    is_flag=True,
    help="Instead, who of each injury status played; with --against the effect of reports on voids and errors.",
)
@click.option(
    "--against",
    default=None,
    metavar="HOME",
    help="Instead, compare with the predictions of another NBA_HOME or .duckdb file on the same player-games.",
)
def evaluate(
    first: date | None,
    last: date | None,
    season: str | None,
    as_json: bool,
    truth: bool,
    statuses: bool,
    against: str | None,
) -> None:
    """Report the accuracy of the predictions, compared with the naive prediction and the market's line."""

    from nba_assets.reports.evaluate import evaluate as evaluation
    from nba_assets.reports.evaluate import tables

    platform = open_platform()
    check_days(platform, first, last)
    if truth and against is not None:
        raise click.UsageError("--truth and --against are different reports; give one.")
    if truth and statuses:
        raise click.UsageError("--truth and --statuses are different reports; give one.")
    if truth:
        from nba_assets.reports import evaluate_truth

        distances = evaluate_truth.evaluate_truth(platform, first, last, season)
        _print(platform, as_json, distances.as_json, lambda: evaluate_truth.tables(distances))
        return
    other = None if against is None else _warehouse_of(against)
    if statuses:
        from nba_assets.reports import evaluate_statuses

        effects = evaluate_statuses.evaluate_statuses(platform, other, first, last, season)
        _print(platform, as_json, effects.as_json, lambda: evaluate_statuses.tables(effects))
        return
    if other is not None:
        from nba_assets.reports import evaluate_against

        differences = evaluate_against.evaluate_against(platform, other, first, last, season)
        records = partial(differences.to_json, orient="records", indent=1)
        _print(platform, as_json, records, lambda: evaluate_against.tables(differences))
        return
    accuracy = evaluation(platform, first, last, season)
    _print(
        platform,
        as_json,
        lambda: json.dumps(accuracy.as_json(), indent=1, allow_nan=False),
        lambda: tables(accuracy),
    )


def _print(platform: Platform, as_json: bool, json_text: Callable[[], str], tables: Callable[[], list[Table]]) -> None:
    """Prints a report as JSON or as tables."""
    if as_json:
        click.echo(json_text())
        return
    say_if_simulated(platform)
    for table in tables():
        console.print(table)


def _warehouse_of(address: str) -> Warehouse:
    from nba_assets.reports.diff import DiffError, Side

    try:
        return Side.of_address(address).warehouse
    except DiffError as error:
        raise click.UsageError(str(error)) from error
