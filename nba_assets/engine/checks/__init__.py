"""Checks: (table, days) -> one result a day, read from what is in the warehouse.

Every day has one, an off day too: Dagster shows a planned check without a result as skipped, in red.

unique_keys, completeness and value_ranges stand on every table, quarantine on raw tables, phase_gap and cascade on the
layers after analytics; cross-table checks are declared on the table that they are about. No check is blocking: what is
structurally wrong raises before the write.
"""
