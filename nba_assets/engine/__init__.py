"""How a day of a table is built and checked: materialise, checks, fingerprints, staleness, status.

What does not belong here: Dagster, a particular warehouse or source, terminal output.
"""
