"""Live feeds: replies of publishers land unchanged, parsers turn landings into the families of an archive.

Nothing here knows Dagster or a table. No live host was reachable where this was written: the shapes are the documented
ones, and `nba-assets fetch --check` tries each host.
"""
