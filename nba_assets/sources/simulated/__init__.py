"""The simulated league: an archive of invented games in the publishers' layouts, together with the true distributions.

Used when no real games are available: the thirty teams and their arenas, invented players, the calendar, box scores,
shots, injuries and odds for any number of seasons, generated from a seed. The archive also contains what only the
generator knows, the distribution of every player's points before tip-off (`truth/player_games/`), so that predictions
can be compared with an oracle. docs/simulated-league.md describes the model.

The same seed gives the same bytes. Each season uses its own random streams, keyed by the seed and its year, and
seasons are generated in order, so a season does not depend on how many follow it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from nba_assets.basketball.calendar import FIRST_DAY, Season

VERSION: Final = 1
"""Of the generator: raised when the same seed gives other games."""
FIRST_SEASON: Final = FIRST_DAY.year
_LEAGUE, _FILES, _SUMMER, _PEOPLE = 100, 101, 102, 103
"""Streams of random numbers that are not those of the games (season.py has its own)."""


def simulate(
    folder: Path,
    seasons: int = 2,
    seed: int = 7,
    progress: Callable[[str], None] | None = None,
    has_reports: bool = True,
) -> None:
    """Writes the archive of a simulated league.

    Args:
        folder: created by this function. It must not exist, or be an archive of the simulated league (replaced).
        seasons: number of seasons, starting with 2021-22.
        seed: seed of all random numbers.
        progress: called with a line of text when a season is complete.
        has_reports: with the injury reports; without them every other file has the same bytes.

    Raises:
        ValueError: fewer than one season, a negative seed, or a folder with other contents.
    """
    if seasons < 1 or seed < 0:
        raise ValueError(f"seasons {seasons}, seed {seed}: at least one season and a seed from 0 on.")
    folder = Path(folder).expanduser().absolute()
    if folder.exists() and any(folder.iterdir()) and not is_simulated(folder):
        raise ValueError(
            f"{folder} is there and is no simulated archive: it has no archive.json with kind 'simulated'. "
            "Give a new folder."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as work:
        made = Path(work) / "archive"
        _write(made, seasons, seed, progress, has_reports)
        if folder.exists():
            shutil.move(folder, Path(work) / "before")
        made.rename(folder)


def is_simulated(folder: Path) -> bool:
    """Whether a folder is an archive that `simulate` has completed."""
    described = folder / "archive.json"
    return described.is_file() and json.loads(described.read_text("utf-8")).get("kind") == "simulated"


def last_season(seasons: int) -> Season:
    """The last season of a league of `seasons` seasons."""
    return Season(FIRST_SEASON + seasons - 1)


def _write(folder: Path, seasons: int, seed: int, progress: Callable[[str], None] | None, has_reports: bool) -> None:
    # Importing SciPy takes longer than most commands run, and few commands simulate a league.
    import numpy as np
    import pandas as pd

    from nba_assets.sources.simulated import files
    from nba_assets.sources.simulated.league import League
    from nba_assets.sources.simulated.season import SeasonMaker

    league = League(np.random.default_rng([seed, FIRST_SEASON, _LEAGUE]), FIRST_SEASON)
    moves: list[pd.DataFrame] = []
    lines: list[pd.DataFrame] = []
    for year in range(FIRST_SEASON, FIRST_SEASON + seasons):
        if year > FIRST_SEASON:
            league.next_season(np.random.default_rng([seed, year, _SUMMER]), year)
        season = SeasonMaker(league, year, seed).season()
        files.write_season(folder, season, league.players, np.random.default_rng([seed, year, _FILES]))
        if has_reports:
            files.write_reports(folder, season, league.players)
        moves.append(files.transactions(season, league.players))
        lines.append(files.closing_lines(season))
        if progress is not None:
            progress(
                f"{Season(year).label}: {len(season.games):,} games, {len(season.players):,} player rows, "
                f"{2 * len(season.quotes):,} quotes"
            )
    shared = {
        ("injuries/prosports_transactions.parquet", "prosports_transactions"): moves,
        ("game_lines/oddsapi_consensus_closing.parquet", "oddsapi_consensus_closing"): lines,
    }
    for (path, layout), parts in shared.items():
        files.write(folder, path, layout, pd.concat(parts, ignore_index=True))
    files.write_people(folder, league, FIRST_SEASON, np.random.default_rng([seed, FIRST_SEASON, _PEOPLE]))
    described = {"kind": "simulated", "seed": seed, "seasons": seasons, "generator": VERSION}
    (folder / "archive.json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
