"""A sample of all deviations of all declared columns: nothing is lost silently.

Judging all of them takes about twenty minutes of one core; `League.deviations` lists them, `League.judge` judges one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from nba_assets_tests.faults.deviations import League
from nba_assets_tests.mini_archive import Truth

EVERY = 42
"""One of this number of deviations is in the sample."""
OPEN: dict[str, str] = {}
"""Deviations that are known to be silent, and why; no other may be."""


@pytest.fixture(scope="module")
def league(mini: tuple[Path, Truth], tmp_path_factory: pytest.TempPathFactory) -> League:
    return League(mini[0], tmp_path_factory.mktemp("deviations"))


@pytest.mark.filterwarnings("ignore")  # warnings of pandas about odd values are irrelevant
def test_a_sample_of_deviations_loses_nothing_silently(league: League) -> None:
    harm, number = {}, 0
    for file in league.files:
        for deviation in league.deviations(file):
            number += 1
            if number % EVERY == 0 and (found := league.judge(deviation)):
                harm[deviation.name] = found
    assert number > 8000
    assert {name: found for name, found in harm.items() if name not in OPEN} == {}
    assert set(OPEN) <= set(harm), "deviations that are recorded now must be removed from the list"
