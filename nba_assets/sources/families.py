"""All families of raw rows that tables can read, and the classes that read them.

To add a source, declare its families in a separate package below `sources`, implement `protocol.Source` there, and
register both here.
"""

from nba_assets.sources.archive import families as archive_families
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.live.extended import ExtendedSource
from nba_assets.sources.protocol import Family, Source

FAMILIES: dict[str, Family] = archive_families.FAMILIES
READERS: tuple[type[Source], ...] = (Archive, ExtendedSource)
"""The classes that pass rows to tables; a change of their code makes the tables stale that read a source."""
