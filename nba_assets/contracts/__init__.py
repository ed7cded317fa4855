"""Declarations of tables: columns and keys, inputs, the rows that checks expect, the states of a day.

What does not belong here: Dagster, databases, files. `contracts.columns` is the one dictionary of columns.
"""
