"""`nba-assets publish`: writes schemas, site and manifest next to the published files, or verifies all files."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from nba_assets.cli.common import (
    console,
    open_platform,
)

if TYPE_CHECKING:
    pass


@click.command()
@click.option("--verify", is_flag=True, help="Instead, verify every published file; exit code 1 if one is wrong.")
def publish(verify: bool) -> None:
    """Write schemas, site and manifest next to the published files; a backfill does this when it ends."""
    from nba_assets.engine import manifest

    platform = open_platform()
    start = time.perf_counter()
    if verify:
        problems = manifest.verify(platform)
        for problem in problems:
            console.print(f"[red]ERROR[/red] {escape(problem)}")
        seconds = time.perf_counter() - start
        found = f"{len(problems)} problems" if problems else "every file matches the manifest"
        console.print(f"{platform.store.address}: {found} ({seconds:.1f} s)")
        sys.exit(1 if problems else 0)
    with platform.run_lock():
        done = manifest.publish(platform)
    console.print(
        f"{done.files:,} files, {done.bytes / 1e6:,.1f} MB, {done.rows:,} rows in {done.address} "
        f"({time.perf_counter() - start:.1f} s)"
    )
