"""A game day before its games as users have it: no lines, then lines of two books, then a star who is ruled out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest

from nba_assets.orchestration.today import Update
from nba_assets_tests.mini_league import Game, play
from nba_assets_tests.orchestration.live_days import LiveDays, eastern, live_days, ruled_out

TONIGHT = date(2022, 11, 12)
"""Two days after the last game of the mini archive; the day between has none and was never made."""
TEN, THREE, HALF_PAST_SIX = eastern(TONIGHT, 10), eastern(TONIGHT, 15), eastern(TONIGHT, 18, 30)
REPORTED_AT = eastern(TONIGHT, 18)
BOOKS = ("draftkings", "fanduel")


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
        self.here.publishers.books = BOOKS
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
