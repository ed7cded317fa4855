"""The Definitions object, nothing else: assets, checks, jobs, resources."""

from nba_assets.dagster_ext.build import build_definitions

defs = build_definitions()
