"""Checks: (table, days) -> one result per day, computed from the warehouse.

Every day has one, including days without games: Dagster shows a planned check without a result as skipped, in red.

Every table has unique_keys, completeness and value_ranges, raw tables have quarantine, phase_gap and cascade are on the
layers after analytics; cross-table checks are declared by the table that they check. No check is blocking: structural
errors raise before the write.
"""
