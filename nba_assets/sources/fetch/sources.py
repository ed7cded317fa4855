"""The list of sources, each at a named commit of a public repository.

The rows are the publishers' own; a source's `edits` are the only changes made to them. Licences are as the repositories
state them; the files are downloaded to the user's machine and never redistributed.
To add a source: add an entry to game_sources or odds_sources, its pieces to pieces.csv, its columns to columns.csv and
the rows of its files to files.csv.
"""

from nba_assets.sources.fetch import game_sources, odds_sources
from nba_assets.sources.fetch.source import Source

SOURCES: tuple[Source, ...] = (*game_sources.SOURCES, *odds_sources.SOURCES)
