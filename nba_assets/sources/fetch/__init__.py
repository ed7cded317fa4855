"""`nba-assets fetch`: builds an archive of real games from public addresses on the user's machine.

sources: the declarative list (game_sources, odds_sources, releases; pieces.csv, columns.csv, files.csv).
readers, edits, columns: from a downloaded piece to typed rows. download: downloads a piece. build: writes the files.
report: archive.json and SOURCES.md.
"""
