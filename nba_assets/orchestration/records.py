"""Opens Dagster's records of this project."""

from __future__ import annotations

import dagster as dg

from nba_assets.orchestration.build import require_home


def open_records() -> dg.DagsterInstance:
    """Opens Dagster's records of this project, never those of another project that DAGSTER_HOME points to.

    Raises:
        DagsterHomeError: DAGSTER_HOME does not lead to the project's dagster.yaml.
    """
    require_home()
    return dg.DagsterInstance.get()
