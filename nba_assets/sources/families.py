"""Every family of raw rows that a table can read, and the readers that read them.

To add a source: declare its families in a package of its own below `sources`, read them with a class that follows
`protocol.Source`, and name both here.
"""

from nba_assets.sources.archive import families as archive_families
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.live.extended import ExtendedSource
from nba_assets.sources.protocol import Family, Source

FAMILIES: dict[str, Family] = archive_families.FAMILIES
READERS: tuple[type[Source], ...] = (Archive, ExtendedSource)
"""What a table is handed rows by; a change of a reader's code makes the tables stale that read a source."""
