"""Which archive a run reads, and why: the one place where that is decided.

`NBA_ARCHIVE` where it is set; else the archive beside the repository; else the one that `nba-assets fetch` built below
NBA_HOME; else the simulated league below NBA_HOME.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nba_assets.settings import REPOSITORY, Settings
from nba_assets.sources.archive import MARKER, Archive, SourceError
from nba_assets.sources.families import FAMILIES

REAL_GAMES = "These games are simulated, nothing in them happened. Real games: set NBA_ARCHIVE to an archive of them."


@dataclass(frozen=True)
class Choice:
    """The archive that was chosen.

    Args:
        root: its folder or URL.
        reason: why it was chosen, for messages.
        is_made_here: it is the simulated league below NBA_HOME.
    """

    root: str
    reason: str
    is_made_here: bool = False

    @property
    def looks_simulated(self) -> bool:
        """Whether its rows are simulated, as far as can be told without opening a URL or making anything."""
        if self.is_made_here:
            return True
        return (Path(self.root) / MARKER).is_file() and Archive(self.root).source == "simulated"

    @property
    def sentence(self) -> str:
        """The first line of every run."""
        what = "simulated league" if self.looks_simulated else "archive"
        return f"source: {what} at {self.root} ({self.reason})"


def choose(settings: Settings) -> Choice:
    """The archive that the settings lead to; nothing is made and nothing is opened."""
    if settings.archive:
        return Choice(settings.archive, "NBA_ARCHIVE")
    beside = REPOSITORY.parent / "shared" / "data"
    if beside.is_dir():
        return Choice(str(beside), "the archive beside the repository")
    home = settings.home
    fetched = home / "archive"
    if (fetched / MARKER).is_file():
        return Choice(str(fetched), "fetched")
    return Choice(str(home / "simulated"), "there is no archive of real games", is_made_here=True)


def opened(choice: Choice) -> Archive:
    """The archive.

    Args:
        choice: see `choose`.

    Raises:
        SourceError: there is no archive where one was chosen, or the league cannot be made.
    """
    if choice.is_made_here and not (Path(choice.root) / MARKER).is_file():
        raise SourceError("No archive to read raw rows from. Set NBA_ARCHIVE to the folder or URL of the season files.")
    archive = Archive(choice.root)
    archive.require(FAMILIES.values())
    return archive
