"""`nba-assets cost`: estimated cost of the tables in BigQuery."""

from __future__ import annotations

import click
from rich.table import Table

from nba_assets.cli.common import console, open_platform


@click.command()
@click.option(
    "--scan-price", type=click.FloatRange(min=0), default=6.25, show_default=True, help="Dollars per TiB scanned."
)
@click.option(
    "--read-price",
    type=click.FloatRange(min=0),
    default=1.10,
    show_default=True,
    help="Dollars per TiB read through the Storage Read API.",
)
@click.option(
    "--storage-price", type=click.FloatRange(min=0), default=0.02, show_default=True, help="Dollars per GiB and month."
)
def cost(scan_price: float, read_price: float, storage_price: float) -> None:
    """Estimate what a day, a season and all seasons cost in BigQuery, from the rows of this warehouse."""
    from nba_assets.engine import registry
    from nba_assets.reports.cost import Prices, costs

    platform = open_platform()
    with platform.warehouse.snapshot() as snapshot:
        try:
            found = costs(registry.tables(), snapshot, Prices(scan_price, read_price, storage_price))
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    table = Table(title="estimated cost in BigQuery, with one run per season", title_justify="left")
    table.add_column("")
    for heading in ("days", "rows", "written MB", "scanned GB", "read MB", "jobs", "$ to build", "$ per month stored"):
        table.add_column(heading, justify="right")
    for each in found:
        table.add_row(
            each.what,
            f"{each.days:,}",
            f"{each.rows:,}",
            f"{each.written / 1e6:,.1f}",
            f"{each.scanned / 1e9:,.2f}",
            f"{each.read / 1e6:,.1f}",
            f"{each.jobs:,}",
            f"{each.dollars:,.3f}",
            f"{each.dollars_a_month:,.4f}",
        )
    console.print(table)
