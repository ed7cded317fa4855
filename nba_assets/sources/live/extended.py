"""An archive extended by live feeds: its season files, plus one file per family and day in NBA_HOME.

Raw tables read families and do not know which of the two a row comes from. A family of season files
`<folder>/{season}.parquet` is extended by `<folder>/{season}/<day>.parquet`; families without season files are not
extended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from nba_assets.basketball.calendar import Season, seasons_of
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.protocol import DataSource, Family, Source, SourceRows, Span

SEASON_FILE = "/{season}.parquet"


def by_day(family: Family) -> Family | None:
    """The family, reading the files that live feeds write; None if live feeds cannot extend it."""
    if not family.pattern.endswith(SEASON_FILE):
        return None
    return replace(family, pattern=family.pattern.removesuffix(SEASON_FILE) + "/{season}/*.parquet")


def day_file(root: Path, family: Family, day: date) -> Path:
    """Path of the file with a family's rows of one day.

    Raises:
        ValueError: the family has no season files.
    """
    if not family.pattern.endswith(SEASON_FILE):
        raise ValueError(f"{family.name} has no season files, so no day can be added to it")
    folder = family.pattern.removesuffix(SEASON_FILE)
    return root / folder / Season.of_day(day).label / f"{day.isoformat()}.parquet"


class ExtendedSource:
    """A source plus the days that live feeds added to it.

    Args:
        base: the source to extend.
        folder: contains the added files, one per family and day.
    """

    def __init__(self, base: Source, folder: Path) -> None:
        self.base = base
        self.folder = folder
        self._days = Archive(str(folder))

    @property
    def root(self) -> str:
        return self.base.root

    @property
    def source(self) -> DataSource:
        return self.base.source

    def covers(self, family: Family, seasons: Sequence[Season]) -> bool:
        """Whether the base or an added day has rows of the family in one of the seasons."""
        added = by_day(family)
        return self.base.covers(family, seasons) or (added is not None and self._days.covers(added, seasons))

    def covered_from(self, family: Family, season: Season) -> date | None:
        """The season's first day if the base has the family, else the first added day; None without either."""
        if self.base.covers(family, [season]):
            return season.first_day
        added = self._added_files(family, season)
        return date.fromisoformat(added[0].stem) if added else None

    def fingerprint(self, family: Family, seasons: Sequence[Season]) -> str:
        """Fingerprint of the base. An added day does not change any earlier day, so it is covered by `additions`."""
        return self.base.fingerprint(family, seasons)

    def read(self, family: Family, seasons: Sequence[Season], span: Span | None = None) -> SourceRows:
        """The rows of the base, followed by the added days, oldest first."""
        rows, added = self.base.read(family, seasons, span), by_day(family)
        if added is None or not self._days.covers(added, seasons):
            return rows
        more = self._days.read(added, seasons, span)
        parts = [part for part in (rows.frame, more.frame) if len(part)]
        records = [part for part in (rows.records, more.records) if len(part)]
        return SourceRows(
            pd.concat(parts, ignore_index=True) if parts else rows.frame,
            rows.files | more.files,
            pd.concat(records, ignore_index=True) if records else rows.records,
        )

    def additions(self, family: Family, days: Sequence[date]) -> Mapping[date, str]:
        """For each day: sha256 over the family's added files of the season up to and including that day.

        A raw table reads rows of its day and of earlier days, so a later addition does not change its fingerprint. Days
        before the first addition of their season are left out.
        """
        found: dict[date, str] = {}
        for season in seasons_of(list(days)):
            files = self._added_files(family, season)
            digest, waiting = (
                hashlib.sha256(family.name.encode()),
                sorted(d for d in days if Season.of_day(d) == season),
            )
            place, any_yet = 0, False
            for day in waiting:
                while place < len(files) and files[place].stem <= day.isoformat():
                    digest.update(files[place].name.encode() + files[place].read_bytes())
                    place, any_yet = place + 1, True
                if any_yet:
                    found[day] = digest.hexdigest()
        return found

    def _added_files(self, family: Family, season: Season) -> list[Path]:
        """The added files of a family and season, oldest first."""
        if (added := by_day(family)) is None:
            return []
        folder = self.folder / added.pattern.format(season=season.label).rpartition("/")[0]
        return sorted(folder.glob("*.parquet"))
