"""What is declared of a table: its columns and keys, its inputs, which rows its checks expect, the states of a day.

What does not belong here: Dagster, databases, files. `contracts.columns` is the one dictionary of columns.
"""
