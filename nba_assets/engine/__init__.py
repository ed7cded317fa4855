"""How a day of a table is made, checked and judged: materialise, checks, fingerprints, staleness, status.

What does not belong here: Dagster, a particular warehouse or source, terminal output.
"""
