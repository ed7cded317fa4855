"""`nba-assets features`: statistics of the models' features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.table import Table

from nba_assets.cli.common import (
    console,
    open_platform,
    say_if_simulated,
)

if TYPE_CHECKING:
    pass


@click.command()
def features() -> None:
    """List the models' features: source, unit, whether the values vary, and the share of NULLs by season."""
    from nba_assets.reports.feature_report import feature_report

    platform = open_platform()
    say_if_simulated(platform)
    found = feature_report(platform)
    seasons = [name for name in found.columns if name.startswith("null_share_")]
    table = Table(title="features of ml_feature_store_v2", title_justify="left")
    for heading in ("#", "feature", "source", "unit", "live", "NULL"):
        table.add_column(heading, justify="right" if heading in ("#", "NULL") else "left")
    for name in seasons:
        table.add_column(name.removeprefix("null_share_"), justify="right")
    for row in found.to_dict("records"):
        if not row["is_baseline"] and row["place"] > 1 and found["is_baseline"].iloc[row["place"] - 2]:
            table.add_section()
        live = "yes" if row["is_live"] else "[red]no[/red]"
        shares = [f"{row[name]:.3f}" for name in ("null_share", *seasons)]
        table.add_row(str(row["place"]), row["feature"], row["source"], row["unit"], live, *shares)
    console.print(table)
