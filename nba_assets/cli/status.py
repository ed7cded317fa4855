"""`nba-assets status`: the state of every table, or which days are stale and why."""

from __future__ import annotations

import sys
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import click
from rich.table import Table

from nba_assets.cli.common import (
    Day,
    asked_days,
    check_days,
    console,
    open_platform,
    say_where_from,
)

if TYPE_CHECKING:
    from nba_assets.engine.platform import Platform


@click.command()
@click.option("--from", "first", type=Day(), default=None, help="First day.")
@click.option("--to", "last", type=Day(), default=None, help="Last day.")
@click.option(
    "--verbose", is_flag=True, help="Details of all tables: by season, with each range, reason and failing day."
)
@click.option("--table", "names", multiple=True, metavar="NAME", help="Details of one table; repeatable.")
@click.option("--stale", is_flag=True, help="Instead, list stale days with reasons; exit code 1 if there are any.")
def status(first: date | None, last: date | None, verbose: bool, names: tuple[str, ...], stale: bool) -> None:
    """Show per table: days done of days expected, rows, what is missing, and failed checks."""
    from nba_assets.cli.status_page import details, page
    from nba_assets.engine import registry
    from nba_assets.engine.status import status as state

    unknown = sorted(set(names) - set(registry.tables()))
    if unknown:
        raise click.UsageError(f"--table {unknown[0]}: no such table; tables are {', '.join(registry.tables())}.")
    shown = partial(details, names=names or None) if verbose or names else page
    platform = open_platform()
    check_days(platform, first, last)
    say_where_from(platform)
    platform.require_one_source()
    if stale:
        sys.exit(1 if _stale(platform, first, last) else 0)
    for part in shown(state(platform, first, last)):
        console.print(part)


def _stale(platform: Platform, first: date | None, last: date | None) -> bool:
    """Prints the stale days with reasons; returns whether there are any."""
    from nba_assets.engine import registry
    from nba_assets.engine.staleness import by_reason, staleness

    asked = "".join(f" --{end} {day}" for end, day in (("from", first), ("to", last)) if day is not None)
    stale = staleness(list(registry.tables()), *asked_days(platform, first, last), platform)
    if stale.empty:
        console.print("no day is stale")
        return False
    table = Table(title="stale days", title_justify="left")
    command = f"nba-assets backfill --stale{asked}"
    for name in ("table", "reason", "days", "first", "last", command):
        table.add_column(name, justify="right" if name == "days" else "left")
    previous = None
    for row in by_reason(stale).to_dict("records"):
        name = row["table_name"]
        if previous not in (None, name):
            table.add_section()
        days = f"{row['first']:%Y-%m-%d}", f"{row['last']:%Y-%m-%d}"
        table.add_row(name, row["reason"], f"{row['days']:,}", *days, f"--select +{name}")
        previous = name
    console.print(table)
    days = stale.drop_duplicates(["table_name", "game_date"])
    console.print(f"{len(days):,} stale days in {days['table_name'].nunique()} tables; rebuild them with: {command}")
    return True
