"""Checks: (table, days) -> one result a day, read from what is in the warehouse.

unique_keys, completeness and value_ranges stand on every table, quarantine on raw tables; cross-table checks are
declared on the table that they are about. No check is blocking: what is structurally wrong raises before the write.
"""
