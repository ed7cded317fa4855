"""`nba-assets copy`: copies tables from one warehouse to another."""

from __future__ import annotations

from datetime import date

import click

from nba_assets.cli.common import Day, check_order, console


@click.command(name="copy")
@click.option("--from", "source", required=True, metavar="ADDRESS", help="duckdb:FILE or bigquery://PROJECT/PREFIX.")
@click.option("--to", "target", required=True, metavar="ADDRESS", help="Likewise; it may be empty or have some days.")
@click.option("--select", default=None, help="Tables or layers, as for backfill; default: all.")
@click.option("--first", type=Day(), default=None, help="First day; default: all days.")
@click.option("--last", type=Day(), default=None, help="Last day.")
def copy_command(source: str, target: str, select: str | None, first: date | None, last: date | None) -> None:
    """Copy tables, ledger, quarantine and check results, and verify every day by its content hash.

    An interrupted copy resumes. Models and published files are not copied: they are files below NBA_HOME or in a
    bucket.
    """
    from nba_assets.engine import registry
    from nba_assets.engine.copying import copy
    from nba_assets.engine.leases import run_lease
    from nba_assets.engine.platform import Platform
    from nba_assets.orchestration import backfill as work
    from nba_assets.settings import Settings
    from nba_assets.warehouses.factory import open_warehouse

    check_order(first, last, ("--first", "--last"))
    settings = Settings()
    addresses = [Settings(warehouse=address).warehouse_address for address in (source, target)]
    if addresses[0] == addresses[1]:
        raise click.UsageError("--from and --to are the same warehouse.")
    try:
        names = list(registry.tables()) if select is None else work.select_tables(select)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    warehouses = [open_warehouse(address, settings.lock_timeout_seconds) for address in addresses]
    platform = Platform(settings)
    with platform.run_lock(), run_lease(warehouses[1], settings):
        for done in copy(warehouses[0], warehouses[1], names, platform.now(), first, last):
            skipped = f", {done.skipped} existed already" if done.skipped else ""
            console.print(f"{done.table}: {done.days} days, {done.rows:,} rows, every day verified{skipped}")
