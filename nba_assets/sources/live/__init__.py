"""Live feeds: publishers' replies are stored unchanged, parsers turn them into the families of an archive.

Nothing here depends on Dagster or on a table. The parsers follow the documented response formats; they were written
without access to the live hosts. `nba-assets fetch --check` verifies the formats against each host.
"""
