"""The Definitions object, nothing else: assets, checks, jobs, resources."""

from nba_assets.orchestration.build import loaded_definitions

defs = loaded_definitions()
