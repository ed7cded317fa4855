"""`nba-assets diff`: compares two states of the platform."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

import click
from rich.table import Table

from nba_assets.cli.common import (
    Day,
    check_order,
    console,
)

if TYPE_CHECKING:
    from nba_assets.reports.diff import Difference


@click.command(name="diff")
@click.argument("a")
@click.argument("b")
@click.option("--from", "first", type=Day(), default=None, help="First day.")
@click.option("--to", "last", type=Day(), default=None, help="Last day.")
@click.option("--select", default=None, help="Tables or layers, as for backfill; default: all, with models and files.")
@click.option("--except", "ignored", multiple=True, metavar="TABLE", help="A table that may differ; repeatable.")
def diff_command(
    a: str, b: str, first: date | None, last: date | None, select: str | None, ignored: tuple[str, ...]
) -> None:
    """Compare two states: tables by day, row and column, check results, models, published files.

    A and B are NBA_HOME folders, .duckdb files or bigquery://PROJECT/PREFIX. FOLDER@2026-11-29T12:00 means the ledger
    as of that moment (UTC), which allows a comparison by table and day only. The exit code is 1 if anything outside the
    --except tables differs.
    """
    from nba_assets.engine import registry
    from nba_assets.orchestration import backfill as work
    from nba_assets.reports.diff import DiffError, Side, diff

    check_order(first, last)
    unknown = sorted(set(ignored) - set(registry.tables()))
    if unknown:
        raise click.UsageError(f"--except {unknown[0]}: no such table; tables are {', '.join(registry.tables())}")
    try:
        sides = Side.of_address(a), Side.of_address(b)
        names = work.select_tables(select) if select is not None else None
    except (DiffError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    with console.status("reading the ledgers") as spinner:
        difference = diff(*sides, names, first, last, tell=spinner.update)
    _print_difference(difference)
    if difference.is_same(ignored):
        console.print("the same" + (f", except {', '.join(ignored)}" if ignored else ""))
        return
    console.print("[red]different[/red]")
    sys.exit(1)


def _print_difference(difference: Difference) -> None:
    """Prints one table per kind of difference."""
    tables = difference.tables
    is_changed = tables[["differ", "only_a", "only_b"]].sum(axis=1) > 0
    days = int(tables["days"].sum())
    console.print(f"{days:,} days of {len(tables)} tables, {int(tables['same'].sum()):,} the same")
    parts = {
        "days by table": tables[is_changed],
        "values by column": difference.columns,
        "rows on one side only": difference.rows,
        "check results": difference.checks,
        "published documents": difference.documents,
    }
    for title, rows in parts.items():
        if rows.empty:
            continue
        table = Table(title=title, title_justify="left")
        for name in rows.columns:
            is_text = rows[name].map(lambda value: isinstance(value, str)).all()
            table.add_column(name.replace("_", " "), justify="left" if is_text else "right")
        for row in rows.itertuples(index=False):
            table.add_row(*(value if isinstance(value, str) else f"{value:,}" for value in row))
        console.print(table)
    for name, counts in (("models", difference.models), ("published files", difference.files)):
        if counts is not None:
            console.print(f"{name}: " + ", ".join(f"{key.replace('_', ' ')} {n:,}" for key, n in counts.items()))
