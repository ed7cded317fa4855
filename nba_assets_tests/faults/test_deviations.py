"""A sample of all deviations of all declared columns: nothing is lost silently.

Judging all of them takes about twenty minutes of one core; `League.deviations` lists them, `League.judge` judges one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from nba_assets.sources.archive.families import FAMILIES
from nba_assets_tests.faults.deviations import League
from nba_assets_tests.faults.rare_files import FILES, write_rare_files
from nba_assets_tests.mini_archive import Truth

EVERY = 42
"""One of this number of deviations is in the sample."""
EVERY_RARE = 25
"""The same for the files that the mini archive lacks."""
VALID = (
    *(f"corrected {column} {where}" for column in ("outcomes_point", "points") for where in ("appended", "put first")),
    *(f"{column}: one NULL" for column in ("draftkings", "fanduel", "mgm", "pointsbet", "reason")),
    *(
        f"{column}: {what}"
        for column in ("spread_home", "spread_price_home", "total")
        for what in ("one NULL", "all NULL", "all NULL, no type", "all blank")
    ),
)
"""Not recorded, because real files have it: several lines of a player at a book, a book without him, no reason, a book
without a market of a game."""
UNREAD = {"nba_rosters"}
"""Families that no table reads."""
OPEN: dict[str, str] = {}
"""Deviations that are known to be silent, and why; no other may be."""


@pytest.fixture(scope="module")
def league(mini: tuple[Path, Truth], tmp_path_factory: pytest.TempPathFactory) -> League:
    return League(mini[0], tmp_path_factory.mktemp("deviations"))


@pytest.fixture(scope="module")
def rare_league(mini: tuple[Path, Truth], tmp_path_factory: pytest.TempPathFactory) -> League:
    """The league with files of the families that the mini archive lacks."""
    folder = tmp_path_factory.mktemp("rare files") / "archive"
    shutil.copytree(mini[0], folder)
    write_rare_files(folder)
    return League(folder, tmp_path_factory.mktemp("deviations of rare files"))


def sampled(league: League, files: Iterable[str], every: int) -> tuple[int, dict[str, str]]:
    """Judges one of `every` deviations of the files: the number of all of them, and the effects of silent ones."""
    harm, number = {}, 0
    for file in files:
        for deviation in league.deviations(file):
            number += 1
            if number % every == 0 and (found := league.judge(deviation)):
                harm[deviation.name] = found
    return number, harm


@pytest.mark.filterwarnings("ignore")  # warnings of pandas about odd values are irrelevant
def test_a_sample_of_deviations_loses_nothing_silently(league: League) -> None:
    number, harm = sampled(league, league.files, EVERY)
    assert number > 8000
    assert {name: found for name, found in harm.items() if name not in OPEN} == {}
    assert set(OPEN) <= set(harm), "deviations that are recorded now must be removed from the list"


@pytest.mark.filterwarnings("ignore")
def test_a_sample_of_deviations_of_rare_files_loses_nothing_silently(rare_league: League) -> None:
    assert {family.name for users in rare_league.files.values() for family, _ in users} == set(FAMILIES) - UNREAD
    number, harm = sampled(rare_league, FILES, EVERY_RARE)
    assert number > 900
    assert {name: found for name, found in harm.items() if not name.endswith(VALID)} == {}
