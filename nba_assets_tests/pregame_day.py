"""A game day before its games as users have it: no lines, then lines of two books, then a star who is ruled out."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import filelock
import pytest

from nba_assets.orchestration.today import Update
from nba_assets_tests.mini_archive import write_mini_archive
from nba_assets_tests.mini_league import Game, play
from nba_assets_tests.mini_warehouse import Home, environment
from nba_assets_tests.orchestration.live_days import LiveDays, eastern, live_days, ruled_out

TONIGHT = date(2022, 11, 12)
"""Two days after the last game of the mini archive; the day between has none and was never made."""
TEN, THREE, HALF_PAST_SIX = eastern(TONIGHT, 10), eastern(TONIGHT, 15), eastern(TONIGHT, 18, 30)
REPORTED_AT = eastern(TONIGHT, 18)
BOOKS = ("draftkings", "fanduel")
BUSY = "2021-22"
"""The season with many games: without them no distribution of errors is known, so no probability and no bet."""
LINES = 11.5
"""The lowest line of a game; the lines of its ten starters are one point apart. Those below 15 have a probability: only
that band of predicted points has enough graded predictions for a distribution around the line."""
PRICES = {"fanduel": (2.1, 1.72)}
"""(over, under) of a book that pays more for the over than the usual 1.87, so that its overs are worth a bet where the
line is about right. At 1.87 a bet needs a probability of .555, and market_informed moves at most a quarter of a point
above a line, which gives about .525."""


def busy_home(folder: Path) -> Home:
    """The home of a backfill of the busy league in a folder, as of the day before; made where it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = folder / "archive.truth"
    with filelock.FileLock(folder / "lock"), pytest.MonkeyPatch.context() as patch:
        if not truth.exists():
            truth.write_bytes(pickle.dumps(write_mini_archive(folder / "archive", busy=(BUSY,))))
        home = Home(folder / "made", folder / "archive", pickle.loads(truth.read_bytes()))
        if not (folder / "is_made").exists():
            shutil.rmtree(home.folder, ignore_errors=True)
            for name, value in environment(home.folder, home.archive).items():
                patch.setenv(name, value)
            patch.setenv("NBA_NOW", eastern(TONIGHT - timedelta(days=1), 9).isoformat())
            if failed := [run for run in home.backfill() if not run.is_success]:
                raise RuntimeError(f"the backfill of the busy league failed: {failed[0].failure}")
            (folder / "is_made").touch()
    return home


def games_tonight() -> list[Game]:
    """Two games of the four teams, with the box scores that nobody asks for before they are played."""
    games = [
        Game(f"00222000{number}", TONIGHT, "2022-23", "regular", home, away, 0, False)
        for number, home, away in ((91, "BKN", "MIL"), (92, "LAL", "GSW"))
    ]
    for game in games:
        play(game, 25)
    return games


@dataclass(frozen=True)
class PregameDay:
    """The machine on that day, and the star's row in the report of 18:00."""

    here: LiveDays
    star: int
    entry: tuple[str, ...]

    def without_lines(self) -> Update:
        """The tick of 10:00: no book quotes players yet."""
        self.here.publishers.books = ()
        return self._tick(TEN)

    def with_lines(self) -> Update:
        """The tick of 15:00: two books quote players."""
        publishers = self.here.publishers
        publishers.books, publishers.lines, publishers.prices = BOOKS, LINES, PRICES
        return self._tick(THREE)

    def star_is_out(self) -> Update:
        """The tick of 18:30: the report of 18:00 rules the star out."""
        self.here.publishers.injuries[REPORTED_AT] = [self.entry]
        return self._tick(HALF_PAST_SIX)

    def _tick(self, at: datetime) -> Update:
        return self.here.tick(at, tables=None)


@contextmanager
def pregame_day(root: Path, monkeypatch: pytest.MonkeyPatch, archive: Path) -> Iterator[PregameDay]:
    """The day on the warehouse below `root / "home"`, which a backfill of the mini archive has made."""
    games = games_tonight()
    star, entry = ruled_out(TONIGHT, games)
    with live_days(root, monkeypatch, archive, games) as here:
        yield PregameDay(here, star, entry)
