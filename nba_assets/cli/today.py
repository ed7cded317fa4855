"""`nba-assets today`: requests the live feeds, builds what changed, and prints one summary."""

from __future__ import annotations

import sys

import click
from rich.markup import escape
from rich.table import Table

from nba_assets.cli.common import console, open_platform, say_where_from


@click.command()
def today() -> None:
    """Request the live feeds, build the days that they changed, and report what is missing; needs NBA_LIVE=1."""
    from nba_assets.orchestration.records import open_records
    from nba_assets.orchestration.today import update
    from nba_assets.sources.live.feeds import FEEDS

    platform = open_platform()
    say_where_from(platform)
    with open_records() as instance:
        done = update(platform, instance, console.print)
    table = Table(title=f"{done.today}, US Eastern", title_justify="left")
    for name in ("feed", "landed", "calls", "MB", "today"):
        table.add_column(name, justify="left" if name in ("feed", "today") else "right")
    for name in FEEDS:
        results = [one for one in done.feed_results if one.feed == name]
        note = next((one.note for one in results if one.day == done.today and one.note), "")
        sums = (
            sum(one.landed for one in results),
            sum(one.calls for one in results),
            sum(one.bytes for one in results) / 1e6,
        )
        table.add_row(name, f"{sums[0]}", f"{sums[1]}", f"{sums[2]:.1f}", note)
    console.print(table)
    for run in done.runs:
        what = "built" if run.is_success and run.run_id else "already up to date" if run.is_success else "failed"
        console.print(f"{run.first} to {run.last}: {what} in {run.seconds:.1f} s")
    for sentence in done.lacking:
        console.print(f"[yellow]missing[/yellow] {escape(sentence)}")
    left = "" if done.credits is None else f"; {done.credits} odds credits left"
    console.print(f"{done.seconds:.1f} s, of which {done.waited:.1f} s for requests to the feeds{left}")
    sys.exit(1 if any(not run.is_success for run in done.runs) else 0)
