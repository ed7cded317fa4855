"""Chooses the archive that a run reads; nothing else decides this.

`NBA_ARCHIVE` if it is set; else the archive next to the repository; else the one that `nba-assets fetch` built below
NBA_HOME; else the simulated league, which is generated below NBA_HOME the first time it is needed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nba_assets.runtime.first_use import first_use
from nba_assets.settings import REPOSITORY, Settings
from nba_assets.sources.archive.reader import MARKER, Archive
from nba_assets.sources.archive.readings import KeptReadings
from nba_assets.sources.families import FAMILIES
from nba_assets.sources.live.extended import ExtendedSource
from nba_assets.sources.protocol import Source, SourceError
from nba_assets.sources.simulated import simulate

SIMULATED_SEASONS = 2
"""Length of the league that is generated if there is no archive: its second season has a complete one before it."""
LIVE_DAYS = "live/archive"
"""Folder below NBA_HOME with the days that live feeds add to the archive."""
READINGS = "readings"
"""Folder below NBA_HOME with the readings of archive files."""
REAL_GAMES = "These games are simulated, nothing in them happened; real ones: make fetch && make backfill"


@dataclass(frozen=True)
class Choice:
    """The archive that was chosen.

    Args:
        root: its folder or URL.
        reason: why it was chosen, for messages.
        is_made_here: it is the simulated league below NBA_HOME, generated when it is first read.
    """

    root: str
    reason: str
    is_made_here: bool = False

    @property
    def looks_simulated(self) -> bool:
        """Whether its rows are simulated, judged without opening a URL or generating anything."""
        if self.is_made_here:
            return True
        return (Path(self.root) / MARKER).is_file() and Archive(self.root).source == "simulated"

    @property
    def sentence(self) -> str:
        """The first line of every run."""
        what = "simulated league" if self.looks_simulated else "archive"
        return f"source: {what} at {self.root} ({self.reason})"


def choose(settings: Settings) -> Choice:
    """The archive according to the settings; generates and opens nothing."""
    if settings.archive:
        return Choice(settings.archive, "NBA_ARCHIVE")
    beside = REPOSITORY.parent / "shared" / "data"
    if beside.is_dir():
        return Choice(str(beside), "the archive beside the repository")
    home = settings.home
    fetched = home / "archive"
    if (fetched / MARKER).is_file() and any(fetched.glob("schedule/*.parquet")):  # a fetch may have no file yet
        return Choice(str(fetched), "fetched")
    return Choice(str(home / "simulated"), "there is no archive of real games", is_made_here=True)


def opened(choice: Choice, settings: Settings, tell: Callable[[str], None]) -> Source:
    """The archive; generates the simulated league first if it is chosen and missing.

    Args:
        choice: see `choose`.
        settings: contains the time to wait for another command that generates the league.
        tell: called with a message before slow work.

    Raises:
        SourceError: the chosen archive does not exist, or the league cannot be generated.
    """
    if choice.is_made_here:
        make_league(Path(choice.root), SIMULATED_SEASONS, settings.lock_timeout_seconds, tell)
    archive = Archive(choice.root, KeptReadings(settings.home / READINGS))
    archive.require(FAMILIES.values())
    added = settings.home / LIVE_DAYS
    if not (settings.live or added.is_dir()):
        return archive
    if archive.source == "simulated":
        raise SourceError(
            f"{archive.root} has simulated games, and live feeds add real ones to them "
            f"({'NBA_LIVE=1' if settings.live else added}). The two are never mixed: fetch real games first "
            "(nba-assets fetch), or set NBA_HOME to another folder."
        )
    return ExtendedSource(archive, added)


def make_league(folder: Path, seasons: int, timeout: float, tell: Callable[[str], None]) -> None:
    """Generates the simulated league unless it exists; of several concurrent commands, one generates it.

    Args:
        folder: of the league; it is created when the league is complete.
        seasons: from 2021-22 on.
        timeout: seconds to wait for another command that generates it.
        tell: called with a message before slow work.

    Raises:
        SourceError: the folder contains something else.
        FirstUseTimeout: another command takes longer than the time-out.
    """
    if (folder / MARKER).is_file():
        return
    with first_use(folder.parent, timeout):
        if (folder / MARKER).is_file():
            return
        if folder.exists() and any(folder.iterdir()):
            raise SourceError(
                f"{folder} is the folder of the simulated league, but contains something else: it has no {MARKER}. "
                "Move it away or set NBA_ARCHIVE, then run the command again."
            )
        for unfinished in folder.parent.glob(f".{folder.name}-*"):
            shutil.rmtree(unfinished)  # left by a killed command: the lock holder is the only one here
        tell(f"making a simulated league of {seasons} season{'s' if seasons > 1 else ''} in {folder}")
        simulate(folder, seasons=seasons, progress=tell)
