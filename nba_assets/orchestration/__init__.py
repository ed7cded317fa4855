"""Dagster: assets, partitioned checks, event log, reconcile, backfill. The only package that imports Dagster."""
