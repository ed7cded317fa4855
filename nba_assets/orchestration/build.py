"""Builds the project's Dagster definitions."""

from __future__ import annotations

import os
import warnings
from functools import cache
from pathlib import Path

import click
import dagster as dg

from nba_assets.engine import registry
from nba_assets.orchestration.assets import asset_of, checks_op_of, platform_resource, source_specs
from nba_assets.orchestration.feeds import feed_assets
from nba_assets.orchestration.reconcile import reconcile_sensor
from nba_assets.orchestration.schedules import live_update, schedules, sensors
from nba_assets.settings import REPOSITORY, Settings
from nba_assets.sources.choice import choose


class DagsterHomeError(click.ClickException):
    """DAGSTER_HOME does not point to the project's dagster.yaml; Dagster's commands print only the message."""


def build_definitions() -> dg.Definitions:
    """All assets, checks, the jobs and the resources.

    Raises:
        DagsterHomeError: DAGSTER_HOME is not the repository, so that Dagster would write its history elsewhere.
    """
    require_home()
    Settings()  # invalid settings are reported before Dagster's commands and the web UI show any table
    tables = registry.tables().values()
    is_simulated = choose(Settings()).looks_simulated
    with warnings.catch_warnings():
        # The design depends on single-run backfills and partitioned checks; the versions are pinned.
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", dg.PreviewWarning)
        assets = [asset_of(table, is_simulated=is_simulated) for table in tables]
        checks = [checks_op_of(table) for table in tables]
        feeds = [] if is_simulated else feed_assets()  # live feeds do not contain simulated games
    layers = [
        dg.define_asset_job(f"{layer}_tables", selection=dg.AssetSelection.groups(layer)) for layer in registry.LAYERS
    ]
    return dg.Definitions(
        assets=[*source_specs(is_simulated=is_simulated), *feeds, *assets],
        asset_checks=checks,
        jobs=[*layers, live_update],
        schedules=schedules(Settings()),
        sensors=[reconcile_sensor, *sensors(Settings())],
        resources={"platform": platform_resource},
        executor=dg.in_process_executor,
    )


@cache
def loaded_definitions() -> dg.Definitions:
    """The definitions of this process, built once; see `build_definitions`."""
    return build_definitions()


def require_home() -> None:
    """Raises DagsterHomeError unless DAGSTER_HOME is the folder of the project's dagster.yaml."""
    home = os.environ.get("DAGSTER_HOME", "")
    text = (
        Path(home, "dagster.yaml").read_text(encoding="utf-8") if home and Path(home, "dagster.yaml").exists() else ""
    )
    if "nba_assets" not in text:
        raise DagsterHomeError(
            f"DAGSTER_HOME is {home or 'not set'}, so Dagster would keep no history of this project. "
            f"Run this first:  export DAGSTER_HOME={REPOSITORY}"
        )
