"""Checks: (table, days) -> one result per day, computed from the warehouse.

Every day has a result, even a day without games: Dagster shows a planned check without a result as skipped, in red.

Every table has unique_keys, completeness and value_ranges, raw tables also quarantine, the layers after analytics also
phase_gap and cascade, products files_stand. Cross-table checks are declared by the table that they check. No check
blocks a run: rows that break the contract raise an error before they are written.
"""
